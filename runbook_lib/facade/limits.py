"""What a function may take beside what its log and metrics show that it took."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.callers import VISIBILITY_TIMES, apis_of, queues_of
from runbook_lib.checks.function.common import series_of, timeout_of
from runbook_lib.checks.function.durations import Durations, by_version, durations_of
from runbook_lib.errors import FactMissing
from runbook_lib.facade.weighing import concurrency_limit
from runbook_lib.invocations.base import Invocation
from runbook_lib.invocations.timing import connect_budget, read_budget
from runbook_lib.model.interfaces import Function
from runbook_lib.model.observations import FunctionConcurrency
from runbook_lib.network.view import View
from runbook_lib.render.limits_table import Gauge
from runbook_lib.render.text import seconds

__all__ = ["Subject", "gauges"]

_INIT_LIMIT_S = 10
_NOT_SEEN = "the log shows none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A function, what is asked about it, and its invocations as the log shows them."""

    view: View
    settings: Settings
    function: Function
    invocations: Sequence[Invocation]
    sdk_name: str = ""


def gauges(about: Subject) -> Iterator[Gauge]:
    """One gauge per limit: Timeout, patience of the SDK, of every caller, memory, cold start, concurrency."""
    try:
        timeout_s = timeout_of(about.view, about.function)[0]
    except FactMissing as gap:
        yield Gauge(name="Timeout", limit="", missing=_need(gap))
    else:
        latest, published = by_version(about.invocations)
        yield _timeout(durations_of(latest, timeout_s), len(latest), len(published), timeout_s)
        yield from _sdk(about, timeout_s)
        yield from _callers(about, timeout_s)
    yield _memory(about)
    yield _start(about)
    yield _concurrency(about)


def _timeout(took: Durations, latest: int, published: int, timeout_s: int) -> Gauge:
    ended = f"{took.killed:,} of {latest:,} invocations were ended by it" if took.killed else ""
    said = [ended] if ended else []
    if took.took_s:
        many = f"{len(took.took_s):,} did not fail: half of them took up to {seconds(median(took.took_s))}"
        said.append(f"{many}, 99% up to {seconds(took.p99_s)}")
    share = 1.0 if took.killed else took.longest_s / timeout_s if took.took_s else None
    unread = f"{published:,} ran versions with a Timeout of their own" if published else ""
    return Gauge(
        name="Timeout",
        limit=f"{timeout_s:,} s",
        most=seconds(took.longest_s) if took.took_s else "",
        typical="; ".join(said),
        share=None if unread and (share or 0) < 1 else share,
        missing=unread or ("" if said else _NOT_SEEN),
    )


def _sdk(about: Subject, timeout_s: int) -> Iterator[Gauge]:
    sdk = about.settings.sdk
    if sdk is None:
        return
    budget = max((connect_budget(sdk), read_budget(sdk)), key=lambda item: item.longest_s)
    endless = math.isinf(budget.longest_s)
    yield Gauge(
        name="Timeout, for its SDK to give up first",
        limit=f"{timeout_s:,} s",
        most="no end of its own" if endless else f"gives up after {seconds(budget.longest_s)}",
        typical=f"{about.sdk_name or 'boto3'}: {budget.text}",
        share=1.0 if endless else budget.longest_s / timeout_s,
        beyond="Beyond",
    )


def _callers(about: Subject, timeout_s: int) -> Iterator[Gauge]:
    """The Timeout against what callers wait: what they do not see is worked for nobody."""
    told_s = about.settings.caller_timeout_s
    ran = f"{timeout_s:,} s, its Timeout"
    if told_s:
        yield _caller("the caller", f"{told_s:,g} s", ran, timeout_s / told_s, "as told")
    try:
        for api in apis_of(about.view, about.function):
            yield _caller(api.label, f"{api.waits_s:,g} s", ran, timeout_s / api.waits_s)
    except FactMissing as gap:
        yield Gauge(name="What an API waits for it", limit="", missing=_need(gap))
    try:
        for _, queue in queues_of(about.view, about.function):
            if queue.visibility_timeout_s is not None:
                yield _queue(queue.label, queue.visibility_timeout_s, VISIBILITY_TIMES * timeout_s)
    except FactMissing as gap:
        yield Gauge(name="How long a queue hides what it works on", limit="", missing=_need(gap))


def _caller(label: str, limit: str, most: str, share: float, told_by: str = "") -> Gauge:
    name = f"What {label} waits for it"
    return Gauge(name=name, limit=limit, told_by=told_by, most=most, share=share, beyond="Gives up first")


def _queue(label: str, hidden_s: int, wanted_s: int) -> Gauge:
    return Gauge(
        name=f"How long {label} hides what it works on",
        limit=f"{hidden_s:,} s",
        most=f"{wanted_s:,} s, {VISIBILITY_TIMES} times its Timeout",
        share=wanted_s / hidden_s if hidden_s else math.inf,
        beyond="Shows it again",
        is_enough=True,
    )


def _memory(about: Subject) -> Gauge:
    told = [(i.memory_used_mb, i.memory_size_mb) for i in about.invocations if i.memory_size_mb]
    used = [(most, size) for most, size in told if most is not None and size]
    if not used:
        memory = about.function.raw.get("MemorySize")
        return Gauge(name="Memory", limit=f"{memory:,} MB" if isinstance(memory, int) else "", missing=_NOT_SEEN)
    most, size = max(used, key=lambda item: item[0] / item[1])
    default = "what Lambda gives unless told otherwise" if size == 128 else ""
    typical = f"half of them up to {median(item[0] for item in used):,.0f} MB"
    return Gauge(
        name="Memory",
        limit=f"{size:,} MB",
        told_by=default,
        most=f"{most:,} MB",
        typical=typical,
        share=most / size,
    )


def _start(about: Subject) -> Gauge:
    inits = [item.init_ms / 1000 for item in about.invocations if item.init_ms is not None]
    share = len(inits) / max(1, len(about.invocations))
    count = f"{len(inits):,} cold start{'' if len(inits) == 1 else 's'}, {share:.0%} of the invocations"
    billed = f"{count}; {seconds(sum(inits))} in all, billed"
    return Gauge(
        name="Initialisation of a cold start",
        limit=f"{_INIT_LIMIT_S} s",
        told_by="then Lambda begins again, within the Timeout",
        most=seconds(max(inits)) if inits else "",
        typical=billed if inits else "",
        share=max(inits) / _INIT_LIMIT_S if inits else None,
        missing="" if inits else _NOT_SEEN,
    )


def _concurrency(about: Subject) -> Gauge:
    limit = concurrency_limit(about.view, about.function)
    own = about.view.find(FunctionConcurrency, about.function.id)
    told_by = "reserved for it" if own and own.reserved is not None else "shared with all that have none reserved"
    try:
        peak = max(series_of(about.view, about.function, "ConcurrentExecutions").values, default=None)
    except FactMissing as gap:
        return Gauge(name="Invocations at once", limit=_count(limit), missing=_need(gap))
    known = limit is not None and peak is not None
    wanted = about.settings.concurrency
    return Gauge(
        name="Invocations at once",
        limit=_count(limit),
        told_by=told_by if limit is not None else "",
        most=f"{peak:,.0f}" if peak is not None else "",
        typical=f"{wanted:,} wanted" if wanted else "",
        share=_part(max(peak or 0, wanted), limit) if known or (wanted and limit is not None) else None,
        missing="" if known else "no invocation was counted" if limit is not None else "its concurrency was not read",
    )


def _part(peak: float, limit: int | None) -> float:
    return peak / limit if limit else 1.0


def _count(limit: int | None) -> str:
    return "" if limit is None else f"{limit:,}"


def _need(gap: FactMissing) -> str:
    need = f" (it needs {' and '.join(gap.actions)})" if gap.actions else ""
    return f"{gap.what} could not be read{need}"
