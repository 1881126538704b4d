"""What probes and analyses have left behind: found by name and tag, removed only when somebody agrees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.config import Config

from runbook_lib.act.belongings import PATH, PREFIX, TAG, Belongings, Kind
from runbook_lib.act.consent import function_named, require
from runbook_lib.act.outcome import Ledger, Outcome
from runbook_lib.act.path_leftovers import LeftPaths, left_paths, paths_removal_consent, remove_paths
from runbook_lib.act.permits import Permit, Permits
from runbook_lib.act.ready import opened
from runbook_lib.collect.connection import Clients, Connection
from runbook_lib.errors import UsageError
from runbook_lib.model.actions import ProbeResult
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.snapshot import CallRecord, Gap

__all__ = ["REMOVE", "Found", "Leftover", "leftovers", "removal_consent", "remove"]

REMOVE = "lambda:DeleteFunction"
_MOST_CALLS = 1000
_TAG_READS = ("lambda:ListTags", "logs:ListTagsForResource", "iam:ListRoles", "iam:ListRoleTags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What is left of one probe: `kinds` bear its name and its tag; `untagged` only the name, and are never removed."""

    name: str
    function_arn: str
    kinds: frozenset[Kind]
    untagged: frozenset[Kind]

    @property
    def text(self) -> str:
        """In a few words, for people."""
        told = [f"{kind}" for kind in Kind if kind in self.kinds]
        told += [f"{kind} without the tag, left alone" for kind in Kind if kind in self.untagged]
        return f"{self.name}: {', '.join(told)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is left, probes by name, then paths of analyses; with gaps, more may be there all the same."""

    leftovers: tuple[Leftover | LeftPaths, ...]
    calls: tuple[CallRecord, ...]
    gaps: tuple[Gap, ...]


def leftovers(connection: Connection) -> Found:
    """What probes and analyses have left behind in the account and Region of the connection. Reads only.

    Raises UsageError when there is no way to ask.
    """
    clients = connection.clients()
    identity, error = Ledger(clients, Scope(None, clients.region)).ask(clients.get("sts"), "sts:GetCallerIdentity", {})
    if error:
        raise clients.problem(error)
    search = _Search(clients, str(identity["Account"]), str(identity["Arn"]).split(":")[1])
    return search.found()


def removal_consent(leftover: Leftover | LeftPaths) -> Consent:
    """What removing a leftover asks consent for; the word to give is the ARN of its function."""
    if isinstance(leftover, LeftPaths):
        return paths_removal_consent(leftover)
    function = function_named(leftover.function_arn)
    return Consent(
        function_arn=leftover.function_arn,
        account=function.account,
        region=function.region,
        action=REMOVE,
        maximum=len(leftover.kinds),
        payload_sha256="",
        cost_usd=0.0,
    )


def remove(
    connection: Connection,
    leftover: Leftover | LeftPaths,
    consent: Consent,
    word: str,
    *,
    pause: Callable[[float], Any] = time.sleep,
) -> Outcome:
    """Remove what bears name and tag of the probe, or the paths; `left_behind` says what was not seen to be gone.

    Raises ConsentError without a word of consent and UsageError for a wrong one, both before anything is called.
    """
    if isinstance(leftover, LeftPaths):
        return remove_paths(connection, leftover, consent, word, pause=pause)
    function = require(consent, word, REMOVE)
    if not leftover.name.startswith(PREFIX):
        raise UsageError(f"{leftover.name} is not the name of a probe")
    if (function.arn, function.name) != (leftover.function_arn, leftover.name):
        raise UsageError(f"consent is for {function.name}, not for {leftover.name}")
    clients, ledger = opened(connection, function)
    things = Belongings(clients, ledger, function, leftover.name, pause=pause).remove(leftover.kinds)
    left = tuple(f"{thing.kind} {thing.name} {thing.why_left}" for thing in things if thing.why_left)
    return Outcome(key=ProbeResult.KEY, calls=ledger.calls, asked=len(leftover.kinds), left_behind=left)


class _Search:
    def __init__(self, clients: Clients, account: str, partition: str) -> None:
        self._clients = clients
        self._ledger = Ledger(clients, Scope(account, clients.region))
        self._place = f"{clients.region}:{account}"
        self._partition = partition
        self._gaps: list[Gap] = []
        permits = Permits(Permit(operation=name, arguments={}, most=_MOST_CALLS) for name in _TAG_READS)
        self._tagged = {name: clients.under(permits.guard, name, Config()) for name in ("lambda", "logs", "iam")}

    def found(self) -> Found:
        seen: dict[str, dict[Kind, bool]] = {}
        for kind, name, has_tag in (*self._functions(), *self._groups(), *self._roles()):
            seen.setdefault(name, {})[kind] = has_tag
        probes = tuple(
            Leftover(
                name=name,
                function_arn=f"arn:{self._partition}:lambda:{self._place}:function:{name}",
                kinds=frozenset(kind for kind, has_tag in kinds.items() if has_tag),
                untagged=frozenset(kind for kind, has_tag in kinds.items() if not has_tag),
            )
            for name, kinds in sorted(seen.items())
        )
        paths, gaps = left_paths(self._clients, self._ledger)
        return Found(leftovers=(*probes, *paths), calls=self._ledger.calls, gaps=(*self._gaps, *gaps))

    def _functions(self) -> Iterator[tuple[Kind, str, bool]]:
        for raw in self._listed(self._clients.get("lambda"), "lambda:ListFunctions", {}, "Functions"):
            name = str(raw["FunctionName"])
            if name.startswith(PREFIX):
                asked = {"Resource": raw["FunctionArn"]}
                tags = self._tags("lambda:ListTags", asked, name)
                yield Kind.FUNCTION, name, _is_ours(tags.get("Tags") or {})

    def _groups(self) -> Iterator[tuple[Kind, str, bool]]:
        start = "/aws/lambda/"
        asked = {"logGroupNamePrefix": start + PREFIX}
        for raw in self._listed(self._clients.get("logs"), "logs:DescribeLogGroups", asked, "logGroups"):
            name = str(raw["logGroupName"]).removeprefix(start)
            if name.startswith(PREFIX):
                arn = f"arn:{self._partition}:logs:{self._place}:log-group:{start}{name}"
                tags = self._tags("logs:ListTagsForResource", {"resourceArn": arn}, name)
                yield Kind.LOG_GROUP, name, _is_ours(tags.get("tags") or {})

    def _roles(self) -> Iterator[tuple[Kind, str, bool]]:
        for raw in self._listed(self._tagged["iam"], "iam:ListRoles", {"PathPrefix": PATH}, "Roles"):
            name = str(raw["RoleName"])
            if name.startswith(PREFIX):
                tags = self._tags("iam:ListRoleTags", {"RoleName": name}, name)
                yield Kind.ROLE, name, _is_ours({tag["Key"]: tag["Value"] for tag in tags.get("Tags") or []})

    def _listed(self, client: Any, operation: str, asked: Mapping[str, Any], field: str) -> Iterator[Raw]:
        for answer, error in self._ledger.pages(client, operation, asked):
            if error:
                self._gaps.append(Gap(what=f"leftovers of probes ({field})", reason=error.code, action=operation))
                return
            yield from answer.get(field) or []

    def _tags(self, operation: str, asked: Mapping[str, Any], name: str) -> Raw:
        answer, error = self._ledger.ask(self._tagged[operation.partition(":")[0]], operation, asked)
        if error:
            self._gaps.append(Gap(what=f"tags of {name}", reason=error.code, action=operation))
            return {}
        tags: Raw = answer
        return tags


def _is_ours(tags: Mapping[str, str]) -> bool:
    return all(tags.get(key) == value for key, value in TAG.items())
