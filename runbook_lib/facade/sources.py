"""Where facts come from: `aws`, `sandbox:<scenario>` or `snapshot:<folder>`, behind one object."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from runbook_lib.errors import UsageError, unknown_name
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress, Step, silent
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.vpc import Vpc
from runbook_lib.sandbox.scenarios import find

if TYPE_CHECKING:
    from runbook_lib.collect.connection import Connection
    from runbook_lib.collect.limits import Limits, Observed, Wanted
    from runbook_lib.sandbox.server import RunningSandbox

__all__ = ["Source", "check_source", "open_source"]

_KINDS = ("aws", "sandbox", "snapshot")
_DEADLINE_VARIABLE = "RUNBOOK_DEADLINE_S"


def check_source(source: str) -> tuple[str, str]:
    """Kind and rest of a source string. UsageError for another kind, an unknown scenario or a missing folder name."""
    kind, colon, rest = source.partition(":")
    if kind not in _KINDS or (kind == "aws") == bool(colon):
        raise UsageError(f"unknown source {source!r}; expected aws, sandbox:<scenario> or snapshot:<folder>")
    if kind == "sandbox":
        find(rest)
    if kind == "snapshot" and not rest:
        raise UsageError("source 'snapshot:' names no folder; expected snapshot:<folder>")
    return kind, rest


def open_source(source: str, region: str = "", profile: str = "", role_arn: str = "") -> Source:
    """The source that a string names; nothing is read yet.

    `profile` and `role_arn` go with `aws` only; of a snapshot, `region` picks one of its Regions.
    """
    kind, rest = check_source(source)
    if kind != "aws" and (profile or role_arn):
        raise UsageError(f"a profile or a role goes with source aws only, not with {source}")
    if kind == "sandbox" and region not in ("", find(rest).region):
        raise UsageError(f"scenario {rest} lives in {find(rest).region}; leave the Region out")
    return Source(kind, rest, region, profile, role_arn)


class Source:
    """A source of facts; as a context manager it stops the embedded AWS it may have started.

    `kind` is aws, sandbox or snapshot; `scenario` the sandbox scenario or None.
    """

    def __init__(self, kind: str, rest: str, region: str, profile: str, role_arn: str) -> None:
        self.kind = kind
        self.scenario = rest if kind == "sandbox" else None
        self._folder = rest
        self._region, self._profile, self._role_arn = region, profile, role_arn
        self._sandbox: RunningSandbox | None = None
        self._loaded: Snapshot | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def words(self) -> str:
        """The source as people write it."""
        return self.kind if self.kind == "aws" else f"{self.kind}:{self._folder}"

    @property
    def default_function(self) -> str:
        """The function a scenario is about; empty elsewhere."""
        return find(self.scenario).function if self.scenario else ""

    @property
    def defaults(self) -> Mapping[str, str]:
        """Parameters that a scenario sets."""
        return find(self.scenario).parameters if self.scenario else {}

    def close(self) -> None:
        """Stop the embedded AWS; it starts again when facts are asked for again."""
        if self._sandbox is not None:
            self._sandbox.stop()
            self._sandbox = None

    def connection(self, progress: Progress = silent) -> Connection:
        """The connection to AWS, or to the embedded one: that which is shared, else one that is started.

        UsageError for a snapshot.
        """
        from runbook_lib.collect.connection import Connection, Credentials

        if self.kind == "snapshot":
            raise UsageError("a snapshot is a folder of files; there is no connection to try")
        if self.kind == "aws":
            return Connection(self._region or None, self._profile or None, self._role_arn or None)
        from runbook_lib.sandbox import environment, server

        endpoint_url = server.running(self._folder)
        if endpoint_url is None:
            if self._sandbox is None:
                progress(Step("Starting the embedded AWS", 0, 1))
                self._sandbox = server.start(self._folder)
            endpoint_url = self._sandbox.endpoint_url
        keys = Credentials(environment.ACCESS_KEY_ID, environment.SECRET_ACCESS_KEY, environment.SESSION_TOKEN)
        return Connection(find(self._folder).region, endpoint_url=endpoint_url, credentials=keys)

    def collect(self, wanted: Wanted, progress: Progress = silent, limits: Limits | None = None) -> Snapshot:
        """The facts wanted; of a snapshot always all. Raises UsageError when nothing at all can be read."""
        if self.kind == "snapshot":
            return self._load()
        from runbook_lib.collect.aws import collect

        patience = limits or _limits()
        return collect(self.connection(progress), wanted, patience, progress, self.kind, self.scenario)

    def observe(
        self, snapshot: Snapshot, wanted: Observed, progress: Progress = silent, limits: Limits | None = None
    ) -> Snapshot:
        """The snapshot with the logs and metrics wanted; a saved one as it is: what was not saved was not read."""
        if self.kind == "snapshot":
            return snapshot
        from runbook_lib.collect.observe import observe

        return observe(self.connection(progress), snapshot, wanted, limits or _limits(), progress)

    def simulate(
        self, snapshot: Snapshot, role_arn: str, asked: Mapping[str, Sequence[str]], progress: Progress = silent
    ) -> Snapshot:
        """The snapshot with what IAM's policy simulator says of a role; a saved one as it is.

        `asked` maps a resource to actions on it.
        """
        if self.kind == "snapshot":
            return snapshot
        from runbook_lib.collect.simulating import simulate

        return simulate(self.connection(progress), snapshot, role_arn, asked, _limits(), progress)

    def names(self, progress: Progress = silent, limits: Limits | None = None) -> Snapshot:
        """Who asks, and which functions and VPCs there are to choose from."""
        from runbook_lib.collect.limits import Wanted

        return self.collect(Wanted(keys=(Function.KEY, Vpc.KEY)), progress, limits)

    def _load(self) -> Snapshot:
        from runbook_lib.collect.files import load

        if self._loaded is None:
            self._loaded = _of_region(load(self._folder), self._region)
        return self._loaded


def _limits() -> Limits:
    """The usual patience; RUNBOOK_DEADLINE_S sets the seconds for a whole collection. UsageError for no number."""
    from runbook_lib.collect.limits import Limits

    told = os.environ.get(_DEADLINE_VARIABLE, "")
    if not told:
        return Limits()
    if not re.fullmatch(r"\d+(\.\d+)?", told) or float(told) <= 0:
        raise UsageError(f"{_DEADLINE_VARIABLE} must be a number of seconds above zero, found {told!r}")
    return Limits(deadline_s=float(told))


def _of_region(snapshot: Snapshot, region: str) -> Snapshot:
    """The part of a snapshot that belongs to a Region; all of it when none is named."""
    known = {scope.region for scope in snapshot.scopes if scope.region}
    if not region or not known:
        return snapshot
    if region not in known:
        raise unknown_name("Region", region, known)
    kept = {key: listing for key, listing in snapshot.listings.items() if key[0].region in (region, None)}
    return replace(snapshot, listings=kept, origin=replace(snapshot.origin, region=region))
