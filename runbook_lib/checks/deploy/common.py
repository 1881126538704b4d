"""What the checks of a deployment share: the one function it is about, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.logs.common import functions_of
from runbook_lib.model.actions import InvocationsAsked
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.network.view import View

__all__ = ["as_agreed", "of_function"]


def of_function(
    meta: Meta, view: View, settings: Settings, judge: Callable[[Function, Deploy], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge the function that was deployed.

    A target without a function has no deployment to judge; of one with several nobody says which was deployed.
    """
    names, target = functions_of(settings), settings.target
    if not names:
        yield meta.not_applicable(target.ref, f"{target.name} names no function whose deployment could be judged.")
    elif len(names) > 1:
        said = f"Which of {len(names)} functions was deployed is not known: name it."
        yield meta.unknown(target.ref, said, code="SEVERAL_FUNCTIONS")
    else:
        asked = settings.deploy or Deploy()
        yield from meta.each(
            names, lambda name: view.ref(Function, name), lambda name: judge(view.function(name), asked)
        )


def as_agreed(view: View, function: Function, deploy: Deploy) -> Deploy:
    """What is asked of it, and no less than what was agreed to when the facts were made.

    Else a burst that was refused or interrupted would pass once its facts are judged with a smaller one, and a slow one
    with a wider window or with none.
    """
    agreed = {item.purpose: item for item in view.snapshot.all(InvocationsAsked) if item.function == function.id}
    ends = [item.longest_ms for item in agreed.values() if item.longest_ms is not None]
    ends += [] if deploy.longest_ms is None else [deploy.longest_ms]
    burst, events, probe = (agreed.get(purpose) for purpose in ("burst", "event", "probe"))
    return replace(
        deploy,
        burst=max(deploy.burst, burst.count if burst else 0),
        at_once=burst.at_once if burst else deploy.at_once,
        events=max(deploy.events, events.count if events else 0),
        probed=tuple(dict.fromkeys((*deploy.probed, *(probe.destinations if probe else ())))),
        shortest_ms=max([deploy.shortest_ms, *(item.shortest_ms for item in agreed.values())]),
        longest_ms=min(ends, default=None),
        wanted_rate=max([deploy.wanted_rate, *(item.wanted_rate for item in agreed.values())]),
        consented=deploy.consented or bool(agreed.keys() - {"probe"}),
    )
