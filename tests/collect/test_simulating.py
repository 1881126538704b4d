"""What IAM's policy simulator is asked, and what becomes of its answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runbook_lib.collect.aws import Limits
from runbook_lib.collect.simulating import simulate
from runbook_lib.model.fact import Scope
from runbook_lib.model.roles import Decision, PolicySimulation, simulation_id
from runbook_lib.model.snapshot import Gap, Origin, Snapshot, listing_of

from .fake_aws import ACCOUNT, REGION, FakeAws, always

HERE = Scope(ACCOUNT, REGION)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/uploader"
OBJECTS = "arn:aws:s3:::uploads/*"
EMPTY = Snapshot(
    origin=Origin(kind="aws", account=ACCOUNT, region=REGION),
    collected_at=datetime(2026, 11, 21, tzinfo=UTC),
    listings={},
)


def result(action: str, decision: str, resource: str = OBJECTS, **more: Any) -> dict[str, Any]:
    return {
        "EvalActionName": action,
        "EvalResourceName": "arn:${Partition}:s3:::${BucketName}/${KeyName}",
        "EvalDecision": decision,
        "MatchedStatements": [],
        "MissingContextValues": [],
        **more,
    }


def test_a_call_for_each_service_and_resource(aws: FakeAws, limits: Limits) -> None:
    listed = ["logs:PutLogEvents", "ec2:DescribeSubnets", "logs:CreateLogStream"]
    found = simulate(aws.connection, EMPTY, ROLE, {OBJECTS: ["s3:GetObject"], "*": listed}, limits)
    assert [call.request for call in found.calls] == [
        {"PolicySourceArn": ROLE, "ActionNames": actions, "ResourceArns": [place]}
        for actions, place in (
            (["s3:GetObject"], OBJECTS),
            (["logs:PutLogEvents", "logs:CreateLogStream"], "*"),
            (["ec2:DescribeSubnets"], "*"),
        )
    ]


def test_answers_become_facts_under_what_was_asked(aws: FakeAws, limits: Limits) -> None:
    told = [result("s3:GetObject", "allowed"), result("s3:PutObject", "implicitDeny")]
    aws.answers["iam:SimulatePrincipalPolicy"] = {"EvaluationResults": told, "IsTruncated": False}
    found = simulate(aws.connection, EMPTY, ROLE, {OBJECTS: ["s3:GetObject", "s3:PutObject"]}, limits)
    assert found.gaps == ()
    assert found.listings[HERE, "PolicySimulations"].incomplete is None
    assert {fact.id: fact.decision for fact in found.all(PolicySimulation)} == {
        simulation_id(ROLE, "s3:GetObject", OBJECTS): Decision.ALLOWED,
        simulation_id(ROLE, "s3:PutObject", OBJECTS): Decision.IMPLICIT_DENY,
    }


def test_a_refused_call_is_told(aws: FakeAws, limits: Limits) -> None:
    aws.faults["iam:SimulatePrincipalPolicy"] = always("iam", 403, "AccessDenied")
    found = simulate(aws.connection, EMPTY, ROLE, {OBJECTS: ["s3:GetObject"]}, limits)
    (gap,) = found.gaps
    assert gap.action == "iam:SimulatePrincipalPolicy"
    assert gap.what == f"PolicySimulations/s3:GetObject on {OBJECTS}"
    assert found.all(PolicySimulation) == ()
    assert found.listings[HERE, "PolicySimulations"].incomplete is not None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (Decision.IMPLICIT_DENY, None, None, (), ())),
        (
            {
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": True},
            },
            (Decision.IMPLICIT_DENY, True, False, (), ()),
        ),
        (
            {
                "ResourceSpecificResults": [
                    {"EvalResourceName": "arn:aws:s3:::others/*", "EvalResourceDecision": "implicitDeny"},
                    {
                        "EvalResourceName": OBJECTS,
                        "EvalResourceDecision": "allowed",
                        "MatchedStatements": [{"SourcePolicyId": "work", "SourcePolicyType": "role"}],
                        "MissingContextValues": ["aws:SourceVpc"],
                    },
                ]
            },
            (Decision.ALLOWED, None, None, ("work",), ("aws:SourceVpc",)),
        ),
    ],
)
def test_the_result_for_the_resource_counts(more: dict[str, Any], expected: Any) -> None:
    raw = {"SimulationId": "x", "PolicySourceArn": ROLE, "Resource": OBJECTS, **result("s3:GetObject", "implicitDeny")}
    (fact,) = listing_of("PolicySimulations", HERE, [raw | more])[0].facts
    assert isinstance(fact, PolicySimulation)
    told = (fact.decision, fact.allowed_by_boundary, fact.allowed_by_organizations, fact.matched, fact.missing_context)
    assert told == expected


@pytest.mark.parametrize(
    "odd", [{"EvalDecision": "maybe"}, {"OrganizationsDecisionDetail": {"AllowedByOrganizations": "yes"}}]
)
def test_an_odd_answer_is_a_gap(odd: dict[str, Any]) -> None:
    raw = {"SimulationId": "x", "PolicySourceArn": ROLE, "Resource": OBJECTS, **result("s3:GetObject", "allowed")}
    listing, gaps = listing_of("PolicySimulations", HERE, [raw | odd])
    assert listing.facts == ()
    assert listing.incomplete is not None
    assert [type(gap) for gap in gaps] == [Gap]
