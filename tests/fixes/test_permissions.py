"""Fixes for what a role may do: the exact statements, proven on a changed copy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_lib import engine
from runbook_lib.model.finding import Fix
from runbook_lib.model.status import Severity, Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.path.flows import bare
from tests.roles import BOUNDARY, FULL, ROLE_ARN, allow, deny, with_role

BOTH = ("s3:GetObject", "s3:PutObject")
READ = allow("s3:GetObject", on="arn:aws:s3:::reports/*")

FULL_LOGS = allow("logs:PutLogEvents", on="arn:aws:logs:*:*:*")
SHARED = f"arn:aws:iam::{ACCOUNT}:policy/shared"


def fixes(made: World, key: str, **more: Any) -> tuple[Fix, ...]:
    settings = made.settings(**{"bucket": "reports", "actions": BOTH, **more})
    found = engine.evaluate(made.snapshot(), settings, select=["FUN012", "FUN017"], fail_on=Severity.LOW)
    (finding,) = (item for item in found.findings if item.key == key)
    assert finding.status is Status.FAIL, finding.message
    return finding.fixes


def policy_in(cli: str) -> Any:
    return json.loads(cli.split("--policy-document '", 1)[1].split("'\n", 1)[0])


def test_the_missing_statement_is_added_and_nothing_else() -> None:
    (fix,) = fixes(with_role(bare(), READ, FULL), "FUN012:worker:s3")
    statement = {
        "Sid": "AllowS3",
        "Effect": "Allow",
        "Action": ["s3:PutObject"],
        "Resource": ["arn:aws:s3:::reports/*"],
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
    assert fix == Fix(
        title="Allow s3:PutObject in a policy of role worker-role",
        terraform=(
            'resource "aws_iam_role_policy" "allow_s3_1" {\n'
            '  name   = "allow-s3-1"\n'
            '  role   = "worker-role"\n'
            f"  policy = {json.dumps(text)}\n"
            "}\n"
        ),
        cli=(
            "aws iam put-role-policy --role-name worker-role \\\n"
            "  --policy-name allow-s3-1 \\\n"
            f"  --policy-document '{text}'\n"
        ),
        proven=True,
        reason="Tried on a copy of the network: FUN012:worker:s3 passes and nothing else begins to fail.",
        warnings=(
            "Name the resource that the function uses in place of the wildcard.",
            "Policies of the organization and of the resource itself must allow it too.",
            "Whatever else uses role worker-role is changed too.",
        ),
    )


def test_statements_are_grouped_by_what_they_are_about() -> None:
    (fix,) = fixes(with_role(bare(), READ, allow("logs:*")), "FUN012:worker:network-interfaces")
    assert fix.proven
    here = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
    assert [(item["Action"], item["Resource"]) for item in policy_in(fix.cli)["Statement"]] == [
        (
            [
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ],
            [f"{here}:network-interface/*"],
        ),
        (["ec2:CreateNetworkInterface"], [f"{here}:security-group/sg-fn", f"{here}:subnet/subnet-a"]),
        (["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], ["*"]),
    ]


def test_the_log_is_allowed_for_its_group_alone() -> None:
    (fix,) = fixes(with_role(bare(), READ, allow("ec2:*")), "FUN012:worker:log")
    assert fix.proven
    places = {place for item in policy_in(fix.cli)["Statement"] for place in item["Resource"]}
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/worker"
    assert places == {f"{group}:*", f"{group}:log-stream:*"}


@pytest.mark.parametrize("granted", [READ, allow(*BOTH, on="arn:aws:s3:::reports/*")])
def test_a_boundary_is_widened_together_with_what_the_role_lacks(granted: Any) -> None:
    made = with_role(bare(), granted, FULL, boundary=[READ, FULL])
    (fix,) = fixes(made, "FUN012:worker:s3")
    assert fix.proven, fix.reason
    assert f"aws iam create-policy-version --policy-arn {BOUNDARY} --set-as-default" in fix.cli
    assert ("put-role-policy" in fix.cli) == (granted is READ)
    assert "Every role that limit limits may do more then: ask who administers the account." in fix.warnings


def test_a_deny_is_deliberate_and_gets_no_fix() -> None:
    assert fixes(with_role(bare(), allow("s3:*"), FULL, deny("s3:Put*")), "FUN012:worker:s3") == ()


def test_what_was_simulated_before_is_no_word_about_after() -> None:
    made = with_role(bare(), READ, FULL).item(
        "PolicySimulations",
        SimulationId=f"{ROLE_ARN} s3:putobject arn:aws:s3:::reports/*",
        PolicySourceArn=ROLE_ARN,
        Resource="arn:aws:s3:::reports/*",
        EvalActionName="s3:PutObject",
        EvalDecision="implicitDeny",
    )
    (fix,) = fixes(made, "FUN012:worker:s3")
    assert fix.proven


def test_a_new_policy_takes_the_place_of_none() -> None:
    made = with_role(bare(), READ, FULL)
    made.item(
        "RolePolicies",
        PolicyId="worker-role/allow-s3-1",
        RoleName="worker-role",
        PolicyName="allow-s3-1",
        IsAttached=True,
        IsBoundary=False,
        Document={"Statement": [allow("sqs:SendMessage")]},
    )
    (fix,) = fixes(made, "FUN012:worker:s3")
    assert fix.proven
    assert "allow-s3-2" in fix.cli


def test_a_wildcard_gives_way_to_what_was_asked_about() -> None:
    (fix,) = fixes(with_role(bare(), allow("*")), "FUN017:worker-role/work")
    assert fix.proven, fix.reason
    actions = {action for item in policy_in(fix.cli)["Statement"] for action in item["Action"]}
    assert {"s3:GetObject", "s3:PutObject", "logs:PutLogEvents", "ec2:CreateNetworkInterface"} <= actions
    assert not any("*" in action for action in actions)


def test_an_attached_policy_is_detached() -> None:
    (fix,) = fixes(with_role(bare(), FULL_LOGS, managed=[allow("*")]), f"FUN017:{SHARED}")
    assert fix.proven, fix.reason
    assert f"--policy-arn {SHARED}" in fix.cli
    assert 'name   = "shared-narrowed-1"' in fix.terraform


def test_what_a_boundary_refuses_today_stays_in_the_policy() -> None:
    (fix,) = fixes(with_role(bare(), allow("s3:*"), managed=[FULL_LOGS], boundary=[FULL]), "FUN017:worker-role/work")
    (statement,) = policy_in(fix.cli)["Statement"]
    assert (statement["Action"], statement["Resource"]) == (list(BOTH), ["arn:aws:s3:::reports/*"])


def test_a_sid_stands_once_in_a_policy() -> None:
    taken = allow("s3:GetObject", on="arn:aws:s3:::reports/*", Sid="AllowS3")
    (fix,) = fixes(with_role(bare(), allow(*BOTH), FULL, boundary=[taken, FULL]), "FUN012:worker:s3")
    assert fix.proven
    assert [item["Sid"] for item in policy_in(fix.cli)["Statement"]] == ["AllowS3", "Platform", "AllowS31"]
