"""Filters and tables compiled to integers, so that one flow costs microseconds.

Same semantics as `filtering` and `routing` (tests compare them); this form answers for one address at a time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from runbook_lib.model.filters import AclEntry, NetworkAcl, SecurityGroup
from runbook_lib.model.vpc import PrefixList, Route, RouteTable
from runbook_lib.network import filtering, routing
from runbook_lib.network.flow import Addr, Traffic
from runbook_lib.network.intervals import AddressSet, Ports
from runbook_lib.network.view import View

__all__ = ["AclStep", "Compiler", "GroupAnswer"]


class GroupAnswer(NamedTuple):
    """`allowed` is None when only an unread prefix list could decide."""

    allowed: bool | None
    has_rules: bool


class AclStep(NamedTuple):
    """One denied part of the ports asked for and the entry that denies it (None = implicit deny)."""

    ports: Ports
    entry: AclEntry | None


@dataclass(frozen=True, slots=True)
class _Rules:
    starts: tuple[Addr, ...]
    ends: tuple[Addr, ...]
    references: frozenset[str]
    unread: bool
    has_rules: bool

    def covers(self, address: Addr) -> bool:
        at = bisect_right(self.starts, address) - 1
        return at >= 0 and address <= self.ends[at]


class Compiler:
    """Caches of compiled filters and tables over one view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._rules: dict[tuple[tuple[str, ...], bool, Traffic], _Rules] = {}
        self._acls: dict[tuple[str, bool, Traffic], tuple[tuple[int, int, int, Ports, AclEntry], ...]] = {}
        self._tables: dict[str, tuple[tuple[tuple[int, int], dict[tuple[int, int], Route]], ...] | None] = {}

    def groups_allow(
        self, groups: tuple[SecurityGroup, ...], egress: bool, address: Addr, peer: tuple[str, ...], traffic: Traffic
    ) -> GroupAnswer:
        """Whether the union of groups allows traffic to (egress) or from one address whose interface is in `peer`."""
        key = (tuple(group.id for group in groups), egress, traffic)
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = self._compile_groups(groups, egress, traffic)
        if rules.covers(address) or (rules.references and not rules.references.isdisjoint(peer)):
            return GroupAnswer(True, True)
        return GroupAnswer(None if rules.unread else False, rules.has_rules)

    def _compile_groups(self, groups: Iterable[SecurityGroup], egress: bool, traffic: Traffic) -> _Rules:
        addresses, references, unread, has_rules = AddressSet(), set[str](), False, False
        for group in groups:
            for rule in group.egress if egress else group.ingress:
                has_rules = True
                ports = filtering.rule_ports(rule, traffic)
                if ports is None or ports[0] > traffic.ports[0] or ports[1] < traffic.ports[1]:
                    continue
                references.update(reference.group_id for reference in rule.groups)
                addresses |= AddressSet.of(rule.cidrs)
                for list_id in rule.prefix_lists:
                    listed = self.view.find(PrefixList, list_id)
                    if listed is not None and listed.cidrs is not None:
                        addresses |= AddressSet.of(listed.cidrs)
                    elif listed is not None or not self.view.is_complete(PrefixList, group.scope):
                        unread = True
        return _Rules(
            starts=tuple((version, first) for version, first, _ in addresses.pieces),
            ends=tuple((version, last) for version, _, last in addresses.pieces),
            references=frozenset(references),
            unread=unread,
            has_rules=has_rules,
        )

    def acl_denies(self, acl: NetworkAcl, egress: bool, address: Addr, traffic: Traffic) -> list[AclStep]:
        """The parts of the asked ports that the ACL denies to (egress) or from one address; empty = all allowed."""
        key = (acl.id, egress, traffic)
        entries = self._acls.get(key)
        if entries is None:
            entries = self._acls[key] = tuple(
                (entry.cidr.version, int(entry.cidr.network_address), int(entry.cidr.broadcast_address), ports, entry)
                for entry in (acl.egress if egress else acl.ingress)
                if (ports := filtering.entry_ports(entry, traffic)) is not None
            )
        version, value = address
        left = [traffic.ports]
        denied: list[AclStep] = []
        for family, first, last, ports, entry in entries:
            if family != version or not first <= value <= last:
                continue
            rest: list[Ports] = []
            for low, high in left:
                if ports[1] < low or ports[0] > high:
                    rest.append((low, high))
                    continue
                if not entry.allow:
                    denied.append(AclStep((max(low, ports[0]), min(high, ports[1])), entry))
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
        private = routing.is_private(address)
        key = f"{table.id}|{private}"
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

    def _compile_table(
        self, table: RouteTable, private: bool
    ) -> tuple[tuple[tuple[int, int], dict[tuple[int, int], Route]], ...]:
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
