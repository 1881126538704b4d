"""The analysis of one path: is there a packet that arrives, and does the answer come back?

AWS looks for one packet of all those that the filters allow; only the first thing that stops it is named. Of a path
that crosses a transit gateway route table only the way there is analysed.
https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from runbook_lib.sandbox.analyzing import gateways, shapes
from runbook_lib.sandbox.analyzing.facts import Facts, is_forwarded
from runbook_lib.sandbox.analyzing.packets import ALL_PORTS, Blocked, End, NotModelled, Packet, Ports, Spot, meet
from runbook_lib.sandbox.analyzing.walk import Leg, Walk

__all__ = ["Outcome", "analyse"]

_UNSUPPORTED = "The network configuration is not supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an analysis; `found` is None for one that failed, whose `message` then says why."""

    found: bool | None
    message: str = ""
    forward: tuple[dict[str, Any], ...] = ()
    back: tuple[dict[str, Any], ...] = ()
    explanations: tuple[dict[str, Any], ...] = ()

    def fields(self) -> dict[str, Any]:
        """The fields of a NetworkInsightsAnalysis that has ended."""
        if self.found is None:
            return {"Status": "failed", "StatusMessage": self.message}
        lists = {
            "ForwardPathComponents": self.forward,
            "ReturnPathComponents": self.back,
            "Explanations": self.explanations,
        }
        filled = {name: list(items) for name, items in lists.items() if items}
        return {"Status": "succeeded", "NetworkPathFound": self.found, **filled}


def analyse(ec2: Any, path: Mapping[str, Any]) -> Outcome:
    """The outcome for a NetworkInsightsPath with what the Region's EC2 backend holds now."""
    facts = Facts(ec2)
    best: Outcome | None = None
    unknown: Outcome | None = None
    for address in _addresses(facts, path):
        found = _one(facts, path, address)
        if found.found:
            return found
        if found.found is None:
            unknown = unknown or found
        elif best is None or len(found.forward) > len(best.forward):
            best = found
    return unknown or best or Outcome(found=None, message=f"{_UNSUPPORTED}: no address of the destination is known.")


# -- what is asked ---------------------------------------------------------------------------------------------------


def _id(word: str | None) -> str:
    return (word or "").rpartition("/")[2]


def _stops(facts: Facts, path: Mapping[str, Any]) -> frozenset[str]:
    """The components at which a packet has arrived; none when any owner of the address will do."""
    destination = _id(path.get("Destination"))
    if destination.startswith("i-"):
        return frozenset(item.id for item in facts.ec2.enis.values() if _instance_of(item) == destination)
    endpoint = facts.ec2.vpc_end_points.get(destination)
    if endpoint is not None and endpoint.vpc_endpoint_type == "Interface":
        return frozenset(endpoint.network_interface_ids)
    return frozenset([destination] if destination else [])


def _instance_of(interface: Any) -> str:
    return str(interface.instance.id) if interface.instance else ""


def _addresses(facts: Facts, path: Mapping[str, Any]) -> Iterator[IPv4Address]:
    """The addresses to try: the one told, those of the destination, else one of each kind that rules tell apart."""
    told = _filter(path, "FilterAtSource").get("DestinationAddress")
    told = told or _filter(path, "FilterAtDestination").get("DestinationAddress")
    if told:
        yield IPv4Address(told)
        return
    stops = _stops(facts, path)
    interfaces = [facts.ec2.enis[id_] for id_ in sorted(stops) if id_ in facts.ec2.enis]
    yield from (IPv4Address(interface.private_ip_address) for interface in interfaces)
    if not interfaces or any(facts.nat_of(interface.id) for interface in interfaces):
        yield from (address for address in facts.mentioned() if _may_lead_to(facts, _id(path["Destination"]), address))


def _may_lead_to(facts: Facts, destination: str, address: IPv4Address) -> bool:
    """Whether traffic to an address could at all be meant for a gateway."""
    endpoint = facts.ec2.vpc_end_points.get(destination)
    if endpoint is not None:
        listed = facts.cidrs(endpoint.destination_prefix_list_id) if endpoint.destination_prefix_list_id else ()
        return any(address in network for network in listed)
    return not destination.startswith("igw-") or gateways.is_public(address)


def _filter(path: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A filter with what the older parameters say; DestinationIp is the address that arrives."""
    port = path.get("DestinationPort")
    older: dict[str, Any] = {"DestinationAddress": path.get("DestinationIp")}
    if name == "FilterAtSource":
        ports = {"FromPort": port, "ToPort": port} if port is not None else None
        older = {"SourceAddress": path.get("SourceIp"), "DestinationPortRange": ports}
    return {key: value for key, value in older.items() if value} | dict(path.get(name) or {})


def _ports(told: Mapping[str, Any], name: str) -> Ports:
    span = told.get(name)
    return ((int(span["FromPort"]), int(span["ToPort"])),) if span else ALL_PORTS


# -- one packet ------------------------------------------------------------------------------------------------------


def _one(facts: Facts, path: Mapping[str, Any], address: IPv4Address) -> Outcome:
    walk, answer = Walk(facts, _stops(facts, path)), Walk(facts, frozenset(), is_answer=True)
    reasons: tuple[dict[str, Any], ...] = ()
    try:
        end = _start(walk, path, address)
        _check_end(walk, end)
        _check_filter(walk, end, _filter(path, "FilterAtDestination"))
        # Only TCP waits for an answer, and behind a transit gateway AWS does not look for one.
        if path["Protocol"] == "tcp" and not walk.is_one_way:
            for leg in reversed(walk.legs):
                _back(answer, leg)
    except Blocked as stop:
        reasons = (stop.explanation,)
    except NotModelled as what:
        return Outcome(found=None, message=f"{_UNSUPPORTED}: {what}.")
    return Outcome(
        found=not reasons, forward=tuple(walk.components), back=tuple(answer.components), explanations=reasons
    )


def _start(walk: Walk, path: Mapping[str, Any], address: IPv4Address) -> End:
    facts, source = walk.facts, _id(path["Source"])
    if not is_forwarded(address):
        raise NotModelled(f"traffic to {address}")
    told = _filter(path, "FilterAtSource")
    if source.startswith("tgw-attach-"):
        return _from_attachment(walk, source, told, path["Protocol"], address)
    if source.startswith("i-"):
        interfaces = [item for item in facts.ec2.enis.values() if _instance_of(item) == source]
        walk.add(source)
    else:
        interfaces = [facts.ec2.enis[source]] if source in facts.ec2.enis else []
    if not interfaces:
        raise NotModelled(f"a path from {source}")
    interface = interfaces[0]
    own = told.get("SourceAddress") or interface.private_ip_address
    nat = facts.nat_of(interface.id)
    public = next((str(item.get("PublicIp") or "") for item in nat.address_set), "") if nat else ""
    spot = Spot(vpc_id=interface.subnet.vpc_id, subnet=interface.subnet, interface=interface, nat=nat, public=public)
    if own not in facts.addresses(interface):
        said = {"NetworkInterface": walk.named(interface.id), "Address": f"{own}/32"}
        raise walk.block("ENI_ADDRESS_RESTRICTION", Direction="egress", **said, **walk.place(spot))
    groups = frozenset(group.id for group in interface._group_set)
    return walk.send(spot, _packet(told, path["Protocol"], IPv4Address(own), address, groups))


def _packet(
    told: Mapping[str, Any],
    protocol: str,
    source: IPv4Address,
    destination: IPv4Address,
    groups: frozenset[str] = frozenset(),
) -> Packet:
    return Packet(
        source=source,
        destination=destination,
        protocol=protocol,
        source_ports=_ports(told, "SourcePortRange"),
        destination_ports=_ports(told, "DestinationPortRange"),
        groups=groups,
    )


def _from_attachment(walk: Walk, source: str, told: Mapping[str, Any], protocol: str, address: IPv4Address) -> End:
    """A packet that comes in by an attachment; in which zone its sender is tells in which zone it goes on."""
    attachment = walk.facts.ec2.transit_gateway_attachments.get(source)
    if attachment is None or attachment.resource_type != "vpc" or "SourceAddress" not in told:
        raise NotModelled(f"a path from {source} without a source address in its VPC")
    own = IPv4Address(told["SourceAddress"])
    subnet = walk.facts.subnet_at(attachment.vpc_id, own)
    walk.add(source, TransitGateway=walk.named(attachment.transit_gateway_id))
    zone = subnet.availability_zone if subnet else ""
    return gateways.from_attachment(walk, attachment, _packet(told, protocol, own, address), zone)


# -- arrival ---------------------------------------------------------------------------------------------------------


def _check_end(walk: Walk, end: End) -> None:
    if not walk.stops or end.id in walk.stops:
        return
    table, routes = walk.decided or (None, [])
    said = {"RouteTable": walk.named(table.id), "Vpc": walk.named(table.vpc_id)} if table else {}
    said |= {"Destination": walk.named(min(walk.stops))}
    if len(routes) > 1:
        raise walk.block("MORE_SPECIFIC_ROUTE", **said, RouteTableRoute=shapes.route(routes[1]))
    raise walk.block("NO_ROUTE_TO_DESTINATION", **said, Address=f"{end.packet.destination}/32")


def _check_filter(walk: Walk, end: End, wanted: Mapping[str, Any]) -> None:
    packet = end.packet
    checks = (
        ("SourceAddress", "SOURCE_ADDRESS", str(packet.source)),
        ("DestinationAddress", "DESTINATION_ADDRESS", str(packet.destination)),
    )
    for name, word, value in checks:
        if wanted.get(name) not in (None, value):
            raise walk.block(f"FILTER_AT_DESTINATION_{word}", Component=walk.named(end.id), Address=f"{value}/32")
    for name, word, ports in (
        ("SourcePortRange", "SOURCE_PORT_RANGE", packet.source_ports),
        ("DestinationPortRange", "DESTINATION_PORT_RANGE", packet.destination_ports),
    ):
        if wanted.get(name) and not any(meet(ports, *span) for span in _ports(wanted, name)):
            raise walk.block(f"FILTER_AT_DESTINATION_{word}", Component=walk.named(end.id))


# -- the way back ----------------------------------------------------------------------------------------------------


def _back(walk: Walk, leg: Leg) -> None:
    """The answer on one stretch: from its end, or in by the gateway that it left by, to where it started."""
    sent = leg.packet
    packet = Packet(
        source=sent.destination,
        destination=sent.source,
        protocol=sent.protocol,
        source_ports=sent.destination_ports,
        destination_ports=sent.source_ports,
    )
    walk.stops = frozenset([leg.start.interface.id] if leg.start.interface else [])
    if leg.end is None:
        walk.add(leg.id)
        packet = walk.ask_acl(leg.start.subnet, packet, egress=False)
        if leg.start.interface is not None:
            packet = walk.ask_groups(leg.start, packet, egress=False)
            walk.add_interface(leg.start, InboundHeader=shapes.header(packet))
        if leg.start.nat is not None:
            walk.add(leg.start.nat.id)
    elif leg.end.nat is not None:
        walk.leave(leg.end, packet)
    else:
        walk.send(leg.end, packet)
