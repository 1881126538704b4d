"""FUN010: by which ways a function may run itself, and what its role is given by the policies of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_lib.model.status import Severity, Status
from tests.builders import ACCOUNT, REGION
from tests.checks.function.test_fun010_no_loop import QUEUE, S3, STREAM, about, asked
from tests.checks.function.triggered import BUCKET, FUNCTION, arn, mapped, notified, queue, statement, triggered
from tests.roles import BOUNDARY, ROLE_ARN, allow, deny


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("s3:ObjectCreated:Copy", "s3:PutObject"),
        ("s3:ObjectRemoved:*", "s3:DeleteObject"),
        ("s3:ObjectRestore:Post", "s3:RestoreObject"),
        ("s3:ObjectTagging:Delete", "s3:DeleteObjectTagging"),
        ("s3:ObjectTagging:*", "s3:PutObjectTagging"),
        ("s3:ObjectAcl:Put", "s3:PutObjectAcl"),
    ],
)
def test_what_sets_off_an_event_of_a_bucket(event: str, action: str) -> None:
    scope = f"s3 {BUCKET} LambdaFunctionConfigurations 0"
    made = notified(triggered(allow(action)), FUNCTION, events=[event])
    found = asked(made, bucket=BUCKET)[scope]
    assert (found.status, found.severity, found.code) == (Status.FAIL, Severity.LOW, "MAY_RUN_ITSELF")
    assert f"may use {action} there" in found.message
    others = notified(triggered(allow("s3:*"), deny(action)), FUNCTION, events=[event])
    assert asked(others, bucket=BUCKET)[scope].status is (Status.FAIL if "Tagging" in event else Status.PASS)


@pytest.mark.parametrize(
    ("rule", "bridge", "status"),
    [("rule/new", {}, Status.UNKNOWN), ("rule/new", None, Status.PASS), ("rule/orders/new", {}, Status.PASS)],
)
def test_a_rule_of_the_default_bus_sees_the_events_of_a_bucket(rule: str, bridge: Any, status: Status) -> None:
    source = arn("events", rule)
    policy = [statement("events", {"ArnLike": {"AWS:SourceArn": source}})]
    told = {} if bridge is None else {"EventBridgeConfiguration": bridge}
    made = triggered(allow("s3:PutObject"), policy=policy).item("BucketNotifications", Bucket=BUCKET, **told)
    found = asked(made, bucket=BUCKET)[f"events {source}"]
    assert (found.status, "s3:PutObject" in found.message) == (status, status is Status.UNKNOWN)


def test_any_rule_may_be_one_of_the_default_bus() -> None:
    made = triggered(allow("s3:PutObject"), policy=[statement("events")])
    made.item("BucketNotifications", Bucket=BUCKET, EventBridgeConfiguration={})
    assert asked(made, bucket=BUCKET)["events *"].status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        (f"{FUNCTION}:*", Status.FAIL),
        (f"{FUNCTION}:live", Status.FAIL),
        (FUNCTION, Status.FAIL),
        (f"{FUNCTION}-two", Status.PASS),
        (f"{FUNCTION}-two:*", Status.PASS),
        (f"{FUNCTION.replace(REGION, '*')}-two", Status.PASS),
        (f"{FUNCTION.replace(REGION, '*')}-two:live", Status.PASS),
        (f"{FUNCTION.replace(REGION, '*')}:live", Status.FAIL),
        (f"{FUNCTION[:-2]}*:live", Status.FAIL),
    ],
)
def test_a_role_that_may_invoke_a_version_of_its_function(resource: str, status: Status) -> None:
    assert about(triggered(allow("lambda:InvokeFunction", on=resource)), f"lambda {FUNCTION}")[0] is status


def test_what_the_role_is_given_by_the_policy_of_its_function() -> None:
    own = {**allow("lambda:InvokeFunction", on=FUNCTION), "Principal": {"AWS": ROLE_ARN}}
    scope = f"lambda {FUNCTION}"
    assert about(triggered(policy=[own]), scope)[0] is Status.FAIL
    assert about(triggered(deny("lambda:*"), policy=[own]), scope)[0] is Status.PASS
    assert about(triggered(policy=[own | {"Principal": {"AWS": f"{ROLE_ARN}-two"}}]), scope)[0] is Status.PASS


@pytest.mark.parametrize("boundary", [None, [allow("s3:*")]])
def test_what_the_role_is_given_by_the_policy_of_a_queue(boundary: Any) -> None:
    policy = json.dumps({"Statement": {**allow("sqs:SendMessage", on=QUEUE), "Principal": {"AWS": ROLE_ARN}}})
    made = queue(mapped(triggered(allow("s3:GetObject")), QUEUE), "jobs", Policy=policy)
    if boundary:
        limit = {"PermissionsBoundary": {"PermissionsBoundaryArn": BOUNDARY}}
        made.changed("Roles", "worker-role", lambda raw: raw["Role"].update(limit))
        document = {"Statement": boundary}
        where = {"PolicyId": BOUNDARY, "PolicyArn": BOUNDARY, "RoleName": "worker-role", "PolicyName": "limit"}
        made.item("RolePolicies", **where, IsAttached=False, IsBoundary=True, Document=document)
    assert about(made, f"sqs {QUEUE}")[0] is (Status.PASS if boundary else Status.FAIL)


def test_a_consumer_of_a_stream_reads_what_is_written_to_the_stream() -> None:
    stream = arn("kinesis", "stream/clicks")
    made = mapped(triggered(allow("kinesis:PutRecord", on=stream)), f"{stream}/consumer/fast:1700000000")
    assert about(made, f"kinesis {stream}")[0] is Status.FAIL


@pytest.mark.parametrize("action", ["BatchWriteItem", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"])
def test_every_way_to_write_to_a_table(action: str) -> None:
    table = arn("dynamodb", "table/orders")
    made = mapped(triggered(allow(f"dynamodb:{action}", on=table)), STREAM)
    assert about(made, f"dynamodb {table}")[0] is Status.FAIL
    every = about(mapped(triggered(allow("dynamodb:*")), STREAM), f"dynamodb {table}")[2]
    assert "may use dynamodb:PutItem, dynamodb:UpdateItem and 5 more there" in every


@pytest.mark.parametrize(
    ("prefix", "status"),
    [("", Status.FAIL), ("aws/", Status.FAIL), ("aws/lambda/async/worker/", Status.FAIL), ("in/", Status.PASS)],
)
def test_records_of_failures_in_the_bucket_that_runs_it(prefix: str, status: Status) -> None:
    made = notified(triggered(policy=[S3]), FUNCTION, prefix=prefix)
    ends = {"OnFailure": {"Destination": f"arn:aws:s3:::{BUCKET}"}}
    made.changed("EventInvokeConfigs", "worker", lambda raw: raw.update(DestinationConfig=ends))
    found = asked(made, bucket=BUCKET)["left behind destination on failure"]
    assert (found.status, found.severity) == (status, Severity.HIGH)


@pytest.mark.parametrize(
    "other",
    [FUNCTION.replace(ACCOUNT, "444455556666"), FUNCTION.replace(REGION, "eu-west-1"), f"{FUNCTION}-two"],
)
def test_a_function_of_the_same_name_elsewhere_is_another(other: str) -> None:
    made = triggered()
    ends = {"OnSuccess": {"Destination": other}}
    made.changed("EventInvokeConfigs", "worker", lambda raw: raw.update(DestinationConfig=ends))
    assert asked(made)["left behind destination on success"].status is Status.PASS
