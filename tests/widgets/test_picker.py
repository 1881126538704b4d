"""The pickers, without a kernel: what they offer, what a pick calls, and the text twin."""

from typing import Any

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.model.progress import Step
from runbook_lib.widgets.picker import Picker
from runbook_lib.widgets.progress import notebook_bar

WIDGET = "application/vnd.jupyter.widget-view+json"


def picker(**changes: Any) -> tuple[Picker, list[tuple[str, str]]]:
    picks: list[tuple[str, str]] = []

    def changed(function: str, vpc: str) -> str:
        picks.append((function, vpc))
        return "<b>new</b>"

    given: dict[str, Any] = {
        "functions": ["worker", "baker"],
        "vpcs": {"vpc-1": "main", "vpc-2": ""},
        "function": "worker",
        "vpc": "",
        "asked": "must reach s3",
        "changed": changed,
    }
    return Picker(**{**given, **changes}), picks


def test_it_offers_everything_and_starts_with_the_pick() -> None:
    made, picks = picker()
    function, vpc, line = made.box.children
    assert (function.options, function.value) == (("baker", "worker"), "worker")
    assert (vpc.options, vpc.value) == (("vpc-1 (main)", "vpc-2"), "")
    assert line.value == "Picked: function worker; must reach s3. There are 2 functions and 2 VPCs to choose from."
    assert picks == []


def test_a_pick_in_one_field_empties_the_other_and_is_told_once() -> None:
    made, picks = picker()
    function, vpc, line = made.box.children
    vpc.value = "vpc-1 (main)"
    assert (picks, function.value) == ([("", "vpc-1")], "")
    assert "VPC vpc-1 (main)" in line.value
    assert line.value.endswith("<b>new</b>")
    function.value = "baker"
    assert (picks[1:], vpc.value) == ([("baker", "")], "")


@pytest.mark.parametrize(
    ("field", "word", "said"),
    [
        (0, "bakers", "Not picked: unknown function &#39;bakers&#39;; nearest: baker, worker."),
        (1, "vpc-9", "Not picked: unknown VPC &#39;vpc-9&#39;; nearest: vpc-2, vpc-1 (main)."),
    ],
)
def test_a_name_that_does_not_exist_is_told_and_changes_nothing(field: int, word: str, said: str) -> None:
    made, picks = picker()
    made.box.children[field].value = word
    assert made.box.children[2].value == f"<div>{made.text}</div>{said}"
    assert (picks, made.function, made.vpc) == ([], "worker", "")


def test_an_id_picks_a_vpc_and_where_none_could_be_listed_any_name_does() -> None:
    made, picks = picker()
    made.box.children[1].value = "vpc-1"
    assert picks == [("", "vpc-1")]
    blind, picks = picker(functions=[], vpcs={})
    blind.box.children[0].value = "hidden"
    blind.box.children[1].value = "vpc-7"
    assert picks == [("hidden", ""), ("", "vpc-7")]


def test_a_problem_is_shown_as_a_sentence_and_escaped() -> None:
    def changed(function: str, vpc: str) -> str:
        raise UsageError("<script>")

    made, _ = picker(changed=changed)
    made.box.children[0].value = "baker"
    assert "&lt;script&gt;" in made.box.children[2].value


def test_names_from_aws_are_escaped() -> None:
    made, _ = picker(functions=["<img>"], function="<img>")
    assert "<img>" not in made.box.children[2].value


@pytest.mark.parametrize("alive", [True, False])
def test_the_text_twin_is_always_there_and_alone_without_a_kernel(alive: bool) -> None:
    made, _ = picker(alive=alive, function="", vpc="vpc-2")
    bundle = made._repr_mimebundle_()
    assert bundle["text/plain"] == made.text == repr(made)
    assert made.text.startswith("Picked: VPC vpc-2;")
    assert (WIDGET in bundle) is alive


def test_a_function_that_was_not_listed_is_no_option_but_stays_picked() -> None:
    made, _ = picker(functions=[], function="hidden")
    assert made.box.children[0].value == ""
    assert "function hidden" in made.text


def test_the_progress_bar_closes_after_the_block_and_is_silent_without_a_kernel() -> None:
    with notebook_bar(alive=False) as progress:
        progress(Step("reading", 1, 2))
    with notebook_bar() as progress:
        progress(Step("reading", 1, 2))
        progress(Step("nothing", 0, 0))
