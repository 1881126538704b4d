"""Tables of Reachability Analyzer: what is planned at which price, what AWS answered, and the kit's trace beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from runbook_lib.model.analysis_plan import AnalysisPlan, PlannedAnalysis, SourceInterface
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.model.status import Status
from runbook_lib.network.insights.compare import Agreement, Comparison, HopPair, found_by_aws
from runbook_lib.network.insights.explanations import SOURCE, plain
from runbook_lib.render.console import linked
from runbook_lib.render.tables import Cell, Table, table

__all__ = ["Answered", "Beside", "answers_table", "beside_table", "plan_table"]

Label = Callable[[str], str]

_VERDICTS = {
    "reachable": (Status.PASS, "path found"),
    "blocked": (Status.FAIL, "no path"),
    "unknown": (Status.UNKNOWN, "no verdict"),
}
_AGREED = {
    Agreement.AGREE: (Status.PASS, "agree"),
    Agreement.DISAGREE: (Status.FAIL, "disagree"),
    Agreement.UNDECIDED: (Status.UNKNOWN, "cannot be compared"),
}
_SHARED = {"own": "its own", "shared": "shared", "named": "named by you", "none": "none yet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One planned analysis and what AWS answered; `missing` says why there is no answer."""

    planned: PlannedAnalysis
    analysis: NetworkInsightsAnalysis | None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The comparison for one subnet and destination; None with the reason when there is nothing to compare."""

    subnet_id: str
    to: str
    comparison: Comparison | None
    missing: str = ""


def plan_table(plans: Sequence[AnalysisPlan], label: Label, *, price_usd: float, most: int, cap_usd: float) -> Table:
    """One row per subnet and destination: where an analysis starts and ends, and what is asked if it finds none."""
    rows = [_planned(plan, source, label) for plan in plans for source in plan.sources]
    whole = sum(len(plan.analyses) for plan in plans)
    note = (
        f"{_count(whole)} at ${price_usd:.2f} to begin with, so ${whole * price_usd:.2f}; {_count(most)} and "
        f"${most * price_usd:.2f} at most, when no path is found anywhere. Nothing beyond the spend cap of "
        f"${cap_usd:.2f} is asked. Reachability Analyzer analyses IPv4 only."
    )
    columns = ("Subnet", "Starts at", "Ends at", "Traffic", "If there is no path")
    return table("What AWS will be asked", columns, rows, note)


def _planned(plan: AnalysisPlan, source: SourceInterface, label: Label) -> tuple[Cell, ...]:
    subnet = _component(source.subnet_id, label)
    planned = next((item for item in plan.analyses if item.subnet_id == source.subnet_id), None)
    if planned is None:
        return (
            subnet,
            Cell(status=Status.UNKNOWN, word="no interface", small=source.text),
            *(Cell("–") for _ in "123"),
        )
    request = planned.request
    port = request["FilterAtSource"]["DestinationPortRange"]["FromPort"]
    then = tuple(f"{part.stretch}: {label(part.source)} → {_end(part, label)}" for part in planned.parts)
    return (
        subnet,
        Cell(label(planned.source), small=_SHARED[source.sharing.value]),
        Cell(_end(planned, label), small=". ".join(filter(None, (_address(planned), planned.note)))),
        Cell(f"{request['Protocol']} {port}"),
        Cell(lines=then) if then else Cell("it cannot be split"),
    )


def _end(planned: PlannedAnalysis, label: Label) -> str:
    return label(planned.destination) if planned.destination else str(planned.address)


def _address(planned: PlannedAnalysis) -> str:
    return f"for {planned.address}" if planned.destination and planned.address else ""


def answers_table(answered: Iterable[Answered], label: Label, *, is_linked: bool) -> Table:
    """One row per analysis: the verdict of AWS, why in plain words, what to look at, and the components it names.

    With `is_linked` these lead to the console of AWS, where AWS told their ARNs.
    """
    rows = [_answer(item, label, is_linked) for item in answered]
    columns = ("Subnet", "Stretch", "AWS says", "Why", "Components", "Look at")
    return table("What AWS answered", columns, rows, f"What the codes mean: {SOURCE}" if rows else "")


def _answer(item: Answered, label: Label, is_linked: bool) -> tuple[Cell, ...]:
    planned, analysis = item.planned, item.analysis
    first = (_component(planned.subnet_id, label), Cell(planned.stretch.value, small=_end(planned, label)))
    if analysis is None:
        return (*first, Cell(status=Status.UNKNOWN, word="not asked"), Cell(item.missing), Cell("–"), Cell("–"))
    status, word = _VERDICTS[found_by_aws(analysis)]
    told = [plain(explanation, label) for explanation in analysis.explanations]
    named = dict.fromkeys(id_ for one in told for id_ in one.components) or dict.fromkeys(analysis.forward_ids)
    arns = analysis.arns if is_linked else {}
    why = " ".join(one.text for one in told) or analysis.status_message
    return (
        *first,
        Cell(status=status, word=word, small=analysis.id),
        Cell(
            why or ("the request and its answer arrive" if analysis.return_ids else "the request arrives"),
            small=", ".join(one.code for one in told),
        ),
        Cell(lines=tuple(linked(label(id_), arns.get(id_)) for id_ in named) or ("–",)),
        Cell("; ".join(dict.fromkeys(one.look for one in told)) or "–"),
    )


def beside_table(compared: Sequence[Beside], label: Label) -> Table:
    """Per subnet the two verdicts, then every gateway and interface on the way there, the kit's beside AWS's."""
    rows = [row for item in compared for row in _beside(item, label)]
    notes = dict.fromkeys(note for item in compared if item.comparison for note in item.comparison.notes)
    return table("The kit and AWS, hop by hop", ("Subnet", "Hop", "The kit", "AWS", "Together"), rows, " ".join(notes))


def _beside(item: Beside, label: Label) -> Iterator[tuple[Cell, ...]]:
    subnet, found = _component(item.subnet_id, label), item.comparison
    if found is None:
        missing = Cell(status=Status.UNKNOWN, word="not compared", small=item.missing)
        yield subnet, Cell("verdict", small=f"to {item.to}"), Cell("–"), Cell("–"), missing
        return
    status, word = _AGREED[found.agreement]
    told = tuple(f"{one.about}: {one.text}" for one in found.differences)
    both = (Cell(status=_VERDICTS[side][0], word=_VERDICTS[side][1]) for side in (found.kit, found.aws))
    yield subnet, Cell("verdict", small=f"to {item.to}"), *both, Cell(status=status, word=word, lines=told)
    if found.stop.kit or found.stop.aws:
        yield subnet, Cell("stopped by"), *_pair(found.stop, found, label)
    for number, pair in enumerate(found.hops, 1):
        yield subnet, Cell(str(number)), *_pair(pair, found, label)


def _pair(pair: HopPair, found: Comparison, label: Label) -> Iterator[Cell]:
    yield from (_component(id_, label) if id_ else Cell("–") for id_ in (pair.kit, pair.aws))
    is_agreed = pair is found.stop and found.agreement is Agreement.AGREE and found.kit == found.aws
    if pair.kit == pair.aws or (is_agreed and pair.aws):
        yield Cell(status=Status.PASS, word="same")
    elif pair.aws is None and pair is not found.stop and found.aws != "reachable":
        yield Cell(status=Status.NOT_APPLICABLE, word="behind what AWS lists")
    elif found.agreement is not Agreement.DISAGREE:
        word = "see the note" if found.agreement is Agreement.AGREE else "not compared"
        yield Cell(status=Status.NOT_APPLICABLE, word=word)
    else:
        yield Cell(status=Status.FAIL, word="differs")


def _component(id_: str, label: Label) -> Cell:
    """The name of a component with its id in small letters, or the id alone."""
    said = label(id_)
    name = said.removeprefix(f"{id_} (").removesuffix(")") if said != id_ else ""
    return Cell(name, small=id_) if name else Cell(id_)


def _count(number: int) -> str:
    return f"{number:,} {'analysis' if number == 1 else 'analyses'}"
