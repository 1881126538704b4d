"""Whether the condition of a statement is met, by the keys of a request that are known here.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
(read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runbook_lib.network.policy import covers

__all__ = ["is_met"]

_EXACT = frozenset({"stringequals", "bool"})
_LIKE = frozenset({"stringlike", "arnequals", "arnlike"})
_OPPOSITES = {
    "stringnotequals": "stringequals",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnlike",
    "arnnotlike": "arnlike",
}


def is_met(condition: Mapping[str, Mapping[str, object]], known: Mapping[str, str]) -> bool | None:
    """Whether every test is met; None when one that decides is about a key or in a way not known here.

    `known` has the keys in lower case.
    """
    found = [
        _holds(operator.lower().removesuffix("ifexists"), known.get(key.lower()), _texts(values))
        for operator, tests in condition.items()
        for key, values in tests.items()
    ]
    if False in found:
        return False
    return None if None in found else True


def _holds(operator: str, told: str | None, values: tuple[str, ...]) -> bool | None:
    if operator in _OPPOSITES:
        met = _holds(_OPPOSITES[operator], told, values)
        return None if met is None else not met
    if told is None or any("${" in value for value in values):
        return None
    if operator in _EXACT:
        return told in ([value.lower() for value in values] if operator == "bool" else values)
    return any(covers(value, told) for value in values) if operator in _LIKE else None


def _texts(values: object) -> tuple[str, ...]:
    if isinstance(values, bool):
        return (str(values).lower(),)
    if isinstance(values, str):
        return (values,)
    return tuple(text for value in values for text in _texts(value)) if isinstance(values, Iterable) else ()
