"""The steps of the runbook about idle connections, on saved facts: devices, clients, timelines, answers, evidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.collect.files import load
from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE, VERDICT_MIME
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.parameters import parameters_of
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.render.tables import Table
from runbook_lib.runbook import open_run
from tests.builders import World, world
from tests.checks.path.flows import bare

Opened = Callable[..., Any]

BUNDLE = "net.ipv4.tcp_keepalive_time = {time}\nnet.ipv4.tcp_keepalive_intvl = 75\nnet.ipv4.tcp_keepalive_probes = 9\n"


@pytest.fixture(name="opened")
def _opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """A run on a world, picked and collected."""
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))

    def run(made: World, destination: str = "lambda", **collected: Any) -> Any:
        save_snapshot(made.snapshot(), tmp_path / "facts")
        opened: Any = open_run("tcp_keepalive", source=f"snapshot:{tmp_path / 'facts'}")
        opened.pick(function_name="worker", destination=destination)
        opened.said = opened.collect(**collected).text
        return opened

    return run


def nat_world() -> World:
    """A function in a private subnet that reaches services through a NAT gateway."""
    made = world().vpc().subnet(az="a").subnet("public", az="a").internet_gateway().group().function(subnets=["a"])
    made.table("public", subnets=["public"]).route("public", "0.0.0.0/0", "igw-main").nat(subnet="public")
    return made.route("main", "0.0.0.0/0", "nat-main")


def behind_nat(**told: Any) -> World:
    """The same with a client that probes after 60 s."""
    return nat_world().client("app", **told)


def statuses(run: Any) -> dict[str, Any]:
    said: dict[str, Any] = run.verdict().data[VERDICT_MIME]
    return {name: said[name] for name in ("verdict", "fail", "unknown")}


def words(figure: Any) -> list[str]:
    found: list[str] = figure.to_plotly_json()["layout"]["meta"]["words"]
    return found


def test_a_client_that_probes_too_late_fails_at_every_step(opened: Opened) -> None:
    run = opened(behind_nat(TimeS=7200))
    assert run.said.endswith(" 1 client to judge.")
    (device,) = run.devices().rows
    assert [cell.plain for cell in device][:2] == ["NAT gateway (nat-main)", "350 s"]
    assert [cell.plain for cell in run.clients().rows[0]][:2] == ["app (host)", "✕ unsafe"]
    assert run.clients().note == ""
    assert words(run.timelines()) == ["app: unsafe, first probe at 7200 s, path drops at 350 s."]
    assert run.timelines().to_plotly_json()["layout"]["annotations"][-1]["text"].startswith("NAT gateway nat-main<br>")
    assert "KAL001" in statuses(run)["fail"]
    assert statuses(run)["verdict"] == "FAIL"


def test_a_client_that_probes_in_time_passes(opened: Opened) -> None:
    run = opened(behind_nat())
    assert statuses(run)["fail"] == []
    assert words(run.timelines()) == ["app: safe, first probe at 60 s, then every 60 s, path drops at 350 s."]


def test_a_limit_told_by_hand_counts_instead_of_the_path(opened: Opened) -> None:
    run = opened(behind_nat(), idle_limit_s=50.0)
    assert "KAL001" in statuses(run)["fail"]
    assert run.devices().note == "Looked at: 50 s, told by hand."
    assert "forgets after 50 s" in run.timelines().to_plotly_json()["layout"]["annotations"][-1]["text"]


def test_without_a_limit_on_the_path_the_table_says_what_it_is_held_against(opened: Opened) -> None:
    run = opened(bare().client("app", TimeS=7200))
    assert run.clients().note.startswith("No idle limit of the path is known; the table shows what 350 s would do")
    assert run.timelines().to_plotly_json()["layout"]["annotations"][-1]["text"].startswith("A path that<br>forgets")


def test_clients_named_now_replace_those_that_were_saved(opened: Opened, tmp_path: Path) -> None:
    bundle = tmp_path / "web-1.txt"
    bundle.write_text(BUNDLE.format(time=120))
    run = opened(behind_nat(TimeS=7200), clients=str(bundle), so_keepalive="on")
    (row,) = run.clients().rows
    assert [cell.text for cell in row][3:5] == ["on", "every 120 s"]
    assert statuses(run)["fail"] == []


def test_without_clients_nothing_passes_and_every_step_says_so(opened: Opened) -> None:
    run = opened(nat_world().denied(KeepaliveSubject.KEY))
    assert "No client is named." in run.clients().text
    assert run.clients().text == run.timelines().text
    assert statuses(run)["verdict"] != "PASS"


def test_probes_that_do_not_count_are_never_drawn_as_safe(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    from runbook_lib.checks.keepalive.common import Idle
    from runbook_lib.facade import keepalive_run
    from runbook_lib.keepalive.device import Device
    from runbook_lib.keepalive.devices import limit_of

    balancer = Device(
        kind="load-balancer", id="app", noun="Application Load Balancer", idle_limit_s=60, happens="closes it",
        source="", counts_probes=False,
    )  # fmt: skip
    idle = Idle(told_s=None, limit=limit_of((balancer,)), devices=(balancer,))
    monkeypatch.setattr(keepalive_run, "idle_of", lambda *_: idle)
    run = opened(behind_nat(TimeS=5, IntervalS=5))
    said = "Application Load Balancer app closes a connection after 60 s without data, and probes carry none."
    assert run.timelines().text == said
    assert [cell.plain for cell in run.clients().rows[0]][1::4] == ["✕ unsafe", said]


def test_the_lab_is_run_only_when_asked_for(opened: Opened) -> None:
    run = opened(behind_nat())
    assert run.lab(False, 5).text.endswith("runbook natlab idle --limit 5")
    with pytest.raises(UsageError, match="idle limit of the lab"):
        run.lab(True, 0)


def test_the_evidence_holds_the_clients_and_gives_the_same_answer_again(opened: Opened, tmp_path: Path) -> None:
    bundle = tmp_path / "web-1.txt"
    bundle.write_text(BUNDLE.format(time=7200))
    run = opened(nat_world(), clients=str(bundle), so_keepalive="on")
    run.report()
    (folder,) = (tmp_path / "reports").iterdir()
    result = json.loads((folder / "result.json").read_text())
    told = {name: result["parameters"][name] for name in ("clients", "so_keepalive", "idle_limit_s")}
    assert told == {"clients": str(bundle), "so_keepalive": "on", "idle_limit_s": 0.0}
    assert set(result["parameters"]) <= {parameter.name for parameter in parameters_of("tcp_keepalive")}
    assert [one.time_s for one in load(folder / "snapshot").all(KeepaliveSubject)] == [7200]
    bundle.unlink()
    again: Any = open_run("tcp_keepalive", source=f"snapshot:{folder / 'snapshot'}")
    again.pick(function_name="worker", destination="lambda")
    again.collect()
    assert again.verdict().data == run.verdict().data
    assert isinstance(again.clients(), Table)
    assert repr(again.clients()) == repr(run.clients())


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"so_keepalive": "perhaps"}, "so_keepalive must be on, off or empty"),
        ({"idle_limit_s": -5.0}, "more than 0 seconds"),
        ({"clients": "nowhere/pod.yaml"}, "cannot read"),
        ({"since": "1h"}, "a snapshot holds the window"),
    ],
)
def test_a_wrong_question_is_refused(opened: Opened, told: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        opened(behind_nat(), **told)
