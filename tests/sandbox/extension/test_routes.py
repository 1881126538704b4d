from typing import Any

import pytest

from runbook_lib.sandbox import transit
from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import refused


def _routes(ec2: Any, table_id: str) -> dict[str, str]:
    (table,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    return {
        route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock") or "prefix list": route["State"]
        for route in table["Routes"]
    }


@pytest.fixture
def net(world: World) -> Network:
    return network(world)


def test_routes_are_active_while_their_targets_live(ec2: Any, net: Network) -> None:
    assert _routes(ec2, net.private_tables[0]) == {"10.20.0.0/16": "active", "0.0.0.0/0": "active"}
    assert _routes(ec2, net.public_table) == {"10.20.0.0/16": "active", "0.0.0.0/0": "active"}


@pytest.mark.parametrize("state", ["failed", "deleting", "deleted"])
def test_route_to_a_nat_gateway_that_does_not_work_is_a_blackhole(
    ec2: Any, world: World, net: Network, state: str
) -> None:
    world.stage(net.nat, {"State": state})
    assert _routes(ec2, net.private_tables[0])["0.0.0.0/0"] == "blackhole"
    assert _routes(ec2, net.public_table)["0.0.0.0/0"] == "active"


def test_deleting_the_nat_gateway_leaves_blackholes_in_both_tables(ec2: Any, net: Network) -> None:
    ec2.delete_nat_gateway(NatGatewayId=net.nat)
    assert [_routes(ec2, table)["0.0.0.0/0"] for table in net.private_tables] == ["blackhole", "blackhole"]
    assert _routes(ec2, net.private_tables[0])["10.20.0.0/16"] == "active"


def test_detached_internet_gateway_is_a_blackhole_until_attached_again(ec2: Any, net: Network) -> None:
    ec2.detach_internet_gateway(InternetGatewayId=net.internet_gateway, VpcId=net.vpc)
    assert _routes(ec2, net.public_table)["0.0.0.0/0"] == "blackhole"
    ec2.attach_internet_gateway(InternetGatewayId=net.internet_gateway, VpcId=net.vpc)
    assert _routes(ec2, net.public_table)["0.0.0.0/0"] == "active"


def test_deleted_peering_is_a_blackhole(ec2: Any, world: World, net: Network) -> None:
    other = world.vpc("other", "10.30.0.0/16")
    peering = world.peering("peering", net.vpc, other)
    world.route(net.private_tables[0], "10.30.0.0/16", VpcPeeringConnectionId=peering)
    assert _routes(ec2, net.private_tables[0])["10.30.0.0/16"] == "active"
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert _routes(ec2, net.private_tables[0])["10.30.0.0/16"] == "blackhole"


def test_deleted_interface_is_a_blackhole(ec2: Any, world: World, net: Network) -> None:
    interface = world.database("proxy", net.private[0], [world.security_group("proxy", net.vpc)])
    world.route(net.private_tables[0], "192.0.2.0/24", NetworkInterfaceId=interface)
    assert _routes(ec2, net.private_tables[0])["192.0.2.0/24"] == "active"
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert _routes(ec2, net.private_tables[0])["192.0.2.0/24"] == "blackhole"


def test_stopped_and_terminated_instance_is_a_blackhole(ec2: Any, world: World, net: Network) -> None:
    (instance,) = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=net.private[0])[
        "Instances"
    ]
    world.route(net.private_tables[0], "192.0.2.0/24", InstanceId=instance["InstanceId"])
    assert _routes(ec2, net.private_tables[0])["192.0.2.0/24"] == "active"
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    assert _routes(ec2, net.private_tables[0])["192.0.2.0/24"] == "blackhole"
    ec2.start_instances(InstanceIds=[instance["InstanceId"]])
    assert _routes(ec2, net.private_tables[0])["192.0.2.0/24"] == "active"
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    assert _routes(ec2, net.private_tables[0])["192.0.2.0/24"] == "blackhole"


def test_deleted_egress_only_gateway_is_a_blackhole(ec2: Any, world: World) -> None:
    vpc = world.vpc("six", "10.40.0.0/16", ipv6=True)
    gateway = world.egress_only_gateway("six", vpc)
    world.route(world.main_table(vpc), "::/0", EgressOnlyInternetGatewayId=gateway)
    assert _routes(ec2, world.main_table(vpc))["::/0"] == "active"
    ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=gateway)
    assert _routes(ec2, world.main_table(vpc))["::/0"] == "blackhole"


def test_route_to_a_detached_transit_gateway_is_a_blackhole(ec2: Any, world: World, net: Network) -> None:
    gateway = transit.gateway(world, "backbone")
    attachment = transit.attachment(world, "net", gateway, net.vpc, net.private)
    world.route(net.private_tables[0], "10.0.0.0/8", TransitGatewayId=gateway)
    assert _routes(ec2, net.private_tables[0])["10.0.0.0/8"] == "active"
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment)
    assert _routes(ec2, net.private_tables[0])["10.0.0.0/8"] == "blackhole"


@pytest.mark.parametrize(
    ("state", "expected"), [("pending", "active"), ("failed", "blackhole"), ("expired", "blackhole")]
)
def test_prefix_list_route_follows_the_state_of_its_endpoint(
    ec2: Any, world: World, net: Network, state: str, expected: str
) -> None:
    endpoint = world.gateway_endpoint("s3", net.vpc, "s3", net.private_tables[:1])
    world.stage(endpoint, {"State": state})
    assert _routes(ec2, net.private_tables[0])["prefix list"] == expected
    assert "prefix list" not in _routes(ec2, net.private_tables[1])


def test_unknown_targets_are_refused_and_leave_no_route(ec2: Any, world: World, net: Network) -> None:
    table = net.private_tables[0]
    with refused("InvalidNatGatewayID.NotFound", "nat-0123456789abcdef0"):
        world.route(table, "192.0.2.0/24", NatGatewayId="nat-0123456789abcdef0")
    with refused("InvalidTransitGatewayID.NotFound"):
        world.route(table, "192.0.2.0/24", TransitGatewayId="tgw-0123456789abcdef0")
    with refused("InvalidPrefixListID.NotFound"):
        ec2.create_route(RouteTableId=table, DestinationPrefixListId="pl-0123456789abcdef0", NatGatewayId=net.nat)
    assert "192.0.2.0/24" not in _routes(ec2, table)
