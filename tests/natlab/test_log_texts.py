"""What boto3 really says behind the gateway is understood in the log of a Lambda function."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runbook_lib import runbook
from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome
from runbook_lib.model.keepalive import Situation
from runbook_lib.natlab import Condition, Crowd, run_crowd, run_idle, table
from runbook_lib.natlab.saturation import GATEWAY, SWITCH

pytestmark = pytest.mark.netlab

REQUEST = "6a1f0c1e-1111-4222-8333-444444444444"
TIME = "2026-11-21T10:00:00.000Z"


CLIENTS = [
    ("boto3", Situation.REUSE, "RemoteDisconnected", ErrorClass.CONNECTION_CLOSED),
    ("boto3", Situation.SLOW_ANSWER, "Read timed out.", ErrorClass.READ_TIMEOUT),
    (
        "boto3 tcp_keepalive=True, sysctl above the limit",
        Situation.SLOW_ANSWER,
        "ConnectionResetError(104",
        ErrorClass.CONNECTION_CLOSED,
    ),
]


@pytest.fixture(scope="module")
def crowd(place: Condition) -> Crowd:
    """A client with the only port and one without, and all that they log."""
    return run_crowd(place, 350, ports=1, clients=2, debug=True)


@pytest.fixture(scope="module")
def idle(place: Condition) -> dict[tuple[str, Situation], str]:
    """What idle boto3 clients raised, by the client and how it was idle."""
    names = {client for client, *_ in CLIENTS}
    rows = run_idle(place, 2, [case for case in table(2) if case.name in names]).seen
    return {(row.case.name, row.case.situation): row.traceback for row in rows if row.traceback}


def read(path: Path, *said: str) -> Invocation:
    """The one invocation of a log, between the lines that Lambda writes around what the function said."""
    text = "\n".join(
        (
            f"{TIME} START RequestId: {REQUEST} Version: $LATEST",
            *said,
            f"{TIME} END RequestId: {REQUEST}",
            f"{TIME} REPORT RequestId: {REQUEST}\tDuration: 9010.00 ms\tBilled Duration: 9011 ms\t"
            "Memory Size: 512 MB\tMax Memory Used: 90 MB",
        )
    )
    (path / "log.txt").write_text(text)
    (found,) = runbook.log_of_file(path / "log.txt", runbook.load_of(1)).invocations
    return found


def uncaught(traceback: str) -> str:
    """A traceback as Lambda's Python runtime logs what a handler raised: the error first, then the last frames."""
    *_, last = traceback.split("Traceback (most recent call last):\n")
    *frames, error = last.strip().splitlines()
    name, _, message = error.partition(": ")
    lines = [f"[ERROR] {name.rpartition('.')[2]}: {message}", "Traceback (most recent call last):", *frames]
    return f"{TIME} " + "\n".join(lines)


def printed(traceback: str) -> str:
    """A traceback with all its causes, as a handler logs it that goes on to raise."""
    return f"{TIME} [ERROR]\t{TIME}\t{REQUEST}\tupload failed\n{traceback.strip()}"


@pytest.mark.parametrize(("client", "situation", "cause", "expected"), CLIENTS)
def test_what_idle_clients_raise(
    idle: dict[tuple[str, Situation], str],
    tmp_path: Path,
    client: str,
    situation: Situation,
    cause: str,
    expected: ErrorClass,
) -> None:
    traceback = idle[client, situation]
    assert cause in traceback
    for said in ([uncaught(traceback)], [printed(traceback), uncaught(traceback)]):
        found = read(tmp_path, *said)
        assert (found.outcome, found.error_class) == (Outcome.FAILURE, expected)
        assert str(found.destination).startswith("10.77.100.1")


def test_what_clients_without_a_port_raise_between_debug_lines(crowd: Crowd, tmp_path: Path) -> None:
    """Debug lines tell of the same error with its traceback, and of much else, before the handler raises."""
    last = [answer for answer in crowd.answers if answer.step == GATEWAY][-1]
    debug = re.sub(r"^\[DEBUG\]\t", f"{TIME} [DEBUG]\t{TIME}\t{REQUEST}\t", last.log, flags=re.MULTILINE)
    assert "urllib3.exceptions.ConnectTimeoutError" in debug
    for said in ([uncaught(last.traceback)], [debug, uncaught(last.traceback)]):
        found = read(tmp_path, *said)
        assert (found.outcome, found.error_class) == (Outcome.FAILURE, ErrorClass.CONNECT_TIMEOUT)
        assert str(found.destination).startswith("10.77.100.1")


def test_what_live_clients_raise_when_the_route_is_added(crowd: Crowd, tmp_path: Path) -> None:
    first = next(answer for answer in crowd.answers if answer.step == SWITCH)
    found = read(tmp_path, uncaught(first.traceback))
    assert (found.outcome, found.error_class) == (Outcome.FAILURE, ErrorClass.CONNECTION_CLOSED)


def test_a_success_between_debug_lines_is_no_failure(crowd: Crowd, tmp_path: Path) -> None:
    first = crowd.answers[0]
    debug = re.sub(r"^\[DEBUG\]\t", f"{TIME} [DEBUG]\t{TIME}\t{REQUEST}\t", first.log, flags=re.MULTILINE)
    assert "Response headers" in debug
    found = read(tmp_path, debug)
    assert (found.outcome, found.error_class) == (Outcome.SUCCESS, None)
