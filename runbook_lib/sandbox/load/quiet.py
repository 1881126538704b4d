"""What a NAT gateway reports in a minute in which nothing happens: a few connections of services that poll."""

from __future__ import annotations

from runbook_lib.sandbox.load.records import MINUTE_S, Numbers

__all__ = ["NAT_METRICS", "quiet_minute"]

_HELD = (14, 15, 13, 14, 16, 15, 14)
_PACKETS = 30
_PACKET_BYTES = 412

NAT_METRICS = (
    "ActiveConnectionCount",
    "BytesInFromDestination",
    "BytesInFromSource",
    "BytesOutToDestination",
    "BytesOutToSource",
    "ConnectionAttemptCount",
    "ConnectionEstablishedCount",
    "ErrorPortAllocation",
    "IdleTimeoutCount",
    "PacketsDropCount",
    "PacketsInFromDestination",
    "PacketsInFromSource",
    "PacketsOutToDestination",
    "PacketsOutToSource",
    "PeakBytesPerSecond",
    "PeakPacketsPerSecond",
)
"""https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html"""

_NEVER = ("ErrorPortAllocation", "IdleTimeoutCount", "PacketsDropCount")


def quiet_minute(metric: str, minute: int) -> Numbers | None:
    """The numbers of a metric in the minute that starts at `minute`; None for a metric NAT gateways do not have."""
    if metric not in NAT_METRICS:
        return None
    if metric in _NEVER:
        return Numbers.one(0.0)
    held = _HELD[minute // MINUTE_S % len(_HELD)]
    if metric == "ActiveConnectionCount":
        return Numbers.one(float(held))
    if metric.startswith("Connection"):
        return Numbers.one(float(held // 2))
    if metric == "PeakPacketsPerSecond":
        return Numbers.one(float(held))
    if metric == "PeakBytesPerSecond":
        return Numbers.one(float(held * _PACKET_BYTES))
    packets = float(held * _PACKETS)
    return Numbers.one(packets * _PACKET_BYTES if metric.startswith("Bytes") else packets)
