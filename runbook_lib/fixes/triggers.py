"""Fixes for what runs a function: statements that let it in or keep it out, and the filter of a bucket."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.access import account_in
from runbook_lib.checks.function.invoking import mappings_of, polled_by, pushes_of
from runbook_lib.checks.function.loops import Trigger, triggers_of
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import changed
from runbook_lib.fixes.failures import own_queue
from runbook_lib.fixes.role_statements import together, with_statement
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.finding import Finding
from runbook_lib.model.functions import FunctionPolicy
from runbook_lib.model.interfaces import Function
from runbook_lib.model.triggers import BucketNotifications
from runbook_lib.network.permission import Layer, permitted
from runbook_lib.network.policy import Request, Verdict
from runbook_lib.network.view import View

__all__ = ["admit", "break_loop"]

_INCOMING = "incoming/"


def admit(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN011: the statement that lets a source invoke, or the role poll. Nothing is proposed against a deny."""
    function = view.function(finding.resource.id)
    if finding.code == "NOT_ADMITTED":
        for push in pushes_of(view, function, settings.bucket):
            if push.scope == finding.scope and not push.admission.denied_by:
                yield _permission(view, function, push.service, push.source_arn)
    elif finding.code == "MAY_NOT_POLL":
        mapping = next(item for item in mappings_of(view, function) if item.id == finding.scope)
        asked = polled_by(mapping)
        answers = [permitted(view, function, request, by_lambda=True) for request in asked]
        refused = [item for item in answers if item.verdict is Verdict.DENIED]
        if all(item.statement is None and item.layer is Layer.IDENTITY for item in refused):
            yield with_statement(view, function, f"poll-{mapping.service}", asked)


def break_loop(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN010: stop a loop that was seen, send elsewhere what comes back, keep the role from what runs the function."""
    function = view.function(finding.resource.id)
    if finding.code == "LOOP_STOPPED":
        yield _stopped(function)
    elif finding.code == "COMES_BACK" and finding.scope.endswith("destination on failure"):
        yield own_queue(view, function)
    elif finding.code == "MAY_RUN_ITSELF":
        found = (item for item in triggers_of(view, function, settings.bucket) if item.scope == finding.scope)
        for trigger in found:
            yield _kept_out(view, function, trigger, settings.bucket)


def _stopped(function: Function) -> Proposal:
    values = {"function": function.id, "region": function.scope.region or ""}
    return Proposal(
        title=f"Stop {function.id} until its code or its trigger is changed",
        terraform=terraform("function_stopped", **values),
        cli=cli("function_stopped", **values),
        edits=(),
        warnings=(
            "Nothing is invoked until the reserved concurrency is taken away again; asynchronous events go to the "
            "dead-letter queue or the destination on failure meanwhile, if there is one.",
        ),
        untried="Not tried: what Lambda has counted stays counted.",
    )


def _permission(view: View, function: Function, service: str, source_arn: str) -> Proposal:
    policy = view.get(FunctionPolicy, function.id)
    account = "" if account_in(source_arn) else function.scope.account or ""
    sid = f"{service}-{len(policy.statements) + 1}"
    condition: dict[str, Any] = {"ArnLike": {"AWS:SourceArn": source_arn}}
    condition |= {"StringEquals": {"AWS:SourceAccount": account}} if account else {}
    principal = f"{service}.amazonaws.com"
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": "lambda:InvokeFunction",
        "Resource": function.arn or function.id,
        "Condition": condition,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [*policy.statements, statement]})
    values = {"function": function.id, "sid": sid, "principal": principal, "source_arn": source_arn, "account": account}
    return Proposal(
        title=f"Let {service} invoke {function.id} from {source_arn}",
        terraform=terraform("lambda_permission", **values),
        cli=cli("lambda_permission", region=function.scope.region or "", **values),
        edits=(changed(policy, Policy=text),),
    )


def _kept_out(view: View, function: Function, trigger: Trigger, bucket: str | None) -> Proposal:
    """A deny for the role; where all keys of a bucket run the function, only those below a prefix do from then on."""
    asked = trigger.sets_off
    if trigger.service == "s3" and bucket and re.fullmatch(r"[^/]*:::[^/]+/\*.*", trigger.arn):
        where = trigger.arn.replace(f":::{bucket}/", f":::{bucket}/{_INCOMING}")
        denied = with_statement(
            view, function, "keep-from-own-trigger", [Request(item.action, where) for item in asked], effect="Deny"
        )
        return together(_filtered(view, function, bucket), denied)
    return with_statement(view, function, "keep-from-own-trigger", asked, effect="Deny")


def _filtered(view: View, function: Function, bucket: str) -> Proposal:
    told = view.get(BucketNotifications, bucket)
    field = "LambdaFunctionConfigurations"
    configurations = [_below(item, function) for item in told.raw.get(field) or ()]
    config = {key: value for key, value in told.raw.items() if key != "Bucket"} | {field: configurations}
    own = next(item for item in told.functions if f":function:{function.id}" in item.target_arn)
    values = {"bucket": bucket, "function_arn": own.target_arn, "events": own.events, "suffix": own.suffix}
    return Proposal(
        title=f"Let only keys of bucket {bucket} below {_INCOMING} run {function.id}",
        terraform=terraform("bucket_filter", prefix=_INCOMING, **values),
        cli=cli("bucket_filter", bucket=bucket, config=json.dumps(config), region=function.scope.region or ""),
        edits=(changed(told, **{field: configurations}),),
        warnings=(
            f"{_INCOMING} stands for where uploads arrive: whoever uploads has to use it.",
            "The configuration of a bucket is replaced as a whole: keep its other notifications in it.",
        ),
    )


def _below(configuration: Any, function: Function) -> Any:
    """The configuration with the prefix, where it is about this function and has none."""
    rules = list(((configuration.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ())
    kept = [rule for rule in rules if rule["Name"].lower() != "prefix" or rule["Value"]]
    is_ours = configuration["LambdaFunctionArn"].split(":")[6:7] == [function.id]
    if not is_ours or any(rule["Name"].lower() == "prefix" for rule in kept):
        return configuration
    made = [{"Name": "prefix", "Value": _INCOMING}, *kept]
    return {**configuration, "Filter": {"Key": {"FilterRules": made}}}
