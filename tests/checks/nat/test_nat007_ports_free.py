"""NAT007: did the NAT gateway have a port for every connection?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.nat import nat007_ports_free as check
from runbook_lib.checks.nat.nat007_ports_free import META
from runbook_lib.model.status import Severity
from tests.checks.nat.gateways import WINDOW, ask, nat_of, regional, series
from tests.checks.path.flows import one_subnet

METRIC = "ErrorPortAllocation"


def test_none_was_wanting() -> None:
    made = one_subnet()
    said = f"nat-main had no port allocation error in any minute {WINDOW}."
    assert ask(made, check) == (META.passed(nat_of(made), said, series(made, METRIC).cite("Values")),)
    assert META.severity is Severity.CRITICAL


@pytest.mark.parametrize(("errors", "times"), [(1.0, "1 time"), (1234.0, "1,234 times")])
@pytest.mark.parametrize("missing", [(), (7, 8)])
def test_one_error_is_enough_even_beside_missing_minutes(errors: float, times: str, missing: tuple[int, ...]) -> None:
    made = one_subnet().metrics(missing=missing, ErrorPortAllocation=errors)
    said = (
        f"nat-main could not allocate a port {times} {WINDOW}: it held all the connections to one destination that it "
        "can."
    )
    seen = series(made, METRIC).cite("Values")
    assert ask(made, check) == (META.failed(nat_of(made), said, seen, code="ERROR_PORT_ALLOCATION"),)


def test_one_zone_of_a_regional_one_is_enough() -> None:
    made = regional("a", "b").metrics(zone="b", ErrorPortAllocation=2.0)
    (found,) = ask(made, check)
    assert (found.code, [evidence.value[0] for evidence in found.evidence]) == ("ERROR_PORT_ALLOCATION", [0.0, 2.0])
