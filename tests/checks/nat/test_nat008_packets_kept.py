"""NAT008: does the NAT gateway drop packets?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.nat import nat008_packets_kept as check
from runbook_lib.checks.nat.nat008_packets_kept import META
from runbook_lib.model.status import Status
from tests.checks.nat.gateways import WINDOW, ask, nat_of, regional, series
from tests.checks.path.flows import one_subnet

METRICS = ("PacketsDropCount", "PacketsInFromSource", "PacketsInFromDestination")


def packets(drops: float, came: float) -> dict[str, float]:
    """Values of the first minute that make so many drops of so many packets in the hour."""
    calm = 59 * 20.0
    return {
        "PacketsDropCount": drops,
        "PacketsInFromSource": came - calm - 60 * 40.0,
    }


def test_the_share_just_passes_and_just_fails() -> None:
    passes = one_subnet().metrics(**packets(1, 10_000))
    seen = [series(passes, metric).cite("Values") for metric in METRICS]
    said = f"nat-main dropped 1 of 10,000 packets {WINDOW}."
    assert ask(passes, check) == (META.passed(nat_of(passes), said, *seen),)
    fails = one_subnet().metrics(**packets(1, 9_999))
    seen = [series(fails, metric).cite("Values") for metric in METRICS]
    said = f"nat-main dropped 1 of 9,999 packets (0.010%) {WINDOW}."
    assert ask(fails, check) == (META.failed(nat_of(fails), said, *seen, code="PACKETS_DROPPED"),)


def test_drops_without_packets_are_all() -> None:
    made = one_subnet()
    made._items["MetricDataResults"][:] = [
        {**item, "Values": [0.0] * 60} if item["MetricName"].startswith("PacketsIn") else item
        for item in made.metrics(PacketsDropCount=3.0)._items["MetricDataResults"]
    ]
    (found,) = ask(made, check)
    assert found.message == f"nat-main dropped 3 of 0 packets (all) {WINDOW}."


@pytest.mark.parametrize("metric", METRICS)
def test_a_share_needs_every_part(metric: str) -> None:
    made = one_subnet().metrics(PacketsDropCount=900.0)
    made._items["MetricDataResults"][:] = [
        item for item in made._items["MetricDataResults"] if item["MetricName"] != metric
    ]
    (found,) = ask(made, check)
    assert (found.status, f"{metric} of nat-main" in found.message) == (Status.UNKNOWN, True)


def test_zones_are_added_up() -> None:
    (found,) = ask(regional("a", "b").metrics(zone="a", PacketsDropCount=1.0), check)
    assert (found.status, found.message) == (Status.FAIL, f"nat-main dropped 1 of 7,200 packets (0.014%) {WINDOW}.")
