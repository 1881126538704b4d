"""Asks Reachability Analyzer what a plan holds: the whole paths first, the stretches only of those that are not found.

An analysis that failed says nothing about the network. AWS has no waiter, so there is one here.
https://docs.aws.amazon.com/vpc/latest/reachability/reachability-analyzer-troubleshooting.html (read 2026-11-21)
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.act.analyzed import ANALYZE, Analyze, Analyzed, check_covers
from runbook_lib.act.consent import require
from runbook_lib.act.insights import CREATE, Insights
from runbook_lib.act.journal import Journal
from runbook_lib.act.outcome import Clock
from runbook_lib.act.ready import opened
from runbook_lib.collect.connection import Connection
from runbook_lib.collect.redact import redact
from runbook_lib.errors import UsageError
from runbook_lib.model.analysis_plan import PlannedAnalysis
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import Raw, tags
from runbook_lib.model.insights import (
    KIT_VALUE,
    AnalysisStatus,
    NetworkInsightsAnalysis,
    NetworkInsightsPath,
    PathTag,
    is_the_first,
)
from runbook_lib.model.progress import Progress, Step, silent
from runbook_lib.model.snapshot import CallError, Gap

__all__ = ["run_analyses"]

_POLL_S = 3.0
# The analyses that run at the same time are limited for the whole account, which others use too.
_AT_ONCE = 4


def run_analyses(
    connection: Connection,
    consent: Consent,
    word: str,
    request: Analyze,
    progress: Progress = silent,
    *,
    journal: Journal | None = None,
    pause: Callable[[float], Any] = time.sleep,
    clock: Callable[[], datetime] | None = None,
) -> Analyzed:
    """Paths, analyses and gaps; whatever happens, what was made is removed again unless it is to be kept.

    Nothing is called when the plan has no analysis. Raises ConsentError without a word of consent, UsageError for a
    wrong one, both before anything is called, and UsageError where nothing could be made at all: a Region without the
    service, credentials that are not accepted.
    """
    lacking = tuple(_gap(item.subnet_id, item.text) for item in request.plan.lacking)
    if not request.plan.analyses:
        return Analyzed(gaps=lacking)
    function = require(consent, word, ANALYZE)
    check_covers(consent, request)
    clients, ledger = opened(connection, function)
    if journal:
        journal.begin(consent, "reachability analysis", consent.maximum)
    insights = Insights(clients, ledger, secrets.token_hex(8), pause=pause, journal=journal)
    work = _Work(insights, consent, request, progress, pause, clock or Clock())
    stopped: str | None = None
    left: tuple[str, ...] = ()
    try:
        work.do()
    except KeyboardInterrupt:
        stopped = "interrupted"
    except (UsageError, OSError) as error:
        if not insights.is_begun:
            raise
        stopped = str(error)
    finally:
        left = _removed(insights, work.kept, progress)
    return Analyzed(
        paths=tuple(redact(NetworkInsightsPath.OPERATION, raw) for raw in work.paths.values()),
        analyses=tuple(redact(NetworkInsightsAnalysis.OPERATION, raw) for raw in work.analyses.values()),
        calls=ledger.calls,
        gaps=(*lacking, *work.gaps),
        started=work.started,
        reused=work.reused,
        stopped=stopped or work.stopped,
        left_behind=left,
    )


def _gap(what: str, reason: str, action: str | None = None) -> Gap:
    return Gap(what=f"{NetworkInsightsAnalysis.KEY}/{what}", reason=reason, action=action)


def _removed(insights: Insights, kept: frozenset[str], progress: Progress) -> tuple[str, ...]:
    """What was not seen to be gone; who interrupts once waits for it, who interrupts twice leaves it to the doctor."""
    if not insights.is_begun:
        return ()
    progress(Step("removing paths and analyses", 0, 1))
    try:
        return tuple(_remove(insights, kept))
    except KeyboardInterrupt:
        return tuple(_remove(insights, kept))
    except UsageError as error:
        return (f"the paths with the tag {PathTag.RUN} {insights.run} were not removed: {error}",)


def _remove(insights: Insights, kept: frozenset[str]) -> Iterator[str]:
    found, error = insights.paths(PathTag.RUN, insights.run)
    listed = {str(raw["NetworkInsightsPathId"]) for raw in found}
    for path_id in sorted((listed | insights.made) - kept):
        why = insights.remove(path_id)
        if why:
            yield f"network insights path {path_id} {why}"
    if error:
        yield f"whether more paths have the tag {PathTag.RUN} {insights.run} could not be seen ({error.code})"


class _Work:
    """The analyses of one run: `paths` by id, `analyses` by id, `kept` the paths that are to stay."""

    def __init__(
        self,
        insights: Insights,
        consent: Consent,
        request: Analyze,
        progress: Progress,
        pause: Callable[[float], Any],
        clock: Callable[[], datetime],
    ) -> None:
        self._insights = insights
        self._consent = consent
        self._request = request
        self._progress = progress
        self._pause = pause
        self._clock = clock
        self._known: list[Raw] | None = None
        self._ids: dict[str, str] = {}
        self.paths: dict[str, Raw] = {}
        self.analyses: dict[str, Raw] = {}
        self.gaps: list[Gap] = []
        self.started = self.reused = 0
        self.stopped: str | None = None

    @property
    def kept(self) -> frozenset[str]:
        """The paths that are to stay: those of succeeded analyses, when asked to keep them."""
        if not self._request.keep:
            return frozenset()
        return frozenset(str(raw["NetworkInsightsPathId"]) for raw in self.analyses.values() if _has_succeeded(raw))

    def do(self) -> None:
        """The whole paths, then the parts of those that AWS did not find."""
        whole = _once(self._request.plan.analyses)
        self._all(whole)
        parts = [part for planned in whole if _is_unreachable(self._answer_to(planned)) for part in planned.parts]
        self._all([part for part in _once(parts) if part.question not in self._ids])

    def _answer_to(self, planned: PlannedAnalysis) -> Raw | None:
        """The analysis as it was last seen, None when there is none."""
        return self.analyses.get(self._ids.get(planned.question, ""))

    def _all(self, planned: Sequence[PlannedAnalysis]) -> None:
        """Have each answered, by an earlier analysis or a new one."""
        for first in range(0, len(planned), _AT_ONCE):
            under_way: dict[str, PlannedAnalysis] = {}
            for item in planned[first : first + _AT_ONCE]:
                if self._takes_over(item):
                    continue
                if self.stopped:
                    self.gaps.append(_gap(item.text, f"not analysed: {self.stopped}"))
                    continue
                analysis_id = self._start(item)
                if analysis_id:
                    under_way[analysis_id] = item
            self._await(under_way)

    # -- an earlier answer -------------------------------------------------------------------------------------------

    def _takes_over(self, planned: PlannedAnalysis) -> bool:
        """Take over the newest succeeded analysis of a kept path with the same configuration; False without one."""
        if planned.fingerprint is None or not self._request.reuse_hours:
            return False
        oldest = self._clock() - timedelta(hours=self._request.reuse_hours)
        for path in self._earlier():
            if tags(path).get(PathTag.FINGERPRINT) != planned.fingerprint:
                continue
            listed, error = self._insights.analyses_of(str(path["NetworkInsightsPathId"]))
            if error:
                self.gaps.append(_reuse_gap(error, NetworkInsightsAnalysis.OPERATION))
            fit = [raw for raw in listed if _is_reusable(path, raw) and _utc(raw["StartDate"]) >= oldest]
            if fit:
                newest = max(fit, key=lambda raw: _utc(raw["StartDate"]))
                self.paths[str(path["NetworkInsightsPathId"])] = path
                self._keep(planned, newest)
                self.reused += 1
                return True
        return False

    def _earlier(self) -> list[Raw]:
        if self._known is None:
            self._known, error = self._insights.paths(PathTag.KIT, KIT_VALUE)
            if error:
                self.gaps.append(_reuse_gap(error, NetworkInsightsPath.OPERATION))
        return [path for path in self._known if PathTag.KEEP in tags(path)]

    # -- a new one ---------------------------------------------------------------------------------------------------

    def _start(self, planned: PlannedAnalysis) -> str | None:
        """The id of the analysis that was started, None when there is none; then a gap says why."""
        if self.started >= self._consent.maximum:
            most = f"{self._consent.maximum} {'analysis' if self._consent.maximum == 1 else 'analyses'}"
            why = f"the spend cap of ${self._request.max_cost_usd:.2f} pays for {most}"
            self.gaps.append(_gap(planned.text, f"not analysed: {why}"))
            return None
        path, error = self._insights.create(planned, self._labels(planned))
        if path is None:
            self._refused(planned, error, CREATE)
            return None
        path_id = str(path["NetworkInsightsPathId"])
        self.paths[path_id] = path
        # What was sent may have to be paid for, whatever AWS says to it.
        self.started += 1
        raw, error = self._insights.start(path_id, f"analysis-{self.started:03}")
        if raw is None:
            self.started -= bool(error and self._insights.ledger.calls[-1].request_ids)
            self._refused(planned, error, ANALYZE)
            return None
        return self._keep(planned, raw)

    def _keep(self, planned: PlannedAnalysis, raw: Raw) -> str:
        analysis_id = str(raw["NetworkInsightsAnalysisId"])
        self.analyses[analysis_id] = raw
        self._ids[planned.question] = analysis_id
        return analysis_id

    def _labels(self, planned: PlannedAnalysis) -> dict[str, str]:
        labels = {
            PathTag.FUNCTION: self._consent.function_arn,
            PathTag.SUBNET: planned.subnet_id,
            PathTag.STRETCH: planned.stretch.value,
        }
        if planned.fingerprint:
            labels[PathTag.FINGERPRINT] = planned.fingerprint
        if self._request.keep:
            labels[PathTag.KEEP] = "yes"
        return {str(tag): value for tag, value in labels.items()}

    def _refused(self, planned: PlannedAnalysis, error: CallError | None, action: str) -> None:
        """What is denied once is denied again, so nothing more is asked; all else may work for the next.

        No permission helps against a value that AWS does not take.
        """
        why = f"{error.code}: {error.message}" if error else "AWS gave no answer"
        is_about_question = error is not None and error.code.startswith("Invalid")
        self.gaps.append(_gap(planned.text, why, None if is_about_question else action))
        if error and error.is_denied:
            self.stopped = f"{action} was denied ({error.code})"

    # -- the waiter --------------------------------------------------------------------------------------------------

    def _await(self, under_way: dict[str, PlannedAnalysis]) -> None:
        """Look until all have ended, or the time is over."""
        pending, error = [*under_way], None
        looks = max(1, round(self._request.wait_s / _POLL_S))
        for look in range(looks if pending else 0):
            done = len(under_way) - len(pending)
            self._progress(Step(f"waiting for {len(pending)} of {len(under_way)} analyses", done, len(under_way)))
            found, error = self._insights.look(pending)
            self.analyses |= {str(raw["NetworkInsightsAnalysisId"]): raw for raw in found}
            pending = [id_ for id_ in pending if self.analyses[id_].get("Status") == AnalysisStatus.RUNNING]
            if not pending or (error and error.is_denied):
                break
            if look + 1 < looks:
                self._pause(_POLL_S)
        for id_ in pending:
            why = f"{error.code}: {error.message}" if error else f"still running after {self._request.wait_s:g} s"
            action = NetworkInsightsAnalysis.OPERATION if error else None
            self.gaps.append(_gap(under_way[id_].text, f"{id_}: {why}", action))


def _once(planned: Iterable[PlannedAnalysis]) -> list[PlannedAnalysis]:
    """Two words for one destination are one question, to be paid for once."""
    return list({item.question: item for item in planned}.values())


def _reuse_gap(error: CallError, action: str) -> Gap:
    return _gap("earlier ones", f"not looked at, so nothing is reused ({error.code}: {error.message})", action)


def _has_succeeded(raw: Raw) -> bool:
    return raw.get("Status") == AnalysisStatus.SUCCEEDED


def _is_reusable(path: Raw, raw: Raw) -> bool:
    is_narrower = bool(raw.get("FilterInArns") or raw.get("FilterOutArns"))
    return _has_succeeded(raw) and not is_narrower and is_the_first(path, raw)


def _is_unreachable(raw: Raw | None) -> bool:
    """True only for an analysis that succeeded and found no path."""
    return raw is not None and _has_succeeded(raw) and raw.get("NetworkPathFound") is False


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
