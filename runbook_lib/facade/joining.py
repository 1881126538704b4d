"""What was agreed to and what actions learned, joined to the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from runbook_lib.act.analyzed import Analyzed
from runbook_lib.act.consent import function_named
from runbook_lib.act.outcome import Outcome
from runbook_lib.model.actions import FunctionState, InvocationsAsked, InvokeResult
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.insights import NetworkInsightsAnalysis, NetworkInsightsPath
from runbook_lib.model.snapshot import Gap, Snapshot, listing_of

__all__ = ["agreed_item", "joined", "with_agreed", "with_analyses"]


def with_agreed(snapshot: Snapshot, scope: Scope, items: Iterable[Raw]) -> Snapshot:
    """The snapshot with what somebody has agreed to have sent, in place of what was agreed to for the same purposes.

    What was sent before counts on top: it was asked for too.
    """
    sent = Counter(item.purpose for item in snapshot.all(InvokeResult))
    known = snapshot.listings.get((scope, InvocationsAsked.KEY))
    agreed = {raw["Purpose"]: raw for raw in (known.raws if known else ())}
    agreed |= {item["Purpose"]: {**item, "Asked": item["Asked"] + sent[item["Purpose"]]} for item in items}
    listing, problems = listing_of(InvocationsAsked.KEY, scope, agreed.values())
    listings = {**snapshot.listings, (scope, InvocationsAsked.KEY): listing}
    return replace(snapshot, listings=listings, gaps=(*snapshot.gaps, *problems))


def agreed_item(purpose: str, consent: Consent, asked: int, **more: Any) -> Raw:
    """What the snapshot keeps of an agreement to have something sent."""
    name = function_named(consent.function_arn).name
    return {"Purpose": str(purpose), "FunctionName": name, "Asked": asked, "Consent": consent.to_json(), **more}


def joined(snapshot: Snapshot, outcome: Outcome, scope: Scope) -> Snapshot:
    """The snapshot with what an action learned; why it did less than it was asked for is a gap."""
    known, looks = (snapshot.listings.get((scope, key)) for key in (outcome.key, FunctionState.KEY))
    listing, problems = listing_of(outcome.key, scope, (*(known.raws if known else ()), *outcome.items))
    states, more = listing_of(FunctionState.KEY, scope, (*(looks.raws if looks else ()), *outcome.states))
    reasons = [*(reason for reason in (outcome.refused, outcome.stopped) if reason)]
    reasons += [f"left behind, remove it with runbook doctor --leftovers: {name}" for name in outcome.left_behind]
    gaps = tuple(Gap(what=outcome.key, reason=reason) for reason in reasons)
    return replace(
        snapshot,
        listings={**snapshot.listings, (scope, outcome.key): listing, (scope, FunctionState.KEY): states},
        calls=snapshot.calls + outcome.calls,
        gaps=tuple(dict.fromkeys((*snapshot.gaps, *gaps, *problems, *more))),
    )


def with_analyses(snapshot: Snapshot, analyzed: Analyzed, scope: Scope) -> Snapshot:
    """The snapshot with paths and analyses; what was not analysed, stopped or left behind is a gap."""
    listings, problems = dict(snapshot.listings), list[Gap]()
    for key, id_field, found in (
        (NetworkInsightsPath.KEY, "NetworkInsightsPathId", analyzed.paths),
        (NetworkInsightsAnalysis.KEY, "NetworkInsightsAnalysisId", analyzed.analyses),
    ):
        known = snapshot.listings.get((scope, key))
        raws = {raw[id_field]: raw for raw in (*(known.raws if known else ()), *found)}
        listings[scope, key], more = listing_of(key, scope, raws.values())
        problems += more
    reasons = [analyzed.stopped] if analyzed.stopped else []
    reasons += [f"left behind, remove it with runbook doctor --leftovers: {name}" for name in analyzed.left_behind]
    gaps = (Gap(what=NetworkInsightsAnalysis.KEY, reason=reason) for reason in reasons)
    return replace(
        snapshot,
        listings=listings,
        calls=snapshot.calls + analyzed.calls,
        gaps=tuple(dict.fromkeys((*snapshot.gaps, *analyzed.gaps, *gaps, *problems))),
    )
