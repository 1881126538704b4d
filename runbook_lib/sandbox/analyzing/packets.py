"""A packet as sets of ports, where it is, and the two ways in which an analysis ends early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

__all__ = ["ALL_PORTS", "Blocked", "End", "NotModelled", "Packet", "Ports", "Spot", "meet", "without"]

Ports = tuple[tuple[int, int], ...]

ALL_PORTS: Ports = ((0, 65535),)


def meet(ports: Ports, first: int, last: int) -> Ports:
    """The part of the ports from first to last."""
    return tuple((max(a, first), min(b, last)) for a, b in ports if max(a, first) <= min(b, last))


def without(ports: Ports, first: int, last: int) -> Ports:
    """The ports outside first to last."""
    return meet(ports, 0, first - 1) + meet(ports, last + 1, 65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """All packets that differ in ports only. `groups` are the security groups that a receiver can tell it came from."""

    source: IPv4Address
    destination: IPv4Address
    protocol: str
    source_ports: Ports = ALL_PORTS
    destination_ports: Ports = ALL_PORTS
    groups: frozenset[str] = frozenset()

    def narrowed(self, destination_ports: Ports) -> Packet:
        """Those of them with these destination ports."""
        return replace(self, destination_ports=destination_ports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a packet is sent from or has arrived: moto's subnet (None for a regional NAT gateway), interface, gateway.

    `nat` is the NAT gateway that the packet has the address of, `public` the public address that this one stands for.
    """

    vpc_id: str
    subnet: Any = None
    interface: Any = None
    nat: Any = None
    public: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The component at which a walk ended; `spot` is None where it left the VPCs, or is not followed any further."""

    id: str
    packet: Packet
    spot: Spot | None = None


class Blocked(Exception):
    """There is no path; `explanation` is AWS's element of Explanations."""

    def __init__(self, explanation: Mapping[str, Any]) -> None:
        super().__init__(explanation["ExplanationCode"])
        self.explanation = dict(explanation)


class NotModelled(Exception):
    """The path meets something that this model does not know: nothing can be said about it."""
