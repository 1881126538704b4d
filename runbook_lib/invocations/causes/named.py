"""Causes that an error message names outright: DNS, permissions, the far side, memory, payload.

A connection that is refused or reset was answered by a host: rules that drop packets stay silent. Source:
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html (read 2026-11-21)
"""

from __future__ import annotations

from runbook_lib.invocations.base import ErrorClass, Outcome, Plausibility
from runbook_lib.invocations.case import NO_CONNECTION, Case, Cause, Scale, Weighed
from runbook_lib.invocations.causes.common import by_class, nothing_failed, of_failures
from runbook_lib.invocations.payloads import too_large

__all__ = ["DNS", "DOWNSTREAM", "MEMORY", "PAYLOAD", "PERMISSIONS"]

_SLOW = frozenset({ErrorClass.READ_TIMEOUT, ErrorClass.THROTTLED})
_ANSWERED = _SLOW | {ErrorClass.CONNECTION_REFUSED, ErrorClass.TLS, ErrorClass.TOO_MANY_CONNECTIONS}


def dns(case: Case) -> Weighed:
    """Names do not resolve."""
    found = by_class(case, "dns", {ErrorClass.DNS}, "a name that did not resolve")
    if case.known.dns_support is False and found.hypothesis.verdict is not Plausibility.RULED_OUT:
        scale = Scale(found.hypothesis.supporting, found.hypothesis.opposing, found.proofs)
        return scale.proof("DNS support of the VPC is off.").says("dns", Plausibility.LIKELY)
    return found


def permissions(case: Case) -> Weighed:
    """The call is answered, with a refusal: that is quick, however many calls are refused."""
    found = by_class(case, "permissions", {ErrorClass.ACCESS_DENIED}, "a missing permission")
    scale = Scale(found.hypothesis.supporting, found.hypothesis.opposing, found.proofs)
    verdict = found.hypothesis.verdict
    took = sorted(item.duration_ms for item in case.failing({ErrorClass.ACCESS_DENIED}) if item.duration_ms is not None)
    if took:
        said = f"The refused invocations lasted {took[0] / 1000:,.1f} to {took[-1] / 1000:,.1f} s, answers included."
        return scale.plus(said).says("permissions", verdict)
    if verdict is Plausibility.RULED_OUT and (silent := case.failing(NO_CONNECTION)):
        said = f"{of_failures(case, len(silent))} got no answer at all: a refusal is an answer, and comes at once."
        return scale.minus(said[0].upper() + said[1:]).says("permissions", verdict)
    return found


def downstream(case: Case) -> Weighed:
    """The far side is slow, limits the rate or refuses."""
    return by_class(case, "downstream", _ANSWERED, "an answer of the far side that came late, limited or refused")


def memory(case: Case) -> Weighed:
    """The function needs more memory than it has."""
    full = [
        item
        for item in case.failures
        if item.memory_used_mb and item.memory_size_mb and item.memory_used_mb >= item.memory_size_mb
    ]
    found = by_class(case, "memory", {ErrorClass.OUT_OF_MEMORY}, "a lack of memory")
    if full and found.hypothesis.verdict is not Plausibility.LIKELY:
        scale = Scale(found.hypothesis.supporting, found.hypothesis.opposing, found.proofs)
        said = f"{of_failures(case, len(full))} used all of the memory the function has."
        return scale.plus(said).says("memory", Plausibility.POSSIBLE)
    return found


def payload(case: Case) -> Weighed:
    """A request or an answer is larger than the service takes."""
    if quiet := nothing_failed(case, "payload"):
        return quiet
    found = [item for item in case.failures if item.detail and too_large(item.detail)]
    if found:
        verb = "names" if len(found) == 1 else "name"
        said = f"{of_failures(case, len(found))} {verb} a payload that is too large."
        is_most = 2 * len(found) > len(case.failures)
        return Scale().proof(said).says("payload", Plausibility.LIKELY if is_most else Plausibility.POSSIBLE)
    mute = [item for item in case.failures if item.outcome is Outcome.FAILURE and not item.detail]
    if mute:
        return Scale().minus("Not every failure says why.").says("payload", Plausibility.CANNOT_TELL)
    return Scale().minus("No failure names a payload.").says("payload", Plausibility.RULED_OUT)


DNS = Cause(name="dns", title="names that do not resolve", weigh=dns)
PERMISSIONS = Cause(name="permissions", title="a missing permission", weigh=permissions)
DOWNSTREAM = Cause(name="downstream", title="a slow, limiting or refusing far side", weigh=downstream)
MEMORY = Cause(name="memory", title="too little memory", weigh=memory)
PAYLOAD = Cause(name="payload", title="a payload that is too large", weigh=payload)
