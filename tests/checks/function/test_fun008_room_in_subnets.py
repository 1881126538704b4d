"""FUN008: do the subnets lie in two zones, with room for network interfaces?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.function import fun008_room_in_subnets as fun008
from runbook_lib.model.status import Status
from tests.builders import REGION, World, world
from tests.checks.function.about import cited
from tests.checks.worlds import two_zones


def placed(*subnets: str, made_by_lambda: int = 0, quota: float | None = 10) -> World:
    made = two_zones().function(subnets=subnets or ["a", "b"])
    for number in range(made_by_lambda):
        made.item("NetworkInterfaces", NetworkInterfaceId=f"eni-{number}", VpcId="vpc-main", InterfaceType="lambda")
    if quota is not None:
        made.item("Quotas", ServiceCode="lambda", QuotaCode="L-9FEE3D26", Value=quota)
    return made


def answer(made: World) -> tuple[Status, str]:
    (found,) = made.ask(fun008)
    return found.status, found.code


def free(made: World, addresses: int) -> World:
    return made.changed("Subnets", "subnet-b", lambda raw: raw.update(AvailableIpAddressCount=addresses))


def test_two_zones_with_room() -> None:
    made = placed(made_by_lambda=2)
    said = (
        f"worker has subnets with free addresses in {REGION}a and {REGION}b, and Lambda made 2 of the 10 network "
        "interfaces that it may make in vpc-main."
    )
    seen = [
        cited("Subnets", "ec2:DescribeSubnets", f"/{field}", value, index)
        for index, zone in enumerate("ab")
        for field, value in (("AvailabilityZone", f"{REGION}{zone}"), ("AvailableIpAddressCount", 251))
    ]
    quota = cited("Quotas", "service-quotas:GetServiceQuota", "/Value", 10)
    assert made.ask(fun008) == (fun008.META.passed(made.view().function("worker"), said, *seen, quota),)


@pytest.mark.parametrize(("number", "code"), [(8, "OK"), (9, "INTERFACES_NEAR_QUOTA")])
def test_ninety_percent_of_the_quota_is_the_boundary(number: int, code: str) -> None:
    assert answer(placed(made_by_lambda=number))[1] == code


def test_one_zone() -> None:
    (found,) = placed("a", quota=None).ask(fun008)
    assert (found.status, found.code) == (Status.FAIL, "ONE_ZONE")
    assert found.message == f"worker has subnets in {REGION}a only: when that zone fails, so does the function."


@pytest.mark.parametrize(("addresses", "code"), [(1, "OK"), (0, "SUBNET_OUT_OF_ADDRESSES")])
def test_free_addresses(addresses: int, code: str) -> None:
    assert answer(free(placed(), addresses))[1] == code


@pytest.mark.parametrize(
    "made",
    [
        placed(quota=None),
        placed().denied("Quotas"),
        placed().denied("NetworkInterfaces"),
        placed().truncated("NetworkInterfaces"),
        placed().denied("Subnets"),
        placed().changed("Subnets", "subnet-b", lambda raw: raw.pop("AvailabilityZone")),
        placed().changed("Subnets", "subnet-b", lambda raw: raw.pop("AvailableIpAddressCount")),
    ],
)
def test_what_was_not_read_is_no_pass(made: World) -> None:
    assert answer(made) == (Status.UNKNOWN, "NOT_READ")


def test_outside_any_vpc_the_question_does_not_arise() -> None:
    assert answer(world().function(in_vpc=False))[0] is Status.NOT_APPLICABLE
    assert answer(two_zones())[0] is Status.NOT_APPLICABLE
