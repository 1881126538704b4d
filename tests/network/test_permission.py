"""What the role of a function may do: its policies, its boundary, and what could not be read."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.errors import FactMissing
from runbook_lib.network.permission import Layer, Permission, permitted, role_of
from runbook_lib.network.policy import Request, Verdict
from tests.builders import ACCOUNT, REGION, World
from tests.checks.path.flows import bare
from tests.roles import BOUNDARY, ROLE_ARN, allow, deny, with_role

GET = Request("s3:GetObject", "arn:aws:s3:::reports/*")
ALLOWED, DENIED, DEPENDS = Verdict.ALLOWED, Verdict.DENIED, Verdict.DEPENDS


def asked(made: World, request: Request = GET, **more: Any) -> Permission:
    view = made.view()
    return permitted(view, view.function("worker"), request, **more)


def outcome(made: World, request: Request = GET, **more: Any) -> tuple[Verdict, str, str | None]:
    found = asked(made, request, **more)
    return found.verdict, found.layer.value, found.policy.policy if found.policy else None


def test_the_permission_names_policy_and_statement() -> None:
    made = with_role(bare(), allow("sqs:*"), allow("s3:GetObject"))
    found = asked(made)
    (policy,) = made.view().snapshot.all(type(found.policy))  # type: ignore[arg-type]
    assert found.policy == policy
    assert found == Permission(
        request=GET,
        verdict=ALLOWED,
        layer=Layer.IDENTITY,
        policy=policy,
        statement=found.statement,
        deciding=(),
        evidence=(policy.cite("Document", "Statement", 1),),
        is_granted=True,
    )
    assert found.statement is not None
    assert found.statement.index == 1
    assert found.evidence[0].pointer == f"/accounts/{ACCOUNT}/{REGION}/RolePolicies/0/Document/Statement/1"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("s3:PutObject")], (DENIED, "identity", None)),
        ([allow("s3:*"), deny("s3:GetObject")], (DENIED, "identity", "work")),
        ([allow("s3:*"), deny("s3:GetObject", on="arn:aws:s3:::others/*")], (ALLOWED, "identity", "work")),
        ([allow("s3:*"), deny("s3:GetObject", on="arn:aws:s3:::reports/a*")], (DEPENDS, "identity", "work")),
        ([{"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}], (ALLOWED, "identity", "work")),
        ([{"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}], (DENIED, "identity", None)),
        (
            [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::reports/*"}],
            (DENIED, "identity", None),
        ),
        ([allow("s3:*", on="arn:aws:s3:::${aws:PrincipalTag/team}/*")], (DEPENDS, "identity", "work")),
        ([allow("s3:*", Condition={"Bool": {"aws:ViaAWSService": "true"}})], (DEPENDS, "identity", "work")),
        (
            [allow("s3:*"), deny("*", Condition={"Bool": {"aws:ViaAWSService": "false"}})],
            (DEPENDS, "identity", "work"),
        ),
    ],
)
def test_policies_of_the_role(statements: list[Any], expected: Any) -> None:
    assert outcome(with_role(bare(), *statements)) == expected


FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"
IN_REGION = {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", REGION]}}
ELSEWHERE = {"StringNotEqualsIfExists": {"AWS:requestedregion": "eu-west-1"}}


@pytest.mark.parametrize(
    ("request_", "condition", "verdict"),
    [
        (Request("s3:GetObject", "*"), {"Bool": {"aws:SecureTransport": "false"}}, ALLOWED),
        (Request("s3:GetObject", "*"), {"Bool": {"aws:SecureTransport": False}}, ALLOWED),
        (Request("s3:GetObject", "*"), {"Bool": {"AWS:securetransport": ["True"]}}, DENIED),
        (Request("s3:GetObject", "*"), {"Bool": {"aws:ViaAWSService": "false"}}, DEPENDS),
        (Request("s3:GetObject", "*"), {"Null": {"aws:SecureTransport": "false"}}, DEPENDS),
        (Request("s3:GetObject", "*"), {"Bool": {"aws:SecureTransport": "false", "aws:x": "true"}}, ALLOWED),
        (Request("s3:GetObject", "*"), {"Bool": {"aws:SecureTransport": "true", "aws:x": "true"}}, DEPENDS),
        (Request("sqs:SendMessage", f"arn:aws:sqs:{REGION}:1:q"), IN_REGION, ALLOWED),
        (Request("sqs:SendMessage", f"arn:aws:sqs:{REGION}:1:q"), ELSEWHERE, DENIED),
        (Request("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q"), ELSEWHERE, ALLOWED),
        (Request("sqs:SendMessage", "arn:aws:sqs:*:1:q"), IN_REGION, DEPENDS),
        (Request("s3:GetObject", "arn:aws:s3:::reports/*"), IN_REGION, DEPENDS),
        (Request("sqs:SendMessage", "*"), {"ArnLike": {"lambda:SourceFunctionArn": f"{FUNCTION[:-2]}*"}}, DENIED),
        (Request("sqs:SendMessage", "*"), {"StringLike": {"lambda:SourceFunctionArn": f"{FUNCTION}-two"}}, ALLOWED),
        (Request("sqs:SendMessage", "*"), {"StringEquals": {"lambda:SourceFunctionArn": f"{FUNCTION[:-2]}*"}}, ALLOWED),
        (Request("sqs:SendMessage", "*"), {"StringEquals": {"lambda:SourceFunctionArn": "${aws:x}"}}, DEPENDS),
        (Request("logs:PutLogEvents", "*"), {"ArnEquals": {"lambda:SourceFunctionArn": FUNCTION}}, DEPENDS),
    ],
)
def test_conditions_that_are_known_to_be_met_or_not(request_: Request, condition: Any, verdict: Verdict) -> None:
    assert outcome(with_role(bare(), allow("*"), deny("*", Condition=condition)), request_)[0] is verdict
    opposite = {ALLOWED: DENIED, DENIED: ALLOWED}.get(verdict, verdict)
    assert outcome(with_role(bare(), allow("*", Condition=condition)), request_)[0] is opposite


def test_what_lambda_asks_for_without_a_resource_is_asked_in_the_region_of_the_function() -> None:
    made = with_role(bare(), allow("ec2:*"), deny("*", Condition=IN_REGION))
    request = Request("ec2:DescribeSubnets", "*")
    assert outcome(made, request, by_lambda=True)[0] is ALLOWED
    assert outcome(made, request)[0] is DEPENDS


@pytest.mark.parametrize("more", [{"NotAction": "s3:*"}, {"NotResource": "arn:aws:s3:::*"}])
def test_a_statement_that_says_both_what_it_is_about_and_what_not_is_not_understood(more: Any) -> None:
    with pytest.raises(FactMissing, match="a statement cannot be understood"):
        outcome(with_role(bare(), {**allow("*"), **more}))


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [
        ([allow("s3:*")], (ALLOWED, "identity", "work")),
        ([allow("s3:PutObject")], (DENIED, "boundary", None)),
        ([], (DENIED, "boundary", None)),
        ([allow("*"), deny("s3:Get*")], (DENIED, "boundary", "limit")),
        ([allow("s3:*", Condition={"Bool": {"aws:ViaAWSService": "true"}})], (DEPENDS, "boundary", "limit")),
    ],
)
def test_a_boundary_must_allow_as_well(boundary: list[Any], expected: Any) -> None:
    assert outcome(with_role(bare(), allow("s3:GetObject"), boundary=boundary)) == expected


def test_a_boundary_grants_nothing_and_an_explicit_deny_weighs_most() -> None:
    assert outcome(with_role(bare(), boundary=[allow("*")])) == (DENIED, "identity", None)
    made = with_role(bare(), allow("sqs:*"), boundary=[deny("s3:*")])
    assert outcome(made) == (DENIED, "boundary", "limit")


@pytest.mark.parametrize(
    ("granted", "limit", "expected"),
    [
        ("s3:*", "s3:*", (False, True)),
        ("s3:*", "sqs:*", (True, True)),
        ("sqs:*", "s3:*", (False, False)),
        ("sqs:*", "sqs:*", (True, False)),
    ],
)
def test_whether_policies_and_boundary_each_would_let_it(granted: str, limit: str, expected: Any) -> None:
    found = asked(with_role(bare(), allow(granted), boundary=[allow(limit)]))
    assert (found.is_limited, found.is_granted) == expected


def test_a_managed_policy_grants_too() -> None:
    assert outcome(with_role(bare(), allow("sqs:*"), managed=[allow("s3:*")])) == (ALLOWED, "identity", "shared")


def test_a_deny_for_the_code_of_the_function_is_none_for_lambda_itself() -> None:
    request = Request("ec2:CreateNetworkInterface", "*")
    key = {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:worker"}
    made = with_role(bare(), allow("ec2:*"), deny("ec2:*", Condition={"ArnEquals": key}))
    assert outcome(made, request, by_lambda=True) == (ALLOWED, "identity", "work")
    assert outcome(made, request) == (DENIED, "identity", "work")
    other_way = with_role(bare(), allow("ec2:*"), deny("ec2:*", Condition={"ArnNotEquals": key}))
    assert outcome(other_way, request, by_lambda=True) == (DEPENDS, "identity", "work")


def test_a_role_that_is_gone_may_do_nothing() -> None:
    made = bare().changed("Functions", "worker", lambda raw: raw.update(Role=ROLE_ARN))
    made.item("Roles", RoleName="worker-role")
    assert outcome(made) == (DENIED, "", None)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (bare(), "the role of worker"),
        (with_role(bare(), allow("*")).denied("Roles"), "role worker-role"),
        (with_role(bare(), allow("*")).denied("RolePolicies"), "list of role polic"),
        (with_role(bare(), allow("*")).truncated("RolePolicies"), "page cap reached"),
        (with_role(bare(), allow("*"), {"Effect": "Allow", "Action": "s3:*"}), "what policy work says"),
        (with_role(bare(), allow("*"), {**allow("*"), "condition": {}}), "what policy work says"),
    ],
)
def test_what_was_not_read_is_told(made: World, words: str) -> None:
    with pytest.raises(FactMissing, match=words):
        asked(made)


def test_a_boundary_that_was_not_read_and_another_role_of_that_name() -> None:
    made = with_role(bare(), allow("*"))
    limit = {"PermissionsBoundary": {"PermissionsBoundaryArn": BOUNDARY}}
    with pytest.raises(FactMissing, match="permissions boundary"):
        asked(made.changed("Roles", "worker-role", lambda raw: raw["Role"].update(limit)))
    made = with_role(bare(), allow("*"))
    made.changed("Roles", "worker-role", lambda raw: raw["Role"].update(Arn=f"{ROLE_ARN[:-11]}x/worker-role"))
    with pytest.raises(FactMissing, match="only arn:aws:iam"):
        role_of(made.view(), made.view().function("worker"))
