"""NAT012: is the NAT gateway near its bandwidth or packet limit?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.nat import nat012_below_limits as check
from runbook_lib.checks.nat.nat012_below_limits import META
from runbook_lib.model.status import Status
from tests.checks.nat.gateways import WINDOW, ask, nat_of, series
from tests.checks.path.flows import one_subnet


@pytest.mark.parametrize(
    ("volume", "packets", "status"),
    [
        (11_249_999_999, 8_999_999, Status.PASS),
        (11_250_000_000, 9, Status.FAIL),
        (900, 9_000_000, Status.FAIL),
    ],
)
def test_the_limits_just_pass_and_just_fail(volume: int, packets: int, status: Status) -> None:
    made = one_subnet().metrics(PeakBytesPerSecond=volume, PeakPacketsPerSecond=packets)
    said = (
        f"nat-main carried at most {8 * volume / 10**9:,.2f} of 100 Gbps and {packets:,} of 10,000,000 packets per "
        f"second {WINDOW}."
    )
    seen = [series(made, f"Peak{word}PerSecond").cite("Values") for word in ("Bytes", "Packets")]
    if status is Status.PASS:
        assert ask(made, check) == (META.passed(nat_of(made), said, *seen),)
    else:
        assert ask(made, check) == (META.failed(nat_of(made), said, *seen, code="NEAR_LIMIT"),)


def test_one_limit_fails_beside_missing_minutes() -> None:
    (found,) = ask(one_subnet().metrics(missing=[9], PeakPacketsPerSecond=10_000_000), check)
    assert found.status is Status.FAIL
