"""FUN012: may the role do what the function needs?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib import engine
from runbook_lib.checks.function import fun012_role_permits as fun012
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.about import cited
from tests.checks.path.flows import bare
from tests.checks.worlds import two_zones
from tests.roles import FULL, ROLE_ARN, allow, deny, with_role

S3 = allow("s3:GetObject", "s3:PutObject", on="arn:aws:s3:::reports/*")
BOTH = ("s3:GetObject", "s3:PutObject")
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/worker"
EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
UNSEEN = "policies of organization, resources and sessions were not looked at"


def said(made: World, scope: str = "s3", **more: Any) -> Finding:
    found = {item.scope: item for item in made.ask(fun012, **{"bucket": "reports", **more})}
    return found[scope]


def statement(index: int, value: Any) -> Any:
    return cited("RolePolicies", "iam:GetRolePolicy", f"/Document/Statement/{index}", value)


def simulated(made: World, action: str, resource: str, decision: str, **more: Any) -> World:
    return made.item(
        "PolicySimulations",
        SimulationId=f"{ROLE_ARN} {action.lower()} {resource}",
        PolicySourceArn=ROLE_ARN,
        Resource=resource,
        EvalActionName=action,
        EvalDecision=decision,
        **more,
    )


def test_everything_is_allowed() -> None:
    made = with_role(bare(), S3, FULL)
    worker = made.view().function("worker")
    assert made.ask(fun012, bucket="reports") == (
        fun012.META.passed(
            worker,
            f"worker: its role worker-role may s3:GetObject, s3:PutObject; {UNSEEN}.",
            statement(0, S3),
            scope="s3",
        ),
        fun012.META.passed(
            worker,
            f"worker: its role worker-role may logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents; {UNSEEN}.",
            statement(1, FULL),
            scope="log",
        ),
        fun012.META.passed(
            worker,
            "worker: its role worker-role may ec2:CreateNetworkInterface, ec2:DescribeNetworkInterfaces, "
            "ec2:DescribeSubnets, ec2:DeleteNetworkInterface, ec2:AssignPrivateIpAddresses, "
            f"ec2:UnassignPrivateIpAddresses; {UNSEEN}.",
            statement(1, FULL),
            scope="network-interfaces",
        ),
    )


def test_an_action_that_was_named_is_not_allowed() -> None:
    made = with_role(bare(), allow("s3:GetObject"), FULL)
    words = (
        "worker: its role worker-role may not s3:PutObject on arn:aws:s3:::reports/* "
        "(no statement of its policies allows it)."
    )
    documents = cited(
        "RolePolicies",
        "iam:GetRolePolicy",
        "/Document",
        made.view().snapshot.listings[made.scope, "RolePolicies"].raws[0]["Document"],
    )
    failed = fun012.META.failed(made.view().function("worker"), words, documents, code="ROLE_ALLOWS_NOT", scope="s3")
    assert said(made, actions=BOTH) == failed


@pytest.mark.parametrize(
    ("statements", "more", "status", "code"),
    [
        ([S3], {"actions": BOTH}, Status.PASS, "OK"),
        ([S3, deny("s3:Put*", Sid="No")], {"actions": BOTH}, Status.FAIL, "ROLE_DENIES"),
        ([S3, deny("s3:Put*", Sid="No")], {"actions": BOTH[:1]}, Status.PASS, "OK"),
        ([S3], {"actions": BOTH, "bucket": "others"}, Status.FAIL, "ROLE_ALLOWS_NOT"),
        ([S3], {"actions": BOTH, "bucket": None}, Status.UNKNOWN, "ROLE_DEPENDS"),
        ([S3], {"actions": ("s3:ListBucket",)}, Status.FAIL, "ROLE_ALLOWS_NOT"),
        ([{**S3, "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}], {}, Status.UNKNOWN, "ROLE_DEPENDS"),
        # nobody said which actions: only some of the usual ones, none of them, nothing at all
        ([allow("s3:GetObject")], {}, Status.UNKNOWN, "ACTIONS_NOT_TOLD"),
        ([allow("s3:ListBucket")], {}, Status.UNKNOWN, "ACTIONS_NOT_TOLD"),
        ([allow("sqs:*")], {}, Status.FAIL, "ROLE_ALLOWS_NOT"),
    ],
)
def test_services(statements: list[Any], more: dict[str, Any], status: Status, code: str) -> None:
    found = said(with_role(bare(), *statements, FULL), **more)
    assert (found.status, found.code) == (status, code)


IN = "arn:aws:s3:::reports/in/*"


@pytest.mark.parametrize(
    ("denied", "prefix", "status"),
    [
        (deny("s3:PutObject", on=IN), "in/", Status.PASS),
        (deny("s3:putobject", on=f"{IN}.pdf"), "in/", Status.PASS),
        (deny("s3:PutObject", on=[IN, "arn:aws:s3:::reports/out/*"]), "in/", Status.UNKNOWN),
        (deny("s3:PutObject", on="arn:aws:s3:::reports/i*"), "in/", Status.UNKNOWN),
        (deny("s3:GetObject", "s3:PutObject", on=IN), "in/", Status.UNKNOWN),
        (deny("s3:PutObject", on=IN), "out/", Status.UNKNOWN),
        (deny("s3:PutObject", on="arn:aws:s3:::reports/*"), "in/", Status.FAIL),
        (deny("s3:PutObject", on="arn:aws:s3:::reports/*"), "", Status.FAIL),
    ],
)
def test_a_deny_of_what_would_run_the_function_again(denied: Any, prefix: str, status: Status) -> None:
    rules = {"Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}} if prefix else {}
    target = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"
    told = [{"LambdaFunctionArn": target, "Events": ["s3:ObjectCreated:*"], **rules}]
    made = with_role(bare(), S3, FULL, denied)
    assert said(made, actions=BOTH).status is not Status.PASS
    made.item("BucketNotifications", Bucket="reports", LambdaFunctionConfigurations=told)
    assert said(made, actions=BOTH).status is status
    told[0]["LambdaFunctionArn"] = f"{target}-two"
    assert said(made, actions=BOTH).status is not Status.PASS


def test_what_is_left_open_says_what_would_decide() -> None:
    made = with_role(bare(), S3, FULL)
    assert said(made, actions=BOTH, bucket=None).message == (
        "worker: whether its role worker-role may s3:GetObject on arn:aws:s3:::*/* is open: statement number 1 of "
        "work makes it depend on the bucket (set the parameter bucket); it names arn:aws:s3:::reports/*."
    )
    tables = [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}" for name in ("orders", "prices", "users")]
    other = "arn:aws:dynamodb:eu-west-3:1:table/x"
    narrow = with_role(bare(), allow("dynamodb:*", on=[other, *tables]), FULL)
    assert narrow.ask(fun012, "dynamodb")[0].message.endswith(
        f"makes it depend on the exact resource; it names {tables[0]}, {tables[1]} and 1 more."
    )
    under = with_role(bare(), allow("dynamodb:*", on=tables, Condition={"Bool": {"aws:x": "true"}}), FULL)
    assert under.ask(fun012, "dynamodb")[0].message.endswith("the exact resource and its condition on aws:x.")
    read_only = with_role(bare(), allow("s3:GetObject"), FULL)
    assert said(read_only).message == (
        "worker: its role worker-role may s3:GetObject, not s3:PutObject; what the function uses is not told "
        "(set the parameter actions)."
    )


def test_actions_of_a_service_that_was_not_asked_about_count_too() -> None:
    made = with_role(bare(), S3, FULL)
    found = said(made, "kms", actions=(*BOTH, "kms:Decrypt"))
    assert (found.status, found.code) == (Status.FAIL, "ROLE_ALLOWS_NOT")


@pytest.mark.parametrize(
    ("services", "grant", "status"),
    [
        ("dynamodb", f"arn:aws:dynamodb:*:{ACCOUNT}:table/*", Status.PASS),
        ("dynamodb", f"arn:aws:dynamodb:*:{ACCOUNT}:table/orders", Status.UNKNOWN),
        ("dynamodb", "arn:aws:dynamodb:eu-north-1:*:table/*", Status.UNKNOWN),
        ("sts", f"arn:aws:iam::{ACCOUNT}:role/*", Status.PASS),
        ("sts", "arn:aws:iam::444455556666:role/*", Status.UNKNOWN),
    ],
)
def test_resources_of_usual_actions(services: str, grant: str, status: Status) -> None:
    made = with_role(bare(), allow(f"{services}:*", on=grant), FULL)
    (found, *_) = made.ask(fun012, services)
    assert found.status is status, found.message


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        (allow("logs:*", on=f"{GROUP}:*"), Status.PASS),
        (allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"{GROUP}:*"), Status.FAIL),
        (allow("logs:*", on="arn:aws:logs:*:*:*"), Status.PASS),
        (allow("logs:*", on=f"arn:aws:logs:{REGION}:{ACCOUNT}:*"), Status.PASS),
        (allow("logs:*", on=f"arn:aws:logs:*:{ACCOUNT}:log-group:/aws/lambda/*"), Status.PASS),
        (allow("logs:*", on=[GROUP, f"{GROUP}:*"]), Status.PASS),
        (allow("logs:*", on=[GROUP, f"{GROUP}:log-stream:*"]), Status.UNKNOWN),
        (allow("logs:*", on=f"{GROUP}:*:*"), Status.UNKNOWN),
        (allow("logs:*", on=GROUP), Status.FAIL),
        (allow("logs:*", on=f"{GROUP}:"), Status.FAIL),
        (allow("logs:*", on=GROUP.replace("worker", "other") + ":*"), Status.FAIL),
        (allow("logs:CreateLogGroup", "logs:CreateLogStream"), Status.FAIL),
    ],
)
def test_the_log(grant: Any, status: Status) -> None:
    assert said(with_role(bare(), S3, grant), "log").status is status


@pytest.mark.parametrize("there", [True, False])
def test_the_arn_of_a_log_group_without_its_end(there: bool) -> None:
    made = with_role(bare(), S3, allow("logs:*", on=GROUP))
    if there:
        made.item("LogGroups", logGroupName="/aws/lambda/worker")
    found = said(made, "log")
    assert found.code == "ROLE_ALLOWS_NOT"
    why = "its policies name the log group without the :* that this action needs at the end"
    rest = "logs:PutLogEvents." if there else "logs:CreateLogStream, logs:PutLogEvents."
    assert found.message.endswith(f"({why}), nor {rest}")


def test_a_log_group_that_is_there_need_not_be_made_and_may_have_another_name() -> None:
    writes = allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"{GROUP}:*")
    made = with_role(bare(), S3, writes).item("LogGroups", logGroupName="/aws/lambda/worker")
    assert said(made, "log").status is Status.PASS
    made.changed("Functions", "worker", lambda raw: raw.update(LoggingConfig={"LogGroup": "/team/all"}))
    assert said(made, "log").status is Status.FAIL


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        (allow("ec2:*"), Status.PASS),
        (allow("ec2:*", on=f"{EC2}:*/*"), Status.UNKNOWN),
        (allow("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces"), Status.FAIL),
    ],
)
def test_network_interfaces(grant: Any, status: Status) -> None:
    assert said(with_role(bare(), S3, grant), "network-interfaces").status is status


@pytest.mark.parametrize(
    ("lacking", "severity"),
    [
        (("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ec2:DescribeSubnets"), Severity.LOW),
        (("ec2:DescribeSubnets",), Severity.LOW),
        (("ec2:DescribeSubnets", "ec2:DeleteNetworkInterface"), Severity.HIGH),
        (("ec2:CreateNetworkInterface",), Severity.HIGH),
    ],
)
def test_rights_that_older_roles_do_not_have(lacking: tuple[str, ...], severity: Severity) -> None:
    found = said(with_role(bare(), S3, FULL, deny(*lacking)), "network-interfaces")
    assert (found.status, found.severity) == (Status.FAIL, severity)


def test_network_interfaces_within_the_account_and_denied_to_the_code() -> None:
    key = {"ArnEquals": {"lambda:SourceFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"}}
    grants = (allow("ec2:Describe*"), allow("ec2:*", on=f"{EC2}:*/*"), deny("ec2:*", Condition=key))
    assert said(with_role(bare(), *grants), "network-interfaces").status is Status.PASS
    outside = {"ArnNotEquals": {"aws:SourceVpc": "x"}}
    made = with_role(bare(), allow("ec2:*"), deny("ec2:*", Condition=outside))
    assert said(made, "network-interfaces").status is Status.UNKNOWN


def test_a_function_outside_any_vpc_makes_no_network_interface() -> None:
    made = with_role(two_zones().function(in_vpc=False), S3, FULL)
    assert [item.scope for item in made.ask(fun012)] == ["s3", "log"]


def test_a_boundary_that_does_not_include_it() -> None:
    found = said(with_role(bare(), S3, FULL, boundary=[allow("s3:GetObject", "logs:*", "ec2:*")]), actions=BOTH)
    assert (found.status, found.code) == (Status.FAIL, "BOUNDARY_ALLOWS_NOT")
    assert "no statement of its permissions boundary allows it" in found.message


@pytest.mark.parametrize(
    ("decision", "organization", "status", "code"),
    [
        ("allowed", True, Status.PASS, "OK"),
        ("allowed", None, Status.PASS, "OK"),
        ("implicitDeny", False, Status.FAIL, "ORGANIZATION_REFUSES"),
        ("implicitDeny", True, Status.UNKNOWN, "SIMULATION_DISAGREES"),
        ("explicitDeny", None, Status.UNKNOWN, "SIMULATION_DISAGREES"),
    ],
)
def test_the_simulator(decision: str, organization: bool | None, status: Status, code: str) -> None:
    more = {} if organization is None else {"OrganizationsDecisionDetail": {"AllowedByOrganizations": organization}}
    made = simulated(with_role(bare(), S3, FULL), BOTH[0], "arn:aws:s3:::reports/*", decision, **more)
    found = said(made, actions=BOTH[:1])
    assert (found.status, found.code) == (status, code)
    if organization:
        assert ("policies of the resources and of sessions were not looked at" in found.message) == (code == "OK")
    assert found.evidence[-1].operation == "iam:SimulatePrincipalPolicy"


def test_the_simulator_makes_nothing_allowed() -> None:
    under = {**S3, "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}
    made = simulated(with_role(bare(), under, FULL), BOTH[0], "arn:aws:s3:::reports/*", "allowed")
    assert (said(made).status, said(made).code) == (Status.UNKNOWN, "ROLE_DEPENDS")
    made = simulated(with_role(bare(), allow("sqs:*"), FULL), BOTH[0], "arn:aws:s3:::reports/*", "allowed")
    assert (said(made, actions=BOTH[:1]).code) == "SIMULATION_DISAGREES"


@pytest.mark.parametrize(
    ("missing", "status", "words"),
    [((), Status.UNKNOWN, "say otherwise"), (("aws:SecureTransport",), Status.PASS, "were not looked at")],
)
def test_the_simulator_does_not_know_the_keys_of_a_request(missing: Any, status: Status, words: str) -> None:
    made = with_role(bare(), {**S3, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, FULL)
    for action in BOTH:
        simulated(made, action, "arn:aws:s3:::reports/*", "implicitDeny", MissingContextValues=list(missing))
    found = said(made, actions=BOTH)
    assert (found.status, words in found.message, "agrees" in found.message) == (status, True, False)


def test_a_role_that_is_gone() -> None:
    made = bare().changed("Functions", "worker", lambda raw: raw.update(Role=ROLE_ARN))
    made.item("Roles", RoleName="worker-role")
    words = "worker: its role worker-role does not exist any more, so it may do nothing."
    seen = cited("Roles", "iam:GetRole", "", {"RoleName": "worker-role"})
    assert made.ask(fun012) == (fun012.META.failed(made.view().function("worker"), words, seen, code="ROLE_GONE"),)


@pytest.mark.parametrize("key", ["Roles", "RolePolicies"])
def test_what_was_not_read_is_unknown(key: str) -> None:
    found = with_role(bare(), allow("*")).denied(key).ask(fun012)
    assert {(item.status, item.code) for item in found} == {(Status.UNKNOWN, "NOT_READ")}


def test_a_target_without_functions() -> None:
    (none,) = two_zones().ask(fun012)
    assert none.status is Status.NOT_APPLICABLE


def test_a_refused_simulation_leaves_the_verdict_alone() -> None:
    made = with_role(bare(), S3, FULL).denied("PolicySimulations")
    settings = made.settings(bucket="reports", actions=BOTH)
    found = engine.evaluate(made.snapshot(), settings, select=["FUN012"], fail_on=Severity.INFO)
    assert {item.status for item in found.findings} == {Status.PASS}
