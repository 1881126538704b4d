"""Reads what flow logs in CloudWatch Logs say was rejected at the interfaces of a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runbook_lib.collect.budget import Budget, Share
from runbook_lib.collect.calls import Answer, Call
from runbook_lib.collect.merge import merge
from runbook_lib.collect.operation import Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.collect.told import gaps_of
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.interfaces import Function, NetworkInterface
from runbook_lib.model.observations import FLOW_LOG_RECORDS_KEY, FlowLog
from runbook_lib.model.snapshot import Gap, Listing, listing_of
from runbook_lib.model.window import Window

__all__ = ["interfaces_of", "record_calls", "records_listing", "watching"]

# Enough to see what is rejected; the rest is counted in nobody's favour.
_MOST_RECORDS = 5_000
_REJECT = "REJECT"
_ACTION = "logs:FilterLogEvents"


def interfaces_of(function: Function, interfaces: Iterable[NetworkInterface]) -> tuple[NetworkInterface, ...]:
    """The interfaces that Lambda made for the function's subnets and groups; functions that have both in common share.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """
    groups = set(function.group_ids)
    return tuple(
        found
        for found in interfaces
        if found.kind == "lambda" and found.subnet_id in function.subnet_ids and set(found.group_ids) == groups
    )


def watching(logs: Iterable[FlowLog], function: Function, interfaces: Sequence[NetworkInterface]) -> list[FlowLog]:
    """The flow logs that deliver rejected traffic of these interfaces to CloudWatch Logs."""
    watched = {function.vpc_id, *function.subnet_ids, *(interface.id for interface in interfaces)}
    return [
        log
        for log in logs
        if log.resource_id in watched
        and log.log_group
        and log.destination_type == "cloud-watch-logs"
        and log.traffic_type != "ACCEPT"
    ]


def record_calls(logs: Iterable[FlowLog], interfaces: Sequence[NetworkInterface], window: Window) -> list[Call]:
    """One call per log group and interface: a log stream is named after its interface.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
    """
    operation = next(row for row in OPERATIONS if row.per is Per.FLOW_LOG)
    asked = [
        (group, interface.id)
        for group in sorted({log.log_group for log in logs if log.log_group})
        for interface in interfaces
    ]
    budget = Budget(_MOST_RECORDS, len(asked))
    return [
        Call(
            operation=operation,
            request={
                "logGroupName": group,
                "logStreamNamePrefix": interface,
                "filterPattern": _REJECT,
                "startTime": window.start_ms,
                "endTime": window.end_ms - 1,
            },
            about=f"{group}/{interface}",
            share=Share(budget, place),
        )
        for place, (group, interface) in enumerate(asked)
    ]


def records_listing(answers: Sequence[Answer], window: Window, scope: Scope) -> tuple[Listing | None, list[Gap]]:
    """The records that say REJECT, with the name of their log group, and what is missing; None when none was read."""
    gaps = [gap for answer in answers for gap in gaps_of(answer, scope)]
    if not any(answer.ok or answer.items for answer in answers):
        return None, gaps
    told = [
        (_ACTION, _named(item, answer)) for answer in answers for item in answer.items if _fits(item, answer, window)
    ]
    items, _ = merge(FLOW_LOG_RECORDS_KEY, told)
    listing, _ = listing_of(FLOW_LOG_RECORDS_KEY, scope, items, "; ".join(gap.text for gap in gaps) or None)
    return listing, gaps


def _named(item: Raw, answer: Answer) -> Raw:
    return {**item, "logGroupName": answer.call.request["logGroupName"]}


def _fits(item: Raw, answer: Answer, window: Window) -> bool:
    moment, message = item.get("timestamp"), str(item.get("message"))
    interface = str(answer.call.request["logStreamNamePrefix"])
    told = interface in message or str(item.get("logStreamName")).startswith(interface)
    return told and _REJECT in message and isinstance(moment, int) and window.start_ms <= moment < window.end_ms
