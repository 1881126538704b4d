"""The verdict of the model is what a real kernel does, for settings nobody chose."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from runbook_lib.facade.lab import predicted
from runbook_lib.keepalive.verdict import Safety, is_late_prone, judge
from runbook_lib.model.keepalive import IdleOutcome, Situation
from runbook_lib.natlab import Case, Condition, Seen, Timers, run_idle
from tests.keepalive.subjects import subject

pytestmark = pytest.mark.netlab

LIMITS_S = (3, 4, 5, 6)
EACH = 14
SEED = int(os.environ.get("NATLAB_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)


def drawn(limit_s: int) -> Iterator[Case]:
    """Cases without end; half of them set socket options, the others the sysctls of their namespace.

    Left out are times from 6/7 of the limit up to the limit: there the kernel's own lateness decides, and the model
    says so. Only a sysctl can ask for no probe at all.
    """
    chance = random.Random(f"{SEED} {limit_s}")
    while True:
        by_option = chance.random() < 0.5
        timers = Timers(
            time_s=chance.randint(1, limit_s + 3),
            interval_s=chance.randint(1, limit_s + 3),
            probes=chance.randint(int(by_option), 9),
        )
        if any(is_late_prone(each_s, limit_s) and each_s <= limit_s for each_s in (timers.time_s, timers.interval_s)):
            continue
        idle_s = 2 * limit_s + 1
        yield Case(
            name=str(timers),
            situation=chance.choice(list(Situation)),
            so_keepalive=chance.random() < 0.75,
            options=timers if by_option else None,
            sysctls=Timers() if by_option else timers,
            idle_s=idle_s,
            read_timeout_s=idle_s + 3,
        )


def verdict(case: Case, limit_s: int) -> Safety:
    timers = case.timers
    told = subject(
        TimeS=timers.time_s, IntervalS=timers.interval_s, Probes=timers.probes, SoKeepalive=case.so_keepalive
    )
    return judge(told, limit_s).safety


def played(place: Condition, limit_s: int) -> list[tuple[Seen, Safety]]:
    """As many safe cases as unsafe ones."""
    endless, cases = drawn(limit_s), {Safety.SAFE: list[Case](), Safety.UNSAFE: list[Case]()}
    while any(len(some) < EACH // 2 for some in cases.values()):
        case = next(endless)
        some = cases[verdict(case, limit_s)]
        if len(some) < EACH // 2:
            some.append(case)
    chosen = [case for some in cases.values() for case in some]
    return [(seen, verdict(seen.case, limit_s)) for seen in run_idle(place, limit_s, chosen).seen]


def test_verdict_is_the_outcome_on_a_real_kernel(place: Condition) -> None:
    sys.stdout.write(f"NATLAB_SEED={SEED}\n")
    with ThreadPoolExecutor(len(LIMITS_S)) as pool:
        runs = list(pool.map(lambda limit_s: played(place, limit_s), LIMITS_S))
    found = [(limit_s, seen, said) for limit_s, run in zip(LIMITS_S, runs, strict=True) for seen, said in run]
    assert len(found) == EACH * len(LIMITS_S) >= 40
    untold = [(limit_s, seen) for limit_s, seen, _ in found if seen.outcome is None]
    assert untold == [], f"NATLAB_SEED={SEED}"
    wrong = [
        (limit_s, said, seen.outcome, seen.case)
        for limit_s, seen, said in found
        if (said is Safety.SAFE) != (seen.outcome is IdleOutcome.OK)
    ]
    assert wrong == [], f"NATLAB_SEED={SEED}"
    # The prediction is about when probes come, not about how many a kernel may lose.
    other = [
        (limit_s, predicted(seen.case, limit_s), seen)
        for limit_s, seen, _ in found
        if seen.case.timers.probes and seen.outcome is not predicted(seen.case, limit_s)
    ]
    assert other == [], f"NATLAB_SEED={SEED}"


def test_cases_are_of_every_kind() -> None:
    """Both verdicts, both ways to set the values, keepalive on and off, both situations."""
    some = [(case, limit_s) for limit_s in LIMITS_S for case, _ in zip(drawn(limit_s), range(60), strict=False)]
    assert len({(case.so_keepalive, case.options is None, case.situation) for case, _ in some}) == 8
    assert {verdict(case, limit_s) for case, limit_s in some} == {Safety.SAFE, Safety.UNSAFE}
