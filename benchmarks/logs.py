"""How fast log events become invocations, held against reading the same bytes with json.loads in the same run.

    python -m benchmarks.logs [--events N] [--profile]

The log is that of a function under load: a START, three lines of the application, an END and a REPORT for each
invocation; one in twenty fails with a traceback. Times are processor time of one core. Memory is the peak of a process
of its own, which reads the file and keeps nothing but the invocations.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.reading import read_events

_START_MS = 1_767_600_000_000
_TRACEBACK = (
    "[ERROR] ConnectTimeoutError: Connect timeout on endpoint URL: "
    '"https://uploads.s3.eu-west-1.amazonaws.com/report.pdf"\n'
    "Traceback (most recent call last):\n"
    + "".join(
        f'  File "/var/task/step{depth}.py", line {depth}, in run\n    return self.send(request)\n'
        for depth in range(9)
    )
)


def main() -> None:
    """Print the figures of one run."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--events", type=int, default=1_000_000, help="how many log events to read")
    words.add_argument("--profile", action="store_true", help="say where the time goes")
    words.add_argument("--peak", type=Path, help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.peak:
        peak(chosen.peak)
        return
    with tempfile.TemporaryDirectory() as folder:
        lines, document = Path(folder, "events.jsonl"), Path(folder, "events.json")
        write(lines, document, chosen.events)
        # a process inherits the peak of the one that starts it, so memory comes first
        forms = {"lines of JSON": lines, "one document": document}
        peaks = {what: peak_of(file) for what, file in forms.items()}
        for what, file in forms.items():
            measure(what, file, chosen.events)
            say("  peak memory", f"{peaks[what]} (target: under 1,000 MB)")
        if chosen.profile:
            profile(document)


def events(count: int) -> Iterator[dict[str, Any]]:
    """The events of a log, twenty environments writing at the same time."""
    number = 0
    while True:
        request_id = f"{number:08x}-7c3e-4f0a-9d21-{number * 7919 % (1 << 48):012x}"
        stream = f"2026/01/05/[$LATEST]{number % 20:032x}"
        begin = _START_MS + number // 20 * 150
        for offset, message in messages(request_id, has_failed=number % 20 == 7):
            if count <= 0:
                return
            count -= 1
            yield {
                "logStreamName": stream,
                "timestamp": begin + offset,
                "message": message,
                "ingestionTime": begin + offset + 900,
                "eventId": f"386{begin + offset:013d}{count:040d}",
            }
        number += 1


def messages(request_id: str, *, has_failed: bool) -> Iterator[tuple[int, str]]:
    """The lines of one invocation and when they come, in milliseconds after its start."""
    when = "2026-01-05T10:00:00.123Z"
    yield 0, f"START RequestId: {request_id} Version: $LATEST\n"
    yield 2, f"[INFO]\t{when}\t{request_id}\tFound credentials in environment variables.\n"
    yield 3, f"[INFO]\t{when}\t{request_id}\tuploading part 3 of 7 of report.pdf (5242880 bytes)\n"
    yield 90, _TRACEBACK if has_failed else f"[INFO]\t{when}\t{request_id}\tuploaded report.pdf in 0.084 s\n"
    yield 91, f"END RequestId: {request_id}\n"
    figures = "Duration: 91.27 ms\tBilled Duration: 92 ms\tMemory Size: 512 MB\tMax Memory Used: 96 MB\t\n"
    yield 91, f"REPORT RequestId: {request_id}\t{figures}"


def write(lines: Path, document: Path, count: int) -> None:
    """The same events in both forms."""
    with lines.open("w") as by_line, document.open("w") as whole:
        whole.write('{\n    "events": [\n')
        for number, event in enumerate(events(count)):
            text = json.dumps(event)
            by_line.write(text + "\n")
            whole.write((",\n" if number else "") + "        " + text)
        whole.write('\n    ],\n    "searchedLogStreams": []\n}\n')


def measure(what: str, file: Path, count: int) -> None:
    """Throughput of one form, and the ratio to json.loads."""
    start = process_time()
    plain(file)
    alone = process_time() - start
    start = process_time()
    found = invocations_of(read_events(file)).invocations
    spent = process_time() - start
    failed = sum(row.outcome is Outcome.FAILURE for row in found)
    size = file.stat().st_size / 1e6
    say(what, f"{count:,} events, {size:,.0f} MB: {len(found):,} invocations, {failed:,} failed")
    say("  json.loads alone", f"{alone:.2f} s = {count / alone:,.0f} events/s")
    say("  invocations", f"{spent:.2f} s = {count / spent:,.0f} events/s")
    say("  ratio", f"{spent / alone:.2f} (target: at most 3)")


def peak_of(file: Path) -> str:
    """The peak memory of a process that reads a file and does nothing else."""
    own = [sys.executable, "-m", "benchmarks.logs", "--peak", str(file)]
    return subprocess.run(own, check=True, capture_output=True, text=True).stdout.strip()


def plain(file: Path) -> None:
    """Nothing but json.loads over the bytes: line by line, or the document at once."""
    if file.suffix == ".jsonl":
        with file.open("rb") as lines:
            for line in lines:
                json.loads(line)
    else:
        json.loads(file.read_bytes())


def say(what: str, figure: str) -> None:
    """One line of output."""
    sys.stdout.write(f"{what:32} {figure}\n")


def peak(file: Path) -> None:
    """Print the peak memory of reading a file."""
    found = invocations_of(read_events(file))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{used:,.0f} MB for {len(found.invocations):,} invocations\n")


def profile(file: Path) -> None:
    """The functions that take the most time."""
    with cProfile.Profile() as watched:
        invocations_of(read_events(file))
    pstats.Stats(watched).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
