"""Destination is reachable and the answer returns.

What is verified
    From every subnet the function may run in, the first packet reaches the destination and the answer comes back.
Why it matters
    Lambda may place an invocation in any of its subnets: one subnet without a path fails a share of the invocations.
How it is decided
    The path is traced hop by hop in both directions; everything that blocks it is named, not only the first. A name
    of a service without an endpoint is judged by the route to the public addresses.
Unknown when
    A fact on the path could not be read, or what decides lies inside an appliance.
Sources
    Troubleshoot networking issues in Lambda,
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html (read 2026-11-21)
    The sources of PTH003 to PTH007, and docs/network-model.md
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.cited import doors, path_words, route_tables
from runbook_lib.checks.path.common import TRACED, Json, Traced, blamed, each_flow, share_words
from runbook_lib.checks.path.stages import blocked_words, evidence_for
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="PTH010",
    title="Destination is reachable and the answer returns",
    severity=Severity.CRITICAL,
    family="path",
    applies_to=Subnet.TYPE,
    needs=TRACED,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet, security groups and destination."""
    return each_flow(META, view, settings, _judge)


def _judge(traced: Traced) -> Iterator[Finding]:
    subnet, scope, blockers = traced.subnet, traced.flow.scope, traced.blockers
    if blockers:
        said = f"{traced.words} is blocked{_part(traced)}: {blocked_words(blockers)}{share_words((traced,))}."
        behind = evidence_for(traced, blockers)
        yield META.failed(subnet, said, *behind, code=blockers[0]["code"], scope=scope, blames=blamed(blockers))
    elif traced.missing:
        yield traced.undecided(META)
    else:
        ways = dict.fromkeys(path_words(traced.view, part["forward"]["hops"]) for part in traced.parts)
        seen = {item.evidence.pointer: item.evidence for item in (*route_tables(traced), *doors(traced))}
        said = f"{traced.words} is reachable by {' and by '.join(ways)}, and the answer returns."
        yield META.passed(subnet, said, *seen.values(), scope=scope)


def _part(traced: Traced) -> str:
    """Which addresses of the destination are blocked, for a sentence; empty when all of them are."""
    blocked = [part for part in traced.parts if _is_blocked(part)]
    if len(blocked) == len(traced.parts):
        return ""
    more = f" and {len(blocked) - 3} more" if len(blocked) > 3 else ""
    return f" for {', '.join(part['to'] for part in blocked[:3])}{more}"


def _is_blocked(part: Json) -> bool:
    return bool(part["forward"]["blocked_by"] or part["return"]["blocked_by"])
