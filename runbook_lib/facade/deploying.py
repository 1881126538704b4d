"""What is asked of a deployment: the requests to send and what they may cost, checked before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from runbook_lib.act.asked import Burst, Invoke, Mode, check_bounds, prepared
from runbook_lib.act.consent import function_named, invocation_consent
from runbook_lib.act.destinations import payload_of
from runbook_lib.act.ready import require_version
from runbook_lib.collect.redact import redact_text
from runbook_lib.collect.terraform import TerraformRead, read_terraform
from runbook_lib.errors import FactMissing, UsageError, unknown_name
from runbook_lib.facade.choosing import words_of
from runbook_lib.facade.joining import agreed_item
from runbook_lib.facade.sources import Source
from runbook_lib.invocations.bounds import runs_needed
from runbook_lib.model.actions import TerraformOutput, TerraformState
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.interfaces import Function
from runbook_lib.model.snapshot import Snapshot, listing_of
from runbook_lib.sandbox.environment import ACCOUNT
from runbook_lib.sandbox.scenarios import find

__all__ = [
    "ROLES",
    "Errand",
    "Patience",
    "Purpose",
    "check_word",
    "outputs_named",
    "probed_names",
    "require_sense",
    "with_terraform",
]

ROLES = (
    *("endpoint_id", "endpoint_state"),
    *("function_name", "function_arn", "function_version", "subnet_ids", "security_group_ids"),
)
"""What an output of Terraform can tell of a deployment."""

_MOST_AT_ONCE = 200
_LONGEST_WAIT_S = 3600
_SANDBOX_ASSERTION = "ok"
_MEMORY_MB = 128
_TIMEOUT_S = 900.0


class Purpose(StrEnum):
    """What something is sent for; WHOLE stands for everything that is agreed to at once."""

    SMOKE = "smoke"
    BURST = "burst"
    EVENT = "event"
    PROBE = "probe"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """The requests to send: one first, then `burst` of them, `concurrency` at the same time (0: all), then `events`.

    Every response must satisfy `assertion` and take from `shortest_ms` to `longest_ms` (0: any time); `wanted_rate` is
    the success rate to be shown (0: none). Raises UsageError for whatever could not be sent.
    """

    payload: str = field(default="{}", repr=False)
    assertion: str = ""
    qualifier: str = ""
    burst: int = 10
    concurrency: int = 0
    events: int = 0
    seconds: float = 300.0
    max_cost_usd: float = 1.0
    allow_production: bool = False
    shortest_ms: float = 0.0
    longest_ms: float = 0.0
    wanted_rate: float = 0.0

    def __post_init__(self) -> None:
        for name in ("burst", "concurrency", "events", "shortest_ms", "longest_ms", "max_cost_usd"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} cannot be negative, found {getattr(self, name)}")
        if self.longest_ms and self.shortest_ms >= self.longest_ms:
            raise UsageError(f"shortest_ms {self.shortest_ms:g} is not below longest_ms {self.longest_ms:g}")
        try:
            runs_needed(self.wanted_rate)
        except UsageError as error:
            raise UsageError(f"wanted_rate: {error}") from None
        prepared(self.smoke)
        for count, salvo in (("burst", self.salvo), ("events", self.queue)):
            if salvo is not None:
                prepared(salvo.invoke)
                check_bounds(salvo, count=count, seconds="burst_s")
        if self.concurrency > self.burst:
            has = f"has {self.burst:,} requests" if self.burst else "is not asked for"
            raise UsageError(f"concurrency is {self.concurrency:,}, but the burst {has}")

    @property
    def smoke(self) -> Invoke:
        """The first request."""
        return Invoke(
            payload=self.payload,
            qualifier=self.qualifier or None,
            assertion=self.assertion,
            allow_production=self.allow_production,
        )

    @property
    def salvo(self) -> Burst | None:
        """Those at the same time, None when none are asked for."""
        if not self.burst:
            return None
        at_once = self.concurrency or min(self.burst, _MOST_AT_ONCE)
        return Burst(
            invoke=self.smoke,
            count=self.burst,
            concurrency=at_once,
            seconds=self.seconds,
            max_cost_usd=self.max_cost_usd,
        )

    @property
    def queue(self) -> Burst | None:
        """The asynchronous ones, None when none are asked for."""
        if not self.events:
            return None
        event = replace(self.smoke, mode=Mode.EVENT, assertion="")
        at_once = min(self.events, _MOST_AT_ONCE)
        return Burst(
            invoke=event,
            count=self.events,
            concurrency=at_once,
            seconds=self.seconds,
            max_cost_usd=self.max_cost_usd,
        )

    def of(self, source: Source) -> Errand:
        """The errand with what a scenario sets where nothing was given: its functions answer `ok`, in a known time."""
        if source.scenario is None:
            return self
        told = find(source.scenario).deploy
        assertion = self.assertion or source.defaults.get("assertion", _SANDBOX_ASSERTION)
        if self.shortest_ms or self.longest_ms:
            return replace(self, assertion=assertion)
        return replace(self, assertion=assertion, longest_ms=float(told.get("longest_ms", 0)))

    @property
    def told(self) -> dict[str, Any]:
        """The errand as notebook parameters, and how many of the burst run at the same time."""
        return {**self.to_json(), "at_once": self.salvo.concurrency if self.salvo else 0}

    def to_json(self) -> dict[str, Any]:
        """The errand as notebook parameters."""
        return {
            "payload": redact_text(self.payload),
            "assertion": self.assertion,
            "qualifier": self.qualifier,
            "allow_production": self.allow_production,
            "burst": self.burst,
            "concurrency": self.concurrency,
            "events": self.events,
            "burst_s": self.seconds,
            "max_cost_usd": self.max_cost_usd,
            "shortest_ms": self.shortest_ms,
            "longest_ms": self.longest_ms,
            "wanted_rate": self.wanted_rate,
        }

    def agreed(self, consents: Mapping[Purpose, Consent]) -> tuple[Raw, ...]:
        """What is asked for, as the snapshot keeps it; purposes for which nothing is asked are left out."""
        at_once = self.salvo.concurrency if self.salvo else 0
        asked = ((Purpose.SMOKE, 1, 1), (Purpose.BURST, self.burst, at_once), (Purpose.EVENT, self.events, 0))
        wanted = {
            "ShortestMs": self.shortest_ms,
            "LongestMs": self.longest_ms or None,
            "WantedRate": self.wanted_rate,
        }
        return tuple(
            agreed_item(purpose, consents[purpose], count, AtOnce=most, **wanted)
            for purpose, count, most in asked
            if count
        )

    def consents(self, function: Function) -> dict[Purpose, Consent]:
        """What to agree to per purpose, and all of it together as WHOLE.

        A function that is Inactive needs one request more, in vain. Raises FactMissing without the function's ARN.
        """
        if not function.arn:
            raise FactMissing(f"the ARN of {function.id}", "lambda:ListFunctions")
        memory = function.raw.get("MemorySize")
        times = {Purpose.SMOKE: (2, 1), Purpose.BURST: (self.burst, 1), Purpose.EVENT: (self.events, 3)}
        parts = {
            purpose: invocation_consent(
                function.arn,
                times=count,
                attempts=attempts,
                payload_sha256=prepared(self.smoke).payload_sha256,
                timeout_s=function.timeout_s or _TIMEOUT_S,
                memory_mb=memory if isinstance(memory, int) else _MEMORY_MB,
            )
            for purpose, (count, attempts) in times.items()
            if count
        }
        whole = replace(
            parts[Purpose.SMOKE],
            maximum=sum(part.maximum for part in parts.values()),
            cost_usd=sum(part.cost_usd for part in parts.values()),
        )
        if whole.cost_usd > self.max_cost_usd:
            cost = f"${whole.cost_usd:.4f}"
            raise UsageError(
                f"this may cost {cost}, more than max_cost_usd {self.max_cost_usd:g}: send fewer or allow it"
            )
        return {**parts, Purpose.WHOLE: whole}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for the log and the metrics of what was sent, in seconds. UsageError beyond an hour."""

    log_s: int = 600
    metric_s: int = 300

    def __post_init__(self) -> None:
        for name, seconds in (("log_wait_s", self.log_s), ("metric_wait_s", self.metric_s)):
            if not 0 <= seconds <= _LONGEST_WAIT_S:
                raise UsageError(f"{name} is {seconds:,}; 0 to {_LONGEST_WAIT_S:,} are possible")


def require_sense(values: Mapping[str, Any], source: Source) -> None:
    """UsageError for parameters of a deployment that make no sense, before anything is read or started."""
    Errand(
        payload=values["payload"],
        assertion=values["assertion"],
        qualifier=values["qualifier"],
        burst=values["burst"],
        concurrency=values["concurrency"],
        events=values["events"],
        seconds=values["burst_s"],
        max_cost_usd=values["max_cost_usd"],
        shortest_ms=values["shortest_ms"],
        longest_ms=values["longest_ms"],
        wanted_rate=values["wanted_rate"],
    )
    Patience(log_s=values["log_wait_s"], metric_s=values["metric_wait_s"])
    names = probed_names(values["probe"])
    if values["probe_consent"] and not names:
        raise UsageError("probe_consent is given, but probe names no destination")
    for name in ("consent", "probe_consent"):
        check_word(values[name], source, values["function_name"], values["region"])
    read = read_terraform(values["terraform"], "", values["workspace"]) if values["terraform"] else None
    outputs_named(values["outputs"], read)
    if values["qualifier"] and source.kind != "snapshot":
        _require_version(values["consent"] or values["function_name"] or source.default_function, values, source)


def _require_version(function: str, values: Mapping[str, Any], source: Source) -> None:
    """UsageError for a version or alias that does not exist: one call, before a kernel is started for nothing."""
    if function:
        with source:
            require_version(source.connection(), function, values["qualifier"])


def check_word(word: str, source: Source, function: str, region: str) -> None:
    """UsageError for a consent that cannot be for this function, as far as that is known before anything is read."""
    if not word:
        return
    named = function_named(word)
    if source.kind == "snapshot":
        raise UsageError("saved facts cannot be invoked: leave consent out, or name source aws")
    if source.scenario is not None:
        function, region = function or source.default_function, find(source.scenario).region
        if named.account != ACCOUNT:
            raise UsageError(f"consent is for account {named.account}, the sandbox is {ACCOUNT}")
    wanted = function.rpartition(":function:")[2].partition(":")[0]
    for what, given, expected in (("function", named.name, wanted), ("Region", named.region, region)):
        if expected and given != expected:
            raise UsageError(f"consent is for {what} {given}, but {expected} is looked at")


def outputs_named(text: str, read: TerraformRead | None) -> Mapping[str, str]:
    """Mapping role → name of the output, from `endpoint_id=s3_endpoint_id, subnet_ids=private_subnets`.

    Empty are the outputs that bear the names of roles. UsageError for a role that does not exist, for names without
    Terraform, and for a state none of whose outputs is meant.
    """
    words = words_of(text)
    if read is None:
        if words:
            raise UsageError("outputs are named, but no Terraform folder or file is")
        return {}
    found: dict[str, str] = {}
    for word in words:
        role, equals, name = (part.strip() for part in word.partition("="))
        if role not in ROLES:
            raise unknown_name("role of an output", role, ROLES)
        if not equals or not name:
            raise UsageError(f"outputs: {word!r} names no output; expected {role}=<name of the output>")
        found[role] = name
    present = {str(item["Name"]) for item in read.outputs}
    found = found or {role: role for role in ROLES if role in present}
    if not found:
        listed = ", ".join(sorted(present)) or "none"
        raise UsageError(
            f"outputs names none, and no output has the name of a role ({', '.join(ROLES)}); there are {listed}"
        )
    return found


def probed_names(text: str) -> tuple[str, ...]:
    """The destinations of a probe by the names that it gives them; UsageError for what cannot be probed."""
    words = words_of(text)
    return tuple(item["name"] for item in json.loads(payload_of(words))["destinations"]) if words else ()


def with_terraform(snapshot: Snapshot, read: TerraformRead | None, scope: Scope, asked: Mapping[str, str]) -> Snapshot:
    """The snapshot with what Terraform told, which outputs are asked for, and what is doubtful about it."""
    if read is None:
        return snapshot
    outputs, problems = listing_of(TerraformOutput.KEY, scope, read.outputs, read.incomplete)
    states, more = listing_of(TerraformState.KEY, scope, [{**item, "AskedFor": dict(asked)} for item in read.states])
    listings = {**snapshot.listings, (scope, TerraformOutput.KEY): outputs, (scope, TerraformState.KEY): states}
    return replace(snapshot, listings=listings, gaps=(*snapshot.gaps, *read.gaps, *problems, *more))
