"""What security groups and network ACLs let through, by exact interval arithmetic.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
and https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Network
from runbook_lib.model.filters import AclEntry, NetworkAcl, Permission, SecurityGroup
from runbook_lib.model.vpc import PrefixList
from runbook_lib.network.flow import ALL_PORTS, EPHEMERAL, ICMP, Traffic
from runbook_lib.network.intervals import AddressSet, Piece, Ports, Rectangle, cut, span
from runbook_lib.network.view import View

__all__ = [
    "ALL_PORTS",
    "EPHEMERAL",
    "AclPart",
    "Peer",
    "Traffic",
    "acl_parts",
    "blocked_parts",
    "entry_ports",
    "rule_ports",
    "uncovered",
]


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end as a security group sees it: addresses, and the groups its interface carries.

    `group_ids` is empty when the end is no interface of a reachable VPC, or its address was translated on the way.
    """

    cidrs: tuple[Network, ...]
    group_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AclPart:
    """One part of the traffic and the ACL entry that decides it; `entry` is None for the implicit deny."""

    cidrs: tuple[Network, ...]
    ports: Ports | None
    entry: AclEntry | None

    @property
    def allowed(self) -> bool:
        """True when the entry allows."""
        return self.entry is not None and self.entry.allow


# -- security groups -----------------------------------------------------------------------------------------------


def uncovered(
    view: View, groups: Iterable[SecurityGroup], egress: bool, peer: Peer, traffic: Traffic
) -> tuple[Network, ...]:
    """The part of the peer's addresses that no rule of any group allows; empty when all is allowed.

    Raises FactMissing when only a rule naming an unread prefix list could decide what is left.
    """
    asked = traffic.ports if traffic.has_ports else ALL_PORTS
    left: list[Rectangle] = [(piece, asked) for piece in AddressSet.of(peer.cidrs).pieces]
    unread: list[str] = []
    for group in groups:
        for rule in group.egress if egress else group.ingress:
            ports = rule_ports(rule, traffic)
            if ports is None:
                continue
            for piece in _rule_addresses(view, group, rule, peer, unread).pieces:
                left = cut(left, piece, ports)[1]
    if left and unread:
        raise FactMissing(f"the entries of prefix list {', '.join(sorted(set(unread)))}", "ec2:DescribePrefixLists")
    return AddressSet.union(piece for piece, _ in left).cidrs()


def _rule_addresses(view: View, group: SecurityGroup, rule: Permission, peer: Peer, unread: list[str]) -> AddressSet:
    """The addresses a rule names, as far as they concern the peer; unread prefix lists are appended to `unread`."""
    if any(reference.group_id in peer.group_ids for reference in rule.groups):
        return AddressSet.of(peer.cidrs)
    cidrs = list(rule.cidrs)
    for list_id in rule.prefix_lists:
        listed = view.find(PrefixList, list_id)
        if listed is not None and listed.cidrs is not None:
            cidrs.extend(listed.cidrs)
        elif listed is not None or not view.is_complete(PrefixList, group.scope):
            unread.append(list_id)
    return AddressSet.of(cidrs)


def rule_ports(rule: Permission, traffic: Traffic) -> Ports | None:
    """The ports a rule allows for this traffic, or None when it does not match at all."""
    if rule.protocol == -1:
        return ALL_PORTS
    if rule.protocol != traffic.protocol:
        return None
    if traffic.protocol == ICMP:
        matches = _icmp_matches((_any(rule.from_port), _any(rule.to_port)), traffic.icmp)
        return ALL_PORTS if matches else None
    if not traffic.has_ports:
        return ALL_PORTS
    low = 0 if rule.from_port is None or rule.from_port == -1 else rule.from_port
    high = 65535 if rule.to_port is None or rule.to_port == -1 else rule.to_port
    return (low, high)


def _any(value: int | None) -> int:
    return -1 if value is None else value


def _icmp_matches(rule: tuple[int, int], sent: tuple[int, int]) -> bool:
    """-1 is any; a rule of any type with a set code matches nothing."""
    if rule[0] == -1:
        return rule[1] == -1
    return rule[0] == sent[0] and rule[1] in (-1, sent[1])


# -- network ACLs ----------------------------------------------------------------------------------------------------


def acl_parts(acl: NetworkAcl, egress: bool, cidrs: Iterable[Network], traffic: Traffic) -> tuple[AclPart, ...]:
    """Partition traffic to (egress) or from (ingress) a set of addresses by the entry that decides each part.

    First match in rule-number order; what no entry matches falls to the implicit deny. For protocols without ports
    `AclPart.ports` is None. Traffic of every protocol (-1) is denied in part by a deny entry for one protocol.
    """
    ports = traffic.ports if traffic.has_ports else ALL_PORTS
    left: list[Rectangle] = [(piece, ports) for piece in AddressSet.of(cidrs).pieces]
    parts: list[AclPart] = []
    for entry in acl.egress if egress else acl.ingress:
        if not left:
            break
        matched = entry_ports(entry, traffic)
        if matched is None:
            if traffic.protocol == -1 and not entry.allow:
                parts.extend(_parts(cut(left, span(entry.cidr), ALL_PORTS)[0], entry, traffic))
            continue
        inside, left = cut(left, span(entry.cidr), matched)
        parts.extend(_parts(inside, entry, traffic))
    parts.extend(_parts(left, None, traffic))
    return tuple(parts)


def blocked_parts(acl: NetworkAcl, egress: bool, cidrs: Iterable[Network], traffic: Traffic) -> tuple[AclPart, ...]:
    """The parts of `acl_parts` that are denied."""
    return tuple(part for part in acl_parts(acl, egress, cidrs, traffic) if not part.allowed)


def entry_ports(entry: AclEntry, traffic: Traffic) -> Ports | None:
    """The ports an entry applies to for this traffic, or None when it does not match at all."""
    if entry.protocol == -1:
        return ALL_PORTS
    if entry.protocol != traffic.protocol:
        return None
    if traffic.protocol == ICMP:
        matches = entry.icmp is None or _acl_icmp_matches(entry.icmp, traffic.icmp)
        return ALL_PORTS if matches else None
    if not traffic.has_ports:
        return ALL_PORTS
    return entry.ports or ALL_PORTS


def _acl_icmp_matches(rule: tuple[int, int], sent: tuple[int, int]) -> bool:
    return rule[0] in (-1, sent[0]) and rule[1] in (-1, sent[1])


def _parts(rectangles: list[Rectangle], entry: AclEntry | None, traffic: Traffic) -> list[AclPart]:
    by_ports: dict[Ports, list[Piece]] = {}
    for piece, ports in rectangles:
        by_ports.setdefault(ports, []).append(piece)
    return [
        AclPart(AddressSet.union(pieces).cidrs(), ports if traffic.has_ports else None, entry)
        for ports, pieces in sorted(by_ports.items())
    ]
