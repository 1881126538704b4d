"""The what-if of a load: sliders move the table, headless it is the table alone, and no kernel is needed."""

from __future__ import annotations

from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.render.load_table import LoadAsked, load_table
from runbook_lib.render.tables import Table
from runbook_lib.widgets.load import LoadSliders

ASKED = LoadAsked(concurrency=10, connections=2, addresses=1)


def sliders(asked: LoadAsked = ASKED, *, alive: bool = True) -> LoadSliders:
    return LoadSliders(asked, lambda load: load_table(load, 100, "nat"), alive=alive)


def parts(made: LoadSliders) -> tuple[Any, Any, Any, Any]:
    """The sliders for invocations, connections and addresses, and what is shown below them."""
    concurrency, connections, addresses, shown = made.box.children
    return concurrency, connections, addresses, shown


def test_sliders_start_at_what_is_asked_and_show_its_answer() -> None:
    concurrency, connections, addresses, shown = parts(sliders())
    assert (round(concurrency.value), connections.value, addresses.value) == (10, 2, 1)
    assert "10 invocations at once × 2 connections each, 1 address" in shown.value


def test_every_slider_changes_the_answer() -> None:
    made = sliders()
    concurrency, connections, addresses, shown = parts(made)
    concurrency.value = 1000
    assert "1,000 invocations at once × 2 connections each, 1 address" in shown.value
    connections.value = 50
    assert ">50,000<" in shown.value
    assert "Nearly full" in shown.value
    addresses.value = 2
    assert "Share of 110,000 ports" in shown.value
    assert made.asked == LoadAsked(concurrency=1000, connections=50, addresses=2)
    assert "1,000 invocations at once" in repr(made)


def test_what_is_asked_always_fits_on_the_sliders() -> None:
    concurrency, connections, addresses, _ = parts(
        sliders(LoadAsked(concurrency=2_000_000, connections=400, addresses=32))
    )
    assert (round(concurrency.value), connections.value, addresses.value) == (2_000_000, 400, 32)
    none, without, _, _ = parts(sliders(LoadAsked(concurrency=0, connections=0, addresses=1)))
    assert (none.value, without.value) == (1, 0)


def test_headless_it_is_the_table_for_the_parameters() -> None:
    made = sliders(alive=False)
    bundle = made._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == repr(load_table(ASKED, 100, "nat"))
    assert "application/vnd.jupyter.widget-view+json" in sliders()._repr_mimebundle_()


def test_an_error_is_told_below_the_sliders_as_text() -> None:
    def refuse(load: LoadAsked) -> Table:
        if load.connections == 7:
            raise UsageError("no <b>seven</b>")
        return load_table(load, None, "nat")

    made = LoadSliders(ASKED, refuse)
    _, connections, _, shown = parts(made)
    connections.value = 7
    assert shown.value == "no &lt;b&gt;seven&lt;/b&gt;"
    connections.value = 8
    assert "8 connections each" in shown.value
