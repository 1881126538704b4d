"""PTH002: has each subnet a free address?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.path import pth002_free_addresses as check
from runbook_lib.checks.path.pth002_free_addresses import META
from runbook_lib.model.finding import Finding
from runbook_lib.model.vpc import Subnet
from tests.builders import World
from tests.checks.path.flows import ask, bare, tagged, two_subnets


def with_free(made: World, subnet_id: str, free: int | None) -> World:
    return made.changed("Subnets", subnet_id, lambda raw: raw.update(AvailableIpAddressCount=free))


def full(made: World, subnet_id: str, label: str) -> Finding:
    subnet = made.view().subnet(subnet_id)
    said = f"{label} has no free address: Lambda can make no further network interface there."
    seen = subnet.cite("AvailableIpAddressCount")
    return META.failed(subnet, said, seen, code="SUBNET_OUT_OF_ADDRESSES")


def roomy(made: World, subnet_id: str, words: str) -> Finding:
    subnet = made.view().subnet(subnet_id)
    return META.passed(subnet, f"{subnet_id} has {words}.", subnet.cite("AvailableIpAddressCount"))


@pytest.mark.parametrize(
    ("free", "words"), [(1, "1 free address"), (2, "2 free addresses"), (251, "251 free addresses")]
)
def test_one_is_enough(free: int, words: str) -> None:
    made = with_free(bare(), "subnet-a", free)
    assert ask(made, check) == (roomy(made, "subnet-a", words),)


def test_none_is_too_few() -> None:
    made = tagged(with_free(bare(), "subnet-a", 0), "Subnets", "subnet-a", "private-a")
    assert ask(made, check) == (full(made, "subnet-a", "subnet-a (private-a)"),)


def test_each_subnet_is_told() -> None:
    made = with_free(two_subnets(), "subnet-b", 0)
    assert ask(made, check) == (roomy(made, "subnet-a", "251 free addresses"), full(made, "subnet-b", "subnet-b"))


def test_the_count_is_not_in_the_data() -> None:
    made = with_free(bare(), "subnet-a", None)
    said = "subnet-a: the free addresses of subnet-a could not be read; allow ec2:DescribeSubnets and run again."
    assert ask(made, check) == (META.unknown(made.view().subnet("subnet-a"), said, code="NOT_READ"),)


@pytest.mark.parametrize("more", [{}, {"destinations": ("198.51.100.7",)}])
def test_the_subnets_were_not_read(more: dict[str, Any]) -> None:
    made = bare().denied("Subnets")
    said = "subnet-a: subnet subnet-a could not be read; allow ec2:DescribeSubnets and run again."
    assert ask(made, check, **more) == (META.unknown(made.view().ref(Subnet, "subnet-a"), said, code="NOT_READ"),)
