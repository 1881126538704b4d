"""Network Load Balancers as destinations: the listener decides, then every target that is used has to accept.

Targets in other zones are used only with cross-zone balancing (off by default); when no target is healthy all are
used. Targets registered by instance id see the client's address, those registered by IP address the balancer's, unless
`preserve_client_ip.enabled` says otherwise. Source:
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
Application Load Balancers and others are unknown beyond their interface.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Raw
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.network.flow import EPHEMERAL, Packet, Place
from runbook_lib.network.intervals import Ports
from runbook_lib.network.tools import addr

if TYPE_CHECKING:
    from runbook_lib.network.walk import Walk

__all__ = ["forward", "is_network"]


class _Target(NamedTuple):
    interface: NetworkInterface
    port: int
    keeps_client: bool


def is_network(interface: NetworkInterface) -> bool:
    """True for an interface of a Network Load Balancer."""
    return interface.kind == "network_load_balancer" or interface.description.startswith("ELB net/")


def forward(walk: Walk, place: Place, interface: NetworkInterface, packet: Packet) -> None:
    """Through the balancer to its targets. Raises FactMissing when listeners or targets were not read."""
    name = interface.description.removeprefix("ELB ")
    walk.hop("load-balancer", name)
    asked = packet.traffic.ports[0] if packet.traffic.has_ports else None
    listeners = [raw for raw in _listeners(walk, name) if raw.get("Port") == asked]
    if not listeners:
        every = ", ".join(sorted({str(raw.get("Port")) for raw in _listeners(walk, name)})) or "no port"
        detail = f"{name} listens on {every}, not on {asked if asked is not None else 'this protocol'}"
        walk.block("ELBV2_LISTENER_PORT_RESTRICTION", name, detail, "ingress")
        return
    targets = [target for group in _groups(listeners[0]) for target in _targets(walk, name, group, interface)]
    if not targets:
        walk.block("ELBV2_LISTENER_HAS_NO_TG", name, f"{name} has no target that it may use for port {asked}")
        return
    walk.end_leg(place)
    branches = [_branch(walk, place, packet, target) for target in targets]
    walk.join(min(branches, key=lambda branch: (not branch.trail.stops, not branch.trail.missing)), branches)


def _branch(walk: Walk, place: Place, packet: Packet, target: _Target) -> Walk:
    """The way on to one target."""
    branch = walk.fork()
    own = place.interface
    source = packet.src if target.keeps_client or own is None else branch.tools.first_address(own)
    onward = packet._replace(
        src=source,
        dst=branch.tools.first_address(target.interface),
        traffic=packet.traffic._replace(ports=(target.port, target.port)),
        shows_groups=packet.shows_groups if target.keeps_client else False,
    )
    ports: Ports = branch.source_ports if target.keeps_client else EPHEMERAL
    try:
        branch.begin_leg(Place(place.vpc_id, place.subnet_id, None, own), onward, ports, is_tracked=True)
        branch.leave(Place(place.vpc_id, place.subnet_id), onward)
    except FactMissing as gap:
        branch.miss(gap)
    return branch


def _targets(walk: Walk, name: str, group_arn: str, interface: NetworkInterface) -> Iterator[_Target]:
    """The targets of a group that the balancer uses from this interface's zone."""
    health = next((r for r in _raws(walk, "LoadBalancerTargetHealth") if r.get("TargetGroupArn") == group_arn), None)
    if health is None:
        raise FactMissing(f"the targets of {group_arn}", action_of("LoadBalancerTargetHealth"))
    group: Raw = next((r for r in _raws(walk, "TargetGroups") if r.get("TargetGroupArn") == group_arn), {})
    by_ip = group.get("TargetType") == "ip"
    listed = [d for d in health.get("TargetHealthDescriptions") or () if _state(d) not in ("draining", "unused")]
    near = [(d, at) for d in listed if _reaches(walk, name, interface, at := _interface_of(walk, group, d))]
    fit = [(d, at) for d, at in near if _state(d) in ("healthy", "initial")] or near
    for description, at in fit:
        port = int(description["Target"].get("Port") or group.get("Port") or 0)
        yield _Target(at, port, keeps_client=not by_ip or _keeps(group))


def _keeps(group: Raw) -> bool:
    listed = group.get("Attributes") or ()
    return any(a.get("Key") == "preserve_client_ip.enabled" and a.get("Value") == "true" for a in listed) or (
        group.get("Protocol") in ("UDP", "TCP_UDP")
    )


def _state(description: Raw) -> str:
    return str((description.get("TargetHealth") or {}).get("State") or "healthy")


def _interface_of(walk: Walk, group: Raw, description: Raw) -> NetworkInterface:
    id_ = str(description["Target"]["Id"])
    if id_.startswith("i-"):
        return walk.tools.primary_of(walk.view.get(Instance, id_))
    found = walk.tools.owner_of(str(group.get("VpcId")), addr(ip_address(id_)))
    if found is None:
        raise FactMissing(f"what target {id_} is", action_of(NetworkInterface.KEY))
    return found


def _reaches(walk: Walk, name: str, near: NetworkInterface, target: NetworkInterface) -> bool:
    """Cross-zone balancing is off by default; without it only targets of the interface's own zone are used."""
    for raw in _raws(walk, "LoadBalancerAttributes"):
        if _is(raw, name):
            values = {a.get("Key"): a.get("Value") for a in raw.get("Attributes") or ()}
            if values.get("load_balancing.cross_zone.enabled") == "true":
                return True
    zones = [walk.view.subnet(str(card.subnet_id)).az for card in (near, target)]
    return zones[0] == zones[1]


def _groups(listener: Raw) -> list[str]:
    found = []
    for action in listener.get("DefaultActions") or ():
        spread = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
        found += [action["TargetGroupArn"]] if action.get("TargetGroupArn") else [t["TargetGroupArn"] for t in spread]
    return found


def _listeners(walk: Walk, name: str) -> list[dict[str, Any]]:
    for raw in _raws(walk, "LoadBalancerListeners"):
        if _is(raw, name):
            return list(raw.get("Listeners") or [raw])
    raise FactMissing(f"the listeners of {name}", action_of("LoadBalancerListeners"))


def _is(raw: Raw, name: str) -> bool:
    return str(raw.get("LoadBalancerArn", "")).endswith(f"loadbalancer/{name}")


def _raws(walk: Walk, key: str) -> Iterator[Any]:
    for (_, listed), listing in walk.view.snapshot.listings.items():
        if listed == key:
            yield from listing.raws
