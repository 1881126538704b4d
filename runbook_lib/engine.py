"""Run checks over a snapshot, prove fixes on changed copies, and come to a verdict.

The one place where any exception is caught: a check that crashes is an UNKNOWN finding, never a pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from runbook_lib.checks import CHECKS
from runbook_lib.checks.base import Check, Settings
from runbook_lib.errors import FactMissing, UsageError, unknown_name
from runbook_lib.fixes import PROPOSERS
from runbook_lib.fixes.base import Proposal
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.finding import Evidence, Finding, Fix, ResourceRef
from runbook_lib.model.headline import headline_of
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.model.observations import EVENTS_KEY, LogGroup, MetricSeries
from runbook_lib.model.roles import PolicySimulation
from runbook_lib.model.snapshot import CallRecord, Snapshot
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.model.target import Target
from runbook_lib.network.view import View
from runbook_lib.network.whatif import apply

__all__ = [
    "COLLECTION",
    "DEFAULT_FAMILIES",
    "OBSERVATIONS",
    "Evaluation",
    "evaluate",
    "is_observed",
    "keys_of",
    "select_checks",
    "verdict_of",
]

DEFAULT_FAMILIES = ("endpoints", "path", "nat", "function")
OBSERVATIONS = frozenset({EVENTS_KEY, MetricSeries.KEY, NetworkInsightsAnalysis.KEY})
"""The snapshot keys of what was observed over a window of time, or by somebody else."""

# A failed invocation is a fact; a simulation or a log group that was not read takes nothing from what else decides.
_DECIDED_WITHOUT = frozenset({InvokeResult.KEY, LogGroup.KEY, PolicySimulation.KEY})

COLLECTION = "COL001"
"""The id of findings about calls that failed: the facts a run asked for were not all read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Findings in the order worst first, the checks not run with the reason, the verdict and its headline."""

    findings: tuple[Finding, ...]
    not_run: Mapping[str, str]
    verdict: Verdict
    headline: str


def evaluate(
    snapshot: Snapshot,
    settings: Settings,
    *,
    select: Iterable[str] = (),
    fail_on: Severity = Severity.MEDIUM,
    prove: bool = True,
) -> Evaluation:
    """Judge a target on a snapshot.

    `select` holds check ids and family names; empty means the default families. With `prove`, every FAIL gets its
    fixes, each tried on a changed copy. Raises UsageError for an unknown id or family.
    """
    checks, not_run = select_checks(select)
    findings = (*_ask(snapshot, settings, checks), *_unread(snapshot, settings.target, checks))
    if prove:
        findings = tuple(_with_fixes(snapshot, settings, checks, findings, finding) for finding in findings)
    ordered = tuple(sorted((_with_request_ids(snapshot, finding) for finding in findings), key=_worst_first))
    verdict = verdict_of(ordered, fail_on)
    return Evaluation(
        findings=ordered,
        not_run=not_run,
        verdict=verdict,
        headline=headline_of(settings.target, ordered, verdict, fail_on) + _not_judged(snapshot, checks),
    )


def select_checks(select: Iterable[str]) -> tuple[tuple[Check, ...], dict[str, str]]:
    """The checks named by ids and families, and the rest as id → reason. Raises UsageError for an unknown name."""
    wanted = [word.strip() for word in select if word.strip()]
    families = {check.META.family for check in CHECKS}
    ids = {check.META.id for check in CHECKS}
    for word in wanted:
        if word.upper() not in ids and word.lower() not in families:
            raise unknown_name("check or family", word, ids | families)
    names = {word.upper() for word in wanted} | {word.lower() for word in wanted or DEFAULT_FAMILIES}
    chosen = tuple(check for check in CHECKS if {check.META.id, check.META.family} & names)
    left = {check.META.id: "not selected" for check in CHECKS if check not in chosen}
    return chosen, left


def _ask(snapshot: Snapshot, settings: Settings, checks: Iterable[Check]) -> tuple[Finding, ...]:
    view = View(snapshot)
    return tuple(finding for check in checks for finding in _run(check, view, settings))


def keys_of(checks: Iterable[Check]) -> frozenset[str]:
    """The snapshot keys that checks read: what has to be collected for them."""
    return frozenset(key for check in checks for key in check.META.needs)


def is_observed(check: Check) -> bool:
    """True for a check of what was observed: on a changed copy of the network the past stays as it was."""
    return not OBSERVATIONS.isdisjoint(check.META.needs)


def _unread(snapshot: Snapshot, target: Target, checks: Iterable[Check]) -> Iterator[Finding]:
    """One UNKNOWN finding per call that failed or was cut short and whose facts the checks read.

    An invocation that failed is itself a fact: the checks of requests judge it.
    """
    needed = (keys_of(checks) | {""}) - _DECIDED_WITHOUT
    for call in snapshot.calls:
        if call.key not in needed or (call.error is None and not call.truncated):
            continue
        said = f"{call.error.code}: {call.error.message}" if call.error else "the answer was cut short"
        yield Finding(
            check_id=COLLECTION,
            status=Status.UNKNOWN,
            severity=Severity.MEDIUM,
            resource=ResourceRef(
                type="AWS::API::Operation", id=call.operation, account=call.scope.account, region=call.scope.region
            ),
            message=f"{call.operation} could not be read whole ({said}); {_remedy(call)}.",
            code="NOT_READ",
            scope=json.dumps(call.request, sort_keys=True, default=str) if call.request else "",
        )


def _remedy(call: CallRecord) -> str:
    if call.error is not None and call.error.is_denied:
        return f"allow {call.action} and run again"
    return f"run again (it needs {call.action})"


def _run(check: Check, view: View, settings: Settings) -> tuple[Finding, ...]:
    target = settings.target
    if target.unresolved is not None:
        return (check.META.not_read(target.ref, target.unresolved),)
    if not target.placements and not check.META.is_anywhere:
        return (check.META.not_applicable(target.ref, _outside(target)),)
    try:
        return tuple(check.check(view, settings))
    except FactMissing as gap:
        return (check.META.not_read(target.ref, gap),)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001  a crash must become UNKNOWN, whatever it was
        said = f"{check.META.id} crashed on {target.name} ({type(error).__name__}: {error}); please report it."
        return (check.META.unknown(target.ref, said, code="CHECK_CRASHED"),)


def _outside(target: Target) -> str:
    """That nothing about it lies in a VPC."""
    who = f"function {target.name}" if target.kind == "function" else target.name
    several = target.kind == "all" and len(target.outside_vpc) != 1
    return f"{who} {'are' if several else 'is'} not in a VPC: no VPC rule applies to {'them' if several else 'it'}."


def _with_fixes(
    snapshot: Snapshot, settings: Settings, checks: tuple[Check, ...], before: tuple[Finding, ...], finding: Finding
) -> Finding:
    proposer = PROPOSERS.get(finding.check_id)
    if finding.status is not Status.FAIL or proposer is None:
        return finding
    try:
        proposals = tuple(proposer(View(snapshot), settings, finding))
    except FactMissing:
        return finding
    return replace(
        finding, fixes=tuple(_proven(snapshot, settings, checks, before, finding, item) for item in proposals)
    )


def _proven(
    snapshot: Snapshot,
    settings: Settings,
    checks: tuple[Check, ...],
    before: tuple[Finding, ...],
    finding: Finding,
    proposal: Proposal,
) -> Fix:
    proven, reason = False, proposal.untried
    if proposal.edits:
        again = [check for check in checks if finding.check_id == check.META.id or not is_observed(check)]
        after = {item.key: item for item in _ask(apply(snapshot, proposal.edits), settings, again)}
        healed = _is_healed(finding, after, proposal.moves)
        already = {item.key for item in before if item.status in (Status.FAIL, Status.UNKNOWN)}
        broken = sorted(
            item.key
            for item in after.values()
            if item.status in (Status.FAIL, Status.UNKNOWN) and item.key not in already
        )
        proven = healed and not broken
        reason = _reason(finding, healed, broken, is_left=finding.key not in after)
    return Fix(
        title=proposal.title,
        terraform=proposal.terraform,
        cli=proposal.cli,
        proven=proven,
        reason=reason,
        warnings=proposal.warnings,
    )


def _is_healed(finding: Finding, after: Mapping[str, Finding], moves: bool) -> bool:
    """Whether a finding passes on the changed copy, or what took the place of its resource does."""
    if finding.key in after or not moves:
        return finding.key in after and after[finding.key].status is Status.PASS
    found = {item.status for item in after.values() if item.check_id == finding.check_id}
    return Status.PASS in found and found.isdisjoint({Status.FAIL, Status.UNKNOWN})


def _reason(finding: Finding, healed: bool, broken: list[str], *, is_left: bool) -> str:
    tried = "Tried on a copy of the network:"
    if healed and not broken and is_left:
        left = f"{finding.resource.id} is used no more, {finding.check_id} passes for what takes its place"
        return f"{tried} {left} and nothing else begins to fail."
    if not healed:
        return f"{tried} not enough on its own, {finding.key} still does not pass."
    if broken:
        return f"{tried} {finding.key} passes, but then {', '.join(broken)} does not, which did not fail before."
    return f"{tried} {finding.key} passes and nothing else begins to fail."


def _with_request_ids(snapshot: Snapshot, finding: Finding) -> Finding:
    return replace(finding, evidence=tuple(_with_request_id(snapshot, item) for item in finding.evidence))


def _with_request_id(snapshot: Snapshot, evidence: Evidence) -> Evidence:
    scopes = sorted((scope.pointer for scope in snapshot.scopes), key=len, reverse=True)
    scope = next((pointer for pointer in scopes if evidence.pointer.startswith(pointer + "/")), "")
    return replace(evidence, request_id=snapshot.request_id_of(evidence.operation, scope))


_STATUS_ORDER = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    return (_STATUS_ORDER.index(finding.status), -finding.severity.rank, finding.key)


def verdict_of(findings: Iterable[Finding], fail_on: Severity) -> Verdict:
    """FAIL, else UNKNOWN, else PASS, by the findings at or above `fail_on`; nothing checked at all is UNKNOWN."""
    listed = tuple(findings)
    counted = {finding.status for finding in listed if finding.severity.rank >= fail_on.rank}
    if Status.FAIL in counted:
        return Verdict.FAIL
    if Status.UNKNOWN in counted:
        return Verdict.UNKNOWN
    answered = any(finding.status in (Status.PASS, Status.FAIL) for finding in listed)
    return Verdict.PASS if answered else Verdict.UNKNOWN


def _not_judged(snapshot: Snapshot, checks: Iterable[Check]) -> str:
    """That requests on record were sent and no check looked at what became of them; empty when one did."""
    sent = snapshot.all(InvokeResult)
    if not sent or any(InvokeResult.KEY in check.META.needs for check in checks):
        return ""
    noun = "request is" if len(sent) == 1 else "requests are"
    return f" {len(sent):,} {noun} on record and not judged; --select deploy judges them."
