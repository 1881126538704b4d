"""The policy simulator: what a role may do, and what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import refused

BUCKET = "arn:aws:s3:::reports/*"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET}


def said(aws: EmbeddedAws, role: str, *actions: str, on: str = BUCKET) -> list[dict[str, Any]]:
    answer = aws.client("iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=list(actions), ResourceArns=[on]
    )
    return list(answer["EvaluationResults"])


def decisions(aws: EmbeddedAws, role: str, *actions: str, on: str = BUCKET) -> list[str]:
    return [item["EvalDecision"] for item in said(aws, role, *actions, on=on)]


def test_what_a_statement_allows_and_its_neighbours(aws: EmbeddedAws, world: World) -> None:
    role = world.surroundings.role("reader", [READ], writes_logs=False)
    (got, put) = said(aws, role, "s3:GetObject", "s3:PutObject")
    matched = [{"SourcePolicyId": "role_reader_work", "SourcePolicyType": "role"}]
    assert got == {
        "EvalActionName": "s3:GetObject",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": matched,
        "MissingContextValues": [],
        "ResourceSpecificResults": [
            {
                "EvalResourceName": BUCKET,
                "EvalResourceDecision": "allowed",
                "MatchedStatements": matched,
                "MissingContextValues": [],
            }
        ],
    }
    assert (put["EvalDecision"], put["MatchedStatements"]) == ("implicitDeny", [])
    assert decisions(aws, role, "S3:getobject") == ["allowed"]
    assert decisions(aws, role, "s3:GetObject", on="arn:aws:s3:::others/x") == ["implicitDeny"]
    assert decisions(aws, role, "s3:GetObject", on="*") == ["implicitDeny"]


@pytest.mark.parametrize(
    ("more", "decision"),
    [
        ({"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}, "explicitDeny"),
        ({"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*"}, "allowed"),
        ({"Effect": "Deny", "NotAction": "s3:Put*", "Resource": "*"}, "explicitDeny"),
        ({"Effect": "Deny", "Action": "*", "NotResource": BUCKET}, "allowed"),
        ({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::others/*"}, "explicitDeny"),
    ],
)
def test_a_deny_wins_where_it_is_about_the_request(
    aws: EmbeddedAws, world: World, more: dict[str, Any], decision: str
) -> None:
    assert decisions(aws, world.surroundings.role("reader", [READ, more]), "s3:GetObject") == [decision]


def test_a_condition_is_not_met_and_its_key_is_named(aws: EmbeddedAws, world: World) -> None:
    under = {**READ, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}
    (found,) = said(aws, world.surroundings.role("reader", [under]), "s3:GetObject")
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("implicitDeny", ["aws:PrincipalTag/team"])


def test_a_boundary_limits_and_grants_nothing(aws: EmbeddedAws, world: World) -> None:
    put = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    role = world.surroundings.role("bounded", [READ], boundary=[put])
    got, wrote = said(aws, role, "s3:GetObject", "s3:PutObject")
    detail = "PermissionsBoundaryDecisionDetail"
    assert (got["EvalDecision"], got[detail]) == ("implicitDeny", {"AllowedByPermissionsBoundary": False})
    assert (wrote["EvalDecision"], wrote[detail]) == ("implicitDeny", {"AllowedByPermissionsBoundary": True})


def test_managed_policies_count_and_pages_are_whole(aws: EmbeddedAws, world: World) -> None:
    role = world.surroundings.role("logger", [])
    names = ["logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject"]
    pages = aws.client("iam").get_paginator("simulate_principal_policy")
    found = pages.paginate(PolicySourceArn=role, ActionNames=names, PaginationConfig={"PageSize": 2})
    told = [[item["EvalDecision"] for item in page["EvaluationResults"]] for page in found]
    assert told == [["allowed", "allowed"], ["implicitDeny"]]


def test_an_unknown_role_and_an_action_with_a_wildcard_are_refused(aws: EmbeddedAws, world: World) -> None:
    role = world.surroundings.role("reader", [READ])
    with refused("NoSuchEntity"):
        decisions(aws, f"{role}s", "s3:GetObject")
    with refused("InvalidInput", "s3:*"):
        decisions(aws, role, "s3:*")
