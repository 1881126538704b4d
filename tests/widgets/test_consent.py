"""Consent: only the whole name of the function gives it, taking it back takes it back, and no kernel is needed."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.render.tables import Cell, Table
from runbook_lib.widgets.consent import ConsentForm

TOLD = Table("What will happen", ("What", "Value"), ((Cell("Function"), Cell("worker <b>")),))


def form(*, given: bool = False, alive: bool = True) -> ConsentForm:
    return ConsentForm(TOLD, name="worker", how="set consent to its ARN", given=given, alive=alive)


def parts(made: ConsentForm) -> tuple[Any, Any, Any]:
    """What will happen, the field, and the line below it."""
    told, field, line = made.box.children
    return told, field, line


@pytest.mark.parametrize("typed", ["", "worke", "Worker", "workers", "yes"])
def test_anything_but_the_name_gives_nothing(typed: str) -> None:
    made = form()
    _, field, line = parts(made)
    field.value = typed
    assert not made.is_given
    assert made.line == "Not agreed: the cells below invoke nothing. To agree, set consent to its ARN."
    assert line.value == made.line


def test_the_name_gives_it_and_deleting_it_takes_it_back() -> None:
    made = form()
    told, field, line = parts(made)
    assert "worker &lt;b&gt;" in told.value
    field.value = " worker "
    assert made.is_given
    assert line.value == "Agreed: the cells below invoke worker as told above."
    field.value = "worke"
    assert not made.is_given


def test_a_parameter_gives_it_from_the_start() -> None:
    made = form(given=True)
    assert made.is_given
    assert parts(made)[1].value == "worker"


def test_headless_it_is_text_and_can_only_be_given_before() -> None:
    bundle = form(alive=False)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == repr(form())
    assert "Not agreed" in bundle["text/html"]


def test_alive_it_is_a_widget_with_a_text_twin() -> None:
    bundle = form()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].startswith("What will happen\n")
