import ipaddress
import re
from typing import Any

import pytest

from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import refused


@pytest.fixture
def net(world: World) -> Network:
    return network(world)


@pytest.fixture
def group(world: World, net: Network) -> str:
    return world.security_group("lambda", net.vpc)


def _interfaces(ec2: Any) -> list[dict[str, Any]]:
    listed = ec2.describe_network_interfaces(Filters=[{"Name": "interface-type", "Values": ["lambda"]}])
    return list(listed["NetworkInterfaces"])


def test_placement_is_told_with_the_real_vpc(functions: Any, world: World, net: Network, group: str) -> None:
    world.function("inside", net.private, [group])
    world.function("outside")
    inside, outside = functions.list_functions()["Functions"]
    assert inside["VpcConfig"]["VpcId"] == net.vpc
    assert inside["VpcConfig"]["SubnetIds"] == list(net.private)
    assert "VpcConfig" not in outside


def test_interface_is_what_lambda_makes(ec2: Any, world: World, net: Network, group: str) -> None:
    world.function("inside", net.private[:1], [group])
    (interface,) = _interfaces(ec2)
    assert re.fullmatch(
        r"AWS Lambda VPC ENI-inside-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", interface["Description"]
    )
    assert (interface["RequesterManaged"], interface["Status"]) == (True, "in-use")
    assert [item["GroupId"] for item in interface["Groups"]] == [group]
    assert ipaddress.ip_address(interface["PrivateIpAddress"]) in ipaddress.ip_network("10.20.100.0/24")
    assert "Association" not in interface


def test_one_interface_per_subnet_and_groups_is_shared(ec2: Any, world: World, net: Network, group: str) -> None:
    other = world.security_group("other", net.vpc)
    world.function("first", net.private, [group])
    world.function("second", net.private, [group])
    assert len(_interfaces(ec2)) == 2
    assert all("ENI-first-" in interface["Description"] for interface in _interfaces(ec2))
    world.function("third", net.private[:1], [group, other])
    assert len(_interfaces(ec2)) == 3
    world.function("fourth", net.private[:1], [other, group])
    assert len(_interfaces(ec2)) == 3


def test_function_outside_a_vpc_has_no_interface(ec2: Any, world: World) -> None:
    world.function("outside")
    assert _interfaces(ec2) == []


def test_interface_goes_with_the_last_function_that_uses_it(
    ec2: Any, functions: Any, world: World, net: Network, group: str
) -> None:
    for name in ("first", "second"):
        world.function(name, net.private[:1], [group])
    functions.delete_function(FunctionName="first")
    assert len(_interfaces(ec2)) == 1
    functions.delete_function(FunctionName="second")
    assert _interfaces(ec2) == []


def test_moved_function_moves_its_interfaces(ec2: Any, functions: Any, world: World, net: Network, group: str) -> None:
    world.function("moving", net.private[:1], [group])
    functions.update_function_configuration(
        FunctionName="moving", VpcConfig={"SubnetIds": [net.private[1]], "SecurityGroupIds": [group]}
    )
    assert [interface["SubnetId"] for interface in _interfaces(ec2)] == [net.private[1]]


def test_idle_function_is_inactive_and_has_no_interface(
    ec2: Any, functions: Any, world: World, net: Network, group: str
) -> None:
    world.function("idle", net.private, [group])
    world.stage("idle", {"State": "Inactive", "StateReasonCode": "Idle", "StateReason": "The function is idle."})
    found = functions.get_function_configuration(FunctionName="idle")
    assert (found["State"], found["StateReasonCode"]) == ("Inactive", "Idle")
    assert _interfaces(ec2) == []
    world.stage("idle", {"State": "Active"})
    assert len(_interfaces(ec2)) == 2


def test_state_is_told_per_function_only(functions: Any, world: World) -> None:
    world.function("f")
    world.stage("f", {"State": "Failed", "StateReason": "no", "LastUpdateStatus": "Failed"})
    (listed,) = functions.list_functions()["Functions"]
    assert [key for key in listed if key.startswith(("State", "LastUpdate"))] == []
    found = functions.get_function_configuration(FunctionName="f")
    assert (found["State"], found["LastUpdateStatus"]) == ("Failed", "Failed")


def test_listing_has_pages_of_fifty(functions: Any, world: World) -> None:
    for number in range(51):
        world.function(f"f{number:02}")
    first = functions.list_functions()
    assert len(first["Functions"]) == 50
    second = functions.list_functions(Marker=first["NextMarker"])
    assert [item["FunctionName"] for item in second["Functions"]] == ["f50"]
    assert "NextMarker" not in second


def test_page_size_is_respected_and_a_bad_marker_refused(functions: Any, world: World) -> None:
    for name in "abc":
        world.function(name)
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    assert [[item["FunctionName"] for item in page["Functions"]] for page in pages] == [["a", "b"], ["c"]]
    with refused("InvalidParameterValueException"):
        functions.list_functions(Marker="not a marker")


def test_placement_is_validated(functions: Any, world: World, net: Network, group: str) -> None:
    elsewhere = world.security_group("elsewhere", world.vpc("other", "10.70.0.0/16"))
    with refused("InvalidParameterValueException", "subnet-0123456789abcdef0"):
        world.function("f", ["subnet-0123456789abcdef0"], [group])
    with refused("InvalidParameterValueException", "sg-0123456789abcdef0"):
        world.function("f", net.private, ["sg-0123456789abcdef0"])
    with refused("InvalidParameterValueException", "coexist"):
        world.function("f", net.private, [])
    with refused("InvalidParameterValueException", "same VPC"):
        world.function("f", net.private, [elsewhere])
    assert functions.list_functions()["Functions"] == []


def test_unknown_function_is_an_error(functions: Any, world: World) -> None:
    world.function("known")
    with refused("ResourceNotFoundException", "unknown"):
        functions.get_function_configuration(FunctionName="unknown")


def test_dual_stack_function_has_ipv6_addresses(ec2: Any, functions: Any, world: World) -> None:
    vpc = world.vpc("six", "10.0.0.0/16", ipv6=True)
    block = world.ipv6_block(vpc).replace("/56", "/64")
    subnet = world.subnet("six", vpc, "10.0.0.0/24", "a", ipv6_cidr=block)
    dual, four = world.security_group("dual", vpc), world.security_group("four", vpc)
    world.function("dual", [subnet], [dual], dual_stack=True)
    world.function("four", [subnet], [four])
    flags = [item["VpcConfig"]["Ipv6AllowedForDualStack"] for item in functions.list_functions()["Functions"]]
    assert flags == [True, False]
    six, none = (item["Ipv6Addresses"] for item in _interfaces(ec2))
    assert ipaddress.ip_address(six[0]["Ipv6Address"]) in ipaddress.ip_network(block)
    assert none == []
