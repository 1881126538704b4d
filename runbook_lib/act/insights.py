"""Paths and analyses of Reachability Analyzer in the account: made, started, looked at, removed.

Every path carries the tag of the run that made it, so that one whose answer was lost is found all the same. A path can
be deleted only without analyses.
https://docs.aws.amazon.com/vpc/latest/reachability/getting-started-cli.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from botocore.config import Config

from runbook_lib.act.analyzed import ANALYZE
from runbook_lib.act.journal import Journal
from runbook_lib.act.outcome import Ledger
from runbook_lib.act.permits import Permit, Permits
from runbook_lib.collect.connection import Clients
from runbook_lib.collect.guard import guard
from runbook_lib.errors import UsageError
from runbook_lib.model.analysis_plan import PlannedAnalysis
from runbook_lib.model.fact import Raw, tags
from runbook_lib.model.insights import KIT_VALUE, NetworkInsightsAnalysis, NetworkInsightsPath, PathTag
from runbook_lib.model.snapshot import CallError

__all__ = ["CREATE", "DELETE", "NOT_OFFERED", "Insights"]

CREATE = "ec2:CreateNetworkInsightsPath"
DELETE = "ec2:DeleteNetworkInsightsPath"
_DELETE_ANALYSIS = "ec2:DeleteNetworkInsightsAnalysis"
_PATHS, _ANALYSES = NetworkInsightsPath.OPERATION, NetworkInsightsAnalysis.OPERATION
NOT_OFFERED = frozenset({"UnsupportedOperation", "InvalidAction", "UnknownOperationException", "OptInRequired"})
"""How EC2 says that a Region does not have an operation."""

_GONE = frozenset({"InvalidNetworkInsightsPathId.NotFound", "InvalidNetworkInsightsAnalysisId.NotFound"})
_LATER = frozenset({"AnalysisExistsForNetworkInsightsPath", "RequestLimitExceeded", "Throttling"})
_TRIES = 10
# Every request carries a token or only reads or deletes, so it may be sent again.
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 4})
_PAUSE_S = 3.0


class Insights:
    """The paths of one run; what may be sent is exactly what is planned, and to delete only what it is told to.

    `is_begun` says whether anything may have been made, `made` the ids that AWS gave.
    """

    def __init__(
        self,
        clients: Clients,
        ledger: Ledger,
        run: str,
        *,
        pause: Callable[[float], Any],
        journal: Journal | None = None,
    ) -> None:
        self.run = run
        self.ledger = ledger
        self.is_begun = False
        self.made: set[str] = set()
        self._pause = pause
        self._journal = journal
        self._region = clients.region
        self._permits = Permits(())
        self._reading = clients.under(guard, "ec2", _CONFIG)
        self._client = clients.under(self._permits.guard, "ec2", _CONFIG)

    def create(self, planned: PlannedAnalysis, labels: Mapping[str, str]) -> tuple[Raw | None, CallError | None]:
        """The path as AWS describes it, or the error. Raises UsageError where the Region has no such service."""
        named = {PathTag.KIT: KIT_VALUE, PathTag.RUN: self.run, **labels}
        tagged = [{"Key": str(key), "Value": value} for key, value in named.items()]
        asked = {
            **planned.request,
            "ClientToken": str(uuid4()),
            "TagSpecifications": [{"ResourceType": "network-insights-path", "Tags": tagged}],
        }
        self._permits.also(Permit(operation=CREATE, arguments=asked, most=1))
        told = f"network insights paths with the tag {PathTag.RUN} {self.run}"
        if self._journal:
            self._journal.made(told)
        # Until AWS has refused, it may be there.
        was_begun, self.is_begun = self.is_begun, True
        answer, error = self.ledger.ask(self._client, CREATE, asked, key=NetworkInsightsPath.KEY)
        if error and self.ledger.calls[-1].request_ids:
            self.is_begun = was_begun
            if self._journal and not was_begun:
                self._journal.refused(told)
        if error and error.code in NOT_OFFERED:
            raise UsageError(
                f"Reachability Analyzer is not available in {self._region} ({error.code}: {error.message})"
            )
        if error:
            return None, error
        self.made.add(str(answer["NetworkInsightsPath"]["NetworkInsightsPathId"]))
        return answer["NetworkInsightsPath"], None

    def start(self, path_id: str, number: str) -> tuple[Raw | None, CallError | None]:
        """The analysis as it was started, or the error; a path is analysed once."""
        asked = {"NetworkInsightsPathId": path_id, "ClientToken": str(uuid4())}
        self._permits.also(Permit(operation=ANALYZE, arguments=asked, most=1))
        if self._journal:
            self._journal.sent(number)
        answer, error = self.ledger.ask(self._client, ANALYZE, asked, key=NetworkInsightsAnalysis.KEY)
        return (None, error) if error else (answer["NetworkInsightsAnalysis"], None)

    def look(self, analysis_ids: list[str]) -> tuple[list[Raw], CallError | None]:
        """These analyses as they are now."""
        asked = {"NetworkInsightsAnalysisIds": analysis_ids}
        answer, error = self.ledger.ask(self._reading, _ANALYSES, asked, key=NetworkInsightsAnalysis.KEY)
        found = (answer or {}).get("NetworkInsightsAnalyses") or []
        return [raw for raw in found if raw.get("NetworkInsightsAnalysisId") in analysis_ids], error

    def paths(self, tag: PathTag, value: str) -> tuple[list[Raw], CallError | None]:
        """The paths that bear a tag, as far as they could be listed; the error that ended the list."""
        found: list[Raw] = []
        asked = {"Filters": [{"Name": f"tag:{tag}", "Values": [value]}]}
        for answer, error in self.ledger.pages(self._reading, _PATHS, asked):
            if error:
                return found, error
            listed = answer.get("NetworkInsightsPaths") or []
            found += [raw for raw in listed if tags(raw).get(tag) == value]
        return found, None

    def analyses_of(self, path_id: str) -> tuple[list[Raw], CallError | None]:
        """The analyses of a path, as far as they could be listed; the error that ended the list."""
        found: list[Raw] = []
        for answer, error in self.ledger.pages(self._reading, _ANALYSES, {"NetworkInsightsPathId": path_id}):
            if error:
                return found, error
            listed = answer.get("NetworkInsightsAnalyses") or []
            found += [raw for raw in listed if raw.get("NetworkInsightsPathId") == path_id]
        return found, None

    def remove(self, path_id: str) -> str | None:
        """Delete a path with its analyses; None when a look shows that it is gone, else why it is not."""
        known, error = self.analyses_of(path_id)
        for raw in known:
            id_ = str(raw["NetworkInsightsAnalysisId"])
            error = self._until_gone(_DELETE_ANALYSIS, {"NetworkInsightsAnalysisId": id_}) or error
        error = self._until_gone(DELETE, {"NetworkInsightsPathId": path_id}) or error
        asked = {"NetworkInsightsPathIds": [path_id]}
        found, unseen = self.ledger.ask(self._reading, _PATHS, asked, absent=_GONE)
        is_there = any(
            raw.get("NetworkInsightsPathId") == path_id for raw in (found or {}).get("NetworkInsightsPaths", ())
        )
        if unseen is None and not is_there:
            return None
        why = f"was not seen to be gone ({unseen.code})" if unseen else "is still there"
        return f"{why} ({error.code}: {error.message})" if error else why

    def _until_gone(self, operation: str, asked: Mapping[str, Any]) -> CallError | None:
        self._permits.also(Permit(operation=operation, arguments=asked, most=_TRIES))
        error: CallError | None = None
        for _ in range(_TRIES):
            error = self.ledger.ask(self._client, operation, asked, absent=_GONE)[1]
            if error is None or error.code not in _LATER:
                return error
            self._pause(_PAUSE_S)
        return error
