"""FUN011: may what is to run the function invoke it?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_lib.checks.function import fun011_triggers_may_invoke as fun011
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.triggered import BUCKET, FUNCTION, arn, mapped, notified, queue, statement, triggered
from tests.checks.worlds import two_zones
from tests.roles import BOUNDARY, ROLE_ARN, allow, deny

QUEUE, TOPIC, STREAM = arn("sqs", "jobs"), arn("sns", "orders"), arn("kinesis", "stream/clicks")
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
POLL = allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=QUEUE)
OTHER = "444455556666"
API = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:abc123"


def asked(made: World, **settings: Any) -> dict[str, Finding]:
    return {finding.scope: finding for finding in made.ask(fun011, **settings)}


def said(found: Finding) -> tuple[Status, str, str]:
    return found.status, found.code, found.message


def polled(*role: dict[str, Any], source: str = QUEUE, **fields: Any) -> World:
    return queue(mapped(triggered(*role), source, **fields), "jobs")


def pushed(*policy: dict[str, Any], target: str = FUNCTION) -> Finding:
    made = notified(triggered(policy=[*policy]), target)
    return asked(made, bucket=BUCKET)[f"s3 {BUCKET_ARN}"]


def like(source: str) -> dict[str, Any]:
    return {"ArnLike": {"AWS:SourceArn": source}}


def owner(account: str) -> dict[str, Any]:
    return {"StringEquals": {"AWS:SourceAccount": account}}


# -- queues and streams that Lambda polls ------------------------


def test_a_queue_that_may_be_polled() -> None:
    found = asked(polled(POLL))["m-1"]
    assert said(found) == (Status.PASS, "OK", "mapping m-1 from jobs to worker may be served.")
    assert [item.operation for item in found.evidence] == ["lambda:ListEventSourceMappings"] * 2 + ["iam:GetRolePolicy"]


@pytest.mark.parametrize("lacking", POLL["Action"])
def test_each_action_counts(lacking: str) -> None:
    less = POLL | {"Action": [action for action in POLL["Action"] if action != lacking]}
    found = asked(polled(less))["m-1"]
    why = f"mapping m-1 from jobs to worker cannot be served: no policy of its role allows {lacking}."
    assert (*said(found), found.severity) == (Status.FAIL, "MAY_NOT_POLL", why, Severity.HIGH)


def test_a_deny_wins() -> None:
    found = asked(polled(POLL, deny("sqs:DeleteMessage", Sid="Keep")))["m-1"]
    assert found.message.endswith("policy work denies sqs:DeleteMessage (statement Keep).")


@pytest.mark.parametrize(
    ("principal", "status"),
    [
        ({"AWS": ROLE_ARN}, Status.PASS),
        ({"AWS": [f"{ROLE_ARN}-two", ROLE_ARN]}, Status.PASS),
        ("*", Status.PASS),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Status.FAIL),
        ({"AWS": f"{ROLE_ARN}-two"}, Status.FAIL),
    ],
)
def test_the_policy_of_the_queue_may_do_in_place_of_the_role(principal: Any, status: Status) -> None:
    policy = json.dumps({"Statement": [{**allow("sqs:*", on=QUEUE), "Principal": principal}]})
    made = queue(mapped(triggered(allow("s3:*")), QUEUE), "jobs", Policy=policy)
    assert asked(made)["m-1"].status is status


@pytest.mark.parametrize(("limit", "status"), [("sqs:*", Status.PASS), ("s3:*", Status.FAIL)])
def test_a_boundary_limits_what_the_policy_of_the_queue_gives(limit: str, status: Status) -> None:
    policy = json.dumps({"Statement": [{**allow("sqs:*", on=QUEUE), "Principal": {"AWS": ROLE_ARN}}]})
    made = queue(mapped(triggered(allow("s3:*")), QUEUE), "jobs", Policy=policy)
    made.changed(
        "Roles",
        "worker-role",
        lambda raw: raw["Role"].update(PermissionsBoundary={"PermissionsBoundaryArn": BOUNDARY}),
    )
    named = {"PolicyId": BOUNDARY, "PolicyArn": BOUNDARY, "PolicyName": "limit", "RoleName": "worker-role"}
    made.item("RolePolicies", **named, IsAttached=False, IsBoundary=True, Document={"Statement": [allow(limit)]})
    assert asked(made)["m-1"].status is status


def test_a_condition_of_the_policy_of_the_queue_leaves_it_open() -> None:
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    policy = json.dumps({"Statement": [{**allow("sqs:*", on=QUEUE), "Principal": "*", "Condition": condition}]})
    found = asked(queue(mapped(triggered(), QUEUE), "jobs", Policy=policy))["m-1"]
    assert (found.status, found.code) == (Status.UNKNOWN, "MAY_NOT_POLL")
    assert found.message.endswith("whether the policy of jobs does depends on its conditions.")


TLS = {"Bool": {"aws:SecureTransport": "false"}}
ENDPOINT = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}


@pytest.mark.parametrize(
    ("principal", "condition", "status"),
    [
        ("*", None, Status.FAIL),
        ({"AWS": ROLE_ARN}, None, Status.FAIL),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, None, Status.FAIL),
        ({"AWS": ACCOUNT}, None, Status.FAIL),
        ({"AWS": OTHER}, None, Status.PASS),
        ({"AWS": f"{ROLE_ARN}-two"}, None, Status.PASS),
        ("*", TLS, Status.PASS),
        ("*", {"Bool": {"AWS:SecureTransport": ["false"]}}, Status.PASS),
        ("*", {"Bool": {"aws:SecureTransport": "true"}}, Status.UNKNOWN),
        ("*", TLS | ENDPOINT, Status.PASS),
        ("*", ENDPOINT, Status.UNKNOWN),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, ENDPOINT, Status.UNKNOWN),
        ({"AWS": OTHER}, ENDPOINT, Status.PASS),
    ],
)
def test_the_policy_of_the_queue_may_deny_what_the_role_allows(principal: Any, condition: Any, status: Status) -> None:
    tests = {"Condition": condition} if condition else {}
    policy = json.dumps({"Statement": {**deny("sqs:*", on=QUEUE, Sid="Keep"), "Principal": principal, **tests}})
    found = asked(queue(mapped(triggered(POLL), QUEUE), "jobs", Policy=policy))["m-1"]
    assert found.status is status
    if condition == ENDPOINT and status is Status.UNKNOWN:
        said = "whether statement Keep of the policy of jobs denies sqs:ReceiveMessage depends on aws:SourceVpce."
        assert found.message == f"mapping m-1 from jobs to worker: {said}"


def test_a_sure_deny_of_the_queue_counts_more_than_a_conditional_one() -> None:
    listed = [{**deny("sqs:*", on=QUEUE), "Principal": "*", **more} for more in ({"Condition": ENDPOINT}, {})]
    policy = json.dumps({"Statement": listed})
    assert asked(queue(mapped(triggered(POLL), QUEUE), "jobs", Policy=policy))["m-1"].status is Status.FAIL


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_policy_of_the_queue_that_cannot_be_understood(effect: str) -> None:
    listed = [{**allow("sqs:*", on=QUEUE), "Effect": effect, "NotPrincipal": {"AWS": ROLE_ARN}}]
    found = asked(queue(mapped(triggered(POLL), QUEUE), "jobs", Policy=json.dumps({"Statement": listed})))["m-1"]
    assert found.status is Status.UNKNOWN
    assert found.message.endswith("what the policy of jobs says cannot be understood.")


@pytest.mark.parametrize(("key", "status"), [("alias/aws/sqs", Status.PASS), ("alias/orders", Status.UNKNOWN)])
def test_the_policy_of_a_key_was_not_read(key: str, status: Status) -> None:
    made = queue(mapped(triggered(POLL), QUEUE), "jobs", KmsMasterKeyId=key)
    assert asked(made)["m-1"].status is status


@pytest.mark.parametrize("role", [POLL, allow("s3:*")])
def test_a_queue_of_another_account(role: dict[str, Any]) -> None:
    source = arn("sqs", "jobs", OTHER)
    made = mapped(triggered({**role, "Resource": "*"}), source)
    made.item("Queues", QueueArn=source, Attributes={"VisibilityTimeout": "30", "MessageRetentionPeriod": "60"})
    assert asked(made)["m-1"].status is (Status.UNKNOWN if role is POLL else Status.FAIL)


@pytest.mark.parametrize(
    ("principal", "status"),
    [
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Status.PASS),
        ({"AWS": ACCOUNT}, Status.PASS),
        ({"AWS": ROLE_ARN}, Status.PASS),
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, Status.UNKNOWN),
    ],
)
def test_a_queue_of_another_account_that_lets_the_account_in(principal: Any, status: Status) -> None:
    source = arn("sqs", "jobs", OTHER)
    made = mapped(triggered({**POLL, "Resource": "*"}), source)
    policy = json.dumps({"Statement": {**allow("sqs:*", on=source), "Principal": principal}})
    attributes = {"VisibilityTimeout": "30", "MessageRetentionPeriod": "60", "Policy": policy}
    made.item("Queues", QueueArn=source, Attributes=attributes)
    assert asked(made)["m-1"].status is status


CONSUMER = f"{STREAM}/consumer/fast:1700000000"


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ([allow("kinesis:SubscribeToShard", on=CONSUMER)], Status.PASS),
        ([allow("kinesis:GetRecords", on=CONSUMER)], Status.UNKNOWN),
        ([allow("kinesis:*"), deny("kinesis:SubscribeToShard")], Status.FAIL),
    ],
)
def test_a_consumer_is_pushed_the_records(role: list[dict[str, Any]], status: Status) -> None:
    assert asked(polled(*role, source=CONSUMER))["m-1"].status is status


def test_a_source_that_is_no_arn_is_not_judged() -> None:
    found = asked(polled(POLL, source="jobs"))["m-1"]
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_JUDGED")


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ([allow("kinesis:*", on=STREAM)], Status.PASS),
        ([], Status.UNKNOWN),
        ([allow("kinesis:*"), deny("kinesis:GetRecords")], Status.FAIL),
    ],
)
def test_the_policy_of_a_stream_was_not_read(role: list[dict[str, Any]], status: Status) -> None:
    found = asked(polled(*role, source=STREAM))["m-1"]
    assert found.status is status
    if status is Status.UNKNOWN:
        assert found.message.endswith("; the policy of stream/clicks, which was not read, may.")


@pytest.mark.parametrize(
    ("last", "status", "code"),
    [
        ("OK", Status.PASS, "OK"),
        ("No records processed", Status.PASS, "OK"),
        ("PROBLEM: Function call failed", Status.FAIL, "LAST_BATCH"),
    ],
)
def test_the_last_batch(last: str, status: Status, code: str) -> None:
    found = asked(polled(POLL, LastProcessingResult=last))["m-1"]
    assert (found.status, found.code) == (status, code)


@pytest.mark.parametrize(
    ("state", "reason", "status", "code"),
    [
        ("Disabled", "USER_INITIATED", Status.NOT_APPLICABLE, "NOT_APPLICABLE"),
        ("Disabling", "User action", Status.NOT_APPLICABLE, "NOT_APPLICABLE"),
        ("Disabled", "Lambda disabled it", Status.FAIL, "MAPPING_OFF"),
        ("Enabled", "USER_INITIATED", Status.PASS, "OK"),
        ("Updating", "USER_INITIATED", Status.PASS, "OK"),
    ],
)
def test_the_state_of_a_mapping(state: str, reason: str, status: Status, code: str) -> None:
    found = asked(polled(POLL, State=state, StateTransitionReason=reason))["m-1"]
    assert (found.status, found.code) == (status, code)


@pytest.mark.parametrize(
    ("last", "status"), [("OK", Status.PASS), ("No records processed", Status.UNKNOWN), ("PROBLEM: x", Status.FAIL)]
)
def test_a_cluster_is_judged_by_its_last_batch(last: str, status: Status) -> None:
    made = mapped(triggered(), arn("kafka", "cluster/orders"), LastProcessingResult=last)
    assert asked(made)["m-1"].status is status


def test_a_queue_that_is_gone() -> None:
    made = queue(mapped(triggered(POLL), QUEUE), "jobs", gone=True)
    why = "mapping m-1 from jobs to worker cannot be served: jobs does not exist."
    assert said(asked(made)["m-1"]) == (Status.FAIL, "SOURCE_GONE", why)


# -- sources that push -------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [
        [statement("s3", like(BUCKET_ARN))],
        [statement("s3", like(BUCKET_ARN), owner(ACCOUNT))],
        [statement("s3")],
        [statement("s3", {"StringEquals": {"aws:sourcearn": BUCKET_ARN}})],
        [statement("s3", like("arn:aws:s3:::up*"))],
        [statement("s3", like("arn:aws:s3:::other")), statement("s3", like(BUCKET_ARN))],
        [statement("s3", like(BUCKET_ARN), action="lambda:*")],
        [statement("s3", like(BUCKET_ARN)) | {"Principal": "*"}],
    ],
)
def test_a_bucket_that_is_let_in(policy: list[dict[str, Any]]) -> None:
    assert said(pushed(*policy)) == (Status.PASS, "OK", f"bucket {BUCKET} may invoke worker.")


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ([], "no statement of its policy admits it"),
        ([statement("sns", like(TOPIC))], "no statement of its policy admits it"),
        ([statement("s3", like(BUCKET_ARN), action="lambda:GetFunction")], "no statement of its policy admits it"),
        ([statement("s3", like(f"{BUCKET_ARN}-old"), Sid="Old")], "the conditions of Old are not met"),
        ([statement("s3", like(f"{BUCKET_ARN}/*"))], "the conditions of number 1 are not met"),
        # StringEquals takes the asterisk for a letter.
        (
            [statement("s3", {"StringEquals": {"AWS:SourceArn": "arn:aws:s3:::up*"}})],
            "the conditions of number 1 are not met",
        ),
        ([statement("s3", like(BUCKET_ARN)), statement("s3", Effect="Deny", Sid="No")], "statement No denies it"),
    ],
)
def test_a_bucket_that_is_kept_out(policy: list[dict[str, Any]], why: str) -> None:
    found = pushed(*policy)
    text = f"bucket {BUCKET} may not invoke worker: {why}."
    assert (*said(found), found.severity) == (Status.FAIL, "NOT_ADMITTED", text, Severity.HIGH)


@pytest.mark.parametrize("condition", [owner(OTHER), {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}])
def test_conditions_that_nothing_read_can_answer(condition: dict[str, Any]) -> None:
    found = pushed(statement("s3", like(BUCKET_ARN), condition, Sid="Far"))
    text = f"bucket {BUCKET} may invoke worker when further conditions are met (Far)."
    assert said(found) == (Status.UNKNOWN, "CONDITIONS", text)


@pytest.mark.parametrize(
    "kept_out",
    [
        statement("s3", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, Effect="Deny", Sid="Far"),
        {"Sid": "Far", "Effect": "Deny", "NotPrincipal": {"Service": "sns.amazonaws.com"}, "Action": "lambda:*"},
        {"Sid": "Far", "Effect": "Deny", "Principal": "*", "NotAction": "lambda:GetFunction"},
    ],
)
def test_a_deny_that_may_be_meant(kept_out: dict[str, Any]) -> None:
    found = pushed(statement("s3", like(BUCKET_ARN), Sid="In"), kept_out)
    text = f"bucket {BUCKET} may invoke worker when further conditions are met (In, not Far)."
    assert said(found) == (Status.UNKNOWN, "CONDITIONS", text)


@pytest.mark.parametrize(
    "about",
    [
        statement("s3", like(f"{BUCKET_ARN}-old"), Effect="Deny"),
        statement("sns", Effect="Deny"),
        statement("s3", Effect="Deny", action="lambda:GetFunction"),
    ],
)
def test_a_deny_that_is_about_something_else(about: dict[str, Any]) -> None:
    assert pushed(statement("s3", like(BUCKET_ARN)), about).status is Status.PASS


@pytest.mark.parametrize(("source", "status"), [(BUCKET_ARN, Status.PASS), (f"{BUCKET_ARN}-old", Status.FAIL)])
def test_a_condition_that_would_also_do_without_its_key(source: str, status: Status) -> None:
    assert pushed(statement("s3", {"ArnLikeIfExists": {"AWS:SourceArn": source}})).status is status


def test_an_alias_has_a_policy_of_its_own() -> None:
    found = pushed(statement("s3", like(BUCKET_ARN)), target=f"{FUNCTION}:live")
    assert (found.status, found.code) == (Status.UNKNOWN, "OTHER_POLICY")
    assert "aws lambda get-policy --function-name worker --qualifier live" in found.message


def test_a_bucket_that_tells_another_function() -> None:
    made = notified(triggered(), f"{FUNCTION}-two")
    assert {finding.status for finding in asked(made, bucket=BUCKET).values()} == {Status.NOT_APPLICABLE}


@pytest.mark.parametrize(("account", "status"), [(ACCOUNT, Status.PASS), (OTHER, Status.FAIL)])
def test_conditions_that_exclude_each_other(account: str, status: Status) -> None:
    made = triggered(policy=[statement("sns", {"ArnLike": {"AWS:SourceArn": TOPIC}}, owner(account))])
    assert asked(made)[f"sns {TOPIC}"].status is status


def integration(made: World, verb: str, path: str, **more: Any) -> World:
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    told = {"type": "AWS_PROXY", "uri": uri, **more}
    return made.item(
        "RestApis", restApiId="abc123", items=[{"path": path, "resourceMethods": {verb: {"methodIntegration": told}}}]
    )


@pytest.mark.parametrize(
    ("source", "status"),
    [
        (f"{API}/*/POST/orders", Status.PASS),
        (f"{API}/*", Status.PASS),
        (f"{API}/*/*/orders", Status.PASS),
        (f"{API}/prod/POST/orders", Status.UNKNOWN),
        (f"{API}/*/GET/orders", Status.FAIL),
        (f"{API}/*/POST/order", Status.FAIL),
    ],
)
def test_the_method_of_an_api(source: str, status: Status) -> None:
    made = integration(triggered(policy=[statement("apigateway", like(source))]), "POST", "/orders")
    assert asked(made)[f"apigateway {API}/*/POST/orders"].status is status


def test_a_path_with_a_parameter() -> None:
    made = integration(triggered(policy=[statement("apigateway", like(f"{API}/*/*/orders/*"))]), "ANY", "/orders/{id}")
    assert asked(made)[f"apigateway {API}/*/*/orders/*"].status is Status.PASS


def test_an_api_that_calls_with_a_role_needs_no_statement() -> None:
    policy = [statement("apigateway", like(f"{API}/*/GET/x"))]
    made = integration(triggered(policy=policy), "POST", "/orders", credentials="arn:aws:iam::1:role/x")
    assert f"apigateway {API}/*/POST/orders" not in asked(made)


# -- nothing, and what was not read ------------------------------


def test_no_trigger_is_known() -> None:
    (found,) = triggered().ask(fun011)
    assert found.status is Status.NOT_APPLICABLE
    assert found.message == "No trigger of worker is known; rules, subscriptions and aliases were not asked."


@pytest.mark.parametrize(
    ("key", "scopes"),
    [
        ("EventSourceMappings", {""}),
        ("FunctionPolicies", {""}),
        ("BucketNotifications", {""}),
        ("RestApis", {""}),
        ("Queues", {"m-1"}),
        ("Roles", {"m-1"}),
        ("RolePolicies", {"m-1"}),
    ],
)
def test_what_was_not_read_is_no_answer(key: str, scopes: set[str]) -> None:
    made = notified(polled(POLL), FUNCTION).denied(key)
    found = asked(made, bucket=BUCKET)
    assert {scope for scope, finding in found.items() if finding.status is Status.UNKNOWN} == scopes
    assert {found[scope].code for scope in scopes} == {"NOT_READ"}


def test_a_target_without_functions() -> None:
    (found,) = two_zones().ask(fun011)
    assert found.status is Status.NOT_APPLICABLE
