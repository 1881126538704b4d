"""PTH009: is the NAT gateway in the subnet's own zone?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.path import pth009_nat_in_same_zone as check
from runbook_lib.checks.path.pth009_nat_in_same_zone import META
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.path.flows import BANK, SSH, ask, bare, one_subnet, scope, two_subnets
from tests.checks.worlds import two_zones

WHERE = scope(BANK, "tcp/22")


def test_its_own_zone_and_another_one() -> None:
    made = two_subnets()
    view = made.view()
    a, b, home, nat = (
        view.subnet("subnet-a"),
        view.subnet("subnet-b"),
        view.subnet("subnet-public"),
        view.nat_gateway("nat-main"),
    )
    near = f"subnet-a to {BANK} (tcp 22) uses nat-main in its own zone ap-southeast-1a."
    far = (
        f"subnet-b to {BANK} (tcp 22) leaves ap-southeast-1b for nat-main in ap-southeast-1a: each gigabyte is "
        "charged, and two zones have to be up instead of one."
    )
    seen = (nat.cite("SubnetId"), a.cite("AvailabilityZone"), home.cite("AvailabilityZone"))
    other = (nat.cite("SubnetId"), b.cite("AvailabilityZone"), home.cite("AvailabilityZone"))
    assert ask(made, check, **SSH) == (
        META.passed(a, near, *seen, scope=WHERE),
        META.failed(b, far, *other, code="NAT_IN_OTHER_ZONE", scope=WHERE),
    )
    assert META.severity is Severity.LOW


def named_zones(own: str, other: str) -> World:
    made = one_subnet().changed("Subnets", "subnet-a", lambda raw: raw.update(AvailabilityZoneId=own))
    return made.changed("Subnets", "subnet-public", lambda raw: raw.update(AvailabilityZoneId=other))


@pytest.mark.parametrize(("other", "status"), [("apse1-az1", Status.PASS), ("apse1-az2", Status.FAIL)])
def test_zone_ids_decide_where_both_are_known(other: str, status: Status) -> None:
    (found,) = ask(named_zones("apse1-az1", other), check, **SSH)
    assert found.status is status


def test_a_regional_nat_gateway_spans_the_zones() -> None:
    made = two_zones().table("regional").route("regional", "0.0.0.0/0", "igw-main").function(subnets=["b"])
    address = {"PrivateIp": "10.0.0.9", "PublicIp": "203.0.113.9", "AvailabilityZone": "ap-southeast-1b"}
    made.changed("NatGateways", "nat-main", lambda raw: raw.pop("SubnetId")).changed(
        "NatGateways",
        "nat-main",
        lambda raw: raw.update(AvailabilityMode="regional", RouteTableId="rtb-regional", NatGatewayAddresses=[address]),
    )
    view = made.view()
    said = f"subnet-b to {BANK} (tcp 22) uses nat-main, which spans the zones of its VPC."
    seen = view.nat_gateway("nat-main").cite("AvailabilityMode")
    assert ask(made, check, **SSH) == (META.passed(view.subnet("subnet-b"), said, seen, scope=WHERE),)


def test_no_nat_gateway_is_on_the_way() -> None:
    made = bare().gateway_endpoint("s3", tables=["main"])
    said = "subnet-a to s3 (tcp 443) passes no NAT gateway."
    assert ask(made, check) == (META.not_applicable(made.view().subnet("subnet-a"), said, scope=scope()),)


def test_the_tables_were_not_read() -> None:
    made = one_subnet().denied("RouteTables")
    said = f"subnet-a to {BANK} (tcp 22) cannot be decided from the facts; allow ec2:DescribeRouteTables and run again."
    unknown = META.unknown(made.view().subnet("subnet-a"), said, code="NOT_READ", scope=WHERE)
    assert ask(made, check, **SSH) == (unknown,)


def test_a_target_without_security_groups() -> None:
    (found,) = ask(two_zones(), check)
    assert found.status is Status.NOT_APPLICABLE
