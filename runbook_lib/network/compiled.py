"""Filters and tables compiled to integers, so that one flow costs microseconds.

Same semantics as `filtering` and `routing` (tests compare them); this form answers for one address at a time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from runbook_lib.model.fact import Network
from runbook_lib.model.filters import AclEntry, NetworkAcl, SecurityGroup
from runbook_lib.model.vpc import PrefixList, Route, RouteTable
from runbook_lib.network import filtering, routing
from runbook_lib.network.flow import ALL_PORTS, Addr, Traffic
from runbook_lib.network.intervals import AddressSet, Ports, span
from runbook_lib.network.view import View

__all__ = ["AclStep", "Compiler", "GroupRules"]


class AclStep(NamedTuple):
    """One denied part of the ports asked for and the entry that denies it (None = implicit deny)."""

    ports: Ports
    entry: AclEntry | None


@dataclass(frozen=True, slots=True)
class GroupRules:
    """What a security group allows one way for one kind of traffic.

    `references` are the groups they refer to; `unread` tells that a prefix list they name was not read.
    """

    starts: tuple[Addr, ...]
    ends: tuple[Addr, ...]
    references: frozenset[str]
    unread: bool
    has_rules: bool

    def covers(self, address: Addr) -> bool:
        """True when an address is allowed by a CIDR block or prefix list."""
        at = bisect_right(self.starts, address) - 1
        return at >= 0 and address <= self.ends[at]


def _is_private(address: Addr) -> bool:
    """`routing.is_private` in three shifts."""
    version, value = address
    return version == 4 and (value >> 24 == 10 or value >> 20 == 0xAC1 or value >> 16 == 0xC0A8)


_Table = tuple[tuple[tuple[int, int], dict[tuple[int, int], Route]], ...]
_Entry = tuple[int, int, int, Ports, AclEntry, bool]


def _entries(entries: Iterable[AclEntry], traffic: Traffic) -> Iterator[_Entry]:
    """The entries that concern this traffic; the last field marks a denial of one protocol out of every protocol."""
    for entry in entries:
        ports = filtering.entry_ports(entry, traffic)
        partial = ports is None and traffic.protocol == -1 and not entry.allow
        if ports is not None or partial:
            version, first, last = span(entry.cidr)
            yield version, first, last, ports or ALL_PORTS, entry, partial


class Compiler:
    """Caches of compiled filters and tables over one view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._rules: dict[tuple[str, bool, int, tuple[int, int], int], GroupRules] = {}
        self._edges: dict[tuple[str, bool, int], list[int]] = {}
        self._acls: dict[tuple[str, bool, int, tuple[int, int]], tuple[_Entry, ...]] = {}
        self._tables: dict[tuple[str, bool], _Table] = {}

    def group_rules(self, group: SecurityGroup, egress: bool, traffic: Traffic) -> GroupRules:
        """What one group allows to (egress) or from other addresses; ports its rules do not tell apart share it."""
        at = bisect_right(self._edges_of(group, egress, traffic.protocol), traffic.ports[0])
        key = (group.id, egress, traffic.protocol, traffic.icmp, at)
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = self._compile_group(group, egress, traffic)
        return rules

    def _edges_of(self, group: SecurityGroup, egress: bool, protocol: int) -> list[int]:
        key = (group.id, egress, protocol)
        edges = self._edges.get(key)
        if edges is None:
            asked = Traffic(protocol)
            listed = (filtering.rule_ports(rule, asked) for rule in (group.egress if egress else group.ingress))
            edges = self._edges[key] = sorted({edge for ports in listed if ports for edge in (ports[0], ports[1] + 1)})
        return edges

    def _compile_group(self, group: SecurityGroup, egress: bool, traffic: Traffic) -> GroupRules:
        cidrs: list[Network] = []
        references, unread = set[str](), False
        listed = group.egress if egress else group.ingress
        for rule in listed:
            ports = filtering.rule_ports(rule, traffic)
            if ports is None or ports[0] > traffic.ports[0] or ports[1] < traffic.ports[1]:
                continue
            references.update(reference.group_id for reference in rule.groups)
            cidrs.extend(rule.cidrs)
            for list_id in rule.prefix_lists:
                found = self.view.find(PrefixList, list_id)
                if found is not None and found.cidrs is not None:
                    cidrs.extend(found.cidrs)
                elif found is not None or not self.view.is_complete(PrefixList, group.scope):
                    unread = True
        pieces = AddressSet.of(cidrs).pieces
        return GroupRules(
            starts=tuple((version, first) for version, first, _ in pieces),
            ends=tuple((version, last) for version, _, last in pieces),
            references=frozenset(references),
            unread=unread,
            has_rules=bool(listed),
        )

    def acl_denies(self, acl: NetworkAcl, egress: bool, address: Addr, traffic: Traffic) -> list[AclStep]:
        """The parts of the asked ports that the ACL denies to (egress) or from one address; empty = all allowed."""
        key = (acl.id, egress, traffic.protocol, traffic.icmp)
        entries = self._acls.get(key)
        if entries is None:
            entries = self._acls[key] = tuple(_entries(acl.egress if egress else acl.ingress, traffic))
        version, value = address
        left = [traffic.ports]
        denied: list[AclStep] = []
        for family, first, last, ports, entry, is_partial in entries:
            if family != version or not first <= value <= last:
                continue
            if entry.allow and ports[0] <= left[0][0] and left[-1][1] <= ports[1]:
                return denied
            rest: list[Ports] = []
            for low, high in left:
                if ports[1] < low or ports[0] > high:
                    rest.append((low, high))
                    continue
                if not entry.allow:
                    denied.append(AclStep((max(low, ports[0]), min(high, ports[1])), entry))
                if is_partial:
                    rest.append((low, high))
                    continue
                if low < ports[0]:
                    rest.append((low, ports[0] - 1))
                if ports[1] < high:
                    rest.append((ports[1] + 1, high))
            left = rest
            if not left:
                break
        denied.extend(AclStep(ports, None) for ports in left)
        return denied

    def route(self, table: RouteTable, address: Addr) -> Route | None:
        """The winning route for one address, or None. Raises FactMissing when an unread prefix list could decide."""
        private = _is_private(address)
        key = (table.id, private)
        levels = self._tables.get(key)
        if levels is None:
            levels = self._tables[key] = self._compile_table(table, private)
        version, value = address
        for (family, length), nets in levels:
            if family == version:
                found = nets.get((family, value >> ((32 if version == 4 else 128) - length)))
                if found is not None:
                    return found
        return None

    def _compile_table(self, table: RouteTable, private: bool) -> _Table:
        levels: dict[tuple[int, int], dict[tuple[int, int], tuple[int, Route]]] = {}
        for candidate in routing.candidates(self.view, table, private):
            length, priority = candidate.rank
            bits = 32 if candidate.version == 4 else 128
            nets = levels.setdefault((candidate.version, length), {})
            net = (candidate.version, candidate.first >> (bits - length))
            if net not in nets or nets[net][0] < priority:
                nets[net] = (priority, candidate.route)
        ordered = sorted(levels.items(), key=lambda level: -level[0][1])
        return tuple((level, {net: route for net, (_, route) in nets.items()}) for level, nets in ordered)
