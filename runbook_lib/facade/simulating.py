"""What IAM's policy simulator says about what a function needs, joined to the facts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.needs import needs_of
from runbook_lib.errors import FactMissing
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.roles import PolicySimulation
from runbook_lib.model.snapshot import Gap, Snapshot
from runbook_lib.network.permission import role_of
from runbook_lib.network.view import View

if TYPE_CHECKING:
    from runbook_lib.facade.sources import Source

__all__ = ["with_simulations"]


def with_simulations(source: Source, snapshot: Snapshot, settings: Settings, progress: Progress = silent) -> Snapshot:
    """The snapshot with a simulation of every request that the role of the one function of the target is needed for.

    A saved snapshot, and one of a target that is no single function, comes back as it is. Actions with a wildcard are
    left out: the simulator takes none. What is not known or refused is a gap; the checks decide without it.
    """
    target = settings.target
    if source.kind == "snapshot" or target.kind != "function":
        return snapshot
    view = View(snapshot)
    try:
        function = view.get(Function, target.name)
        role = role_of(view, function)
        needs = needs_of(view, settings, function)
    except FactMissing as gap:
        told = Gap(what=PolicySimulation.KEY, reason=f"not asked for: {gap}", action=next(iter(gap.actions), None))
        return replace(snapshot, gaps=tuple(dict.fromkeys((*snapshot.gaps, told))))
    asked: dict[str, dict[str, None]] = {}
    for request in (request for need in needs for request in need.requests):
        if not {"*", "?"} & set(request.action):
            asked.setdefault(request.resource, {})[request.action] = None
    if not asked or role.role_arn is None:
        return snapshot
    return source.simulate(snapshot, role.role_arn, {place: tuple(names) for place, names in asked.items()}, progress)
