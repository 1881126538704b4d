import ipaddress
from typing import Any

import pytest

from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import one, refused


@pytest.fixture
def net(world: World) -> Network:
    return network(world)


def test_zonal_nat_gateway_has_its_own_interface_in_its_subnet(ec2: Any, net: Network) -> None:
    nat = one(ec2.describe_nat_gateways(), "NatGateways")
    (address,) = nat["NatGatewayAddresses"]
    interface = one(
        ec2.describe_network_interfaces(NetworkInterfaceIds=[address["NetworkInterfaceId"]]), "NetworkInterfaces"
    )
    assert (nat["SubnetId"], nat["AvailabilityMode"], nat["ConnectivityType"]) == (net.public[0], "zonal", "public")
    assert ipaddress.ip_address(address["PrivateIp"]) in ipaddress.ip_network("10.20.0.0/24")
    assert interface["PrivateIpAddress"] == address["PrivateIp"]
    assert interface["PrivateIpAddresses"][0]["Association"]["PublicIp"] == address["PublicIp"]
    assert (interface["InterfaceType"], interface["Groups"]) == ("nat_gateway", [])
    assert interface["Description"] == f"Interface for NAT Gateway {nat['NatGatewayId']}"


def test_public_address_is_global(ec2: Any, net: Network) -> None:
    (address,) = one(ec2.describe_nat_gateways(), "NatGateways")["NatGatewayAddresses"]
    assert ipaddress.ip_address(address["PublicIp"]).is_global
    assert one(ec2.describe_addresses(), "Addresses")["PublicIp"] == address["PublicIp"]


def test_private_nat_gateway_has_no_public_address(ec2: Any, net: Network) -> None:
    made = ec2.create_nat_gateway(SubnetId=net.private[0], ConnectivityType="private")["NatGateway"]
    assert made["ConnectivityType"] == "private"
    assert "PublicIp" not in made["NatGatewayAddresses"][0]


def test_regional_nat_gateway_has_a_table_and_an_address_per_zone(ec2: Any, world: World) -> None:
    net = network(world, zones="abc", nat_kind="regional")
    nat = one(ec2.describe_nat_gateways(), "NatGateways")
    assert nat["AvailabilityMode"] == "regional"
    assert "SubnetId" not in nat
    assert [a["AvailabilityZone"] for a in nat["NatGatewayAddresses"]] == [f"ap-southeast-1{z}" for z in "abc"]
    table = one(ec2.describe_route_tables(RouteTableIds=[nat["RouteTableId"]]), "RouteTables")
    assert ("0.0.0.0/0", net.internet_gateway) in [
        (route["DestinationCidrBlock"], route["GatewayId"]) for route in table["Routes"]
    ]
    assert table["Associations"] == []


def test_missing_parameters_are_refused(ec2: Any, net: Network) -> None:
    with refused("MissingParameter", "AllocationId"):
        ec2.create_nat_gateway(SubnetId=net.public[0])
    with refused("MissingParameter", "SubnetId"):
        ec2.create_nat_gateway(AllocationId="eipalloc-1")
    with refused("MissingParameter", "VpcId"):
        ec2.create_nat_gateway(AvailabilityMode="regional")
    with refused("InvalidSubnetID.NotFound"):
        ec2.create_nat_gateway(SubnetId="subnet-0123456789abcdef0", ConnectivityType="private")
    assert len(ec2.describe_nat_gateways()["NatGateways"]) == 1


def test_failed_nat_gateway_tells_why(ec2: Any, world: World, net: Network) -> None:
    world.stage(net.nat, {"State": "failed", "FailureCode": "Gateway.NotAttached", "FailureMessage": "no gateway"})
    nat = one(ec2.describe_nat_gateways(), "NatGateways")
    assert (nat["State"], nat["FailureCode"], nat["FailureMessage"]) == ("failed", "Gateway.NotAttached", "no gateway")


def test_available_nat_gateway_tells_no_failure(ec2: Any, net: Network) -> None:
    nat = one(ec2.describe_nat_gateways(), "NatGateways")
    assert nat["State"] == "available"
    assert not {"FailureCode", "FailureMessage", "DeleteTime"} & nat.keys()


def test_deleted_nat_gateway_stays_listed_without_its_interface(ec2: Any, net: Network) -> None:
    (address,) = one(ec2.describe_nat_gateways(), "NatGateways")["NatGatewayAddresses"]
    ec2.delete_nat_gateway(NatGatewayId=net.nat)
    assert one(ec2.describe_nat_gateways(), "NatGateways")["State"] == "deleted"
    with refused("InvalidNetworkInterfaceID.NotFound"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[address["NetworkInterfaceId"]])


def test_unknown_nat_gateway_is_an_error(ec2: Any, net: Network) -> None:
    with refused("NatGatewayNotFound", "nat-0123456789abcdef0"):
        ec2.describe_nat_gateways(NatGatewayIds=["nat-0123456789abcdef0"])
    with refused("NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId="nat-0123456789abcdef0")
