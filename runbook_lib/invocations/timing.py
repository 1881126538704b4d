"""How long an invocation takes that fails for want of an answer, computed from its SDK and its Timeout.

Connecting costs attempts × addresses × connect timeout, waiting for an answer attempts × read timeout; between attempts
the SDK waits a random time. AWS ends the invocation at the function's Timeout, whatever the SDK would still try.

Sources (read 2026-11-21)
    Backoff of the standard mode: at most 20 s, a random part of it,
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html; of boto3's legacy mode: a random part
    of 2^i seconds, https://github.com/boto/botocore/blob/develop/botocore/retryhandler.py. botocore 1.44 scales it by
    0.05 when nothing was throttled; the bounds here hold for older ones too
    Linux gives up a connection after 127 s, or 131 s where the first SYNs are repeated every second,
    https://docs.kernel.org/networking/ip-sysctl.html (tcp_syn_retries, tcp_syn_linear_timeouts)
    Function Timeout: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from runbook_lib.invocations.base import ErrorClass
from runbook_lib.model.sdk import RetryMode, Sdk

__all__ = ["EARLY_S", "LATE_S", "Expectation", "connect_budget", "expected_failures", "explain", "read_budget"]

EARLY_S = 0.1
"""How much shorter than expected a duration may be: clocks and rounding."""

LATE_S = 5.0
"""How much longer than expected a duration may be: what the function does before and after the call that fails."""

_LATE_KILL_S = 1.0
_KERNEL_CONNECT_S = (127.0, 131.0)
_MAX_BACKOFF_S = {RetryMode.LEGACY: math.inf, RetryMode.STANDARD: 20.0, RetryMode.ADAPTIVE: 20.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """How long an invocation takes when it fails for a cause: from shortest to longest, and why in words."""

    cause: ErrorClass
    shortest_s: float
    longest_s: float
    text: str

    def fits(self, duration_s: float) -> bool:
        """Whether a duration is explained by it, with room for clocks and for the rest of the function's work."""
        late_s = _LATE_KILL_S if self.cause is ErrorClass.FUNCTION_TIMEOUT else LATE_S
        return self.shortest_s - EARLY_S <= duration_s <= self.longest_s + late_s


def connect_budget(sdk: Sdk) -> Expectation:
    """How long the SDK tries to connect before it reports a connect timeout."""
    tries = sdk.attempts * (sdk.addresses if sdk.each_address else 1)
    shortest_s, longest_s = (tries * min(sdk.connect_timeout_s, limit_s) for limit_s in _KERNEL_CONNECT_S)
    by_kernel = sdk.connect_timeout_s > min(_KERNEL_CONNECT_S)
    each = "the kernel's limit of 127 s to 131 s" if by_kernel else f"{sdk.connect_timeout_s:,g} s"
    sharing = "" if sdk.each_address else " for all addresses together"
    addresses = f" × {sdk.addresses} address(es)" if sdk.each_address else ""
    return Expectation(
        cause=ErrorClass.CONNECT_TIMEOUT,
        shortest_s=shortest_s,
        longest_s=longest_s + _backoff_s(sdk),
        text=f"{sdk.attempts} attempt(s){addresses} × {each} to connect{sharing}{_pauses(sdk)}",
    )


def read_budget(sdk: Sdk) -> Expectation:
    """How long the SDK waits for answers before it reports a read timeout; infinite when it sets no read timeout."""
    shortest_s = sdk.attempts * sdk.read_timeout_s
    each = "no read timeout" if math.isinf(sdk.read_timeout_s) else f"{sdk.read_timeout_s:,g} s to read"
    return Expectation(
        cause=ErrorClass.READ_TIMEOUT,
        shortest_s=shortest_s,
        longest_s=shortest_s + _backoff_s(sdk),
        text=f"{sdk.attempts} attempt(s) × {each}{_pauses(sdk)}",
    )


def expected_failures(sdk: Sdk, function_timeout_s: float | None) -> tuple[Expectation, ...]:
    """The durations to expect: SDK timeouts that end before the function's Timeout, and that Timeout last.

    None is a Timeout that is not known: then only the SDK's own are given.
    """
    budgets = (connect_budget(sdk), read_budget(sdk))
    limit_s = math.inf if function_timeout_s is None else function_timeout_s
    reported = tuple(
        replace(item, longest_s=min(item.longest_s, limit_s)) for item in budgets if item.shortest_s < limit_s
    )
    if function_timeout_s is None:
        return reported
    cut = [f"{item.cause.replace('_', ' ')} ({item.text})" for item in budgets if item.longest_s >= limit_s]
    why = f", before the SDK need report a {' or a '.join(cut)}" if cut else "; the SDK would have given up before"
    killed = Expectation(
        cause=ErrorClass.FUNCTION_TIMEOUT,
        shortest_s=function_timeout_s,
        longest_s=function_timeout_s,
        text=f"the function's own Timeout of {function_timeout_s:,g} s{why}",
    )
    return (*reported, killed)


def explain(duration_s: float, expectations: Iterable[Expectation]) -> tuple[Expectation, ...]:
    """The expectations that a duration fits, in their order; at the function's Timeout it is that one alone."""
    listed = tuple(expectations)
    killed = tuple(item for item in listed if item.cause is ErrorClass.FUNCTION_TIMEOUT)
    if any(duration_s >= item.shortest_s - EARLY_S for item in killed):
        return tuple(item for item in killed if item.fits(duration_s))
    return tuple(item for item in listed if item.fits(duration_s))


def _backoff_s(sdk: Sdk) -> float:
    """The longest that all pauses between attempts can be together; the shortest is 0."""
    return sum(min(2.0**pause, _MAX_BACKOFF_S[sdk.mode]) for pause in range(sdk.attempts - 1))


def _pauses(sdk: Sdk) -> str:
    return f" and up to {_backoff_s(sdk):,g} s between attempts" if sdk.attempts > 1 else ""
