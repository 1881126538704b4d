"""The run that a notebook's cells work with: each method is one step and returns one thing to look at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE
from runbook_lib.facade import handover, views
from runbook_lib.facade.asked import Asked
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, pick_default, wanted_for, words_of
from runbook_lib.facade.commands import ADDRESSES, commands_for
from runbook_lib.facade.files import folder_of, reports_folder
from runbook_lib.facade.judging import Judgement, check_titles, keys_needed, severity_of
from runbook_lib.facade.meaning import addresses_table
from runbook_lib.facade.pathing import hops_of, limits_note, traced
from runbook_lib.facade.sources import open_source
from runbook_lib.facade.views import Shown
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.vpc import Vpc
from runbook_lib.network.view import View
from runbook_lib.parameters import parameters_of
from runbook_lib.render.path_story import TracedFlow, ways_of
from runbook_lib.render.path_tables import directions_table
from runbook_lib.render.tables import Table, coverage_table, subnet_matrix
from runbook_lib.widgets.goal import Goal
from runbook_lib.widgets.picker import Picker
from runbook_lib.widgets.progress import notebook_bar

__all__ = ["Run"]

_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "vpc_endpoints": ("endpoints",),
    "network_path": ("path",),
    "nat_gateway": ("nat", "logs"),
    "post_deploy": ("deploy",),
    "tcp_keepalive": ("keepalive",),
    "reachability_analyzer": ("PTH010", "analyzer"),
    "function_configuration": ("function", "logs", "source"),
}


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
        self._opened = {"source": source, "region": region, "profile": profile, "role_arn": role_arn}
        self._select = _FAMILIES.get(runbook, ())
        self._traces = not {"endpoints", "deploy", "function"} & {*self._select}
        self._question = Question(select=self._select).of(self._source)
        self._started = datetime.now(UTC)
        self._staging = os.environ.get(STAGING_VARIABLE)
        self._choice = Choice()
        self._held: View | None = None
        self._results: dict[tuple[Choice, Question], RunResult] = {}
        with notebook_bar(self._staging is None) as progress:
            self._names = self._source.names(progress)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return views.header(self._runbook, self._source.words, self._names)._repr_mimebundle_()

    def pick(
        self,
        *,
        function_name: str = "",
        vpc_id: str = "",
        subnets: str = "",
        security_groups: str = "",
        services: str = "",
        bucket: str = "",
        actions: str = "",
        destination: str = "",
        traffic: tuple[str, int] = ("", 0),
    ) -> Picker:
        """Choose the function, the VPC or subnets with groups, and what is asked; lists are texts with commas.

        With nothing named it is the scenario's function, or the only one there is. `traffic` is a protocol and a port;
        an empty one and 0 take those of the scenario, else tcp and 443.
        """
        self._choice = Choice(
            function=function_name, vpc=vpc_id, subnets=words_of(subnets), groups=words_of(security_groups)
        )
        if self._choice.is_open:
            self._choice = pick_default(self._names, self._source.default_function)
        asked = Question(
            services=words_of(services),
            bucket=bucket,
            actions=words_of(actions),
            destinations=words_of(destination),
            protocol=traffic[0],
            port=traffic[1] or None,
            select=self._select,
        )
        self._question = asked.of(self._source)
        return self._picker()

    def collect(self) -> Shown:
        """Read the facts, with progress; a second call reads them anew."""
        if self._choice.is_open:
            raise UsageError("nothing is picked yet; run the cell with run.pick(...) first")
        buckets = (self._question.bucket,) if self._question.bucket else ()
        wanted = wanted_for(self._choice, self._keys, buckets)
        with self._reading(), notebook_bar(self._staging is None) as progress:
            snapshot = self._source.collect(replace(wanted, all_functions=not self._choice.vpc), progress)
            snapshot = self._observed(snapshot, progress)
        opening = tuple(call for call in self._names.calls if call.error is None) if snapshot.calls else ()
        self._held = View(replace(snapshot, calls=snapshot.calls + opening))
        self._results.clear()
        return views.collected(self._held.snapshot)

    def coverage(self) -> Table:
        """What was read, what was not and which IAM action would read it; gaps come first."""
        return coverage_table(self._view.snapshot)

    def ask(self, *check_ids: str) -> Shown:
        """What these checks found, and the AWS CLI commands that show the same facts."""
        result = self._result
        known = check_titles()
        missing = [check_id for check_id in check_ids if check_id not in known]
        if missing:
            raise UsageError(f"there is no check {missing[0]}")
        found = [finding for finding in result.findings if finding.check_id in check_ids]
        return views.answer(found, known, commands_for(check_ids, self._about))

    def route_map(self) -> Any:
        """The figure of the way from the target through subnets and route tables to the services."""
        from runbook_lib.render.figures import route_map

        return route_map(self._view, self._result.target, self._question.services)

    def addresses(self) -> Shown:
        """Which addresses the destination means where the target runs, what tells them, and the commands for it."""
        return views.with_commands(addresses_table(self._view, self._settings), commands_for([ADDRESSES], self._about))

    def path_map(self) -> Any:
        """The figure of every way from the target to the destination and of its answer."""
        from runbook_lib.render.path_figure import path_figure

        return path_figure(self._result.target.name, ways_of(self._view, self._flows))

    def directions(self) -> Table:
        """Every subnet against both directions, with what a way that is open leaves open."""
        return directions_table(ways_of(self._view, self._flows), limits_note(self._view, self._flows))

    def matrix(self) -> Table:
        """Every check against every subnet."""
        return subnet_matrix(self._result, check_titles())

    def fixes(self) -> Shown:
        """The proposed changes, each tried on a copy of the facts."""
        return views.fixes(self._result.findings)

    def verdict(self, *, fail_on: str = "medium") -> Shown:
        """The verdict and the counts, without ids and times; `fail_on` is the least severity that fails the run."""
        self._question = replace(self._question, fail_on=severity_of(fail_on))
        return views.verdict(self._result, check_titles())

    def report(self, *, out: str = "", mask_accounts: bool = False) -> Shown:
        """Write the evidence bundle and say where; a headless run leaves it to the process that started it."""
        from runbook_lib.render.bundle import write_bundle

        written = {**self._result.parameters, "out": out, "mask_accounts": mask_accounts}
        result = replace(self._result, finished_at=datetime.now(UTC), parameters=written)
        if self._staging:
            handover.leave(Path(self._staging), result, self._view.snapshot)
            return Shown("The evidence bundle is written when this notebook has ended.")
        folder = folder_of(out) if out else reports_folder()
        titles = check_titles()
        bundle = write_bundle(folder, result, self._view.snapshot, None, mask_accounts=mask_accounts, titles=titles)
        return Shown(f"Evidence: {bundle}\nOpen report.html there; `runbook verify {bundle}` holds it to its manifest.")

    def _reading(self) -> AbstractContextManager[Any]:
        """The source while facts are read; an embedded AWS is stopped afterwards."""
        return self._source

    @property
    def _keys(self) -> frozenset[str]:
        """The snapshot keys to read."""
        return keys_needed(self._select)

    def _observed(self, snapshot: Snapshot, progress: Progress) -> Snapshot:
        """The snapshot with what else a runbook looks at; a runbook about configuration needs nothing more."""
        return snapshot

    def _picker(self) -> Picker:
        choice, asked = self._choice, self._question
        goal = Goal(to=",".join(asked.destinations or asked.services), protocol=asked.protocol, port=asked.port or 0)
        placed = f"{', '.join(choice.subnets)} with {', '.join(choice.groups) or 'no security group'}"
        picker = Picker(
            functions=[function.id for function in self._names.all(Function)],
            vpcs={vpc.id: vpc.name or "" for vpc in self._names.all(Vpc)},
            function=choice.function,
            vpc=choice.vpc,
            asked=self._asked,
            changed=lambda function, vpc: self._picked(picker, function, vpc),
            goal=goal if self._traces else None,
            otherwise=placed if choice.subnets else "everything",
            alive=self._staging is None,
        )
        return picker

    def _picked(self, picker: Picker, function: str, vpc: str) -> str:
        """Another pick in the widgets: judged on the facts at hand; what the cells below show is then old."""
        if function or vpc:
            self._choice = Choice(function=function, vpc=vpc)
        if picker.goal is not None:
            to, protocol, port = words_of(picker.goal.to), picker.goal.protocol, picker.goal.port
            self._question = replace(self._question, destinations=to, protocol=protocol, port=port)
            picker.asked = self._asked
        if self._held is None:
            return ""
        old = "The outputs below were made for another pick and are out of date: run the cells below again."
        return views.note(self._result.verdict, self._result.headline, old)

    @property
    def _asked(self) -> str:
        """What is asked of the pick, in words."""
        goal = ", ".join(self._question.destinations or self._question.services)
        return f"must reach {goal} ({self._question.traffic})" if self._traces else f"must reach {goal}"

    @property
    def _view(self) -> View:
        if self._held is None:
            raise UsageError("no facts were read yet; run the cell with run.collect() first")
        return self._held

    @property
    def _parameters(self) -> dict[str, Any]:
        """What the run was asked, by the names that this runbook gives it."""
        placed = {"subnets": ",".join(self._choice.subnets), "security_groups": ",".join(self._choice.groups)}
        told = {"function_name": self._choice.function, "vpc_id": self._choice.vpc, **placed}
        told |= {**self._question.to_json(), "fail_on": self._question.fail_on.value}
        told["destination"] = told["destination"] or told["services"]
        known = {parameter.name for parameter in parameters_of(self._runbook)}
        return {**self._opened, **{name: value for name, value in told.items() if name in known}}

    @property
    def _result(self) -> RunResult:
        """The result for the pick of this moment, judged once."""
        key = (self._choice, self._question)
        if key not in self._results:
            judgement = Judgement(
                runbook=self._runbook,
                started_at=self._started,
                parameters=self._parameters,
                select=self._select,
                fail_on=self._question.fail_on,
            )
            self._results[key] = judgement.of(self._view.snapshot, self._settings)
        return self._results[key]

    @property
    def _flows(self) -> tuple[TracedFlow, ...]:
        """The flows of the pick with their answers; none where no path is asked about."""
        return traced(self._view, self._settings) if self._traces else ()

    @property
    def _about(self) -> Asked:
        return Asked(
            view=self._view,
            target=self._result.target,
            services=self._question.destinations or self._question.services,
            bucket=self._question.bucket,
            profile=self._opened["profile"],
            hops=hops_of(self._flows),
        )

    @property
    def _settings(self) -> Settings:
        return self._settings_on(self._view.snapshot)

    def _settings_on(self, snapshot: Snapshot) -> Settings:
        return settings_for(snapshot, self._choice, self._question)
