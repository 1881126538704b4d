"""What a response must say: a JMESPath expression, compiled before anything is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jmespath  # type: ignore[import-untyped]
from jmespath.exceptions import JMESPathError  # type: ignore[import-untyped]
from jmespath.functions import Functions  # type: ignore[import-untyped]
from jmespath.visitor import TreeInterpreter  # type: ignore[import-untyped]

from runbook_lib.errors import UsageError

__all__ = ["Assertion", "Judgement", "compiled"]

# Quoted stretches are passed over; a plain JSON value after a comparison becomes a literal of JMESPath.
_PLAIN_VALUE = re.compile(
    r"""
      `(?:\\.|[^`\\])*`
    | '(?:\\.|[^'\\])*'
    | (?P<compare>==|!=|<=|>=|<|>)\s*
      (?P<value>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|"(?:\\.|[^"\\])*")
      (?=\s*(?:$|&&|\|\||[\])},|]))
    | "(?:\\.|[^"\\])*"
    """,
    re.VERBOSE,
)

# What people write instead of JMESPath, and what to write: the first that fits is told.
_SLIPS = (
    (re.compile(r"^\s*\$"), "it starts at the response: leave out $ and what joins it, as in statusCode == 200"),
    (re.compile(r"^\s*(?:-?\d+(?:\.\d+)?)\s*(?:==|!=|[<>]=?)"), "put the field first, as in statusCode == 200"),
    (re.compile(r"(?<![=!<>])=(?!=)|==="), "compare with ==, as in ok == true"),
    (re.compile(r"\s(?:and|or|not|is|in)\s", re.IGNORECASE), "write && for and, || for or, ! for not, == for is"),
)
_EMPTY: tuple[Any, ...] = ({}, None)
_WRONG: tuple[Any, ...] = (
    {"errorMessage": "something failed", "errorType": "Error"},
    {"statusCode": 599},
)
"""Responses of a function that did not do its work: an error of its own making, and one told to API Gateway.

https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html (read 2026-11-21)
"""


class Judgement(StrEnum):
    """What became of the assertion about one response."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Assertion:
    """An expression that a response must satisfy; `text` is as the user wrote it."""

    text: str
    expression: Any

    def judge(self, body: bytes) -> tuple[Judgement, str]:
        """Whether a response satisfies it, and why not: what JMESPath calls true is a pass, and zero is true."""
        try:
            found = _Interpreter().visit(self.expression.parsed, json.loads(body))
        except JMESPathError:
            # Its message quotes the response, which may hold secrets.
            return Judgement.FAILED, f"{self.text}: a function in it does not take what the response holds there"
        except (ValueError, RecursionError):
            return Judgement.FAILED, f"{self.text}: the response is not JSON"
        if _is_false(found):
            return Judgement.FAILED, f"{self.text}: is {json.dumps(found)}"
        return Judgement.PASSED, f"{self.text}: holds"


class _Interpreter(TreeInterpreter):  # type: ignore[misc]
    """JMESPath, but for two fields that are both absent: they are not equal, since nothing was compared."""

    def visit_comparator(self, node: Any, value: Any) -> Any:
        found = super().visit_comparator(node, value)
        sides = node["children"]
        if node["value"] != "eq" or not found or any(side["type"] == "literal" for side in sides):
            return found
        return self.visit(sides[0], value) is not None


def _is_false(found: Any) -> bool:
    return found is None or found is False or found in ("", [], {})


def compiled(text: str) -> Assertion | None:
    """The assertion that a text states, None for an empty one.

    Beside JMESPath it takes plain JSON values after a comparison: `statusCode == 200`, `body.state == "done"`.
    Raises UsageError for an expression that is malformed, names a function that JMESPath does not have, or holds for a
    response that says nothing or only that the function failed.
    """
    text = text.strip()
    if not text:
        return None
    try:
        expression = jmespath.compile(_PLAIN_VALUE.sub(_as_literal, text))
    except (JMESPathError, ValueError) as error:
        raise UsageError(f"assertion {text!r} is not a JMESPath expression: {_why_not(text, error)}") from None
    _check_functions(text, expression.parsed)
    _check_asks(text, expression.parsed)
    assertion = Assertion(text, expression)
    _check_proves(assertion)
    return assertion


def _as_literal(hit: re.Match[str]) -> str:
    if hit["value"] is None:
        return hit[0]
    return f"{hit['compare']} `{hit['value'].replace('`', chr(92) + '`')}`"


def _why_not(text: str, error: Exception) -> str:
    """What to write instead, else what JMESPath says on one line, without what it would add on further ones."""
    for slip, said in _SLIPS:
        if slip.search(text):
            return said
    lines = str(error).splitlines() or [type(error).__name__]
    reason = re.sub(r"^(?:Bad|Invalid) jmespath expression: ", "", lines[0])
    return re.sub(r",? for expression$", "", reason.rstrip(": "))


def _check_asks(text: str, tree: Any) -> None:
    """An expression that looks at nothing would hold for every response; one that compares fields meant a value."""
    nodes = list(_nodes(tree))
    if not any(node["type"] in ("field", "current", "identity") for node in nodes):
        raise UsageError(f"assertion {text!r} does not look at the response: name a field of it, such as ok == true")
    if tree["type"] in ("multi_select_list", "multi_select_dict"):
        raise UsageError(f"assertion {text!r} makes a list or an object, which always holds; compare a field instead")
    for node in nodes:
        if node["type"] == "comparator" and [side["type"] for side in node["children"]] != ["literal", "field"]:
            _check_sides(text, *node["children"])


def _check_sides(text: str, left: Any, right: Any) -> None:
    if right["type"] != "field":
        return
    word = right["value"]
    if left["type"] == "field" and left["value"] in ("true", "false", "null"):
        raise UsageError(f"assertion {text!r}: put the field first, as in {word} == {left['value']}")
    wanted = word.lower() if word in ("True", "False") else "null" if word == "None" else f"'{word}'"
    said = f"compares with a field {word!r}; for the value write {wanted}, for the field @.{word}"
    raise UsageError(f"assertion {text!r} {said}")


def _check_proves(assertion: Assertion) -> None:
    """What holds for a response that shows a failure, or for every empty one, proves nothing when it holds."""

    def holding(bodies: tuple[Any, ...]) -> list[str]:
        told = (json.dumps(body) for body in bodies)
        return [body for body in told if assertion.judge(body.encode())[0] is Judgement.PASSED]

    empty = holding(_EMPTY)
    found = holding(_WRONG) or (empty if len(empty) == len(_EMPTY) else [])
    if found:
        said = "so it would prove nothing: say what only a right response holds, such as ok == true"
        raise UsageError(f"assertion {assertion.text!r} holds for the response {found[0]} too, {said}")


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


def _check_functions(text: str, node: Any) -> None:
    """JMESPath itself finds an unknown function or a wrong number of arguments only while it searches."""
    if node["type"] == "function_expression":
        known = Functions.FUNCTION_TABLE.get(node["value"])
        if known is None:
            raise UsageError(f"assertion {text!r}: JMESPath has no function {node['value']!r}")
        signature, given = known["signature"], len(node["children"])
        is_open = bool(signature) and signature[-1].get("variadic", False)
        if given < len(signature) or (given > len(signature) and not is_open):
            raise UsageError(
                f"assertion {text!r}: {node['value']}() takes {'at least ' * is_open}{len(signature)} "
                f"arguments, not {given}"
            )
    for child in node["children"]:
        if isinstance(child, dict):
            _check_functions(text, child)
