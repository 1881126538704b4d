"""What was agreed to when the facts were made counts, however little is asked when they are judged again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.checks.base import Settings
from runbook_lib.checks.deploy import dep002_endpoint_as_output as dep002
from runbook_lib.checks.deploy import dep006_smoke_succeeds as dep006
from runbook_lib.checks.deploy import dep008_burst_succeeds as dep008
from runbook_lib.checks.deploy import dep009_burst_overlaps as dep009
from runbook_lib.checks.deploy import dep010_duration_expected as dep010
from runbook_lib.checks.deploy import dep011_rate_shown as dep011
from runbook_lib.checks.deploy import dep013_probe_reaches as dep013
from runbook_lib.checks.deploy import dep014_events_at_first_attempt as dep014
from runbook_lib.engine import evaluate
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.snapshot import Gap
from runbook_lib.model.status import Status, Verdict
from runbook_lib.network.view import View
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, told


def agreed(made: World, purpose: str, asked: int, name: str = "worker", **more: Any) -> World:
    return made.item("InvocationsAsked", Purpose=purpose, FunctionName=name, Asked=asked, **more)


@pytest.mark.parametrize("burst", [0, 2, 5])
def test_a_burst_that_was_cut_short_stays_so(burst: int) -> None:
    made = agreed(deployed().sent("smoke", "ok").sent("burst", "ok", "ok"), "burst", 5, AtOnce=2)
    (found,) = ask(made, dep008, consented=True, burst=burst)
    assert (found.status, found.message) == (
        Status.UNKNOWN,
        "worker: no failure was seen in 5 requests of the burst, but 3 never sent.",
    )


def test_a_burst_that_was_sent_whole_passes_again() -> None:
    made = agreed(deployed().sent("burst", "ok", "ok"), "burst", 2, AtOnce=2)
    assert told(ask(made, dep008)) == [(Status.PASS, "OK")]
    assert told(ask(made, dep008, burst=3)) == [(Status.UNKNOWN, "REQUESTS_UNKNOWN")]


def test_a_burst_that_was_refused_says_why() -> None:
    made = agreed(agreed(deployed().sent("smoke", "ok"), "smoke", 1), "burst", 10)
    snapshot = replace(made.snapshot(), gaps=(Gap(what="InvokeResults", reason="there is no room"),))
    for check in (dep008, dep009):
        (found,) = check.check(View(snapshot), made.settings(deploy=Deploy()))
        assert (found.status, found.code) == (Status.UNKNOWN, "NOTHING_SENT")
        assert "no burst was sent (there is no room)" in found.message


def test_a_smoke_invocation_that_was_refused_was_agreed_to() -> None:
    made = agreed(deployed(), "smoke", 1)
    assert told(ask(made, dep006)) == [(Status.UNKNOWN, "NOTHING_SENT")]
    assert told(ask(deployed(), dep006)) == [(Status.UNKNOWN, "NOT_CONSENTED")]


def test_as_many_at_once_as_were_agreed_to() -> None:
    made = agreed(deployed().sent("burst", *["ok"] * 4, apart_ms=1500), "burst", 4, AtOnce=2)
    assert told(ask(made, dep009, consented=True, burst=4, at_once=4)) == [(Status.PASS, "OK")]


def test_events_and_a_probe_that_never_happened() -> None:
    made = agreed(agreed(deployed(), "event", 3), "probe", 2, Destinations=["s3.amazonaws.com"])
    assert told(ask(made, dep014)) == [(Status.UNKNOWN, "NOTHING_SENT")]
    assert [status for status, _ in told(ask(made, dep013))] == [Status.UNKNOWN] * 2
    assert told(ask(deployed(), dep013)) == [(Status.NOT_APPLICABLE, "NOT_APPLICABLE")]


def test_a_probe_is_no_consent_to_invoke_and_another_function_is_none_of_this_one() -> None:
    made = agreed(agreed(deployed(), "probe", 2, Destinations=["a"]), "burst", 10, name="other")
    assert told(ask(made, dep008)) == [(Status.NOT_APPLICABLE, "NOT_APPLICABLE")]
    assert told(ask(made, dep006)) == [(Status.UNKNOWN, "NOT_CONSENTED")]


@pytest.mark.parametrize(
    ("agreed_ms", "asked_ms", "status"),
    [
        ((0, 1999), (0.0, None), Status.FAIL),
        ((0, 1999), (0.0, 5000.0), Status.FAIL),
        ((0, 5000), (0.0, 1999.0), Status.FAIL),
        ((2001, None), (0.0, None), Status.FAIL),
        ((0, 2000), (0.0, None), Status.PASS),
        ((0, None), (0.0, None), Status.NOT_APPLICABLE),
    ],
)
def test_the_window_that_was_asked_for_stays(
    agreed_ms: tuple[float, float | None], asked_ms: tuple[float, float | None], status: Status
) -> None:
    made = deployed().sent("burst", "ok", took_ms=2002)
    made = agreed(made, "burst", 1, AtOnce=1, ShortestMs=agreed_ms[0], LongestMs=agreed_ms[1])
    (found,) = ask(made, dep010, shortest_ms=asked_ms[0], longest_ms=asked_ms[1])
    assert found.status is status


@pytest.mark.parametrize(
    ("agreed_rate", "asked_rate", "status"),
    [(0.99, 0.0, Status.UNKNOWN), (0.0, 0.99, Status.UNKNOWN), (0.5, 0.0, Status.PASS), (0, 0, Status.NOT_APPLICABLE)],
)
def test_the_rate_that_was_wanted_stays(agreed_rate: float, asked_rate: float, status: Status) -> None:
    made = agreed(deployed().sent("burst", *["ok"] * 10), "burst", 10, AtOnce=10, WantedRate=agreed_rate)
    (found,) = ask(made, dep011, wanted_rate=asked_rate)
    assert found.status is status


@pytest.mark.parametrize("told", [{"LongestMs": "1 s"}, {"ShortestMs": -1}, {"WantedRate": True}])
def test_a_window_that_cannot_be_read_lets_nothing_pass(told: dict[str, Any]) -> None:
    made = agreed(deployed().sent("burst", "ok"), "burst", 1, **told)
    assert (Status.UNKNOWN, "agreed") in [(found.status, found.scope) for found in ask(made, dep008)]


def test_the_outputs_that_were_asked_for_stay() -> None:
    made = deployed().outputs(s3_id="vpce-gone")
    assert told(ask(made, dep002)) == [(Status.NOT_APPLICABLE, "NOT_APPLICABLE")]
    made.changed("TerraformStates", "network", lambda raw: raw.update(AskedFor={"endpoint_id": "s3_id"}))
    assert told(ask(made, dep002)) == [(Status.FAIL, "ENDPOINT_GONE")]


@pytest.mark.parametrize("asked", [-1, "ten", None, True])
def test_a_record_that_cannot_be_read_lets_nothing_pass(asked: Any) -> None:
    made = agreed(deployed().sent("burst", "ok", "ok"), "burst", asked)
    assert (Status.UNKNOWN, "NOT_READ") in told(ask(made, dep008))


def test_the_verdict_of_an_interrupted_burst_is_no_pass_however_it_is_asked_again() -> None:
    made = deployed().configured().sent("smoke", "ok").sent("burst", "ok").counted(Invocations=2)

    def verdict(of: World) -> Verdict:
        settings = Settings(target=of.target("worker"), deploy=Deploy())
        return evaluate(of.snapshot(), settings, select=["deploy"], prove=False).verdict

    assert verdict(agreed(made, "burst", 1, AtOnce=1)) is Verdict.PASS
    made.changed("InvocationsAsked", "burst", lambda raw: raw.update(Asked=10, AtOnce=10))
    assert verdict(made) is Verdict.UNKNOWN
