"""What the tests of triggers share: a function with a role, a policy, mappings, queues and a bucket."""

from __future__ import annotations

import json
from typing import Any

from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.about import config
from tests.roles import with_role

__all__ = ["BUCKET", "FUNCTION", "arn", "mapped", "notified", "queue", "statement", "triggered"]

BUCKET = "uploads"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"
Json = dict[str, Any]


def arn(service: str, name: str, account: str = ACCOUNT) -> str:
    """The ARN of something in the Region of the tests."""
    return f"arn:aws:{service}:{REGION}:{account}:{name}"


def statement(service: str, *conditions: Json, action: str = "lambda:InvokeFunction", **more: Any) -> Json:
    """A statement of the function's policy about a service; each condition is an operator with its keys."""
    made = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": action, **more}
    tests: Json = {}
    for condition in conditions:
        tests |= condition
    return made | ({"Condition": tests} if tests else {})


def triggered(*role: Json, policy: list[Json] | None = None, **configuration: Any) -> World:
    """A function whose role has these statements, and whose policy has those."""
    made = with_role(config(**configuration), *role)
    told = {"Policy": json.dumps({"Statement": policy})} if policy else {}
    made.item("FunctionPolicies", FunctionName="worker", **told)
    made.item("FunctionRecursionConfigs", FunctionName="worker", RecursiveLoop="Terminate")
    return made.item("EventInvokeConfigs", FunctionName="worker")


def mapped(made: World, source: str, uuid: str = "m-1", **fields: Any) -> World:
    """The world with an event source mapping from a source."""
    told = {"State": "Enabled", "FunctionArn": FUNCTION, **fields}
    return made.item("EventSourceMappings", UUID=uuid, EventSourceArn=source, **told)


def queue(made: World, name: str, *, gone: bool = False, **attributes: str) -> World:
    """The world with a queue, or with the knowledge that there is none."""
    told = {"VisibilityTimeout": "360", "MessageRetentionPeriod": "345600", **attributes}
    return made.item("Queues", QueueArn=arn("sqs", name), **({} if gone else {"Attributes": told}))


def notified(made: World, *targets: str, field: str = "LambdaFunctionConfigurations", **more: Any) -> World:
    """The world with a bucket that tells these targets of every object that is created, below a `prefix` if given."""
    prefix, suffix = more.pop("prefix", ""), more.pop("suffix", "")
    rules = [{"Name": name, "Value": value} for name, value in (("Prefix", prefix), ("Suffix", suffix)) if value]
    key = {"LambdaFunctionConfigurations": "LambdaFunctionArn", "QueueConfigurations": "QueueArn"}.get(
        field, "TopicArn"
    )
    events = more.pop("events", ["s3:ObjectCreated:*"])
    filters = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
    listed = [{key: target, "Events": events, **filters} for target in targets]
    return made.item("BucketNotifications", Bucket=BUCKET, **{field: listed})
