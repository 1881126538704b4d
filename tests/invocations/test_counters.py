"""Counters: what Lambda counted and the log does not show is told, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.invocations.counters import uncounted
from runbook_lib.model.fact import Scope
from runbook_lib.model.interfaces import Function
from runbook_lib.model.observations import MetricSeries
from tests.invocations.rows import rows
from tests.invocations.test_causes import series

FUNCTION = Function.read({"FunctionName": "upload"}, Scope(), "/Functions/0")


def counter(metric: str, values: list[float]) -> MetricSeries:
    made = series(metric, values, resource="upload")
    return replace(made, namespace="AWS/Lambda", dimensions=(("FunctionName", "upload"),))


def test_more_calls_than_lines_are_told() -> None:
    found = uncounted([counter("Invocations", [0, 0, 6, 4, 0, 0])], FUNCTION, rows("SSSSSS"))
    assert list(found) == ["Lambda counted 10 invocations in the window, the log shows 6"]


def test_more_errors_than_failures_are_told() -> None:
    metrics = [counter("Errors", [0, 0, 5, 0, 0]), counter("Invocations", [0, 0, 6, 0, 0])]
    assert list(uncounted(metrics, FUNCTION, rows("SSSSSF"))) == [
        "Lambda counted 5 errors in the window, the log shows 1"
    ]
    assert list(uncounted(metrics, FUNCTION, rows("S?FFFF"))) == []


@pytest.mark.parametrize("values", [[10, 0, 6, 0, 0, 0], [0, 9, 6, 0, 0, 0], [0, 0, 6, 0, 9, 0], [0, 0, 6, 0, 0, 9]])
def test_both_ends_of_the_window_are_left_out(values: list[float]) -> None:
    assert list(uncounted([counter("Invocations", values)], FUNCTION, rows("SSSSSS"))) == []


def test_other_functions_and_other_statistics_say_nothing() -> None:
    other = replace(counter("Invocations", [0, 0, 9, 0, 0]), dimensions=(("FunctionName", "else"),))
    least = replace(counter("Invocations", [0, 0, 9, 0, 0]), stat="Minimum")
    elsewhere = replace(counter("Invocations", [0, 0, 9, 0, 0]), scope=Scope("111122223333", "eu-west-1"))
    assert list(uncounted([other, least, elsewhere], FUNCTION, rows("S"))) == []
