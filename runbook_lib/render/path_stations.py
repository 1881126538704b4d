"""The stations of a path: hops of the contract with their names and with the components that act there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Fact
from runbook_lib.model.gateways import (
    EgressOnlyInternetGateway,
    InternetGateway,
    NatGateway,
    VpcEndpoint,
    VpcPeeringConnection,
    VpnConnection,
    VpnGateway,
)
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.transit import TransitGateway, TransitGatewayAttachment, TransitGatewayVpcAttachment
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["Station", "destination_of", "sender_of", "stations_of"]

_ATTACHMENT, _TRANSIT = "transit-gateway-attachment", "transit-gateway"
_INTERFACE, _ENDPOINT = "network-interface", "vpc-endpoint"
_KINDS: Mapping[str, tuple[str, tuple[type[Fact], ...]]] = {
    _INTERFACE: ("Network interface", (NetworkInterface,)),
    "subnet": ("Subnet", (Subnet,)),
    "nat-gateway": ("NAT gateway", (NatGateway,)),
    "internet-gateway": ("Internet gateway", (InternetGateway,)),
    "egress-only-internet-gateway": ("Egress-only gateway", (EgressOnlyInternetGateway,)),
    _ENDPOINT: ("VPC endpoint", (VpcEndpoint,)),
    "vpc-peering-connection": ("VPC peering", (VpcPeeringConnection,)),
    _TRANSIT: ("Transit gateway", (TransitGateway,)),
    _ATTACHMENT: ("Attachment", (TransitGatewayVpcAttachment, TransitGatewayAttachment)),
    "vpn-gateway": ("Virtual private gateway", (VpnGateway,)),
    "vpn-connection": ("VPN connection", (VpnConnection,)),
    "direct-connect": ("Direct Connect", ()),
    "load-balancer": ("Load balancer", ()),
    "internet": ("Internet", ()),
    "service": ("AWS service", ()),
}
_WORD = {kind: word for kind, (word, _) in _KINDS.items()}
_REMEMBER = frozenset(_KINDS) - {_INTERFACE, "subnet", _TRANSIT, _ATTACHMENT, "vpc-peering-connection"}
_ENDS = ("internet", "service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One component of a path; `kind` in words, `name` its Name tag or empty.

    `owned` are the ids of what decides there: a subnet's network ACL and route table, an interface's groups. `homes`
    are the subnets it stands in. `also` names more of it on hover. `remembers` is True for a door that lets the
    answer to what it let through pass.
    """

    kind: str
    id: str
    name: str = ""
    owned: frozenset[str] = frozenset()
    homes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    remembers: bool = False
    on_request: bool = True
    on_answer: bool = True

    @property
    def title(self) -> str:
        """The name, or the id of what has no name."""
        return self.name or self.id

    @property
    def label(self) -> str:
        """Id and name for a sentence."""
        if not self.id or not self.name or self.name == self.id:
            return self.title
        return f"{self.id} ({self.name})"


def sender_of(view: View, kind: str, name: str, group_ids: Iterable[str]) -> Station:
    """Where the path starts; its security groups act there."""
    groups = tuple(group_ids)
    labels = groups
    with suppress(FactMissing):
        labels = tuple(group.label for group in view.groups(groups))
    return Station(kind=kind, id=name, owned=frozenset(groups), also=labels)


def destination_of(
    view: View, to: str, last: Station | None = None, known: Iterable[str] = (), is_delivered: bool = False
) -> Station:
    """The end of the path: the last station where that is the destination, else the destination by itself.

    `known` are the words for the destination; an interface with one of them as id or address is the destination.
    """
    if last is not None and last.kind in {_WORD[kind] for kind in _ENDS}:
        return replace(last, name=to)
    found = view.find(NetworkInterface, last.id) if last is not None else None
    if last is not None and (is_delivered or (found and {found.id, *_addresses(found)} & set(known))):
        return last
    return Station(kind="Destination", id=to)


def stations_of(view: View, hops: Iterable[Mapping[str, Any]]) -> tuple[Station, ...]:
    """The stations of some hops, in their order.

    Attachments are part of their transit gateway, and the interface of an endpoint is part of the endpoint.
    """
    found: list[Station] = []
    for hop in hops:
        station = _station(view, hop["kind"], hop["id"])
        if found and _absorbs(found[-1].kind, station.kind):
            found[-1] = _with(found[-1], station)
        elif found and _absorbs(station.kind, found[-1].kind):
            found[-1] = _with(station, found[-1])
        else:
            found.append(station)
    return tuple(found)


def _absorbs(kind: str, other: str) -> bool:
    return (kind, other) in ((_WORD[_TRANSIT], _WORD[_ATTACHMENT]), (_WORD[_ENDPOINT], _WORD[_INTERFACE]))


def _with(station: Station, part: Station) -> Station:
    return replace(station, owned=station.owned | part.owned, also=(*station.also, part.label, *part.also))


def _station(view: View, kind: str, id_: str) -> Station:
    word, facts = _KINDS.get(kind, (kind.replace("-", " "), ()))
    fact = next((known for known in (view.find(type_, id_) for type_ in facts) if known), None)
    also = (fact.az,) if isinstance(fact, Subnet) and fact.az else ()
    homes = _homes(fact)
    owned = {id_, *(own for home in homes for own in _acting_in(view, home)), *_own(view, fact)}
    return Station(
        kind=_nat_word(fact) if isinstance(fact, NatGateway) else word,
        id=id_,
        name=(fact.name or "") if fact else "",
        owned=frozenset(owned),
        homes=homes,
        also=also,
        remembers=kind in _REMEMBER,
    )


def _nat_word(nat: NatGateway) -> str:
    """Which sort of NAT gateway: one for the whole VPC has no subnet, a private one leads to no internet."""
    sort = "Regional " if nat.is_regional else "" if nat.is_public else "Private "
    return f"{sort}NAT gateway"


def _homes(fact: Fact | None) -> tuple[str, ...]:
    if isinstance(fact, Subnet):
        return (fact.id,)
    return (fact.subnet_id,) if isinstance(fact, NatGateway) and fact.subnet_id else ()


def _own(view: View, fact: Fact | None) -> tuple[str, ...]:
    """What acts at a component beside itself: groups, instance, route tables of a transit gateway."""
    if isinstance(fact, NetworkInterface):
        return fact.group_ids
    if isinstance(fact, NatGateway) and fact.route_table_id:
        return (fact.route_table_id,)
    if isinstance(fact, TransitGatewayVpcAttachment):
        found = view.find(TransitGatewayAttachment, fact.id)
        return (found.route_table_id,) if found and found.route_table_id else ()
    return ()


def _acting_in(view: View, subnet_id: str) -> tuple[str, ...]:
    """The network ACL and the route table in effect in a subnet, as far as they were read."""
    found: list[str] = []
    with suppress(FactMissing):
        found.append(view.acl_of(subnet_id).id)
    with suppress(FactMissing):
        found.append(view.route_table_of(subnet_id).id)
    return tuple(found)


def _addresses(interface: NetworkInterface) -> set[str]:
    return {str(ip) for ip in interface.private_ips} | {str(public) for _, public in interface.public_ips}
