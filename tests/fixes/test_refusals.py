"""Fixes of refused calls: the statement that is missing, where it is missing, and what is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_lib.engine import evaluate
from runbook_lib.model.finding import Fix
from tests.builders import World
from tests.checks.function.test_fun016_no_call_refused import (
    BUCKET,
    ENDPOINT,
    IDENTITY,
    UPLOADS,
    behind,
    made_of,
    refused,
)
from tests.roles import FULL, allow, deny

PAST = "Not tried: a call that was refused cannot be made again on a copy of the policies"


def fixes(made: World) -> tuple[Fix, ...]:
    findings = evaluate(made.snapshot(), made.settings(), select=["FUN016"]).findings
    (found,) = (item for item in findings if item.check_id == "FUN016")
    return found.fixes


def only(made: World) -> Fix:
    (found,) = fixes(made)
    return found


def policies_in(fix: Fix) -> list[Any]:
    """The statements of every policy document in the commands."""
    parts = fix.cli.split("'")
    return [json.loads(part)["Statement"] for part in parts if part.lstrip().startswith("{")]


def test_the_statement_that_the_role_lacks() -> None:
    fix = only(made_of(refused(IDENTITY)))
    made = {"Sid": "AllowS3", "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [f"{BUCKET}/*"]}
    assert policies_in(fix) == [[made]]
    assert fix.title == "Allow s3:PutObject in a policy of role worker-role"
    assert (fix.proven, fix.reason) == (False, f"{PAST}; the changed policies allow s3:PutObject, asked on a copy.")
    assert "--role-name worker-role --policy-name allow-s3-1" in " ".join(fix.cli.replace("\\\n", " ").split())


def test_role_and_boundary_together() -> None:
    fix = only(made_of(refused(), boundary=[FULL]))
    assert len(policies_in(fix)) == 2
    assert fix.reason.endswith("the changed policies allow s3:PutObject, asked on a copy.")


def test_the_deny_of_an_endpoint() -> None:
    allowed = allow("s3:*", Sid="Buckets")
    fix = only(behind(made_of(refused(ENDPOINT), UPLOADS), allowed, deny("s3:PutObject", Sid="NoUploads")))
    assert policies_in(fix) == [[{**allowed, "Principal": "*"}]]
    assert fix.warnings[0] == "The deny in statement NoUploads may be deliberate: ask who wrote it."
    assert fix.reason == f"{PAST}; the changed policies allow s3:PutObject, asked on a copy."


def test_what_the_policy_of_an_endpoint_lacks() -> None:
    kept = [allow("s3:GetObject"), deny("s3:*", on=f"{BUCKET}/private/*")]
    fix = only(behind(made_of(refused("because no VPC endpoint policy allows it"), UPLOADS), *kept))
    added = {
        "Sid": "AllowIntendedActions",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:PutObject"],
        "Resource": [f"{BUCKET}/*"],
    }
    assert policies_in(fix) == [[*({**item, "Principal": "*"} for item in kept), added]]


def test_role_and_endpoint_together() -> None:
    fix = only(behind(made_of(refused(IDENTITY)), allow("s3:GetObject")))
    assert len(policies_in(fix)) == 2
    assert fix.title.startswith(
        "Allow s3:PutObject in a policy of role worker-role; Permit s3:PutObject in the policy of"
    )


@pytest.mark.parametrize(
    "made",
    [
        made_of(refused("with an explicit deny in an identity-based policy"), deny("s3:*")),
        made_of(refused("with an explicit deny in a service control policy"), UPLOADS),
        made_of(refused("with an explicit deny in a service control policy")),
        made_of(refused(IDENTITY), UPLOADS),
        made_of(refused(IDENTITY)).denied("Roles"),
        made_of(refused(who="arn:aws:sts::111122223333:assumed-role/partner")),
        made_of("[ERROR] OperationalError: Access denied for user 'app'\nTraceback"),
    ],
)
def test_what_is_left_alone(made: World) -> None:
    assert fixes(made) == ()


def test_a_policy_that_goes_on_depending_on_something_says_so() -> None:
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-main"}}
    fix = only(behind(made_of(refused(ENDPOINT), UPLOADS), allow("s3:*", Condition=condition)))
    assert fix.reason == f"{PAST}; the changed policies allow s3:PutObject, asked on a copy."
