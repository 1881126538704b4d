"""Each row of the table of errors has lines as clients print them, and lines that only look alike."""

from __future__ import annotations

import pytest

from runbook_lib.invocations.base import ErrorClass
from runbook_lib.invocations.glance import HINTS
from runbook_lib.invocations.taxonomy import (
    _SIGNATURES,
    Signature,
    destination_of,
    error_class_of,
    lambda_error_class,
    named_in,
)

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
    ErrorClass.TOO_MANY_CONNECTIONS: [
        (
            'psycopg2.OperationalError: connection to server at "db.internal" (10.0.3.4), port 5432 failed: FATAL:  '
            "remaining connection slots are reserved for non-replication superuser connections",
            "db.internal:5432",
        ),
        (
            "PSQLException: FATAL: remaining connection slots are reserved for roles with privileges of the "
            '"rds_reserved" role',
            None,
        ),
        ("error: sorry, too many clients already", None),
        ('FATAL:  too many connections for role "orders"', None),
        ("asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already", None),
        ("pymysql.err.OperationalError: (1040, 'Too many connections')", None),
        ("ERROR 1040 (08004): Too many connections", None),
        ("Error 1040: Too many connections", None),
        ('{"errorType":"Error","errorMessage":"Too many connections","code":"ER_CON_COUNT_ERROR"}', None),
        (
            "java.sql.SQLNonTransientConnectionException: Data source rejected establishment of connection,  "
            'message from server: "Too many connections"',
            None,
        ),
        ("(1203, \"User orders already has more than 'max_user_connections' active connections\")", None),
        ("(1226, \"User 'orders' has exceeded the 'max_user_connections' resource (current value: 20)\")", None),
        ("(9501, 'Timed-out waiting to acquire database connection')", None),
        ("psycopg.OperationalError: The maximum number of client connections to the proxy exceeded 1000.", None),
        ("ERROR 1040 (HY000): Connections rate limit exceeded (500)", None),
        ("ORA-00020: maximum number of processes (150) exceeded", None),
        ("redis.exceptions.ConnectionError: ERR max number of clients reached", None),
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
        ("fatal error: runtime: out of memory", None),
        ("failed to allocate memory (NoMemoryError)", None),
        ("terminate called after throwing an instance of 'std::bad_alloc'", None),
        ("memory allocation of 1073741824 bytes failed", None),
    ],
}
# what a pattern catches, and what reads much the same and is no such error
TWINS = [
    (ErrorClass.OUT_OF_MEMORY, "MemoryError: Unable to allocate 2 GiB", "ShortMemoryError: nothing remembered"),
    (
        ErrorClass.OUT_OF_MEMORY,
        "memory allocation of 80 bytes failed",
        "the memory allocation of 80 bytes failed to surprise",
    ),
    (ErrorClass.THROTTLED, "ThrottlingException: Rate exceeded", "ValueError: exchange rate exceeded plausible range"),
    (ErrorClass.THROTTLED, "SlowDown: Please wait", "a slowdown of the queue was seen"),
    (ErrorClass.THROTTLED, "An error occurred (503 Slow Down)", "comment: please slow down at the door"),
    (
        ErrorClass.TOO_MANY_CONNECTIONS,
        "MySqlException (0x80004005): Too many connections",
        "WARN: too many connections are open, closing idle ones",
    ),
    (
        ErrorClass.TOO_MANY_CONNECTIONS,
        "has exceeded the 'max_user_connections' resource",
        "max_user_connections = 20, active connections: 3",
    ),
    (ErrorClass.TOO_MANY_CONNECTIONS, "ORA-12519: TNS:no appropriate service handler found", "flora-12519: in stock"),
    (ErrorClass.DNS, "Error: getaddrinfo ENOTFOUND api.example.com", "FileNotFoundError: [Errno 2] No such file"),
    (ErrorClass.DNS, "queryA ENOTFOUND api.example.com", "ResourceNotFoundException: Requested resource not found"),
    (ErrorClass.DNS, "lookup api.example.com on 10.0.0.2:53: server misbehaving", "KeyError: 'lookup users: 42'"),
    (ErrorClass.DNS, "lookup redis: i/o timeout", "lookup redis: 3 entries, no error"),
    (ErrorClass.DNS, "Failed to resolve 'api.example.com' after 2 queries", "failed to resolve the merge conflict"),
    (ErrorClass.DNS, "Resource temporarily unavailable (a.example.com:443)", "Resource temporarily unavailable (full)"),
    (ErrorClass.DNS, "lookup a.b: no such host", "there is no such hosting plan"),
    (ErrorClass.TLS, "Error: write EPROTO 140:error", "RemoteProtocolError: illegal header"),
    (ErrorClass.TLS, "remote error: tls: handshake failure", "ValueError: Unterminated tls: x"),
    (ErrorClass.TLS, "tls: first record does not look like a TLS handshake", "connected tls: yes cipher: x"),
    (ErrorClass.TLS, "x509: certificate has expired", "loading x509: ok"),
    (ErrorClass.TLS, "net/http: TLS handshake timeout", "tls handshakes: 3, errors: 0"),
    (
        ErrorClass.CONNECTION_REFUSED,
        "OSError: Multiple exceptions: [Errno 111] Connect call failed",
        "order [errno 1115]",
    ),
    (
        ErrorClass.CONNECTION_REFUSED,
        "Can't connect to MySQL server on 'db' (111)",
        "notes on mysql server on 'db' (1115)",
    ),
    (ErrorClass.CONNECT_TIMEOUT, "[Errno 110] Connect call failed ('10.0.3.4', 5432)", "Connect call failed: busy"),
    (
        ErrorClass.CONNECT_TIMEOUT,
        "curl: (28) Connection timed out after 5001 milliseconds",
        "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
    ),
    (ErrorClass.CONNECT_TIMEOUT, "connection to db.internal timed out", "the connection to db.internal was timed"),
    (ErrorClass.CONNECT_TIMEOUT, "dial tcp 10.0.3.4:5432: i/o timeout", "dial tcp 10.0.3.4:5432: i/o timeouts seen: 0"),
    (ErrorClass.CONNECT_TIMEOUT, "port 5432 failed: timeout expired", "the session timeout expired, a new one begins"),
    (ErrorClass.CONNECT_TIMEOUT, "java.net.http.HttpConnectTimeoutException: x", "reconnecttimeoutpolicy chosen"),
    (ErrorClass.CONNECT_TIMEOUT, "<urlopen error timed out>", "urlopen timed with 3 ms"),
    (ErrorClass.CONNECTION_CLOSED, "Error: write EPIPE", "ImagePipelineError: bad colour profile"),
    (ErrorClass.CONNECTION_CLOSED, "s3.amazonaws.com:443 failed to respond", "the customer failed to respond"),
    (ErrorClass.CONNECTION_CLOSED, "SocketError: other side closed", "the other side closed the deal"),
    (ErrorClass.CONNECTION_CLOSED, 'Put "https://a.b/c": unexpected EOF', "SyntaxError: unexpected EOF while parsing"),
    (ErrorClass.CONNECTION_CLOSED, 'Put "https://a.b/c": EOF', "reading until EOF"),
    (ErrorClass.READ_TIMEOUT, "TimeoutError: Connection timed out after 3000 ms", "waited after 3000 ms"),
    (ErrorClass.READ_TIMEOUT, "read ETIMEDOUT", "read in 3 ms, ETIMEDOUT_MS unset"),
    (ErrorClass.READ_TIMEOUT, "read udp 10.0.0.1:1->10.0.0.2:53: i/o timeout", "read udp table"),
    (ErrorClass.READ_TIMEOUT, "TimeoutError: The read operation timed out", "TimeoutError: the wedding is off"),
    (ErrorClass.READ_TIMEOUT, "socket.timeout: timed out", "socket.timeout: 30 seconds are allowed"),
    (ErrorClass.READ_TIMEOUT, "RequestTimeout: Your socket connection was idle", "An error (RequestTimeTooSkewed)"),
    (ErrorClass.READ_TIMEOUT, "requests.exceptions.ReadTimeout: slow", "client made with readTimeout=60"),
    (ErrorClass.RETRIES_EXHAUSTED, "upload failed after 3 tries", "upload failed after lunch"),
    (ErrorClass.RETRIES_EXHAUSTED, "giving up after 30 seconds", "giving up after all"),
]
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


@pytest.mark.parametrize(("expected", "line", "twin"), TWINS)
def test_a_pattern_takes_the_error_and_leaves_its_twin(expected: ErrorClass, line: str, twin: str) -> None:
    assert (error_class_of(line), error_class_of(twin)) == (expected, None)


def test_every_pattern_has_twins() -> None:
    alone = {row.error_class for row in _SIGNATURES if row.pattern}
    assert all(bool(row.needles) == bool(row.pattern) for row in _SIGNATURES)
    assert alone - {expected for expected, *_ in TWINS} == set()
    for row in _SIGNATURES:
        lines = [line.lower() for expected, line, _ in TWINS if expected is row.error_class]
        assert row.pattern is None or any(row.pattern.search(line) for line in lines)


@pytest.mark.parametrize(
    ("row", "phrase"),
    [(row, phrase) for row in _SIGNATURES for phrase in row.phrases],
    ids=lambda value: str(value)[:40],
)
def test_a_phrase_counts_as_words_of_its_own_only(row: Signature, phrase: str) -> None:
    assert row.words_in(f"x {phrase} y") == row.words_in(f"{phrase}:") == row.words_in(phrase) == phrase
    if phrase[0].isalnum():
        assert row.words_in(f"x{phrase}") != phrase
    if phrase[-1].isalnum():
        assert [row.words_in(phrase + more) == phrase for more in ("exception", "y", "_y", "=60")] == [True] + 3 * [
            False
        ]


def test_the_words_that_name_a_class_are_told() -> None:
    assert named_in("Upload failed: [Errno 104] Connection Reset by peer") == (
        ErrorClass.CONNECTION_RESET,
        "connection reset",
    )
    assert named_in("dial tcp 10.0.3.4:5432: I/O timeout") == (
        ErrorClass.CONNECT_TIMEOUT,
        "dial tcp 10.0.3.4:5432: i/o timeout",
    )
    assert named_in("all is well") is None


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
        ("dial tcp: lookup api.example.com on 10.0.0.2:53: no such host", "api.example.com"),
        ("KeyError: 'lookup users: 42'", None),
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
