"""Which devices on a traced path forget idle TCP connections, and after how many seconds.

A device whose limit is not known is listed without one: a limit nobody read is not "no limit".

Sources, read 2026-11-21
    NAT gateway, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    Network Load Balancer, https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html
    Gateway Load Balancer, https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/update-idle-timeout.html
    Application Load Balancer,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
    Probes carry no data, https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/config-idle-timeout.html
    What is tracked, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
    A transit gateway and a virtual private gateway route packets by their destination; AWS documents no limit of
    theirs, https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runbook_lib.keepalive.balancers import balancer_of
from runbook_lib.keepalive.device import CONNTRACK, Device
from runbook_lib.keepalive.instances import tracked_default_s
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.snapshot import Snapshot

__all__ = ["Limit", "devices_of", "limit_of"]

Json = Mapping[str, Any]

_NAT = "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html"
_PRIVATE_LINK = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html"
_GATEWAY_BALANCER = "https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/update-idle-timeout.html"
_EGRESS_ONLY = "https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html"
_VPN = "https://docs.aws.amazon.com/vpn/latest/s2svpn/your-cgw.html"
_DIRECT_CONNECT = "https://docs.aws.amazon.com/directconnect/latest/UserGuide/Welcome.html"

_USUAL_S = 350
_LEAST_S = 60
_STATELESS = frozenset(
    {
        "internet",
        "internet-gateway",
        "service",
        "subnet",
        "transit-gateway",
        "transit-gateway-attachment",
        "vpc-peering-connection",
        "vpn-gateway",
    }
)
_UNDOCUMENTED = {
    "egress-only-internet-gateway": ("remembers connections; AWS documents no idle limit of it", _EGRESS_ONLY),
    "vpn-connection": ("leads to a network whose firewalls only its owner knows", _VPN),
    "direct-connect": ("leads to a network whose firewalls only its owner knows", _DIRECT_CONNECT),
}
_MANAGED = frozenset({"nat_gateway", "vpc_endpoint", "lambda", "transit_gateway", "network_load_balancer"})
"""Kinds of network interfaces that belong to another hop or to a Lambda function; the hop itself is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The idle limit of a path.

    `device` has the smallest limit that is known, or is None. `unknown` are the devices that may forget earlier than
    that. `worst_s` is a limit that the path certainly keeps: None when a device may forget at any time, or when there
    is none.
    """

    device: Device | None
    unknown: tuple[Device, ...]
    worst_s: int | None


def limit_of(devices: Iterable[Device]) -> Limit:
    """The smallest limit among devices; one whose limit is not known counts where it may be the smallest."""
    listed = tuple(devices)
    known = [item for item in listed if item.idle_limit_s is not None]
    first = min(known, key=_known_s, default=None)
    unknown = tuple(
        item for item in listed if item.idle_limit_s is None and (first is None or item.at_least_s < _known_s(first))
    )
    floors = [item.at_least_s for item in unknown] + ([_known_s(first)] if first else [])
    return Limit(device=first, unknown=unknown, worst_s=min(floors, default=0) or None)


def devices_of(answer: Json, snapshot: Snapshot, *, runs_functions: bool = False) -> tuple[Device, ...]:
    """The devices of a traced answer that forget idle connections, in the order of the path, each once.

    `runs_functions` tells that a subnet as the source stands for Lambda functions, as one of the answers about a
    function does: AWS documents no idle limit of their interfaces. An answer that is blocked or not known to its end
    adds a device without a limit.
    """
    reader = _Reader(snapshot)
    of_functions = runs_functions or "sources" in answer
    found = [device for part in _leaves(answer) for device in reader.of_part(part, runs_functions=of_functions)]
    return tuple({(item.kind, item.id): item for item in found}.values())


def _known_s(device: Device) -> int:
    if device.idle_limit_s is None:
        raise ValueError(f"the limit of {device.label} is not known")
    return device.idle_limit_s


def _leaves(answer: Json) -> Iterator[Json]:
    """The answers without parts in it: one per subnet of a function and per part of a destination."""
    parts = answer.get("sources") or answer.get("parts")
    if not parts:
        yield answer
    for part in parts or ():
        yield from _leaves(part)


class _Reader:
    """Devices by hop, from the facts of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._interfaces = {item.id: item for item in snapshot.all(NetworkInterface)}
        self._instances = {item.id: item for item in snapshot.all(Instance)}
        self._endpoints = {item.id: item for item in snapshot.all(VpcEndpoint)}

    def of_part(self, part: Json, *, runs_functions: bool) -> Iterator[Device]:
        """The devices of one answer, forward and back."""
        hops = list(part["forward"]["hops"])
        if hops and hops[0]["kind"] == "subnet" and not runs_functions:
            yield self._unknown_client(hops[0]["id"])
        back = [hop for hop in part["return"]["hops"] if hop not in hops]
        for hop in (*hops, *back):
            yield from self._of_hop(hop["kind"], hop["id"])
        if part["forward"]["verdict"] != "reachable":
            yield _unfinished(part)

    def _of_hop(self, kind: str, id_: str) -> Iterator[Device]:
        if kind == "nat-gateway":
            yield _known(kind, id_, "NAT gateway", "answers the next packet with RST, loses late answers", _NAT)
        elif kind == "vpc-endpoint":
            yield from self._of_endpoint(id_)
        elif kind == "load-balancer":
            yield balancer_of(self._snapshot, id_)
        elif kind == "network-interface":
            yield from self._of_interface(id_)
        elif kind not in _STATELESS:
            why, source = _UNDOCUMENTED.get(kind, ("is of a kind whose idle limit the kit does not know", ""))
            yield Device(
                kind=kind, id=id_, noun=kind.replace("-", " "), idle_limit_s=None, happens="", source=source, gap=why
            )

    def _of_endpoint(self, id_: str) -> Iterator[Device]:
        endpoint = self._endpoints.get(id_)
        kind = endpoint.kind if endpoint else None
        happens = "forgets the connection; the next packet is refused or lost"
        if kind == "Interface":
            yield _known("vpc-endpoint", id_, "interface endpoint", happens, _PRIVATE_LINK)
        elif kind != "Gateway":
            is_balancer = kind == "GatewayLoadBalancer"
            why = "has a listener whose tcp.idle_timeout.seconds was not read" if is_balancer else "was not read"
            yield Device(
                kind="vpc-endpoint",
                id=id_,
                noun="Gateway Load Balancer endpoint" if is_balancer else "VPC endpoint",
                idle_limit_s=None,
                at_least_s=_LEAST_S if is_balancer else 0,
                happens=happens,
                source=_GATEWAY_BALANCER,
                gap=why,
            )

    def _of_interface(self, id_: str) -> Iterator[Device]:
        interface = self._interfaces.get(id_)
        if interface is not None and interface.description.startswith("ELB "):
            yield balancer_of(self._snapshot, interface.description.removeprefix("ELB "))
        elif interface is not None and interface.instance_id:
            yield self._tracking(interface, interface.instance_id)
        elif interface is None or interface.kind not in _MANAGED:
            yield Device(
                kind="network-interface",
                id=id_,
                noun="network interface",
                idle_limit_s=None,
                at_least_s=0 if interface is None else min(_USUAL_S, _configured_s(interface) or _USUAL_S),
                happens="",
                source=CONNTRACK,
                gap="belongs to something whose connection tracking the facts do not tell",
            )

    def _tracking(self, interface: NetworkInterface, instance_id: str) -> Device:
        """Connection tracking of an instance: what its interface was told, else the default of its type."""
        instance = self._instances.get(instance_id)
        type_ = str(instance.raw.get("InstanceType") or "") if instance else ""
        limit_s = _configured_s(interface) or tracked_default_s(type_)
        return Device(
            kind="instance",
            id=instance_id,
            noun=f"connection tracking of the {type_} instance" if type_ else "connection tracking of the instance",
            idle_limit_s=limit_s,
            at_least_s=0 if limit_s else _USUAL_S,
            happens="forgets the connection; an answer that comes later is dropped by the security group",
            source=CONNTRACK,
            gap="" if limit_s else f"is {'of a type that is not known' if type_ else 'not read'} here",
        )

    def _unknown_client(self, subnet_id: str) -> Device:
        """Whatever runs the client in a subnet: an instance of a Nitro v6 type forgets after 350 s, others later."""
        here = (item for item in self._interfaces.values() if item.subnet_id == subnet_id)
        configured = [told for item in here if (told := _configured_s(item))]
        return Device(
            kind="client",
            id=subnet_id,
            noun="what runs the client in",
            idle_limit_s=None,
            at_least_s=min([_USUAL_S, *configured]),
            happens="forgets the connection; an answer that comes later is dropped by the security group",
            source=CONNTRACK,
            gap="is not known: an instance of a Nitro v6 type forgets after 350 s, other types after 432000 s",
        )


def _configured_s(interface: NetworkInterface) -> int | None:
    """The idle limit that somebody gave the connection tracking of an interface, or None."""
    told = (interface.raw.get("ConnectionTrackingConfiguration") or {}).get("TcpEstablishedTimeout")
    return int(told) if told else None


def _known(kind: str, id_: str, noun: str, happens: str, source: str) -> Device:
    return Device(kind=kind, id=id_, noun=noun, idle_limit_s=_USUAL_S, happens=happens, source=source)


def _unfinished(part: Json) -> Device:
    """The rest of a path that is blocked or not known to its end."""
    blocked = "; ".join(str(item["detail"]) for item in part["forward"]["blocked_by"])
    missing = ", ".join(str(word) for word in part.get("missing") or ())
    return Device(
        kind="path",
        id=str(part.get("to") or "destination"),
        noun="path to",
        idle_limit_s=None,
        happens="",
        source="",
        gap=f"is blocked ({blocked})" if blocked else f"is not known to its end (needs {missing or 'more facts'})",
    )
