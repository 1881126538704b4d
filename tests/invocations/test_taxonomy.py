"""Each row of the table of errors has lines as clients print them, and lines that only look alike."""

from __future__ import annotations

import pytest

from runbook_lib.invocations.base import ErrorClass
from runbook_lib.invocations.glance import HINTS
from runbook_lib.invocations.taxonomy import _SIGNATURES, destination_of, error_class_of, lambda_error_class

S3 = "https://uploads.s3.eu-west-1.amazonaws.com/report.pdf"
POOL = "HTTPSConnectionPool(host='api.example.com', port=443): "
LINES = {
    ErrorClass.CONNECT_TIMEOUT: [
        (f'ConnectTimeoutError: Connect timeout on endpoint URL: "{S3}"', "uploads.s3.eu-west-1.amazonaws.com"),
        (
            POOL
            + "Max retries exceeded with url: / (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection "
            "object at 0x7f>, 'Connection to api.example.com timed out. (connect timeout=5)'))",
            "api.example.com:443",
        ),
        ("redis.exceptions.TimeoutError: Timeout connecting to server", None),
        ("redis.exceptions.ConnectionError: Error 110 connecting to cache.internal:6379.", "cache.internal:6379"),
        (
            'psycopg2.OperationalError: connection to server at "db.internal" (10.0.3.4), port 5432 failed: '
            "timeout expired",
            "db.internal:5432",
        ),
        (
            "pymysql.err.OperationalError: (2003, \"Can't connect to MySQL server on 'db.internal' (timed out)\")",
            "db.internal",
        ),
        ("TimeoutError: [Errno 110] Connect call failed ('10.0.3.4', 5432)", "10.0.3.4:5432"),
        ("Error: connect ETIMEDOUT 52.218.1.9:443", "52.218.1.9:443"),
        ("TimeoutError: Socket timed out without establishing a connection within 1000 ms", None),
        ("ConnectTimeoutError: Connect Timeout Error (UND_ERR_CONNECT_TIMEOUT)", None),
        (
            "com.amazonaws.SdkClientException: Unable to execute HTTP request: Connect to "
            "sqs.eu-west-1.amazonaws.com:443 [sqs.eu-west-1.amazonaws.com/10.0.1.7] failed: connect timed out",
            "sqs.eu-west-1.amazonaws.com:443",
        ),
        (
            "io.netty.channel.ConnectTimeoutException: connection timed out: api.example.com/10.0.0.9:8443",
            "api.example.com:8443",
        ),
        (f'Put "{S3}": dial tcp 52.218.1.9:443: i/o timeout', "uploads.s3.eu-west-1.amazonaws.com"),
        ("dial tcp [2600:1f18::5]:443: connect: connection timed out", "[2600:1f18::5]:443"),
        (
            "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
            None,
        ),
        ("System.Net.Http.HttpRequestException: Connection timed out (api.example.com:443)", "api.example.com:443"),
        ("dispatch failure: timeout: error trying to connect: HTTP connect timeout", None),
    ],
    ErrorClass.READ_TIMEOUT: [
        (
            f'botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "{S3}"',
            "uploads.s3.eu-west-1.amazonaws.com",
        ),
        (POOL + "Read timed out. (read timeout=3)", "api.example.com:443"),
        ("redis.exceptions.TimeoutError: Timeout reading from cache.internal:6379", "cache.internal:6379"),
        ("socket.timeout: timed out", None),
        ("TimeoutError: Connection timed out after 120000ms", None),
        ("Error: ESOCKETTIMEDOUT", None),
        ("java.net.SocketTimeoutException: Read timed out", None),
        (
            f'Get "{S3}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
            "uploads.s3.eu-west-1.amazonaws.com",
        ),
        ("read tcp 10.0.1.5:40022->52.218.1.9:443: i/o timeout", "52.218.1.9:443"),
        ("The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing.", None),
        ("paramiko.ssh_exception.SSHException: Error reading SSH protocol banner", None),
    ],
    ErrorClass.CONNECTION_RESET: [
        (
            "requests.exceptions.ConnectionError: ('Connection aborted.', "
            "ConnectionResetError(104, 'Connection reset by peer'))",
            None,
        ),
        ("Error: read ECONNRESET", None),
        ("java.net.SocketException: Connection reset", None),
        ("read tcp 10.0.1.5:40022->52.218.1.9:443: read: connection reset by peer", "52.218.1.9:443"),
        ("An existing connection was forcibly closed by the remote host.", None),
    ],
    ErrorClass.CONNECTION_REFUSED: [
        ("ConnectionRefusedError: [Errno 111] Connection refused", None),
        ("Error: connect ECONNREFUSED 10.0.3.4:5432", "10.0.3.4:5432"),
        ("dial tcp 10.0.3.4:5432: connect: connection refused", "10.0.3.4:5432"),
        ("System.Net.Http.HttpRequestException: Connection refused (api.internal:8443)", "api.internal:8443"),
        (
            POOL + "Max retries exceeded with url: / (Caused by "
            "NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))",
            "api.example.com:443",
        ),
    ],
    ErrorClass.CONNECTION_CLOSED: [
        (
            f'Connection was closed before we received a valid response from endpoint URL: "{S3}".',
            "uploads.s3.eu-west-1.amazonaws.com",
        ),
        ("('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))", None),
        ('Error: socket hang up {"code": "ECONNRESET"}', None),
        ("NoHttpResponseException: s3.amazonaws.com:443 failed to respond", None),
        (f'Put "{S3}": EOF', "uploads.s3.eu-west-1.amazonaws.com"),
        ("psycopg2.OperationalError: server closed the connection unexpectedly", None),
        ("BrokenPipeError: [Errno 32] Broken pipe", None),
    ],
    ErrorClass.DNS: [
        (
            POOL + "Max retries exceeded with url: / (Caused by "
            "NameResolutionError(\"Failed to resolve 'api.example.com' ([Errno -2] Name or service not known)\"))",
            "api.example.com:443",
        ),
        (
            f'EndpointConnectionError: Could not connect to the endpoint URL: "{S3}": '
            "[Errno -3] Temporary failure in name resolution",
            "uploads.s3.eu-west-1.amazonaws.com",
        ),
        ("Error: getaddrinfo ENOTFOUND api.example.com", "api.example.com"),
        ("Error: getaddrinfo EAI_AGAIN api.example.com:443", "api.example.com:443"),
        ("java.net.UnknownHostException: db.internal", "db.internal"),
        (
            "dial tcp: lookup api.example.com on 169.254.100.5:53: read udp "
            "169.254.100.6:40000->169.254.100.5:53: i/o timeout",
            "api.example.com",
        ),
        ("dial tcp: lookup api.example.com: no such host", "api.example.com"),
        (
            'psycopg2.OperationalError: could not translate host name "db.internal" to '
            "address: Name or service not known",
            "db.internal",
        ),
        (
            "System.Net.Http.HttpRequestException: Name or service not known (api.example.com:443)",
            "api.example.com:443",
        ),
    ],
    ErrorClass.TLS: [
        (
            f"SSLError: SSL validation failed for {S3} [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
            "uploads.s3.eu-west-1.amazonaws.com",
        ),
        ("javax.net.ssl.SSLHandshakeException: PKIX path building failed", None),
        (
            f'Get "{S3}": tls: failed to verify certificate: x509: certificate signed by unknown authority',
            "uploads.s3.eu-west-1.amazonaws.com",
        ),
        ("Error: unable to verify the first certificate", None),
        ("Error: self-signed certificate in certificate chain SELF_SIGNED_CERT_IN_CHAIN", None),
        ("HttpRequestException: The SSL connection could not be established, see inner exception.", None),
    ],
    ErrorClass.ENDPOINT_UNREACHABLE: [
        (
            f'EndpointConnectionError: Could not connect to the endpoint URL: "{S3}"',
            "uploads.s3.eu-west-1.amazonaws.com",
        ),
        ("OSError: [Errno 101] Network is unreachable", None),
        ("Error: connect EHOSTUNREACH 10.0.3.4:5432", "10.0.3.4:5432"),
        ("java.net.NoRouteToHostException: No route to host", None),
        (
            "paramiko.ssh_exception.NoValidConnectionsError: [Errno None] Unable to "
            "connect to port 22 on 10.0.3.4: No route to host",
            "10.0.3.4:22",
        ),
    ],
    ErrorClass.THROTTLED: [
        (
            "ClientError: An error occurred (ThrottlingException) when calling the PutItem "
            "operation (reached max retries: 4): Rate exceeded",
            None,
        ),
        ("An error occurred (SlowDown) when calling the PutObject operation: Please reduce your request rate.", None),
        ("TooManyRequestsException: Rate Exceeded.", None),
        ("ProvisionedThroughputExceededException: The level of configured provisioned throughput was exceeded", None),
        ("urllib3.exceptions.ResponseError: too many 429 error responses", None),
        (
            f"requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: {S3}",
            "uploads.s3.eu-west-1.amazonaws.com",
        ),
    ],
    ErrorClass.ACCESS_DENIED: [
        ("ClientError: An error occurred (AccessDenied) when calling the PutObject operation: Access Denied", None),
        ("AccessDeniedException: User: x is not authorized to perform: dynamodb:PutItem", None),
        ("An error occurred (403) when calling the HeadObject operation: Forbidden", None),
        ("https response error StatusCode: 403, RequestID: x, api error AccessDenied: Access Denied", None),
    ],
    ErrorClass.RETRIES_EXHAUSTED: [
        (POOL + "Max retries exceeded with url: /v1", "api.example.com:443"),
        ("operation error S3: PutObject, exceeded maximum number of attempts, 3", None),
        ("tenacity.RetryError: RetryError[<Future at 0x7f state=finished raised OSError>]", None),
        ("upload failed after 5 attempts", None),
    ],
    ErrorClass.OUT_OF_MEMORY: [
        ("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", None),
        ("java.lang.OutOfMemoryError: Java heap space", None),
        ("[ERROR] MemoryError", None),
        ("OSError: [Errno 12] Cannot allocate memory", None),
    ],
}
INNOCENT = (
    "using connect_timeout=5 and read_timeout=60",
    "connection pool is full, discarding connection",
    "reset password mail sent",
    "throttle is set to 10 per second",
    "order 429 shipped, 403 left",
    "closed 3 stale sessions",
    "no errors found",
    "resolved 12 names",
    "memory usage: 81 MB",
    "tls enabled: true",
    "Found credentials in environment variables.",
    "Starting new HTTPS connection (1): uploads.s3.eu-west-1.amazonaws.com:443",
    "customer denied the offer",
    "attempts: 1, retries: 0",
)


@pytest.mark.parametrize(
    ("expected", "line", "destination"),
    [(error_class, line, destination) for error_class, lines in LINES.items() for line, destination in lines],
)
def test_a_line_names_its_class_and_its_destination(expected: ErrorClass, line: str, destination: str | None) -> None:
    assert (error_class_of(line), destination_of(line)) == (expected, destination)


@pytest.mark.parametrize("line", INNOCENT)
def test_a_line_that_only_looks_alike_names_nothing(line: str) -> None:
    assert error_class_of(line) is None


def test_every_class_of_the_table_has_lines() -> None:
    assert {row.error_class for row in _SIGNATURES} == set(LINES)


def test_every_phrase_of_the_table_catches_the_eye() -> None:
    phrases = [phrase for row in _SIGNATURES for phrase in row.phrases]

    assert [phrase for phrase in phrases if not any(hint in phrase for hint in HINTS)] == []


@pytest.mark.parametrize("phrase", [phrase for row in _SIGNATURES for phrase in row.phrases])
def test_phrases_are_lower_case(phrase: str) -> None:
    assert phrase == phrase.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html", None),
        ("https://user:secret@host.example.com:8443/x", "host.example.com:8443"),
        ("https://[2600:1f18::5]:8443/x", "[2600:1f18::5]:8443"),
        ("https://docs.aws.amazon.com/x after https://api.example.com/y", "api.example.com"),
        ("nothing", None),
    ],
)
def test_destinations(text: str, expected: str | None) -> None:
    assert destination_of(text) == expected


@pytest.mark.parametrize(
    ("error_type", "expected"),
    [
        ("Runtime.OutOfMemory", ErrorClass.OUT_OF_MEMORY),
        ("Runtime.ExitError", ErrorClass.RUNTIME_EXIT),
        ("Runtime.ImportModuleError", ErrorClass.INIT_FAILURE),
        ("Runtime.InvalidEntrypoint", ErrorClass.INIT_FAILURE),
        ("Sandbox.Timedout", ErrorClass.FUNCTION_TIMEOUT),
        ("Function.ResponseSizeTooLarge", ErrorClass.APPLICATION_ERROR),
    ],
)
def test_error_types_of_lambda(error_type: str, expected: ErrorClass) -> None:
    assert lambda_error_class(error_type) is expected
