"""Network Load Balancers as destinations. Application Load Balancers and others are unknown beyond their interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lib.errors import FactMissing
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.network.flow import Packet, Place

if TYPE_CHECKING:
    from runbook_lib.network.walk import Walk

__all__ = ["forward", "is_balancer"]


def is_balancer(interface: NetworkInterface) -> bool:
    """True for an interface of a Network Load Balancer."""
    return interface.kind == "network_load_balancer" or interface.description.startswith("ELB net/")


def forward(walk: Walk, place: Place, interface: NetworkInterface, packet: Packet) -> None:
    """Reaching a load balancer: a listener must take the port. What its targets do is another question."""
    name = interface.description.removeprefix("ELB ")
    walk.hop("load-balancer", name)
    listeners = _listeners(walk, name)
    if packet.traffic.has_ports and not any(low == packet.traffic.ports[0] for low in listeners):
        detail = f"{name} listens on {', '.join(map(str, listeners)) or 'no port'}, not on {packet.traffic.ports[0]}"
        walk.block("ELBV2_LISTENER_PORT_RESTRICTION", name, detail, "ingress")
        return
    walk.finish(place, "delivered")


def _listeners(walk: Walk, name: str) -> list[int]:
    key = "LoadBalancerListeners"
    for (_, listed), listing in walk.view.snapshot.listings.items():
        if listed != key:
            continue
        for raw in listing.raws:
            if str(raw.get("LoadBalancerArn", "")).endswith(f"loadbalancer/{name}"):
                return [int(listener["Port"]) for listener in raw.get("Listeners") or ()]
    raise FactMissing(f"the listeners of {name}", "elasticloadbalancing:DescribeListeners")
