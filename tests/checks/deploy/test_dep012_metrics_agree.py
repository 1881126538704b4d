"""DEP012: does Lambda count what the client and the log show?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from runbook_lib.checks.deploy import dep012_metrics_agree as dep012
from runbook_lib.model.finding import Evidence
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, told
from tests.deployments import SENT


def seen(made: World) -> tuple[Evidence, ...]:
    by_name = {item.metric: item.cite("Values") for item in made.snapshot().all(MetricSeries)}
    return tuple(by_name[name] for name in ("Invocations", "Errors", "Throttles"))


def three() -> World:
    return deployed().sent("burst", "ok", "ok", "ok")


def test_they_agree() -> None:
    made = three().counted(Invocations=3)
    said = (
        "worker: in the minutes of 3 requests, which ran 3 times, CloudWatch counts Invocations 3, Errors 0 and "
        "Throttles 0."
    )
    passed = dep012.META.passed(made.view().function("worker"), said, *seen(made))
    assert ask(made, dep012, consented=True) == (passed,)
    assert dep012.META.severity is Severity.MEDIUM


def test_a_failure_that_nobody_saw() -> None:
    made = three().counted(Invocations=4, Errors=1)
    said = (
        "worker: in the minutes of 3 requests, which ran 3 times, CloudWatch counts Invocations 4, Errors 1 and "
        "Throttles 0."
    )
    failed = dep012.META.failed(made.view().function("worker"), said, *seen(made), code="METRICS_SHOW_FAILURES")
    assert ask(made, dep012, consented=True) == (failed,)


def test_what_is_not_there_yet() -> None:
    made = three().counted(Invocations=2)
    said = (
        "worker: in the minutes of 3 requests, which ran 3 times, CloudWatch counts Invocations 2, Errors 0 and "
        "Throttles 0, which is not all yet: read them again."
    )
    unknown = dep012.META.unknown(made.view().function("worker"), said, *seen(made), code="METRICS_LACK")
    assert ask(made, dep012, consented=True) == (unknown,)


@pytest.mark.parametrize(
    ("counted", "status"),
    [
        ({"Invocations": 3}, Status.PASS),
        ({"Invocations": 4}, Status.PASS),
        ({"Invocations": 2}, Status.UNKNOWN),
        ({"Invocations": 3, "Throttles": 1}, Status.FAIL),
        ({"Invocations": 3, "missing": ["Errors"]}, Status.UNKNOWN),
        ({"Invocations": 3, "missing": ["Throttles"]}, Status.UNKNOWN),
        ({"Invocations": 3, "status": "PartialData"}, Status.UNKNOWN),
        ({"Invocations": 2, "Errors": 1, "status": "PartialData"}, Status.FAIL),
    ],
)
def test_every_sum(counted: dict[str, Any], status: Status) -> None:
    (found,) = ask(three().counted(**counted), dep012, consented=True)
    assert found.status is status


@pytest.mark.parametrize("end", ["error", "throttled"])
def test_zero_beside_a_failure_is_not_all_yet(end: str) -> None:
    made = deployed().sent("burst", "ok", end).counted(Invocations=2)
    assert told(ask(made, dep012, consented=True)) == [(Status.UNKNOWN, "METRICS_LACK")]


@pytest.mark.parametrize(
    ("apart_s", "errors", "status"),
    [
        (0, [0, 1], Status.PASS),
        (52.9, [0, 1], Status.PASS),
        (53, [0, 1], Status.FAIL),
        (64, [0, 1], Status.FAIL),
        (64.9, [1, 0], Status.FAIL),
        (65, [1, 0], Status.UNKNOWN),
    ],
)
def test_only_the_minutes_of_the_requests_count(apart_s: float, errors: list[float], status: Status) -> None:
    made = deployed().sent("smoke", "ok", at=SENT + timedelta(seconds=apart_s))
    made.counted(Invocations=[1, 0], Errors=errors, Throttles=[0, 0])
    (found,) = ask(made, dep012, consented=True)
    assert found.status is status


def test_the_metrics_of_a_retry_count() -> None:
    made = deployed().sent("event", "retried").counted(Invocations=[1, 1], Errors=[1, 0], Throttles=[0, 0])
    assert told(ask(made, dep012, consented=True)) == [(Status.FAIL, "METRICS_SHOW_FAILURES")]


@pytest.mark.parametrize(
    "change",
    [
        {"Namespace": "Custom/Lambda"},
        {"Stat": "Average"},
        {"Dimensions": [{"Name": "FunctionName", "Value": "worker"}, {"Name": "Resource", "Value": "worker:live"}]},
    ],
)
def test_other_series_of_the_same_name_do_not_count(change: dict[str, Any]) -> None:
    made = three().counted(Invocations=3)
    made.changed("MetricDataResults", "m_worker_Errors", lambda raw: raw.update(change))
    assert told(ask(made, dep012, consented=True)) == [(Status.UNKNOWN, "NOT_READ")]


def test_metrics_that_were_not_read() -> None:
    said = "worker: Invocations of worker could not be read; allow cloudwatch:GetMetricData and run again."
    for made in (three(), three().counted(Invocations=3).denied("MetricDataResults")):
        expected = dep012.META.unknown(made.view().function("worker"), said, code="NOT_READ")
        assert ask(made, dep012, consented=True) == (expected,)
