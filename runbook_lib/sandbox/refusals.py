"""The words in which each AWS service refuses, throttles, breaks or reports an expired token."""

from __future__ import annotations

from runbook_lib.sandbox.environment import CALLER_ARN
from runbook_lib.sandbox.faults import FaultKind
from runbook_lib.sandbox.wire import QUERY, AwsError, Call

__all__ = ["refusal", "unsupported"]

# service → status and code; "" stands for services that speak JSON
_CODES: dict[FaultKind, dict[str, tuple[int, str]]] = {
    FaultKind.DENIED: {
        "ec2": (403, "UnauthorizedOperation"),
        "lambda": (403, "AccessDeniedException"),
        "s3": (403, "AccessDenied"),
        "query": (403, "AccessDenied"),
        "": (400, "AccessDeniedException"),
    },
    FaultKind.THROTTLED: {
        "ec2": (503, "RequestLimitExceeded"),
        "lambda": (429, "TooManyRequestsException"),
        "s3": (503, "SlowDown"),
        "query": (400, "Throttling"),
        "": (400, "ThrottlingException"),
    },
    FaultKind.BROKEN: {
        "ec2": (500, "InternalError"),
        "lambda": (500, "ServiceException"),
        "s3": (500, "InternalError"),
        "query": (500, "InternalFailure"),
        "": (500, "InternalFailure"),
    },
    FaultKind.EXPIRED: {
        "ec2": (400, "RequestExpired"),
        "lambda": (403, "ExpiredTokenException"),
        "s3": (400, "ExpiredToken"),
        "query": (403, "ExpiredToken"),
        "": (400, "ExpiredTokenException"),
    },
}
_MESSAGES = {
    FaultKind.THROTTLED: "Request limit exceeded.",
    FaultKind.BROKEN: "An internal error has occurred.",
    FaultKind.EXPIRED: "The security token included in the request is expired",
}


def _kind_of(service: str) -> str:
    if service in ("ec2", "lambda", "s3"):
        return service
    return "query" if service in QUERY else ""


def refusal(kind: FaultKind, call: Call) -> AwsError:
    """The error of a fault that answers (not slow, not hang)."""
    status, code = _CODES[kind][_kind_of(call.service)]
    message = _MESSAGES.get(kind) or _denied(call)
    return AwsError(status=status, code=code, message=message)


def _denied(call: Call) -> str:
    reason = f"User: {CALLER_ARN} is not authorized to perform: {call.action}"
    if call.service == "s3":
        return f"{reason} because no identity-based policy allows the {call.action} action"
    if call.service == "ec2":
        return (
            f"You are not authorized to perform this operation. {reason} because no identity-based policy allows "
            f"the {call.action} action"
        )
    return f"{reason} on resource: * because no identity-based policy allows the {call.action} action"


def unsupported(call: Call) -> AwsError:
    """The error for an operation that the embedded AWS does not have."""
    text = f"The action {call.operation or 'requested'} is not available in the embedded AWS."
    if _kind_of(call.service) in ("ec2", "query"):
        return AwsError(status=400, code="InvalidAction", message=text)
    if call.service == "s3":
        return AwsError(status=501, code="NotImplemented", message=text)
    return AwsError(status=400, code="UnknownOperationException", message=text)
