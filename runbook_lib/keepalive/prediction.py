"""What a client will see when its connection was idle behind a NAT gateway: the model that a real kernel is held to.

A NAT gateway that forgot a connection answers the next packet of the client with RST, and loses what the server sends
without a word. So a client that sends something learns of it at once, and one that only waits never does.
Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html (read 2026-11-21)
"""

from __future__ import annotations

from runbook_lib.model.keepalive import IdleOutcome, Situation

__all__ = ["predict"]


def predict(
    situation: Situation,
    *,
    so_keepalive: bool,
    time_s: float,
    interval_s: float,
    limit_s: float,
    idle_s: float,
    read_timeout_s: float,
) -> IdleOutcome:
    """The outcome for a connection that is idle for `idle_s`, then reused by the client or answered by the server.

    Probes come after `time_s`, then every `interval_s`; the connection is forgotten when `limit_s` pass without one.
    A reused connection is reset, whether the late packet is the request itself or a probe before it. A client that
    waits for an answer learns of the loss only from a late probe of its own, if one comes within `read_timeout_s`;
    without one it hangs until then.
    """
    forgotten_s = _forgotten_at_s(so_keepalive, time_s, interval_s, limit_s)
    if forgotten_s is None or idle_s < forgotten_s:
        return IdleOutcome.OK
    if situation is Situation.REUSE:
        return IdleOutcome.RESET
    late_s = time_s if time_s >= limit_s else time_s + interval_s
    return IdleOutcome.RESET if so_keepalive and late_s < read_timeout_s else IdleOutcome.HANGS


def _forgotten_at_s(so_keepalive: bool, time_s: float, interval_s: float, limit_s: float) -> float | None:
    """Seconds after the last packet with data at which the NAT gateway forgets the connection; None: never."""
    if not so_keepalive or time_s >= limit_s:
        return limit_s
    return time_s + limit_s if interval_s >= limit_s else None
