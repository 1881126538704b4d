"""The log of a caller: from a file or a log group into the facts, and the window in which its function worked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE, VERDICT_MIME
from runbook_lib.facade.keepalive_calls import CallerLog, callee_of, is_file, read_caller_file, with_calls
from runbook_lib.facade.watching import Watch
from runbook_lib.model.callers import CallEnd, CallerRequest
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.runbook import open_run
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.server import start
from tests.builders import world

BEGIN = "2026-11-20T10:00:00.000Z INFO invoking scan-archive job=1\n"
END = (
    "2026-11-20T10:15:00.000Z ERROR job=1 botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "
    '"https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/scan-archive/invocations"\n'
)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Path:
    path = tmp_path / "worker.log"
    path.write_text(BEGIN + END)
    return path


def seen(*moments: datetime, function: str | None = "scan") -> CallerLog:
    calls = [{"Function": function, "StartedAt": moment.isoformat(), "EndedAt": None} for moment in moments]
    return CallerLog(name="worker.log", calls=tuple(calls), gaps=())


def test_a_file_tells_its_calls_and_they_join_the_facts(log: Path) -> None:
    read = read_caller_file(str(log))
    assert (read.name, read.callee, read.gaps) == ("worker.log", "scan-archive", ())
    joined = with_calls(with_calls(world().vpc().snapshot(), read), read)
    (call,) = joined.all(CallerRequest)
    assert (call.function, call.end, call.waited_s) == ("scan-archive", CallEnd.TIMED_OUT, 900)
    assert callee_of(joined) == "scan-archive"


def test_a_log_that_is_not_whole_is_a_gap_and_no_whole_listing() -> None:
    log = CallerLog(name="worker.log", calls=(), gaps=("more pages",))
    joined = with_calls(world().vpc().snapshot(), log)
    assert [one.incomplete for (_, key), one in joined.listings.items() if key == CallerRequest.KEY] == ["more pages"]
    assert [gap.text for gap in joined.gaps] == ["CallerRequests: more pages"]


@pytest.mark.parametrize(
    ("moments", "told", "expected"),
    [
        ((NOW - timedelta(days=2), NOW - timedelta(days=1)), Watch(), ("2026-11-19T11:55:00", "2026-11-20T12:15:00")),
        ((NOW - timedelta(minutes=30),), Watch(), ("2026-11-21T11:25:00", "2026-11-21T11:45:00")),
        ((NOW - timedelta(minutes=10),), Watch(), ("2026-11-21T11:45:00", "")),
        ((NOW - timedelta(days=2),), Watch(since="2h"), ("2h", "")),
        ((NOW + timedelta(days=2),), Watch(), ("", "")),
        ((), Watch(), ("", "")),
    ],
)
def test_the_window_lies_around_the_calls_unless_it_was_told(
    moments: tuple[datetime, ...], told: Watch, expected: tuple[str, str]
) -> None:
    watch = seen(*moments).watched(told, NOW)
    assert (watch.since.removesuffix("+00:00"), watch.until.removesuffix("+00:00")) == expected


def test_the_function_that_most_calls_name_is_the_one() -> None:
    names = ("b", "a", "b", None)
    calls = tuple({"Function": name, "StartedAt": None, "EndedAt": None} for name in names)
    assert CallerLog(name="worker.log", calls=calls, gaps=()).callee == "b"
    assert CallerLog(name="worker.log", calls=calls[3:], gaps=()).callee == ""


def test_a_file_is_told_from_a_log_group(log: Path) -> None:
    assert [is_file(name) for name in (str(log), "missing.log", "/aws/eks/prod/application", "")] == [
        True,
        True,
        False,
        False,
    ]


def test_saved_facts_have_no_other_log_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    (tmp_path / "facts" / "vpcs.json").parent.mkdir()
    (tmp_path / "facts" / "vpcs.json").write_text('{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]}')
    run: Any = open_run("tcp_keepalive", source=f"snapshot:{tmp_path / 'facts'}")
    run.pick(vpc_id="vpc-1")
    with pytest.raises(UsageError, match="is no file, and saved facts hold no other log group"):
        run.collect(caller_log="/aws/eks/prod/application")


# on a running sandbox


def collected(**more: Any) -> Any:
    run: Any = open_run("tcp_keepalive", source="sandbox:long-invoke")
    run.pick()
    run.collect(**more)
    return run


def test_calls_of_a_log_group_stand_beside_their_invocations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    with start("long-invoke") as sandbox:
        for name, value in sandbox.shared({}).items():
            monkeypatch.setenv(name, value)
        run = collected()
        assert run.both_sides().caption == "8 calls of scan-archive, 8 answers lost"
        assert run.verdict().data[VERDICT_MIME]["fail"] == ["KAL001", "KAL003"]
        save_snapshot(run._view.snapshot, tmp_path / "facts")
        missing = collected(caller_log="/aws/eks/nowhere")
        assert missing.both_sides().text == "No log of a caller was given, or it tells of no call."
        assert missing.verdict().data[VERDICT_MIME]["unknown"] == ["KAL003"]
        sandbox.set_faults([Fault(action="logs:FilterLogEvents", kind=FaultKind.DENIED)])
        denied = collected()
        assert "KAL003" in denied.verdict().data[VERDICT_MIME]["unknown"]
    again: Any = open_run("tcp_keepalive", source=f"snapshot:{tmp_path / 'facts'}")
    again.pick(function_name="scan-archive", destination="lambda")
    again.collect(caller_log="/aws/eks/prod/application")
    assert again.both_sides().caption == "8 calls of scan-archive, 8 answers lost"
