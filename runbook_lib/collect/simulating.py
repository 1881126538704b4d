"""Asks IAM's policy simulator what a role may do; nothing is done and nothing is changed.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from runbook_lib.collect.calls import Answer, Call, Caller
from runbook_lib.collect.connection import Connection
from runbook_lib.collect.limits import Limits
from runbook_lib.collect.operations_of_function import SIMULATION
from runbook_lib.collect.told import gaps_of, listing_from, record, role_calls
from runbook_lib.model.fact import Scope
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.roles import PolicySimulation, simulation_id
from runbook_lib.model.snapshot import Snapshot

__all__ = ["simulate"]


def simulate(
    connection: Connection,
    snapshot: Snapshot,
    role_arn: str,
    asked: Mapping[str, Sequence[str]],
    limits: Limits | None = None,
    progress: Progress = silent,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Snapshot:
    """The snapshot with simulations in place of earlier ones; `asked` maps a resource to actions on it.

    One call for the actions of one service on one resource: the simulator refuses actions together that are authorized
    by different things, and what it says of the organization is said of all resources of a call. A call that failed
    leaves a gap and an incomplete listing. Raises UsageError for bad credentials.
    """
    limits = limits or Limits()
    clients = connection.clients(limits)
    calls = [
        Call(
            operation=SIMULATION,
            request={"PolicySourceArn": role_arn, "ActionNames": list(actions), "ResourceArns": [resource]},
            about=f"{', '.join(actions)} on {resource}",
        )
        for resource, listed in asked.items()
        for actions in _by_service(listed)
    ]
    answers = Caller(clients, limits, progress, clock).make(calls)
    scope = Scope(account=snapshot.origin.account, region=snapshot.origin.region)
    for answer in answers:
        answer.items = [{**_question(answer, item["EvalActionName"]), **item} for item in answer.items]
    listing, problems = listing_from(PolicySimulation.KEY, scope, answers)
    gaps = (*(gap for answer in answers for gap in gaps_of(answer, scope)), *problems)
    return replace(
        snapshot,
        listings={**snapshot.listings, (scope, PolicySimulation.KEY): listing},
        calls=(*snapshot.calls, *role_calls(clients, scope), *(record(answer, scope) for answer in answers)),
        gaps=tuple(dict.fromkeys((*snapshot.gaps, *gaps))),
    )


def _by_service(actions: Sequence[str]) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for action in actions:
        found.setdefault(action.partition(":")[0].lower(), []).append(action)
    return list(found.values())


def _question(answer: Answer, action: str) -> dict[str, str]:
    role_arn, (resource,) = answer.call.request["PolicySourceArn"], answer.call.request["ResourceArns"]
    return {
        "SimulationId": simulation_id(role_arn, action, resource),
        "PolicySourceArn": role_arn,
        "Resource": resource,
    }
