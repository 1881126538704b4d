"""Figures and tables of a deployment: nothing that was sent is missing from them, and nothing from AWS is markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runbook_lib.act.consent import invocation_consent
from runbook_lib.act.probe import probe_consent
from runbook_lib.facade.awaiting import rows_of
from runbook_lib.facade.deploying import Errand
from runbook_lib.invocations.requests import Delivery, Request
from runbook_lib.model.actions import ProbeResult
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Status
from runbook_lib.render.deploy_figures import confidence_figure, duration_histogram, request_timeline
from runbook_lib.render.deploy_tables import (
    consent_table,
    outputs_table,
    probe_consent_table,
    probe_table,
    request_table,
)
from runbook_lib.render.invocation_figures import OUTSIDE
from runbook_lib.render.marks import COLOURS
from tests.builders import World
from tests.checks.deploy.cases import ARN, deployed
from tests.deployments import SENT, request_id
from tests.render.invocations import HOSTILE


def rows(made: World) -> tuple[Request, ...]:
    view = made.view()
    return rows_of(view, view.function("worker"))


def drawn(figure: Any) -> dict[str, Any]:
    made: dict[str, Any] = figure.to_plotly_json()
    return made


def heights(figure: Any) -> dict[str, int]:
    return {trace["name"]: sum(trace["y"]) for trace in drawn(figure)["data"]}


def words(figure: Any) -> list[str]:
    found: list[str] = drawn(figure)["layout"]["meta"]["words"]
    return found


# durations


def test_every_request_with_an_answer_has_its_place() -> None:
    made = deployed()
    for number, took_ms in enumerate((0.5, 1000, 1000, 5999, 6000, 6000)):
        end = "error" if took_ms > 5000 else "ok"
        made.sent("burst", end, ran_ms=took_ms, at=SENT + timedelta(seconds=number))
    figure = duration_histogram(rows(made.sent("burst", "silent")), (0.0, None))
    assert heights(figure) == {"✕ failure": 3, "✓ success": 3}
    assert drawn(figure)["layout"]["title"]["text"] == "How long 6 requests took, 1 without a REPORT left out"
    assert words(figure)[-1] == "No duration is expected."
    assert "shapes" not in drawn(figure)["layout"]


@pytest.mark.parametrize(
    ("window", "edges", "said"),
    [
        ((500.0, 3000.0), (0.5, 3.0), "Expected: from 500 ms to 3.0 s."),
        ((0.0, 9000.0), (0.0, 9.0), "Expected: from 0 ms to 9.0 s."),
        ((500.0, None), (0.5, 2.0), "Expected: from 500 ms on."),
    ],
)
def test_the_expected_window_is_drawn(
    window: tuple[float, float | None], edges: tuple[float, float], said: str
) -> None:
    figure = duration_histogram(rows(deployed().sent("burst", "ok", "ok", ran_ms=2000)), window)
    (band,) = drawn(figure)["layout"]["shapes"]
    assert (band["x0"], pytest.approx(band["x1"])) == edges
    assert words(figure) == ["success: 2, 2.0 s to 2.0 s", said]


def test_without_any_report_there_is_an_empty_figure() -> None:
    figure = duration_histogram(rows(deployed().sent("burst", "silent")), (0.0, None))
    assert heights(figure) == {}


# confidence


@pytest.mark.parametrize(
    ("good", "runs", "said"),
    [
        (10, 10, "10 of 10 runs succeeded, which shows at least 74%"),
        (299, 299, "299 of 299 runs succeeded, which shows at least 99%"),
        (298, 298, "298 of 298 runs succeeded, which shows at least 98.9%"),
        (0, 10, "0 of 10 runs succeeded, which shows at least 0%"),
        (9, 10, "9 of 10 runs succeeded, which shows at least 60%"),
    ],
)
def test_the_bound_is_told_and_marked(good: int, runs: int, said: str) -> None:
    figure = confidence_figure(good, runs, 0.0)
    assert words(figure) == [said]
    curve, mark = drawn(figure)["data"]
    assert list(mark["x"]) == [runs]
    at = dict(zip(curve["x"], curve["y"], strict=True))
    assert (good < runs) or (runs not in at) or list(mark["y"]) == [at[runs]]
    assert "shapes" not in drawn(figure)["layout"]


def test_the_wanted_rate_is_a_line_and_says_how_many_runs_it_needs() -> None:
    figure = confidence_figure(10, 10, 0.99)
    (line,) = drawn(figure)["layout"]["shapes"]
    assert (line["y0"], line["y1"]) == (0.99, 0.99)
    assert words(figure)[1] == "299 runs without a failure show 99%"
    assert max(drawn(figure)["data"][0]["x"]) >= 299


# requests


def test_the_timeline_is_that_of_the_client() -> None:
    made = deployed().sent("smoke", "ok", at=SENT - timedelta(minutes=1)).sent("burst", "ok", "error", "lost")
    figure = request_timeline(rows(made))
    assert [line.split()[2].rstrip(",") for line in words(figure)] == ["success", "success", "failure", "unknown"]
    assert words(figure)[0].startswith(f"11:49:00.000 {request_id('smoke', 1)}: success, 2.00 s")


def test_one_row_per_request_with_what_was_decisive() -> None:
    table = request_table(rows(deployed().sent("burst", "ok", "wrong", "throttled", "silent")))
    assert table.caption == "4 requests by number: before the log of 1 arrived, 1 succeeded, 2 failed so far"
    told = [(row[0].text, row[1].word, row[4].text, row[5].text) for row in table.rows]
    assert told == [
        ("burst-0001", "success", "assertion passed", "whole"),
        ("burst-0002", "failure", "assertion failed", "whole"),
        ("burst-0003", "failure", "TooManyRequestsException", "none due"),
        ("burst-0004", "not known yet", "assertion passed", "not there yet"),
    ]
    assert table.rows[0][0].small == request_id("burst", 1)
    assert [(row[3].text, row[3].small) for row in table.rows[:3:2]] == [("2.0 s", "REPORT 2.0 s"), ("2.0 s", "")]


def test_of_many_requests_those_that_failed_are_all_shown() -> None:
    made = deployed().sent("burst", *["ok"] * 60, "error", "error")
    table = request_table(rows(made))
    assert table.caption == "50 of 62 requests by number: 60 succeeded"
    assert [row[1].word for row in table.rows] == ["success"] * 48 + ["failure"] * 2


def test_before_the_log_arrives_no_request_counts_as_failed_or_succeeded() -> None:
    table = request_table(rows(deployed().sent("smoke", "silent")))
    assert table.caption == "1 request by number: before the log of 1 arrived, none failed so far"
    assert request_table(rows(deployed().sent("smoke", "ok"))).caption == "1 request by number: 1 succeeded"
    unread = [replace(row, delivery=Delivery.NOT_READ) for row in rows(deployed().sent("burst", "silent", "error"))]
    assert request_table(unread).caption == "2 requests by number: without the log of 2, 1 failed so far"


def test_what_did_not_take_the_expected_time_is_no_success_in_any_figure() -> None:
    """The REPORT decides in both, as it does for the finding, though the client's clock tells of two seconds each."""
    made = deployed().sent("smoke", "ok").sent("burst", "ok", "error", "ok")
    some, window = rows(made), (0.0, 1.0)
    assert heights(duration_histogram(some, window)) == {"✕ failure": 1, OUTSIDE: 3}
    assert heights(duration_histogram(some, (0.0, 60_000.0))) == {"✓ success": 3, "✕ failure": 1}
    late, well = request_timeline(some, window), request_timeline(some, (0.0, 60_000.0))
    assert [trace["name"] for trace in drawn(late)["data"]] == ["✕ failure", OUTSIDE]
    assert [trace["name"] for trace in drawn(well)["data"]] == ["✓ success", "✕ failure"]
    assert ["outside the expected time" in line for line in words(late)] == [True, True, True, True]
    assert {trace["marker"]["color"] for trace in drawn(late)["data"]} == {COLOURS[Status.FAIL]}


def test_the_timeline_names_each_request_and_says_whose_clock_it_is() -> None:
    some = rows(deployed().sent("burst", "ok", "ok"))
    axes = [drawn(request_timeline(some, simulated=simulated))["layout"] for simulated in (False, True)]
    assert list(axes[0]["yaxis"]["ticktext"]) == ["burst-0001", "burst-0002"]
    assert [layout["xaxis"]["title"]["text"] for layout in axes] == [
        "UTC, by the client's clock",
        "UTC, by the client's clock; SIMULATED, long waits pass faster than the REPORT says",
    ]


# Terraform, consent and probe


def test_outputs_stand_beside_what_aws_has() -> None:
    made = deployed().outputs(name="worker", ids=["subnet-b", "subnet-a"], id="vpce-s3")
    made.item("TerraformOutputs", Name="state", Value=None, Sensitive=True)
    view = made.view()
    roles = {
        "function_name": "name",
        "subnet_ids": "ids",
        "endpoint_id": "id",
        "endpoint_state": "state",
        "function_arn": "missing",
    }
    table = outputs_table(view, view.function("worker"), roles)
    told = {row[0].text: (row[2].text, row[3].text) for row in table.rows}
    assert told["function name"] == ("worker", "worker")
    assert told["subnet ids"] == ('["subnet-b", "subnet-a"]', "subnet-a, subnet-b")
    assert told["function arn"] == ("not in the state", ARN)
    assert told["endpoint state"][0] == "sensitive, not kept"


def test_what_will_happen_is_told_whole_and_escaped() -> None:
    consent = invocation_consent(ARN, times=15, payload_sha256="ab" * 32, timeout_s=60, memory_mb=512)
    asked = Errand(payload=f'{{"name": "{HOSTILE}"}}', assertion="ok", burst=10, concurrency=5, events=3)
    table = consent_table(consent, asked.told)
    text = repr(table)
    for part in (
        ARN,
        "15 invocations",
        "10 times in a burst, 5 at the same time",
        "after 300 s (burst_s), or at the first throttle storm",
        "refused above $1 (max_cost_usd)",
        "3 times as events",
        "$LATEST",
        "ab" * 32,
        "ok",
        "$0.0075",
    ):
        assert part in text
    assert "<img" not in table._repr_html_()


def test_what_is_expected_is_part_of_what_is_agreed_to() -> None:
    consent = invocation_consent(ARN, times=2, payload_sha256="ab" * 32, timeout_s=60, memory_mb=512)
    alone = Errand(qualifier="live", burst=0, longest_ms=2500, wanted_rate=0.95, allow_production=True)
    told = {row[0].text: row[1].text for row in consent_table(consent, alone.told).rows}
    assert told == {
        "Function": ARN,
        "Account and Region": "111122223333, ap-southeast-1",
        "Action": "lambda:InvokeFunction",
        "Version or alias": "live",
        "At most": "2 invocations",
        "Payload": "{}",
        "The response must satisfy": "nothing: then no request can pass",
        "Each should take": "0 ms to 2,500 ms",
        "Success rate to be shown": "at least 0.95",
        "AWS charges at most about": "$0.0010",
        "If tagged or named production": "invoked",
    }


def test_a_probe_is_told_before_and_after() -> None:
    made = deployed().probed("a", "s3:443", address="1.2.3.4").probed("b", "s3:443", error=f"timed out {HOSTILE}")
    view = made.view()
    (function,) = view.snapshot.all(Function)
    before = probe_consent_table(probe_consent(ARN, ("s3:443",), 2), ("s3:443",), function)
    assert "subnet-a subnet-b" in repr(before)
    after = probe_table(view.snapshot.all(ProbeResult), ("interrupted",))
    assert [row[2].word for row in after.rows] == ["reached", "stopped"]
    assert after.rows[0][3].text == "dns 1.5 ms, tcp 2.5 ms, tls 6.0 ms"
    assert after.note == "interrupted"
    assert "<img" not in after._repr_html_()
