"""What a path that was found looks like, component by component."""

from typing import Any

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenarios import find
from runbook_lib.sandbox.world import World
from tests.sandbox.analyzing.questions import analysed, codes, interface_in, names

_PARTNER = "198.51.100.20"


def _function(world: World, net: Network) -> str:
    group = world.security_group("lambda", net.vpc)
    world.function("f", net.private, [group])
    return interface_in(world.ec2, net.private[1])


def _header(source: str, destination: str, ports: tuple[int, int], to: tuple[int, int]) -> dict[str, Any]:
    return {
        "SourceAddresses": [f"{source}/32"],
        "DestinationAddresses": [f"{destination}/32"],
        "SourcePortRanges": [{"From": ports[0], "To": ports[1]}],
        "DestinationPortRanges": [{"From": to[0], "To": to[1]}],
        "Protocol": "6",
    }


def test_through_a_nat_gateway_and_back(world: World) -> None:
    net = network(world, "n")
    found = analysed(world.ec2, _function(world, net), _PARTNER)
    assert names(found["ForwardPathComponents"]) == [
        "network-interface",
        "security-group lambda",
        "network-acl n-default",
        "route-table n-private-b",
        "network-acl n-default",
        "network-interface",
        "natgateway n-nat",
        "network-acl n-default",
        "route-table n-public",
        "internet-gateway n-igw",
    ]
    assert names(found["ReturnPathComponents"]) == [
        "internet-gateway n-igw",
        "network-acl n-default",
        "network-interface",
        "natgateway n-nat",
        "network-acl n-default",
        "route-table n-public",
        "network-acl n-default",
        "security-group lambda",
        "network-interface",
    ]
    assert found["Status"] == "succeeded"
    assert found["NetworkPathFound"] is True
    assert "Explanations" not in found
    assert "StatusMessage" not in found


def test_headers_rules_and_routes_stand_beside_their_components(world: World) -> None:
    net = network(world, "n")
    source = _function(world, net)
    found = analysed(world.ec2, source, _PARTNER)["ForwardPathComponents"]
    (nat,) = world.ec2.describe_nat_gateways()["NatGateways"]
    (address,) = nat["NatGatewayAddresses"]
    client = _header("10.20.101.4", _PARTNER, (0, 65535), (443, 443))
    server = _header(address["PrivateIp"], _PARTNER, (1024, 65535), (443, 443))
    assert found[0]["OutboundHeader"] == client
    assert (found[0]["Subnet"]["Id"], found[0]["Vpc"]["Id"]) == (net.private[1], net.vpc)
    assert found[1]["SecurityGroupRule"] == {"Cidr": "0.0.0.0/0", "Direction": "egress", "Protocol": "all"}
    assert found[2]["AclRule"] == {
        "Cidr": "0.0.0.0/0",
        "Egress": True,
        "Protocol": "all",
        "RuleAction": "allow",
        "RuleNumber": 100,
    }
    assert found[3]["RouteTableRoute"] == {
        "DestinationCidr": "0.0.0.0/0",
        "NatGatewayId": nat["NatGatewayId"],
        "Origin": "createroute",
        "State": "active",
    }
    assert found[5]["AttachedTo"]["Id"] == nat["NatGatewayId"]
    assert (found[6]["InboundHeader"], found[6]["OutboundHeader"]) == (client, server)
    assert found[9]["OutboundHeader"] == {"SourceAddresses": [f"{address['PublicIp']}/32"]}
    assert found[9]["Component"] == {
        "Id": net.internet_gateway,
        "Arn": f"arn:aws:ec2:ap-southeast-1:123456789012:internet-gateway/{net.internet_gateway}",
        "Name": "n-igw",
    }


def test_inside_one_subnet_there_is_neither_route_nor_acl(world: World) -> None:
    net = network(world, "n")
    source = _function(world, net)
    group = world.security_group("database", net.vpc, ingress=[Rule("10.20.101.0/24", 5432)])
    world.database("db", net.private[1], [group], "10.20.101.20")
    found = analysed(world.ec2, source, "10.20.101.20", 5432)
    path = ["network-interface", "security-group lambda", "security-group database", "network-interface db"]
    assert names(found["ForwardPathComponents"]) == path
    assert found["ForwardPathComponents"][2]["SecurityGroupRule"] == {
        "Cidr": "10.20.101.0/24",
        "Direction": "ingress",
        "PortRange": {"From": 5432, "To": 5432},
        "Protocol": "tcp",
    }
    assert names(found["ReturnPathComponents"]) == path[::-1]


def test_gateway_endpoint_ends_the_path(world: World) -> None:
    net = network(world, "n")
    source = _function(world, net)
    endpoint = world.gateway_endpoint("s3", net.vpc, "s3", net.private_tables)
    for port, destination in ((443, endpoint), (443, _s3_address(world))):
        found = analysed(world.ec2, source, destination, port)
        assert names(found["ForwardPathComponents"])[-2:] == ["route-table n-private-b", "vpc-endpoint s3"]
        assert found["ForwardPathComponents"][-1]["ServiceName"] == "com.amazonaws.ap-southeast-1.s3"
        assert names(found["ReturnPathComponents"])[:2] == ["vpc-endpoint s3", "network-acl n-default"]


def _s3_address(world: World) -> str:
    listed = world.ec2.describe_prefix_lists()["PrefixLists"]
    (cidrs,) = [item["Cidrs"] for item in listed if item["PrefixListName"].endswith(".s3")]
    return f"{cidrs[0].rpartition('.')[0]}.9"


def test_interface_endpoint_is_entered_by_its_interface(world: World) -> None:
    net = network(world, "n")
    source = _function(world, net)
    admits = world.security_group("admits", net.vpc, ingress=[Rule("10.20.0.0/16")])
    endpoint = world.interface_endpoint("sqs", net.vpc, "sqs", net.private[:1], [admits])
    found = analysed(world.ec2, source, endpoint)
    path = names(found["ForwardPathComponents"])
    assert path[3:] == [
        "route-table n-private-b",
        "network-acl n-default",
        "security-group admits",
        "network-interface sqs-interface",
        "vpc-endpoint sqs",
    ]


def test_group_that_refers_to_the_group_of_the_sender_admits_it(world: World) -> None:
    net = network(world, "n")
    group = world.security_group("lambda", net.vpc)
    world.function("f", net.private, [group])
    admits = world.security_group("admits", net.vpc, ingress=[Rule(group, 5432)])
    other = world.security_group("other", net.vpc, ingress=[Rule(admits, 5432)])
    for number, (admitting, said) in enumerate(((admits, "reachable"), (other, "ENI_SG_RULES_MISMATCH"))):
        address = f"10.20.100.{20 + number}"
        world.database(f"db{number}", net.private[0], [admitting], address)
        assert codes(analysed(world.ec2, interface_in(world.ec2, net.private[1]), address, 5432)) == [said]


def test_transit_gateway_is_analysed_one_way() -> None:
    ec2 = EmbeddedAws(find("tgw-central-egress")).client("ec2")
    subnets = {item["CidrBlock"]: item["SubnetId"] for item in ec2.describe_subnets()["Subnets"]}
    source = interface_in(ec2, subnets["10.20.100.0/24"])
    found = analysed(ec2, source, _PARTNER)
    assert names(found["ForwardPathComponents"]) == [
        "network-interface",
        "security-group documents-lambda",
        "network-acl documents-prod-default",
        "route-table documents-prod-private-a",
        "network-acl documents-prod-default",
        "transit-gateway-attachment documents-prod",
        "transit-gateway company-backbone",
        "transit-gateway-route-table spokes",
        "transit-gateway-attachment central-egress",
        "network-acl central-egress-default",
        "route-table central-egress-private-a",
        "network-acl central-egress-default",
        "network-interface",
        "natgateway central-egress-nat",
        "network-acl central-egress-default",
        "route-table central-egress-public",
        "internet-gateway central-egress-igw",
    ]
    details = [item["AdditionalDetails"] for item in found["ForwardPathComponents"] if item.get("AdditionalDetails")]
    assert details == [[{"AdditionalDetailType": "UNIDIRECTIONAL_PATH_ANALYSIS_ONLY"}]]
    assert "ReturnPathComponents" not in found


def test_stretches_at_a_transit_gateway() -> None:
    ec2 = EmbeddedAws(find("tgw-az-missing")).client("ec2")
    subnets = {item["CidrBlock"]: item["SubnetId"] for item in ec2.describe_subnets()["Subnets"]}
    listed = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    (attachment,) = [item["TransitGatewayAttachmentId"] for item in listed if len(item["SubnetIds"]) == 1]
    (gateway,) = [item["TransitGatewayId"] for item in ec2.describe_transit_gateways()["TransitGateways"]]
    aim = {"FilterAtSource": {"DestinationAddress": _PARTNER}}
    near, far = (interface_in(ec2, subnets[f"10.20.{number}.0/24"]) for number in (100, 101))
    for stop in (attachment, gateway):
        assert codes(analysed(ec2, near, stop, **aim)) == ["reachable"]
        assert codes(analysed(ec2, far, stop, **aim)) == ["TGW_ROUTE_AZ_RESTRICTION"]
    onward = {"FilterAtSource": {"DestinationAddress": _PARTNER, "SourceAddress": "10.20.100.4"}}
    (igw,) = [item["InternetGatewayId"] for item in ec2.describe_internet_gateways()["InternetGateways"]]
    found = analysed(ec2, attachment, igw, **onward)
    assert names(found["ForwardPathComponents"])[:3] == [
        "transit-gateway-attachment documents-prod",
        "transit-gateway company-backbone",
        "transit-gateway-route-table spokes",
    ]
    assert analysed(ec2, attachment, igw, **aim)["Status"] == "failed"


def test_without_an_address_one_that_arrives_is_looked_for(world: World) -> None:
    net = network(world, "n")
    group = world.security_group("narrow", net.vpc, egress=[Rule("203.0.113.0/24")])
    world.function("f", net.private, [group])
    source = interface_in(world.ec2, net.private[0])
    found = analysed(world.ec2, source, net.internet_gateway)
    assert found["ForwardPathComponents"][0]["OutboundHeader"]["DestinationAddresses"] == ["203.0.113.0/32"]
    assert codes(analysed(world.ec2, source, net.internet_gateway, 444)) == ["ENI_SG_RULES_MISMATCH"]


def test_nat_gateway_is_reached_by_its_interface(world: World) -> None:
    net = network(world, "n")
    source, nat = _function(world, net), interface_in(world.ec2, net.public[0], "nat_gateway")
    assert names(analysed(world.ec2, source, nat)["ForwardPathComponents"])[-1] == "network-interface"
    own = {"FilterAtSource": {"DestinationAddress": "10.20.0.4"}}
    assert codes(analysed(world.ec2, source, nat, **own)) == ["reachable"]


def test_source_ports_are_narrowed_to_those_an_answer_may_have(world: World) -> None:
    ec2 = EmbeddedAws(find("nacl-ephemeral-hole")).client("ec2")
    subnets = {item["CidrBlock"]: item["SubnetId"] for item in ec2.describe_subnets()["Subnets"]}
    source = interface_in(ec2, subnets["10.20.101.0/24"])
    ports = {"SourcePortRange": {"FromPort": 1024, "ToPort": 32767}}
    assert codes(analysed(ec2, source, _PARTNER, FilterAtSource=ports)) == ["SUBNET_ACL_RESTRICTION"]
    ports["SourcePortRange"]["ToPort"] = 32768
    found = analysed(ec2, source, _PARTNER, FilterAtSource=ports)
    header = found["ReturnPathComponents"][-1]["InboundHeader"]
    assert header["DestinationPortRanges"] == [{"From": 32768, "To": 32768}]


def test_udp_waits_for_no_answer(world: World) -> None:
    ec2 = EmbeddedAws(find("peering-no-return-route")).client("ec2")
    subnets = {item["CidrBlock"]: item["SubnetId"] for item in ec2.describe_subnets()["Subnets"]}
    source = interface_in(ec2, subnets["10.20.100.0/24"])
    assert codes(analysed(ec2, source, "10.60.10.20", 5432)) == ["NO_ROUTE_TO_DESTINATION"]
    assert codes(analysed(ec2, source, "10.60.10.20", 5432, Protocol="udp")) == ["ENI_SG_RULES_MISMATCH"]
    assert "ReturnPathComponents" not in analysed(ec2, source, "198.51.100.20", 53, Protocol="udp")
