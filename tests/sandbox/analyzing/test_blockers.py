"""Everything that ends a path, each with its nearest twin that does not; and what the model says nothing about."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.sandbox import transit
from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.rules import AclRule, Rule
from runbook_lib.sandbox.world import World
from tests.sandbox.analyzing.questions import analysed, codes, interface_in, why

_PARTNER, _DATABASE, _FAR = "198.51.100.20", "10.20.100.20", "10.60.0.20"
_ALL = [AclRule(200, True, "0.0.0.0/0", protocol="all"), AclRule(200, False, "0.0.0.0/0", protocol="all")]


class Asked:
    """The usual network with a function in both private subnets, asked from the second of them."""

    def __init__(self, world: World, egress: list[Rule] | None = None) -> None:
        self.world, self.ec2 = world, world.ec2
        self.net: Network = network(world, "n")
        self.group = world.security_group("lambda", self.net.vpc, egress=egress)
        world.function("f", self.net.private, [self.group])
        self.source = interface_in(self.ec2, self.net.private[1])

    def acl(self, subnets: tuple[str, ...], *rules: AclRule) -> str:
        return self.world.network_acl("acl", self.net.vpc, subnets, [*rules, *_ALL])

    def database(self, *ingress: Rule) -> str:
        admits = self.world.security_group("admits", self.net.vpc, ingress=ingress, egress=[])
        return self.world.database("db", self.net.private[0], [admits], _DATABASE)

    def drop_default(self) -> None:
        self.ec2.delete_route(RouteTableId=self.net.private_tables[1], DestinationCidrBlock="0.0.0.0/0")

    def route(self, destination: str, **target: str) -> None:
        self.world.route(self.net.private_tables[1], destination, **target)

    def say(self, destination: str = _PARTNER, port: int | None = 443, **more: Any) -> list[str]:
        return codes(analysed(self.ec2, self.source, destination, port, **more))

    def why(self, destination: str = _PARTNER, port: int | None = 443, **more: Any) -> dict[str, Any]:
        return why(analysed(self.ec2, self.source, destination, port, **more))

    def unknown(self, destination: str = _PARTNER, port: int | None = 443, **more: Any) -> str:
        found = analysed(self.ec2, self.source, destination, port, **more)
        assert found["Status"] == "failed"
        assert "NetworkPathFound" not in found
        return str(found["StatusMessage"]).removeprefix("The network configuration is not supported: ")


# -- security groups -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("port", "said"), [(443, "reachable"), (444, "ENI_SG_RULES_MISMATCH")])
def test_groups_of_the_sender_by_port(world: World, port: int, said: str) -> None:
    assert Asked(world, [Rule("0.0.0.0/0")]).say(port=port) == [said]


@pytest.mark.parametrize(
    ("peer", "said"), [("198.51.100.0/24", "reachable"), ("198.51.101.0/24", "ENI_SG_RULES_MISMATCH")]
)
def test_groups_of_the_sender_by_address(world: World, peer: str, said: str) -> None:
    assert Asked(world, [Rule(peer)]).say() == [said]


def test_groups_of_the_sender_by_group(world: World) -> None:
    asked = Asked(world, [])
    asked.database(Rule("10.20.0.0/16", 5432))
    assert asked.why(_DATABASE, 5432)["ExplanationCode"] == "SG_HAS_NO_RULES"
    (found,) = world.ec2.describe_network_interfaces(Filters=[{"Name": "private-ip-address", "Values": [_DATABASE]}])[
        "NetworkInterfaces"
    ]
    reference = [Rule(found["Groups"][0]["GroupId"], 5432).permission()]
    world.ec2.authorize_security_group_egress(GroupId=asked.group, IpPermissions=reference)
    assert asked.say(_DATABASE, 5432) == ["reachable"]
    assert asked.say("10.20.100.21", 5432) == ["ENI_SG_RULES_MISMATCH"]


def test_groups_of_the_receiver(world: World) -> None:
    asked = Asked(world)
    asked.database(Rule("10.20.101.0/24", 5432))
    assert asked.say(_DATABASE, 5432) == ["reachable"]
    refused = asked.why(_DATABASE, 443)
    assert (refused["ExplanationCode"], refused["Direction"]) == ("ENI_SG_RULES_MISMATCH", "ingress")
    assert (refused["NetworkInterface"], refused["SecurityGroups"]) == ("db", ["admits"])


def test_group_of_the_receiver_without_any_rule(world: World) -> None:
    asked = Asked(world)
    asked.database()
    refused = asked.why(_DATABASE, 443)
    assert (refused["ExplanationCode"], refused["Direction"]) == ("SG_HAS_NO_RULES", "ingress")
    assert (refused["NetworkInterface"], refused["SecurityGroup"]) == ("db", "admits")


# -- network ACLs ----------------------------------------------------------------------------------------------------


def _own(net: Network) -> tuple[str, ...]:
    return net.private[1:]


def _other(net: Network) -> tuple[str, ...]:
    return net.private[:1]


def _nats(net: Network) -> tuple[str, ...]:
    return net.public[:1]


@pytest.mark.parametrize(
    ("where", "rule", "destination", "direction"),
    [
        (_own, AclRule(90, True, "198.51.100.0/24", 443, action="deny"), _PARTNER, "egress"),
        (_nats, AclRule(90, False, "10.20.0.0/16", 443, action="deny"), _PARTNER, "ingress"),
        (_nats, AclRule(90, True, "198.51.100.0/24", 443, action="deny"), _PARTNER, "egress"),
        (_nats, AclRule(90, False, "198.51.100.0/24", 1024, 65535, action="deny"), _PARTNER, "ingress"),
        (_nats, AclRule(90, True, "10.20.101.0/24", 0, 65535, action="deny"), _PARTNER, "egress"),
        (_own, AclRule(90, False, "198.51.100.0/24", protocol="all", action="deny"), _PARTNER, "ingress"),
        (_other, AclRule(90, False, "10.20.101.0/24", 443, action="deny"), _DATABASE, "ingress"),
        (_other, AclRule(90, True, "10.20.101.0/24", 0, 65535, action="deny"), _DATABASE, "egress"),
        (_own, AclRule(90, False, "10.20.100.0/24", 0, 65535, action="deny"), _DATABASE, "ingress"),
    ],
)
def test_acls_on_the_way_there_and_back(
    world: World, where: Callable[[Network], tuple[str, ...]], rule: AclRule, destination: str, direction: str
) -> None:
    asked = Asked(world)
    asked.database(Rule("10.20.0.0/16"))
    acl = asked.acl(where(asked.net), rule)
    refused = asked.why(destination)
    assert (refused["ExplanationCode"], refused["Direction"]) == ("SUBNET_ACL_RESTRICTION", direction)
    assert (refused["Acl"], refused["AclRule"]["RuleNumber"]) == ("acl", 90)
    sooner = replace(rule, number=80, action="allow")
    world.ec2.create_network_acl_entry(NetworkAclId=acl, **sooner.request())
    assert asked.say(destination) == ["reachable"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([(90, 443, "allow"), (95, 443, "deny")], "reachable"),
        ([(90, 443, "deny"), (95, 443, "allow")], "SUBNET_ACL_RESTRICTION"),
        ([(95, 443, "allow"), (90, 443, "deny")], "SUBNET_ACL_RESTRICTION"),
        ([(90, 442, "deny"), (95, 444, "deny")], "reachable"),
    ],
)
def test_acl_rules_decide_in_the_order_of_their_numbers(
    world: World, rules: list[tuple[int, int, str]], said: str
) -> None:
    asked = Asked(world)
    asked.acl(_own(asked.net), *(AclRule(number, True, "0.0.0.0/0", port, action=act) for number, port, act in rules))
    assert asked.say() == [said]


def test_acl_of_the_shared_subnet_is_not_asked(world: World) -> None:
    asked = Asked(world)
    admits = world.security_group("admits", asked.net.vpc, ingress=[Rule("10.20.0.0/16")])
    world.database("db", asked.net.private[1], [admits], "10.20.101.20")
    asked.acl(_own(asked.net), AclRule(90, True, "0.0.0.0/0", protocol="all", action="deny"))
    assert asked.say("10.20.101.20") == ["reachable"]
    assert asked.say() == ["SUBNET_ACL_RESTRICTION"]


# -- routes and gateways ---------------------------------------------------------------------------------------------


def test_no_route(world: World) -> None:
    asked = Asked(world)
    asked.drop_default()
    refused = asked.why()
    assert refused == {
        "ExplanationCode": "NO_ROUTE_TO_DESTINATION",
        "Address": f"{_PARTNER}/32",
        "RouteTable": "n-private-b",
        "Subnet": "n-private-b",
        "Vpc": "n",
    }
    assert asked.why(asked.net.internet_gateway)["Destination"] == "n-igw"


def test_longest_prefix_wins(world: World) -> None:
    asked = Asked(world)
    asked.route("198.51.100.0/24", GatewayId=asked.net.internet_gateway)
    assert asked.say() == ["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]
    assert asked.say("198.51.101.20") == ["reachable"]


def test_more_specific_route_leads_elsewhere(world: World) -> None:
    asked = Asked(world)
    prefix_list = world.prefix_list("s3")
    listed = world.ec2.describe_prefix_lists(PrefixListIds=[prefix_list])["PrefixLists"]
    address = {"FilterAtSource": {"DestinationAddress": f"{listed[0]['Cidrs'][0].rpartition('.')[0]}.9"}}
    assert asked.say(asked.net.internet_gateway, **address) == ["reachable"]
    world.gateway_endpoint("s3", asked.net.vpc, "s3", asked.net.private_tables)
    refused = asked.why(asked.net.internet_gateway, **address)
    assert (refused["ExplanationCode"], refused["RouteTable"]) == ("MORE_SPECIFIC_ROUTE", "n-private-b")
    assert refused["RouteTableRoute"]["DestinationCidr"] == "0.0.0.0/0"


def test_only_route_leads_elsewhere(world: World) -> None:
    asked = Asked(world)
    asked.drop_default()
    endpoint = world.gateway_endpoint("s3", asked.net.vpc, "s3", asked.net.private_tables)
    assert asked.say(endpoint) == ["reachable"]
    elsewhere = world.gateway_endpoint("dynamodb", asked.net.vpc, "dynamodb", [asked.net.public_table])
    assert asked.say(elsewhere) == ["NO_ROUTE_TO_DESTINATION"]


def test_private_addresses_are_refused_by_the_internet_gateway(world: World) -> None:
    asked = Asked(world)
    assert asked.say("10.250.0.1") == ["IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"]
    assert asked.say("172.31.255.255") == ["IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"]
    assert asked.say("172.32.0.0") == ["reachable"]
    assert asked.say("100.64.0.1") == ["IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS"]
    assert asked.say("100.128.0.0") == ["reachable"]


def test_public_address_of_an_interface_of_the_region(world: World) -> None:
    asked = Asked(world)
    (nat,) = world.ec2.describe_nat_gateways()["NatGateways"]
    assert asked.say(nat["NatGatewayAddresses"][0]["PublicIp"]) == ["IGW_NAT_REFLECTION"]


@pytest.mark.parametrize(
    ("mode", "exclusion", "said"),
    [
        ("off", None, "reachable"),
        ("block-ingress", None, "reachable"),
        ("block-bidirectional", None, "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"),
        ("block-bidirectional", "allow-egress", "reachable"),
        ("block-bidirectional", "allow-bidirectional", "reachable"),
    ],
)
def test_block_public_access_at_a_nat_gateway(world: World, mode: str, exclusion: str | None, said: str) -> None:
    asked = Asked(world)
    world.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode=mode)
    if exclusion:
        world.ec2.create_vpc_block_public_access_exclusion(VpcId=asked.net.vpc, InternetGatewayExclusionMode=exclusion)
    assert asked.say() == [said]


def test_block_ingress_stops_an_interface_with_a_public_address(world: World) -> None:
    asked = Asked(world)
    group = world.security_group("open", asked.net.vpc)
    made = world.ec2.create_network_interface(SubnetId=asked.net.public[0], Groups=[group])["NetworkInterface"]
    address = world.ec2.allocate_address(Domain="vpc")["AllocationId"]
    asked.source = made["NetworkInterfaceId"]
    assert asked.say() == ["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]
    world.ec2.associate_address(AllocationId=address, NetworkInterfaceId=asked.source)
    assert asked.say() == ["reachable"]
    world.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    assert asked.say() == ["VPC_BLOCK_PUBLIC_ACCESS_ENABLED"]


def test_nat_gateway_that_is_gone(world: World) -> None:
    asked = Asked(world)
    world.ec2.delete_nat_gateway(NatGatewayId=asked.net.nat)
    assert asked.say() == ["BAD_STATE_ROUTE"]


# -- endpoints -------------------------------------------------------------------------------------------------------


def test_endpoints_that_are_not_available(world: World) -> None:
    asked = Asked(world)
    gateway = world.gateway_endpoint("s3", asked.net.vpc, "s3", asked.net.private_tables)
    admits = world.security_group("admits", asked.net.vpc, ingress=[Rule("10.20.0.0/16")])
    interface = world.interface_endpoint("sqs", asked.net.vpc, "sqs", asked.net.private, [admits])
    for endpoint, name in ((gateway, "s3"), (interface, "sqs")):
        assert asked.say(endpoint) == ["reachable"]
        world.stage(endpoint, {"State": "pending"})
        refused = asked.why(endpoint)
        assert (refused["ExplanationCode"], refused["Component"], refused["State"]) == ("BAD_STATE", name, "pending")


def test_gateway_endpoint_takes_tcp_only(world: World) -> None:
    asked = Asked(world)
    endpoint = world.gateway_endpoint("s3", asked.net.vpc, "s3", asked.net.private_tables)
    assert asked.say(endpoint, Protocol="udp") == ["VPCE_GATEWAY_PROTOCOL_RESTRICTION"]


# -- peering ---------------------------------------------------------------------------------------------------------


def _peered(asked: Asked) -> tuple[str, str]:
    world = asked.world
    far = world.vpc("far", "10.60.0.0/16")
    subnet = world.subnet("far", far, "10.60.0.0/24", "a")
    peering = world.peering("peering", asked.net.vpc, far)
    table = world.route_table("far", far, [subnet])
    world.route(table, "10.20.0.0/16", VpcPeeringConnectionId=peering)
    admits = world.security_group("admits", far, ingress=[Rule(asked.group)])
    world.database("db", subnet, [admits], _FAR)
    asked.route("10.60.0.0/15", VpcPeeringConnectionId=peering)
    return peering, table


def test_peering_carries_its_own_blocks_both_ways(world: World) -> None:
    asked = Asked(world)
    peering, table = _peered(asked)
    assert asked.say(_FAR) == ["reachable"]
    assert asked.say(peering, FilterAtSource={"DestinationAddress": _FAR}) == ["reachable"]
    refused = asked.why("10.61.0.1")
    assert (refused["ExplanationCode"], refused["Cidrs"]) == ("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", ["10.60.0.0/16"])
    assert asked.say("10.60.9.1") == ["NO_POSSIBLE_DESTINATION"]
    world.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="10.20.0.0/16")
    assert asked.say(_FAR) == ["NO_ROUTE_TO_DESTINATION"]
    world.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert asked.say(_FAR) == ["BAD_STATE_ROUTE"]


def test_answer_that_leaves_by_another_door(world: World) -> None:
    asked = Asked(world)
    _, table = _peered(asked)
    (far,) = [item["VpcId"] for item in world.ec2.describe_vpcs()["Vpcs"] if item["CidrBlock"] == "10.60.0.0/16"]
    world.route(table, "10.20.101.0/24", GatewayId=world.internet_gateway("far", far))
    refused = asked.why(_FAR)
    assert (refused["ExplanationCode"], refused["RouteTable"]) == ("NO_ROUTE_TO_DESTINATION", "far")
    assert refused["Destination"] == asked.source


# -- transit gateways ------------------------------------------------------------------------------------------------


def _transit(asked: Asked, associated: bool = True) -> tuple[str, str, str]:
    world = asked.world
    far = world.vpc("far", "10.60.0.0/16")
    subnet = world.subnet("far", far, "10.60.0.0/24", "b")
    world.database("db", subnet, [world.security_group("admits", far, ingress=[Rule("10.20.0.0/16")])], _FAR)
    gateway = transit.gateway(world, "backbone")
    near = transit.attachment(world, "near", gateway, asked.net.vpc, asked.net.private)
    there = transit.attachment(world, "far", gateway, far, [subnet])
    table = transit.table(world, "table", gateway, [near] if associated else [there], [there])
    asked.route("10.0.0.0/8", TransitGatewayId=gateway)
    return gateway, there, table


def test_transit_gateway_route_table(world: World) -> None:
    asked = Asked(world)
    _, there, table = _transit(asked)
    assert asked.say(_FAR) == ["reachable"]
    refused = asked.why("10.61.0.1")
    assert refused["ExplanationCode"] == "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"
    assert (refused["TransitGatewayRouteTable"], refused["Address"]) == ("table", "10.61.0.1/32")
    world.ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock="10.60.0.0/24", Blackhole=True
    )
    refused = asked.why(_FAR)
    assert refused["ExplanationCode"] == "TGW_RTB_BAD_STATE_ROUTE"
    assert refused["TransitGatewayRouteTableRoute"] == {
        "DestinationCidr": "10.60.0.0/24",
        "State": "blackhole",
        "RouteOrigin": "static",
    }
    world.ec2.create_transit_gateway_route(
        TransitGatewayRouteTableId=table, DestinationCidrBlock="10.60.0.16/28", TransitGatewayAttachmentId=there
    )
    assert asked.say(_FAR) == ["reachable"]


def test_attachment_without_a_transit_gateway_route_table(world: World) -> None:
    asked = Asked(world)
    _transit(asked, associated=False)
    assert asked.say(_FAR) == ["TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"]


def test_acl_of_the_far_attachment_is_asked_on_the_way_out(world: World) -> None:
    asked = Asked(world)
    _transit(asked)
    (far,) = [item for item in world.ec2.describe_subnets()["Subnets"] if item["CidrBlock"] == "10.60.0.0/24"]
    world.network_acl("far", far["VpcId"], [far["SubnetId"]], [AclRule(100, True, "0.0.0.0/0", protocol="all")])
    assert asked.say(_FAR) == ["reachable"], "inside one subnet no ACL is asked"
    other = world.subnet("other", far["VpcId"], "10.60.1.0/24", "b")
    world.database("other", other, [], "10.60.1.20")
    world.network_acl("closed", far["VpcId"], [far["SubnetId"]], [])
    refused = asked.why("10.60.1.20")
    assert (refused["ExplanationCode"], refused["Acl"]) == ("SUBNET_ACL_RESTRICTION", "closed")


# -- addresses and filters -------------------------------------------------------------------------------------------


def test_nobody_has_the_address(world: World) -> None:
    asked = Asked(world)
    assert asked.why("10.20.100.99")["Component"] == "n-private-a"
    assert asked.why("10.20.55.1")["Component"] == "n"
    assert asked.say("10.20.55.1") == ["NO_POSSIBLE_DESTINATION"]


def test_source_address_must_be_its_own(world: World) -> None:
    asked = Asked(world)
    assert asked.say(FilterAtSource={"SourceAddress": "10.20.101.4"}) == ["reachable"]
    assert asked.say(FilterAtSource={"SourceAddress": "10.20.101.5"}) == ["ENI_ADDRESS_RESTRICTION"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"SourceAddress": "10.20.0.4"}, "reachable"),
        ({"SourceAddress": "10.20.101.4"}, "FILTER_AT_DESTINATION_SOURCE_ADDRESS"),
        ({"DestinationAddress": _PARTNER}, "reachable"),
        ({"DestinationAddress": "198.51.100.21"}, "FILTER_AT_DESTINATION_DESTINATION_ADDRESS"),
        ({"SourcePortRange": {"FromPort": 0, "ToPort": 1024}}, "reachable"),
        ({"SourcePortRange": {"FromPort": 0, "ToPort": 1023}}, "FILTER_AT_DESTINATION_SOURCE_PORT_RANGE"),
        ({"DestinationPortRange": {"FromPort": 443, "ToPort": 444}}, "reachable"),
        ({"DestinationPortRange": {"FromPort": 444, "ToPort": 444}}, "FILTER_AT_DESTINATION_DESTINATION_PORT_RANGE"),
    ],
)
def test_filter_at_the_destination_sees_translated_packets(world: World, wanted: dict[str, Any], said: str) -> None:
    assert Asked(world).say(FilterAtDestination=wanted) == [said]


def test_older_parameters_mean_the_same(world: World) -> None:
    asked = Asked(world)
    igw, older = asked.net.internet_gateway, {"DestinationIp": _PARTNER, "SourceIp": "10.20.101.4"}
    assert asked.say(igw, None, DestinationPort=443, **older) == ["reachable"]
    asked.acl(_own(asked.net), AclRule(90, True, f"{_PARTNER}/32", 443, action="deny"))
    assert asked.say(igw, None, DestinationPort=443, **older) == ["SUBNET_ACL_RESTRICTION"]
    assert asked.say(igw, None, DestinationPort=444, **older) == ["reachable"]


# -- what is not modelled --------------------------------------------------------------------------------------------


def test_appliances_virtual_private_gateways_and_edge_tables_are_not_guessed_at(world: World) -> None:
    asked = Asked(world)
    appliance = world.database("appliance", asked.net.public[0], [asked.group])
    asked.route("198.51.100.0/24", NetworkInterfaceId=appliance)
    table = asked.net.private_tables[1]
    assert asked.unknown() == f"what happens behind the route to {_PARTNER} of {table}."
    assert asked.say("198.51.101.1") == ["reachable"]
    edge = world.route_table("edge", asked.net.vpc)
    world.ec2.associate_route_table(RouteTableId=edge, GatewayId=asked.net.internet_gateway)
    assert asked.unknown("198.51.101.1") == f"the route table of {asked.net.internet_gateway}."


def test_traffic_to_a_nat_gateway_itself_is_not_guessed_at(world: World) -> None:
    asked = Asked(world)
    nat = interface_in(world.ec2, asked.net.public[0], "nat_gateway")
    assert asked.unknown("10.20.0.4") == f"traffic addressed to {nat}, an interface of type nat_gateway."


@pytest.mark.parametrize("address", ["169.254.171.9", "224.0.0.1", "127.0.0.1", "240.0.0.1", "0.0.0.0"])
def test_traffic_to_addresses_that_no_route_is_about_is_not_guessed_at(world: World, address: str) -> None:
    assert Asked(world).unknown(address) == f"traffic to {address}."


def test_other_sources_are_not_guessed_at(world: World) -> None:
    asked = Asked(world)
    igw = asked.net.internet_gateway
    destination, asked.source = asked.source, igw
    assert asked.unknown(destination) == f"a path from {igw}."
