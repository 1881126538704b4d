"""What explanations of Reachability Analyzer say in plain words: every code, with all it may name and with nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from runbook_lib.model.insights import Explanation
from runbook_lib.network.insights.explanations import CODES, is_limit, plain

# https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (read 2026-11-21)
DOCUMENTED = re.findall(
    r"\w+",
    """
    BAD_STATE BAD_STATE_ATTACHMENT BAD_STATE_ROUTE BAD_STATE_VPN CANNOT_ROUTE COMPONENT_FILTER_RESTRICTION
    COMPONENT_FILTER_RESTRICTION_REMOVED_COMPONENT DISCONNECTED_VPCS ELBV2_LISTENERS_MISMATCH
    ELBV2_LISTENER_HAS_NO_TG ELBV2_LISTENER_PORT_RESTRICTION ELBV2_LISTENER_REQUIRES_TG_ACCEPT
    ELBV2_NO_TARGETS_IN_AZ ELBV2_SOURCE_ADDRESS_PRESERVATION ELB_ACL_RESTRICTION ELB_INSTALLED_AZ_RESTRICTION
    ELB_LISTENERS_MISMATCH ELB_LISTENER_PORT_RESTRICTION ELB_NOT_CROSSZONE ENI_ADDRESS_RESTRICTION
    ENI_SG_RULES_MISMATCH ENI_SOURCE_DEST_CHECK_RESTRICTION FILTER_AT_DESTINATION_DESTINATION_ADDRESS
    FILTER_AT_DESTINATION_DESTINATION_PORT_RANGE FILTER_AT_DESTINATION_PROTOCOL FILTER_AT_DESTINATION_SOURCE_ADDRESS
    FILTER_AT_DESTINATION_SOURCE_PORT_RANGE FILTER_AT_SOURCE_DESTINATION_ADDRESS
    FILTER_AT_SOURCE_DESTINATION_PORT_RANGE FILTER_AT_SOURCE_PROTOCOL FILTER_AT_SOURCE_SOURCE_ADDRESS
    FILTER_AT_SOURCE_SOURCE_PORT_RANGE FIREWALL_RULES_RESTRICTION GATEWAY_REJECTS_SPOOFED_TRAFFIC
    GWLB_DESTINATION_PORT_RESTRICTION GWLB_PROTOCOL_RESTRICTION HIGHER_PRIORITY_ROUTE
    IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS
    IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS IGW_EXPECTS_PUBLIC_ADDRESS IGW_NAT_REFLECTION
    IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS
    IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS INGRESS_RTB_NO_PUBLIC_IP
    INGRESS_RTB_TRAFFIC_REDIRECTION MORE_SPECIFIC_ROUTE NGW_DEST_ADDRESS_PRESERVATION NGW_REQUIRES_SOURCE_IN_VPC
    NGW_SOURCE_ADDRESS_REASSIGN NO_PATH NO_POSSIBLE_DESTINATION NO_ROUTE_TO_DESTINATION NO_SOURCE_OR_DESTINATION
    PCX_REQUIRES_ADDRESS_IN_VPC_CIDR PROTOCOL_RESTRICTION REGIONAL_NGW_ROUTE_AZ_RESTRICTION REMAP_EPHEMERAL_PORT
    SG_HAS_NO_RULES SG_REFERENCES_NOT_PRESERVED SG_REFERENCING_SUPPORT SUBNET_ACL_RESTRICTION
    TARGET_ADDRESS_RESTRICTION TARGET_PORT_RESTRICTION TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION
    TGW_ATTACH_VPC_AZ_RESTRICTION TGW_BAD_STATE_VPN TGW_ROUTE_AZ_RESTRICTION TGW_RTB_BAD_STATE_ROUTE
    TGW_RTB_CANNOT_ROUTE TGW_RTB_HIGHER_PRIORITY_ROUTE TGW_RTB_MORE_SPECIFIC_ROUTE
    TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT TGW_RTB_ROUTES_ARE_UNKNOWN UNASSOCIATED_COMPONENT UNKNOWN_DESTINATION
    UNKNOWN_PEERED_SGS UNKNOWN_RESOURCE UNSUPPORTED_COMPONENT VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS
    VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION
    VPCE_GATEWAY_PROTOCOL_RESTRICTION VPCE_INTRA_VPC_TRAFFIC VPCE_SERVICE_NOT_INSTALLED_IN_AZ
    VPC_BLOCK_PUBLIC_ACCESS_ENABLED VPC_LOCAL_ROUTE_CIDR_RESTRICTION
""",
)

IDS = {
    "Acl": "acl-1",
    "AttachedTo": "vpc-7",
    "Component": "xyz-1",
    "Destination": "eni-9",
    "DestinationVpc": "vpc-2",
    "ElasticLoadBalancerListener": "listener/1",
    "IngressRouteTable": "rtb-2",
    "InternetGateway": "igw-1",
    "LoadBalancerTargetGroup": "targets/1",
    "NatGateway": "nat-1",
    "NetworkInterface": "eni-1",
    "RouteTable": "rtb-1",
    "SourceVpc": "vpc-1",
    "Subnet": "subnet-1",
    "TransitGateway": "tgw-1",
    "TransitGatewayAttachment": "tgw-attach-1",
    "TransitGatewayRouteTable": "tgw-rtb-1",
    "Vpc": "vpc-3",
    "VpcEndpoint": "vpce-1",
    "VpcPeeringConnection": "pcx-1",
    "VpnConnection": "vpn-1",
    "VpnGateway": "vgw-1",
}
FULL: dict[str, Any] = {key: {"Id": id_, "Arn": f"arn:aws:ec2:{id_}"} for key, id_ in IDS.items()} | {
    "AclRule": {"Cidr": "0.0.0.0/0", "Egress": True, "Protocol": "6", "RuleAction": "deny", "RuleNumber": 90},
    "Addresses": ["198.51.100.20"],
    "AvailabilityZones": ["eu-west-1a", "eu-west-1b"],
    "Cidrs": ["10.20.0.0/16"],
    "Direction": "egress",
    "FirewallStatelessRule": {"RuleGroupArn": "arn:aws:network-firewall:rules", "RuleAction": "drop", "Priority": 5},
    "LoadBalancerArn": "arn:aws:elasticloadbalancing:lb",
    "LoadBalancerListenerPort": 443,
    "LoadBalancerTargetPort": 8443,
    "MissingComponent": "carrier gateway",
    "PortRanges": [{"From": 22, "To": 22}, {"From": 1024, "To": 2000}],
    "Protocols": ["tcp"],
    "RouteTableRoute": {"DestinationCidr": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"},
    "SecurityGroups": [{"Id": "sg-1"}, {"Id": "sg-2"}],
    "State": "failed",
    "TransitGatewayRouteTableRoute": {"DestinationCidr": "10.9.0.0/16", "AttachmentId": "tgw-attach-2"},
}


def explained(code: str, **named: Any) -> Explanation:
    raw = {"ExplanationCode": code, **named}
    return Explanation(code=code, direction=raw.get("Direction"), raw=raw)


def test_every_documented_code_has_a_text_and_no_other() -> None:
    assert len(DOCUMENTED) == 89
    assert sorted(CODES) == sorted(DOCUMENTED)


@pytest.mark.parametrize("named", [{}, FULL, {"Direction": "ingress"}], ids=["nothing", "everything", "direction"])
@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_text_reads_as_a_sentence_whatever_aws_names(code: str, named: dict[str, Any]) -> None:
    told = plain(explained(code, **named))
    for said in (told.text, told.look_at):
        assert re.fullmatch(r"[A-Z].*[^\s.]\.", said), said
        assert not re.search(r"[{}\[\]]|  | [,.:;)]|None|\( |\ban? the\b", said), said
    assert told.is_known
    assert [id_ for id_ in told.components if id_ not in f"{told.text} {told.look_at}"] == []
    assert bool(named.get("Acl")) or told.components == ()


def test_a_component_of_another_kind_is_not_taken_for_the_one_meant() -> None:
    told = plain(explained("NO_ROUTE_TO_DESTINATION", Component={"Id": "subnet-9"}))
    assert told.text == "The route table has no route to the destination."
    told = plain(explained("NO_ROUTE_TO_DESTINATION", Component={"Id": "rtb-9"}, Subnet={"Id": "subnet-9"}))
    assert told.text == "Route table rtb-9 of subnet-9 has no route to the destination."
    assert told.components == ("rtb-9", "subnet-9")


RULE = {"Cidr": "198.51.100.0/24", "Egress": True, "Protocol": "tcp", "PortRange": {"From": 22, "To": 22}}


@pytest.mark.parametrize(
    ("direction", "rule", "said"),
    [
        ("egress", None, "does not let this packet out of subnet-1."),
        (
            "egress",
            {**RULE, "RuleAction": "deny", "RuleNumber": 90},
            "does not let this packet out of subnet-1: rule 90 denies tcp 22 to 198.51.100.0/24.",
        ),
        (
            "ingress",
            {"Protocol": "-1", "Egress": False, "Cidr": "0.0.0.0/0", "RuleAction": "deny", "RuleNumber": 32767},
            "does not let this packet into subnet-1: no rule allows it, so the last one (*) denies it.",
        ),
        (
            "ingress",
            {"Protocol": "17", "Egress": False, "Cidr": "10.0.0.0/8", "RuleAction": "allow", "RuleNumber": 100},
            "does not let this packet into subnet-1: rule 100 allows udp from 10.0.0.0/8, which is not all of it.",
        ),
        (None, {"RuleAction": "deny"}, "does not let this packet through the border of subnet-1."),
    ],
)
def test_a_network_acl_is_told_with_its_rule_and_direction(
    direction: str | None, rule: dict[str, Any] | None, said: str
) -> None:
    named = {"Acl": {"Id": "acl-1"}, "Subnet": {"Id": "subnet-1"}, "Direction": direction}
    told = plain(explained("SUBNET_ACL_RESTRICTION", **named, **({"AclRule": rule} if rule else {})))
    assert told.text == f"Network ACL acl-1 {said}"


def test_components_are_called_as_people_call_them() -> None:
    named = {"NetworkInterface": {"Id": "eni-1"}, "SecurityGroups": [{"Id": "sg-1"}], "Direction": "egress"}
    told = plain(explained("ENI_SG_RULES_MISMATCH", **named), lambda id_: f"{id_} (documents)")
    assert told.text == (
        "No outbound rule of security group sg-1 (documents) on network interface eni-1 (documents) allows this packet."
    )
    assert told.components == ("sg-1", "eni-1")


def test_a_component_is_told_with_its_kind_where_its_id_tells() -> None:
    told = plain(explained("BAD_STATE", Component={"Id": "vpce-1"}, State="pending"))
    assert told.text == "VPC endpoint vpce-1 does not work: its state is pending."
    assert plain(explained("BAD_STATE", Component={"Id": "tgw-attach-1"})).said.startswith(
        "transit gateway attachment t"
    )
    assert plain(explained("BAD_STATE", Component={"Id": "fw-1"})).text == "Component fw-1 does not work."


def test_a_code_that_is_new_is_told_as_it_is() -> None:
    told = plain(explained("QUANTUM_RESTRICTION", Component={"Id": "eni-1"}))
    assert not told.is_known
    assert told.text == (
        "Reachability Analyzer gives the code QUANTUM_RESTRICTION, which this kit does not know, about network "
        "interface eni-1."
    )
    assert told.look_at == "Look at the documentation of that code."
    assert plain(explained("QUANTUM_RESTRICTION")).text.endswith("which this kit does not know.")


def test_limits_of_the_analyzer_are_no_verdict_on_the_network() -> None:
    assert sorted(code for code in DOCUMENTED if is_limit(code)) == [
        "IGW_NAT_REFLECTION",
        "NO_SOURCE_OR_DESTINATION",
        "TGW_RTB_ROUTES_ARE_UNKNOWN",
        "UNASSOCIATED_COMPONENT",
        "UNKNOWN_DESTINATION",
        "UNKNOWN_PEERED_SGS",
        "UNKNOWN_RESOURCE",
        "UNSUPPORTED_COMPONENT",
    ]
    assert not is_limit("QUANTUM_RESTRICTION")
