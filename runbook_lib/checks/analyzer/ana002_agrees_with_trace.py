"""Reachability Analyzer and the kit's own trace agree.

What is verified
    For the same question both come to the same verdict, blame the same component first, and see the same gateways and
    interfaces on the way there.
Why it matters
    Where they differ one of the two is wrong, and so may be every answer that rests on it.
How it is decided
    The flow is traced once more exactly as AWS was asked, from the same interface to the same address. What differs
    only because AWS looks for one packet and names one blocker is no disagreement.
Unknown when
    AWS or the kit came to no verdict, or AWS was asked about any address and the kit about one.
Sources
    How Reachability Analyzer works,
    https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.analyzer.common import ANALYSED, Asked, each_asked
from runbook_lib.checks.base import Meta, Settings
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.insights.compare import Agreement, Comparison
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="ANA002",
    title="Reachability Analyzer and the kit's own trace agree",
    severity=Severity.HIGH,
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
    found, cited = asked.comparison(analysis), analysis.cite("NetworkPathFound")
    notes = f" ({' '.join(found.notes).rstrip('.')})" if found.notes else ""
    if found.agreement is Agreement.DISAGREE:
        told = "; ".join(f"{item.about}: {item.text}" for item in found.differences)
        said = f"{words}: AWS and the kit disagree about the {told}{notes}."
        yield META.failed(subnet, said, cited, code=f"OTHER_{found.differences[0].about.name}", scope=scope)
    elif found.agreement is Agreement.UNDECIDED:
        missing = asked.traced.missing_actions
        need = f"; allow {' and '.join(missing)} and run again" if missing else ""
        notes = f"{asked.traced.missing_words}{notes}"
        said = f"{words}: the answers cannot be compared, the kit says {found.kit} and AWS {found.aws}{notes}{need}."
        yield META.unknown(subnet, said, cited, code="NOT_COMPARABLE", scope=scope)
    else:
        yield META.passed(subnet, f"{words}: {_agreed(found)}{notes}.", cited, scope=scope)


def _agreed(found: Comparison) -> str:
    if found.kit != found.aws:
        return "AWS finds a path, the kit finds it blocked, and that is no contradiction"
    if found.aws == "reachable":
        return "AWS and the kit both find a path"
    return f"AWS and the kit both find no path{', for the same reason' if found.stop.aws else ''}"
