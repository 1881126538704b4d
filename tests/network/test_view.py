"""The view refuses to guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import listing_of
from runbook_lib.model.vpc import RouteTable, Subnet, Vpc
from runbook_lib.network.view import View
from tests.builders import REGION, World, world


def base() -> World:
    made = world().vpc().subnet(az="a").subnet(az="b").group().group("endpoint").nat().internet_gateway()
    return made.gateway_endpoint("s3", tables=["main"]).interface_endpoint("sqs")


LOOKUPS: tuple[tuple[str, str, str], ...] = (
    ("vpc", "vpc-main", "ec2:DescribeVpcs"),
    ("vpc_attributes", "vpc-main", "ec2:DescribeVpcAttribute"),
    ("subnet", "subnet-a", "ec2:DescribeSubnets"),
    ("group", "sg-fn", "ec2:DescribeSecurityGroups"),
    ("interface", "eni-sqs-a", "ec2:DescribeNetworkInterfaces"),
    ("nat_gateway", "nat-main", "ec2:DescribeNatGateways"),
    ("internet_gateway", "igw-main", "ec2:DescribeInternetGateways"),
    ("endpoint", "vpce-s3", "ec2:DescribeVpcEndpoints"),
    ("prefix_list", "pl-s3", "ec2:DescribePrefixLists"),
)


@pytest.mark.parametrize(("method", "id_", "action"), LOOKUPS)
def test_a_lookup_finds_or_names_the_action(method: str, id_: str, action: str) -> None:
    view = base().view()
    assert getattr(view, method)(id_).id == id_
    with pytest.raises(FactMissing) as gap:
        getattr(view, method)("nowhere")
    assert gap.value.actions == (action,)


ENUMERATIONS: dict[str, tuple[str, Callable[[View], Any]]] = {
    "subnets": ("Subnets", lambda view: view.subnets_in("vpc-main")),
    "endpoints": ("VpcEndpoints", lambda view: view.endpoints_in("vpc-main")),
    "interfaces": ("NetworkInterfaces", lambda view: view.interfaces_in("subnet-a")),
    "address": ("NetworkInterfaces", lambda view: view.interface_at("vpc-main", ip_address("10.0.0.99"))),
    "main table": ("RouteTables", lambda view: view.route_table_of("subnet-a")),
    "default ACL": ("NetworkAcls", lambda view: view.acl_of("subnet-a")),
}


@pytest.mark.parametrize("name", ENUMERATIONS)
@pytest.mark.parametrize("gone", ["denied", "truncated"])
def test_an_enumeration_needs_the_whole_listing(name: str, gone: str) -> None:
    key, ask = ENUMERATIONS[name]
    ask(base().view())
    with pytest.raises(FactMissing):
        ask(getattr(base(), gone)(key).view())


def test_effective_tables_and_acls() -> None:
    view = base().table("own", subnets=["b"]).acl("own", subnets=["b"]).view()
    assert [view.route_table_of(f"subnet-{az}").id for az in "ab"] == ["rtb-main", "rtb-own"]
    assert [view.acl_of(f"subnet-{az}").id for az in "ab"] == ["acl-main", "acl-own"]


def test_a_table_of_another_vpc_is_not_the_main_one() -> None:
    made = world().vpc("other").vpc("main").subnet(az="a")
    assert made.view().route_table_of("subnet-a").id == "rtb-main"


def test_a_vpc_without_main_table_or_default_acl_is_a_gap() -> None:
    made = base().changed("RouteTables", "rtb-main", lambda raw: raw.update(Associations=[]))
    made.changed("NetworkAcls", "acl-main", lambda raw: raw.update(IsDefault=False))
    with pytest.raises(FactMissing, match="main route table of vpc-main"):
        made.view().route_table_of("subnet-a")
    with pytest.raises(FactMissing, match="default network ACL of vpc-main"):
        made.view().acl_of("subnet-a")


def test_the_region_comes_from_the_folder_or_from_a_zone() -> None:
    assert base().view().region_of("vpc-main") == REGION
    snapshot = base().snapshot()
    nameless = {
        (Scope(None, None), key): listing_of(key, Scope(None, None), listing.raws)[0]
        for (_, key), listing in snapshot.listings.items()
    }
    assert View(replace(snapshot, listings=nameless)).region_of("vpc-main") == REGION


def test_service_lists_are_found_by_region() -> None:
    made = base().prefix_list("far", ["192.0.2.0/24"], name="com.amazonaws.us-east-1.s3")
    assert made.view().service_prefix_list("vpc-main", "s3").id == "pl-s3"
    with pytest.raises(FactMissing, match=r"com\.amazonaws\.ap-southeast-1\.sqs"):
        made.view().service_prefix_list("vpc-main", "sqs")


def test_the_owner_describes_a_shared_subnet() -> None:
    snapshot, guest = base().snapshot(), Scope("444455556666", REGION)
    raw = {"SubnetId": "subnet-a", "VpcId": "vpc-main", "CidrBlock": "10.0.0.0/24", "OwnerId": "111122223333"}
    both = {**snapshot.listings, (guest, "Subnets"): listing_of("Subnets", guest, [raw])[0]}
    view = View(replace(snapshot, listings=both))
    assert view.subnet("subnet-a").scope.account == "111122223333"
    assert [subnet.id for subnet in view.subnets_in("vpc-main")] == ["subnet-a", "subnet-b"]


def test_references_are_complete_only_for_what_was_read() -> None:
    view = base().view()
    assert view.ref(Vpc, "vpc-main").account == "111122223333"
    assert (view.ref(Subnet, "subnet-x").id, view.ref(Subnet, "subnet-x").account) == ("subnet-x", None)
    assert view.find(RouteTable, "rtb-x") is None


def test_deleted_endpoints_are_not_listed() -> None:
    made = base().gateway_endpoint("dynamodb", State="Deleted")
    assert [endpoint.id for endpoint in made.view().endpoints_in("vpc-main")] == ["vpce-s3", "vpce-sqs"]
