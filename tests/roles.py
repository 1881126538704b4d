"""A role for the function of a world, with policies that grant and one that limits."""

from __future__ import annotations

from typing import Any

from tests.builders import ACCOUNT, World

__all__ = ["BOUNDARY", "FULL", "ROLE_ARN", "allow", "deny", "with_role"]

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/service/worker-role"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/limit"
Json = dict[str, Any]


def allow(*actions: str, on: str | list[str] = "*", **more: Any) -> Json:
    """A statement that allows actions on resources."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: str | list[str] = "*", **more: Any) -> Json:
    """A statement that denies actions on resources."""
    return {**allow(*actions, on=on, **more), "Effect": "Deny"}


FULL = allow("logs:*", "ec2:*", Sid="Platform")
"""What the log and the network interfaces need, and more."""


def with_role(
    made: World, *statements: Json, boundary: list[Json] | None = None, managed: list[Json] | None = None
) -> World:
    """Gives `worker` a role with an inline policy `work` of these statements, and a boundary and a managed policy."""
    made.changed("Functions", "worker", lambda raw: raw.update(Role=ROLE_ARN))
    limit = {} if boundary is None else {"PermissionsBoundary": {"PermissionsBoundaryArn": BOUNDARY}}
    made.item("Roles", RoleName="worker-role", Role={"Arn": ROLE_ARN, "AssumeRolePolicyDocument": {}, **limit})
    if statements:
        _policy(made, "worker-role/work", "work", list(statements))
    if managed is not None:
        arn = f"arn:aws:iam::{ACCOUNT}:policy/shared"
        _policy(made, arn, "shared", managed, PolicyArn=arn)
    if boundary is not None:
        _policy(made, BOUNDARY, "limit", boundary, PolicyArn=BOUNDARY, IsAttached=False, IsBoundary=True)
    return made


def _policy(made: World, id_: str, name: str, statements: list[Json], **more: Any) -> None:
    made.item(
        "RolePolicies",
        PolicyId=id_,
        RoleName="worker-role",
        PolicyName=name,
        **{"IsAttached": True, "IsBoundary": False, **more},
        Document={"Version": "2012-10-17", "Statement": statements},
    )
