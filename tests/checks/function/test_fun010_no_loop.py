"""FUN010: does the function run itself, or may it?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun010_no_loop as fun010
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.function.triggered import BUCKET, FUNCTION, arn, mapped, notified, queue, statement, triggered
from tests.checks.worlds import two_zones
from tests.roles import allow, deny

QUEUE = arn("sqs", "jobs")
TOPIC = arn("sns", "orders")
STREAM = arn("dynamodb", "table/orders/stream/2026-01-01T00:00:00.000")
S3 = statement("s3", {"ArnLike": {"AWS:SourceArn": f"arn:aws:s3:::{BUCKET}"}})


def asked(made: World, **settings: Any) -> dict[str, Finding]:
    made.counted(RecursiveInvocationsDropped=0)
    return {finding.scope: finding for finding in made.ask(fun010, **settings)}


def about(made: World, scope: str, **settings: Any) -> tuple[Status, Severity, str]:
    found = asked(made, **settings)[scope]
    return found.status, found.severity, found.message


def test_a_function_that_nothing_runs() -> None:
    found = asked(triggered(allow("s3:*")))
    itself = "a call of its own runs worker, whose role does not let it use lambda:InvokeFunction there."
    seen = "Lambda stopped no invocation of worker as part of a loop, and would (RecursiveLoop is Terminate)."
    assert {scope: (finding.status, finding.message) for scope, finding in found.items()} == {
        "seen": (Status.PASS, seen),
        "left behind": (Status.PASS, "worker has no dead-letter queue or destination."),
        f"lambda {FUNCTION}": (Status.PASS, itself),
    }
    assert all(finding.evidence for finding in found.values())


@pytest.mark.parametrize(("count", "word"), [(1, "invocation"), (17, "invocations")])
def test_a_loop_that_lambda_stopped(count: int, word: str) -> None:
    made = triggered().counted(RecursiveInvocationsDropped=[0, count])
    found = next(item for item in made.ask(fun010) if item.scope == "seen")
    said = f"Lambda stopped {count} {word} of worker as part of a loop."
    assert (found.status, found.severity, found.code, found.message) == (
        Status.FAIL,
        Severity.HIGH,
        "LOOP_STOPPED",
        said,
    )


@pytest.mark.parametrize(
    "made", [triggered(), triggered().counted(RecursiveInvocationsDropped=0, status="PartialData")]
)
def test_what_lambda_saw_was_not_read_whole(made: World) -> None:
    found = next(item for item in made.ask(fun010) if item.scope == "seen")
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")


@pytest.mark.parametrize(
    ("count", "code", "status"), [(0, "LOOPS_ALLOWED", Status.UNKNOWN), (1, "LOOP_STOPPED", Status.FAIL)]
)
def test_a_function_that_may_loop_is_not_seen_to_do_so(count: int, code: str, status: Status) -> None:
    made = triggered().counted(RecursiveInvocationsDropped=count)
    made.changed("FunctionRecursionConfigs", "worker", lambda raw: raw.update(RecursiveLoop="Allow"))
    found = next(item for item in made.ask(fun010) if item.scope == "seen")
    assert (found.status, found.severity, found.code) == (status, Severity.HIGH, code)
    if not count:
        said = "it may (RecursiveLoop is Allow), so that Lambda stops no loop of it and counts none."
        assert found.message == f"Whether worker runs itself is not seen: {said}"


@pytest.mark.parametrize("setting", ["allow", "", None])
def test_a_setting_that_is_none_is_not_read(setting: str | None) -> None:
    made = triggered()
    made.changed("FunctionRecursionConfigs", "worker", lambda raw: raw.update(RecursiveLoop=setting))
    assert asked(made)["seen"].status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("source", "key", "action", "resource", "said"),
    [
        (QUEUE, QUEUE, "sqs:SendMessage", QUEUE, "sqs jobs"),
        (arn("kinesis", "stream/clicks"), None, "kinesis:PutRecord", "*", "kinesis stream/clicks"),
        (STREAM, arn("dynamodb", "table/orders"), "dynamodb:PutItem", "*", "dynamodb table/orders"),
    ],
)
def test_what_is_polled_may_be_written_by_the_role(
    source: str, key: str | None, action: str, resource: str, said: str
) -> None:
    service = source.split(":")[2]
    scope = f"{service} {key or source}"
    status, severity, message = about(mapped(triggered(allow(action, on=resource)), source), scope)
    assert (status, severity) == (Status.FAIL, Severity.LOW)
    blind = "" if service == "sqs" else f"; Lambda does not notice loops through {service}"
    assert message == (
        f"{said} runs worker, and its role may use {action} there: one such call would run it again{blind}."
    )
    status, _, message = about(mapped(triggered(allow("s3:*")), source), scope)
    assert status is Status.PASS
    assert "whose role does not let it use" in message


def test_a_mapping_that_is_switched_off_runs_nothing() -> None:
    made = mapped(triggered(allow("sqs:*")), QUEUE, State="Disabled")
    assert f"sqs {QUEUE}" not in asked(made)
    assert f"sqs {QUEUE}" in asked(mapped(triggered(allow("sqs:*")), QUEUE, State="Enabling"))


def test_a_mapping_of_another_function_is_not_its_own() -> None:
    made = mapped(triggered(allow("sqs:*")), QUEUE, FunctionArn=f"{FUNCTION}-two")
    assert f"sqs {QUEUE}" not in asked(made)


def test_a_mapping_that_filters() -> None:
    made = mapped(triggered(allow("sqs:*")), QUEUE, FilterCriteria={"Filters": [{"Pattern": "{}"}]})
    status, severity, message = about(made, f"sqs {QUEUE}")
    assert (status, severity) == (Status.UNKNOWN, Severity.LOW)
    assert message.endswith("whether that runs it again depends on the filter criteria of the mapping.")


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        (f"arn:aws:s3:::{BUCKET}/in/*", Status.FAIL),
        (f"arn:aws:s3:::{BUCKET}/in/thumbs/*", Status.FAIL),
        (f"arn:aws:s3:::{BUCKET}/*", Status.FAIL),
        (f"arn:aws:s3:::{BUCKET}/out/*", Status.PASS),
        (f"arn:aws:s3:::{BUCKET}-thumbs/*", Status.PASS),
        (f"arn:aws:s3:::{BUCKET}/in", Status.PASS),
    ],
)
def test_the_prefix_that_runs_the_function(resource: str, status: Status) -> None:
    made = notified(triggered(allow("s3:PutObject", on=resource), policy=[S3]), FUNCTION, prefix="in/")
    found = asked(made, bucket=BUCKET)
    assert found[f"s3 {BUCKET} LambdaFunctionConfigurations 0"].status is status
    assert f"s3 arn:aws:s3:::{BUCKET}" not in found


@pytest.mark.parametrize(("suffix", "status"), [(".jpg", Status.PASS), (".png", Status.FAIL)])
def test_the_suffix_that_runs_the_function(suffix: str, status: Status) -> None:
    made = notified(triggered(allow("s3:PutObject", on=f"arn:aws:s3:::{BUCKET}/*.png")), FUNCTION, suffix=suffix)
    assert asked(made, bucket=BUCKET)[f"s3 {BUCKET} LambdaFunctionConfigurations 0"].status is status


def test_events_that_no_write_sets_off() -> None:
    made = notified(triggered(allow("s3:*")), FUNCTION, events=["s3:LifecycleExpiration:*", "s3:Replication:*"])
    assert not [scope for scope in asked(made, bucket=BUCKET) if scope.startswith("s3")]


def test_a_bucket_that_tells_others() -> None:
    made = notified(triggered(allow("s3:*"), policy=[S3]), f"{FUNCTION}-two")
    assert not [scope for scope in asked(made, bucket=BUCKET) if scope.startswith("s3")]


@pytest.mark.parametrize(
    ("field", "target", "made"),
    [
        ("QueueConfigurations", QUEUE, mapped(triggered(allow("s3:PutObject")), QUEUE)),
        (
            "TopicConfigurations",
            TOPIC,
            triggered(allow("s3:PutObject"), policy=[statement("sns", {"ArnLike": {"aws:SourceArn": TOPIC}})]),
        ),
    ],
)
def test_a_bucket_that_runs_it_through_a_queue_or_a_topic(field: str, target: str, made: World) -> None:
    found = asked(notified(made, target, arn("sqs", "audit"), field=field), bucket=BUCKET)
    assert [scope for scope in found if scope.startswith("s3")] == [f"s3 {BUCKET} {field} 0"]
    assert found[f"s3 {BUCKET} {field} 0"].code == "MAY_RUN_ITSELF"


def test_a_bucket_that_was_not_named() -> None:
    made = triggered(allow("s3:PutObject"), policy=[S3])
    status, severity, message = about(made, f"s3 arn:aws:s3:::{BUCKET}")
    assert (status, severity) == (Status.UNKNOWN, Severity.LOW)
    assert message == (
        f"s3 {BUCKET} may run worker, and its role may use s3:PutObject there: whether that runs it again depends on "
        f"which keys its notifications are for (name the bucket {BUCKET})."
    )
    made = triggered(allow("s3:PutObject"), deny("s3:PutObject", on=f"arn:aws:s3:::{BUCKET}/*"), policy=[S3])
    assert about(made, f"s3 arn:aws:s3:::{BUCKET}")[0] is Status.PASS


@pytest.mark.parametrize(("rule", "bus"), [("rule/nightly", "default"), ("rule/orders/new", "orders")])
def test_a_rule_sees_the_events_of_its_bus(rule: str, bus: str) -> None:
    source = arn("events", rule)
    policy = [statement("events", {"ArnLike": {"AWS:SourceArn": source}})]
    own = triggered(allow("events:PutEvents", on=arn("events", f"event-bus/{bus}")), policy=policy)
    other = triggered(allow("events:PutEvents", on=arn("events", "event-bus/audit")), policy=policy)
    assert about(own, f"events {source}")[:2] == (Status.UNKNOWN, Severity.LOW)
    assert about(other, f"events {source}")[0] is Status.PASS


def test_a_topic_may_be_published_to() -> None:
    policy = [statement("sns", {"ArnLike": {"AWS:SourceArn": TOPIC}})]
    status, severity, message = about(triggered(allow("sns:Publish"), policy=policy), f"sns {TOPIC}")
    assert (status, severity) == (Status.UNKNOWN, Severity.LOW)
    assert message.endswith("depends on whether it is subscribed, and with which filter.")


def test_a_role_that_may_invoke_its_own_function() -> None:
    assert about(triggered(allow("lambda:*")), f"lambda {FUNCTION}")[:2] == (Status.FAIL, Severity.LOW)


@pytest.mark.parametrize(
    ("target", "how"),
    [
        (QUEUE, "sqs jobs runs it"),
        (FUNCTION, "that is the function itself"),
        (f"{FUNCTION}:live", "that is the function itself"),
    ],
)
def test_what_it_leaves_behind_comes_back(target: str, how: str) -> None:
    made = queue(mapped(triggered(), QUEUE), "jobs")
    made.changed(
        "EventInvokeConfigs", "worker", lambda raw: raw.update(DestinationConfig={"OnSuccess": {"Destination": target}})
    )
    found = asked(made)["left behind destination on success"]
    assert (found.status, found.severity, found.code) == (Status.FAIL, Severity.HIGH, "COMES_BACK")
    assert (
        found.message
        == f"worker has {target} as destination on success, and {how}: what it leaves there comes back to it."
    )
    assert "left behind" not in asked(made)


def test_a_dead_letter_queue_that_nobody_feeds_back() -> None:
    made = mapped(triggered(DeadLetterConfig={"TargetArn": arn("sqs", "dead")}), QUEUE)
    found = asked(made)["left behind dead-letter queue"]
    said = f"worker has {arn('sqs', 'dead')} as dead-letter queue, which is not known to run it."
    assert (found.status, found.message) == (Status.PASS, said)


@pytest.mark.parametrize(
    ("key", "scopes"),
    [
        ("FunctionPolicies", {"left behind", "triggers"}),
        ("EventSourceMappings", {"left behind", "triggers"}),
        ("BucketNotifications", {"left behind", "triggers"}),
        ("RolePolicies", {"triggers"}),
        ("Roles", {"triggers"}),
        ("EventInvokeConfigs", {"left behind"}),
        ("FunctionConfigurations", {"left behind"}),
        ("MetricDataResults", {"seen"}),
        ("FunctionRecursionConfigs", {"seen"}),
    ],
)
def test_what_was_not_read_is_no_answer(key: str, scopes: set[str]) -> None:
    made = notified(triggered(allow("s3:*"), policy=[S3]), FUNCTION).denied(key)
    found = asked(made, bucket=BUCKET)
    assert {scope for scope, finding in found.items() if finding.status is Status.UNKNOWN} == scopes
    assert {found[scope].code for scope in scopes} == {"NOT_READ"}


def test_a_target_without_functions() -> None:
    (found,) = two_zones().ask(fun010)
    assert found.status is Status.NOT_APPLICABLE
