"""Components, headers, rules and explanations in the words of AWS.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PathComponent.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Explanation.html (read 2026-11-21)
"""

from __future__ import annotations

from typing import Any

from runbook_lib.sandbox.analyzing.packets import Packet, Ports

__all__ = ["KINDS", "PROTOCOLS", "acl_rule", "component", "explanation", "header", "kind_of", "route", "rule"]

PROTOCOLS = {"tcp": "6", "udp": "17"}

KINDS = {
    "acl-": "network-acl",
    "eni-": "network-interface",
    "i-": "instance",
    "igw-": "internet-gateway",
    "nat-": "natgateway",
    "pcx-": "vpc-peering-connection",
    "rtb-": "route-table",
    "sg-": "security-group",
    "subnet-": "subnet",
    "tgw-attach-": "transit-gateway-attachment",
    "tgw-rtb-": "transit-gateway-route-table",
    "tgw-": "transit-gateway",
    "vgw-": "vpn-gateway",
    "vpce-svc-": "vpc-endpoint-service",
    "vpce-": "vpc-endpoint",
    "vpc-": "vpc",
}
"""Mapping prefix of an id → kind of resource in its ARN; a longer prefix stands before a shorter one."""

_NAMES = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp"}


def kind_of(id_: str) -> str:
    """The kind of resource that an id belongs to; empty for an id of another kind."""
    return next((kind for prefix, kind in KINDS.items() if id_.startswith(prefix)), "")


def component(ec2: Any, id_: str) -> dict[str, str]:
    """An AnalysisComponent: id, ARN and, where the resource has a Name tag, its name."""
    arn = f"arn:{ec2.partition}:ec2:{ec2.region_name}:{ec2.account_id}:{kind_of(id_)}/{id_}"
    name = ec2.tags.get(id_, {}).get("Name")
    return {"Id": id_, "Arn": arn} | ({"Name": name} if name else {})


def explanation(code: str, /, **parts: Any) -> dict[str, Any]:
    """An Explanation; parts without content are left out."""
    return {"ExplanationCode": code, **{name: part for name, part in parts.items() if part}}


def header(packet: Packet) -> dict[str, Any]:
    """An AnalysisPacketHeader."""
    return {
        "DestinationAddresses": [f"{packet.destination}/32"],
        "DestinationPortRanges": _ranges(packet.destination_ports),
        "Protocol": PROTOCOLS[packet.protocol],
        "SourceAddresses": [f"{packet.source}/32"],
        "SourcePortRanges": _ranges(packet.source_ports),
    }


def _ranges(ports: Ports) -> list[dict[str, int]]:
    return [{"From": first, "To": last} for first, last in ports]


def acl_rule(entry: Any) -> dict[str, Any]:
    """An AnalysisAclRule."""
    shaped: dict[str, Any] = {
        "Cidr": entry.cidr_block,
        "Egress": str(entry.egress).lower() == "true",
        "Protocol": _NAMES.get(str(entry.protocol), str(entry.protocol)),
        "RuleAction": entry.rule_action,
        "RuleNumber": int(entry.rule_number),
    }
    if entry.port_range_from is not None:
        shaped["PortRange"] = {"From": int(entry.port_range_from), "To": int(entry.port_range_to)}
    return shaped


def rule(found: Any, group_id: str, direction: str) -> dict[str, Any]:
    """An AnalysisSecurityGroupRule; `SecurityGroupId` is the group that the rule refers to."""
    shaped: dict[str, Any] = {"Direction": direction, "Protocol": "all" if found.ip_protocol == "-1" else "tcp"}
    if found.ip_protocol != "-1":
        shaped |= {"Protocol": found.ip_protocol, "PortRange": {"From": found.from_port, "To": found.to_port}}
    if found.ip_range.get("CidrIp"):
        return shaped | {"Cidr": found.ip_range["CidrIp"]}
    if found.prefix_list_id:
        return shaped | {"PrefixListId": found.prefix_list_id}
    return shaped | {"SecurityGroupId": found.source_group.get("GroupId", group_id)}


def route(found: Any) -> dict[str, Any]:
    """An AnalysisRouteTableRoute."""
    targets = {
        "GatewayId": found.gateway_id,
        "NatGatewayId": found.nat_gateway_id,
        "TransitGatewayId": found.transit_gateway_id,
        "VpcPeeringConnectionId": found.vpc_peering_connection_id,
        "NetworkInterfaceId": found.network_interface_id,
        "InstanceId": found.instance_id,
        "EgressOnlyInternetGatewayId": found.egress_only_internet_gateway_id,
        "DestinationCidr": found.destination_cidr_block,
        "DestinationPrefixListId": found.destination_prefix_list_id,
    }
    origin = "createroutetable" if found.local else "createroute"
    return {name: value for name, value in targets.items() if value} | {"Origin": origin, "State": found.state}
