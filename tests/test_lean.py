"""Imports that cost less still import what they say, and take nothing away from whoever comes later."""

from __future__ import annotations

import gc
import json
import subprocess
import sys

from runbook_lib.lean import collect_garbage_seldom, import_jsonschema
from runbook_lib.render.schema import result_schema

_FRESH = """
import json, sys
from importlib.util import find_spec
from runbook_lib.lean import import_jsonschema

import_jsonschema()
loaded = [name for name in ("jsonschema", "rfc3987_syntax", "lark") if name in sys.modules]
import jsonschema
checker = jsonschema.FormatChecker()
print(json.dumps({
    "loaded": loaded,
    "valid": jsonschema.Draft202012Validator({"type": "integer"}).is_valid(1),
    "invalid": jsonschema.Draft202012Validator({"type": "integer"}).is_valid("1"),
    "formats": [name for name in ("date", "iri", "iri-reference") if name in checker.checkers],
    "later": find_spec("rfc3987_syntax") is not None,
}))
"""


def test_jsonschema_comes_without_the_parsers_of_iris_and_they_can_still_be_had() -> None:
    told = subprocess.run([sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == {
        "loaded": ["jsonschema"],
        "valid": True,
        "invalid": False,
        "formats": ["date"],
        "later": True,
    }


def test_what_was_imported_before_stays_as_it_is() -> None:
    import_jsonschema()
    before = dict(sys.modules)
    import_jsonschema()
    assert dict(sys.modules) == before


def test_no_schema_of_the_kit_asks_for_an_iri() -> None:
    assert '"format": "iri' not in json.dumps(result_schema())


def test_garbage_is_looked_for_seldom_but_still_is() -> None:
    before = gc.get_threshold()
    try:
        collect_garbage_seldom()
        assert gc.get_threshold() == (100_000, 10, 5)
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
