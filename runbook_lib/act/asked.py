"""What is asked for: one invocation or a burst of them, and the bounds that hold whatever is asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum

from runbook_lib.act.assertions import Assertion, compiled
from runbook_lib.act.permits import digest
from runbook_lib.errors import UsageError
from runbook_lib.model.consent import Consent

__all__ = ["MOST_AT_ONCE", "MOST_INVOCATIONS", "Burst", "Invoke", "Mode", "Prepared", "prepared"]

MOST_INVOCATIONS = 1000
MOST_AT_ONCE = 200
MOST_SECONDS = 3600.0
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (read 2026-11-21)
_MB = 1024 * 1024
_QUALIFIER = re.compile(r"\$LATEST|[\w-]{1,128}")


class Mode(StrEnum):
    """Lambda's invocation types: wait for the response, or queue an event that Lambda may try up to three times."""

    REQUEST_RESPONSE = "RequestResponse"
    EVENT = "Event"

    @property
    def most_bytes(self) -> int:
        """The largest payload that Lambda takes."""
        return 6 * _MB if self is Mode.REQUEST_RESPONSE else _MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoke:
    """One invocation: a JSON payload to a version or alias (None: $LATEST), and what the response must satisfy.

    `wait_s` is how long to wait until the function can be invoked. An event has no response to assert anything about.
    """

    payload: str = field(default="{}", repr=False)
    qualifier: str | None = None
    assertion: str = ""
    mode: Mode = Mode.REQUEST_RESPONSE
    wait_s: float = 300.0
    allow_production: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """`count` invocations, `concurrency` of them at the same time, within `seconds` and `max_cost_usd`.

    After `seconds` nothing more is sent and no answer is waited for.
    """

    invoke: Invoke = field(default_factory=Invoke)
    count: int = 10
    concurrency: int = 10
    seconds: float = 900.0
    max_cost_usd: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that was found to be in order: payload as it is sent, its SHA-256, and the compiled assertion."""

    payload: bytes = field(repr=False)
    payload_sha256: str
    qualifier: str | None
    assertion: Assertion | None
    mode: Mode


def prepared(invoke: Invoke) -> Prepared:
    """The request, checked. Raises UsageError in one line for a payload, qualifier or assertion that cannot be sent."""
    body = invoke.payload.encode()
    if len(body) > invoke.mode.most_bytes:
        raise UsageError(
            f"payload is {len(body):,} bytes; Lambda takes at most {invoke.mode.most_bytes:,} for {invoke.mode}"
        )
    try:
        json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"payload is not JSON: {error}") from None
    if invoke.qualifier is not None and not _QUALIFIER.fullmatch(invoke.qualifier):
        raise UsageError(f"not a version or alias: {invoke.qualifier!r}")
    assertion = compiled(invoke.assertion)
    if assertion and invoke.mode is Mode.EVENT:
        raise UsageError("an event has no response: leave the assertion out, or invoke with RequestResponse")
    return Prepared(
        payload=body,
        payload_sha256=digest(body),
        qualifier=invoke.qualifier,
        assertion=assertion,
        mode=invoke.mode,
    )


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON value")


def check_bounds(burst: Burst, *, count: str = "count", seconds: str = "seconds") -> None:
    """Raises UsageError when a burst is larger than any may be; `count` and `seconds` are how these are called."""
    for what, value, most in (
        (count, burst.count, MOST_INVOCATIONS),
        ("concurrency", burst.concurrency, MOST_AT_ONCE),
    ):
        if value > most:
            raise UsageError(f"{what} is {value:,}; at most {most:,} are possible")
        if value < 1:
            raise UsageError(f"{what} is {value:,}; at least 1 is needed")
    if not 0 < burst.seconds <= MOST_SECONDS:
        raise UsageError(f"{seconds} is {burst.seconds:g}; more than 0 and at most {MOST_SECONDS:g} are possible")


def check_covers(consent: Consent, request: Prepared, count: int, max_cost_usd: float) -> None:
    """Raises UsageError when a consent is not for these invocations, or for more money than the request allows."""
    if consent.payload_sha256 != request.payload_sha256:
        raise UsageError("consent is for another payload than the one that would be sent")
    if consent.maximum < count:
        raise UsageError(f"consent is for {consent.maximum:,} invocations, {count:,} are asked for")
    if consent.cost_usd > max_cost_usd:
        raise UsageError(f"this may cost ${consent.cost_usd:.4f}, more than the ${max_cost_usd:.4f} allowed")
