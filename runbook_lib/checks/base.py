"""What every check is made of: its metadata, its settings, and the helper that asks once per subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from runbook_lib.errors import FactMissing
from runbook_lib.model.analyzer import Analyzer
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.fact import Fact
from runbook_lib.model.finding import Evidence, Finding, ResourceRef
from runbook_lib.model.idle import Keepalive
from runbook_lib.model.sdk import Sdk
from runbook_lib.model.status import Severity, Status
from runbook_lib.model.target import Target
from runbook_lib.network.view import View

__all__ = ["Check", "Meta", "Settings"]

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is asked of the checks.

    `services` are the AWS services the target must reach (`s3`, `dynamodb`, `secretsmanager`, …); `actions` the IAM
    actions it will use (empty: the usual ones of each service); `bucket` the bucket it uses, or None. `destinations`
    are what a path is traced to (addresses, names, interfaces; empty: the services), over `protocol` and `port`.
    `concurrency` invocations at once (0: those that the log shows) open `connections_per_invocation` connections each;
    `sdk` is how their client waits and retries, if somebody told. `deploy` is what a deployment is expected to have
    brought about, None when none is asked about. `analyzer` is what Reachability Analyzer was asked, None when nobody
    thought of it. `keepalive` is what clients have to survive, None when nobody told:
    then it is the idle limit of the path. `caller_timeout_s` is how long whoever calls the function waits (a
    client's read timeout, `TimeoutSeconds` of a Step Functions task), 0 when nobody told.
    """

    target: Target
    services: tuple[str, ...] = ("s3",)
    actions: tuple[str, ...] = ()
    bucket: str | None = None
    destinations: tuple[str, ...] = ()
    protocol: str = "tcp"
    port: int = 443
    concurrency: int = 0
    connections_per_invocation: int = 1
    sdk: Sdk | None = None
    deploy: Deploy | None = None
    analyzer: Analyzer | None = None
    keepalive: Keepalive | None = None
    caller_timeout_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """Identity of a check.

    `title` states the passing case; `applies_to` is the resource type judged; `needs` are the snapshot keys it reads.
    `is_anywhere` is True for what concerns a function outside any VPC too.
    """

    id: str
    title: str
    severity: Severity
    family: str
    applies_to: str
    needs: tuple[str, ...]
    is_anywhere: bool = False

    def passed(self, about: Fact | ResourceRef, message: str, *evidence: Evidence, scope: str = "") -> Finding:
        """A PASS finding about a resource."""
        return self._finding(Status.PASS, about, message, "OK", evidence, scope)

    def failed(
        self,
        about: Fact | ResourceRef,
        message: str,
        *evidence: Evidence,
        code: str,
        scope: str = "",
        blames: tuple[str, ...] = (),
    ) -> Finding:
        """A FAIL finding; `code` names the situation, `blames` what other checks may blame too."""
        return replace(self._finding(Status.FAIL, about, message, code, evidence, scope), blames=blames)

    def unknown(
        self, about: Fact | ResourceRef, message: str, *evidence: Evidence, code: str, scope: str = ""
    ) -> Finding:
        """An UNKNOWN finding: it could not be decided, and the message says what would decide it."""
        return self._finding(Status.UNKNOWN, about, message, code, evidence, scope)

    def not_applicable(self, about: Fact | ResourceRef, message: str, scope: str = "") -> Finding:
        """A NOT_APPLICABLE finding: the question does not arise."""
        return self._finding(Status.NOT_APPLICABLE, about, message, "NOT_APPLICABLE", (), scope)

    def not_read(self, about: Fact | ResourceRef, gap: FactMissing, scope: str = "") -> Finding:
        """The UNKNOWN finding for a fact that was not read; it names the IAM action that would read it."""
        need = f"; allow {' and '.join(gap.actions)} and run again" if gap.actions else ""
        name = about.id if isinstance(about, ResourceRef) else about.label
        return self.unknown(about, f"{name}: {gap.what} could not be read{need}.", code="NOT_READ", scope=scope)

    def each(
        self,
        subjects: Iterable[S],
        about: Callable[[S], ResourceRef],
        judge: Callable[[S], Iterable[Finding]],
        scope: Callable[[S], str] = lambda _: "",
    ) -> Iterator[Finding]:
        """Judge every subject; one whose facts are missing becomes UNKNOWN and the others are judged all the same.

        `about` and `scope` give the resource and the finding scope of a subject that could not be judged.
        """
        for subject in subjects:
            try:
                findings = tuple(judge(subject))
            except FactMissing as gap:
                findings = (self.not_read(about(subject), gap, scope(subject)),)
            yield from findings

    def _finding(
        self,
        status: Status,
        about: Fact | ResourceRef,
        message: str,
        code: str,
        evidence: tuple[Evidence, ...],
        scope: str,
    ) -> Finding:
        return Finding(
            check_id=self.id,
            status=status,
            severity=self.severity,
            resource=about if isinstance(about, ResourceRef) else about.ref,
            message=message,
            code=code,
            evidence=evidence,
            scope=scope,
        )


class Check(Protocol):
    """A check module: its metadata and a pure generator over the view, in a deterministic order."""

    META: Meta

    def check(self, view: View, settings: Settings, /) -> Iterator[Finding]:
        """Yield a finding for every subject, passes included."""
