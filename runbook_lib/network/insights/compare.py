"""The kit's own trace and AWS's analysis of the same question side by side: where they agree, and every disagreement.

The two do not answer alike even when both are right. AWS looks for one packet of all that were asked about and names
only what stops that one first; the kit asks for every source port and goes on behind what stops it. AWS lists security
groups, network ACLs and route tables as components, the kit lists gateways and interfaces. What differs for these
reasons alone is told as a note. A disagreement is

- a verdict: one finds the way open that the other finds blocked;
- the first blocker: both find it blocked, and what AWS names is not among what the kit names;
- a hop: the gateways and interfaces on the way there differ as far as AWS lists them, or AWS passes what the kit says
  stops it.

Where AWS could not tell, or the kit could not, nothing is compared.
https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from runbook_lib.model.insights import AnalysisStatus, Explanation, NetworkInsightsAnalysis
from runbook_lib.network.insights.explanations import is_limit, plain
from runbook_lib.network.insights.same import Same

__all__ = [
    "Agreement",
    "Comparison",
    "Difference",
    "Disagreement",
    "HopPair",
    "compare",
    "found_by_aws",
    "is_named_by_aws",
]

Json = Mapping[str, Any]
Label = Callable[[str], str]

_STATIONS = ("eni-", "igw-", "nat-", "pcx-", "tgw-", "vgw-", "vpce-")
_NO_STATIONS = ("tgw-attach-", "tgw-rtb-")


class Agreement(StrEnum):
    """Whether two answers to one question go together."""

    AGREE = "agree"
    DISAGREE = "disagree"
    UNDECIDED = "cannot be compared"


class Disagreement(StrEnum):
    """What two answers disagree about."""

    VERDICT = "verdict"
    FIRST_BLOCKER = "first blocker"
    HOP = "hop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One disagreement, in a few words."""

    about: Disagreement
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HopPair:
    """One gateway or interface on the way there as each of the two has it, None where it has none."""

    kit: str | None
    aws: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two answers to one question: `reachable`, `blocked` or `unknown` each, hop by hop, with all differences.

    `stop` is the component that stops it first, for the kit one that AWS names too where there is one; None where
    nothing does. `notes` are differences that follow from how the two ask.
    """

    agreement: Agreement
    kit: str
    aws: str
    hops: tuple[HopPair, ...]
    stop: HopPair = HopPair(kit=None, aws=None)
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()


def found_by_aws(analysis: NetworkInsightsAnalysis) -> str:
    """`reachable`, `blocked`, or `unknown`: it failed, still runs, or met nothing but what AWS cannot analyse."""
    if analysis.status is not AnalysisStatus.SUCCEEDED or analysis.path_found is None:
        return "unknown"
    if analysis.path_found:
        return "reachable"
    explained = analysis.explanations
    return "unknown" if explained and all(is_limit(item.code) for item in explained) else "blocked"


def compare(
    answer: Json,
    analysis: NetworkInsightsAnalysis,
    same: Same,
    label: Label = str,
    *,
    any_address: bool = False,
) -> Comparison:
    """The kit's answer in the shape of the contract against AWS's analysis of the same question.

    `same` is what `same_things` gives; `label` what people call a component. `any_address` tells that AWS was asked
    about any address behind a gateway, the kit about some.
    """
    ours, theirs = str(answer["verdict"]), found_by_aws(analysis)
    mine = _stations((hop["id"] for hop in answer["forward"]["hops"]), same)
    seen = _stations(analysis.forward_ids, same)
    told: list[Difference] = []
    notes: list[str] = []
    is_wider = any_address and (ours, theirs) == ("blocked", "reachable")
    decided = "unknown" not in (ours, theirs) and not is_wider
    if is_wider:
        notes.append("AWS was asked about any address, the kit about those of the destination.")
    if decided:
        if ours != theirs:
            excuse = _excuse(answer, analysis, theirs)
            notes += [excuse] if excuse else []
            told += [] if excuse else [_verdict(ours, answer, analysis, label)]
        elif ours == "blocked":
            told += _blockers(answer, analysis, same, label, notes)
        told += _hops(mine, seen, label, is_whole=ours == theirs == "reachable")
    outcome = Agreement.DISAGREE if told else Agreement.AGREE
    return Comparison(
        agreement=outcome if decided else Agreement.UNDECIDED,
        kit=ours,
        aws=theirs,
        hops=tuple(_side_by_side(mine, seen)),
        stop=_stop(answer, analysis, same),
        differences=tuple(told),
        notes=tuple(notes),
    )


def _stations(ids: Iterator[str] | Sequence[str], same: Same) -> list[str]:
    """The gateways and interfaces among components, those that are the same station once."""
    listed = [
        same.stations.get(id_, id_) for id_ in ids if id_.startswith(_STATIONS) and not id_.startswith(_NO_STATIONS)
    ]
    return [id_ for index, id_ in enumerate(listed) if index == 0 or listed[index - 1] != id_]


# -- verdicts ----------------------------------------------------------------------------------------------------------


def _excuse(answer: Json, analysis: NetworkInsightsAnalysis, theirs: str) -> str:
    """Why AWS may find a way that the kit finds blocked, both being right; empty when nothing excuses it."""
    if theirs != "reachable" or answer["forward"]["blocked_by"]:
        return ""
    if not analysis.return_ids:
        return "AWS did not look at the way back, which the kit finds blocked."
    closed = answer["return"].get("blocked_source_ports") or []
    is_part = all(blocker["component"].startswith("acl-") for blocker in answer["return"]["blocked_by"])
    if closed and is_part and sum(last - first + 1 for first, last in closed) < 65536 - 1024:
        return "AWS looks for one source port that works, the kit asks for all of them, and some are blocked."
    return ""


def _verdict(ours: str, answer: Json, analysis: NetworkInsightsAnalysis, label: Label) -> Difference:
    if ours == "blocked":
        said = f"the kit says it is stopped ({_kit_words(answer)}), AWS finds a path"
    else:
        said = f"the kit finds it open, AWS finds no path ({_aws_words(analysis, label)})"
    return Difference(about=Disagreement.VERDICT, text=said)


# -- blockers ----------------------------------------------------------------------------------------------------------


def _blockers(
    answer: Json, analysis: NetworkInsightsAnalysis, same: Same, label: Label, notes: list[str]
) -> Iterator[Difference]:
    """Differences about what stops it; what AWS leaves open becomes a note."""
    mine = [*answer["forward"]["blocked_by"], *answer["return"]["blocked_by"]]
    theirs = [item for item in analysis.explanations if not is_limit(item.code)]
    if not any(_named(item) for item in theirs):
        notes.append(f"AWS names no component, so what stops it cannot be compared ({_aws_words(analysis, label)}).")
        return
    matched = [index for index, blocker in enumerate(mine) if is_named_by_aws(blocker, analysis, same)]
    if not matched:
        said = f"the kit says {_kit_words(answer)}; AWS says {_aws_words(analysis, label)}"
        yield Difference(about=Disagreement.FIRST_BLOCKER, text=said)
        return
    for blocker in mine[: matched[0]]:
        said = f"{blocker['component']} stops it for the kit first ({blocker['detail']})"
        if _is_passed(blocker, analysis):
            yield Difference(about=Disagreement.HOP, text=f"{said}, AWS passes it")
        else:
            notes.append(f"{said}; AWS names one blocker only.")
    if len(mine) > matched[0] + 1:
        notes.append(f"The kit names {len(mine) - matched[0] - 1} more behind it; AWS names one blocker only.")


def _stop(answer: Json, analysis: NetworkInsightsAnalysis, same: Same) -> HopPair:
    mine = [*answer["forward"]["blocked_by"], *answer["return"]["blocked_by"]]
    first = next((item for item in mine if is_named_by_aws(item, analysis, same)), mine[0] if mine else None)
    ours = str(first["component"]) if first else None
    named = [id_ for item in analysis.explanations for id_ in (item.component_id, *plain(item).components) if id_]
    return HopPair(kit=ours, aws=ours if ours in named else next(iter(named), None))


def is_named_by_aws(blocker: Json, analysis: NetworkInsightsAnalysis, same: Same) -> bool:
    """Whether an explanation of AWS is about what the kit says stops it."""
    return any(_is_same(blocker, item, same) for item in analysis.explanations if not is_limit(item.code))


def _named(explanation: Explanation) -> frozenset[str]:
    return explanation.named_ids | frozenset(plain(explanation).components)


def _is_same(blocker: Json, explanation: Explanation, same: Same) -> bool:
    """The same component, and for a filter the same direction."""
    component = blocker["component"]
    named = {same.stations.get(id_, id_) for id_ in _named(explanation)} | _named(explanation)
    if named.isdisjoint({component, same.stations.get(component), same.tables.get(component)}):
        return False
    is_filter = component.startswith(("acl-", "sg-"))
    return not is_filter or explanation.direction in (None, blocker["direction"])


def _is_passed(blocker: Json, analysis: NetworkInsightsAnalysis) -> bool:
    """Whether AWS lists a rule of the component by which the packet passes in that direction."""
    egress = blocker["direction"] == "egress"
    steps = (*(analysis.raw.get("ForwardPathComponents") or ()), *(analysis.raw.get("ReturnPathComponents") or ()))
    for step in steps:
        if (step.get("Component") or {}).get("Id") != blocker["component"]:
            continue
        acl, group = step.get("AclRule") or {}, step.get("SecurityGroupRule") or {}
        if acl.get("Egress") is egress or group.get("Direction") == blocker["direction"]:
            return True
    return False


# -- hops --------------------------------------------------------------------------------------------------------------


def _hops(mine: list[str], seen: list[str], label: Label, *, is_whole: bool) -> Iterator[Difference]:
    """The first hop that differs; of a path that is not whole AWS lists only the beginning, or nothing."""
    if not seen or (not is_whole and mine[: len(seen)] == seen):
        return
    pairs = zip_longest(mine, seen) if is_whole else zip(mine, seen, strict=False)
    for number, (ours, theirs) in enumerate(pairs, 1):
        if ours != theirs:
            kit, aws = (label(id_) if id_ else "nothing more" for id_ in (ours, theirs))
            yield Difference(about=Disagreement.HOP, text=f"hop {number} is {kit} for the kit and {aws} for AWS")
            return


def _side_by_side(mine: list[str], seen: list[str]) -> Iterator[HopPair]:
    for _, first, last, start, end in SequenceMatcher(a=mine, b=seen, autojunk=False).get_opcodes():
        for ours, theirs in zip_longest(mine[first:last], seen[start:end]):
            yield HopPair(kit=ours, aws=theirs)


# -- words -------------------------------------------------------------------------------------------------------------


def _kit_words(answer: Json) -> str:
    first = next(iter((*answer["forward"]["blocked_by"], *answer["return"]["blocked_by"])), None)
    return str(first["detail"]) if first else "nothing stops it"


def _aws_words(analysis: NetworkInsightsAnalysis, label: Label) -> str:
    said = [plain(item, label).said for item in analysis.explanations]
    return "; ".join(said) or "it names no reason"
