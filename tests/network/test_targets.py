"""From a name or ids to where the code runs."""

from __future__ import annotations

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.network import targets
from tests.builders import REGION, World, world


def base() -> World:
    made = world().vpc().subnet(az="a").subnet(az="b").group().group("second")
    made.function("reader", subnets=["a"]).function("writer", subnets=["b", "a"], groups=["second", "fn"])
    return made.function("twin", subnets=["a"]).function("outside", in_vpc=False)


def test_a_function_by_name_or_arn() -> None:
    view = base().view()
    by_name = targets.of_function(view, "writer")
    assert by_name == targets.of_function(view, f"arn:aws:lambda:{REGION}:111122223333:function:writer")
    assert (by_name.subnet_ids, by_name.group_sets) == (("subnet-a", "subnet-b"), (("sg-fn", "sg-second"),))
    assert targets.of_function(view, "outside").outside_vpc == ("outside",)


def test_unknown_names_say_what_is_near() -> None:
    with pytest.raises(UsageError, match="unknown function 'writr'; nearest: writer"):
        targets.of_function(base().view(), "writr")
    with pytest.raises(UsageError, match="unknown VPC 'vpc-man'; nearest: vpc-main"):
        targets.of_vpc(base().view(), "vpc-man")
    with pytest.raises(UsageError, match="unknown subnet"):
        targets.of_placement(base().view(), ["subnet-x"], [])
    with pytest.raises(UsageError, match="unknown security group"):
        targets.of_placement(base().view(), ["subnet-a"], ["sg-x"])
    with pytest.raises(UsageError, match="no Lambda function"):
        targets.of_function(world().vpc().view(), "writer")


def test_a_vpc_is_where_its_functions_run_else_all_its_subnets() -> None:
    assert targets.of_vpc(base().view(), "vpc-main").subnet_ids == ("subnet-a", "subnet-b")
    assert [len(p.functions) for p in targets.of_vpc(base().view(), "vpc-main").placements] == [2, 1]
    bare = targets.of_vpc(world().vpc().subnet(az="a").subnet(az="b").view(), "vpc-main")
    assert (bare.subnet_ids, bare.group_sets) == (("subnet-a", "subnet-b"), ())


def test_everything_shares_placements() -> None:
    target = targets.everything(base().view())
    assert [placement.functions for placement in target.placements] == [("reader", "twin"), ("writer",)]
    assert target.outside_vpc == ("outside",)


def test_a_placement_by_hand() -> None:
    target = targets.of_placement(base().view(), ["subnet-b", "subnet-a"], ["sg-fn"])
    assert (target.name, target.vpc_ids) == ("subnet-a + subnet-b + sg-fn", ("vpc-main",))
    made = base().vpc("other").subnet("far", cidr="10.1.0.0/24")
    with pytest.raises(UsageError, match="different VPCs"):
        targets.of_placement(made.view(), ["subnet-a", "subnet-far"], [])


def test_what_could_not_be_read_is_unresolved() -> None:
    assert targets.of_function(base().denied("Functions").view(), "writer").unresolved is not None
    assert targets.of_vpc(base().denied("Vpcs", "Subnets").view(), "vpc-main").unresolved is not None
    assert targets.of_vpc(world().vpc().subnet(az="a").denied("Subnets").view(), "vpc-main").unresolved is not None
    by_hand = targets.of_placement(base().denied("Subnets").view(), ["subnet-a"], [])
    assert by_hand.unresolved is not None
    assert by_hand.unresolved.actions == ("ec2:DescribeSubnets",)
    assert targets.everything(base().denied("Functions").view()).unresolved is not None
