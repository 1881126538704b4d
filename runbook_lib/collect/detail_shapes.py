"""Answers about the picked function become the items of their snapshot key, with what AWS leaves to the question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runbook_lib.collect.calls import Answer
from runbook_lib.model.databases import DbMaxConnections
from runbook_lib.model.fact import Raw
from runbook_lib.model.roles import RolePolicy
from runbook_lib.model.triggers import HttpApi, Queue, RestApi

__all__ = ["MAX_CONNECTIONS", "attached_arns", "boundary_arns", "shaped"]

MAX_CONNECTIONS = "max_connections"

# Of an integration only this is kept: its templates and static headers may hold anything.
_REST_FIELDS = ("type", "httpMethod", "uri", "connectionType", "timeoutInMillis", "credentials")
_HTTP_FIELDS = (
    "IntegrationId",
    "IntegrationType",
    "IntegrationMethod",
    "IntegrationUri",
    "TimeoutInMillis",
    "CredentialsArn",
)


def shaped(key: str, answers: Sequence[Answer], everything: Sequence[Answer]) -> list[Answer]:
    """The answers of one snapshot key with the items that its facts are read from; `everything` are all answers."""
    shapes: Mapping[str, Callable[[Answer], Iterator[Raw]]] = {
        RolePolicy.KEY: lambda answer: _policies(answer, everything),
        Queue.KEY: lambda answer: ({**raw, "QueueArn": answer.call.about} for raw in answer.items),
        DbMaxConnections.KEY: _parameter,
        RestApi.KEY: lambda answer: map(_rest_api, answer.items),
        HttpApi.KEY: lambda answer: map(_http_api, answer.items),
    }
    shape = shapes.get(key)
    return [replace(answer, items=list(shape(answer))) for answer in answers] if shape else list(answers)


def attached_arns(answers: Iterable[Answer]) -> Iterator[str]:
    """The managed policies that are attached to the role, in the order of the answers."""
    for raw in _items(answers, "iam:ListAttachedRolePolicies"):
        yield from (item["PolicyArn"] for item in raw.get("AttachedPolicies") or ())


def boundary_arns(answers: Iterable[Answer]) -> Iterator[str]:
    """The permissions boundary of the role, if it has one."""
    for raw in _items(answers, "iam:GetRole"):
        boundary = (raw.get("Role") or {}).get("PermissionsBoundary") or {}
        if boundary.get("PermissionsBoundaryArn"):
            yield boundary["PermissionsBoundaryArn"]


def _items(answers: Iterable[Answer], operation: str) -> Iterator[Raw]:
    for answer in answers:
        if answer.call.operation.id == operation and answer.ok:
            yield from answer.items


def _policies(answer: Answer, everything: Sequence[Answer]) -> Iterator[Raw]:
    """The documents; what only lists them has none."""
    name = answer.call.operation.name
    for raw in answer.items:
        if name == "GetRolePolicy":
            yield {
                "PolicyId": f"{raw['RoleName']}/{raw['PolicyName']}",
                "RoleName": raw["RoleName"],
                "PolicyName": raw["PolicyName"],
                "IsAttached": True,
                "IsBoundary": False,
                "Document": raw["PolicyDocument"],
            }
        elif name == "GetPolicyVersion":
            arn, version = raw["PolicyArn"], raw["PolicyVersion"]
            roles = (other.call.request.get("RoleName") for other in everything)
            yield {
                "PolicyId": arn,
                "PolicyArn": arn,
                "RoleName": next(role for role in roles if role),
                "PolicyName": arn.rsplit("/", 1)[1],
                "IsAttached": arn in set(attached_arns(everything)),
                "IsBoundary": arn in set(boundary_arns(everything)),
                "VersionId": version["VersionId"],
                "Document": version["Document"],
            }


def _parameter(answer: Answer) -> Iterator[Raw]:
    group = {"DBParameterGroupName": answer.call.about}
    found = next((raw for raw in answer.items if raw.get("ParameterName") == MAX_CONNECTIONS), None)
    if found is not None:
        yield {**group, **found}
    elif answer.ok and not answer.truncated:
        yield group


def _rest_api(raw: Raw) -> Raw:
    if raw.get("items") is None:
        return raw
    return {"restApiId": raw["restApiId"], "items": [_resource(item) for item in raw["items"]]}


def _resource(raw: Mapping[str, Any]) -> Raw:
    methods = {
        verb: {"methodIntegration": _only(_REST_FIELDS, method.get("methodIntegration") or {})}
        for verb, method in (raw.get("resourceMethods") or {}).items()
    }
    return {"id": raw["id"], "path": raw["path"], **({"resourceMethods": methods} if methods else {})}


def _http_api(raw: Raw) -> Raw:
    if raw.get("Items") is None:
        return raw
    return {"ApiId": raw["ApiId"], "Items": [_only(_HTTP_FIELDS, item) for item in raw["Items"]]}


def _only(fields: Sequence[str], raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: raw[name] for name in fields if name in raw}
