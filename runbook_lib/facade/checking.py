"""The checks without a notebook: what `runbook check` answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints.common import judged_services
from runbook_lib.checks.endpoints.intended import require_actions, require_judged
from runbook_lib.facade.choosing import Choice, pick_default, target_of, wanted_for, words_of
from runbook_lib.facade.judging import Judgement, keys_needed
from runbook_lib.facade.planning import judge_plan, read_json
from runbook_lib.facade.sources import Source
from runbook_lib.facade.watching import Watch, watch
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.observations import EVENTS_KEY, MetricSeries
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Severity
from runbook_lib.network.question import DEFAULT_PORT
from runbook_lib.network.question import question_of as flow_of
from runbook_lib.network.service_names import require_services, short_name
from runbook_lib.network.view import View

if TYPE_CHECKING:
    from runbook_lib.collect.limits import Limits

__all__ = ["Question", "check", "settings_for"]

_NUMBERED = {"1": "icmp", "6": "tcp", "17": "udp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a target: services it must reach (empty: the scenario's, else S3), a bucket, IAM actions.

    `destinations` are what paths are traced to instead of the services, over `protocol` (empty: the scenario's, else
    tcp) and `port` (None: the scenario's, else 443). Raises UsageError for a protocol or a port that does not
    exist, and for what is no IAM action.
    """

    services: tuple[str, ...] = ()
    bucket: str = ""
    actions: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    protocol: str = ""
    port: int | None = None
    select: tuple[str, ...] = ()
    fail_on: Severity = Severity.MEDIUM

    def __post_init__(self) -> None:
        flow_of({"from": "-", "to": "-", "protocol": self.protocol or "tcp", "port": self.port})
        require_actions(self.actions)

    def of(self, source: Source) -> Question:
        """The question with what a scenario sets filled in where nothing was said.

        Protocol and port of a scenario belong to its destination: with another destination they do not apply.
        """
        told = source.defaults
        way = {} if self.destinations else told
        protocol = self.protocol.lower() or way.get("protocol", "tcp")
        return replace(
            self,
            services=tuple(short_name(word) for word in self.services or words_of(told.get("services", "s3"))),
            bucket=self.bucket or told.get("bucket", ""),
            actions=self.actions or words_of(told.get("actions", "")),
            destinations=self.destinations or words_of(told.get("destination", "")),
            protocol=_NUMBERED.get(protocol, protocol),
            port=int(way.get("port", DEFAULT_PORT)) if self.port is None else self.port,
        )

    @property
    def traffic(self) -> str:
        """The protocol, with its port where it has one."""
        return f"{self.protocol} {self.port}" if self.protocol in ("tcp", "udp") else self.protocol

    def to_json(self) -> dict[str, Any]:
        """The question as notebook parameters."""
        return {
            "services": ",".join(self.services),
            "bucket": self.bucket,
            "actions": ",".join(self.actions),
            "destination": ",".join(self.destinations),
            "protocol": self.protocol,
            "port": self.port,
        }


def check(
    source: Source,
    choice: Choice,
    question: Question,
    *,
    runbook: str = "check",
    progress: Progress = silent,
    limits: Limits | None = None,
    plan: Path | None = None,
) -> tuple[RunResult, Snapshot]:
    """The result for a target of a source, and the facts it rests on; with a `plan`, the result after its apply.

    UsageError when the question cannot be asked.
    """
    started = datetime.now(UTC)
    keys = keys_needed(question.select)
    asked = question.of(source)
    if choice.is_open:
        known = source.default_function
        choice = Choice(function=known) if known else pick_default(source.names(progress, limits), "")
    buckets = (asked.bucket,) if asked.bucket else ()
    snapshot = source.collect(wanted_for(choice, keys, buckets), progress, limits)
    if keys & {MetricSeries.KEY, EVENTS_KEY}:
        settings = settings_for(snapshot, choice, asked)
        snapshot = watch(source, snapshot, settings, Watch(), logs=EVENTS_KEY in keys, progress=progress)
    parameters = {"source": source.words, **_chosen(choice), **asked.to_json(), "fail_on": asked.fail_on.value}
    parameters |= {"plan": str(plan)} if plan else {}
    judgement = Judgement(
        runbook=runbook, started_at=started, parameters=parameters, select=asked.select, fail_on=asked.fail_on
    )

    def judge(facts: Snapshot) -> RunResult:
        return judgement.of(facts, settings_for(facts, choice, asked))

    if plan is not None:
        return judge_plan(snapshot, read_json(plan), judge).result, snapshot
    return judge(snapshot), snapshot


def settings_for(snapshot: Snapshot, choice: Choice, asked: Question) -> Settings:
    """What the checks are asked, for a choice that is not open.

    UsageError for a service that does not exist and for actions of no judged service.
    """
    view = View(snapshot)
    require_services(asked.services, (e.service_short for e in snapshot.all(VpcEndpoint)))
    settings = Settings(
        target=target_of(view, choice),
        services=asked.services,
        actions=asked.actions,
        bucket=asked.bucket or None,
        destinations=asked.destinations,
        protocol=asked.protocol or "tcp",
        port=DEFAULT_PORT if asked.port is None else asked.port,
    )
    judged = {service for vpc_id in settings.target.vpc_ids for service in judged_services(view, settings, vpc_id)}
    require_judged(asked.actions, judged | {*asked.services})
    return settings


def _chosen(choice: Choice) -> dict[str, Any]:
    said = {
        "function_name": choice.function,
        "vpc_id": choice.vpc,
        "subnets": list(choice.subnets),
        "security_groups": list(choice.groups),
        "all": choice.everything,
    }
    return {name: value for name, value in said.items() if value}
