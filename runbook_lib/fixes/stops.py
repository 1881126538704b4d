"""What stops a traced flow, with the ends it concerns: the material that path fixes are made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Network
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.interfaces import Function, Instance, NetworkInterface
from runbook_lib.model.vpc import RouteTable, Subnet
from runbook_lib.network import names
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.question import Question
from runbook_lib.network.tools import Tools
from runbook_lib.network.view import View

__all__ = ["Asked", "Stop", "is_inside", "stops"]

ANYWHERE = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}
_SAME = {"SG_HAS_NO_RULES": "ENI_SG_RULES_MISMATCH"}
_FILTERS = ("ENI_SG_RULES_MISMATCH", "SG_HAS_NO_RULES", "SUBNET_ACL_RESTRICTION")


class Asked:
    """The two ends of a question on one snapshot, as far as they are known."""

    def __init__(self, view: View, question: Question) -> None:
        self.view = view
        self.question = question

    @cached_property
    def function(self) -> Function | None:
        """The function asked about, or None."""
        return self.view.find(Function, self.question.source)

    @cached_property
    def interface(self) -> NetworkInterface | None:
        """The network interface that sends, or None when the source is placed by subnet or is elsewhere."""
        return self._interface(self.question.source)

    @cached_property
    def target(self) -> NetworkInterface | None:
        """The network interface asked for, or None."""
        return self._interface(self.question.to)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The security groups of the sender, sorted."""
        if self.function is not None:
            return tuple(sorted(self.function.group_ids))
        return tuple(sorted(self.interface.group_ids if self.interface else self.question.groups))

    def subnet_ids(self) -> tuple[str, ...]:
        """The subnets the flow may start in, sorted; empty when it starts outside."""
        if self.function is not None:
            return tuple(sorted(set(self.function.subnet_ids)))
        if self.interface is not None:
            return (str(self.interface.subnet_id),)
        return (self.question.source,) if self.question.source.startswith("subnet-") else ()

    def sender(self, subnet_id: str | None) -> tuple[Network, ...]:
        """The addresses the sender may have in a subnet: its own, else the subnet's."""
        if self.interface is not None:
            return tuple(ip_network(ip) for ip in self.interface.private_ips[:1])
        if subnet_id is not None and (subnet := self.view.find(Subnet, subnet_id)) is not None:
            return subnet.cidrs
        return tuple(filter(None, [_cidr(self.question.source)]))

    def to(self) -> tuple[Network, ...]:
        """The destination as CIDR blocks; the whole internet for a public name whose addresses are not in the data."""
        cidr = _cidr(self.question.to)
        if cidr is not None:
            return (cidr,)
        if self.target is not None:
            return tuple(ip_network(ip) for ip in self.target.private_ips[:1])
        named = self._named
        if named is None:
            return ()
        return (ANYWHERE[4],) if named.is_guess else named.addresses.cidrs()

    @cached_property
    def vpc_id(self) -> str | None:
        """The VPC the flow starts in, or None."""
        placed = next(iter(self.subnet_ids()), None)
        subnet = self.view.find(Subnet, placed) if placed else None
        return subnet.vpc_id if subnet else None

    @cached_property
    def is_guess(self) -> bool:
        """True when the destination is a public name whose addresses are not in the data."""
        return self._named is not None and self._named.is_guess

    @cached_property
    def _named(self) -> names.Named | None:
        try:
            return names.resolve(Tools(self.view), self.vpc_id, self.question.to) if self.vpc_id else None
        except FactMissing:
            return None

    def _interface(self, word: str) -> NetworkInterface | None:
        instance = self.view.find(Instance, word)
        if instance is not None:
            word = next(iter(instance.interface_ids), word)
        found = self.view.find(NetworkInterface, word)
        if found is not None:
            return found
        cidr = _cidr(word)
        if cidr is None or cidr.num_addresses != 1:
            return None
        owners = [i for i in self.view.snapshot.all(NetworkInterface) if cidr.network_address in i.private_ips]
        return owners[0] if len(owners) == 1 else None


@dataclass(frozen=True, slots=True)
class Stop:
    """One blocker of one sender. `to` is the part of the destination it was met for; `hops` those of its direction."""

    asked: Asked
    code: str
    component: str
    rule: int | None
    egress: bool
    is_answer: bool
    detail: str
    subnet_id: str | None
    to: tuple[Network, ...]
    hops: tuple[tuple[str, str], ...]

    @property
    def view(self) -> View:
        """The snapshot the flow was traced on."""
        return self.asked.view

    @property
    def key(self) -> tuple[Any, ...]:
        """Identity across snapshots."""
        code = _SAME.get(self.code, self.code)
        return (code, self.component, self.rule, self.egress, self.is_answer, self.subnet_id, self.to)

    @property
    def order(self) -> tuple[bool, bool]:
        """Routes come before filters (they decide which filters are met), the way there before the way back."""
        return (self.code in _FILTERS, self.is_answer)

    def nat(self) -> NatGateway | None:
        """The NAT gateway passed before the blocker, or None."""
        passed = [id_ for kind, id_ in self.hops if kind == "nat-gateway"]
        return self.view.find(NatGateway, passed[-1]) if passed else None

    @property
    def is_past_nat(self) -> bool:
        """True when a NAT gateway let the packet through before it was stopped."""
        nat = self.nat()
        return nat is not None and nat.id != self.component

    def table(self) -> RouteTable | None:
        """The route table that has to change: the blocking one, else the one the packet left its subnet by."""
        if self.component.startswith("rtb-"):
            return self.view.find(RouteTable, self.component)
        left = next((id_ for kind, id_ in self.hops if kind == "subnet"), None) if self.is_answer else self.subnet_id
        return self.view.route_table_of(left) if left and self.view.find(Subnet, left) else None

    def goal(self) -> tuple[Network, ...]:
        """Where the stopped packet was going: the destination, or for an answer the sender."""
        return self.asked.sender(self.subnet_id) if self.is_answer else self.to

    def region(self) -> str:
        """The Region of the blocking side, for AWS CLI texts."""
        table = self.table()
        vpc_id = table.vpc_id if table else self.asked.vpc_id
        try:
            return self.view.region_of(vpc_id) if vpc_id else (self.view.snapshot.origin.region or "REGION")
        except FactMissing:
            return "REGION"


def stops(view: View, question: Question, answer: dict[str, Any]) -> tuple[Stop, ...]:
    """Every blocker of an answer, routes before filters, each once per sender and part of the destination."""
    asked = Asked(view, question)
    found = [stop for entry in _entries(asked, answer) for stop in entry]
    return tuple(sorted({stop.key: stop for stop in found}.values(), key=lambda stop: stop.order))


def _entries(asked: Asked, answer: dict[str, Any]) -> Iterator[list[Stop]]:
    first = next(iter(asked.subnet_ids()), None)
    parts = answer.get("parts") or []
    for part in parts:
        yield _of(asked, part, first, (ip_network(part["to"]),))
    sources = answer.get("sources") or [{**answer, "subnet": first}]
    for source in sources:
        if not parts or source["subnet"] != first:
            yield _of(asked, source, source["subnet"], asked.to())


def _of(asked: Asked, said: dict[str, Any], subnet_id: str | None, to: tuple[Network, ...]) -> list[Stop]:
    return [
        Stop(
            asked=asked,
            code=blocker["code"],
            component=blocker["component"],
            rule=blocker["rule"],
            egress=blocker["direction"] == "egress",
            is_answer=way == "return",
            detail=blocker["detail"],
            subnet_id=subnet_id,
            to=(ANYWHERE[4],) if asked.is_guess else to,
            hops=tuple((hop["kind"], hop["id"]) for hop in said[way]["hops"]),
        )
        for way in ("forward", "return")
        for blocker in said[way]["blocked_by"]
    ]


def is_inside(cidrs: tuple[Network, ...], whole: tuple[Network, ...]) -> bool:
    """True when every address of the first set is in the second; an empty set is inside nothing."""
    return bool(cidrs) and not (AddressSet.of(cidrs) - AddressSet.of(whole)).pieces


def _cidr(word: str) -> Network | None:
    try:
        return ip_network(word, strict=False)
    except ValueError:
        return None
