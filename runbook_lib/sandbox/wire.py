"""Recognises which AWS operation an HTTP request asks for, and writes errors in the shape of its protocol."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qs

__all__ = ["QUERY", "AwsError", "Call", "error_response", "recognise"]

QUERY = ("autoscaling", "cloudformation", "elasticloadbalancing", "iam", "monitoring", "rds", "sts")
"""Signing names of the services that speak, or once spoke, the query protocol."""

Environ = dict[str, Any]

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/")
_SERVICE_MODEL = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
_IAM_PREFIX = {"monitoring": "cloudwatch"}
_IAM_ACTION = {
    "apigateway:GetIntegrations": "apigateway:GET",
    "apigateway:GetResources": "apigateway:GET",
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeAsync": "lambda:InvokeFunction",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
}
_REST = ("lambda", "s3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One recognised request; `action` is the IAM action, `operation` the API operation ('' when not recognised).

    `is_json` says that the operation was named in a header, as the JSON protocols do.
    """

    service: str
    operation: str
    action: str
    region: str
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsError:
    """An error as AWS words it."""

    status: int
    code: str
    message: str


def recognise(environ: Environ) -> Call:
    """The operation a WSGI request asks for; the body stays readable."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    region, service = scope.groups() if scope else ("", "s3")
    operation = _operation(environ, service)
    action = f"{_IAM_PREFIX.get(service, service)}:{operation}"
    return Call(
        service=service,
        operation=operation,
        action=_IAM_ACTION.get(action, action),
        region=region,
        is_json="HTTP_X_AMZ_TARGET" in environ,
    )


def _operation(environ: Environ, service: str) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if service not in _REST and environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        return str(parse_qs(body.decode()).get("Action", [""])[0])
    return _rest_operation(environ, service)


def _rest_operation(environ: Environ, service: str) -> str:
    from moto.core.request import Request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import NotFound

    model = _SERVICE_MODEL.get(service, service)
    if service == "apigateway" and environ.get("PATH_INFO", "").startswith("/v2/"):
        model = "apigatewayv2"
    try:
        operation, _ = get_service_router(model).match(Request(dict(environ)))
    except (NotFound, NotImplementedError):
        return ""
    return str(operation.name)


def error_response(call: Call, error: AwsError, request_id: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status line, headers and body of an error in the protocol of the call."""
    service = call.service
    code, message = escape(error.code, quote=False), escape(error.message, quote=False)
    headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]
    if service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    elif service == "s3":
        headers.append(("x-amz-request-id", request_id))
        body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
    elif service in QUERY and not call.is_json:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    else:
        headers = [
            ("Content-Type", "application/json"),
            ("x-amzn-RequestId", request_id),
            ("x-amzn-ErrorType", error.code),
        ]
        if service in QUERY:
            # Such a service keeps the codes of the query protocol it once spoke.
            headers.append(("x-amzn-query-error", f"{error.code};{'Sender' if error.status < 500 else 'Receiver'}"))
        body = json.dumps({"__type": error.code, "message": error.message, "Message": error.message})
    return f"{error.status} {error.code}", [*headers, ("Content-Length", str(len(body.encode())))], body.encode()
