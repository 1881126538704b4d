"""FUN016: was a call refused, and by what?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun016_no_call_refused as fun016
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import ACCOUNT, REGION, World
from tests.checks.function.about import cited, config, events, logged
from tests.checks.worlds import two_zones
from tests.roles import FULL, allow, deny, with_role

PRINCIPAL = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker-role"
BUCKET = "arn:aws:s3:::reports"
PUT = f'is not authorized to perform: s3:PutObject on resource: "{BUCKET}/in/a.pdf"'
ENDPOINT = "with an explicit deny in a VPC endpoint policy"
IDENTITY = "because no identity-based policy allows the s3:PutObject action"
TIMEOUT = 'Connect timeout on endpoint URL: "https://reports.s3.amazonaws.com/"'
ORGANISATION = "service control policy, resource control policy, session policy"
UPLOADS = allow("s3:PutObject", on=f"{BUCKET}/*", Sid="Uploads")


def refused(why: str = "", *, call: str = PUT, who: str = PRINCIPAL, lead: str = "[ERROR] ClientError: ") -> str:
    """A line that tells of a refusal, as the Python runtime writes it."""
    return f"{lead}An error occurred (AccessDenied) when calling X: User: {who}/worker {call} {why}\nTraceback x"


def made_of(line: str, *statements: Any, **more: Any) -> World:
    """`worker` with a role, and an invocation of 200 ms that ends with a line."""
    return logged(with_role(config(), FULL, *statements, **more), 0.2, line=line)


def behind(made: World, *statements: Any) -> World:
    """The same with an S3 endpoint that has a policy of these statements."""
    told = [{**item, "Principal": "*"} for item in statements]
    return made.gateway_endpoint("s3", tables=["main"], PolicyDocument={"Statement": told})


def said(made: World) -> str:
    """The message of the only finding, without what was refused."""
    (found,) = made.ask(fun016)
    assert found.status is Status.FAIL
    return found.message.partition("ms of the start: ")[2]


def line_of(text: str) -> Evidence:
    value = {"message": f"User: {PRINCIPAL}/* {text}"}
    return Evidence(operation="logs:FilterLogEvents", pointer=f"/accounts/{ACCOUNT}/{REGION}/Events", value=value)


def test_a_refusal_that_the_endpoint_explains() -> None:
    no_uploads = deny("s3:PutObject", Sid="NoUploads")
    made = behind(made_of(refused(ENDPOINT), UPLOADS), allow("s3:*"), no_uploads)
    made = logged(made, 0.4)
    policy = made.view().endpoint("vpce-s3").policy
    assert made.ask(fun016) == (
        fun016.META.failed(
            made.view().function("worker"),
            "worker was refused s3:PutObject on arn:aws:s3:::reports/* in 1 of 2 invocations, answered within 201 ms "
            "of the start: AWS names an explicit deny in a VPC endpoint policy; role worker-role may do it; statement "
            "NoUploads of vpce-s3 denies it; not seen and still possible beside it: resource-based policy, "
            f"{ORGANISATION}.",
            events(failure=1, success=1),
            line_of(f'is not authorized to perform: s3:PutObject on resource: "{BUCKET}/*" {ENDPOINT}'),
            cited("RolePolicies", "iam:GetRolePolicy", "/Document/Statement/1", UPLOADS),
            cited("VpcEndpoints", "ec2:DescribeVpcEndpoints", "/PolicyDocument", policy),
            code="REFUSED_BY_ENDPOINT",
            scope="s3:PutObject worker-role explicit VPC endpoint policy",
        ),
    )


@pytest.mark.parametrize(
    ("statements", "more", "clause"),
    [
        ([], {}, "no policy of role worker-role allows it"),
        ([UPLOADS], {}, "role worker-role may do it as it is now"),
        ([deny("s3:*", Sid="No")], {}, "statement No of policy work denies it"),
        ([UPLOADS], {"boundary": [FULL]}, "the permissions boundary of role worker-role does not allow it"),
        (
            [UPLOADS],
            {"boundary": [allow("*"), deny("s3:*", Sid="No")]},
            "statement No of permissions boundary limit denies it",
        ),
        (
            [allow("s3:PutObject", Sid="If", Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}})],
            {},
            "statement If of policy work makes it depend on aws:PrincipalTag/team",
        ),
    ],
)
def test_what_the_role_says_beside_aws(statements: list[Any], more: dict[str, Any], clause: str) -> None:
    first, second, _ = said(made_of(refused(IDENTITY), *statements, **more)).split("; ")
    assert (first, second) == ("AWS says that no identity-based policy allows it", clause)


@pytest.mark.parametrize(
    ("why", "statements", "policy", "expected"),
    [
        ("", [UPLOADS], [allow("s3:*")], f"resource-based policy, {ORGANISATION}"),
        ("", [], [allow("s3:*")], f"resource-based policy, {ORGANISATION}"),
        (
            "",
            [UPLOADS],
            [allow("s3:*", Condition={"Bool": {"x": "y"}})],
            f"VPC endpoint policy, resource-based policy, {ORGANISATION}",
        ),
        (ENDPOINT, [UPLOADS], [allow("s3:*")], f"resource-based policy, {ORGANISATION}"),
    ],
)
def test_what_was_not_seen_is_named(why: str, statements: list[Any], policy: list[Any], expected: str) -> None:
    last = said(behind(made_of(refused(why), *statements), *policy)).split("; ")[-1]
    assert last.removesuffix(".").partition(": ")[2] == expected


@pytest.mark.parametrize(("granted", "is_open"), [("s3:*", False), ("sqs:*", True)])
def test_policies_that_allow_it_are_ruled_out_beside_a_boundary(granted: str, is_open: bool) -> None:
    why = "because no permissions boundary allows the s3:PutObject action"
    found = said(made_of(refused(why), allow(granted), boundary=[allow("sqs:*")]))
    unseen = found.partition("still possible beside it: ")[2]
    assert ("identity-based policy" in unseen or "no policy of role worker-role allows it" in found) is is_open
    assert "resource-based policy" in unseen


def test_nothing_is_ruled_out_unread() -> None:
    found = said(made_of(refused()).denied("RolePolicies", "VpcEndpoints"))
    assert found == (
        "AWS does not say by which policy; the list of role policies could not be read; the list of VPC endpoints "
        "could not be read; not seen and still possible: identity-based policy, permissions boundary, VPC endpoint "
        f"policy, resource-based policy, {ORGANISATION}."
    )


@pytest.mark.parametrize("name", ["111122223333:assumed-role/partner", "444455556666:assumed-role/worker-role"])
def test_the_call_of_another_role(name: str) -> None:
    other = f"arn:aws:sts::{name}"
    found = said(made_of(refused(who=other)))
    assert found.startswith(
        f"AWS does not say by which policy; it was called as {other}, whose policies were not read; not seen and still "
        "possible: identity-based policy, permissions boundary, VPC endpoint policy, "
    )


ASSUME = "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/x"


def test_a_role_that_is_assumed_has_a_trust_policy() -> None:
    assert said(made_of(refused(call=ASSUME))).endswith("session policy, role trust policy.")


def test_an_endpoint_policy_where_no_endpoint_is_seen() -> None:
    assert "; vpc-main has no endpoint for s3; " in said(made_of(refused(ENDPOINT), UPLOADS))
    sqs = "is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:eu-west-3:1:q"
    made = made_of(refused(ENDPOINT, call=sqs)).interface_endpoint("sqs")
    assert "; vpc-main has no endpoint for sqs; " in said(made)


SCP = "arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-1"


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (
            f"with an explicit deny in a service control policy: {SCP}",
            f"AWS names an explicit deny in a service control policy ({SCP})",
        ),
        ("with an explicit deny in an identity-based policy", "AWS names an explicit deny in an identity-based policy"),
        ("because this bucket has blocked upload requests", "AWS names a setting of the resource"),
        ("with an explicit deny", "AWS says by an explicit deny, not in which policy"),
        (
            "because the resource does not exist in this Region, no resource-based policies allow access",
            "AWS names the resource-based policy, or a resource that does not exist in this Region",
        ),
    ],
)
def test_what_aws_names(why: str, expected: str) -> None:
    assert said(made_of(refused(why), UPLOADS)).partition(";")[0] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "[ERROR] ClientError: An error occurred (ExpiredToken) when calling the GetObject operation: x\nTraceback",
            "its credentials were refused, which no policy decides ([ERROR] ClientError: An error occurred "
            "(ExpiredToken) when calling the GetObject operation: x Traceback).",
        ),
        (
            "[ERROR] OperationalError: Access denied for user 'app'\nTraceback",
            "the log says: [ERROR] OperationalError: Access denied for user 'app' Traceback; not seen and still "
            "possible: identity-based policy, permissions boundary, VPC endpoint policy, resource-based policy, "
            f"{ORGANISATION}.",
        ),
    ],
)
def test_refusals_in_other_words(line: str, expected: str) -> None:
    assert said(made_of(line)) == expected


def test_an_object_that_may_not_be_there_and_a_message_that_can_be_decoded() -> None:
    line = "An error occurred (403) when calling the HeadObject operation: Forbidden"
    assert "; S3 answers so for an object that is not there too, unless " in said(
        made_of(f"[ERROR] ClientError: {line}\nTraceback")
    )
    coded = refused("Encoded authorization failure message: 4a-B_c9")
    assert said(made_of(coded)).endswith("that `aws sts decode-authorization-message` explains.")
    assert "4a-B_c9" not in str(made_of(coded).ask(fun016))


def severity(line: str) -> tuple[Status, Severity, bool]:
    (found,) = made_of(line).ask(fun016)
    return found.status, found.severity, found.message.endswith("; the code went on without it.")


def test_a_refusal_that_was_survived_is_a_refusal_all_the_same() -> None:
    assert severity(refused(lead="[INFO]\t2026-11-21T12:00:00.060Z\t{id}\t")) == (Status.FAIL, Severity.LOW, True)
    assert severity(refused(lead="skipped: ")) == (Status.FAIL, Severity.HIGH, False)
    assert severity(refused()) == (Status.FAIL, Severity.HIGH, False)


def test_failures_that_waited_are_another_matter() -> None:
    made = logged(made_of(refused(), UPLOADS), 60, line=f"[ERROR] ConnectTimeoutError: {TIMEOUT}\nTraceback")
    assert said(made).endswith("; another 1 failed waiting for an answer, which is no matter of permissions.")


def test_several_refusals_have_a_finding_each() -> None:
    made = logged(made_of(refused(IDENTITY)), 0.2, 0.3, line=refused(call=ASSUME))
    found = made.ask(fun016)
    assert [(item.scope, item.message.split(", ")[0]) for item in found] == [
        (
            "s3:PutObject worker-role implicit identity-based policy",
            "worker was refused s3:PutObject on arn:aws:s3:::reports/* in 1 of 3 invocations",
        ),
        (
            "sts:AssumeRole worker-role",
            "worker was refused sts:AssumeRole on arn:aws:iam::1:role/x in 2 of 3 invocations",
        ),
    ]
    assert "answered within 201 to 301 ms of the start" in found[1].message


def answer(made: World) -> tuple[Status, str]:
    found: tuple[Finding, ...] = made.ask(fun016)
    return found[0].status, found[0].code


def test_no_refusal() -> None:
    made = logged(config(), 0.2, 60, line="")
    passed = fun016.META.passed(
        made.view().function("worker"),
        "worker: none of 2 invocations tells of a call that was refused.",
        events(success=2),
    )
    assert made.ask(fun016) == (passed,)
    assert answer(logged(config(), 60, line=f"[ERROR] ConnectTimeoutError: {TIMEOUT}\nTraceback")) == (
        Status.PASS,
        "OK",
    )


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (config(), "UNSEEN"),
        (config().counted(Invocations=3), "UNSEEN"),
        (config().invoked("worker", "ok", "open"), "UNSEEN"),
        (logged(config(), 1.0).truncated("Events", "truncated: 3 events"), "UNSEEN"),
        (logged(config(), 1.0).denied("Events"), "NOT_READ"),
        (logged(config(), 1.0, line="[ERROR] UploadError: it did not work\nTraceback"), "UNNAMED"),
    ],
)
def test_what_was_not_seen_is_no_pass(made: World, code: str) -> None:
    assert answer(made) == (Status.UNKNOWN, code)


def test_a_refusal_is_told_although_the_log_is_not_whole() -> None:
    assert answer(made_of(refused(IDENTITY)).truncated("Events", "cut")) == (Status.FAIL, "REFUSED_BY_IDENTITY")


def test_a_function_that_nobody_invoked_and_a_target_without_functions() -> None:
    assert answer(config().counted(missing=["Invocations"])) == (Status.NOT_APPLICABLE, "NOT_APPLICABLE")
    assert answer(two_zones()) == (Status.NOT_APPLICABLE, "NOT_APPLICABLE")
