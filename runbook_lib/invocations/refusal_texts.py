"""What AWS writes when it refuses a call, read into who, what, on what, and by which kind of policy.

Read are the documented shapes `User: <ARN> is not authorized to perform: <action> on resource: <ARN> because no <type>
policy allows …` and `… with an explicit deny in a <type> policy`, with or without the ARN of the policy, and the ways
in which SDKs word a refusal that tells no more than its code. The message names one kind of policy even when several
refuse, and some services name none.

Sources, read 2026-11-21:
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns (ARNs of policies)
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html (S3, its settings, no context for
other organisations) and using-with-s3-policy-actions.html (which action an operation of S3 needs)
https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from runbook_lib.invocations.base import Outcome

__all__ = ["Denial", "Origin", "has_refusal", "is_of_credentials", "refusals_in"]


class Origin(StrEnum):
    """Where a refusal comes from, in AWS's words; the last two are no policies."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    ENDPOINT = "VPC endpoint policy"
    RESOURCE = "resource-based policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    SESSION = "session policy"
    TRUST = "role trust policy"
    SETTING = "setting of the resource"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """One call that was refused; None is what the log does not tell.

    `principal` is an ARN without the name of the session, `resource` one without the key of an object or the name of a
    log stream: those may hold data. `exact` is the resource as AWS wrote it, to ask policies about, never to be shown.
    `said` is the origin that AWS names, `explicit` whether by a deny, `policy_arn` the policy if AWS names it too.
    `is_encoded` tells that AWS added a message that sts:DecodeAuthorizationMessage decodes. `start` and `outcome` are
    those of the invocation; `duration_ms` is how long after its start the log tells of it, so the call took no longer.
    """

    request_id: str | None = None
    principal: str | None = None
    action: str | None = None
    resource: str | None = None
    exact: str | None = field(default=None, repr=False)
    said: Origin | None = None
    explicit: bool | None = None
    policy_arn: str | None = None
    service: str | None = None
    is_encoded: bool = False
    start: datetime | None = None
    outcome: Outcome | None = None
    duration_ms: float | None = None
    text: str = ""


_TYPES = {
    "identity-based policy": Origin.IDENTITY,
    "permissions boundary": Origin.BOUNDARY,
    "vpc endpoint policy": Origin.ENDPOINT,
    "resource-based policy": Origin.RESOURCE,
    "service control policy": Origin.SERVICE_CONTROL,
    "resource control policy": Origin.RESOURCE_CONTROL,
    "session policy": Origin.SESSION,
    "sessions policy": Origin.SESSION,
    "role trust policy": Origin.TRUST,
}
_TYPE = rf"(?P<type>{'|'.join(_TYPES)})"
_FULL = re.compile(
    r"(?:User: (?P<who>\S+) +|\bUser )?is not\s+authorized to perform:\s+(?P<action>[\w-]+:\w+\*?)"
    r"(?:\s+on (?:the )?resource: (?:\"(?P<quoted>[^\"\n]*)\"|(?P<bare>[^\s\"]+)))?",
    re.IGNORECASE,
)
_NO_ALLOW = re.compile(rf"because no\s+{_TYPE}\s+allows(?: the \S+ action)?", re.IGNORECASE)
_DENY = re.compile(
    rf"with\s+an explicit deny in (?:an? |the )?{_TYPE}(?:: (?P<arn>arn:[^\s\"']+))?"
    r"(?: transitively through an? (?P<through>[\w -]+? policy|permissions boundary))?",
    re.IGNORECASE,
)
_UNTYPED_DENY = re.compile(r"with\s+an explicit deny\b", re.IGNORECASE)
_KEY_POLICY = re.compile(r"no resource-based policies allow access", re.IGNORECASE)
_SETTING = re.compile(r"because (?:this bucket|public|the object|object) ", re.IGNORECASE)
_ENCODED = re.compile(r"(Encoded authorization failure message:)\s*[\w+/=-]*", re.IGNORECASE)

_CODES = (
    r"(?:\w+\.)?(?:AccessDenied(?:Exception|Fault)?|UnauthorizedOperation|AuthorizationError(?:Exception)?"
    r"|AllAccessDisabled|KMSAccessDeniedException)"
)
_CODED = (
    re.compile(rf"An error occurred \((?:{_CODES}|403)\) when calling the (?P<operation>\w+) operation"),
    re.compile(
        r"operation error (?P<service>[\w ]{1,60}): (?P<operation>\w{1,80}),[^\n]{0,400}?"
        rf"(?:api error {_CODES}|StatusCode: 403)\b"
    ),
    re.compile(r"\(Service: (?:Amazon ?|AWS ?)?(?P<service>[^;,)]{1,60})[;,] Status Code: 403\b"),
    re.compile(rf"(?:^|[\s\"'(]){_CODES}: \S", re.MULTILINE),
    re.compile(rf"[\"']?(?:errorType|errorCode|name|Code|code|__type)[\"']?\s*[:=]\s*[\"'](?:[\w.]+#)?{_CODES}[\"']"),
    re.compile(rf"<Code>{_CODES}</Code>"),
    re.compile(r"You are not authorized to perform this operation"),
)
_NAMED = re.compile(r"Access to the resource (?P<url>\S+) is denied")
_NEXT = re.compile(r"[\n\"}]")
_CIPHERTEXT = re.compile(r"The ciphertext refers to a customer master key that does not exist", re.IGNORECASE)
_PLAIN_S3 = re.compile(r"AccessDenied\)?(?: when calling the \w+ operation)?[\"']?[:,] .{0,30}Access Denied\b")
_OF_S3 = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
}
# Names of services in SDKs that are not those of their IAM actions
_PREFIXES = {"cloudwatchlogs": "logs", "eventbridge": "events", "sesv2": "ses", "sfn": "states"}
_CREDENTIALS = re.compile(
    r"ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId", re.IGNORECASE
)
_SESSION = re.compile(r"(:assumed-role/[^/\s\"']+)/[^\s\"']+")
_OBJECT = re.compile(r"(arn:[\w-]+:s3:::[^/\s\"']+)/[^\"'\n]*?(?=[\"'\n]|\s+(?:because|with)\b|$)")
_LOG_STREAM = re.compile(r"(:log-stream:)[^\s\"']+")
_LENGTH = 400


def has_refusal(message: str) -> bool:
    """Whether a message may tell of a refusal; nearly all do not, and are not looked at closely."""
    return "enied" in message or "uthoriz" in message or "403)" in message or "ode: 403" in message


def is_of_credentials(text: str) -> bool:
    """Whether a refusal is one of the credentials themselves, which no policy decides."""
    return _CREDENTIALS.search(text) is not None


def refusals_in(message: str) -> Iterator[Denial]:
    """The calls that a message says AWS refused, in its order; none for other refusals, such as a database's."""
    text = message.replace('\\"', '"').replace("\\n", "\n")
    told = list(_FULL.finditer(text))
    for item, following in zip_longest(told, told[1:]):
        yield _full(item, text[item.end() : following.start() if following else None])
    if not told:
        coded = next((found for form in _CODED if (found := form.search(text))), None)
        if coded is not None or _CIPHERTEXT.search(text):
            yield _coded(text, coded)


def _full(told: re.Match[str], rest: str) -> Denial:
    exact = told["quoted"] or (told["bare"] or "").rstrip(".,;'")
    context = _context(rest[:_LENGTH])
    end = context.end or (found.start() if (found := _NEXT.search(rest)) else len(rest))
    return Denial(
        principal=_SESSION.sub(r"\1", told["who"]) if told["who"] else None,
        action=told["action"],
        resource=_shown(exact),
        exact=exact if _shown(exact) else None,
        said=context.said,
        explicit=context.explicit,
        policy_arn=context.arn,
        service=told["action"].partition(":")[0].lower(),
        is_encoded=_ENCODED.search(rest) is not None,
        text=_brief(told[0] + rest[:end]),
    )


class _Context(NamedTuple):
    """What follows who, what and on what: the origin that AWS names, whether it is a deny, the ARN of the policy."""

    said: Origin | None = None
    explicit: bool | None = None
    arn: str | None = None
    end: int = 0


def _context(rest: str) -> _Context:
    if found := _DENY.search(rest):
        # The deny of an endpoint policy may stand for that of an organisation, which is what has to be changed.
        through = _TYPES.get((found["through"] or "").lower())
        arn = (found["arn"] or "").rstrip(".,;") or None
        return _Context(through or _TYPES[found["type"].lower()], True, arn, found.end())
    if found := _NO_ALLOW.search(rest):
        return _Context(_TYPES[found["type"].lower()], False, end=found.end())
    if _KEY_POLICY.search(rest):
        return _Context(Origin.RESOURCE)
    if _SETTING.search(rest):
        return _Context(Origin.SETTING)
    return _Context(None, True if _UNTYPED_DENY.search(rest) else None)


def _coded(text: str, found: re.Match[str] | None) -> Denial:
    """A refusal that tells no more than its code, and perhaps the operation, the service and the resource."""
    groups = found.groupdict() if found else {}
    operation, service = groups.get("operation"), (groups.get("service") or "").replace(" ", "").lower() or None
    named = _NAMED.search(text)
    if found is None or _CIPHERTEXT.search(text):
        service, operation = "kms", operation or "Decrypt"
    elif service is None:
        service = _service_of(text, operation, named["url"] if named else "")
    service = _PREFIXES.get(service or "", service)
    action = f"{service}:{operation}" if service and operation else None
    start, end = (found.start(), found.end()) if found else (0, 0)
    following = _NEXT.search(text, end)
    return Denial(
        action=_OF_S3.get(operation or "", action) if service == "s3" else action,
        resource=named["url"] if named else None,
        service=service,
        is_encoded=_ENCODED.search(text) is not None,
        text=_brief(text[start : following.start() if following else None]),
    )


def _service_of(text: str, operation: str | None, url: str) -> str | None:
    """The service that the wording gives away."""
    if operation in _OF_S3 or _PLAIN_S3.search(text):
        return "s3"
    if "UnauthorizedOperation" in text:
        return "ec2"
    return "sqs" if "//sqs." in url or ".queue.amazonaws." in url else None


def _shown(resource: str | None) -> str | None:
    if resource is None or not (resource == "*" or resource.startswith("arn:")):
        return None
    return _LOG_STREAM.sub(r"\1*", _OBJECT.sub(r"\1/*", resource))


def _brief(text: str) -> str:
    """The words of AWS on one line, without names of sessions, keys of objects and what is encoded."""
    line = text[: 3 * _LENGTH]
    line = _ENCODED.sub(r"\1 …", _LOG_STREAM.sub(r"\1*", _OBJECT.sub(r"\1/*", _SESSION.sub(r"\1/*", line))))
    line = " ".join(line.split())
    return line if len(line) <= _LENGTH else f"{line[: _LENGTH - 1]}…"
