"""Which calls the second stage makes: what the Region-wide listings have to say before it can be known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runbook_lib.collect.calls import Answer, Call
from runbook_lib.collect.limits import Wanted
from runbook_lib.collect.operation import Operation, Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.model.fact import Raw

__all__ = ["Plan", "first_stage", "second_stage"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls of the second stage.

    `blocked` maps a snapshot key to the reason that hides what there is to ask about; `whole` are keys that are
    complete although nothing had to be asked.
    """

    calls: tuple[Call, ...]
    blocked: Mapping[str, str]
    whole: frozenset[str]


def first_stage(wanted: Wanted) -> tuple[Call, ...]:
    """The calls that depend on nothing: who asks, and every unfiltered listing of the Region."""
    return tuple(
        Call(operation=operation, request=operation.request)
        for operation in OPERATIONS
        if operation.per is Per.CALLER
        or (operation.per is Per.REGION and operation.key in wanted.all_keys)
        or (operation.per is Per.ANALYSES and operation.key in wanted.keys)
    )


def second_stage(wanted: Wanted, answers: Iterable[Answer]) -> Plan:
    """The calls for what was selected or referenced, ordered as in the table and by argument."""
    read = {answer.call.operation.key: answer for answer in answers if answer.call.operation.key}
    subjects = _subjects(wanted, read)
    calls: list[Call] = []
    blocked: dict[str, str] = {}
    whole: set[str] = set()
    for operation in OPERATIONS:
        if operation.per not in subjects or operation.key not in wanted.all_keys:
            continue
        found = subjects[operation.per]
        if isinstance(found, str):
            blocked[operation.key] = f"{found} failed"
            continue
        calls.extend(_call(operation, subject) for subject in sorted(found))
        if not found and operation.per in (Per.VPC, Per.TRANSIT_TABLE):
            whole.add(operation.key)
    return Plan(tuple(calls), blocked, frozenset(whole))


def _call(operation: Operation, subject: str) -> Call:
    asked = {operation.argument: subject} if operation.argument else {}
    return Call(operation=operation, request={**operation.request, **asked})


def _subjects(wanted: Wanted, read: Mapping[str, Answer]) -> dict[Per, set[str] | str]:
    """What to ask about, or the failed operation that would have told."""
    lists = _unread_lists(read)
    tables = _ids(read, "TransitGatewayRouteTables", "TransitGatewayRouteTableId")
    return {
        Per.VPC: _vpcs(wanted, read),
        Per.TRANSIT_TABLE: tables,
        Per.UNREAD_LISTS: {""} if lists else set(),
        Per.UNREAD_LIST: lists,
        Per.FUNCTION: set(wanted.functions),
        Per.BUCKET: set(wanted.buckets),
    }


def _ids(read: Mapping[str, Answer], key: str, field: str) -> set[str] | str:
    answer = read.get(key)
    if answer is None:
        return set()
    return {str(raw[field]) for raw in _objects(answer) if raw.get(field)} if answer.ok else answer.call.operation.id


def _objects(answer: Answer | None) -> Iterator[Raw]:
    for item in answer.items if answer else ():
        if isinstance(item, Mapping):
            yield item


def _vpcs(wanted: Wanted, read: Mapping[str, Answer]) -> set[str] | str:
    if wanted.names_nothing:
        return _ids(read, "Vpcs", "VpcId")
    found = set(wanted.vpc_ids)
    subnets, functions = read.get("Subnets"), read.get("Functions")
    if wanted.subnet_ids:
        found |= {str(raw["VpcId"]) for raw in _objects(subnets) if raw.get("SubnetId") in wanted.subnet_ids}
    if wanted.functions or wanted.all_functions:
        found |= {vpc for raw in _objects(functions) if _is_wanted(raw, wanted) and (vpc := _vpc_of(raw))}
    failed = [
        answer.call.operation.id
        for answer, matters in ((subnets, wanted.subnet_ids), (functions, wanted.functions or wanted.all_functions))
        if matters and answer is not None and not answer.ok
    ]
    return failed[0] if failed and not found else found


def _is_wanted(raw: Raw, wanted: Wanted) -> bool:
    return wanted.all_functions or bool({raw.get("FunctionName"), raw.get("FunctionArn")} & set(wanted.functions))


def _vpc_of(raw: Raw) -> str | None:
    return (raw.get("VpcConfig") or {}).get("VpcId") or None


def _unread_lists(read: Mapping[str, Answer]) -> set[str]:
    """Prefix lists that are listed without CIDRs, or used by a rule or route and not listed at all."""
    if "PrefixLists" not in read or not read["PrefixLists"].ok:
        return set()
    listed = {raw.get("PrefixListId"): raw for raw in _objects(read["PrefixLists"])}
    used = set(_mentioned(read))
    return {id_ for id_ in used.union(listed) if isinstance(id_, str) and "Cidrs" not in listed.get(id_, {})}


def _mentioned(read: Mapping[str, Answer]) -> Iterator[str | None]:
    for group in _objects(read.get("SecurityGroups")):
        for rule in [*(group.get("IpPermissions") or ()), *(group.get("IpPermissionsEgress") or ())]:
            yield from (entry.get("PrefixListId") for entry in _dicts(rule.get("PrefixListIds")))
    for table in _objects(read.get("RouteTables")):
        yield from (route.get("DestinationPrefixListId") for route in _dicts(table.get("Routes")))


def _dicts(listed: Any) -> list[Mapping[str, Any]]:
    return [item for item in listed or () if isinstance(item, Mapping)]
