"""Fixes in the settings of a function (FUN002, FUN003, FUN005, FUN013), and in how long its callers wait (FUN004).

Sources (from memory; the pages were not read again)
    Memory up to 10,240 MB (more on Lambda Managed Instances):
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    Integration timeouts, 29 s for REST APIs unless the quota was raised, 30 s for HTTP APIs:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    Visibility timeout up to 43,200 s:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
    SnapStart: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.callers import VISIBILITY_TIMES, Caller, apis_of, queues_of
from runbook_lib.checks.function.common import timeout_of
from runbook_lib.checks.function.durations import durations_seen, gives_up
from runbook_lib.checks.function.longer import most_s
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.changes import aws
from runbook_lib.fixes.edits import changed
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.triggers import HttpApi, Queue, RestApi
from runbook_lib.network.view import View

__all__ = ["give_memory", "give_time", "let_callers_wait", "outlast_sdk", "prepare"]

_MOST_MB = 10_240
_MOST_HIDDEN_S = 43_200
_MOST_MS: dict[type, int] = {RestApi: 29_000, HttpApi: 30_000}
_STEP_S = 10
_PAST = "Not tried: what the log shows has happened"
_SNAP_START = re.compile(r"java(?:1[1-9]|[2-9]\d)|python3\.(?:1[2-9]|[2-9]\d)|dotnet(?:[89]|\d\d)")


def give_time(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN002: a Timeout of twice what the longest invocation took, where Lambda gives that."""
    function = view.function(finding.resource.id)
    timeout_s, _ = timeout_of(view, function)
    seen = durations_seen(view, function, timeout_s)
    known = view.find(FunctionConfiguration, function.id)
    wanted_s = min(most_s(known), _STEP_S * math.ceil(2 * seen.longest_s / _STEP_S))
    if wanted_s <= timeout_s:
        return
    proposal = _timeout(view, function, wanted_s, ("Whoever waits for it has to wait longer: see FUN004.",))
    if seen.killed > seen.hung:
        unknown = f"{_PAST}, and how long an invocation that was ended would have taken nobody knows."
        proposal = replace(proposal, edits=(), untried=unknown)
    yield proposal


def outlast_sdk(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN003: a Timeout that leaves the SDK its tries and the function 10 s for the rest."""
    function = view.function(finding.resource.id)
    if settings.sdk is None:
        return
    budget_s = gives_up(settings.sdk).longest_s
    known = view.find(FunctionConfiguration, function.id)
    if budget_s + _STEP_S <= most_s(known):
        said = "Lower timeouts and fewer attempts of the SDK do the same, and fail faster."
        yield _timeout(view, function, math.ceil(budget_s) + _STEP_S, (said,))


def let_callers_wait(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN004: a queue that hides messages longer, an integration that waits longer, or a shorter Timeout."""
    function = view.function(finding.resource.id)
    timeout_s, _ = timeout_of(view, function)
    if finding.code == "VISIBLE_TOO_EARLY":
        for mapping, queue in queues_of(view, function):
            if finding.scope == f"{mapping.id} {queue.label}" and VISIBILITY_TIMES * timeout_s <= _MOST_HIDDEN_S:
                yield _hide(queue, VISIBILITY_TIMES * timeout_s)
        return
    if finding.code != "CALLER_GIVES_UP":
        return
    waits_s = settings.caller_timeout_s
    for caller in apis_of(view, function) if finding.scope != "caller" else ():
        if caller.label == finding.scope:
            waits_s = caller.waits_s
            yield from _wait_longer(view, caller, timeout_s)
    shorter_s = math.ceil(waits_s) - 1
    if shorter_s >= 1:
        said = "An invocation that takes longer is ended: compare with FUN002 what they take."
        yield _timeout(view, function, shorter_s, (said,))


def give_memory(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN005: twice the memory."""
    known = view.function_configuration(finding.resource.id)
    if known.memory_mib is None or known.memory_mib >= _MOST_MB:
        return
    wanted = min(_MOST_MB, 2 * known.memory_mib)
    is_killed = finding.code == "OUT_OF_MEMORY"
    yield Proposal(
        title=f"Give {known.id} {wanted:,} MB of memory",
        terraform=_argument(known.id, "memory_size", wanted),
        cli=_update(known, memory_size=wanted),
        edits=() if is_killed else (changed(known, MemorySize=wanted),),
        warnings=("Memory is billed per GB-second; with more of it comes more CPU, so that it may take less time.",),
        untried=f"{_PAST}, and what an invocation that was killed would have used nobody knows." if is_killed else "",
    )


def prepare(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN013: SnapStart, for a runtime that has it."""
    known = view.function_configuration(finding.resource.id)
    is_zip = known.package_type in (None, "Zip")
    if finding.code != "INIT_NEAR_LIMIT" or not is_zip or not _SNAP_START.fullmatch(known.runtime or ""):
        return
    yield Proposal(
        title=f"Switch SnapStart of {known.id} on, and invoke a published version",
        terraform=_argument(known.id, "publish", "true") + '  snap_start {\n    apply_on = "PublishedVersions"\n  }\n',
        cli=_update(known, snap_start="ApplyOn=PublishedVersions")
        + aws("lambda wait function-updated-v2", known.scope.region or "", function_name=known.id)
        + aws("lambda publish-version", known.scope.region or "", function_name=known.id),
        edits=(),
        warnings=(
            "Callers have to invoke the version or an alias of it: SnapStart does not serve $LATEST.",
            "For Python and .NET snapshots are billed as long as they are kept, and each time one is restored.",
            "What is unique (connections, random seeds) must not be made before the snapshot.",
        ),
        untried=f"{_PAST}, and how long a snapshot takes to be restored only Lambda can tell.",
    )


def _timeout(view: View, function: Function, seconds: int, warnings: tuple[str, ...]) -> Proposal:
    known = view.find(FunctionConfiguration, function.id)
    facts = [fact for fact in (known, function) if fact is not None and fact.raw.get("Timeout") is not None]
    return Proposal(
        title=f"Set the Timeout of {function.id} to {seconds:,} s",
        terraform=_argument(function.id, "timeout", seconds),
        cli=_update(function, timeout=seconds),
        edits=tuple(changed(fact, Timeout=seconds) for fact in facts),
        warnings=warnings,
    )


def _hide(queue: Queue, seconds: int) -> Proposal:
    _, _, _, region, account, name = queue.id.split(":")
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    attributes = {**queue.raw["Attributes"], "VisibilityTimeout": str(seconds)}
    return Proposal(
        title=f"Let {queue.label} hide a message for {seconds:,} s",
        terraform=f"# in aws_sqs_queue {queue.label}:\n  visibility_timeout_seconds = {seconds}\n",
        cli=aws("sqs set-queue-attributes", region, queue_url=url, attributes=f"VisibilityTimeout={seconds}"),
        edits=(changed(queue, Attributes=attributes),),
        warnings=("A message of an invocation that failed without a word comes back that much later.",),
    )


def _wait_longer(view: View, caller: Caller, timeout_s: int) -> Iterator[Proposal]:
    """The integration waits a second longer than the Timeout, as far as API Gateway lets it."""
    apis: list[RestApi | HttpApi] = [*view.snapshot.all(RestApi), *view.snapshot.all(HttpApi)]
    for api in apis:
        item = next((one for one in api.integrations if caller.label == f"{one.label} of API {api.id}"), None)
        wanted_ms = min(_MOST_MS[type(api)], 1000 * (timeout_s + 1))
        if item is None or wanted_ms <= 1000 * timeout_s:
            continue
        field = "TimeoutInMillis" if isinstance(api, HttpApi) else "timeoutInMillis"
        raw = copy.deepcopy(dict(api.raw))
        _at(raw, item.path)[field] = wanted_ms
        yield Proposal(
            title=f"Let {caller.label} wait {wanted_ms / 1000:,g} s",
            terraform=_integration_terraform(api, caller.label, wanted_ms),
            cli=_integration_cli(api, item.path, wanted_ms),
            edits=(changed(api, **raw),),
        )


def _integration_terraform(api: RestApi | HttpApi, label: str, wanted_ms: int) -> str:
    where = "aws_api_gateway_integration" if isinstance(api, RestApi) else "aws_apigatewayv2_integration"
    return f"# in {where} {label}:\n  timeout_milliseconds = {wanted_ms}\n"


def _integration_cli(api: RestApi | HttpApi, path: tuple[str | int, ...], wanted_ms: int) -> str:
    region = api.scope.region or ""
    if isinstance(api, HttpApi):
        integration = _at(api.raw, path)["IntegrationId"]
        update = "apigatewayv2 update-integration"
        return aws(update, region, api_id=api.id, integration_id=integration, timeout_in_millis=wanted_ms)
    update = aws(
        "apigateway update-integration",
        region,
        rest_api_id=api.id,
        resource_id=_at(api.raw, path[:2]).get("id", "RESOURCE_ID"),
        http_method=path[3],
        patch_operations=f"op=replace,path=/timeoutInMillis,value={wanted_ms}",
    )
    return update + aws("apigateway create-deployment", region, rest_api_id=api.id, stage_name="STAGE")


def _at(raw: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        raw = raw[step]
    return raw


def _argument(function: str, name: str, value: int | str) -> str:
    return f"# in aws_lambda_function {function}:\n  {name} = {value}\n"


def _update(about: Function | FunctionConfiguration, **options: Any) -> str:
    command = "lambda update-function-configuration"
    return aws(command, about.scope.region or "", function_name=about.id, **options)
