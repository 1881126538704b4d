"""The JSON Schema of result.json and the validation every written file passes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from runbook_lib.lean import import_jsonschema

__all__ = ["result_schema", "validate_result"]


@lru_cache(maxsize=1)
def result_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of result.json."""
    text = files("runbook_lib.render").joinpath("result.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def validate_result(said: Mapping[str, Any]) -> None:
    """Raise ValueError naming the place and the reason when an object is not a result of the contract."""
    import_jsonschema()
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(result_schema()).iter_errors(said))
    if error is not None:
        place = "/".join(str(step) for step in error.absolute_path) or "the object"
        raise ValueError(f"result.json breaks its schema at {place}: {error.message}")
