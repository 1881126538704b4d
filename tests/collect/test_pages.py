"""Pages: followed to the end, never trusted to be honest about it."""

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.collect.aws import Limits, Wanted, collect
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.transit import TransitGatewayRoutes
from runbook_lib.model.vpc import PrefixList

from .fake_aws import ACCOUNT, REGION, FakeAws

HERE = Scope(ACCOUNT, REGION)


def subnets(*numbers: int) -> list[dict[str, Any]]:
    return [{"SubnetId": f"subnet-{n}", "VpcId": "vpc-1", "CidrBlock": f"10.0.{n}.0/24"} for n in numbers]


def read(snapshot: Snapshot, key: str = "Subnets") -> tuple[list[str], str | None, Any]:
    found = snapshot.listings[(HERE, key)]
    call = next(call for call in snapshot.calls if call.key == key)
    return [fact.id for fact in found.facts], found.incomplete, call


def test_an_empty_page_with_a_token_is_not_the_end(aws: FakeAws, limits: Limits) -> None:
    aws.pages["ec2:DescribeSubnets"] = {"": ([], "t1"), "t1": (subnets(2), "t2"), "t2": (subnets(1), None)}
    ids, incomplete, call = read(collect(aws.connection, Wanted(), limits))
    assert (ids, incomplete) == (["subnet-1", "subnet-2"], None)
    assert (call.pages, call.items, len(call.request_ids), call.truncated) == (3, 2, 3, False)


def test_functions_are_paged_by_marker(aws: FakeAws, limits: Limits) -> None:
    aws.pages["lambda:ListFunctions"] = {
        "": ([{"FunctionName": "a"}], "m1"),
        "m1": ([{"FunctionName": "b"}], None),
    }
    ids, incomplete, call = read(collect(aws.connection, Wanted(), limits), "Functions")
    assert (ids, incomplete, call.pages) == (["a", "b"], None, 2)


def exclusion(number: int) -> dict[str, Any]:
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-{number}"
    return {"ExclusionId": f"vpcbpa-exclude-{number}", "ResourceArn": arn, "State": "create-complete"}


def test_a_call_that_the_sdk_cannot_page_is_paged_too(aws: FakeAws, limits: Limits) -> None:
    aws.pages["ec2:DescribeVpcBlockPublicAccessExclusions"] = {
        "": ([exclusion(1)], "t1"),
        "t1": ([exclusion(2)], None),
    }
    ids, incomplete, call = read(collect(aws.connection, Wanted(), limits), "VpcBlockPublicAccessExclusions")
    assert (ids, incomplete, call.pages) == (["vpcbpa-exclude-1", "vpcbpa-exclude-2"], None, 2)


@pytest.mark.parametrize("back_to", ["t1", "t2"])
def test_a_repeated_token_stops_and_is_incomplete(aws: FakeAws, limits: Limits, back_to: str) -> None:
    aws.pages["ec2:DescribeSubnets"] = {
        "": (subnets(1), "t1"),
        "t1": (subnets(2), "t2"),
        "t2": (subnets(3), back_to),
    }
    snapshot = collect(aws.connection, Wanted(), limits)
    ids, incomplete, call = read(snapshot)
    assert ids == ["subnet-1", "subnet-2", "subnet-3"]
    assert "repeated a page token" in (incomplete or "")
    assert call.truncated
    assert any(gap.what == "Subnets" and gap.action == "ec2:DescribeSubnets" for gap in snapshot.gaps)


@pytest.mark.parametrize(("cap", "complete"), [(3, True), (2, False)])
def test_page_cap(aws: FakeAws, limits: Limits, cap: int, complete: bool) -> None:
    aws.pages["ec2:DescribeSubnets"] = {"": (subnets(1), "t1"), "t1": (subnets(2), "t2"), "t2": (subnets(3), None)}
    ids, incomplete, call = read(collect(aws.connection, Wanted(), replace(limits, page_cap=cap)))
    assert (len(ids), incomplete is None, call.truncated) == (cap, complete, not complete)


def test_an_error_on_a_later_page_leaves_no_listing(aws: FakeAws, limits: Limits) -> None:
    aws.pages["ec2:DescribeSubnets"] = {"": (subnets(1), "t1"), "t1": (subnets(2), None)}

    def fail_on_the_second_page(request: Any, attempt: int) -> None:
        if attempt == 2:
            raise ValueError("broken")

    aws.faults["ec2:DescribeSubnets"] = fail_on_the_second_page
    snapshot = collect(aws.connection, Wanted(vpc_ids=("vpc-1",)), limits)
    assert (HERE, "Subnets") not in snapshot.listings
    call = next(call for call in snapshot.calls if call.key == "Subnets")
    assert (call.pages, call.items, call.error is not None) == (1, 0, True)


def test_an_item_on_two_pages_is_one_fact(aws: FakeAws, limits: Limits) -> None:
    aws.pages["ec2:DescribeSubnets"] = {"": (subnets(1), "t1"), "t1": (subnets(1, 2), None)}
    ids, incomplete, _ = read(collect(aws.connection, Wanted(), limits))
    assert (ids, incomplete) == (["subnet-1", "subnet-2"], None)


def test_an_item_that_changes_between_pages_is_a_conflict(aws: FakeAws, limits: Limits) -> None:
    changed = [{**subnets(1)[0], "CidrBlock": "10.9.0.0/24"}]
    aws.pages["ec2:DescribeSubnets"] = {"": (subnets(1, 2), "t1"), "t1": (changed, None)}
    snapshot = collect(aws.connection, Wanted(), limits)
    ids, incomplete, _ = read(snapshot)
    assert ids == ["subnet-2"]
    assert "subnet-1" in (incomplete or "")
    assert any(gap.what == "Subnets/subnet-1" for gap in snapshot.gaps)


def test_what_is_told_per_item_is_joined_over_pages(aws: FakeAws, limits: Limits) -> None:
    aws.pages["ec2:GetManagedPrefixListEntries"] = {
        "": ([{"Cidr": "198.51.100.0/25"}], "t1"),
        "t1": ([{"Cidr": "198.51.100.128/25"}], None),
    }
    snapshot = collect(aws.connection, Wanted(), limits)
    own = next(fact for fact in snapshot.all(PrefixList) if fact.id == "pl-own")
    assert len(own.cidrs or ()) == 2


def test_half_read_entries_are_not_entries(aws: FakeAws, limits: Limits) -> None:
    aws.pages["ec2:GetManagedPrefixListEntries"] = {
        "": ([{"Cidr": "198.51.100.0/25"}], "t1"),
        "t1": ([{"Cidr": "198.51.100.128/25"}], None),
    }
    snapshot = collect(aws.connection, Wanted(), replace(limits, page_cap=1))
    own = next(fact for fact in snapshot.all(PrefixList) if fact.id == "pl-own")
    assert own.cidrs is None
    assert snapshot.listings[(HERE, "PrefixLists")].incomplete


def test_routes_that_aws_holds_back_are_incomplete(aws: FakeAws, limits: Limits) -> None:
    aws.answers["ec2:SearchTransitGatewayRoutes"] = {"Routes": [], "AdditionalRoutesAvailable": True}
    assert [fact.complete for fact in collect(aws.connection, Wanted(), limits).all(TransitGatewayRoutes)] == [False]
