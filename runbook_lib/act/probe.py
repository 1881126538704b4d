"""Looks from inside: a small function with the same subnets and security groups tries the way, and is removed again.

The network interfaces of Lambda belong to a combination of subnet and security groups and are shared, so the probe uses
those of the function itself. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runbook_lib.act.belongings import PREFIX, Belongings
from runbook_lib.act.consent import FunctionName, cost_usd, function_named, require
from runbook_lib.act.destinations import STEP_S, payload_of
from runbook_lib.act.journal import Journal
from runbook_lib.act.outcome import Ledger, Outcome
from runbook_lib.act.permits import digest
from runbook_lib.act.probe_handler import NOT_TRIED
from runbook_lib.act.ready import Readiness, opened
from runbook_lib.collect.connection import Connection
from runbook_lib.collect.redact import redact_text
from runbook_lib.errors import UsageError
from runbook_lib.model.actions import ProbeResult
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import Raw
from runbook_lib.model.progress import Progress, Step, silent
from runbook_lib.model.snapshot import CallError

__all__ = ["PROBE", "Probe", "probe_consent", "run_probe"]

PROBE = "lambda:CreateFunction"
_CONFIGURATION = "lambda:GetFunctionConfiguration"
_MOST_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What to reach, as `host`, `host:port` or URL, from each subnet of a function; `wait_s` for each change."""

    destinations: tuple[str, ...]
    wait_s: float = 300.0


def probe_consent(function_arn: str, destinations: tuple[str, ...], subnets: int) -> Consent:
    """What a probe beside a function asks consent for: one invocation for each of its subnets.

    Raises UsageError for destinations that cannot be probed.
    """
    function = function_named(function_arn)
    return Consent(
        function_arn=function_arn,
        account=function.account,
        region=function.region,
        action=PROBE,
        maximum=subnets,
        payload_sha256=digest(payload_of(destinations)),
        cost_usd=cost_usd(subnets, timeout_s=_MOST_S, memory_mb=128),
    )


def run_probe(
    connection: Connection,
    consent: Consent,
    word: str,
    request: Probe,
    progress: Progress = silent,
    *,
    journal: Journal | None = None,
    pause: Callable[[float], Any] = time.sleep,
) -> Outcome:
    """One item per destination, resolved address and subnet; whatever happens, what was made is removed again.

    It makes a role without access to data, a log group and a function, all named `runbook-probe-…`; the journal is
    told before. `left_behind` of the outcome says what was not seen to be gone. Raises ConsentError without a word of
    consent and UsageError for a wrong one, both before anything is called.
    """
    function = require(consent, word, PROBE)
    payload = payload_of(request.destinations)
    if digest(payload) != consent.payload_sha256:
        raise UsageError("consent is for other destinations than those that would be probed")
    clients, ledger = opened(connection, function)
    found = _placement(clients.get("lambda"), ledger, function, consent.maximum)
    if isinstance(found, str):
        return Outcome(key=ProbeResult.KEY, calls=ledger.calls, asked=consent.maximum, refused=found)
    if journal:
        journal.begin(consent, "probe", len(found))
    belongings = Belongings(
        clients,
        ledger,
        function,
        PREFIX + secrets.token_hex(4),
        pause=pause,
        invocations=len(found),
        payload_sha256=consent.payload_sha256,
        journal=journal,
    )
    ready = Readiness(clients, ledger, function_named(belongings.function_arn), None, pause=pause)
    visit = _Visit(belongings, ledger, ready, payload, request, progress, journal)
    items: list[Raw] = []
    stopped: str | None = None
    left: tuple[str, ...] = ()
    try:
        for item in visit.items(found):
            items.append(item)
        stopped = "; ".join([*visit.untried, *([visit.why] if visit.why else [])]) or None
    except KeyboardInterrupt:
        stopped = "interrupted"
    except (UsageError, OSError) as error:
        stopped = str(error)
    finally:
        left = _removed(belongings, progress)
    return Outcome(
        key=ProbeResult.KEY,
        items=tuple(items),
        calls=ledger.calls,
        asked=len(found),
        stopped=stopped,
        left_behind=left,
    )


def _placement(client: Any, ledger: Ledger, function: FunctionName, most: int) -> list[dict[str, Any]] | str:
    """The VpcConfig of the function for each of its subnets alone, or why there is none."""
    answer, error = ledger.ask(client, _CONFIGURATION, {"FunctionName": function.arn})
    if error and error.code == "ResourceNotFoundException":
        raise UsageError(f"there is no function {function.arn}")
    if error:
        return f"the subnets of {function.name} could not be read ({error.code}; needs {_CONFIGURATION})"
    config = answer.get("VpcConfig") or {}
    subnets, groups = config.get("SubnetIds") or [], config.get("SecurityGroupIds") or []
    if not subnets or not groups:
        return f"{function.name} is not in a VPC: there is no way to try"
    if len(subnets) > most:
        return f"{function.name} is in {len(subnets)} subnets, consent is for {most}"
    shared = {"SecurityGroupIds": groups, "Ipv6AllowedForDualStack": bool(config.get("Ipv6AllowedForDualStack"))}
    return [{"SubnetIds": [subnet], **shared} for subnet in subnets]


def _removed(belongings: Belongings, progress: Progress) -> tuple[str, ...]:
    """What was not seen to be gone; who interrupts once waits for it, who interrupts twice leaves it to the doctor."""
    progress(Step(f"removing {belongings.name}", 0, 1))
    try:
        told = belongings.remove()
    except KeyboardInterrupt:
        told = belongings.remove()
    except UsageError as error:
        return tuple(f"{kind} {belongings.name} was not removed: {error}" for kind in belongings.begun)
    return tuple(f"{thing.kind} {thing.name} {thing.why_left}" for thing in told if thing.why_left)


class _Visit:
    """The probe's tour of the subnets; `why` says what ended it early, `untried` what there was no time for."""

    def __init__(
        self,
        belongings: Belongings,
        ledger: Ledger,
        ready: Readiness,
        payload: str,
        request: Probe,
        progress: Progress,
        journal: Journal | None,
    ) -> None:
        self._journal = journal
        self._belongings = belongings
        self._ledger = ledger
        self._ready = ready
        self._payload = payload
        self._request = request
        self._progress = progress
        self.why: str | None = None
        self.untried: list[str] = []

    def items(self, placements: list[dict[str, Any]]) -> Iterator[Raw]:
        """The items of one subnet after the other."""
        for number, placement in enumerate(placements):
            subnet_id = placement["SubnetIds"][0]
            self._progress(Step(f"probing from {subnet_id}", number, len(placements)))
            error = self._belongings.move(placement) if number else self._belongings.make(placement)
            self.why = _text(error) if error else self._await()
            if self.why:
                return
            yield from self._ask(subnet_id)
            if self.why:
                return

    def _await(self) -> str | None:
        state = self._ready.look()
        found = state if isinstance(state, str) else self._ready.wait(state, self._request.wait_s, self._progress)
        return found if isinstance(found, str) else None

    def _ask(self, subnet_id: str) -> Iterator[Raw]:
        asked = {
            "FunctionName": self._belongings.name,
            "InvocationType": "RequestResponse",
            "Payload": self._payload.encode(),
        }
        if self._journal:
            self._journal.sent(f"probe-{subnet_id}")
        answer, error = self._ledger.ask(
            self._belongings.functions, "lambda:Invoke", asked, key=ProbeResult.KEY, action="lambda:InvokeFunction"
        )
        if error:
            self.why = f"the probe in {subnet_id} gave no answer: {_text(error)}"
            return
        said = _said(answer["Payload"].read())
        if answer.get("FunctionError") or said is None:
            self.why = (
                f"the probe in {subnet_id} failed ({answer.get('FunctionError') or 'no answer that can be read'})"
            )
            return
        for number, row in enumerate(self._tried(subnet_id, said), 1):
            yield _item(subnet_id, number, row)

    def _tried(self, subnet_id: str, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The rows without those of a destination that there was no time to try whole, unless it failed already."""
        untried = {row["destination"] for row in rows if _is_untried(row)}
        failed = {row["destination"] for row in rows if row.get("error") and not _is_untried(row)}
        if untried - failed:
            self.untried.append(f"no time was left to try {', '.join(sorted(untried - failed))} from {subnet_id}")
        return [row for row in rows if row["destination"] not in untried - failed and not _is_untried(row)]


def _said(body: bytes) -> list[Mapping[str, Any]] | None:
    try:
        rows = json.loads(body)["rows"]
    except (ValueError, TypeError, LookupError):
        return None
    return rows if isinstance(rows, list) else None


def _item(subnet_id: str, number: int, row: Mapping[str, Any]) -> Raw:
    error = row.get("error")
    return {
        "Number": f"probe-{subnet_id}-{number:03}",
        "SubnetId": subnet_id,
        "Destination": row["destination"],
        "Address": row.get("address"),
        "Stages": row.get("stages") or {},
        "HttpStatus": row.get("status"),
        "Error": None if error is None else redact_text(str(error)),
        "StepTimeoutSeconds": STEP_S,
    }


def _is_untried(row: Mapping[str, Any]) -> bool:
    return str(row.get("error")).startswith(NOT_TRIED)


def _text(error: CallError) -> str:
    return f"{error.code}: {error.message}"
