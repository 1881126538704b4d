"""Which analyses answer one question: the whole path from each subnet, and how it would be split to find the blocker.

NAT and transit gateways are components in the middle of a path, so the whole path comes first; only when there is none
the stretches before and after the gateway tell on which side it ends.
https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInsightsPath.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.model.analysis_plan import AnalysisPlan, PlannedAnalysis, Stretch
from runbook_lib.model.gateways import NatAddress, NatGateway
from runbook_lib.network.ends import Sender, senders
from runbook_lib.network.flow import TCP, UDP, Traffic
from runbook_lib.network.insights.aims import Aim, aim_at, route_for
from runbook_lib.network.insights.configuration import fingerprint
from runbook_lib.network.insights.interfaces import source_of
from runbook_lib.network.intervals import Ports
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import Question
from runbook_lib.network.tools import Tools
from runbook_lib.network.view import View

__all__ = ["split", "whole"]

_PROTOCOLS = {TCP: "tcp", UDP: "udp"}
_NAT_PORTS = (1024, 65535)


def whole(view: View, question: Question) -> AnalysisPlan:
    """One analysis per subnet that the source runs in and has an interface in, each with the parts of a later split.

    AWS looks for one source port of the range that has a path, the kit's own trace asks for all of them. Raises
    UsageError for a question that Reachability Analyzer cannot be asked, FactMissing when the facts do not tell where
    to aim.
    """
    if question.traffic.protocol not in _PROTOCOLS:
        raise UsageError("Reachability Analyzer analyses tcp and udp only")
    tools = tracer_of(view).tools
    starts = senders(tools, question.source, question.groups, is_ipv4_only=True)
    if any(start.place.is_internet or start.place.subnet_id is None for start in starts):
        raise UsageError(f"an analysis starts at a function, a network interface or a subnet, not at {question.source}")
    function = view.function_called(question.source) if starts[0].is_function else None
    sources = tuple(source_of(tools, start, function) for start in starts)
    aims = [aim_at(tools, question.to, start) for start in starts]
    analyses = tuple(
        _analysis(tools, start, source.interface_id, aim, question)
        for start, source, aim in zip(starts, sources, aims, strict=True)
        if source.interface_id
    )
    protocol, port = _PROTOCOLS[question.traffic.protocol], question.traffic.ports[0]
    return AnalysisPlan(
        about=f"from {question.source} to {question.to}, {protocol} port {port}", analyses=analyses, sources=sources
    )


def _analysis(tools: Tools, start: Sender, source: str, aim: Aim, question: Question) -> PlannedAnalysis:
    if aim.destination == source:
        raise UsageError(f"{source} is both source and destination: there is nothing to analyse")
    request = _request(source, aim.destination, aim.address, question.traffic, question.source_ports)
    place = start.place
    return PlannedAnalysis(
        subnet_id=str(place.subnet_id),
        stretch=Stretch.WHOLE,
        request=request,
        fingerprint=fingerprint(tools.view, str(place.vpc_id), request),
        parts=split(tools, start, source, aim, question),
        note=aim.note,
    )


def split(tools: Tools, start: Sender, source: str, aim: Aim, question: Question) -> tuple[PlannedAnalysis, ...]:
    """The stretches before and after the NAT or transit gateway that the route leads to; none without such a gateway.

    At a gateway that is gone the path ends anyway, and one whose facts are missing is not split at: the whole path is
    analysed all the same.
    """
    try:
        route = route_for(tools, str(start.place.subnet_id), aim)
        target = (route.target if route and not route.is_blackhole else None) or ""
        if target.startswith("nat-"):
            parts = _at_nat(tools, start, source, aim, question, tools.view.nat_gateway(target))
        elif target.startswith("tgw-"):
            parts = _at_transit(tools, start, source, aim, question, target)
        else:
            return ()
        return tuple(_part(tools, start, stretch, request) for stretch, request in parts)
    except FactMissing:
        return ()


def _part(tools: Tools, start: Sender, stretch: Stretch, request: dict[str, Any]) -> PlannedAnalysis:
    return PlannedAnalysis(
        subnet_id=str(start.place.subnet_id),
        stretch=stretch,
        request=request,
        fingerprint=fingerprint(tools.view, str(start.place.vpc_id), request),
    )


def _at_nat(
    tools: Tools, start: Sender, source: str, aim: Aim, question: Question, nat: NatGateway
) -> Iterator[tuple[Stretch, dict[str, Any]]]:
    """To the gateway's interface a packet carries the interface's own address; on from there it comes from it."""
    middle = _address_of(tools, start, nat)
    own = middle.private_ip if middle and isinstance(middle.private_ip, IPv4Address) else None
    if middle is None or middle.interface_id is None or middle.interface_id == aim.destination:
        return
    tools.view.interface(middle.interface_id)
    yield Stretch.TO_NAT, _request(source, middle.interface_id, own, question.traffic, question.source_ports)
    onward = _request(middle.interface_id, aim.destination, aim.address, question.traffic, _NAT_PORTS)
    yield Stretch.FROM_NAT, _from(onward, own)


def _address_of(tools: Tools, start: Sender, nat: NatGateway) -> NatAddress | None:
    """The primary address of a zonal NAT gateway, that of the subnet's zone of a regional one."""
    zone = tools.view.subnet(str(start.place.subnet_id)).az
    near = [item for item in nat.addresses if item.az == zone] if nat.is_regional else list(nat.addresses)
    return next((item for item in near if item.is_primary), near[0] if near else None)


def _at_transit(
    tools: Tools, start: Sender, source: str, aim: Aim, question: Question, transit_gateway_id: str
) -> Iterator[tuple[Stretch, dict[str, Any]]]:
    attachment = tools.vpc_attachment(transit_gateway_id, str(start.place.vpc_id))
    if attachment is None or aim.destination == attachment.id:
        return
    yield Stretch.TO_TRANSIT, _request(source, attachment.id, aim.address, question.traffic, question.source_ports)
    if aim.destination == transit_gateway_id:
        return
    onward = _request(attachment.id, aim.destination, aim.address, question.traffic, question.source_ports)
    own = [item for item in tools.view.interface(source).private_ips if isinstance(item, IPv4Address)]
    yield Stretch.FROM_TRANSIT, _from(onward, own[0] if own else None)


def _from(request: dict[str, Any], address: IPv4Address | None) -> dict[str, Any]:
    if address:
        request["FilterAtSource"] = {"SourceAddress": str(address), **request["FilterAtSource"]}
    return request


def _request(
    source: str, destination: str | None, address: IPv4Address | None, traffic: Traffic, source_ports: Ports
) -> dict[str, Any]:
    """What CreateNetworkInsightsPath is sent; everything about the packet stands in the filter at the source, beside
    which SourceIp and DestinationPort are not allowed."""
    filters: dict[str, Any] = {"DestinationAddress": str(address)} if address else {}
    filters |= {"SourcePortRange": _range(source_ports), "DestinationPortRange": _range(traffic.ports)}
    named = {"Destination": destination} if destination else {}
    return {"Source": source, **named, "Protocol": _PROTOCOLS[traffic.protocol], "FilterAtSource": filters}


def _range(ports: Ports) -> dict[str, int]:
    return {"FromPort": ports[0], "ToPort": ports[1]}
