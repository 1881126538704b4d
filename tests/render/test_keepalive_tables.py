"""Tables of idle connections: every setting with its origin, every device with its limit, and what is not known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from runbook_lib.invocations.base import Invocation
from runbook_lib.invocations.callers import Joined
from runbook_lib.keepalive.device import Device
from runbook_lib.model.callers import CallEnd, CallerRequest
from runbook_lib.model.fact import Scope
from runbook_lib.model.status import Status
from runbook_lib.render.keepalive_figure import worst_clients
from runbook_lib.render.keepalive_tables import calls_table, clients_table, devices_table
from runbook_lib.render.tables import Table
from tests.keepalive.subjects import subject
from tests.render.invocations import HOSTILE, NOON, failed, ok

NAT = Device(
    kind="nat-gateway", id="nat-main", noun="NAT gateway", idle_limit_s=350, happens="answers with RST", source="page"
)
BALANCER = Device(
    kind="load-balancer", id="app", noun="Application Load Balancer", idle_limit_s=60, happens="closes it",
    source="page", counts_probes=False,
)  # fmt: skip
CLIENT = Device(
    kind="client", id="subnet-a", noun="what runs the client in", idle_limit_s=None, happens="", source="",
    at_least_s=350, gap="is not known",
)  # fmt: skip


def of(*told: dict[str, Any]) -> Table:
    return clients_table(worst_clients([subject(**one) for one in told], 350))


def test_every_setting_stands_with_where_it_comes_from() -> None:
    told = {"TimeS": "pod spec", "SoKeepalive": "--so-keepalive", "IntervalS": "namespace default"}
    keys = {"time_s": told["TimeS"], "so_keepalive": told["SoKeepalive"], "interval_s": told["IntervalS"]}
    table = of({"Subject": "web", "Platform": "kubernetes", "TimeS": 1200, "IntervalS": 75, "Origins": keys})
    assert table.caption == "1 client, worst first"
    assert [cell.plain for cell in table.rows[0]] == [
        "web (Kubernetes)",
        "✕ unsafe",
        "first probe after 1,200 s (pod spec) interval 75 s (namespace default) 9 probes",
        "on (--so-keepalive)",
        "every 1,200 s",
        "first probe at 1200 s, path drops at 350 s.",
    ]


@pytest.mark.parametrize(
    ("told", "safety", "so_keepalive", "rhythm"),
    [
        ({}, Status.PASS, "on", "every 60 s"),
        ({"IntervalS": 90}, Status.PASS, "on", "every 90 s"),
        ({"SoKeepalive": None}, Status.UNKNOWN, "not known", "every 60 s (if SO_KEEPALIVE is on)"),
        ({"SoKeepalive": False}, Status.FAIL, "off", "never"),
        ({"Probes": 0}, Status.FAIL, "on", "never"),
        ({"TimeS": None}, Status.UNKNOWN, "on", "not known"),
    ],
)
def test_how_often_a_packet_goes_out(told: dict[str, Any], safety: Status, so_keepalive: str, rhythm: str) -> None:
    (row,) = of(told).rows
    assert (row[1].status, row[3].text, row[4].plain) == (safety, so_keepalive, rhythm)


def test_a_setting_that_is_not_known_is_a_question_mark() -> None:
    (row,) = of({"TimeS": None, "Origins": {"time_s": "not in this file"}}).rows
    assert row[2].lines == ("first probe after ? s (not in this file)", "interval 15 s", "9 probes")


def test_a_connection_shows_its_ends_and_notes_follow_the_reason() -> None:
    ends = {"Local": "10.0.0.1:4000", "Peer": "198.51.100.7:443", "TimerLeftS": 12.0}
    (row,) = of({"Connection": ends, "Notes": ["loopback only"]}).rows
    assert row[0].small == "10.0.0.1:4000 to 198.51.100.7:443"
    assert row[-1].lines == ("loopback only",)


def test_of_very_many_clients_the_worst_are_shown() -> None:
    table = of(*[{"Subject": f"good-{number}"} for number in range(70)], {"Subject": "bad", "SoKeepalive": False})
    assert table.caption == "60 of 71 clients, worst first"
    assert (table.rows[0][0].text, len(table.rows)) == ("bad", 60)
    assert of().caption == "No client was given"


def test_the_smallest_limit_comes_first_and_what_is_not_known_says_why() -> None:
    table = devices_table([CLIENT, NAT, BALANCER], ["worker to s3"], "what runs the client in subnet-a is not known")
    assert [[cell.plain for cell in row] for row in table.rows] == [
        ["Application Load Balancer (app)", "60 s", "closes it", "data only: no probe helps", "page"],
        ["what runs the client in (subnet-a)", "? Unknown: 350 s or more (is not known)", "–", "every packet", "–"],
        ["NAT gateway (nat-main)", "350 s", "answers with RST", "every packet", "page"],
    ]
    assert table.note == "Looked at: worker to s3. Not known: what runs the client in subnet-a is not known."


def test_a_path_without_such_a_device_says_so() -> None:
    table = devices_table([], ["worker to s3"])
    assert (table.caption, table.rows, table.note) == (
        "No device on the path is known to forget",
        (),
        "Looked at: worker to s3.",
    )


def call(end: CallEnd, waited_s: float | None, invocation: Invocation | None, number: int = 1) -> Joined:
    """A call a number of minutes after noon with how it ended for its caller, and its invocation."""
    started = (NOON + timedelta(minutes=number)).isoformat()
    raw = {"Id": f"log:{number}", "Function": "scan", "End": end.value, "WaitedS": waited_s, "StartedAt": started}
    return Joined(call=CallerRequest.read(raw, Scope(), ""), invocation=invocation)


def test_both_sides_of_every_call_stand_beside_each_other_and_lost_answers_come_first() -> None:
    joined = [
        call(CallEnd.ANSWERED, 421, ok(60, 420)),
        call(CallEnd.TIMED_OUT, 900, ok(120, 420), 2),
        call(CallEnd.TIMED_OUT, 900, failed(180, 420), 3),
        call(CallEnd.OPEN, None, None, 4),
    ]
    table = calls_table(joined, "scan")
    assert table.caption == "4 calls of scan, 1 answer lost"
    assert [[cell.plain for cell in row] for row in table.rows] == [
        ["2026-11-21 12:02:00", "✓ success after 420 s (success-120)", "✕ timed out after 900 s", "✕ lost"],
        ["2026-11-21 12:01:00", "✓ success after 420 s (success-60)", "✓ answered after 421 s", "✓ arrived"],
        ["2026-11-21 12:03:00", "✕ failure after 420 s (failure-180)", "✕ timed out after 900 s", "–"],
        ["2026-11-21 12:04:00", "? not seen in its log", "? open", "–"],
    ]


def test_names_of_strangers_are_no_markup() -> None:
    table = of({"Subject": HOSTILE, "Notes": [HOSTILE], "Origins": {"time_s": HOSTILE}})
    assert "<img" not in table._repr_html_()
