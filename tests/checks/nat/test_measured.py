"""What every check of NAT metrics has in common: nothing to judge, unread metrics, missing minutes, zones."""

from __future__ import annotations

from types import ModuleType

import pytest

from runbook_lib.checks.nat import (
    nat007_ports_free,
    nat008_packets_kept,
    nat009_connections_established,
    nat010_no_idle_timeouts,
    nat011_connections_free,
    nat012_below_limits,
)
from runbook_lib.model.status import Status
from tests.checks.nat.gateways import ask, regional, unread_metric, with_nothing_to_judge
from tests.checks.path.flows import one_subnet

FIRST = {
    nat007_ports_free: "ErrorPortAllocation",
    nat008_packets_kept: "PacketsDropCount",
    nat009_connections_established: "ConnectionAttemptCount",
    nat010_no_idle_timeouts: "IdleTimeoutCount",
    nat011_connections_free: "ActiveConnectionCount",
    nat012_below_limits: "PeakBytesPerSecond",
}
every = pytest.mark.parametrize(("check", "metric"), FIRST.items(), ids=lambda item: getattr(item, "__name__", "")[-7:])


@every
def test_nothing_to_judge(check: ModuleType, metric: str) -> None:
    with_nothing_to_judge(check)


@every
def test_zero_in_every_minute_passes(check: ModuleType, metric: str) -> None:
    (found,) = ask(one_subnet().metrics(**{metric: 0.0}), check)
    assert found.status is Status.PASS


@every
def test_metrics_that_were_not_read(check: ModuleType, metric: str) -> None:
    made = one_subnet().denied("MetricDataResults")
    assert ask(made, check) == (unread_metric(made, check.META, f"{metric} of nat-main"),)


@every
@pytest.mark.parametrize(("minute", "status"), [(54, Status.UNKNOWN), (55, Status.PASS)])
def test_the_last_five_minutes_may_still_be_owed(check: ModuleType, metric: str, minute: int, status: Status) -> None:
    made = one_subnet().metrics(missing=[minute])
    (found,) = ask(made, check)
    assert found.status is status
    if status is Status.UNKNOWN:
        assert found == unread_metric(made, check.META, f"every minute of {metric} of nat-main (1 of 55 missing)")


@every
def test_an_answer_that_was_cut_short(check: ModuleType, metric: str) -> None:
    made = one_subnet().metrics(status="PartialData")
    said = f"every minute of {metric} of nat-main (the answer was cut short)"
    assert ask(made, check) == (unread_metric(made, check.META, said),)


@every
def test_no_value_at_all(check: ModuleType, metric: str) -> None:
    (found,) = ask(one_subnet().metrics(missing=range(60)), check)
    assert found.status is Status.UNKNOWN


@every
@pytest.mark.parametrize(("minutes", "status"), [(4, Status.UNKNOWN), (5, Status.UNKNOWN), (6, Status.PASS)])
def test_a_window_of_which_nothing_is_settled(check: ModuleType, metric: str, minutes: int, status: Status) -> None:
    (found,) = ask(one_subnet().metrics(minutes=minutes), check)
    assert found.status is status


@every
@pytest.mark.parametrize(("created", "status"), [("11:30", Status.PASS), ("11:29", Status.UNKNOWN)])
def test_minutes_before_it_was_created_are_not_missing(
    check: ModuleType, metric: str, created: str, status: Status
) -> None:
    made = one_subnet().metrics(missing=range(30))
    made.changed("NatGateways", "nat-main", lambda raw: raw.update(CreateTime=f"2026-11-21T{created}:00+00:00"))
    (found,) = ask(made, check)
    assert found.status is status


@every
def test_a_gap_in_its_life_is_missing_whenever_it_was_created(check: ModuleType, metric: str) -> None:
    made = one_subnet().metrics(missing=[10])
    made.changed("NatGateways", "nat-main", lambda raw: raw.update(CreateTime="2026-11-21T11:59:00+00:00"))
    (found,) = ask(made, check)
    assert found.status is Status.UNKNOWN


@every
def test_every_zone_of_a_regional_one_counts(check: ModuleType, metric: str) -> None:
    (whole,) = ask(regional("a", "b"), check)
    assert whole.status is Status.PASS
    made = regional("a", "b")
    lacking = [item for item in made._items["MetricDataResults"] if "_b_" not in item["Id"]]
    made._items["MetricDataResults"][:] = lacking
    assert ask(made, check) == (unread_metric(made, check.META, f"{metric} of nat-main in ap-southeast-1b"),)


@every
def test_metrics_without_a_zone_say_nothing_about_a_regional_one(check: ModuleType, metric: str) -> None:
    made = regional("a")
    made._items["MetricDataResults"].clear()
    (found,) = ask(made.metrics(), check)
    assert found.status is Status.UNKNOWN


@every
def test_a_regional_one_without_zones(check: ModuleType, metric: str) -> None:
    (found,) = ask(regional().metrics(), check)
    assert (found.status, "ec2:DescribeNatGateways" in found.message) == (Status.UNKNOWN, True)
