"""The snapshot: frozen facts, how each was read, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from runbook_lib.model.fact import Fact, Raw, Scope
from runbook_lib.model.kinds import KINDS, action_of

__all__ = ["CallError", "CallRecord", "Gap", "Listing", "Origin", "Snapshot", "listing_of"]

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where facts came from. `kind` is aws, sandbox or snapshot; `scenario` names a sandbox scenario."""

    kind: str
    account: str | None = None
    region: str | None = None
    caller_arn: str | None = None
    scenario: str | None = None

    @property
    def is_simulated(self) -> bool:
        """True for the sandbox and for facts saved from it: every report then carries the word SIMULATED."""
        return self.kind == "sandbox" or self.scenario is not None

    def to_json(self) -> dict[str, Any]:
        """Mapping kind, account, region, caller_arn, scenario."""
        return {
            "kind": self.kind,
            "account": self.account,
            "region": self.region,
            "caller_arn": self.caller_arn,
            "scenario": self.scenario,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CallError:
    """Why a call failed: AWS's error code (or the client's exception name) and its message."""

    code: str
    message: str

    @property
    def is_denied(self) -> bool:
        """True for a permission error."""
        return self.code in {
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "UnauthorizedAccess",
            "AuthorizationError",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call that was made, whole (all its pages).

    `operation` is `service:Operation`, `action` the IAM action, `key` the snapshot key it fills. `request` holds the
    parameters sent, `duration_ms` wall time over all pages and retries. `error` is None when it worked.
    """

    operation: str
    action: str
    key: str
    scope: Scope
    request: Mapping[str, Any] = field(default_factory=dict)
    pages: int = 0
    items: int = 0
    request_ids: tuple[str, ...] = ()
    duration_ms: int = 0
    retries: int = 0
    error: CallError | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that could not be read or understood; `action` is the IAM action that would read it, if one would."""

    what: str
    reason: str
    action: str | None = None

    @property
    def text(self) -> str:
        """One line for people."""
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything one account and Region said under one key, sorted by id.

    `incomplete` is None when the listing is whole, else why it is not (truncated, conflicting, malformed): then an
    id that is absent proves nothing.
    """

    key: str
    scope: Scope
    facts: tuple[Fact, ...]
    raws: tuple[Raw, ...]
    incomplete: str | None = None


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Frozen facts of one or more accounts and Regions, with the record of every call.

    A key of a scope that has no listing was not read. `unknown_keys` are top-level keys of loaded files that the kit
    does not know (listed, not fatal).
    """

    origin: Origin
    collected_at: datetime
    listings: Mapping[tuple[Scope, str], Listing]
    calls: tuple[CallRecord, ...] = ()
    gaps: tuple[Gap, ...] = ()
    unknown_keys: tuple[str, ...] = ()

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The accounts and Regions present, sorted."""
        return tuple(sorted({scope for scope, _ in self.listings}, key=lambda s: (s.account or "", s.region or "")))

    def all(self, fact: type[F]) -> tuple[F, ...]:
        """Every fact of one type over all scopes, ordered by scope and id; empty when nothing was read."""
        found: list[F] = []
        for scope in self.scopes:
            listing = self.listings.get((scope, fact.KEY))
            if listing:
                found.extend(listing.facts)  # type: ignore[arg-type]
        return tuple(found)

    def request_id_of(self, operation: str, scope_pointer: str) -> str | None:
        """The first request id of the call that read `operation` in the scope whose pointer this is, or None."""
        for call in self.calls:
            if call.operation == operation and call.scope.pointer == scope_pointer and call.request_ids:
                return call.request_ids[0]
        return None

    def with_items(self, key: str, scope: Scope, items: Iterable[Raw]) -> Snapshot:
        """A copy in which one listing holds exactly `items`; everything else is shared, completeness is kept.

        A listing that was not read stays incomplete: what was put there proves nothing about the rest.
        """
        old = self.listings.get((scope, key))
        new, problems = listing_of(key, scope, items)
        if old is None:
            new = replace(new, incomplete="it was not read")
        elif old.incomplete:
            new = replace(new, incomplete=old.incomplete)
        return replace(self, listings={**self.listings, (scope, key): new}, gaps=self.gaps + problems)


def listing_of(
    key: str, scope: Scope, items: Iterable[Raw], incomplete: str | None = None
) -> tuple[Listing, tuple[Gap, ...]]:
    """Parse AWS objects of one key into a listing sorted by id; malformed objects become gaps.

    Instances are given as the contents of `Reservations[].Instances[]`.
    """
    kind = KINDS[key]
    ordered = sorted(items, key=lambda raw: str(raw.get(kind.id_field, "")) if isinstance(raw, Mapping) else "")
    facts: list[Fact] = []
    problems: list[Gap] = []
    for index, raw in enumerate(ordered):
        if kind.fact is None:
            continue
        try:
            facts.append(_read(kind.fact, raw, scope, f"{scope.pointer}/{key}/{index}"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            which = raw.get(kind.id_field) if isinstance(raw, Mapping) else None
            problems.append(
                Gap(
                    what=f"{key}/{which or index}",
                    reason=f"malformed ({type(error).__name__}: {error})",
                    action=action_of(key),
                )
            )
    if problems and incomplete is None:
        incomplete = "; ".join(problem.text for problem in problems)
    return (
        Listing(key=key, scope=scope, facts=tuple(facts), raws=tuple(ordered), incomplete=incomplete),
        tuple(problems),
    )


def _read(fact: type[Fact], raw: Raw, scope: Scope, pointer: str) -> Fact:
    """The fact; its id and every id it names are texts. Raises TypeError if not, and what `Fact.read` raises."""
    found = fact.read(raw, scope, pointer)
    for name in _ids_of(fact.KEY):
        value = getattr(found, name)
        for id_ in value if isinstance(value, tuple) else (value,):
            if not isinstance(id_, str) and (id_ is not None or name == "id" or isinstance(value, tuple)):
                raise TypeError(f"{name} is not a text: {id_!r}")
    return found


@cache
def _ids_of(key: str) -> tuple[str, ...]:
    fact = KINDS[key].fact
    names = [item.name for item in fields(fact)] if fact else []
    return tuple(name for name in names if name == "id" or name.endswith(("_id", "_ids", "arn")))
