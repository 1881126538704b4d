"""Every cause that is weighed, in the order in which equally supported ones are named."""

from __future__ import annotations

from runbook_lib.invocations.case import Cause
from runbook_lib.invocations.causes import idle, named, nat_port_exhaustion, running, ways

__all__ = ["CAUSES"]

CAUSES: tuple[Cause, ...] = (
    ways.EVERYWHERE,
    ways.ONE_SUBNET,
    nat_port_exhaustion.CAUSE,
    ways.EPHEMERAL,
    named.PERMISSIONS,
    named.DNS,
    idle.CAUSE,
    running.THROTTLING,
    named.DOWNSTREAM,
    named.MEMORY,
    named.PAYLOAD,
    running.COLD_START,
    running.RETRY_BUDGET,
    running.FUNCTION_TIMEOUT,
)
