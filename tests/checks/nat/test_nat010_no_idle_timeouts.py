"""NAT010: do connections idle out?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.nat import nat010_no_idle_timeouts as check
from runbook_lib.checks.nat.nat010_no_idle_timeouts import META
from runbook_lib.model.status import Severity
from tests.checks.nat.gateways import WINDOW, ask, nat_of, series
from tests.checks.path.flows import one_subnet


def test_none_does() -> None:
    made = one_subnet()
    said = f"nat-main dropped no idle connection in any minute {WINDOW}."
    assert ask(made, check) == (META.passed(nat_of(made), said, series(made, "IdleTimeoutCount").cite("Values")),)


@pytest.mark.parametrize(("count", "words"), [(1.0, "1 connection"), (12.0, "12 connections")])
@pytest.mark.parametrize("missing", [(), (30,)])
def test_some_do(count: float, words: str, missing: tuple[int, ...]) -> None:
    made = one_subnet().metrics(missing=missing, IdleTimeoutCount=count)
    said = (
        f"nat-main dropped {words} after 350 idle seconds {WINDOW}: send keepalives earlier, or close what is not used."
    )
    seen = series(made, "IdleTimeoutCount").cite("Values")
    assert ask(made, check) == (META.failed(nat_of(made), said, seen, code="IDLE_TIMEOUT"),)
    assert META.severity is Severity.LOW
