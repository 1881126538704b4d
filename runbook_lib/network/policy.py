"""What a policy says about a request: allowed, denied, or depending on something that is not known here.

Sources: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Any

__all__ = [
    "Match",
    "Request",
    "Ruling",
    "Statement",
    "Verdict",
    "covers",
    "overlap",
    "read_policy",
    "read_statements",
    "rule_on",
]

_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


class Match(IntEnum):
    """Whether a statement is about a request: never, for part of what it may be, or always."""

    NO = 0
    MAYBE = 1
    YES = 2


class Verdict(StrEnum):
    """What a policy says about a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Request:
    """An action on a resource; both may hold the wildcards `*` and `?` for what is not known more exactly."""

    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a policy. `label` is its Sid or its number; `conditions` are its condition keys, sorted."""

    label: str
    index: int
    allows: bool
    actions: tuple[str, ...]
    actions_inverted: bool
    resources: tuple[str, ...]
    resources_inverted: bool
    for_everyone: bool
    conditions: tuple[str, ...]

    @property
    def is_full_access(self) -> bool:
        """True when it allows everything to everyone."""
        positive = self.allows and self.for_everyone and not self.conditions
        return (
            positive
            and self._names_all(self.actions, self.actions_inverted)
            and self._names_all(self.resources, self.resources_inverted)
        )

    @staticmethod
    def _names_all(patterns: tuple[str, ...], inverted: bool) -> bool:
        return not inverted and "*" in patterns

    def match(self, request: Request) -> Match:
        """Whether the statement is about the request."""
        lower = tuple(action.lower() for action in self.actions)
        by_action = _listed(lower, request.action.lower(), self.actions_inverted)
        by_resource = _listed(self.resources, request.resource, self.resources_inverted)
        certain = Match.YES if self.for_everyone and not self.conditions else Match.MAYBE
        return min(by_action, by_resource, certain)

    def denies_only(self, requests: Iterable[Request]) -> bool:
        """Whether it is a deny about nothing but what these requests, with wildcards, may stand for."""
        known = tuple(requests)
        if self.allows or self.actions_inverted or self.resources_inverted:
            return False
        is_named = {item.lower() for item in self.actions} <= {request.action.lower() for request in known}
        return is_named and all(
            any(_compare(request.resource, item) is Match.YES for request in known) for item in self.resources
        )

    def deciding(self, request: Request) -> tuple[str, ...]:
        """What would have to be known: some of `action`, `resource`, `principal` and condition keys."""
        lower = tuple(action.lower() for action in self.actions)
        parts = {
            "action": _listed(lower, request.action.lower(), self.actions_inverted),
            "resource": _listed(self.resources, request.resource, self.resources_inverted),
            "principal": Match.YES if self.for_everyone else Match.MAYBE,
        }
        return (*(part for part, match in parts.items() if match is Match.MAYBE), *self.conditions)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on one request and the statement behind it (None: no statement allows it).

    `deciding` names what would have to be known when the verdict is `depends`.
    """

    request: Request
    verdict: Verdict
    statement: Statement | None
    deciding: tuple[str, ...] = ()


def read_policy(text: str) -> tuple[Statement, ...] | None:
    """The statements of a policy document in order, or None when the text is no policy."""
    try:
        listed = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return read_statements([listed] if isinstance(listed, Mapping) else listed)


def read_statements(raws: Any, *, of_identity: bool = False) -> tuple[Statement, ...] | None:
    """The parsed statements of a policy in order, or None when one of them cannot be understood.

    An `of_identity` policy names no principal: it is about whoever it is attached to.
    """
    try:
        return tuple(_statement(raw, index, of_identity) for index, raw in enumerate(raws))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def rule_on(statements: Iterable[Statement], request: Request) -> Ruling:
    """The verdict on a request: an explicit deny wins, then an allow; what nothing allows is denied."""
    held = [(statement, statement.match(request)) for statement in statements]
    order = (
        (False, Match.YES, Verdict.DENIED),
        (False, Match.MAYBE, Verdict.DEPENDS),
        (True, Match.YES, Verdict.ALLOWED),
        (True, Match.MAYBE, Verdict.DEPENDS),
    )
    could_be_allowed = any(statement.allows and match for statement, match in held)
    for allows, wanted, verdict in order:
        found = next((s for s, match in held if s.allows is allows and match is wanted), None)
        if found is not None and (could_be_allowed or verdict is Verdict.DENIED):
            return Ruling(request, verdict, found, found.deciding(request) if verdict is Verdict.DEPENDS else ())
    return Ruling(request, Verdict.DENIED, None)


def _statement(raw: Mapping[str, Any], index: int, of_identity: bool) -> Statement:
    # An element that is passed over, such as a condition written otherwise, would make a statement say more.
    if not _ELEMENTS.issuperset(raw):
        raise ValueError(sorted(set(raw) - _ELEMENTS))
    effect = raw["Effect"]
    if effect not in ("Allow", "Deny"):
        raise ValueError(effect)
    inverted_action, inverted_resource = "Action" not in raw, "Resource" not in raw
    if (not inverted_action and "NotAction" in raw) or (not inverted_resource and "NotResource" in raw):
        raise ValueError("a statement names what it is about and what it is not about")
    return Statement(
        label=str(raw.get("Sid") or f"number {index + 1}"),
        index=index,
        allows=effect == "Allow",
        actions=_texts(raw["NotAction" if inverted_action else "Action"]),
        actions_inverted=inverted_action,
        resources=_texts(raw["NotResource" if inverted_resource else "Resource"]),
        resources_inverted=inverted_resource,
        for_everyone=of_identity or _is_everyone(raw.get("Principal")),
        conditions=tuple(sorted({key for test in (raw.get("Condition") or {}).values() for key in test})),
    )


def _texts(value: Any) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise TypeError(value)
    return tuple(listed)


def _is_everyone(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        principal = principal.get("AWS")
    return principal == "*" or (isinstance(principal, list) and "*" in principal)


def _listed(patterns: tuple[str, ...], asked: str, inverted: bool) -> Match:
    best = max((_compare(pattern, asked) for pattern in patterns), default=Match.NO)
    return Match(2 - best) if inverted else best


def _compare(pattern: str, asked: str) -> Match:
    """Whether a pattern covers everything that `asked` may stand for, part of it, or nothing."""
    has_variable = "${" in pattern
    plain = re.sub(r"\$\{[^}]*\}", "*", pattern)
    if not has_variable and covers(plain, asked):
        return Match.YES
    return Match.MAYBE if overlap(plain, asked) else Match.NO


def covers(pattern: str, asked: str) -> bool:
    """True when the pattern matches whatever the wildcards of `asked` stand for.

    It does if it matches with nothing, with one and with very many foreign characters in their place: what matches
    very many can only be a `*`, and that matches anything.
    """
    made = re.compile(
        "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern), flags=re.DOTALL
    )
    one = asked.replace("?", "\x00")
    return all(made.fullmatch(one.replace("*", "\x01" * many)) for many in (0, 1, len(pattern) + 1))


@lru_cache(maxsize=4096)
def overlap(one: str, other: str) -> bool:
    """True when some text matches both patterns."""
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        if i == len(one) and j == len(other):
            return True
        a, b = one[i : i + 1], other[j : j + 1]
        steps: set[tuple[int, int]] = set()
        if a == "*":
            steps |= {(i + 1, j)} | ({(i, j + 1)} if b else set())
        if b == "*":
            steps |= {(i, j + 1)} | ({(i + 1, j)} if a else set())
        if a and b and (a == b or "?" in (a, b)):
            steps.add((i + 1, j + 1))
        for step in steps - reached:
            reached.add(step)
            waiting.append(step)
    return False
