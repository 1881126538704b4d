"""NAT009: are connection attempts answered?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.nat import nat009_connections_established as check
from runbook_lib.checks.nat.nat009_connections_established import META
from runbook_lib.model.status import Severity, Status
from tests.checks.nat.gateways import WINDOW, ask, nat_of, series
from tests.checks.path.flows import one_subnet

CALM = 59 * 2


def counted(tried: float, made: float) -> dict[str, float]:
    return {"ConnectionAttemptCount": tried - CALM, "ConnectionEstablishedCount": made - CALM}


def test_the_share_just_passes_and_just_fails() -> None:
    passes, fails = one_subnet().metrics(**counted(1000, 990)), one_subnet().metrics(**counted(1000, 989))
    for made in (passes, fails):
        seen = [series(made, f"Connection{word}Count").cite("Values") for word in ("Attempt", "Established")]
        if made is passes:
            said = f"nat-main established 990 connections of 1,000 attempts {WINDOW}."
            assert ask(made, check) == (META.passed(nat_of(made), said, *seen),)
        else:
            said = f"nat-main established 989 of 1,000 attempted connections {WINDOW}: 1.1% got no answer."
            assert ask(made, check) == (META.failed(nat_of(made), said, *seen, code="CONNECTIONS_UNANSWERED"),)
    assert META.severity is Severity.MEDIUM


def test_a_retransmitted_syn_may_invert_the_two() -> None:
    (found,) = ask(one_subnet().metrics(**counted(1000, 1003)), check)
    assert found.status is Status.PASS


@pytest.mark.parametrize("metric", ["ConnectionAttemptCount", "ConnectionEstablishedCount"])
def test_both_metrics_are_needed(metric: str) -> None:
    made = one_subnet().metrics(**counted(1000, 200))
    made._items["MetricDataResults"][:] = [
        item for item in made._items["MetricDataResults"] if item["MetricName"] != metric
    ]
    (found,) = ask(made, check)
    assert found.status is Status.UNKNOWN
