"""The run behind the cells: order, errors as sentences, another pick, and the bundle of an interactive run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.errors import RunbookError, UsageError
from runbook_lib.execute import STAGING_VARIABLE, VERDICT_MIME
from runbook_lib.facade import handover, views
from runbook_lib.model.status import Verdict
from runbook_lib.render.bundle import verify_bundle
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.runbook import open_run
from tests.builders import World, world
from tests.render import samples


def two_functions() -> World:
    """`worker` in a subnet with the endpoint, `stray` in one whose table lacks it."""
    built = world().vpc().subnet("a").subnet("b", az="b").table("own", subnets=["b"]).group()
    built.function("worker", subnets=["a"]).function("stray", subnets=["b"])
    return built.gateway_endpoint("s3", tables=["main"])


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))
    save_snapshot(two_functions().snapshot(), tmp_path / "facts")
    return f"snapshot:{tmp_path / 'facts'}"


def opened(source: str, **picked: Any) -> Any:
    run = open_run("vpc_endpoints", source=source)
    run.pick(**{"function_name": "worker", **picked})
    run.collect()
    return run


def test_steps_out_of_order_say_which_cell_is_missing(source: str) -> None:
    run = open_run("vpc_endpoints", source=source)
    with pytest.raises(UsageError, match=r"run the cell with run.pick\(...\) first"):
        run.collect()
    with pytest.raises(UsageError, match=r"run the cell with run.collect\(\) first"):
        run.ask("END001")
    with pytest.raises(UsageError, match="which function"):
        run.pick()


def test_an_error_in_a_notebook_is_its_sentence() -> None:
    assert RunbookError("expected this; do that")._render_traceback_() == ["expected this; do that"]


def test_the_header_names_source_account_region_and_age(source: str) -> None:
    text = open_run("vpc_endpoints", source=source)._repr_mimebundle_()["text/plain"]
    for word in ("vpc_endpoints", source, "111122223333", "ap-southeast-1", "nobody was asked", "ago"):
        assert word in text
    assert "SIMULATED" not in text


def test_a_step_shows_findings_what_is_wanted_and_real_commands(source: str) -> None:
    shown = opened(source).ask("END003")
    assert shown.text.startswith("Wanted: Gateway endpoint is associated with every route table the target uses.")
    assert "aws ec2 describe-route-tables" in shown.text
    assert "Values=vpc-main" in shown.text
    assert "--region ap-southeast-1" in shown.text
    assert set(shown._repr_mimebundle_()) == {"text/plain", "text/html"}
    with pytest.raises(UsageError, match="there is no check END999"):
        opened(source).ask("END999")


def test_the_verdict_holds_no_ids_and_no_times(source: str) -> None:
    bundle = opened(source, function_name="stray").verdict()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", VERDICT_MIME}
    assert bundle[VERDICT_MIME]["verdict"] == "FAIL"
    assert bundle[VERDICT_MIME]["fail"] == ["END003", "END004"]
    said = json.dumps(bundle)
    assert not any(word in said for word in ("vpc-", "subnet-", "rtb-", "111122223333", "2026"))


def test_fail_on_is_applied_at_the_verdict(source: str) -> None:
    run = opened(source, function_name="stray")
    assert run.verdict(fail_on="critical").data[VERDICT_MIME]["verdict"] == "PASS"
    assert run.verdict().data[VERDICT_MIME]["verdict"] == "FAIL"
    with pytest.raises(UsageError, match="unknown severity"):
        run.verdict(fail_on="bad")


def test_another_pick_is_judged_on_the_same_facts_and_marks_what_is_old(source: str) -> None:
    run = open_run("vpc_endpoints", source=source)
    picker = run.pick(function_name="worker")
    function = picker.box.children[0]
    function.value = "stray"
    assert "out of date" not in picker.box.children[2].value
    function.value = "worker"
    run.collect()
    assert run.verdict().data[VERDICT_MIME]["verdict"] == "PASS"
    function.value = "stray"
    assert "out of date" in picker.box.children[2].value
    assert "FAIL" in picker.box.children[2].value
    assert run.verdict().data[VERDICT_MIME]["verdict"] == "FAIL"


def test_interactively_the_cell_writes_the_whole_bundle(source: str, tmp_path: Path) -> None:
    said = opened(source, bucket="reports").report().text
    (folder,) = (tmp_path / "reports").iterdir()
    assert str(folder) in said
    assert verify_bundle(folder) == ()
    result = json.loads((folder / "result.json").read_text())
    assert (result["runbook"], result["target"]["name"]) == ("vpc_endpoints", "worker")
    assert result["parameters"]["bucket"] == "reports"
    assert opened(source).report(out=str(tmp_path / "other"), mask_accounts=True)
    (masked,) = (tmp_path / "other").iterdir()
    assert b"111122223333" not in b"".join(path.read_bytes() for path in masked.rglob("*") if path.is_file())


def test_headless_the_result_is_left_to_the_parent(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STAGING_VARIABLE, str(tmp_path))
    run = open_run("vpc_endpoints", source=source)
    assert set(run.pick(function_name="worker")._repr_mimebundle_()) == {"text/plain"}
    run.collect()
    run.report(out="ignored")
    left = handover.take(tmp_path)
    assert left is not None
    assert (left[0].verdict, left[1].scopes) == (Verdict.PASS, two_functions().snapshot().scopes)
    assert not (tmp_path / "reports").exists()


def test_of_the_changes_for_a_finding_the_proven_ones_come_first() -> None:
    (failed,) = [finding for finding in samples.FINDINGS if finding.fixes][:1]
    untried = replace(samples.FIX, title="Something else", proven=False)
    text = views.fixes([replace(failed, fixes=(untried, samples.FIX))]).text
    assert text.index(samples.FIX.title) < text.index("Something else")


def test_every_step_of_the_notebook_shows_something(source: str) -> None:
    run = opened(source, function_name="stray")
    assert "Functions" in repr(run.coverage())
    assert "END003" in repr(run.matrix())
    assert run.route_map().layout.title.text == "How stray reaches S3"
    assert "proven" in run.fixes().text
    assert "nothing failed" in opened(source).fixes().text
