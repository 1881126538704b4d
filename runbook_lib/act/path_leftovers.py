"""Paths of Reachability Analyzer that runs have left behind: found by tag, removed only when somebody agrees."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runbook_lib.act.consent import function_named, require
from runbook_lib.act.insights import DELETE, NOT_OFFERED, Insights
from runbook_lib.act.outcome import Ledger, Outcome
from runbook_lib.act.ready import opened
from runbook_lib.collect.connection import Clients, Connection
from runbook_lib.errors import UsageError
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import tags
from runbook_lib.model.insights import KIT_VALUE, NetworkInsightsPath, PathTag
from runbook_lib.model.snapshot import Gap

__all__ = ["LeftPaths", "left_paths", "paths_removal_consent", "remove_paths"]

_FUNCTION_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftPaths:
    """The paths that analyses for one function left, by id; without an ARN they are told, and left alone."""

    function_arn: str
    path_ids: tuple[str, ...]

    @property
    def name(self) -> str:
        """What people call it."""
        many = f"{len(self.path_ids)} network insights paths"
        return "1 network insights path" if len(self.path_ids) == 1 else many

    @property
    def kinds(self) -> frozenset[str]:
        """What can be removed; nothing when no function is named that consent could be given with."""
        return frozenset(self.path_ids) if self.function_arn else frozenset()

    @property
    def text(self) -> str:
        """In a few words, for people."""
        whose = (
            self.function_arn.rpartition(":")[2] if self.function_arn else "no function that its tag names, left alone"
        )
        return f"{self.name} of {whose}: {', '.join(self.path_ids)}"


def left_paths(clients: Clients, ledger: Ledger) -> tuple[tuple[LeftPaths, ...], tuple[Gap, ...]]:
    """What is left by function, and what could not be looked at. Paths that somebody wanted to keep are not left."""
    found, error = _insights(clients, ledger, time.sleep).paths(PathTag.KIT, KIT_VALUE)
    by_function: dict[str, list[str]] = {}
    for raw in found:
        if PathTag.KEEP not in tags(raw):
            named = tags(raw).get(PathTag.FUNCTION, "")
            arn = named if _FUNCTION_ARN.fullmatch(named) else ""
            by_function.setdefault(arn, []).append(str(raw["NetworkInsightsPathId"]))
    left = (LeftPaths(function_arn=arn, path_ids=tuple(sorted(ids))) for arn, ids in sorted(by_function.items()))
    if error is None or error.code in NOT_OFFERED:
        # Where the service is not offered there are no paths.
        return tuple(left), ()
    operation = NetworkInsightsPath.OPERATION
    return tuple(left), (Gap(what="leftovers of analyses", reason=error.code, action=operation),)


def paths_removal_consent(left: LeftPaths) -> Consent:
    """What removing the paths asks consent for; the word to give is the ARN of the function they were about."""
    function = function_named(left.function_arn)
    return Consent(
        function_arn=left.function_arn,
        account=function.account,
        region=function.region,
        action=DELETE,
        maximum=len(left.path_ids),
        payload_sha256="",
        cost_usd=0.0,
        about=", ".join(left.path_ids),
    )


def remove_paths(
    connection: Connection,
    left: LeftPaths,
    consent: Consent,
    word: str,
    *,
    pause: Callable[[float], Any] = time.sleep,
) -> Outcome:
    """Remove the paths with their analyses; `left_behind` says what was not seen to be gone.

    Raises ConsentError without a word of consent and UsageError for a wrong one, both before anything is called.
    """
    function = require(consent, word, DELETE)
    if consent.about != ", ".join(left.path_ids):
        raise UsageError(f"consent is for {consent.about}, not for {', '.join(left.path_ids)}")
    clients, ledger = opened(connection, function)
    insights = _insights(clients, ledger, pause)
    told = {path_id: insights.remove(path_id) for path_id in left.path_ids}
    return Outcome(
        key=NetworkInsightsPath.KEY,
        calls=ledger.calls,
        asked=len(left.path_ids),
        left_behind=tuple(f"network insights path {path_id} {why}" for path_id, why in told.items() if why),
    )


def _insights(clients: Clients, ledger: Ledger, pause: Callable[[float], Any]) -> Insights:
    return Insights(clients, ledger, "", pause=pause)
