"""The table of operations, the guard around it and the policy made from it."""

from typing import Any

import boto3
import pytest
from botocore import xform_name

from runbook_lib.collect.connection import Connection, Credentials
from runbook_lib.collect.guard import ALLOWED
from runbook_lib.collect.operation import Operation, Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.collect.policy import minimal_policy
from runbook_lib.errors import ForbiddenOperation
from runbook_lib.model.kinds import KINDS

from .fake_aws import FakeAws


def model_of(operation: Operation) -> Any:
    client = boto3.client(operation.service, region_name="eu-west-1")
    return client, client.meta.service_model.operation_model(operation.name)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda row: f"{row.id}-{row.key}-{''.join(row.result)}")
def test_row_agrees_with_the_service_model(operation: Operation) -> None:
    client, model = model_of(operation)
    shape = model.output_shape
    assert set(operation.result[:1]) <= set(shape.members)
    limits = model.input_shape.members.get("MaxResults") if model.input_shape else None
    if operation.page_size:
        assert client.can_paginate(xform_name(operation.name))
        assert operation.page_size <= limits.metadata.get("max", 1000)
    if operation.argument:
        assert operation.argument in model.input_shape.members
    assert operation.doc.endswith((f"API_{operation.name}.html", "/apis-apiid-integrations.html"))
    assert set(operation.request) <= set(model.input_shape.members if model.input_shape else ())


# FilterLogEvents reads; a query of Logs Insights changes nothing either, though it has to be started and stopped; a
# simulation of policies does nothing of what it is about.
READS = {"logs:FilterLogEvents", "logs:StartQuery", "logs:StopQuery", "iam:SimulatePrincipalPolicy"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda row: row.id)
def test_row_only_reads(operation: Operation) -> None:
    assert operation.name.startswith(("Describe", "Get", "List", "Search")) or operation.id in READS


def test_rows_fill_known_keys_with_the_operation_that_the_model_cites() -> None:
    for operation in OPERATIONS:
        if operation.per is not Per.CALLER:
            assert operation.key in KINDS
    filled = {operation.key: operation for operation in reversed(OPERATIONS) if operation.key}
    for key, operation in filled.items():
        assert (KINDS[key].operation, KINDS[key].iam_action) == (operation.id, operation.iam_action)


def test_rows_are_distinct() -> None:
    assert len({(row.id, row.key, row.result) for row in OPERATIONS}) == len(OPERATIONS)


def test_guard_lets_through_the_table_and_the_two_identity_calls() -> None:
    assert {row.id for row in OPERATIONS} | {"sts:AssumeRole", "sts:GetCallerIdentity"} == ALLOWED


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}),
        ("s3", "list_buckets", {}),
        ("lambda", "invoke", {"FunctionName": "f"}),
        ("lambda", "get_function", {"FunctionName": "f"}),
        ("lambda", "update_function_configuration", {"FunctionName": "f"}),
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
        ("ec2", "delete_route", {"RouteTableId": "rtb-1"}),
        ("ec2", "get_password_data", {"InstanceId": "i-1"}),
        ("sts", "get_session_token", {}),
        ("logs", "get_log_events", {"logGroupName": "g", "logStreamName": "s"}),
        ("logs", "delete_log_group", {"logGroupName": "g"}),
        ("cloudwatch", "put_metric_data", {"Namespace": "n", "MetricData": []}),
        ("iam", "put_role_policy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": "{}"}),
        ("sqs", "receive_message", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"}),
        ("s3", "put_bucket_notification_configuration", {"Bucket": "b", "NotificationConfiguration": {}}),
        ("apigateway", "get_api_keys", {"includeValues": True}),
        ("rds", "modify_db_parameter_group", {"DBParameterGroupName": "g", "Parameters": []}),
        ("lambda", "put_function_concurrency", {"FunctionName": "f", "ReservedConcurrentExecutions": 0}),
    ],
)
def test_guard_refuses_everything_else(aws: FakeAws, service: str, method: str, arguments: dict[str, Any]) -> None:
    client = aws.connection.clients().get(service)
    with pytest.raises(ForbiddenOperation, match="nothing was sent"):
        getattr(client, method)(**arguments)
    assert not aws.sent


def test_guard_refuses_presigned_urls_and_pages(aws: FakeAws) -> None:
    clients = aws.connection.clients()
    with pytest.raises(ForbiddenOperation):
        clients.get("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    with pytest.raises(ForbiddenOperation):
        list(clients.get("s3").get_paginator("list_objects_v2").paginate(Bucket="b"))
    assert not aws.sent


def test_guard_is_on_every_kind_of_connection() -> None:
    explicit = Connection("eu-west-1", endpoint_url="http://127.0.0.1:9", credentials=Credentials("a", "b"))
    with pytest.raises(ForbiddenOperation):
        explicit.clients().get("ec2").terminate_instances(InstanceIds=["i-1"])


def test_policy_is_complete_minimal_and_in_order() -> None:
    policy = minimal_policy()
    listed = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert set(listed) == {operation.iam_action for operation in OPERATIONS}
    assert len(listed) == len(set(listed))
    assert listed == sorted(listed)
    assert "sts:GetCallerIdentity" in listed
    assert {statement["Resource"] for statement in policy["Statement"]} == {"*"}
    assert [statement["Sid"] for statement in policy["Statement"]] == [
        "RunbookReadsApigateway",
        "RunbookReadsCloudwatch",
        "RunbookReadsEc2",
        "RunbookReadsIam",
        "RunbookReadsLambda",
        "RunbookReadsLogs",
        "RunbookReadsRds",
        "RunbookReadsS3",
        "RunbookReadsServicequotas",
        "RunbookReadsSqs",
        "RunbookReadsSts",
    ]
    assert minimal_policy() == policy
