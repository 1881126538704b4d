"""result.json against its schema."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runbook_lib.render.schema import result_schema, validate_result
from tests.render import samples


def said() -> dict[str, Any]:
    """A valid result."""
    return samples.result().to_json()


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(result_schema())


def test_results_are_valid_with_and_without_artifacts() -> None:
    validate_result(said())
    validate_result(samples.result().to_json(with_artifacts=False))
    validate_result(samples.passing().to_json())


@pytest.mark.parametrize("key", sorted(set(said()) - {"artifacts"}))
def test_every_key_is_required(key: str) -> None:
    lacking = {name: value for name, value in said().items() if name != key}
    with pytest.raises(ValueError, match=f"'{key}' is a required property"):
        validate_result(lacking)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("verdict", {"verdict": "GREEN"}),
        ("schema", {"schema": "runbook-result/2"}),
        ("started_at", {"started_at": "2026-11-21 09:30"}),
        ("run_id", {"run_id": "../x"}),
        ("the object", {"surprise": 1}),
        ("source/kind", {"source": {**samples.result().origin.to_json(), "kind": "guess"}}),
        ("counts", {"counts": {"PASS": 1}}),
        ("findings/0", {"findings": [{}]}),
        ("calls/count", {"calls": {"count": -1, "errors": [], "denied": []}}),
    ],
)
def test_deviation_is_named(place: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"breaks its schema at {place}"):
        validate_result(said() | change)
