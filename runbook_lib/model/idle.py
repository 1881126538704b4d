"""What the clients of a run are asked to survive."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Keepalive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """What is asked about idle connections.

    `idle_limit_s` is the idle limit of the path in seconds as somebody told it; None: that of the devices on the
    traced path. `caller_log` names the log of a caller that was given, "" when none was; `function` is the Lambda
    function it calls, by name, "" for those of the target.
    """

    idle_limit_s: float | None = None
    caller_log: str = ""
    function: str = ""
