"""What AWS writes when it refuses: every documented shape, and what other words are none."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.invocations.refusal_texts import Denial, Origin, has_refusal, refusals_in

ROLE = "arn:aws:sts::123456789012:assumed-role/lambda-in-vpc"
USER = f"User: {ROLE}/render-invoice-pdf"
HIDDEN = f"User: {ROLE}/*"
BUCKET = "arn:aws:s3:::lumen-invoices"


def told(message: str) -> Denial:
    """The only refusal in a message; a glance is enough to look at it."""
    assert has_refusal(message)
    (found,) = refusals_in(message)
    return found


def listed(text: str, **more: Any) -> Denial:
    """`codecommit:ListRepositories`, as the pages of IAM have it."""
    action, service = "codecommit:ListRepositories", "codecommit"
    return Denial(**{"principal": ROLE, "action": action, "service": service, "text": f"{HIDDEN} {text}", **more})


@pytest.mark.parametrize(
    ("words", "origin"),
    [
        ("no identity-based policy", Origin.IDENTITY),
        ("no resource-based policy", Origin.RESOURCE),
        ("no VPC endpoint policy", Origin.ENDPOINT),
        ("no permissions boundary", Origin.BOUNDARY),
        ("no service control policy", Origin.SERVICE_CONTROL),
        ("no resource control policy", Origin.RESOURCE_CONTROL),
        ("no session policy", Origin.SESSION),
        ("no role trust policy", Origin.TRUST),
    ],
)
def test_what_nothing_allows(words: str, origin: Origin) -> None:
    asked = "is not authorized to perform: codecommit:ListRepositories"
    why = f"because {words} allows the codecommit:ListRepositories action"
    assert told(f"{USER} {asked} {why}") == listed(f"{asked} {why}", said=origin, explicit=False)


@pytest.mark.parametrize(
    ("words", "origin"),
    [
        ("an identity-based policy", Origin.IDENTITY),
        ("a resource-based policy", Origin.RESOURCE),
        ("a VPC endpoint policy", Origin.ENDPOINT),
        ("a permissions boundary", Origin.BOUNDARY),
        ("a service control policy", Origin.SERVICE_CONTROL),
        ("a resource control policy", Origin.RESOURCE_CONTROL),
        ("a session policy", Origin.SESSION),
        ("a sessions policy", Origin.SESSION),
        ("the role trust policy", Origin.TRUST),
        ("a VPC endpoint policy transitively through a service control policy", Origin.SERVICE_CONTROL),
    ],
)
def test_what_something_denies(words: str, origin: Origin) -> None:
    said = f"is not authorized to perform: codecommit:ListRepositories with an explicit deny in {words}"
    assert told(f"{USER} {said}") == listed(said, said=origin, explicit=True)


def test_the_policy_that_is_named_too() -> None:
    policy = "arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-1a2b"
    asked = "is not authorized to perform: codecommit:ListRepositories"
    said = f"{asked} with an explicit deny in a service control policy: {policy}"
    found = listed(f"{said}.", said=Origin.SERVICE_CONTROL, explicit=True, policy_arn=policy, is_encoded=True)
    assert told(f"{USER} {said}. Encoded authorization failure message: 4a-B_c9") == found


def test_names_of_sessions_and_keys_of_objects_are_not_shown() -> None:
    key = "2026/Erika Mustermann (final).pdf"
    message = (
        "[ERROR] ClientError: An error occurred (AccessDenied) when calling the PutObject operation: User: "
        f'{ROLE}/erika@example.com is not authorized to perform: s3:PutObject on resource: "{BUCKET}/{key}" with an '
        "explicit deny in a VPC endpoint policy\nTraceback (most recent call last):\n"
    )
    assert told(message) == Denial(
        principal=ROLE,
        action="s3:PutObject",
        resource=f"{BUCKET}/*",
        exact=f"{BUCKET}/{key}",
        said=Origin.ENDPOINT,
        explicit=True,
        service="s3",
        text=f'{HIDDEN} is not authorized to perform: s3:PutObject on resource: "{BUCKET}/*" with an explicit deny in '
        "a VPC endpoint policy",
    )
    assert "erika" not in repr(told(message)).lower()


def test_a_line_of_json() -> None:
    said = (
        f'User: {ROLE}/x is not authorized to perform: s3:PutObject on resource: \\"{BUCKET}/a.pdf\\" because no '
        "identity-based policy allows the s3:PutObject action"
    )
    found = told(f'{{"level": "ERROR", "errorMessage": "{said}", "customer": "secret"}}')
    assert (found.resource, found.said, found.explicit) == (f"{BUCKET}/*", Origin.IDENTITY, False)
    assert "secret" not in found.text


def test_every_call_that_one_line_tells_of() -> None:
    one = f"{USER} is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:1:q"
    other = "User: arn:aws:iam::1:user/x is not authorized to perform: sns:Publish because no session policy allows it"
    found = list(refusals_in(f"{one}, then {other}"))
    assert [(item.action, item.said) for item in found] == [("sqs:SendMessage", None), ("sns:Publish", Origin.SESSION)]


def kms(**more: Any) -> Denial:
    return Denial(action="kms:Decrypt", service="kms", **more)


CIPHERTEXT = (
    "An error occurred (AccessDeniedException) when calling the Decrypt operation: The ciphertext refers to a customer "
    "master key that does not exist, does not exist in this region, or you are not allowed to access."
)
KEY = (
    "is not authorized to perform: kms:Decrypt on this resource because the resource does not exist in this Region, no "
    "resource-based policies allow access, or a resource-based policy explicitly denies access"
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (CIPHERTEXT, kms(text=CIPHERTEXT)),
        (f"{USER} {KEY}", kms(principal=ROLE, said=Origin.RESOURCE, text=f"{HIDDEN} {KEY}")),
    ],
)
def test_keys(message: str, expected: Denial) -> None:
    assert told(message) == expected


PUBLIC = "because public access control lists (ACLs) are blocked by the BlockPublicAcls block public access setting"


@pytest.mark.parametrize(
    ("rest", "said", "explicit"),
    [
        (PUBLIC, Origin.SETTING, None),
        ("because this bucket has blocked upload requests that specify SSE-C", Origin.SETTING, None),
        ("with an explicit deny", None, True),
        ("(Service: S3, Status Code: 403, Request ID: 4X)", None, None),
        ("because of the moon", None, None),
    ],
)
def test_other_reasons(rest: str, said: Origin | None, explicit: bool | None) -> None:
    found = told(f'{USER} is not authorized to perform: s3:PutObject on resource: "{BUCKET}/a" {rest}')
    assert (found.action, found.said, found.explicit) == ("s3:PutObject", said, explicit)


@pytest.mark.parametrize(
    ("message", "action", "service"),
    [
        ("An error occurred (AccessDenied) when calling the PutObject operation: Access Denied", "s3:PutObject", "s3"),
        ("An error occurred (403) when calling the HeadObject operation: Forbidden", "s3:GetObject", "s3"),
        ("An error occurred (AccessDeniedException) when calling the Query operation: no", None, None),
        (
            "operation error S3: ListObjectsV2, https response error StatusCode: 403, RequestID: 4, HostID: e, api "
            "error AccessDenied: Access Denied",
            "s3:ListBucket",
            "s3",
        ),
        ("operation error SFN: StartExecution, api error AccessDeniedException: no", "states:StartExecution", "states"),
        ("Access Denied (Service: S3, Status Code: 403, Request ID: 4XZ)", None, "s3"),
        ("Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)", None, "s3"),
        ("AccessDenied: Access Denied\n    at throwDefaultError", None, "s3"),
        ("service error: AccessDenied: Access Denied", None, "s3"),
        ('{"errorType":"AccessDeniedException","errorMessage":"no"}', None, None),
        ("{ name: 'AccessDenied', '$fault': 'client' }", None, None),
        ("<Error><Code>AccessDenied</Code><Message>Access Denied</Message>", None, None),
        (
            "An error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: You are not "
            "authorized to perform this operation. Encoded authorization failure message: 4a-B_c9",
            "ec2:DescribeInstances",
            "ec2",
        ),
    ],
)
def test_refusals_that_tell_only_their_code(message: str, action: str | None, service: str | None) -> None:
    found = told(message)
    assert (found.principal, found.action, found.service, found.said) == (None, action, service, None)
    assert found.is_encoded is ("Encoded" in message)
    assert "4a-B_c9" not in found.text


def test_a_queue_that_is_named_by_its_address() -> None:
    url = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders"
    refused = "An error occurred (AccessDenied) when calling the SendMessage operation"
    said = f"{refused}: Access to the resource {url} is denied."
    assert told(said) == Denial(action="sqs:SendMessage", resource=url, service="sqs", text=said)


@pytest.mark.parametrize(
    "message",
    [
        "ERROR 1045 (28000): Access denied for user 'app'@'10.0.1.5' (using password: YES)",
        "psycopg2.OperationalError: permission denied for table invoices",
        'INFO retry_on = ["AccessDenied", "SlowDown"]',
        "AccessDenied is not retried",
        "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.example.com/v1",
        "ExpiredTokenException: The security token included in the request is expired",
        "uploaded 403 objects",
        "",
    ],
)
def test_words_that_are_no_refusal_of_aws(message: str) -> None:
    assert list(refusals_in(message)) == []


@pytest.mark.parametrize("message", ["START RequestId: 40312345", "uploaded 403 objects", "author: Erika"])
def test_what_a_glance_lets_go(message: str) -> None:
    assert not has_refusal(message)
