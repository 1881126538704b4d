"""The shapes that AWS gives the details of a function in, usual and odd."""

import json
from typing import Any

import pytest

from runbook_lib.model.fact import Scope
from runbook_lib.model.functions import FunctionPolicy, ProvisionedConcurrency, statements_of
from runbook_lib.model.roles import Role, role_name_of
from runbook_lib.model.snapshot import listing_of
from runbook_lib.model.triggers import HttpApi, Queue, RestApi

HERE = Scope("111122223333", "eu-west-1")
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:f"
TRUST = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}}


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::111122223333:role/worker", "worker"),
        ("arn:aws-cn:iam::111122223333:role/service/shop/worker", "worker"),
        ("arn:aws:iam::111122223333:user/worker", None),
        ("arn:aws:sts::111122223333:assumed-role/worker/session", None),
        ("worker", None),
        ("", None),
        (None, None),
    ],
)
def test_the_name_in_the_arn_of_a_role(arn: str | None, name: str | None) -> None:
    assert role_name_of(arn) == name


def test_a_role_is_read_as_both_calls_tell_it() -> None:
    told = {"RoleName": "r", "Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": TRUST}
    one, listed = Role.read({"RoleName": "r", "Role": told}, HERE, ""), Role.read(told, HERE, "")
    assert one == listed
    assert (one.exists, one.trust, one.ref.arn, one.ref.region) == (True, (TRUST["Statement"],), told["Arn"], None)
    assert Role.read({"RoleName": "r"}, HERE, "").exists is False


@pytest.mark.parametrize("document", ["[]", '"text"', '{"Statement": "all"}', '{"Statement": ["all"]}', "{", None, 7])
def test_what_is_no_policy_document_is_refused(document: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        statements_of(document)


def policy(*statements: dict[str, Any]) -> FunctionPolicy:
    text = json.dumps({"Statement": list(statements)})
    return FunctionPolicy.read({"FunctionName": "f", "Policy": text}, HERE, "")


def permission(service: Any, effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"Service": service}, "Action": "lambda:InvokeFunction", **condition}


def test_sources_are_those_of_the_service_and_not_of_denials() -> None:
    topics = {"Condition": {"ArnLike": {"aws:SourceArn": ["arn:a", "arn:b"]}}}
    found = policy(
        permission("sns.amazonaws.com", **topics),
        permission(["s3.amazonaws.com", "events.amazonaws.com"]),
        permission("sns.amazonaws.com", "Deny", Condition={"ArnLike": {"AWS:SourceArn": "arn:c"}}),
        {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction"},
    )
    assert (found.sources("sns"), found.sources("events"), found.sources("sqs")) == (("arn:a", "arn:b"), ("*",), ())


def test_without_a_policy_nothing_is_admitted() -> None:
    none = FunctionPolicy.read({"FunctionName": "f"}, HERE, "")
    assert (none.exists, none.statements, none.sources("s3")) == (False, (), ())


def test_a_queue_without_its_attributes_is_malformed_and_not_absent() -> None:
    arn = "arn:aws:sqs:eu-west-1:111122223333:q"
    assert Queue.read({"QueueArn": arn, "QueueUrl": "u"}, HERE, "").exists is False
    listing, problems = listing_of("Queues", HERE, [{"QueueArn": arn, "Attributes": {}}])
    assert (listing.facts, len(problems)) == ((), 1)


@pytest.mark.parametrize(
    ("uri", "function"),
    [
        (FUNCTION, FUNCTION),
        (f"{FUNCTION}:live", f"{FUNCTION}:live"),
        (f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations", FUNCTION),
        ("arn:aws:apigateway:eu-west-1:s3:path/bucket/key", None),
        ("https://orders.test", None),
        ("", None),
    ],
)
def test_the_function_in_an_integration(uri: str, function: str | None) -> None:
    raw = {"ApiId": "a", "Items": [{"IntegrationId": "i", "IntegrationUri": uri}]}
    (found,) = HttpApi.read(raw, HERE, "").integrations
    assert (found.function, found.timeout_ms) == (function, None)


def test_methods_without_an_integration_are_left_out() -> None:
    resource = {"id": "r", "path": "/", "resourceMethods": {"GET": {}, "POST": {"methodIntegration": {"type": "MOCK"}}}}
    found = RestApi.read({"restApiId": "a", "items": [resource, {"id": "s", "path": "/s"}]}, HERE, "")
    assert [(item.label, item.kind) for item in found.integrations] == [("POST /", "MOCK")]


@pytest.mark.parametrize(("arn", "qualifier"), [(f"{FUNCTION}:live", "live"), (FUNCTION, "")])
def test_the_qualifier_of_provisioned_concurrency(arn: str, qualifier: str) -> None:
    numbers = {f"{word}ProvisionedConcurrentExecutions": 1 for word in ("Requested", "Available", "Allocated")}
    found = ProvisionedConcurrency.read({"FunctionArn": arn, "Status": "READY", **numbers}, HERE, "")
    assert found.qualifier == qualifier
