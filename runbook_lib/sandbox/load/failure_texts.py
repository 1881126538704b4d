"""How the SDK of each runtime words a failure: the type it throws and the message, as they reach the log.

Python: botocore and requests. Node.js: AWS SDK v3 and the system errors under it. Java: AWS SDK 2.x over Apache.
Go: AWS SDK v2. .NET: AWSSDK and HttpClient. A custom runtime is a program in Rust over aws-sdk-rust.
"""

from __future__ import annotations

from collections.abc import Mapping

from runbook_lib.sandbox.environment import ACCOUNT
from runbook_lib.sandbox.load.jobs import Failure, FailureKind

__all__ = ["message_of", "type_of"]

_Texts = Mapping[FailureKind, tuple[str, str]]
_K = FailureKind

_DENIED = (
    "User: arn:aws:sts::{account}:assumed-role/{role}/{function} is not authorized to perform: "
    '{prefix}:{operation} on resource: "{resource}" {refused}'
)
# What PostgreSQL 16 says; a database that has max_connections taken by superusers too says "sorry, too many clients".
_FULL = 'remaining connection slots are reserved for roles with privileges of the "rds_reserved" role'
# What Lambda answers whoever invokes a function with more than an event may have.
_TOO_LARGE = "1153434 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
_BUSY = {
    "SlowDown": "Please reduce your request rate.",
    "TooManyRequestsException": "Rate Exceeded.",
    "ThrottlingException": "Rate exceeded",
}

_PYTHON: _Texts = {
    _K.PAYLOAD_TOO_LARGE: (
        "ClientError",
        "An error occurred (RequestEntityTooLargeException) when calling the {operation} operation: " + _TOO_LARGE,
    ),
    _K.CONNECT_TIMEOUT: ("ConnectTimeoutError", 'Connect timeout on endpoint URL: "{url}"'),
    _K.READ_TIMEOUT: ("ReadTimeoutError", 'Read timeout on endpoint URL: "{url}"'),
    _K.RESET: ("ConnectionError", "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"),
    _K.REFUSED: ("EndpointConnectionError", 'Could not connect to the endpoint URL: "{url}"'),
    _K.CLOSED: (
        "ConnectionClosedError",
        'Connection was closed before we received a valid response from endpoint URL: "{url}".',
    ),
    _K.DNS: (
        "ConnectionError",
        "HTTPSConnectionPool(host='{host}', port={port}): Max retries exceeded with url: /{key} (Caused by "
        "NameResolutionError(\"HTTPSConnection(host='{host}', port={port}): Failed to resolve '{host}' "
        '([Errno -3] Temporary failure in name resolution)"))',
    ),
    _K.TLS: (
        "SSLError",
        "SSL validation failed for {url} [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get "
        "local issuer certificate (_ssl.c:1028)",
    ),
    _K.UNREACHABLE: ("OSError", "[Errno 101] Network is unreachable"),
    _K.THROTTLED: (
        "ClientError",
        "An error occurred ({code}) when calling the {operation} operation (reached max retries: {retries}): {busy}",
    ),
    _K.TOO_MANY_CONNECTIONS: (
        "OperationalError",
        'connection to server at "{host}" ({address}), port {port} failed: FATAL:  ' + _FULL,
    ),
    _K.ACCESS_DENIED: (
        "ClientError",
        "An error occurred (AccessDenied) when calling the {operation} operation: " + _DENIED,
    ),
}
_NODE: _Texts = {
    _K.PAYLOAD_TOO_LARGE: ("RequestEntityTooLargeException", _TOO_LARGE),
    _K.CONNECT_TIMEOUT: ("TimeoutError", "connect ETIMEDOUT {address}:{port}"),
    _K.READ_TIMEOUT: ("TimeoutError", "Connection timed out after {read_ms} ms"),
    _K.RESET: ("Error", "read ECONNRESET"),
    _K.REFUSED: ("Error", "connect ECONNREFUSED {address}:{port}"),
    _K.CLOSED: ("Error", "socket hang up"),
    _K.DNS: ("Error", "getaddrinfo EAI_AGAIN {host}"),
    _K.TLS: ("Error", "unable to get local issuer certificate"),
    _K.UNREACHABLE: ("Error", "connect ENETUNREACH {address}:{port}"),
    _K.THROTTLED: ("{code}", "{busy}"),
    _K.TOO_MANY_CONNECTIONS: ("error", _FULL),
    _K.ACCESS_DENIED: ("AccessDenied", _DENIED),
}
_JAVA_PREFIX = "software.amazon.awssdk.core.exception.SdkClientException"
_JAVA_TAIL = " (SDK Attempt Count: {attempts})"
_JAVA_CONNECT = "Unable to execute HTTP request: Connect to {host}:{port} [{host}/{address}] failed: "
_JAVA: _Texts = {
    _K.PAYLOAD_TOO_LARGE: (
        "software.amazon.awssdk.services.lambda.model.LambdaException",
        _TOO_LARGE + " (Service: {service}, Status Code: 413, Request ID: 4XZ6T0R5N2EXAMPLE) (SDK Attempt Count: 1)",
    ),
    _K.CONNECT_TIMEOUT: (_JAVA_PREFIX, _JAVA_CONNECT + "Connect timed out" + _JAVA_TAIL),
    _K.READ_TIMEOUT: (_JAVA_PREFIX, "Unable to execute HTTP request: Read timed out" + _JAVA_TAIL),
    _K.RESET: (_JAVA_PREFIX, "Unable to execute HTTP request: Connection reset" + _JAVA_TAIL),
    _K.REFUSED: (_JAVA_PREFIX, _JAVA_CONNECT + "Connection refused" + _JAVA_TAIL),
    _K.CLOSED: (
        _JAVA_PREFIX,
        "Unable to execute HTTP request: The target server failed to respond" + _JAVA_TAIL,
    ),
    _K.DNS: (
        _JAVA_PREFIX,
        "Received an UnknownHostException when attempting to interact with a service. See cause for the exact endpoint"
        " that is failing to resolve. If this is happening on an endpoint that previously worked, there may be a "
        "network connectivity issue or your DNS cache could be storing endpoints for too long." + _JAVA_TAIL,
    ),
    _K.TLS: (
        _JAVA_PREFIX,
        "Unable to execute HTTP request: PKIX path building failed: sun.security.provider.certpath."
        "SunCertPathBuilderException: unable to find valid certification path to requested target" + _JAVA_TAIL,
    ),
    _K.UNREACHABLE: (_JAVA_PREFIX, _JAVA_CONNECT + "Network is unreachable" + _JAVA_TAIL),
    _K.THROTTLED: (
        "software.amazon.awssdk.services.s3.model.S3Exception",
        "{busy} (Service: {service}, Status Code: 503, Request ID: 4XZ6T0R5N2EXAMPLE) (SDK Attempt Count: {attempts})",
    ),
    _K.TOO_MANY_CONNECTIONS: ("org.postgresql.util.PSQLException", "FATAL: " + _FULL),
    _K.ACCESS_DENIED: (
        "software.amazon.awssdk.services.s3.model.S3Exception",
        _DENIED + " (Service: {service}, Status Code: 403, Request ID: 4XZ6T0R5N2EXAMPLE) (SDK Attempt Count: 1)",
    ),
}
_GO_ATTEMPTS = "operation error {service}: {operation}, exceeded maximum number of attempts, {attempts}, "
_GO_SEND = 'https response error StatusCode: 0, RequestID: , HostID: , request send failed, Put "{url}": '
_GO: _Texts = {
    _K.PAYLOAD_TOO_LARGE: (
        "OperationError",
        "operation error {service}: {operation}, https response error StatusCode: 413, RequestID: 4XZ6T0R5N2EXAMPLE, "
        "api error RequestEntityTooLargeException: " + _TOO_LARGE,
    ),
    _K.CONNECT_TIMEOUT: ("OperationError", _GO_ATTEMPTS + _GO_SEND + "dial tcp {address}:{port}: i/o timeout"),
    _K.READ_TIMEOUT: (
        "OperationError",
        _GO_ATTEMPTS + _GO_SEND + "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    ),
    _K.RESET: (
        "OperationError",
        _GO_ATTEMPTS + _GO_SEND + "read tcp 169.254.100.6:41862->{address}:{port}: read: connection reset by peer",
    ),
    _K.REFUSED: (
        "OperationError",
        _GO_ATTEMPTS + _GO_SEND + "dial tcp {address}:{port}: connect: connection refused",
    ),
    _K.CLOSED: ("OperationError", _GO_ATTEMPTS + _GO_SEND + "EOF"),
    _K.DNS: (
        "OperationError",
        _GO_ATTEMPTS + _GO_SEND + "dial tcp: lookup {host} on 169.254.100.5:53: server misbehaving",
    ),
    _K.TLS: (
        "OperationError",
        _GO_ATTEMPTS + _GO_SEND + "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    ),
    _K.UNREACHABLE: (
        "OperationError",
        _GO_ATTEMPTS + _GO_SEND + "dial tcp {address}:{port}: connect: network is unreachable",
    ),
    _K.THROTTLED: (
        "OperationError",
        _GO_ATTEMPTS + "https response error StatusCode: 503, RequestID: 4XZ6T0R5N2EXAMPLE, HostID: example, "
        "api error {code}: {busy}",
    ),
    _K.TOO_MANY_CONNECTIONS: ("Error", "pq: " + _FULL),
    _K.ACCESS_DENIED: (
        "OperationError",
        "operation error {service}: {operation}, https response error StatusCode: 403, RequestID: 4XZ6T0R5N2EXAMPLE, "
        "HostID: example, api error AccessDenied: " + _DENIED,
    ),
}
_NET_HTTP = "System.Net.Http.HttpRequestException"
_DOTNET: _Texts = {
    _K.CONNECT_TIMEOUT: (_NET_HTTP, "Connection timed out ({host}:{port})"),
    _K.READ_TIMEOUT: (
        "System.Threading.Tasks.TaskCanceledException",
        "The request was canceled due to the configured HttpClient.Timeout of {read_s} seconds elapsing.",
    ),
    _K.RESET: (
        "System.IO.IOException",
        "Unable to read data from the transport connection: Connection reset by peer.",
    ),
    _K.REFUSED: (_NET_HTTP, "Connection refused ({host}:{port})"),
    _K.CLOSED: ("System.Net.Http.HttpIOException", "The response ended prematurely. (ResponseEnded)"),
    _K.DNS: (_NET_HTTP, "Name or service not known ({host}:{port})"),
    _K.TLS: (_NET_HTTP, "The SSL connection could not be established, see inner exception."),
    _K.UNREACHABLE: (_NET_HTTP, "Network is unreachable ({host}:{port})"),
    _K.THROTTLED: ("Amazon.S3.AmazonS3Exception", "{busy}"),
    _K.TOO_MANY_CONNECTIONS: ("Npgsql.PostgresException", "53300: " + _FULL),
    _K.PAYLOAD_TOO_LARGE: ("Amazon.Lambda.Model.RequestTooLargeException", _TOO_LARGE),
    _K.ACCESS_DENIED: ("Amazon.S3.AmazonS3Exception", _DENIED),
}
_CUSTOM: _Texts = {
    _K.CONNECT_TIMEOUT: ("DispatchFailure", "dispatch failure: timeout: error trying to connect: HTTP connect timeout"),
    _K.READ_TIMEOUT: ("TimeoutError", "request has timed out: operation timeout"),
    _K.RESET: ("DispatchFailure", "dispatch failure: io error: Connection reset by peer (os error 104)"),
    _K.REFUSED: ("DispatchFailure", "dispatch failure: io error: tcp connect error: Connection refused (os error 111)"),
    _K.CLOSED: ("DispatchFailure", "dispatch failure: io error: connection closed before message completed"),
    _K.DNS: (
        "DispatchFailure",
        "dispatch failure: io error: dns error: failed to lookup address information: Temporary failure in name "
        "resolution",
    ),
    _K.TLS: ("DispatchFailure", "dispatch failure: other: invalid peer certificate: UnknownIssuer"),
    _K.UNREACHABLE: ("DispatchFailure", "dispatch failure: io error: Network is unreachable (os error 101)"),
    _K.THROTTLED: ("ServiceError", "service error: {code}: {busy}"),
    _K.TOO_MANY_CONNECTIONS: ("DbError", "db error: FATAL: " + _FULL),
    _K.PAYLOAD_TOO_LARGE: ("ServiceError", "service error: RequestEntityTooLargeException: " + _TOO_LARGE),
    _K.ACCESS_DENIED: ("ServiceError", "service error: AccessDenied: " + _DENIED),
}
_TEXTS: Mapping[str, _Texts] = {
    "python": _PYTHON,
    "nodejs": _NODE,
    "java": _JAVA,
    "go": _GO,
    "dotnet": _DOTNET,
    "custom": _CUSTOM,
}


def type_of(family: str, failure: Failure) -> str:
    """The error type that a runtime family reports."""
    return _TEXTS[family][failure.kind][0].format(code=failure.code)


def message_of(family: str, failure: Failure, function: str, number: int) -> str:
    """The message of the error; `number` tells apart the objects that the invocations of a function write."""
    job = failure.job
    key = f"2026/11/invoice-{number:06d}.pdf"
    prefix = job.service.lower()
    return _TEXTS[family][failure.kind][1].format(
        account=ACCOUNT,
        address=job.address,
        attempts=failure.attempts,
        busy=_BUSY.get(failure.code, "Rate exceeded"),
        code=failure.code,
        function=function,
        host=job.host,
        key=key,
        operation=job.operation,
        port=job.port,
        prefix=prefix,
        read_ms=int(job.sdk.read_timeout_s * 1000),
        read_s=int(job.sdk.read_timeout_s),
        resource=f"{job.resource}/{key}" if job.resource.endswith("prod") else job.resource,
        refused=job.refused.format(prefix=prefix, operation=job.operation),
        retries=failure.attempts - 1,
        role=job.role,
        service=job.service,
        url=f"https://{job.host}/{key}",
    )
