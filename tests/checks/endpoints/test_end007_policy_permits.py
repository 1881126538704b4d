"""END007: does the endpoint policy permit what the target is going to do?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.endpoints.end007_policy_permits import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.worlds import two_zones


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", **more}


def base(*statements: dict[str, Any]) -> World:
    made = two_zones().function(subnets=["a"])
    return made.gateway_endpoint("s3", PolicyDocument={"Version": "2012-10-17", "Statement": list(statements)})


def ask(made: World, *services: str, **more: Any) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services, **more)))


def test_full_access_passes() -> None:
    made = base(statement())
    endpoint = made.view().endpoint("vpce-s3")
    said = "vpce-s3 allows s3:GetObject, s3:PutObject (full access)."
    assert ask(made) == (META.passed(endpoint, said, endpoint.cite("PolicyDocument")),)


def test_a_restricted_policy_that_allows_what_is_needed_passes() -> None:
    made = base(statement(Action=["s3:Get*", "s3:PutObject"], Resource="arn:aws:s3:::reports/*"))
    (finding,) = ask(made, bucket="reports")
    assert finding.message == "vpce-s3 allows s3:GetObject, s3:PutObject (restricted policy)."


def test_an_explicit_deny_names_its_statement() -> None:
    made = base(statement(), statement("Deny", Sid="NoUploads", Action="s3:PutObject"))
    endpoint = made.view().endpoint("vpce-s3")
    said = "vpce-s3 refuses s3:PutObject on arn:aws:s3:::*/*: statement NoUploads denies it."
    failed = META.failed(endpoint, said, endpoint.cite("PolicyDocument"), code="ENDPOINT_POLICY_DENIES")
    assert ask(made) == (failed,)


def test_what_no_statement_allows_is_refused() -> None:
    (finding,) = ask(base(statement(Action="s3:GetObject")))
    assert finding.message == "vpce-s3 refuses s3:PutObject on arn:aws:s3:::*/*: no statement allows it."


def test_actions_of_the_parameter_replace_the_usual_ones() -> None:
    made = base(statement(Action="s3:GetObject"))
    assert ask(made, actions=("s3:getobject", "sqs:SendMessage"))[0].status is Status.PASS
    assert ask(made, actions=("s3:ListBucket",))[0].message.startswith(
        "vpce-s3 refuses s3:ListBucket on arn:aws:s3:::*:"
    )


@pytest.mark.parametrize(
    ("bucket", "status"), [(None, Status.UNKNOWN), ("reports", Status.PASS), ("reports-old", Status.FAIL)]
)
def test_bucket_resources_are_decided_by_the_bucket(bucket: str | None, status: Status) -> None:
    made = base(statement(Resource=["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]))
    assert ask(made, bucket=bucket)[0].status is status


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (statement(Resource="arn:aws:s3:::reports/*"), "the bucket (set the parameter bucket)"),
        (statement(Principal={"AWS": "arn:aws:iam::111122223333:role/writer"}), "who calls"),
        (
            statement(
                Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:SecureTransport": "true"}}
            ),
            "its condition on aws:PrincipalOrgID and its condition on aws:SecureTransport",
        ),
    ],
)
def test_what_depends_is_unknown_and_says_on_what(policy: dict[str, Any], words: str) -> None:
    made = base(policy)
    endpoint = made.view().endpoint("vpce-s3")
    said = f"vpce-s3: statement number 1 makes s3:GetObject depend on {words}."
    unknown = META.unknown(endpoint, said, endpoint.cite("PolicyDocument"), code="ENDPOINT_POLICY_DEPENDS")
    assert ask(made) == (unknown,)


@pytest.mark.parametrize("policy", ["{", "[]", "{}", '{"Statement": [{"Effect": "Maybe"}]}', '"text"', "null"])
def test_a_text_that_is_no_policy_is_unknown(policy: str) -> None:
    made = two_zones().function(subnets=["a"]).gateway_endpoint("s3", PolicyDocument=policy)
    (finding,) = ask(made)
    assert (finding.status, finding.code) == (Status.UNKNOWN, "ENDPOINT_POLICY_UNREADABLE")


def test_a_missing_policy_is_unknown() -> None:
    made = two_zones().function(subnets=["a"]).gateway_endpoint("s3", PolicyDocument=None)
    (finding,) = ask(made)
    assert finding.status is Status.UNKNOWN
    assert "came without its policy" in finding.message


def test_interface_endpoints_for_services_asked_for_are_judged() -> None:
    made = (
        base(statement()).group("endpoint").interface_endpoint("sqs", PolicyDocument={"Statement": statement("Deny")})
    )
    assert [f.resource.id for f in ask(made)] == ["vpce-s3"]
    assert [(f.resource.id, f.status, f.severity) for f in ask(made, "s3", "sqs")] == [
        ("vpce-s3", Status.PASS, Severity.HIGH),
        ("vpce-sqs", Status.FAIL, Severity.HIGH),
    ]


def test_a_service_without_usual_actions_asks_for_all() -> None:
    made = two_zones().function(subnets=["a"]).group("endpoint")
    made.interface_endpoint("ecr.api", PolicyDocument={"Statement": statement(Action="ecr:Get*")})
    (finding,) = ask(made, "ecr.api")
    assert finding.message.endswith("makes ecr:* depend on the action (set the parameter actions).")


def test_no_endpoint_points_to_end001() -> None:
    (finding,) = ask(two_zones().function(subnets=["a"]))
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.message.endswith("see END001.")


def test_unread_endpoints_are_unknown() -> None:
    (finding,) = ask(base(statement()).denied("VpcEndpoints"))
    assert (finding.key, finding.status) == ("END007:vpc-main", Status.UNKNOWN)
