"""What the tests of the NAT checks share: small worlds whose traffic passes a NAT gateway."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from runbook_lib.checks.base import Meta
from runbook_lib.model.fact import Fact
from runbook_lib.model.finding import Finding
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.path.flows import SSH, bare, one_subnet, two_subnets
from tests.checks.worlds import gateway, two_zones

__all__ = ["WINDOW", "ask", "nat_of", "private", "regional", "series", "unread_metric", "with_nothing_to_judge"]

WINDOW = "from 2026-11-21 11:00 to 12:00 UTC"


def ask(made: World, check: ModuleType, **more: Any) -> tuple[Finding, ...]:
    """What a check says about SSH to the bank, which is reached through the NAT gateway."""
    return made.ask(check, **{**SSH, **more})


def nat_of(made: World, name: str = "nat-main") -> NatGateway:
    """The NAT gateway as a fact."""
    return made.view().nat_gateway(name)


def series(made: World, metric: str, zone: str = "") -> Fact:
    """One series of the NAT gateway."""
    found = made.snapshot().all(MetricSeries)
    return next(item for item in found if item.metric == metric and f"_{zone}_{metric}" in item.id)


def private(made: World) -> World:
    """The same world with a private NAT gateway."""

    def change(raw: dict[str, Any]) -> None:
        raw["ConnectivityType"] = "private"
        raw["NatGatewayAddresses"] = [{"PrivateIp": raw["NatGatewayAddresses"][0]["PrivateIp"]}]

    return made.changed("NatGateways", "nat-main", change)


def regional(*zones: str) -> World:
    """A function in subnets a and b behind a regional NAT gateway with one address in each zone, and its metrics."""
    made = two_zones().table("regional").route("regional", "0.0.0.0/0", "igw-main").function(subnets=["a", "b"])
    listed = [
        {"PublicIp": f"203.0.113.{number}", "AvailabilityZone": f"ap-southeast-1{zone}"}
        for number, zone in enumerate(zones)
    ]

    def change(raw: dict[str, Any]) -> None:
        del raw["SubnetId"]
        raw.update(AvailabilityMode="regional", RouteTableId="rtb-regional", NatGatewayAddresses=listed)

    made.changed("NatGateways", "nat-main", change)
    made._items["MetricDataResults"].clear()
    for zone in zones:
        made.metrics(zone=zone)
    return made


def unread_metric(made: World, meta: Meta, what: str) -> Finding:
    """The finding about metrics that were not read."""
    said = f"nat-main: {what} could not be read; allow cloudwatch:GetMetricData and run again."
    return meta.unknown(nat_of(made), said, code="NOT_READ")


def with_nothing_to_judge(check: ModuleType) -> None:
    """A target without a NAT gateway, one whose gateway is out of service, and one whose traffic goes another way."""
    (none,) = bare().ask(check)
    assert (none.status, none.message) == (Status.NOT_APPLICABLE, "worker uses no NAT gateway.")
    broken = one_subnet().changed("NatGateways", "nat-main", lambda raw: raw.update(State="failed"))
    said = "nat-main is not in service and counts nothing; see NAT001."
    assert ask(broken, check) == (check.META.not_applicable(nat_of(broken), said),)
    (idle,) = gateway().ask(check)
    assert (idle.status, idle.severity.rank) == (Status.PASS, min(check.META.severity.rank, Severity.LOW.rank))
    gone = two_subnets().denied("NatGateways")
    assert {(f.status, f.code) for f in ask(gone, check)} == {(Status.UNKNOWN, "NOT_READ")}
    assert all("allow ec2:DescribeNatGateways" in f.message for f in ask(gone, check))
