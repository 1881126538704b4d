"""`runbook logs`: the answer of the contract on files and on a source, and one line for whatever is wrong."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from runbook_lib.invocations.base import NO_LOG_GROUP, NO_TIMES
from runbook_lib.render.snapshot_files import save_snapshot
from tests.embedded import shared
from tests.network.paths import nat_world

Json = dict[str, Any]

ANSWER = {"invocations", "bursts", "pattern", "hypotheses", "gaps", "conclusion"}
ROW = {
    "request_id",
    "start",
    "end",
    "duration_ms",
    "billed_ms",
    "init_ms",
    "memory_used_mb",
    "memory_size_mb",
    "cold",
    "outcome",
    "error_class",
    "destination",
    "log_stream",
}
BURST = {"start", "invocations", "peak_concurrency", "succeeded", "failed", "unknown", "pattern", "p_value"}
CAUSE = {"cause", "verdict", "for", "against", "rank"}
HOST = "documents.s3.eu-west-1.amazonaws.com"
T0 = 1_795_000_000_000


def events(succeeded: int, failed: int) -> Iterator[Json]:
    """The log of invocations that start 100 ms apart, each in an environment of its own; the last ones fail."""
    for number in range(succeeded + failed):
        request = f"{number:08}-1111-4222-8333-444444444444"
        start, stream = T0 + 100 * number, f"2026/11/18/[$LATEST]{number:032}"
        fails = number >= succeeded
        took = 180_000 if fails else 2_000
        yield event(stream, start, f"START RequestId: {request} Version: $LATEST\n")
        if fails:
            said = f'ConnectTimeoutError: Connect timeout on endpoint URL: "https://{HOST}/key"'
            yield event(stream, start + took - 1, f"[ERROR] {said}\nTraceback (most recent call last):\n  …\n")
        yield event(stream, start + took, f"END RequestId: {request}\n")
        report = f"Duration: {took}.00 ms\tBilled Duration: {took} ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB"
        yield event(stream, start + took, f"REPORT RequestId: {request}\t{report}\t\n")


def event(stream: str, at: int, message: str) -> Json:
    return {"logStreamName": stream, "timestamp": at, "message": message, "eventId": f"{stream}{at}{message[:6]}"}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"events": list(events(5, 5)), "searchedLogStreams": []}))
    return path


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Json]:
    capsys.readouterr()
    code = run_command(["logs", "--json", *words])
    answer: Json = json.loads(capsys.readouterr().out)
    return code, answer


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run_command(["logs", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err.strip()


class TestFile:
    def test_the_answer_has_the_shape_of_the_contract(self, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, answer = ask(capsys, "--file", str(saved))
        assert code == 1
        assert answer.keys() == ANSWER
        assert [item.keys() for item in answer["invocations"]] == [ROW] * 10
        assert [item.keys() for item in answer["hypotheses"]] == [CAUSE] * 14
        assert answer["pattern"] == "first_n_then_fail"
        assert [burst | {"start": None} for burst in answer["bursts"]] == [
            {
                "start": None,
                "invocations": 10,
                "peak_concurrency": 10,
                "succeeded": 5,
                "failed": 5,
                "unknown": 0,
                "pattern": "first_n_then_fail",
                "p_value": pytest.approx(1 / 252),
            }
        ]
        last = answer["invocations"][-1]
        assert (last["error_class"], last["destination"]) == ("connect_timeout", HOST)
        assert (last["start"], last["end"]) == ("2026-11-18T11:06:40.900Z", "2026-11-18T11:09:40.900Z")

    def test_what_only_aws_knows_is_not_guessed(self, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
        _, answer = ask(capsys, "--file", str(saved))
        verdicts = {item["cause"]: item["verdict"] for item in answer["hypotheses"]}
        unread = ("nat_port_exhaustion", "subnet_or_zone", "nacl_ephemeral_ports", "network_path_blocked")
        assert {verdicts[cause] for cause in unread} == {"cannot_tell"}
        assert {verdicts[cause] for cause in ("dns", "permissions", "memory", "payload")} == {"ruled_out"}

    def test_lines_and_standard_input_give_the_same(
        self, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = ask(capsys, "--file", str(saved))
        text = "\n".join(json.dumps(item) for item in events(5, 5))
        lines = tmp_path / "export.jsonl"
        lines.write_text(text)
        assert ask(capsys, "--file", str(lines)) == whole
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert ask(capsys, "--file", "-") == whole

    def test_a_healthy_log_ends_with_0_and_a_log_cut_short_with_3(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "log.jsonl"
        listed = [json.dumps(item) for item in events(6, 0)]
        path.write_text("\n".join(listed))
        code, answer = ask(capsys, "--file", str(path))
        assert (code, answer["pattern"], answer["gaps"]) == (0, "healthy", [])
        path.write_text("\n".join(listed[:-1]))
        code, answer = ask(capsys, "--file", str(path))
        assert (code, answer["pattern"], answer["invocations"][-1]["outcome"]) == (3, "too_few", "unknown")
        assert answer["gaps"] != []

    def test_a_file_that_ends_with_a_page_token_proves_no_success(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "page.json"
        path.write_text(json.dumps({"events": list(events(6, 0)), "NextToken": "eyJ"}))
        code, answer = ask(capsys, "--file", str(path))
        assert (code, {item["outcome"] for item in answer["invocations"]}) == (3, {"unknown"})
        assert answer["gaps"] == [
            "the file ends with a page token: there are more log events than it holds (--max-items cuts so)",
            "the log was not read completely: 6 of 6 invocations show no failure, which proves nothing",
        ]
        path.write_text(json.dumps({"events": list(events(5, 5)), "NextToken": "eyJ"}))
        code, answer = ask(capsys, "--file", str(path))
        assert (code, [item["outcome"] for item in answer["invocations"]]) == (1, ["unknown"] * 5 + ["failure"] * 5)

    def test_missing_times_are_told_and_do_not_make_a_complete_log_a_part(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "log.txt"
        lines = [item["message"].rstrip("\n") for item in events(6, 0)]
        path.write_text("\n".join(lines))
        code, answer = ask(capsys, "--file", str(path))
        assert (code, answer["pattern"], answer["gaps"]) == (0, "healthy", [NO_TIMES])
        assert answer["conclusion"] == "Nothing failed."
        path.write_text("\n".join(lines[:-2]))
        code, answer = ask(capsys, "--file", str(path))
        assert (code, answer["invocations"][-1]["outcome"], NO_TIMES in answer["gaps"]) == (3, "unknown", True)
        assert len(answer["gaps"]) == 2

    def test_people_read_it_on_standard_error(self, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        assert run_command(["logs", "--file", str(saved)]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert "10 invocations: 5 success, 5 failure" in said.err
        assert f"5 × connect_timeout to {HOST}" in said.err
        assert "SIMULATED" not in said.err


class TestBadInput:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--file", "absent.json"], "absent.json"),
            (["--since", "1h", "--until", "2h"], "error: the window is reversed or empty"),
            (["--since", "2199-01-01", "--until", "2199-01-02"], "lies in the future"),
            (["--since", "tuesday"], "error: since 'tuesday' is no moment"),
            (["--connections", "-1"], "error: connections per invocation cannot be negative, found -1"),
            (["--connections", "0"], "error: connections per invocation must be at least 1, found 0"),
            (["--since", "99999d"], "before the first moment CloudWatch knows"),
            (["--destination", "dynmodb", "--source", "sandbox:fixed"], "dynmodb"),
            (["--sdk", "bot"], "error: unknown SDK 'bot'"),
            (["--max-events", "0"], "error: max_events must be at least 1, found 0"),
            (["--function", "no-such-function", "--source", "sandbox:fixed"], "no-such-function"),
            (["--source", "sandbox:nowhere"], "nowhere"),
        ],
    )
    def test_is_one_line(self, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
        with shared("fixed"):
            assert said in complaint(capsys, *words)

    def test_a_file_is_read_by_itself(self, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert complaint(capsys, "--file", str(saved), "--since", "1h").startswith("error: --file is read by itself")

    @pytest.mark.parametrize("words", [["--destination", "s3"], ["--max-events", "5"], ["--logs-insights"], ["--yes"]])
    def test_a_file_takes_no_option_it_does_not_use(
        self, words: list[str], saved: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = complaint(capsys, "--file", str(saved), *words)
        assert (
            said == "error: --file is read by itself; leave out --destination, --max-events, --logs-insights and --yes"
        )

    def test_a_file_that_is_no_log(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "other.json"
        path.write_text('{"Vpcs": []}')
        assert str(path) in complaint(capsys, "--file", str(path))

    def test_a_log_group_of_something_else_needs_a_yes(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        words = ("--source", "sandbox:incident", "--log-group", "/aws/lambda/data-lake-export")
        with shared("incident"):
            complained = complaint(capsys, *words)
        assert complained == (
            "error: log group /aws/lambda/data-lake-export is not that of function render-invoice-pdf, which writes to "
            "/aws/lambda/render-invoice-pdf; leave the log group out, or confirm it (--yes)"
        )


class TestSource:
    def test_the_incident_is_told_by_the_metric(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, answer = ask(capsys, "--source", "sandbox:incident")
        first = answer["hypotheses"][0]
        assert (code, answer["pattern"], answer["gaps"]) == (1, "first_n_then_fail", [])
        assert (first["cause"], first["verdict"], first["rank"]) == ("nat_port_exhaustion", "likely", 1)
        assert "ErrorPortAllocation" in first["for"][0]

    def test_a_healthy_function_ends_with_0(self, capsys: pytest.CaptureFixture[str]) -> None:
        with shared("fixed"):
            code, answer = ask(capsys, "--source", "sandbox:fixed")
        assert (code, answer["pattern"], answer["conclusion"]) == (0, "healthy", "Nothing failed.")

    def test_saved_facts_with_an_export_beside_them(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        folder = tmp_path / "facts"
        made = nat_world().subnet("b", az="b", cidr="10.0.9.0/24").table("b", subnets=["b"])
        made.function("worker", subnets=["a", "b"]).denied("Events", "MetricDataResults")
        save_snapshot(made.snapshot(), folder)
        words = ("--source", f"snapshot:{folder}", "--function", "worker", "--destination", "198.51.100.20")
        code, answer = ask(capsys, *words)
        assert (code, answer["pattern"]) == (3, "too_few")
        assert answer["gaps"][0].startswith("the log events of /aws/lambda/worker")
        (folder / "events.json").write_text(json.dumps({"events": list(events(5, 5))}))
        code, answer = ask(capsys, *words)
        verdicts = {item["cause"]: item["verdict"] for item in answer["hypotheses"]}
        assert (code, answer["pattern"]) == (1, "first_n_then_fail")
        assert answer["hypotheses"][0]["cause"] == "subnet_or_zone"
        assert (verdicts["subnet_or_zone"], verdicts["nat_port_exhaustion"]) == ("likely", "cannot_tell")

    @pytest.mark.parametrize(
        ("beside", "ended", "gaps"),
        [
            ({"logGroupName": "/aws/lambda/worker"}, (1, 6, 4), []),
            ({}, (1, 6, 4), [NO_LOG_GROUP]),
            (
                {"logGroupName": "/aws/lambda/other"},
                (3, 6, 0),
                ["log events of /aws/lambda/other lie beside those of /aws/lambda/worker and were not used"],
            ),
        ],
    )
    def test_events_of_two_places_are_both_used_or_told(
        self,
        beside: Json,
        ended: tuple[int, int, int],
        gaps: list[str],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        folder = tmp_path / "facts"
        save_snapshot(nat_world().function("worker", subnets=["a"]).snapshot(), folder)
        own = [item | {"logGroupName": "/aws/lambda/worker"} for item in events(6, 0)]
        inside = next(folder.rglob("Functions.json")).parent / "Events.json"
        inside.write_text(json.dumps({"Events": own}))
        words = ("--source", f"snapshot:{folder}", "--function", "worker", "--destination", "198.51.100.20")
        code, answer = ask(capsys, *words)
        assert (code, answer["pattern"], answer["gaps"]) == (0, "healthy", [])
        others = [item | beside for item in list(events(6, 4)) if item["timestamp"] > T0 + 550]
        others = [item for item in others if item["logStreamName"] >= "2026/11/18/[$LATEST]" + f"{6:032}"]
        (folder / "events.json").write_text(json.dumps({"events": others}))
        code, answer = ask(capsys, *words)
        outcomes = [item["outcome"] for item in answer["invocations"]]
        assert (code, outcomes.count("success"), outcomes.count("failure")) == ended
        assert answer["gaps"] == gaps

    def test_a_saved_window_cannot_be_moved(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        save_snapshot(nat_world().function("worker", subnets=["a"]).snapshot(), tmp_path / "facts")
        said = complaint(capsys, "--source", f"snapshot:{tmp_path / 'facts'}", "--since", "1h")
        assert said == (
            "error: a snapshot holds the window it was collected with; leave out since, until and the log group"
        )
