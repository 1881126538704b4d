"""The steps of the runbook about a function's configuration, on saved facts: limits, durations, claims, commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.checks import CHECKS
from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE
from runbook_lib.parameters import parameters_of
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.runbook import open_run
from tests.builders import World
from tests.checks.function.about import logged
from tests.checks.path.flows import bare

Opened = Callable[..., Any]


@pytest.fixture(name="opened")
def _opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """A run on a world, picked and collected."""
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))

    numbers = count()

    def run(made: World, source_dir: str = "", **picked: Any) -> Any:
        facts = tmp_path / f"facts-{next(numbers)}"
        save_snapshot(made.snapshot(), facts)
        opened: Any = open_run("function_configuration", source=f"snapshot:{facts}")
        opened.pick(**{"function_name": "worker", **picked})
        opened.collect(source_dir=source_dir)
        return opened

    return run


def rows(table: Any) -> dict[str, tuple[str, ...]]:
    """The cells of a table by the name of the row."""
    return {row[0].plain: tuple(cell.plain for cell in row[1:]) for row in table.rows}


def words(figure: Any) -> list[str]:
    found: list[str] = figure.to_plotly_json()["layout"]["meta"]["words"]
    return found


def test_every_limit_stands_beside_what_was_seen(opened: Opened) -> None:
    found = rows(opened(bare().invoked("worker", "ok", "ok", "timeout")).limits())
    ended, rest = "1 of 3 invocations were ended by it", "half of them took up to 30.0 s, 99% up to 30.0 s"
    assert found["Timeout"] == ("30 s", f"30.0 s ({ended}; 2 did not fail: {rest})", "✕ Reached 100%")
    memory = ("128 MB (what Lambda gives unless told otherwise)", "64 MB (half of them up to 64 MB)", "✓ Room 50%")
    assert found["Memory"] == memory
    assert found["Initialisation of a cold start"][2] == "? Not known (the log shows none)"
    assert found["Invocations at once"][2].startswith("? Not known")


@pytest.mark.parametrize(
    ("waits_s", "said"), [(34.0, "✓ Room 88%"), (33.0, "! Near 91%"), (30.0, "✕ Gives up first 100%")]
)
def test_a_caller_that_waits_no_longer_than_the_timeout_gives_up_first(
    opened: Opened, waits_s: float, said: str
) -> None:
    found = rows(opened(bare().invoked(), load=(0, 1, waits_s)).limits())
    assert found["What the caller waits for it"] == (f"{waits_s:g} s (as told)", "30 s, its Timeout", said)


def test_an_sdk_that_goes_on_longer_is_beyond_the_timeout(opened: Opened) -> None:
    found = rows(opened(bare().invoked(), sdk=("boto3", 1)).limits())
    assert found["Timeout, for its SDK to give up first"][2].startswith("✕ Beyond")
    assert "Timeout, for its SDK to give up first" not in rows(opened(bare().invoked()).limits())


def test_what_was_not_read_is_never_room(opened: Opened) -> None:
    made = bare().denied("Events").denied("MetricDataResults")
    found = rows(opened(made).limits())
    assert {name: cells[2][0] for name, cells in found.items()} == dict.fromkeys(found, "?")


def test_durations_are_drawn_below_their_timeout(opened: Opened) -> None:
    run = opened(bare().invoked("worker", "ok", "timeout", "open"))
    assert words(run.durations_over_time()) == [
        "✓ success: 1, half of them up to 30.0 s, all 30.0 s.",
        "✕ failure: 1, half of them up to 30.0 s, all 30.0 s.",
        "Of 1 the log tells no start or no duration.",
        "Timeout: 30 s.",
    ]
    denied = opened(bare().denied("Events")).durations_over_time()
    assert denied.text.startswith("No invocation was seen, which does not mean that there was none:")


def test_checks_that_do_not_apply_for_one_reason_say_it_once(opened: Opened, tmp_path: Path) -> None:
    asked = ("SRC001", "SRC004", "SRC005")
    assert (
        opened(bare().invoked()).ask(*asked).text
        == "worker: its source code holds no Python, JavaScript or TypeScript."
    )
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n")
    assert "SRC005" in opened(bare().invoked(), str(tmp_path / "app.py")).ask(*asked).text


def test_another_function_may_be_picked_and_the_result_carries_every_parameter(opened: Opened, tmp_path: Path) -> None:
    run = opened(bare().invoked().function("other"), load=(7, 2, 5.5))
    run.pick(function_name="other", services="dynamodb", load=(9, 3, 6.5))
    run.report()
    (folder,) = (tmp_path / "reports").iterdir()
    result = json.loads((folder / "result.json").read_text())
    assert set(result["parameters"]) == {parameter.name for parameter in parameters_of("function_configuration")}
    told = ("function_name", "services", "concurrency", "connections_per_invocation", "caller_timeout_s")
    assert [result["parameters"][name] for name in told] == ["other", "dynamodb", 9, 3, 6.5]
    asked = {check.META.id for check in CHECKS if check.META.family in ("function", "logs", "source")}
    assert {finding["check_id"] for finding in result["findings"]} - {"COL001"} == asked


def test_a_wait_below_nothing_and_a_folder_that_is_not_there_are_refused(opened: Opened) -> None:
    with pytest.raises(UsageError, match="caller_timeout_s must be 0"):
        opened(bare(), load=(0, 1, -0.5))
    with pytest.raises(UsageError, match="does not exist"):
        opened(bare(), "/nowhere/at/all")


def test_claims_are_shown_with_their_sources(opened: Opened) -> None:
    run = opened(bare())
    assert all("https://" in row[-1].plain for row in run.claims().rows)
    assert {row[0].small for row in run.claims("size").rows} == {"size"}


def test_facts_can_be_asked_for_by_hand_in_a_vpc_and_outside(opened: Opened) -> None:
    for name in ("worker", "lonely"):
        said = opened(bare().function("lonely", in_vpc=False), function_name=name).ask("FUN001").text
        assert f"--function-name {name}" in said
        assert said.count("--region ap-southeast-1") == 1


@pytest.mark.parametrize("took_s", [3.0, 29.0])
def test_the_timeout_of_published_versions_is_not_that_of_the_latest_code(opened: Opened, took_s: float) -> None:
    said = "? Not known (1 ran versions with a Timeout of their own)"
    found = rows(opened(logged(bare(), took_s, stream="[7]")).limits())["Timeout"]
    assert found == ("30 s", "–", said)
    beside = rows(opened(logged(logged(bare(), took_s, stream="[7]"), 6.0)).limits())["Timeout"]
    assert beside[2] == said


def test_a_timeout_that_is_no_number_stops_no_step(opened: Opened) -> None:
    made = bare().invoked().changed("Functions", "worker", lambda raw: raw.update(Timeout="30", MemorySize="128"))
    found = rows(opened(made).limits())
    assert found["Timeout"][2].startswith("? Not known (the Timeout of worker could not be read")
