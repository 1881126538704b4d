"""How fast flows are traced, what the time is spent on, and whether that depends on the size of the network.

    python -m benchmarks.trace [--flows N] [--rounds N] [--profile]

Flows go through the code of `runbook trace --batch`: from a line of JSON to a line of JSON. Times are processor time
of one core, so that other work on the machine does not count, and medians of several rounds.

The first pass of a round starts with an empty tracer, the second asks the same flows again. What the second saves is
the first look at things: every sender and receiver once, and one walk per way that differs (a pair of subnets, a class
of ports). What remains is JSON, and filling each flow's own ends and security groups into a walk that is known.

The scaling test asks how the cost depends on the number of interfaces, and on nothing else: as many flows at every
size, none twice, all between different subnets of one VPC, so that the ways and their lengths are the same; ids have
the same length; all interfaces and ways were met before. The sizes take turns, so that a change in the speed of the
machine meets them all. What is left is memory: no step counts interfaces, but the ends of 10,000 do not fit into the
processor's inner caches, which costs microseconds per flow, more of them the busier the other cores are.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import sys
from itertools import islice
from statistics import median
from time import process_time

from benchmarks.region import flows, neighbours, region
from runbook_lib.facade.tracing import answered_lines
from runbook_lib.lines import read_line, written_line
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.path import Tracer
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View

SIZES = (10, 100, 1_000, 10_000)


def main() -> None:
    """Print the figures of one run."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--flows", type=int, default=100_000, help="how many flows to trace")
    words.add_argument("--rounds", type=int, default=3, help="how often, for the median")
    words.add_argument("--profile", action="store_true", help="say where the time goes, function by function")
    chosen = words.parse_args()
    snapshot = region()
    say("network", "50 VPCs, 1,000 functions, 5,000 interfaces")
    lines = [json.dumps(flow) + "\n" for flow in flows(snapshot, chosen.flows)]
    start = median(first_answer(lines[0]) for _ in range(chosen.rounds))
    say("view and tracer, first answer", f"{start:.3f} s (target: under 1 s)")
    batch(snapshot, lines, chosen.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say("peak memory", f"{peak:,.0f} MB (target: under 500 MB)")
    scaling(chosen.flows // 5, 3 * chosen.rounds)
    if chosen.profile:
        profile(snapshot, lines)


def say(what: str, figure: str) -> None:
    """One line of output."""
    sys.stdout.write(f"{what:32} {figure}\n")
    sys.stdout.flush()


def first_answer(line: str) -> float:
    """Seconds until a new view has answered one flow."""
    snapshot = region()
    start = process_time()
    next(answered_lines(Tracer(View(snapshot)), [line]))
    return process_time() - start


def batch(snapshot: Snapshot, lines: list[str], rounds: int) -> None:
    """The speed of a first pass, and what it consists of."""
    firsts, agains, plains = [], [], []
    for _ in range(rounds):
        tracer = Tracer(View(snapshot))
        next(answered_lines(tracer, lines))
        firsts.append(spent(tracer, lines))
        agains.append(spent(tracer, lines))
        plains.append(only_json(tracer, lines[:5000]))
    count = len(lines)
    first, again, plain = (median(times) for times in (firsts, agains, plains))
    speeds = sorted(count / time for time in firsts)
    say("batch, first pass", f"{count / first:,.0f} flows/s (target: 20,000; {speeds[0]:,.0f} to {speeds[-1]:,.0f})")
    say("the same batch again", f"{count / again:,.0f} flows/s; ratio first to second {first / again:.2f}")
    whole, known, text = (time / count * 1e6 for time in (first, again, plain * count))
    say("spent per flow, first pass", f"{whole:.1f} us:")
    say("  JSON", f"{text:.1f} us to read and check the question, to write the answer")
    say("  known ways", f"{known - text:.1f} us to fill in the ends and to ask their security groups")
    say("  new ways", f"{whole - known:.1f} us to walk what no flow before has walked")


def spent(tracer: Tracer, lines: list[str]) -> float:
    """Seconds of processor time from JSON lines to JSON lines."""
    start = process_time()
    for _ in answered_lines(tracer, lines):
        pass
    return process_time() - start


def only_json(tracer: Tracer, lines: list[str]) -> float:
    """Seconds per flow to read the question and to write the answer, without tracing."""
    answers = [tracer.trace(question_of(read_line(line))) for line in lines]
    start = process_time()
    for line, answer in zip(lines, answers, strict=True):
        question_of(read_line(line))
        written_line(answer)
    return (process_time() - start) / len(lines)


def scaling(count: int, rounds: int) -> None:
    """Cost per flow at growing numbers of interfaces; the smallest network is the measure."""
    met = max(count, 4 * SIZES[-1])
    tracers: dict[int, Tracer] = {}
    lines: dict[int, list[str]] = {}
    for size in SIZES:
        snapshot = region(vpcs=1, functions=0, interfaces=size)
        tracers[size] = Tracer(View(snapshot))
        asked = (json.dumps(flow) + "\n" for flow in neighbours(snapshot, met + count))
        spent(tracers[size], list(islice(asked, met)))
        lines[size] = list(asked)
    times = {size: [spent(tracers[size], lines[size])] for size in SIZES}
    for _ in range(rounds - 1):
        for size in SIZES:
            times[size].append(spent(tracers[size], lines[size]))
    cost = {size: median(times[size]) / count * 1e6 for size in SIZES}
    for size in SIZES:
        ratio = cost[size] / cost[SIZES[0]]
        say(f"cost per flow, {size:,} interfaces", f"{cost[size]:.1f} us, ratio to 10: {ratio:.2f} (target: under 1.2)")


def profile(snapshot: Snapshot, lines: list[str]) -> None:
    """The functions that the time goes to."""
    tracer, measured = Tracer(View(snapshot)), cProfile.Profile()
    measured.runcall(spent, tracer, lines)
    pstats.Stats(measured, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(20)


if __name__ == "__main__":
    main()
