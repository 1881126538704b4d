"""How fast flows are traced, and whether that depends on the size of the network.

    python -m benchmarks.trace [--flows N] [--profile]

Times are processor time of one core, so that other work on the machine does not count. Each flow is timed as a batch
file has it: from a line of JSON to a line of JSON. No flow is asked twice in the scaling test.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import sys
from collections.abc import Iterable
from itertools import islice
from time import process_time

from benchmarks.region import flows, region
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.path import Tracer, steady
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View

SIZES = (10, 100, 1_000, 10_000)

_LINE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)  # as `trace --batch` does


def main() -> None:
    """Print the figures of one run."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--flows", type=int, default=100_000, help="how many flows to trace")
    words.add_argument("--profile", action="store_true", help="say where the time goes")
    chosen = words.parse_args()
    snapshot = region()
    say("network", "50 VPCs, 1,000 functions, 5,000 interfaces")
    lines = [json.dumps(flow) for flow in flows(snapshot, chosen.flows)]
    start = process_time()
    tracer = Tracer(View(snapshot))
    tracer.trace(question_of(json.loads(lines[0])))
    say("view and tracer, first answer", f"{process_time() - start:.3f} s (target: under 1 s)")
    first = spent(tracer, lines)
    say("batch", f"{chosen.flows:,} flows in {first:.2f} s = {chosen.flows / first:,.0f} flows/s (target: 20,000)")
    again = spent(tracer, lines)
    say("the same batch again", f"{chosen.flows / again:,.0f} flows/s; ratio first to second {first / again:.2f}")
    plain = only_json(tracer, lines[:5000])
    say("of which only JSON", f"{plain * 1e6:.1f} us of {again / chosen.flows * 1e6:.1f} us per flow")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say("peak memory", f"{peak:,.0f} MB (target: under 500 MB)")
    scaling(chosen.flows // 5)
    if chosen.profile:
        profile(snapshot, lines)


def say(what: str, figure: str) -> None:
    """One line of output."""
    sys.stdout.write(f"{what:32} {figure}\n")
    sys.stdout.flush()


def spent(tracer: Tracer, lines: Iterable[str]) -> float:
    """Seconds of processor time from JSON lines to JSON lines."""
    with steady():
        start = process_time()
        for line in lines:
            _LINE.encode(tracer.trace(question_of(json.loads(line))))
        return process_time() - start


def only_json(tracer: Tracer, lines: list[str]) -> float:
    """Seconds per flow to read the question and to write the answer, without tracing."""
    answers = [tracer.trace(question_of(json.loads(line))) for line in lines]
    start = process_time()
    for line, answer in zip(lines, answers, strict=True):
        question_of(json.loads(line))
        _LINE.encode(answer)
    return (process_time() - start) / len(lines)


def scaling(count: int) -> None:
    """Cost per flow at growing numbers of interfaces, once each has been met; the smallest network is the measure."""
    cost: dict[int, float] = {}
    for size in SIZES:
        snapshot = region(vpcs=1, functions=0, interfaces=size)
        before = max(count, 5 * size)
        asked = flows(snapshot, before + count, local=True)
        tracer = Tracer(View(snapshot))
        spent(tracer, (json.dumps(flow) for flow in islice(asked, before)))
        lines = [json.dumps(flow) for flow in asked]
        cost[size] = min(spent(tracer, lines) for _ in range(1)) / count * 1e6
        say(
            f"cost per flow, {size:,} interfaces",
            f"{cost[size]:.1f} us, ratio to 10: {cost[size] / cost[SIZES[0]]:.2f}",
        )


def profile(snapshot: Snapshot, lines: list[str]) -> None:
    """The functions that the time goes to."""
    tracer, measured = Tracer(View(snapshot)), cProfile.Profile()
    measured.runcall(spent, tracer, lines)
    pstats.Stats(measured, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
