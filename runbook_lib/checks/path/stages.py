"""The stages of a path: which blockers belong to which, and the finding about one stage of every flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path import cited
from runbook_lib.checks.path.cited import Cited
from runbook_lib.checks.path.common import Json, Traced, blamed, each_flow
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.network.view import View

__all__ = ["ACLS", "GROUPS", "INTERNET", "NAT", "ROUTES", "Stage", "blocked_words", "check_stage", "evidence_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One kind of component on a path.

    A blocker belongs to the stage of its component (by the prefix of its id), else to the one that knows its code.
    `met` are the components passed; `passes` says what they do when nothing blocks; `is_both_ways` tells that they
    are asked about the answer too.
    """

    noun: str
    passes: str
    met: Callable[[Traced], Iterable[Cited]]
    components: tuple[str, ...]
    codes: frozenset[str] = frozenset()
    is_both_ways: bool = False


GROUPS = Stage(noun="security group", passes="is allowed by", met=cited.groups, components=("sg-",))
ACLS = Stage(
    noun="network ACL",
    passes="and its answer are let through by",
    met=cited.acls,
    components=("acl-",),
    is_both_ways=True,
)
NAT = Stage(
    noun="NAT gateway",
    passes="is forwarded by",
    met=lambda traced: cited.doors(traced, "nat-gateway"),
    components=("nat-",),
)
INTERNET = Stage(
    noun="internet gateway",
    passes="is carried by",
    met=lambda traced: cited.doors(traced, "internet-gateway", "egress-only-internet-gateway"),
    components=("eigw-", "igw-"),
)
ROUTES = Stage(
    noun="route table",
    passes="and its answer are routed by",
    met=cited.route_tables,
    components=("dxgw-", "pcx-", "rtb-", "tgw-", "vgw-", "vpn-"),
    codes=frozenset({"CANNOT_ROUTE"}),
    is_both_ways=True,
)

_STAGES = (GROUPS, ACLS, NAT, INTERNET, ROUTES)


def check_stage(meta: Meta, view: View, settings: Settings, stage: Stage) -> Iterator[Finding]:
    """One finding per flow about one stage of its path.

    What a path meets behind the point where it ends early is not judged: that is neither a pass nor a failure.
    """

    def judge(traced: Traced) -> Iterator[Finding]:
        scope, subnet = traced.flow.scope, traced.subnet
        mine = [blocker for blocker in traced.blockers if _stage_of(blocker) is stage]
        if mine:
            said = f"{traced.words}: {blocked_words(mine)}."
            seen = evidence_for(traced, mine)
            yield meta.failed(subnet, said, *seen, code=mine[0]["code"], scope=scope, blames=blamed(mine))
        elif traced.missing:
            yield traced.undecided(meta)
        elif traced.ends_early or (stage.is_both_ways and traced.answer_ends_early):
            way = "there" if traced.ends_early else "back"
            said = f"{traced.words} finds no way {way}, so not every {stage.noun} on it was met; see PTH010."
            yield meta.not_applicable(subnet, said, scope=scope)
        elif not (met := _distinct(stage.met(traced))):
            yield meta.not_applicable(subnet, f"{traced.words} meets no {stage.noun}.", scope=scope)
        else:
            names = ", ".join(dict.fromkeys(item.label for item in met))
            cited_facts = (item.evidence for item in met)
            yield meta.passed(subnet, f"{traced.words} {stage.passes} {names}.", *cited_facts, scope=scope)

    return each_flow(meta, view, settings, judge)


def blocked_words(blockers: Iterable[Json]) -> str:
    """What blocks a path, for a sentence."""
    return "; ".join(dict.fromkeys(blocker["detail"] for blocker in blockers))


def evidence_for(traced: Traced, blockers: Iterable[Json]) -> tuple[Evidence, ...]:
    """The raw facts behind blockers, each once."""
    found = [evidence for blocker in blockers for evidence in cited.behind(traced, blocker)]
    return tuple({evidence.pointer: evidence for evidence in found}.values())


def _stage_of(blocker: Json) -> Stage | None:
    """The stage that a blocker belongs to; None for one that the destination itself puts up."""
    by_component = next((stage for stage in _STAGES if blocker["component"].startswith(stage.components)), None)
    return by_component or next((stage for stage in _STAGES if blocker["code"] in stage.codes), None)


def _distinct(found: Iterable[Cited]) -> tuple[Cited, ...]:
    return tuple({item.evidence.pointer: item for item in found}.values())
