from typing import Any

import pytest
from botocore import xform_name

from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.sandbox.extension.filter_names import FILTERS
from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.staging import limit_pages
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import filtered, refused


@pytest.fixture
def net(world: World) -> Network:
    return network(world)


def _pages(ec2: Any, call: str, key: str, size: int) -> list[int]:
    answer, sizes = getattr(ec2, call)(MaxResults=size), []
    while True:
        sizes.append(len(answer[key]))
        if not answer.get("NextToken"):
            return sizes
        answer = getattr(ec2, call)(MaxResults=size, NextToken=answer["NextToken"])


def test_listings_come_in_pages_of_the_size_asked_for(ec2: Any, world: World) -> None:
    vpc = world.vpc("v", "10.0.0.0/16")
    for number in range(12):
        world.subnet(f"s{number}", vpc, f"10.0.{number}.0/24", "a")
    assert _pages(ec2, "describe_subnets", "Subnets", 5) == [5, 5, 2]
    assert _pages(ec2, "describe_subnets", "Subnets", 6) == [6, 6]
    assert _pages(ec2, "describe_subnets", "Subnets", 12) == [12]


def test_pages_hold_each_item_once(ec2: Any, world: World) -> None:
    vpc = world.vpc("v", "10.0.0.0/16")
    made = [world.security_group(f"g{number}", vpc) for number in range(11)]
    pages = ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5})
    listed = [group["GroupId"] for page in pages for group in page["SecurityGroups"] if group["GroupName"] != "default"]
    assert sorted(listed) == sorted(made)


def test_instances_come_in_pages(ec2: Any, world: World, net: Network) -> None:
    for _ in range(7):
        ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=net.private[0])
    assert _pages(ec2, "describe_instances", "Reservations", 5) == [5, 2]


def test_pages_can_be_made_small_for_readers_that_ask_for_no_size(ec2: Any, net: Network) -> None:
    limit_pages(2)
    first = ec2.describe_subnets()
    assert len(first["Subnets"]) == 2
    assert len(ec2.describe_subnets(NextToken=first["NextToken"])["Subnets"]) == 2
    assert "NextToken" not in ec2.describe_vpcs()
    limit_pages(None)
    assert len(ec2.describe_subnets()["Subnets"]) == 4


def test_token_of_nobody_and_of_another_listing_is_refused(ec2: Any, net: Network) -> None:
    limit_pages(1)
    other = ec2.describe_subnets()["NextToken"]
    for token in (other, "bm90aGluZw==", "%%%"):
        with refused("InvalidNextToken"):
            ec2.describe_route_tables(NextToken=token)


def test_filter_values_are_alternatives(ec2: Any, net: Network) -> None:
    by_subnet = {"association__subnet_id": [net.private[0], net.public[1]]}
    found = filtered(ec2.describe_route_tables, "RouteTables", "RouteTableId", **by_subnet)
    assert set(found) == {net.private_tables[0], net.public_table}
    missing = {"association__subnet_id": [net.private[0], "subnet-0123456789abcdef0"]}
    assert filtered(ec2.describe_route_tables, "RouteTables", "RouteTableId", **missing) == [net.private_tables[0]]
    nothing = {"association__subnet_id": ["subnet-0123456789abcdef0"]}
    assert filtered(ec2.describe_route_tables, "RouteTables", "RouteTableId", **nothing) == []


def test_filters_must_all_match(ec2: Any, net: Network) -> None:
    call = ec2.describe_subnets
    one = filtered(call, "Subnets", "SubnetId", vpc_id=net.vpc, availability_zone="ap-southeast-1a")
    assert set(one) == {net.public[0], net.private[0]}
    assert filtered(call, "Subnets", "SubnetId", vpc_id="vpc-0123456789abcdef0", availability_zone="*a") == []


def test_wildcards_match_and_brackets_are_plain(ec2: Any, world: World, net: Network) -> None:
    group = world.security_group("lambda", net.vpc)
    world.function("first", net.private[:1], [group])
    call, key, field = ec2.describe_network_interfaces, "NetworkInterfaces", "NetworkInterfaceId"
    assert len(filtered(call, key, field, description="AWS Lambda VPC ENI-*")) == 1
    assert len(filtered(call, key, field, description="*NAT?Gateway*")) == 1
    assert filtered(call, key, field, description="AWS Lambda VPC ENI-f[a-z]*") == []
    assert filtered(call, key, field, description="Lambda") == []


def test_booleans_and_route_states_are_filtered(ec2: Any, net: Network) -> None:
    ec2.delete_nat_gateway(NatGatewayId=net.nat)
    call, key, field = ec2.describe_route_tables, "RouteTables", "RouteTableId"
    assert set(filtered(call, key, field, route__state="blackhole")) == set(net.private_tables)
    assert len(filtered(call, key, field, route__state="active")) == 4
    (main,) = filtered(call, key, field, association__main="true")
    assert main not in (*net.private_tables, net.public_table)


def test_tags_are_filtered(ec2: Any, net: Network) -> None:
    named = [{"Name": "tag:Name", "Values": ["documents-prod-nat", "x"]}]
    assert [nat["NatGatewayId"] for nat in ec2.describe_nat_gateways(Filters=named)["NatGateways"]] == [net.nat]
    for values in (["documents-prod"], []):
        assert ec2.describe_nat_gateways(Filters=[{"Name": "tag:Name", "Values": values}])["NatGateways"] == []
    assert len(ec2.describe_subnets(Filters=[{"Name": "tag-key", "Values": ["managed-by"]}])["Subnets"]) == 4
    assert ec2.describe_subnets(Filters=[{"Name": "tag-key", "Values": ["owner"]}])["Subnets"] == []


def test_singular_filter_parameter_of_nat_gateways_works(ec2: Any, net: Network) -> None:
    def found(vpc: str) -> int:
        return len(ec2.describe_nat_gateways(Filter=[{"Name": "vpc-id", "Values": [vpc]}])["NatGateways"])

    assert (found(net.vpc), found("vpc-0123456789abcdef0")) == (1, 0)


@pytest.mark.parametrize("operation", sorted(FILTERS))
def test_unknown_filter_is_refused_even_where_nothing_is_listed(ec2: Any, world: World, operation: str) -> None:
    required = {
        "GetManagedPrefixListEntries": {"PrefixListId": world.prefix_list("s3")},
        "GetTransitGatewayRouteTableAssociations": {"TransitGatewayRouteTableId": "tgw-rtb-0"},
        "GetTransitGatewayRouteTablePropagations": {"TransitGatewayRouteTableId": "tgw-rtb-0"},
    }.get(operation, {})
    members = ec2.meta.service_model.operation_model(operation).input_shape.members
    parameter = next((name for name in ("Filters", "Filter") if name in members), None)
    call = getattr(ec2, xform_name(operation))
    call(**required)
    if parameter:
        with refused("InvalidParameterValue", "no-such-filter"):
            call(**required, **{parameter: [{"Name": "no-such-filter", "Values": ["x"]}]})


def test_every_paged_listing_the_kit_reads_is_covered(ec2: Any) -> None:
    paged = {
        operation.name
        for operation in OPERATIONS
        if operation.service == "ec2"
        and "NextToken" in ec2.meta.service_model.operation_model(operation.name).input_shape.members
    }
    assert paged - FILTERS.keys() - {"SearchTransitGatewayRoutes"} == set()
