"""Reachability Analyzer finds a path to the destination.

What is verified
    AWS's own analysis, from the network interface that the function uses in each subnet, finds a path.
Why it matters
    It is a second opinion by those who built the network, from facts that the kit may not be allowed to read.
How it is decided
    From NetworkPathFound of the analysis; what AWS explains is told in plain words, with the stretch before or behind
    a gateway that has no path where the way was split. AWS names the first blocker only and analyses IPv4 only.
Unknown when
    Nobody agreed to ask, which costs money; the analysis was denied, failed or did not end; the function has no
    network interface there; AWS says that it cannot analyse something on the way.
Sources
    How Reachability Analyzer works,
    https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html (read 2026-11-21)
    Reachability Analyzer explanation codes,
    https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.analyzer.common import ANALYSED, Asked, each_asked
from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import blamed
from runbook_lib.model.finding import Finding
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.insights.answered import answer_to
from runbook_lib.network.insights.compare import found_by_aws, is_named_by_aws
from runbook_lib.network.insights.explanations import plain
from runbook_lib.network.insights.same import same_things
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="ANA001",
    title="Reachability Analyzer finds a path to the destination",
    severity=Severity.CRITICAL,
    family="analyzer",
    applies_to=Subnet.TYPE,
    needs=ANALYSED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return each_asked(META, view, settings, _judge)


def _judge(asked: Asked) -> Iterator[Finding]:
    analysis, unknown = asked.analysis, asked.undecided(META)
    if unknown or analysis is None:
        yield from [unknown] if unknown else []
        return
    scope, subnet, words = asked.traced.flow.scope, asked.traced.subnet, asked.traced.words
    if analysis.path_found:
        only = ", for IPv4 alone" if asked.traced.flow.is_dual_stack else ""
        said = f"{words}: AWS finds a path from {asked.source.interface_id}{only} ({analysis.id}){_beside(analysis)}."
        yield META.passed(subnet, said, analysis.cite("NetworkPathFound"), scope=scope)
        return
    told = [plain(item, asked.label) for item in analysis.explanations]
    why = "; ".join(item.said for item in told) or "it names no reason"
    said = f"{words}: AWS finds no path{_split(asked)}: {why}{_beside(analysis)}."
    cited = [analysis.cite(field) for field in ("NetworkPathFound", "Explanations") if field in analysis.raw]
    code = told[0].code if told else "NO_REASON"
    yield META.failed(subnet, said, *cited, code=code, scope=scope, blames=_blames(asked, analysis))


def _split(asked: Asked) -> str:
    """Which stretches have a path and which have not, where the way was split."""
    parts = asked.planned.parts if asked.planned else ()
    known = [(part.stretch, answer) for part in parts if (answer := answer_to(asked.view, part))]
    said = {"reachable": "open", "blocked": "closed", "unknown": "not known"}
    return "".join(f", {stretch} it is {said[found_by_aws(answer)]}" for stretch, answer in known)


def _beside(analysis: NetworkInsightsAnalysis) -> str:
    """What AWS adds to its answer: a warning, and accounts that the way may lead through."""
    warning = str(analysis.raw.get("WarningMessage") or "").rstrip(".")
    accounts = ", ".join(str(one) for one in analysis.raw.get("SuggestedAccounts") or ())
    told = (f"AWS warns: {warning}" if warning else "", f"the way may lead through {accounts}" if accounts else "")
    return "".join(f"; {one}" for one in told if one)


def _blames(asked: Asked, analysis: NetworkInsightsAnalysis) -> tuple[str, ...]:
    """What the kit blames for the same, so that its fixes belong to this too; else what AWS names."""
    answer, same = asked.answer, same_things(asked.view)
    stops = (*answer["forward"]["blocked_by"], *answer["return"]["blocked_by"])
    mine = [blocker for blocker in stops if is_named_by_aws(blocker, analysis, same)]
    return blamed(mine) or tuple(f"{item.code} {item.component_id}" for item in analysis.explanations)
