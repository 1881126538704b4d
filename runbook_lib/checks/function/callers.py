"""How long those wait who call a function: API integrations, queues and whom somebody told of, against its Timeout.

Sources (read 2026-11-21)
    Integration timeouts: 29 s unless set for a REST API (more where the quota was raised), 30 s for an HTTP API,
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    Visibility timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    A client that waits for a function must have a longer read timeout, and an SDK retries after a timeout:
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    TimeoutSeconds of a task: https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runbook_lib.model.fact import Fact
from runbook_lib.model.finding import Evidence
from runbook_lib.model.functions import FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.triggers import ApiIntegration, EventSourceMapping, HttpApi, Queue, RestApi
from runbook_lib.network.view import View

__all__ = ["VISIBILITY_TIMES", "Caller", "apis_of", "queues_of"]

VISIBILITY_TIMES = 6
"""How many Timeouts AWS asks of the visibility timeout of a queue."""

_DEFAULT_MS = {RestApi: 29_000, HttpApi: 30_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls a function and after how long they give up.

    `may_not_wait` is True for an integration of an API that can be set to invoke asynchronously. There is no `evidence`
    for a caller of whom somebody told.
    """

    label: str
    waits_s: float
    may_not_wait: bool = False
    evidence: tuple[Evidence, ...] = ()


def apis_of(view: View, function: Function) -> Iterator[Caller]:
    """The integrations that call a function, by API. Raises FactMissing when an API was not read."""
    view.get(FunctionPolicy, function.id)
    for kind in (RestApi, HttpApi):
        view.need(kind, function.scope)
        apis: list[RestApi | HttpApi] = sorted(view.snapshot.all(kind), key=lambda item: item.id)
        for api in apis:
            for item in sorted(api.integrations, key=lambda one: one.label):
                if api.scope == function.scope and _calls(item, function):
                    yield _caller(api, item)


def queues_of(view: View, function: Function) -> Iterator[tuple[EventSourceMapping, Queue]]:
    """The queues from which Lambda invokes a function, by mapping. Raises FactMissing when one was not read."""
    view.need(EventSourceMapping, function.scope)
    for mapping in sorted(view.snapshot.all(EventSourceMapping), key=lambda item: item.id):
        polls = mapping.service == "sqs" and mapping.state not in ("Disabled", "Disabling", "Deleting")
        if polls and mapping.source_arn and _name_in(mapping.function_arn) == function.id:
            yield mapping, view.get(Queue, mapping.source_arn)


def _caller(api: Fact, item: ApiIntegration) -> Caller:
    default_ms = _DEFAULT_MS[type(api)]
    return Caller(
        label=f"{item.label} of API {api.id}",
        waits_s=(default_ms if item.timeout_ms is None else item.timeout_ms) / 1000,
        may_not_wait=item.kind == "AWS",
        evidence=(api.cite(*item.path),),
    )


def _calls(item: ApiIntegration, function: Function) -> bool:
    return item.function is not None and _name_in(item.function) == function.id


def _name_in(arn: str) -> str:
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else ""
