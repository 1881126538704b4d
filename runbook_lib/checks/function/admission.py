"""Whether the resource policy of a function lets a service invoke it from a source.

Conditions on aws:SourceArn and aws:SourceAccount are held against the source; StringEquals takes `*` and `?` as they
stand there. Other conditions leave it open. The policy read is that of the unqualified function: an alias or a version
has its own.

Sources
    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runbook_lib.checks.function.access import account_in
from runbook_lib.model.fact import Raw
from runbook_lib.model.functions import FunctionPolicy
from runbook_lib.network.policy import Match, Request, Statement

__all__ = ["Admission", "admitted", "sources_of"]

_INVOKE = "lambda:invokefunction"
_LIKE = frozenset({"arnlike", "arnequals", "stringlike"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a source is let in, with the labels of the statements that let its service invoke."""

    match: Match
    meant: tuple[str, ...]
    denied_by: str = ""


def sources_of(policy: FunctionPolicy) -> tuple[tuple[str, str], ...]:
    """Every service that a statement lets invoke, with each source ARN that the statement names; `*` without one."""
    found: list[tuple[str, str]] = []
    for statement in policy.statements:
        if statement.get("Effect") == "Allow" and _invokes(statement) is not Match.NO:
            for word in _services(statement):
                service = word.removesuffix(".amazonaws.com")
                found += [(service, arn) for arn in _source_arns(statement) or ("*",)]
    return tuple(dict.fromkeys(found))


def admitted(policy: FunctionPolicy, service: str, source_arn: str, account: str = "") -> Admission:
    """Whether the policy lets a service invoke from a source.

    `account` is the likely owner of a source whose ARN does not name one.
    """
    best, cap, meant, source = Match.NO, Match.YES, list[str](), _Source(source_arn, account)
    for index, statement in enumerate(policy.statements):
        about = min(_principal(statement, service), _invokes(statement))
        if about is Match.NO:
            continue
        label = str(statement.get("Sid") or f"number {index + 1}")
        holds = min(about, source.holds(statement))
        if statement.get("Effect") == "Allow":
            meant.append(label)
            best = max(best, holds)
        elif holds is Match.YES:
            return Admission(match=Match.NO, meant=(), denied_by=label)
        elif holds is Match.MAYBE:
            cap = Match.MAYBE
            meant.append(f"not {label}")
    return Admission(match=min(best, cap), meant=tuple(meant))


@dataclass(frozen=True, slots=True)
class _Source:
    arn: str
    account: str

    def holds(self, statement: Raw) -> Match:
        """Whether the conditions of a statement are met by this source."""
        found = [
            self._meets(operator.lower().removesuffix("ifexists"), key.lower(), _texts(value))
            for operator, tests in (statement.get("Condition") or {}).items()
            for key, value in tests.items()
        ]
        return min(found, default=Match.YES)

    def _meets(self, operator: str, key: str, values: tuple[str, ...]) -> Match:
        owner = account_in(self.arn)
        asked = {"aws:sourcearn": self.arn, "aws:sourceaccount": owner or self.account}.get(key, "")
        if not asked or operator not in (*_LIKE, "stringequals"):
            return Match.MAYBE
        exact = tuple(value for value in values if operator in _LIKE or not {"*", "?"} & set(value))
        found = _like(exact, asked)
        is_guess = key == "aws:sourceaccount" and not owner
        return max(found, Match.MAYBE) if is_guess else found


def _principal(statement: Raw, service: str) -> Match:
    if "NotPrincipal" in statement:
        return Match.MAYBE
    principal = statement.get("Principal")
    if principal == "*":
        return Match.YES
    named = f"{service}.amazonaws.com" in _services(statement)
    everyone = isinstance(principal, Mapping) and "*" in _texts(principal.get("AWS"))
    return Match.YES if named or everyone else Match.NO


def _invokes(statement: Raw) -> Match:
    if "NotAction" in statement:
        return Match.MAYBE
    return _like(_texts(statement.get("Action")), _INVOKE)


def _like(patterns: Iterable[str], asked: str) -> Match:
    """Whether one of the patterns covers all that is asked about, part of it, or nothing."""
    probe = Statement(
        label="",
        index=0,
        allows=True,
        actions=("*",),
        actions_inverted=False,
        resources=tuple(pattern.lower() if asked == _INVOKE else pattern for pattern in patterns),
        resources_inverted=False,
        for_everyone=True,
        conditions=(),
    )
    return probe.match(Request(action="-", resource=asked))


def _services(statement: Raw) -> tuple[str, ...]:
    principal = statement.get("Principal")
    return _texts(principal.get("Service")) if isinstance(principal, Mapping) else ()


def _source_arns(statement: Raw) -> tuple[str, ...]:
    tests = [item for test in (statement.get("Condition") or {}).values() for item in test.items()]
    return tuple(arn for key, value in tests if key.lower() == "aws:sourcearn" for arn in _texts(value))


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, Iterable) else ()
