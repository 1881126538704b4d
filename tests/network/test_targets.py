"""From a name or ids to where the code runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.network import targets
from runbook_lib.network.ends import senders
from runbook_lib.network.tools import Tools
from runbook_lib.network.view import View
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


def test_a_vpc_whose_functions_were_not_read_whole_is_unresolved() -> None:
    assert targets.of_vpc(base().truncated("Functions").view(), "vpc-main").unresolved is not None
    assert targets.of_vpc(base().denied("Functions").view(), "vpc-main").unresolved is not None
    snapshot = world().vpc().subnet().snapshot()
    unasked = {key: item for key, item in snapshot.listings.items() if key[1] != "Functions"}
    assert targets.of_vpc(View(replace(snapshot, listings=unasked)), "vpc-main").unresolved is None


def test_a_name_used_in_two_regions_is_asked_back() -> None:
    here, there = base().snapshot(), world("eu-west-1").vpc("far").subnet("far").group("far")
    far = there.function("writer", groups=["far"]).snapshot()
    view = View(replace(here, listings={**here.listings, **far.listings}))
    said = "function 'writer' exists in ap-southeast-1 and eu-west-1: give --region or the ARN"
    with pytest.raises(UsageError, match=said):
        targets.of_function(view, "writer")
    with pytest.raises(UsageError, match=said):
        senders(Tools(view), "writer", ())
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:writer"
    assert targets.of_function(view, arn).vpc_ids == ("vpc-far",)
    assert [sender.place.vpc_id for sender in senders(Tools(view), arn, ())] == ["vpc-far"]


@pytest.mark.parametrize(("where", "noun"), [({"subnets": []}, "subnets"), ({"groups": []}, "security groups")])
def test_a_function_that_is_not_placed_wholly_is_unresolved(where: dict[str, list[str]], noun: str) -> None:
    view = base().function("lost", **where).view()  # type: ignore[arg-type]
    for target in (targets.of_function(view, "lost"), targets.of_vpc(view, "vpc-main"), targets.everything(view)):
        assert target.unresolved is not None
        assert target.unresolved.what == f"the {noun} of function lost"
    with pytest.raises(FactMissing, match=noun):
        senders(Tools(view), "lost", ())
    assert targets.of_function(view, "reader").unresolved is None


def test_a_vpc_without_subnets_is_unresolved() -> None:
    assert targets.of_vpc(world().vpc().view(), "vpc-main").unresolved is not None
