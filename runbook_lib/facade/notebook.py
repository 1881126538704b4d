"""The run that a notebook's cells work with: each method is one step and returns one thing to look at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE
from runbook_lib.facade import handover, views
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, pick_default, wanted_for, words_of
from runbook_lib.facade.commands import Asked, commands_for
from runbook_lib.facade.files import folder_of
from runbook_lib.facade.judging import Judgement, check_titles, keys_needed, severity_of
from runbook_lib.facade.sources import open_source
from runbook_lib.facade.views import Shown
from runbook_lib.model.interfaces import Function
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.vpc import Vpc
from runbook_lib.network.view import View
from runbook_lib.render.tables import Table, coverage_table, subnet_matrix
from runbook_lib.widgets.picker import Picker
from runbook_lib.widgets.progress import notebook_bar

__all__ = ["Run"]

_FAMILIES: Mapping[str, tuple[str, ...]] = {"vpc_endpoints": ("endpoints",)}
_REPORTS = Path(__file__).resolve().parents[2] / "reports"
_REPORTS_VARIABLE = "RUNBOOK_REPORTS"


class Run:
    """One run of a runbook, from opening the source to writing the evidence.

    Facts are collected once. What is picked may change afterwards: every step answers for the pick of that moment.
    """

    def __init__(
        self,
        runbook: str,
        *,
        source: str,
        region: str = "",
        profile: str = "",
        role_arn: str = "",
    ) -> None:
        self._runbook = runbook
        self._source = open_source(source, region, profile, role_arn)
        self._profile = profile
        self._parameters: dict[str, Any] = {
            "source": source,
            "region": region,
            "profile": profile,
            "role_arn": role_arn,
        }
        self._select = _FAMILIES.get(runbook, ())
        self._question = Question(select=self._select).of(self._source)
        self._started = datetime.now(UTC)
        self._staging = os.environ.get(STAGING_VARIABLE)
        self._choice = Choice()
        self._snapshot: Snapshot | None = None
        self._results: dict[Choice, RunResult] = {}
        with notebook_bar(self._staging is None) as progress:
            self._names = self._source.names(progress)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return views.header(self._runbook, self._source.words, self._names)._repr_mimebundle_()

    def pick(
        self, *, function_name: str = "", vpc_id: str = "", services: str = "", bucket: str = "", actions: str = ""
    ) -> Picker:
        """Choose the function or the VPC; with nothing named the scenario's function, or the only one there is."""
        self._choice = Choice(function=function_name, vpc=vpc_id)
        if self._choice.is_open:
            self._choice = pick_default(self._names, self._source.default_function)
        asked = Question(
            services=words_of(services),
            bucket=bucket,
            actions=words_of(actions),
            select=self._select,
        )
        self._question = asked.of(self._source)
        self._parameters |= {"function_name": self._choice.function, "vpc_id": self._choice.vpc}
        self._parameters |= self._question.to_json()
        self._results.clear()
        return Picker(
            functions=[function.id for function in self._names.all(Function)],
            vpcs={vpc.id: vpc.name or "" for vpc in self._names.all(Vpc)},
            function=self._choice.function,
            vpc=self._choice.vpc,
            asked=f"must reach {', '.join(self._question.services)}",
            changed=self._picked,
            alive=self._staging is None,
        )

    def collect(self) -> Shown:
        """Read the facts, with progress; a second call reads them anew."""
        if self._choice.is_open:
            raise UsageError("nothing is picked yet; run the cell with run.pick(...) first")
        buckets = (self._question.bucket,) if self._question.bucket else ()
        wanted = wanted_for(self._choice, keys_needed(self._select), buckets)
        with self._source, notebook_bar(self._staging is None) as progress:
            snapshot = self._source.collect(replace(wanted, all_functions=not self._choice.vpc), progress)
        opening = tuple(call for call in self._names.calls if call.error is None) if snapshot.calls else ()
        self._snapshot = replace(snapshot, calls=snapshot.calls + opening)
        self._results.clear()
        return views.collected(self._snapshot)

    def coverage(self) -> Table:
        """What was read, what was not and which IAM action would read it; gaps come first."""
        return coverage_table(self._facts)

    def ask(self, *check_ids: str) -> Shown:
        """What these checks found, and the AWS CLI commands that show the same facts."""
        result = self._result
        known = check_titles()
        missing = [check_id for check_id in check_ids if check_id not in known]
        if missing:
            raise UsageError(f"there is no check {missing[0]}")
        found = [finding for finding in result.findings if finding.check_id in check_ids]
        asked = Asked(
            view=View(self._facts),
            target=result.target,
            services=self._question.services,
            bucket=self._question.bucket,
            profile=self._profile,
        )
        return views.answer(found, known, commands_for(check_ids, asked))

    def route_map(self) -> Any:
        """The figure of the way from the target through subnets and route tables to the services."""
        from runbook_lib.render.figures import route_map

        return route_map(View(self._facts), self._result.target, self._question.services)

    def matrix(self) -> Table:
        """Every check against every subnet."""
        return subnet_matrix(self._result, check_titles())

    def fixes(self) -> Shown:
        """The proposed changes, each tried on a copy of the facts."""
        return views.fixes(self._result.findings)

    def verdict(self, *, fail_on: str = "medium") -> Shown:
        """The verdict and the counts, without ids and times; `fail_on` is the least severity that fails the run."""
        severity = severity_of(fail_on)
        if severity is not self._question.fail_on:
            self._question = replace(self._question, fail_on=severity)
            self._results.clear()
        return views.verdict(self._result, check_titles())

    def report(self, *, out: str = "", mask_accounts: bool = False) -> Shown:
        """Write the evidence bundle and say where; a headless run leaves it to the process that started it."""
        from runbook_lib.render.bundle import write_bundle

        written = {**self._result.parameters, "out": out, "mask_accounts": mask_accounts}
        result = replace(self._result, finished_at=datetime.now(UTC), parameters=written)
        if self._staging:
            handover.leave(Path(self._staging), result, self._facts)
            return Shown("The evidence bundle is written when this notebook has ended.")
        folder = folder_of(out) if out else Path(os.environ.get(_REPORTS_VARIABLE) or _REPORTS)
        titles = check_titles()
        bundle = write_bundle(folder, result, self._facts, None, mask_accounts=mask_accounts, titles=titles)
        return Shown(f"Evidence: {bundle}\nOpen report.html there; `runbook verify {bundle}` holds it to its manifest.")

    @property
    def _facts(self) -> Snapshot:
        if self._snapshot is None:
            raise UsageError("no facts were read yet; run the cell with run.collect() first")
        return self._snapshot

    @property
    def _result(self) -> RunResult:
        """The result for the pick of this moment, judged once."""
        facts = self._facts
        if self._choice not in self._results:
            judgement = Judgement(
                runbook=self._runbook,
                started_at=self._started,
                parameters={**self._parameters, "fail_on": self._question.fail_on.value},
                select=self._select,
                fail_on=self._question.fail_on,
            )
            self._results[self._choice] = judgement.of(facts, settings_for(facts, self._choice, self._question))
        return self._results[self._choice]

    def _picked(self, function: str, vpc: str) -> str:
        """Another pick in the widgets: judged on the facts at hand; what the cells below show is then old."""
        self._choice = Choice(function=function, vpc=vpc)
        self._parameters |= {"function_name": function, "vpc_id": vpc}
        if self._snapshot is None:
            return ""
        old = "The outputs below were made for another pick and are out of date: run the cells below again."
        return views.note(self._result.verdict, self._result.headline, old)
