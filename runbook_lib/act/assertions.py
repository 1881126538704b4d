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
            found = self.expression.search(json.loads(body))
        except JMESPathError:
            # Its message quotes the response, which may hold secrets.
            return Judgement.FAILED, f"{self.text}: a function in it does not take what the response holds there"
        except (ValueError, RecursionError):
            return Judgement.FAILED, f"{self.text}: the response is not JSON"
        if found is None or found is False or found in ("", [], {}):
            return Judgement.FAILED, f"{self.text}: is {json.dumps(found)}"
        return Judgement.PASSED, f"{self.text}: holds"


def compiled(text: str) -> Assertion | None:
    """The assertion that a text states, None for an empty one.

    Beside JMESPath it takes plain JSON values after a comparison: `statusCode == 200`, `body.state == "done"`.
    Raises UsageError for an expression that is malformed, names a function that JMESPath does not have, or holds
    whatever the response says.
    """
    text = text.strip()
    if not text:
        return None
    try:
        expression = jmespath.compile(_PLAIN_VALUE.sub(_as_literal, text))
    except (JMESPathError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"assertion {text!r} is not a JMESPath expression: {reason}") from None
    _check_functions(text, expression.parsed)
    _check_asks(text, expression.parsed)
    return Assertion(text, expression)


def _as_literal(hit: re.Match[str]) -> str:
    if hit["value"] is None:
        return hit[0]
    return f"{hit['compare']} `{hit['value'].replace('`', chr(92) + '`')}`"


def _check_asks(text: str, tree: Any) -> None:
    """An expression that looks at nothing, or compares two absent fields, would hold for every response."""
    nodes = list(_nodes(tree))
    if not any(node["type"] in ("field", "current", "identity") for node in nodes):
        raise UsageError(f"assertion {text!r} does not look at the response: name a field of it, such as ok == true")
    if tree["type"] in ("multi_select_list", "multi_select_dict"):
        raise UsageError(f"assertion {text!r} makes a list or an object, which always holds; compare a field instead")
    for node in nodes:
        if node["type"] == "comparator" and node["children"][1]["type"] == "field":
            word = node["children"][1]["value"]
            wanted = word.lower() if word in ("True", "False") else "null" if word == "None" else f"'{word}'"
            raise UsageError(f"assertion {text!r} compares with a field {word!r}; for the value write {wanted}")


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
