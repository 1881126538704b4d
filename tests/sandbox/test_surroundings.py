"""What is around a function in a world is what a collection of its details reads."""

from __future__ import annotations

import json

import pytest

from runbook_lib.collect.aws import collect
from runbook_lib.collect.connection import Connection
from runbook_lib.collect.details import DETAIL_KEYS
from runbook_lib.collect.limits import Wanted
from runbook_lib.collect.operations_of_function import DETAILS
from runbook_lib.model.databases import DbInstance, DbMaxConnections, DbProxyTargets
from runbook_lib.model.functions import EventInvokeConfig, FunctionConfiguration, FunctionPolicy
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.triggers import BucketNotifications, EventSourceMapping, HttpApi, Queue, RestApi
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.faults import denials
from runbook_lib.sandbox.world import World

KEYS = ("FunctionConfigurations", *sorted(DETAIL_KEYS))
LIMIT = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def read(aws: EmbeddedAws, function: str, bucket: str = "") -> Snapshot:
    wanted = Wanted(functions=(function,), keys=KEYS, buckets=(bucket,) if bucket else ())
    return collect(Connection(region=aws.region, session=aws.session()), wanted)


@pytest.fixture
def placed(world: World) -> tuple[list[str], list[str]]:
    """Two subnets and a security group of one VPC."""
    vpc = world.vpc("shop", "10.0.0.0/16")
    subnets = [world.subnet(f"shop-{zone}", vpc, f"10.0.{number}.0/24", zone) for number, zone in enumerate("ab")]
    return subnets, [world.security_group("shop", vpc)]


def test_a_plain_function_has_a_role_and_nothing_else(aws: EmbeddedAws, world: World) -> None:
    world.function("plain", variables={"DB_PASSWORD": "not-a-real-one"})
    found = read(aws, "plain")
    assert found.gaps == ()
    assert all(listing.incomplete is None for listing in found.listings.values())
    assert {key for _, key in found.listings} >= DETAIL_KEYS
    assert [(role.exists, role.boundary_arn) for role in found.all(Role)] == [(True, None)]
    assert [policy.policy for policy in found.all(RolePolicy)] == ["AWSLambdaVPCAccessExecutionRole", "work"]
    assert [policy.exists for policy in found.all(FunctionPolicy)] == [False]
    assert [config.exists for config in found.all(EventInvokeConfig)] == [False]
    (configuration,) = found.all(FunctionConfiguration)
    assert [item.name for item in configuration.findings or ()] == ["DB_PASSWORD"]
    for kind in (Queue, EventSourceMapping, RestApi, HttpApi, DbInstance, DbMaxConnections, DbProxyTargets):
        assert found.all(kind) == ()


def test_triggers_are_those_of_the_function(aws: EmbeddedAws, world: World) -> None:
    around = world.surroundings
    world.function("worker")
    world.function("other")
    dead = around.queue("dead")
    jobs, strange = around.queue("jobs", visibility_timeout_s=60, dead_letter_arn=dead), around.queue("strange")
    around.mapping("worker", jobs, BatchSize=5)
    around.mapping("other", strange)
    rest = around.rest_api("shop", "worker")
    around.http_api("elsewhere", "other")
    world.bucket("shop-uploads")
    around.notify("shop-uploads", "other", prefix="in/")
    found = read(aws, "worker", "shop-uploads")
    assert found.gaps == ()
    assert [(fact.source_arn, fact.batch_size) for fact in found.all(EventSourceMapping)] == [(jobs, 5)]
    queues = [(fact.label, fact.visibility_timeout_s, fact.dead_letter_arn) for fact in found.all(Queue)]
    assert queues == [("jobs", 60, dead)]
    assert [(api.id, api.exists) for api in found.all(RestApi)] == [(rest, True)]
    assert [(api.id, api.exists) for api in found.all(HttpApi)] == [(rest, False)]
    (integration,) = found.all(RestApi)[0].integrations
    assert (integration.label, integration.timeout_ms) == ("POST /orders", 29000)
    assert (integration.function or "").endswith(":function:worker")
    (bucket,) = found.all(BucketNotifications)
    assert [(event.target_arn.rsplit(":", 1)[1], event.prefix) for event in bucket.functions] == [("other", "in/")]


def test_an_http_api_is_told_from_a_rest_api(aws: EmbeddedAws, world: World) -> None:
    world.function("site")
    api = world.surroundings.http_api("site", "site", timeout_ms=5000)
    found = read(aws, "site")
    assert [(fact.id, fact.exists) for fact in found.all(RestApi)] == [(api, False)]
    (http,) = found.all(HttpApi)
    assert [(item.timeout_ms, item.function is not None) for item in http.integrations] == [(5000, True)]


def test_databases_and_proxies_of_the_vpc(aws: EmbeddedAws, world: World, placed: tuple[list[str], list[str]]) -> None:
    subnets, groups = placed
    around = world.surroundings
    role = around.role("limited", writes_logs=False, boundary=[LIMIT])
    world.function("orders", subnets, groups, role=role)
    around.db_instance("orders", subnets, groups, max_connections=80)
    around.db_instance("reports", subnets, groups)
    around.db_proxy("orders", "orders", subnets, groups, role)
    found = read(aws, "orders")
    assert found.gaps == ()
    assert [fact.id for fact in found.all(DbInstance)] == ["orders", "reports"]
    told = [(fact.id, fact.value, fact.source) for fact in found.all(DbMaxConnections)]
    assert told == [
        ("default.mysql8.0", "{DBInstanceClassMemory/12582880}", "system"),
        ("orders-parameters", "80", "user"),
    ]
    assert [[target.resource_id for target in fact.targets] for fact in found.all(DbProxyTargets)] == [["orders"]]
    assert [(fact.policy, fact.is_attached, fact.is_boundary) for fact in found.all(RolePolicy)] == [
        ("limited-boundary", False, True),
        ("work", True, False),
    ]


def test_failed_events_go_to_a_queue_that_may_be_gone(aws: EmbeddedAws, world: World) -> None:
    around = world.surroundings
    world.function("worker", role=around.role("own"))
    dead = around.queue("dead")
    around.keep_failures("worker", dead)
    found = read(aws, "worker")
    assert [(config.exists, config.on_failure_arn) for config in found.all(EventInvokeConfig)] == [(True, dead)]
    assert [(fact.id, fact.exists, fact.statements) for fact in found.all(Queue)] == [(dead, True, ())]
    assert "send-records" in {policy.policy for policy in found.all(RolePolicy)}
    around.drop_queue("dead")
    assert [(fact.id, fact.exists) for fact in read(aws, "worker").all(Queue)] == [(dead, False)]


def test_the_policy_of_a_queue_is_read(aws: EmbeddedAws, world: World) -> None:
    world.function("worker")
    around = world.surroundings
    around.mapping("worker", around.queue("jobs"))
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    sqs = aws.client("sqs")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="jobs")["QueueUrl"], Attributes={"Policy": policy})
    assert [fact.statements for fact in read(aws, "worker").all(Queue)] == [(statement,)]


def test_a_role_that_is_gone_is_a_fact(aws: EmbeddedAws, world: World) -> None:
    role = world.surroundings.role("gone", statements=(), writes_logs=False)
    world.function("orphan", role=role)
    aws.client("iam").delete_role(RoleName="gone")
    found = read(aws, "orphan")
    assert found.gaps == ()
    assert [(fact.id, fact.exists) for fact in found.all(Role)] == [("gone", False)]
    assert found.all(RolePolicy) == ()


def test_every_call_can_be_refused_by_its_action(
    aws: EmbeddedAws, world: World, placed: tuple[list[str], list[str]]
) -> None:
    subnets, groups = placed
    around = world.surroundings
    world.function("orders", subnets, groups)
    around.mapping("orders", around.queue("jobs"))
    around.http_api("site", "orders")
    around.db_instance("orders", subnets, groups)
    around.db_proxy("orders", "orders", subnets, groups, around.role("proxy"))
    world.bucket("shop-uploads")
    for row in DETAILS:
        aws.front.faults.set(denials([row.iam_action]))
        found = read(aws, "orders", "shop-uploads")
        denied = {call.action for call in found.calls if call.error and call.error.is_denied}
        assert denied == {row.iam_action}
        assert [gap for gap in found.gaps if gap.action == row.iam_action and "denied" in gap.reason]
