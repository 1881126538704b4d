"""An error that one of several invocations ended with: that one failed is certain, which one is not."""

from __future__ import annotations

from runbook_lib.invocations.analysis import analyse
from runbook_lib.invocations.assemble import Assembled, invocations_of
from runbook_lib.invocations.base import ErrorClass, Invocation, LogEvent, Outcome
from runbook_lib.invocations.known import Known
from tests.invocations.rows import at

RAISED = "[ERROR] RuntimeError: upload failed\nTraceback (most recent call last):\n  File x\n"
DETAIL = "[ERROR] RuntimeError: upload failed Traceback (most recent call last): File x"
FIRST_MS = int(at(0).timestamp() * 1000)
FIGURES = "Duration: 100.00 ms\tBilled Duration: 100 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\t\n"
AMBIGUOUS = (
    "1 error lines carry no request id and belong to one of several invocations that ran at the same time; an export "
    "with log streams tells them apart"
)
CERTAIN = "at least one of these invocations failed: such an error ends the one it belongs to, whichever that is"


def name(number: int) -> str:
    return f"{number:08x}-1111-4222-8333-444444444444"


def overlapping(*said: tuple[int, str]) -> list[LogEvent]:
    """Two invocations at the same time, their streams not told apart; lines of the application with their times."""
    lines = list(said)
    for number in (1, 2):
        lines.append((number, f"START RequestId: {name(number)} Version: $LATEST\n"))
        lines.append((number + 100, f"END RequestId: {name(number)}\n"))
        lines.append((number + 100, f"REPORT RequestId: {name(number)}\t{FIGURES}"))
    return [LogEvent(text, FIRST_MS + later_ms) for later_ms, text in sorted(lines, key=lambda line: line[0])]


def row(number: int, outcome: Outcome, error_class: ErrorClass | None = None, detail: str | None = None) -> Invocation:
    return Invocation(
        request_id=name(number),
        start=at(number / 1000),
        end=at((number + 100) / 1000),
        duration_ms=100.0,
        billed_ms=100.0,
        memory_used_mb=90,
        memory_size_mb=512,
        outcome=outcome,
        error_class=error_class,
        detail=detail,
    )


def test_one_of_them_failed_and_it_is_not_told_which() -> None:
    found = invocations_of(overlapping((50, RAISED), (60, "other words\n")))

    assert found == Assembled(
        (row(1, Outcome.UNKNOWN), row(2, Outcome.UNKNOWN)),
        (AMBIGUOUS, CERTAIN),
        unplaced=(
            Invocation(
                request_id="",
                end=at(0.05),
                outcome=Outcome.FAILURE,
                error_class=ErrorClass.APPLICATION_ERROR,
                detail=DETAIL,
            ),
        ),
    )
    analysis = analyse(found.invocations, found.gaps, Known(unplaced_failures=len(found.unplaced)))
    assert analysis.exit_code == 1
    assert analysis.conclusion == "At least one invocation failed; which one, the log does not tell."


def test_an_event_that_came_twice_is_one_failure() -> None:
    assert len(invocations_of(overlapping((50, RAISED), (50, RAISED), (60, "other words\n"))).unplaced) == 1


def test_an_error_that_may_have_been_handled_is_no_certain_failure() -> None:
    found = invocations_of(overlapping((50, "[ERROR] left behind\n"), (60, "other words\n")))

    assert found == Assembled((row(1, Outcome.UNKNOWN), row(2, Outcome.UNKNOWN)), (AMBIGUOUS,))
    assert analyse(found.invocations, found.gaps, Known()).exit_code == 3


def test_where_one_is_known_to_have_failed_the_error_may_be_its_own() -> None:
    named = f"RequestId: {name(1)} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n"
    found = invocations_of(overlapping((50, RAISED), (60, named)))

    assert found == Assembled(
        (
            row(1, Outcome.FAILURE, ErrorClass.RUNTIME_EXIT, " ".join(named.split())),
            row(2, Outcome.UNKNOWN),
        ),
        (AMBIGUOUS,),
    )


def test_nothing_failed_when_nothing_was_logged() -> None:
    assert invocations_of(overlapping((50, "other words\n"))) == Assembled(
        (row(1, Outcome.SUCCESS), row(2, Outcome.SUCCESS)), ()
    )


def test_what_is_in_doubt_and_what_was_not_seen_are_told_apart() -> None:
    doubtful, unseen = row(1, Outcome.UNKNOWN, detail="left"), row(2, Outcome.UNKNOWN)

    def said(*invocations: Invocation) -> str:
        return analyse(invocations, ("a gap",), Known()).conclusion

    assert [said(doubtful), said(unseen), said(doubtful, unseen), said(row(1, Outcome.SUCCESS))] == [
        "No failure was seen, but 1 logged an error that may or may not have been handled.",
        "No failure was seen, but 1 ends were not seen.",
        "No failure was seen, but 1 logged an error that may or may not have been handled and 1 ends were not seen.",
        "No failure was seen, but the log is not whole.",
    ]
