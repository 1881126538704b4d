"""Flow questions: one with its fixes, a change tried on a copy, or a stream of many."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from runbook_lib.errors import UsageError
from runbook_lib.facade.planning import read_json
from runbook_lib.facade.sources import Source
from runbook_lib.fixes.path import remedies
from runbook_lib.lines import read_line, written_line
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.path import Tracer, steady, tracer_of
from runbook_lib.network.plan import overlay
from runbook_lib.network.question import Question, question_of
from runbook_lib.network.reach import difference, probes
from runbook_lib.network.view import View
from runbook_lib.network.whatif import apply, edits_of

__all__ = ["KEYS", "AnsweredLine", "Traced", "answered_lines", "trace", "trace_lines"]

KEYS = tuple(sorted(key for key, kind in KINDS.items() if kind.fact is not None and kind.operation.startswith("ec2:")))
"""The snapshot keys a path may need."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Traced:
    """The answer of the contract; with a change also the verdict before it, what it opens and closes, and its notes.

    `simulated` is True when the facts come from the sandbox.
    """

    answer: Json
    simulated: bool

    @property
    def exit_code(self) -> int:
        """0 reachable, 1 blocked, 3 unknown."""
        return {"reachable": 0, "blocked": 1}.get(self.answer["verdict"], 3)


class AnsweredLine(NamedTuple):
    """One line of answers: the JSON with its end, the verdict in it, and what was wrong with the question, if so."""

    text: str
    verdict: str
    error: str | None = None


def trace(
    source: Source,
    flow: Mapping[str, Any],
    *,
    change: Path | None = None,
    plan: Path | None = None,
    resolve: bool = False,
    progress: Progress = silent,
) -> Traced:
    """Answer one flow question; `change` (AWS-shaped JSON) or `plan` (terraform show -json) is applied to a copy first.

    With `resolve` a host name that the facts do not explain is looked up live: the answer is that of its worst address
    and records them all. Raises UsageError for a malformed question, change or plan, and for an unknown source or
    destination.
    """
    question = question_of(flow)
    documents = {name: read_json(path) for name, path in (("plan", plan), ("change", change)) if path}
    snapshot = source.collect(_wanted(), progress)
    before = View(snapshot)
    found = _resolved(before, question) if resolve else None
    after, notes = _changed(snapshot, documents)
    asked = _worst_of(after, question, found["addresses"]) if found else question
    said = _compared(before, after, asked, notes) if documents else _with_fixes(before, asked)
    return Traced({**said, "resolved": found} if found else said, snapshot.origin.is_simulated)


def trace_lines(source: Source, lines: Iterable[str], progress: Progress = silent) -> Iterator[AnsweredLine]:
    """One answer per line that is not blank, in order and as they come.

    A malformed line, or one that names something unknown, gets the verdict unknown, its number and an `error`.
    """
    return answered_lines(tracer_of(View(source.collect(_wanted(), progress))), lines)


def answered_lines(tracer: Tracer, lines: Iterable[str]) -> Iterator[AnsweredLine]:
    """`trace_lines` over a view that is there already."""
    with steady():
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _answered(tracer, number, line)


def _answered(tracer: Tracer, number: int, line: str) -> AnsweredLine:
    try:
        raw = read_line(line)
    except json.JSONDecodeError as error:
        return _refused(None, number, f"not JSON ({error.msg})")
    except ValueError:
        return _refused(None, number, "not a flow (a number with too many digits)")
    except RecursionError:
        return _refused(None, number, "not a flow (nested too deeply)")
    try:
        said = tracer.trace(question_of(raw))
    except UsageError as error:
        return _refused(raw.get("id") if isinstance(raw, Mapping) else None, number, str(error))
    return AnsweredLine(written_line(said), said["verdict"])


def _refused(known: Any, number: int, why: str) -> AnsweredLine:
    error = f"line {number}: {why}"
    said = {"id": known, "verdict": "unknown", "line": number, "error": error}
    return AnsweredLine(written_line(said), "unknown", error)


def _wanted() -> Any:
    from runbook_lib.collect.limits import Wanted

    return Wanted(keys=("Functions", *KEYS))


def _with_fixes(view: View, question: Question) -> Json:
    said = tracer_of(view).trace(question)
    if said["verdict"] != "blocked":
        return said
    return {**said, "fixes": [fix.to_json() for fix in remedies(view, question, said)]}


def _changed(snapshot: Snapshot, documents: Mapping[str, Any]) -> tuple[View, list[str]]:
    """The network after a plan and a change, and what is to be said about the plan."""
    after, notes = snapshot, list[str]()
    if "plan" in documents:
        laid = overlay(snapshot, documents["plan"])
        after, notes = laid.snapshot, [*laid.notes, *laid.undecided]
    if "change" in documents:
        after = apply(after, edits_of(after, documents["change"]))
    return View(after), notes


def _compared(before: View, after: View, question: Question, notes: list[str]) -> Json:
    """The answer on the changed copy, beside the verdict before and every other flow that the change decides anew."""
    moved = difference(before, after, probes(before, question))
    return {
        **tracer_of(after).trace(question),
        "before": tracer_of(before).trace(question)["verdict"],
        "difference": list(moved.lines()),
        "notes": notes,
    }


def _worst_of(view: View, question: Question, addresses: Iterable[str]) -> Question:
    """The question for the address with the worst answer."""
    asked = [replace(question, to=address) for address in addresses]
    order = ("blocked", "unknown", "reachable")
    return min(asked, key=lambda one: order.index(tracer_of(view).trace(one)["verdict"]))


def _resolved(view: View, question: Question) -> Json | None:
    """The live addresses of a host name that the facts leave open; None when they do not."""
    said = tracer_of(view).trace(question)
    if said["verdict"] != "unknown" or "." not in question.to or _is_address(question.to):
        return None
    try:
        found = socket.getaddrinfo(question.to, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"cannot resolve {question.to}: {error.strerror or error}") from error
    return {"name": question.to, "addresses": sorted({str(entry[4][0]) for entry in found})}


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_network(word, strict=False)
    except ValueError:
        return False
    return True
