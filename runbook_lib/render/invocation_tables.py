"""Tables of invocations, bursts, durations and causes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runbook_lib.invocations.analysis import Analysis
from runbook_lib.invocations.base import Burst, Invocation, Outcome, Pattern, Plausibility
from runbook_lib.invocations.bursts import GAP_S
from runbook_lib.invocations.causes import CAUSES
from runbook_lib.invocations.patterns import DEFINITIONS
from runbook_lib.invocations.timing import Expectation, explain
from runbook_lib.model.status import Status
from runbook_lib.render.frames import OUTCOMES
from runbook_lib.render.invocation_figures import around_first_failure
from runbook_lib.render.marks import Mark
from runbook_lib.render.tables import Cell, Table, table
from runbook_lib.render.text import seconds, visible

__all__ = ["PLAUSIBLE", "burst_table", "cause_lead", "cause_table", "cause_text", "duration_table", "invocation_table"]

PLAUSIBLE: Mapping[Plausibility, Mark] = {
    Plausibility.LIKELY: Mark("●", "Likely", "fail"),
    Plausibility.POSSIBLE: Mark("◐", "Possible", "unknown"),
    Plausibility.CANNOT_TELL: Mark("?", "Cannot tell", "unknown"),
    Plausibility.RULED_OUT: Mark("○", "Ruled out", "na"),
}
"""How a verdict about a cause looks."""

_TITLES = {cause.name: cause.title for cause in CAUSES}
_WORDS = {
    Pattern.FIRST_N_THEN_FAIL: "the first succeed, later ones fail",
    Pattern.SCATTERED: "failures are scattered",
    Pattern.ALL_FAIL: "all fail",
    Pattern.INTERMITTENT: "failures come in stretches of time",
    Pattern.HEALTHY: "nothing failed",
    Pattern.TOO_FEW: "too few to tell",
}
_INVOCATIONS, _BURSTS = 30, 20


def invocation_table(invocations: Sequence[Invocation]) -> Table:
    """One row per invocation in the order of starts; of more than thirty, those around the first failure."""
    shown = around_first_failure(invocations, _INVOCATIONS)
    rows = [_invocation(item) for item in shown]
    columns = ("Start (UTC)", "Outcome", "Took", "Cold start", "Memory used", "Destination", "Request")
    of = f"{len(shown)} of {len(invocations):,}" if len(shown) < len(invocations) else str(len(shown))
    left = ", around the first failure; the log has them all" if len(shown) < len(invocations) else ""
    noun = "invocation" if len(invocations) == 1 else "invocations"
    return table(f"{of} {noun} in the order of starts{left}", columns, rows)


def burst_table(analysis: Analysis) -> Table:
    """The bursts with their patterns, and how the pattern over all of them was decided."""
    shown = sorted(analysis.bursts, key=lambda burst: -len(burst.invocations))[:_BURSTS]
    rows = [_burst(burst) for burst in analysis.bursts if burst in shown]
    columns = ("Starts (UTC)", "Invocations", "At once", "Succeeded", "Failed", "Not known", "Pattern", "p-value")
    left = len(analysis.bursts) - len(rows)
    rest = f" {left} smaller bursts are not shown but counted." if left else ""
    split = f" A burst ends where nothing starts for {GAP_S:g} s.{rest}"
    note = f"{analysis.explanation} {_WORDS[analysis.pattern].capitalize()}: {DEFINITIONS[analysis.pattern]}{split}"
    return table(f"Over all bursts: {_WORDS[analysis.pattern]}", columns, rows, note)


def duration_table(failures: Sequence[Invocation], expected: Sequence[Expectation], told: str) -> Table:
    """How long a failure must take by its cause, and how many of the failures seen took that long.

    `told` says of which client.
    """
    known = [item.duration_ms / 1000 for item in failures if item.duration_ms is not None]
    fitting = [explain(duration_s, expected) for duration_s in known]
    rows = [
        (
            Cell(str(item.cause).replace("_", " ").capitalize()),
            Cell(_range(item)),
            Cell(f"{sum(item in fits for fits in fitting)} of {len(known)}"),
            Cell(item.text),
        )
        for item in expected
    ]
    other = [duration_s for duration_s, fits in zip(known, fitting, strict=True) if not fits]
    if other:
        took = f"{seconds(min(other))} to {seconds(max(other))}" if len(other) > 1 else seconds(other[0])
        rows.append((Cell("None of these"), Cell(took), Cell(f"{len(other)} of {len(known)}"), Cell("as seen")))
    unknown = len(failures) - len(known)
    note = f"Of {unknown} more failures the log does not tell how long they took." if unknown else ""
    note = note if failures else "No invocation failed."
    columns = ("An invocation that fails by", "takes", "Failures that fit", "because")
    return table(f"How long a failure takes {told}", columns, rows, note)


def cause_table(caption: str, hypotheses: Iterable[Mapping[str, object]]) -> Table:
    """Causes as JSON objects of the contract, in the order given, with what speaks for and against each."""
    rows = [
        (
            Cell(cause_title(item), small=f"rank {item['rank']}"),
            Cell(mark=PLAUSIBLE[Plausibility(str(item["verdict"]))]),
            Cell(lines=_lines(item["for"])),
            Cell(lines=_lines(item["against"])),
        )
        for item in hypotheses
    ]
    return Table(caption, ("Cause", "Verdict", "What speaks for it", "What speaks against it"), tuple(rows))


def cause_text(caption: str, hypotheses: Iterable[Mapping[str, object]]) -> str:
    """The same as lines of text."""
    lines = [caption]
    for item in hypotheses:
        mark = PLAUSIBLE[Plausibility(str(item["verdict"]))]
        lines.append(f"{item['rank']:>2} {mark.symbol} {cause_title(item)}: {mark.word.lower()}")
        lines += [f"     + {text}" for text in _lines(item["for"])]
        lines += [f"     − {text}" for text in _lines(item["against"])]
    return visible("\n".join(lines))


def cause_lead(hypotheses: Iterable[Mapping[str, object]]) -> str:
    """The best supported causes in one sentence."""
    listed = list(hypotheses)
    best = [cause_title(item) for item in listed if item["verdict"] == listed[0]["verdict"]]
    verdict = Plausibility(str(listed[0]["verdict"])) if listed else Plausibility.CANNOT_TELL
    if verdict is Plausibility.RULED_OUT:
        return "Every cause is ruled out."
    if verdict is Plausibility.CANNOT_TELL:
        return "Nothing that was read tells the cause."
    return f"{PLAUSIBLE[verdict].word}: {'; '.join(best)}."


def cause_title(item: Mapping[str, object]) -> str:
    """The cause in words; its name where nobody knows it."""
    name = str(item["cause"])
    title = _TITLES.get(name, name.replace("_", " "))
    return title[:1].upper() + title[1:]


def _invocation(item: Invocation) -> tuple[Cell, ...]:
    used = "–" if item.memory_used_mb is None else f"{item.memory_used_mb:,} MB"
    of = f"of {item.memory_size_mb:,}" if item.memory_used_mb is not None and item.memory_size_mb else ""
    cold = seconds(item.init_ms / 1000) if item.init_ms is not None else "yes" if item.cold else "–"
    word = str(item.error_class or item.outcome.value).replace("_", " ").capitalize()
    return (
        Cell(item.start.strftime("%H:%M:%S.%f")[:-3] if item.start else "not seen"),
        Cell(status=OUTCOMES[item.outcome], word=word if item.outcome is not Outcome.UNKNOWN else "End not seen"),
        Cell("–" if item.duration_ms is None else seconds(item.duration_ms / 1000)),
        Cell(cold),
        Cell(used, small=of),
        Cell(item.destination or "–", code=item.destination is not None),
        Cell(item.request_id, code=True),
    )


def _burst(burst: Burst) -> tuple[Cell, ...]:
    start = burst.invocations[0].start
    failed, unknown = burst.count(Outcome.FAILURE), burst.count(Outcome.UNKNOWN)
    return (
        Cell(f"{start:%Y-%m-%d %H:%M:%S}" if start else "not seen"),
        Cell(f"{len(burst.invocations):,}"),
        Cell(f"{burst.peak_concurrency:,}"),
        Cell(f"{burst.count(Outcome.SUCCESS):,}"),
        Cell(status=Status.FAIL, word=f"{failed:,}") if failed else Cell("0"),
        Cell(status=Status.UNKNOWN, word=f"{unknown:,}") if unknown else Cell("0"),
        Cell(_WORDS[burst.pattern]),
        Cell("no test" if burst.p_value is None else f"{burst.p_value:.2g}"),
    )


def _range(item: Expectation) -> str:
    shortest, longest = seconds(item.shortest_s), seconds(item.longest_s)
    return shortest if shortest == longest else f"{shortest} to {longest}"


def _lines(told: object) -> tuple[str, ...]:
    return tuple(map(str, told)) if isinstance(told, list | tuple) else ()
