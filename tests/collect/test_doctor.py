"""The doctor: what is fine, what is denied, and what nobody looked at."""

import pytest

from runbook_lib.collect.connection import Connection
from runbook_lib.collect.doctor import Condition, Row, environment, examine
from runbook_lib.collect.limits import Limits
from runbook_lib.collect.operation import Per
from runbook_lib.collect.operations import OPERATIONS

from .fake_aws import ACCOUNT, FakeAws, always, raises


def permissions(rows: tuple[Row, ...]) -> dict[str, Row]:
    return {row.name: row for row in rows if row.area == "permission"}


def test_environment_lists_python_the_kit_and_its_packages() -> None:
    rows = {row.name: row for row in environment()}
    assert {"python", "runbook-kit", "boto3", "botocore"} <= rows.keys()
    assert all(row.condition is Condition.OK and row.detail for row in rows.values())


def test_a_missing_package_is_not_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook_lib.collect.doctor._packages", lambda: ["surely-not-installed"])
    (row,) = [row for row in environment() if row.name == "surely-not-installed"]
    assert row.condition is Condition.FAILED


def test_every_operation_has_one_row_in_the_order_of_the_table(aws: FakeAws, limits: Limits) -> None:
    rows = permissions(examine(aws.connection, limits))
    assert list(rows) == list(dict.fromkeys(row.id for row in OPERATIONS))
    untried = {"s3:GetBucketLocation", "logs:StartQuery", "logs:GetQueryResults", "logs:StopQuery"}
    # The first function, `outside`, is in no VPC, and AWS did not tell its role.
    unknown = (Per.PICKED_BUCKET, Per.ROLE, Per.ROLE_POLICY, Per.SIMULATION, Per.DATABASES, Per.ANALYSES)
    untried |= {row.id for row in OPERATIONS if row.per in unknown}
    assert {name for name, row in rows.items() if row.condition is not Condition.OK} == untried
    assert {rows[name].condition for name in untried} == {Condition.NOT_TRIED}
    assert "costs money" in rows["logs:StartQuery"].detail
    assert {row.action for row in rows.values()} == {row.iam_action for row in OPERATIONS}


def test_a_role_is_simulated(aws: FakeAws, limits: Limits) -> None:
    aws.answers["lambda:ListFunctions"] = {"Functions": aws.answers["lambda:ListFunctions"]["Functions"][:1]}
    row = permissions(examine(aws.connection, limits))["iam:SimulatePrincipalPolicy"]
    assert row.condition is Condition.OK


def test_caller_and_region_are_shown(aws: FakeAws, limits: Limits) -> None:
    rows = {row.name: row.detail for row in examine(aws.connection, limits) if row.area == "credentials"}
    assert rows == {"caller": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/me", "region": "eu-west-1"}


def test_denied_and_failed_are_told_apart(aws: FakeAws, limits: Limits) -> None:
    aws.faults["ec2:DescribeVpcs"] = always("ec2", 403, "UnauthorizedOperation")
    aws.faults["ec2:DescribeSubnets"] = raises(NotImplementedError("not here"))
    aws.faults["lambda:GetFunctionConfiguration"] = always("lambda", 403, "AccessDeniedException")
    rows = permissions(examine(aws.connection, limits))
    assert rows["ec2:DescribeVpcs"].condition is Condition.DENIED
    assert rows["ec2:DescribeVpcs"].action == "ec2:DescribeVpcs"
    assert rows["ec2:DescribeSubnets"].condition is Condition.FAILED
    assert rows["lambda:GetFunctionConfiguration"].condition is Condition.DENIED
    assert rows["ec2:DescribeVpcAttribute"].condition is Condition.NOT_TRIED


def test_an_empty_account_leaves_calls_untried(aws: FakeAws, limits: Limits) -> None:
    aws.answers = {
        "sts:GetCallerIdentity": aws.answers["sts:GetCallerIdentity"],
        "lambda:ListFunctions": {"Functions": []},
    }
    rows = permissions(examine(aws.connection, limits))
    for name in ("ec2:DescribeVpcAttribute", "lambda:GetFunctionConfiguration", "ec2:SearchTransitGatewayRoutes"):
        assert rows[name].condition is Condition.NOT_TRIED
        assert "nothing here to ask about" in rows[name].detail


def test_one_page_is_enough(aws: FakeAws, limits: Limits) -> None:
    aws.pages["ec2:DescribeSubnets"] = {"": ([], "t1"), "t1": ([], "t2"), "t2": ([], None)}
    rows = permissions(examine(aws.connection, limits))
    assert aws.sent["ec2:DescribeSubnets"] == 1
    assert rows["ec2:DescribeSubnets"].condition is Condition.OK


def test_no_connection_is_a_row_and_nothing_is_ok() -> None:
    rows = examine(Connection("eu-wset-1"))
    (caller,) = [row for row in rows if row.area == "credentials"]
    assert caller.condition is Condition.FAILED
    assert "unknown Region" in caller.detail
    assert {row.condition for row in permissions(rows).values()} == {Condition.NOT_TRIED}


def test_an_unknown_caller_is_not_ok(aws: FakeAws, limits: Limits) -> None:
    aws.faults["sts:GetCallerIdentity"] = always("sts", 403, "AccessDenied")
    (caller,) = [row for row in examine(aws.connection, limits) if row.name == "caller"]
    assert caller.condition is Condition.FAILED
