"""The steps of a runbook that looks at logs and metrics, on saved facts: what each shows, and why if it shows none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE, VERDICT_MIME
from runbook_lib.facade.running import prepare
from runbook_lib.parameters import parameters_of
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.render.tables import Table
from runbook_lib.runbook import open_run
from tests.builders import World
from tests.checks.path.flows import bare, two_subnets

BANK = {"destination": "198.51.100.7", "traffic": ("", 22)}
MIXED = ("ok",) * 5 + ("timeout",) * 5
PORTS = ("ErrorPortAllocation", "ActiveConnectionCount", "ConnectionAttemptCount")

Opened = Callable[..., Any]


@pytest.fixture(name="opened")
def _opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """A run on a world, picked and collected."""
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    monkeypatch.setenv("RUNBOOK_REPORTS", str(tmp_path / "reports"))

    def run(made: World, **picked: Any) -> Any:
        save_snapshot(made.snapshot(), tmp_path / "facts")
        opened = open_run("nat_gateway", source=f"snapshot:{tmp_path / 'facts'}")
        opened.pick(**{"function_name": "worker", **BANK, **picked})
        opened.collect()
        return opened

    return run


def drawn(figure: Any) -> dict[str, Any]:
    made: dict[str, Any] = figure.to_plotly_json()
    return made


def words(figure: Any) -> list[str]:
    found: list[str] = drawn(figure)["layout"]["meta"]["words"]
    return found


def test_a_full_gateway_is_drawn_with_limit_and_failures(opened: Opened) -> None:
    crowded = {"ErrorPortAllocation": 90.0, "ActiveConnectionCount": 55_010.0}
    figure = opened(two_subnets().metrics(**crowded).invoked("worker", *MIXED)).panels(*PORTS)
    assert words(figure) == [
        "Connections refused for want of a port (ErrorPortAllocation): 90 in all",
        "Connections held at once (ActiveConnectionCount): at most 55,010, limit 55,000 (55,000 to one destination)",
        "Connections attempted and established (ConnectionAttemptCount): 120, established 120",
    ]
    layout = drawn(figure)["layout"]
    assert "nat-main" in layout["title"]["text"]
    failures = [trace for trace in drawn(figure)["data"] if "failed" in trace["name"]]
    assert len(failures) == len(PORTS)
    assert sum(moment is not None for moment in failures[0]["x"]) == 2


def test_minutes_without_a_value_are_drawn_as_such_and_are_no_zero(opened: Opened) -> None:
    figure = opened(two_subnets().metrics(missing=(10, 11)).invoked("worker")).panels("ErrorPortAllocation")
    assert words(figure)[0].endswith("0 in all, 2 periods without a value")
    assert "? no value" in [trace["name"] for trace in drawn(figure)["data"]]


def test_metrics_that_were_not_read_say_what_would_read_them(opened: Opened) -> None:
    run = opened(two_subnets().denied("MetricDataResults").invoked("worker"))
    (said,) = words(run.panels("ErrorPortAllocation"))
    assert "could not be read" in said
    assert "cloudwatch:GetMetricData" in said
    assert "was not read" in repr(run.load())
    assert run.verdict().data[VERDICT_MIME]["verdict"] == "UNKNOWN"


def test_a_gateway_that_is_not_known_is_not_said_to_be_absent(opened: Opened) -> None:
    (unknown,) = words(opened(two_subnets().denied("RouteTables").invoked("worker")).panels("PacketsDropCount"))
    assert "is not known" in unknown
    (absent,) = words(opened(bare().invoked("worker")).panels("PacketsDropCount"))
    assert absent.endswith("No NAT gateway is used.")


def test_a_metric_nobody_shows_is_refused(opened: Opened) -> None:
    with pytest.raises(UsageError, match="unknown metric 'ErrorPortAlocation'; nearest: ErrorPortAllocation"):
        opened(two_subnets()).panels("ErrorPortAlocation")


def test_every_step_about_invocations_shows_them(opened: Opened) -> None:
    run = opened(two_subnets().invoked("worker", *MIXED))
    assert drawn(run.timeline())["layout"]["title"]["text"] == "10 invocations on 2026-11-21 by start"
    assert words(run.by_rank()) == ["11:50:00: " + " ".join("✓" * 5 + "✕" * 5)]
    assert len(run.invocations().rows) == 10
    assert run.pattern().caption == "Over all bursts: the first succeed, later ones fail"
    assert "since nobody told how this function calls" in run.durations().caption
    assert run.causes().text.splitlines()[0] == run.verdict().text.splitlines()[-1].removeprefix("Invocations: ")


@pytest.mark.parametrize("step", ["timeline", "invocations", "by_rank", "pattern"])
def test_without_invocations_a_step_says_so_and_never_that_all_is_well(opened: Opened, step: str) -> None:
    shown = getattr(opened(two_subnets().denied("Events")), step)()
    assert shown.text.startswith("No invocation was seen, which does not mean that there was none:")
    assert "logs:FilterLogEvents" in shown.text


@pytest.mark.parametrize("step", ["timeline", "invocations", "by_rank", "pattern", "durations", "causes"])
def test_a_vpc_has_no_log(opened: Opened, step: str) -> None:
    run = opened(two_subnets().invoked("worker", *MIXED), function_name="", vpc_id="vpc-main")
    assert getattr(run, step)().text.startswith("A log belongs to one function.")
    assert run.verdict().text.endswith("Invocations: not looked at, since no function was picked.")
    assert isinstance(run.load().table, Table)


def test_one_invocation_has_no_rank(opened: Opened) -> None:
    assert opened(two_subnets().invoked("worker")).by_rank().text == "No two invocations started close together."


def test_the_result_carries_the_causes_and_every_parameter(opened: Opened, tmp_path: Path) -> None:
    run = opened(two_subnets().invoked("worker", *MIXED), sdk=("java", 2), load=(40, 3, 2))
    run.report()
    (folder,) = (tmp_path / "reports").iterdir()
    result = json.loads((folder / "result.json").read_text())
    assert set(result["parameters"]) == {parameter.name for parameter in parameters_of("nat_gateway")}
    told = ("sdk", "resolved_addresses", "concurrency", "connections_per_invocation", "nat_addresses")
    assert [result["parameters"][name] for name in told] == ["java", 2, 40, 3, 2]
    assert [item["rank"] for item in result["hypotheses"]] == list(range(1, len(result["hypotheses"]) + 1))
    assert "nat_port_exhaustion" in {item["cause"] for item in result["hypotheses"]}
    assert "Causes, best supported first" in (folder / "report.html").read_text()
    assert {finding["check_id"][:3] for finding in result["findings"]} == {"NAT", "LOG"}


def test_the_load_starts_from_what_was_seen_unless_told(opened: Opened) -> None:
    made = two_subnets().metrics(ActiveConnectionCount=1000.0).invoked("worker", *MIXED)
    assert opened(made).load().table.caption == "10 invocations at once × 1 connection each, 1 address"
    told = opened(made, load=(2000, 5, 2)).load()
    assert told.table.caption == "2,000 invocations at once × 5 connections each, 2 addresses"
    assert [row[1].text for row in told.table.rows] == ["10,000", "1,000", "11,000"]


def test_another_load_is_judged_anew_on_the_same_facts(opened: Opened) -> None:
    run = opened(two_subnets().invoked("worker").throttled(0))
    assert run.verdict().data[VERDICT_MIME]["verdict"] == "PASS"
    run.pick(function_name="worker", **BANK, load=(60_000, 1, 0))
    assert run.verdict().data[VERDICT_MIME]["fail"] == ["NAT011"]


def test_a_durations_table_is_that_of_the_client_told(opened: Opened) -> None:
    run = opened(two_subnets().invoked("worker", *MIXED), sdk=("java", 1))
    assert run.durations().caption == "How long a failure takes with java"


def test_metrics_and_logs_can_be_asked_for_by_hand(opened: Opened) -> None:
    run = opened(two_subnets().invoked("worker"))
    said = run.ask("NAT007").text
    for part in (
        "aws cloudwatch get-metric-statistics",
        "--dimensions Name=NatGatewayId,Value=nat-main",
        "--metric-name ErrorPortAllocation",
        "--start-time 2026-11-21T11:00:00Z --end-time 2026-11-21T12:00:00Z",
        "--period 60 --statistics Sum",
    ):
        assert part in said
    assert "aws logs filter-log-events \\\n    --log-group-name /aws/lambda/worker" in run.ask("LOG001").text
    assert "aws logs describe-log-groups" in run.ask("LOG002").text
    assert "--dimensions Name=FunctionName,Value=worker" in opened(two_subnets().throttled(0)).ask("LOG003").text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("since", "1h", "until", "2h"), "the window is reversed"),
        (("until", "2099-01-01T00:00:00Z"), "lies in the future"),
        (("since", "yesterday"), "since 'yesterday' is no moment"),
        (("connections_per_invocation", "-1"), "cannot be negative"),
        (("concurrency", "-1"), "cannot be negative"),
        (("nat_addresses", "-1"), "at least 1 address"),
        (("resolved_addresses", "-1"), "resolved addresses cannot be negative"),
        (("sdk", "boto"), "unknown SDK 'boto'; nearest: boto3"),
        (("max_log_events", "0"), "max_events must be at least 1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_makes_no_sense_is_refused_before_a_kernel_starts(given: tuple[str, ...], said: str) -> None:
    pairs = list(zip(given[::2], given[1::2], strict=True))
    with pytest.raises(UsageError, match=said):
        prepare("nat_gateway", (), pairs)
