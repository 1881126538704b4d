import ipaddress
from typing import Any

import pytest

from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import one, refused


@pytest.fixture
def net(world: World) -> Network:
    return network(world)


def _endpoint(ec2: Any, endpoint_id: str) -> dict[str, Any]:
    return one(ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id]), "VpcEndpoints")


def _tables_with_route_to(ec2: Any, endpoint_id: str) -> set[str]:
    return {
        table["RouteTableId"]
        for table in ec2.describe_route_tables()["RouteTables"]
        for route in table["Routes"]
        if route.get("GatewayId") == endpoint_id and route.get("DestinationPrefixListId")
    }


def test_gateway_endpoint_is_described_as_aws_does(ec2: Any, world: World, net: Network) -> None:
    endpoint = _endpoint(ec2, world.gateway_endpoint("s3", net.vpc, "s3", net.private_tables))
    assert endpoint["PrivateDnsEnabled"] is False
    assert (endpoint["VpcEndpointType"], endpoint["State"], endpoint["IpAddressType"]) == (
        "Gateway",
        "available",
        "ipv4",
    )
    assert endpoint["DnsOptions"] == {"DnsRecordIpType": "service-defined"}
    assert endpoint["NetworkInterfaceIds"] == endpoint["DnsEntries"] == endpoint["SubnetIds"] == []


def test_type_defaults_to_gateway(ec2: Any, net: Network) -> None:
    made = ec2.create_vpc_endpoint(VpcId=net.vpc, ServiceName="com.amazonaws.ap-southeast-1.s3")["VpcEndpoint"]
    assert made["VpcEndpointType"] == "Gateway"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])


def test_association_and_prefix_list_route_come_and_go_together(ec2: Any, world: World, net: Network) -> None:
    first, second = net.private_tables
    endpoint = world.gateway_endpoint("s3", net.vpc, "s3", [first])
    assert _tables_with_route_to(ec2, endpoint) == {first}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert _tables_with_route_to(ec2, endpoint) == {second}
    assert _endpoint(ec2, endpoint)["RouteTableIds"] == [second]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert _tables_with_route_to(ec2, endpoint) == {second}


def test_deleting_a_gateway_endpoint_removes_its_routes_only(ec2: Any, world: World, net: Network) -> None:
    s3 = world.gateway_endpoint("s3", net.vpc, "s3", net.private_tables)
    dynamodb = world.gateway_endpoint("dynamodb", net.vpc, "dynamodb", net.private_tables)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[s3])
    assert _tables_with_route_to(ec2, s3) == set()
    assert _tables_with_route_to(ec2, dynamodb) == set(net.private_tables)
    assert _endpoint(ec2, s3)["State"] == "deleted"


def test_second_endpoint_of_a_service_on_a_table_is_refused(ec2: Any, world: World, net: Network) -> None:
    first, second = net.private_tables
    world.gateway_endpoint("s3", net.vpc, "s3", [first])
    with refused("RouteAlreadyExists", first):
        world.gateway_endpoint("again", net.vpc, "s3", [first])
    other = world.gateway_endpoint("other", net.vpc, "s3", [second])
    with refused("RouteAlreadyExists", first):
        ec2.modify_vpc_endpoint(VpcEndpointId=other, AddRouteTableIds=[first])
    assert _endpoint(ec2, other)["RouteTableIds"] == [second]


def test_unknown_and_unfit_services_are_refused(ec2: Any, world: World, net: Network) -> None:
    for short in ("no-such-service", "vpce"):
        with refused("InvalidServiceName", short):
            world.interface_endpoint("e", net.vpc, short, net.private, [])
    with refused("InvalidServiceName"):
        ec2.create_vpc_endpoint(VpcId=net.vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway")
    with refused("InvalidParameter", "Gateway"):
        world.gateway_endpoint("e", net.vpc, "secretsmanager", net.private_tables)
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_interface_endpoint_has_interfaces_of_its_own(ec2: Any, world: World, net: Network) -> None:
    admits = world.security_group("endpoints", net.vpc)
    endpoint_id = world.interface_endpoint("secrets", net.vpc, "secretsmanager", net.private, [admits])
    endpoint = _endpoint(ec2, endpoint_id)
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])
    assert [item["SubnetId"] for item in interfaces["NetworkInterfaces"]] == list(net.private)
    for number, interface in enumerate(interfaces["NetworkInterfaces"]):
        assert interface["Description"] == f"VPC Endpoint Interface {endpoint_id}"
        assert (interface["InterfaceType"], interface["Status"]) == ("vpc_endpoint", "in-use")
        assert interface["RequesterManaged"] is True
        assert [group["GroupId"] for group in interface["Groups"]] == [admits]
        assert ipaddress.ip_address(interface["PrivateIpAddress"]) in ipaddress.ip_network(f"10.20.{100 + number}.0/24")
    assert [group["GroupId"] for group in endpoint["Groups"]] == [admits]


def test_interface_endpoint_without_groups_takes_the_default_group(ec2: Any, world: World, net: Network) -> None:
    endpoint = _endpoint(ec2, world.interface_endpoint("kms", net.vpc, "kms", net.private, []))
    assert [group["GroupName"] for group in endpoint["Groups"]] == ["default"]


@pytest.mark.parametrize("private_dns", [True, False])
def test_dns_entries_hold_the_private_name_only_with_private_dns(
    ec2: Any, world: World, net: Network, private_dns: bool
) -> None:
    endpoint_id = world.interface_endpoint("kms", net.vpc, "kms", net.private, [], private_dns=private_dns)
    endpoint = _endpoint(ec2, endpoint_id)
    names = [entry["DnsName"] for entry in endpoint["DnsEntries"]]
    assert ("kms.ap-southeast-1.amazonaws.com" in names) is private_dns
    assert endpoint["PrivateDnsEnabled"] is private_dns
    own = [name for name in names if name.startswith(endpoint_id)]
    assert len(own) == 3
    assert sum("ap-southeast-1b.kms" in name for name in own) == 1


def test_private_dns_needs_both_dns_attributes(ec2: Any, world: World) -> None:
    for support, hostnames in ((True, False), (False, True)):
        vpc = world.vpc("v", "10.50.0.0/16", dns_support=support, dns_hostnames=hostnames)
        subnet = world.subnet("s", vpc, "10.50.0.0/24", "a")
        with refused("InvalidParameter", "enableDnsHostnames"):
            world.interface_endpoint("kms", vpc, "kms", [subnet], [])
        endpoint = world.interface_endpoint("kms", vpc, "kms", [subnet], [], private_dns=False)
        with refused("InvalidParameter", "enableDnsHostnames"):
            ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=True)
        assert _endpoint(ec2, endpoint)["PrivateDnsEnabled"] is False


def test_one_private_name_per_service_and_vpc(world: World, net: Network) -> None:
    world.interface_endpoint("kms", net.vpc, "kms", net.private[:1], [])
    with refused("InvalidParameter", "conflicting DNS domain"):
        world.interface_endpoint("again", net.vpc, "kms", net.private[1:], [])
    world.interface_endpoint("silent", net.vpc, "kms", net.private[1:], [], private_dns=False)


def test_subnets_and_groups_of_an_interface_endpoint_can_change(ec2: Any, world: World, net: Network) -> None:
    old, new = world.security_group("old", net.vpc), world.security_group("new", net.vpc)
    endpoint_id = world.interface_endpoint("kms", net.vpc, "kms", net.private[:1], [old])
    (before,) = _endpoint(ec2, endpoint_id)["NetworkInterfaceIds"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint_id,
        AddSubnetIds=[net.private[1]],
        RemoveSubnetIds=[net.private[0]],
        AddSecurityGroupIds=[new],
        RemoveSecurityGroupIds=[old],
    )
    endpoint = _endpoint(ec2, endpoint_id)
    (after,) = endpoint["NetworkInterfaceIds"]
    interface = one(ec2.describe_network_interfaces(NetworkInterfaceIds=[after]), "NetworkInterfaces")
    assert interface["SubnetId"] == net.private[1]
    assert [group["GroupId"] for group in interface["Groups"]] == [new]
    with refused("InvalidNetworkInterfaceID.NotFound", before):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[before])


def test_dns_options_and_address_type_are_kept(ec2: Any, world: World, net: Network) -> None:
    made = ec2.create_vpc_endpoint(
        VpcId=net.vpc,
        ServiceName=world.service("s3"),
        VpcEndpointType="Interface",
        SubnetIds=list(net.private),
        IpAddressType="dualstack",
        DnsOptions={"PrivateDnsOnlyForInboundResolverEndpoint": True},
    )["VpcEndpoint"]
    assert made["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"] is True
    assert made["IpAddressType"] == "dualstack"
    ec2.modify_vpc_endpoint(
        VpcEndpointId=made["VpcEndpointId"], DnsOptions={"PrivateDnsOnlyForInboundResolverEndpoint": False}
    )
    changed = _endpoint(ec2, made["VpcEndpointId"])
    assert changed["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"] is False
    assert changed["IpAddressType"] == "dualstack"


def test_policy_is_kept_and_can_be_reset(ec2: Any, world: World, net: Network) -> None:
    policy = {"Version": "2012-10-17", "Statement": []}
    endpoint = world.gateway_endpoint("s3", net.vpc, "s3", net.private_tables, policy)
    assert '"Statement": []' in _endpoint(ec2, endpoint)["PolicyDocument"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, ResetPolicy=True)
    assert '"Effect": "Allow"' in _endpoint(ec2, endpoint)["PolicyDocument"]


@pytest.mark.parametrize("state", ["pending", "pendingAcceptance", "failed", "rejected", "expired", "deleting"])
def test_any_state_can_be_staged(ec2: Any, world: World, net: Network, state: str) -> None:
    staged = world.gateway_endpoint("s3", net.vpc, "s3", net.private_tables)
    other = world.gateway_endpoint("dynamodb", net.vpc, "dynamodb", net.private_tables)
    world.stage(staged, {"State": state})
    assert _endpoint(ec2, staged)["State"] == state
    assert _endpoint(ec2, other)["State"] == "available"


def test_unknown_endpoint_is_an_error(ec2: Any, net: Network) -> None:
    with refused("InvalidVpcEndpointId.NotFound", "vpce-0123456789abcdef0"):
        ec2.describe_vpc_endpoints(VpcEndpointIds=["vpce-0123456789abcdef0"])
    with refused("InvalidVpcEndpointId.NotFound"):
        ec2.modify_vpc_endpoint(VpcEndpointId="vpce-0123456789abcdef0", AddRouteTableIds=list(net.private_tables))
