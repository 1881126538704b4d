"""FUN017: does the role grant whole services?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun017_role_without_wildcards as fun017
from runbook_lib.model.roles import RolePolicy
from runbook_lib.model.status import Status
from tests.builders import ACCOUNT, World
from tests.checks.function.about import cited
from tests.checks.path.flows import bare
from tests.checks.worlds import two_zones
from tests.roles import allow, deny, with_role

SHARED = f"arn:aws:iam::{ACCOUNT}:policy/shared"
UNDER = {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}


def document(*statements: Any, index: int = 0) -> Any:
    value = {"Version": "2012-10-17", "Statement": list(statements)}
    return cited("RolePolicies", "iam:GetRolePolicy", "/Document", value, index)


def work(made: World) -> RolePolicy:
    return made.view().get(RolePolicy, "worker-role/work")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (allow("*"), "* on every resource (statement number 1)"),
        (allow("s3:*", "sqs:SendMessage", Sid="All"), "s3:* on every resource (statement All)"),
        (allow("s3:*", on="arn:aws:s3:::*"), "s3:* on every resource (statement number 1)"),
        (allow("s3:*", on=["arn:aws:s3:::a/*", "*"]), "s3:* on every resource (statement number 1)"),
        (
            allow("dynamodb:*", **UNDER),
            "dynamodb:* on every resource (statement number 1, under a condition on aws:SourceVpc)",
        ),
        (
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
            "all but iam:* on every resource (statement number 1)",
        ),
        (
            {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::a/*"},
            "s3:* on all but arn:aws:s3:::a/* (statement number 1)",
        ),
    ],
)
def test_wildcards(statement: Any, words: str) -> None:
    made = with_role(bare(), statement)
    said = f"worker: policy worker-role/work of its role allows {words}."
    assert made.ask(fun017) == (fun017.META.failed(work(made), said, document(statement), code="WILDCARD_GRANTED"),)


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:Get*"),
        allow("s3:*", on="arn:aws:s3:::reports/*"),
        allow("s3:*", on="arn:aws:s3:::reports*"),
        allow("sqs:*", on="arn:aws:sqs:*:*:jobs"),
        deny("*"),
        {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
    ],
)
def test_no_wildcards(statement: Any) -> None:
    made = with_role(bare(), statement)
    said = "worker: policy worker-role/work of its role grants no service as a whole."
    assert made.ask(fun017) == (fun017.META.passed(work(made), said, document(statement)),)


def test_each_policy_is_judged_and_a_boundary_is_not() -> None:
    made = with_role(bare(), allow("s3:GetObject"), managed=[allow("s3:*")], boundary=[allow("*")])
    told = [(item.status, item.resource.id) for item in made.ask(fun017)]
    assert told == [(Status.FAIL, SHARED), (Status.PASS, "worker-role/work")]


def test_one_policy_that_cannot_be_understood_leaves_the_others() -> None:
    made = with_role(bare(), allow("s3:GetObject"), managed=[{"Effect": "Allow"}])
    told = [(item.status, item.resource.id) for item in made.ask(fun017)]
    assert told == [(Status.UNKNOWN, SHARED), (Status.PASS, "worker-role/work")]


def test_a_role_without_policies_and_a_target_without_functions() -> None:
    for made in (with_role(bare()), two_zones()):
        (none,) = made.ask(fun017)
        assert none.status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("key", ["Roles", "RolePolicies"])
def test_what_was_not_read_is_unknown(key: str) -> None:
    (found,) = with_role(bare(), allow("s3:GetObject")).denied(key).ask(fun017)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
