"""What Lambda writes itself, and what an application writes that reads like it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.invocations.assemble import Assembled
from runbook_lib.invocations.base import ErrorClass, Outcome
from runbook_lib.invocations.glance import looks_cut
from runbook_lib.invocations.platform import Kind, Record, text_record
from tests.invocations.logged import ID, TIME, failed, read, row, succeeded
from tests.invocations.rows import at

TIME_MS = 1_767_225_600_010


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            f"{TIME} {ID} Task timed out after 3.00 seconds\n\n",
            Record(Kind.FAULT, ID, error_class=ErrorClass.FUNCTION_TIMEOUT, seconds=3.0, time_ms=TIME_MS),
        ),
        (
            f"RequestId: {ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n",
            Record(Kind.FAULT, ID, error_class=ErrorClass.RUNTIME_EXIT),
        ),
        (
            f"RequestId: {ID} Process exited before completing request\n",
            Record(Kind.FAULT, ID, error_class=ErrorClass.RUNTIME_EXIT),
        ),
        (f"RequestId: {ID} done in 30 ms", None),
        ("RequestId: TX0000012345, HostId: abcdef= Error: none", None),
        ("upstream said: Task timed out after 30.00 seconds", None),
        (f"{TIME} upstream Task timed out after 30.00 seconds", None),
        (f"upstream {ID} Task timed out after 30.00 seconds", None),
    ],
)
def test_only_the_whole_form_is_lambdas_word(line: str, expected: Record | None) -> None:
    assert text_record(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "upstream said: Task timed out after 30.00 seconds\n",
        "RequestId: TX0000012345, HostId: abcdef= Status 200\n",
        "RequestId: {R} done in 30 ms\n",
        "[x]\tone\ttwo\tthree\n",
        "7T\tone\ttwo\tthree\n",
    ],
)
def test_what_an_application_prints_makes_no_invocation_and_no_end(line: str) -> None:
    assert read(line) == succeeded()


def test_the_same_words_from_lambda_are_a_failure() -> None:
    said = f"RequestId: {ID} Error: Runtime exited without providing a reason\nRuntime.ExitError"
    assert read("RequestId: {R} Error: Runtime exited without providing a reason\nRuntime.ExitError\n") == failed(
        ErrorClass.RUNTIME_EXIT, " ".join(said.split())
    )
    timed_out = row(
        Outcome.FAILURE, ErrorClass.FUNCTION_TIMEOUT, detail=f"{TIME} {ID} Task timed out after 1.00 seconds"
    )
    assert read("{T} {R} Task timed out after 1.00 seconds\n\n") == Assembled((replace(timed_out, end=at(0.01)),), ())


@pytest.mark.parametrize("said", [f"RequestId: {ID} Error: x", f"{TIME} {ID} Task timed out after 3.00 seconds"])
def test_wherever_such_a_line_breaks_off_it_proves_no_success(said: str) -> None:
    places = range(3 if said.startswith("R") else 8, len(said))
    wrong = [said[:place] for place in places if read(said[:place]).invocations[0].outcome is Outcome.SUCCESS]
    assert wrong == []


@pytest.mark.parametrize(
    "line", ["RequestId: TX0000012345, HostId: x", f"RequestId: {ID} done", f"{TIME} {ID} Tested 3 of 4", "Requests"]
)
def test_a_whole_line_is_not_taken_for_a_piece(line: str) -> None:
    assert not looks_cut(line)


def test_a_line_that_breaks_off_is_told() -> None:
    assert read(f"RequestId: {ID} Err") == Assembled(
        (row(Outcome.UNKNOWN),), ("lines of 1 of 1 invocations break off; a failure may have been in the rest",)
    )


REPORT = f"REPORT RequestId: {ID}\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 1 MB"


@pytest.mark.parametrize(
    ("rest", "is_whole"),
    [
        ("\tInit Duration: 1.00 ms", True),
        ("\tInit Duration: 1.00 ms\t\n", True),
        ("\tInit Duration: 1.00 m", False),
        ("\tInit Duration: 1.00 ", False),
        ("\tInit Duration: 1", False),
        ("\tInit Duration: ", False),
        ("\tRestore Duration: 7.5 ms\tBilled Restore Duration: 8", False),
        ("\tXRAY TraceId: 1-5e34\tSegmentId: 07\tSampled: true\t\n", True),
    ],
)
def test_a_report_that_breaks_off_in_a_figure_is_not_whole(rest: str, is_whole: bool) -> None:
    record = text_record(f"{REPORT}{rest}")
    assert record is not None
    assert record.report is not None
    assert record.report.is_whole is is_whole
