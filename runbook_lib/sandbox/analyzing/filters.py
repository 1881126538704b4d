"""What a network ACL and the security groups of an interface let through, as sets of destination ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from runbook_lib.sandbox.analyzing.facts import Facts
from runbook_lib.sandbox.analyzing.packets import Packet, Ports, meet, without
from runbook_lib.sandbox.analyzing.shapes import PROTOCOLS

__all__ = ["Passed", "admitted_by_acl", "admitted_by_groups"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """The destination ports let through and the first rule that lets some through; with none, the rule that denies.

    `group_id` is the security group that the rule belongs to.
    """

    ports: Ports = ()
    rule: Any = None
    group_id: str = ""


def admitted_by_acl(acl: Any, packet: Packet, *, egress: bool) -> Passed:
    """What a network ACL lets out (egress) or in: ascending rule numbers, the first that matches decides."""
    other = packet.destination if egress else packet.source
    left, first_allow, first_deny = packet.destination_ports, None, None
    allowed: Ports = ()
    for entry in sorted(acl.network_acl_entries, key=lambda item: int(item.rule_number)):
        if (str(entry.egress).lower() == "true") is not egress or not entry.cidr_block:
            continue
        if str(entry.protocol) not in ("-1", PROTOCOLS[packet.protocol]) or other not in IPv4Network(entry.cidr_block):
            continue
        ports = _ports_of(entry)
        if not (matching := meet(left, *ports)):
            continue
        left = without(left, *ports)
        if entry.rule_action == "allow":
            allowed += matching
            first_allow = first_allow or entry
        else:
            first_deny = first_deny or entry
    return Passed(ports=allowed, rule=first_allow or first_deny)


def _ports_of(entry: Any) -> tuple[int, int]:
    if str(entry.protocol) == "-1" or entry.port_range_from is None:
        return 0, 65535
    return int(entry.port_range_from), int(entry.port_range_to)


def admitted_by_groups(facts: Facts, interface: Any, packet: Packet, *, egress: bool) -> Passed:
    """What the security groups of an interface let out (egress) or in: the union of their rules."""
    ports: Ports = ()
    first: tuple[Any, str] | None = None
    left = packet.destination_ports
    for group in interface._group_set:
        for rule in group.egress_rules if egress else group.ingress_rules:
            span = _span(rule, packet.protocol)
            matching = meet(left, *span) if span and _is_peer(facts, interface, rule, packet, egress) else ()
            if span and matching:
                ports += matching
                left = without(left, *span)
                first = first or (rule, group.id)
    return Passed(ports=ports, rule=first[0], group_id=first[1]) if first else Passed()


def _span(rule: Any, protocol: str) -> tuple[int, int] | None:
    """The ports of a rule; None when it is about another protocol."""
    if rule.ip_protocol == "-1":
        return 0, 65535
    if rule.ip_protocol not in (protocol, PROTOCOLS[protocol]):
        return None
    return (0, 65535) if rule.from_port in (None, -1) else (rule.from_port, rule.to_port)


def _is_peer(facts: Facts, interface: Any, rule: Any, packet: Packet, egress: bool) -> bool:
    other = packet.destination if egress else packet.source
    if cidr := rule.ip_range.get("CidrIp"):
        return other in IPv4Network(cidr)
    if rule.prefix_list_id:
        return any(other in network for network in facts.cidrs(rule.prefix_list_id))
    wanted = rule.source_group.get("GroupId")
    if not egress:
        return wanted in packet.groups
    return wanted in set(_groups_at(facts, interface, packet))


def _groups_at(facts: Facts, interface: Any, packet: Packet) -> Iterator[str]:
    """The groups of whoever has the destination address, in this VPC or in one that is peered with it."""
    vpcs = {interface.subnet.vpc_id}
    for peering in facts.ec2.vpc_pcxs.values():
        both = {peering.vpc.id, peering.peer_vpc.id}
        if peering._status.code == "active" and both & {interface.subnet.vpc_id}:
            vpcs |= both
    for vpc_id in vpcs & set(facts.ec2.vpcs):
        owner = facts.interface_at(vpc_id, packet.destination)
        yield from (group.id for group in owner._group_set) if owner else ()
