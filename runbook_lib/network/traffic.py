"""Traffic in words."""

from __future__ import annotations

from runbook_lib.network.flow import Traffic

__all__ = ["words"]


def words(traffic: Traffic, port: str = "") -> str:
    """Protocol and destination ports as people say them: `tcp 443`, `icmp`, `protocol 47`; `port` stands in for one."""
    name = {-1: "all traffic", 1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}.get(
        traffic.protocol, f"protocol {traffic.protocol}"
    )
    if not traffic.has_ports:
        return name
    low, high = traffic.ports
    return f"{name} {port or low}" if low == high else f"{name} {low}-{high}"
