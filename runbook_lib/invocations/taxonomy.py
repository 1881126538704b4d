"""Error messages of SDKs, sockets and services: which class of error they name, and which destination.

This is the only table of them. Phrases are lower case and are looked for in the lower-cased text, as whole words; a
name may go on with `Exception`, `Error` or `Fault`. What is also said in daily life is a pattern that demands the form
in which the library prints it. **The first row that matches wins**, so rows stand in the order in which one error
contains another: an error of name resolution is also reported as "max retries exceeded" and as "could not connect", and
only the first of the three is the root.

Sources, read 2026-11: botocore and urllib3 `exceptions.py`, requests, redis-py, libpq, paramiko; AWS SDK for JavaScript
v2 `lib/http/node.js` and `@smithy/node-http-handler`; AWS SDK for Java 1 and 2 with the Apache and Netty
clients; Go `net`, `crypto/tls` and AWS SDK for Go v2; .NET `System.Net.Http` and `System.Net.Sockets`. A database that
has no connection left: PostgreSQL `InitProcess` and `InitPostgres`, SQLSTATE 53300; MySQL errors 1040, 1203 and 1226;
Oracle ORA-00018, 00020 and 12516 to 12520; Redis; RDS Proxy,
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.troubleshooting.html (read 2026-11-21).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbook_lib.invocations.base import ErrorClass

__all__ = ["ROOTS", "Signature", "destination_of", "error_class_of", "lambda_error_class", "named_in"]


_AFTER = re.compile(r"(?:exception|error|fault)?(?![a-z0-9_]| ?=)")


@dataclass(frozen=True, slots=True)
class Signature:
    """A class of error and the phrases that name it; `pattern` is for what a fixed phrase cannot say.

    `needles` are words one of which is in whatever the pattern matches: it is slow, and they are looked for first.
    """

    error_class: ErrorClass
    phrases: tuple[str, ...]
    pattern: re.Pattern[str] | None = None
    needles: tuple[str, ...] = ()

    def words_in(self, lowered: str) -> str | None:
        """The words of a lower-cased text that name this class."""
        for phrase in self.phrases:
            if phrase in lowered and _stands_alone(phrase, lowered):
                return phrase
        if self.pattern is None or not any(needle in lowered for needle in self.needles):
            return None
        found = self.pattern.search(lowered)
        return found[0] if found else None


def _stands_alone(phrase: str, lowered: str) -> bool:
    """Whether a phrase occurs as words of its own: not inside a longer name, and not as the name of a setting."""
    place = lowered.find(phrase)
    while place >= 0:
        before, end = lowered[place - 1 : place], place + len(phrase)
        is_begun = not phrase[0].isalnum() or not (before.isalnum() or before == "_")
        if is_begun and (not phrase[-1].isalnum() or _AFTER.match(lowered, end)):
            return True
        place = lowered.find(phrase, place + 1)
    return False


_SIGNATURES = (
    Signature(
        ErrorClass.OUT_OF_MEMORY,
        (
            "runtime.outofmemory",
            "heap out of memory",
            "java.lang.outofmemoryerror",
            "system.outofmemoryexception",
            "[error] memoryerror",
            "fatal error: out of memory",
            "fatal error: runtime: out of memory",
            "cannot allocate memory",
            "failed to allocate memory (nomemoryerror)",
            "std::bad_alloc",
        ),
        re.compile(r"^memoryerror\b|^memory allocation of \d+ bytes failed", re.MULTILINE),
        needles=("memoryerror", "memory allocation of"),
    ),
    Signature(
        ErrorClass.ACCESS_DENIED,
        (
            "accessdenied",
            "access denied",
            "not authorized to perform",
            "unauthorizedoperation",
            "unauthorizedexception",
            "unrecognizedclientexception",
            "invalidclienttokenid",
            "expiredtoken",
            "signaturedoesnotmatch",
            "an error occurred (403)",
            "status code: 403",
            "statuscode: 403",
            "status code 403",
            "403 client error",
            "403 forbidden",
        ),
    ),
    Signature(
        ErrorClass.TOO_MANY_CONNECTIONS,
        (
            "remaining connection slots are reserved",
            "sorry, too many clients already",
            "too many connections for role",
            "too many connections for database",
            "toomanyconnections",
            "er_con_count_error",
            "er_too_many_user_connections",
            "timed-out waiting to acquire database connection",
            "maximum number of client connections to the proxy exceeded",
            "rate of connection to proxy exceeded",
            "connections rate limit exceeded",
            "number simultaneous connections exceeded",
            "err max number of clients reached",
        ),
        re.compile(
            r"(?:[:'\"(] ?|\b1040(?: \(\w+\))?: )too many connections(?=[.'\")\]]*(?:\s*$|[,}]))|"
            r"\balready has more than 'max_user_connections'|\bexceeded the 'max_user_connections' resource|"
            r"\bora-(?:00018|00020|12516|12519|12520): ",
            re.MULTILINE,
        ),
        needles=("too many connections", "max_user_connections", "ora-"),
    ),
    Signature(
        ErrorClass.THROTTLED,
        (
            "throttlingexception",
            "an error occurred (throttling)",
            "throttlederror",
            "throttledexception",
            "toomanyrequests",
            "too many requests",
            "too many 429",
            "provisionedthroughputexceeded",
            "requestlimitexceeded",
            "requestthrottled",
            "bandwidthlimitexceeded",
            "(slowdown)",
            "api error slowdown",
            "503 slow down",
            "reduce your request rate",
            "rate limit exceeded",
            "an error occurred (429)",
            "status code: 429",
            "statuscode: 429",
            "status code 429",
            "429 client error",
        ),
        re.compile(r"(?:^|[:(\"'])\s*rate exceeded\b|(?:^|[\s.\"'])slowdown\b[\"']?(?=:|\s*$)", re.MULTILINE),
        needles=("rate exceeded", "slowdown"),
    ),
    Signature(
        ErrorClass.DNS,
        (
            "name or service not known",
            "temporary failure in name resolution",
            "no address associated with hostname",
            "nodename nor servname",
            "nameresolutionerror",
            "gaierror",
            "could not translate host name",
            "could not resolve host",
            "dns error:",
            "enotfound",
            "eai_again",
            "unknownhostexception",
            "no such host",
            ": server misbehaving",
            "failed to lookup address information",
        ),
        re.compile(
            r"\blookup [\w.-]+(?: on \S+)?: (?:no such host|no answer|i/o timeout|(?:read|write|dial) (?:udp|tcp)|"
            r"server misbehaving|context deadline|operation was canceled|connection refused|device or resource busy)|"
            r"failed to resolve ['\"][\w.-]+['\"] (?:\(|\[|after\b)|"
            r"resource temporarily unavailable \([\w.-]+:\d+\)"
        ),
        needles=("lookup ", "failed to resolve", "temporarily unavailable ("),
    ),
    Signature(
        ErrorClass.TLS,
        (
            "sslerror",
            "sslcertverificationerror",
            "certificate_verify_failed",
            "certificate verify failed",
            "ssl validation failed",
            "sslhandshakeexception",
            "pkix path building failed",
            "sslexception",
            "sslpeerunverifiedexception",
            "eof occurred in violation of protocol",
            "unable to verify the first certificate",
            "unable_to_verify_leaf_signature",
            "self_signed_cert",
            "self_signed_cert_in_chain",
            "self signed certificate",
            "self-signed certificate",
            "cert_has_expired",
            "err_tls_",
            "eproto",
            "the ssl connection could not be established",
            "authenticationexception: the remote certificate",
            "unable to get local issuer certificate",
            "invalid peer certificate",
        ),
        re.compile(
            r"\bx509: (?:certificate|cannot|failed|unknown|too many|issuer|invalid|unhandled|malformed)|"
            r"\btls: (?:failed to|handshake|first record|bad |unknown |unrecognized |internal error|protocol |"
            r"received |invalid |unsupported |unexpected |server |certificate|expired |revoked |access denied)|"
            r"\btls handshake (?:timeout|failed|failure|error|eof)|\b(?:during|performing) (?:the )?tls handshake\b"
        ),
        needles=("x509: ", "tls: ", "tls handshake"),
    ),
    Signature(
        ErrorClass.CONNECTION_REFUSED,
        ("connection refused", "connectionrefused", "econnrefused", "actively refused", "[errno 111]"),
        re.compile(r"mysql server on \S+ \(111\b"),
        needles=("mysql server on",),
    ),
    Signature(
        ErrorClass.READ_TIMEOUT,
        ("read timeout on endpoint", "readtimeouterror", "esockettimedout", "read etimedout"),
        # the JavaScript SDK v2 says this when a connection fell silent, not when none was established
        re.compile(r"\bconnection timed out after \d+ ?ms\b"),
        needles=("connection timed out",),
    ),
    Signature(
        ErrorClass.CONNECT_TIMEOUT,
        (
            "connect timeout on endpoint",
            "connecttimeout",
            "httpconnecttimeout",
            "connect timed out",
            "connectiontimedout",
            "connect etimedout",
            "etimedout",
            "(connect timeout=",
            "error 110 connecting",
            "timeout connecting to",
            "[errno 110]",
            "urlopen error timed out",
            "timed out without establishing a connection",
            "did not establish a connection with the server within",
            "und_err_connect_timeout",
            "http connect timeout",
            "acquire operation took longer than the configured maximum time",
            "while waiting for connection",
            "did not properly respond after a period of time",
            "can't connect to mysql server on",
        ),
        # what SQLAlchemy says of its own pool tells nothing of the network
        re.compile(
            r"(?<!reached, )\bconnection timed out\b|\bconnection to \S+ timed out\b|\bdial tcp \S+: i/o timeout\b|"
            r"\boperation timed out \(connect|(?:failed|error): timeout expired\b|^\s*timeout expired$",
            re.MULTILINE,
        ),
        needles=("timed out", "i/o timeout", "timeout expired"),
    ),
    Signature(
        ErrorClass.CONNECTION_CLOSED,
        (
            "connection was closed before we received a valid response",
            "connectionclosederror",
            "remotedisconnected",
            "remote end closed connection",
            "socket hang up",
            "nohttpresponseexception",
            "connection prematurely closed",
            "server closed the connection unexpectedly",
            "connection closed by server",
            "connection closed before message completed",
            "the server returned an invalid or unrecognized response",
            "the response ended prematurely",
            "broken pipe",
            "epipe",
            "incompleteread",
            "use of closed network connection",
            "server disconnected without sending a response",
            "serverdisconnectederror",
        ),
        re.compile(
            r'": eof\b|(?:\btarget server|:\d+) failed to respond\b|(?:^|error: )other side closed\b|'
            r'(?:": |::|read: |body: |response: |connection: )unexpected eof\b',
            re.MULTILINE,
        ),
        needles=("eof", "failed to respond", "other side closed"),
    ),
    Signature(
        ErrorClass.CONNECTION_RESET,
        ("connection reset", "connectionreset", "econnreset", "forcibly closed by the remote host"),
    ),
    Signature(
        ErrorClass.READ_TIMEOUT,
        (
            "readtimeout",
            "read timed out",
            "(read timeout=",
            "the read operation timed out",
            "the write operation timed out",
            "sockettimeoutexception",
            "read: connection timed out",
            "timeout reading from",
            "error reading ssh protocol banner",
            "exceeded while awaiting headers",
            "timeout awaiting response headers",
            "apicalltimeoutexception",
            "apicallattempttimeoutexception",
            "did not complete before the specified timeout",
            "httptimeoutexception",
            "und_err_headers_timeout",
            "und_err_body_timeout",
            "requesttimeout",
            "httpclient.timeout of",
            "context deadline exceeded",
            "canceling statement due to statement timeout",
            "request has timed out",
            "timeouterror: timed out",
        ),
        re.compile(
            r"\bread (?:tcp|udp) \S+: i/o timeout\b|\btimeouterror: the (?:read|request)\b|"
            r"\bsocket\.timeout(?:: (?:the |timed out)|\(|\s*$)",
            re.MULTILINE,
        ),
        needles=("i/o timeout", "timeouterror: the", "socket.timeout"),
    ),
    Signature(
        ErrorClass.ENDPOINT_UNREACHABLE,
        (
            "could not connect to the endpoint url",
            "endpointconnectionerror",
            "failed to connect to proxy",
            "network is unreachable",
            "no route to host",
            "noroutetohost",
            "ehostunreach",
            "enetunreach",
            "failed to establish a new connection",
        ),
    ),
    Signature(
        ErrorClass.RETRIES_EXHAUSTED,
        (
            "max retries exceeded",
            "reached max retries",
            "exceeded maximum number of attempts",
            "retries exhausted",
            "retryerror",
            "maxretryerror",
            "retry limit exceeded",
        ),
        re.compile(r"\bfailed after \d+ (?:attempts|retries|tries)\b|\b(?:giving|gave) up after \d"),
        needles=("failed after", "giving up after", "gave up after"),
    ),
)

ROOTS = frozenset(row.error_class for row in _SIGNATURES) - {ErrorClass.RETRIES_EXHAUSTED}
"""The classes that name a root; the others only say that something failed."""


def named_in(text: str) -> tuple[ErrorClass, str] | None:
    """The class of error a message names and the words that name it, in lower case; None when the table knows none."""
    lowered = text.lower()
    for row in _SIGNATURES:
        words = row.words_in(lowered)
        if words is not None:
            return row.error_class, words
    return None


def error_class_of(text: str) -> ErrorClass | None:
    """The class of error a message names, or None when the table knows none of its words."""
    found = named_in(text)
    return found[0] if found else None


_LAMBDA_TYPES = {
    "Runtime.OutOfMemory": ErrorClass.OUT_OF_MEMORY,
    "Runtime.ExitError": ErrorClass.RUNTIME_EXIT,
    "Runtime.Unknown": ErrorClass.RUNTIME_EXIT,
    "Runtime.NonZeroExit": ErrorClass.RUNTIME_EXIT,
    "Extension.Crash": ErrorClass.RUNTIME_EXIT,
    "Extension.ExitError": ErrorClass.RUNTIME_EXIT,
    "Sandbox.Timedout": ErrorClass.FUNCTION_TIMEOUT,
    "Sandbox.Timeout": ErrorClass.FUNCTION_TIMEOUT,
    "Sandbox.Failure": ErrorClass.RUNTIME_EXIT,
    "Runtime.UnhandledPromiseRejection": ErrorClass.APPLICATION_ERROR,
    "Runtime.MarshalError": ErrorClass.APPLICATION_ERROR,
    "Runtime.TruncatedResponse": ErrorClass.RUNTIME_EXIT,
}


def lambda_error_class(error_type: str) -> ErrorClass:
    """What an error type of Lambda itself stands for; `Runtime.*` not named in the table fail while loading code.

    The error types are those of the Lambda Telemetry API and of the runtime interface emulator's `fatalerror` package.
    """
    known = _LAMBDA_TYPES.get(error_type)
    if known:
        return known
    return ErrorClass.INIT_FAILURE if error_type.startswith("Runtime.") else ErrorClass.APPLICATION_ERROR


_HOST = r"(?P<host>[A-Za-z0-9_](?:[\w.-]*\w)?)"
_DESTINATIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"https?://(?:[^\s/@\"']*@)?(?:\[(?P<v6>[0-9a-f:]+)\]|{_HOST})(?::(?P<port>\d+))?(?=[\s/?#\"'),;\]]|$)",
        rf"host='{_HOST}', port=(?P<port>\d+)",
        rf"connect to {_HOST}:(?P<port>\d+)",
        rf"connecting to {_HOST}:(?P<port>\d+)",
        rf"reading from {_HOST}:(?P<port>\d+)",
        rf"server at \"{_HOST}\"(?: \([^)]*\))?, port (?P<port>\d+)",
        rf"mysql server on '{_HOST}(?::(?P<port>\d+))?'",
        rf"unable to connect to port (?P<port>\d+) on {_HOST}",
        rf"call failed \('{_HOST}', (?P<port>\d+)\)",
        rf"(?:enotfound|eai_again) {_HOST}(?::(?P<port>\d+))?",
        rf"\b(?:etimedout|econnrefused|econnreset|ehostunreach|enetunreach) {_HOST}:(?P<port>\d+)",
        rf"lookup {_HOST}(?: on [\d.:\[\]a-f]+)?: (?:no |i/o|read|write|dial|server|context|operation|connection)",
        rf"dial tcp (?:\[(?P<v6>[0-9a-f:]+)\]|{_HOST}):(?P<port>\d+)",
        rf"read tcp \S+->{_HOST}:(?P<port>\d+)",
        rf"unknownhostexception: {_HOST}",
        rf"(?:timed out|refused|reset)(?:: no further information)?: {_HOST}/[\d.]+:(?P<port>\d+)",
        rf"(?:timed out|refused|not known|reset|failed|unreachable|respond[^(]*) \({_HOST}:(?P<port>\d+)\)",
        rf"connection to {_HOST} timed out",
        rf"(?:failed to resolve|could not translate host name|resolve host:?) [\"']?{_HOST}",
        rf"\"hostname\": ?\"{_HOST}\"",
        rf"\"address\": ?\"{_HOST}\",\s*\"port\": ?(?P<port>\d+)",
    )
)
_MANUALS = (
    "docs.aws.amazon.com",
    "docs.amazonaws.cn",
    "nodejs.org",
    "github.com",
    "docs.python.org",
    "urllib3.readthedocs.io",
)


def destination_of(text: str) -> str | None:
    """The `host` or `host:port` an error message names, the port if it is written. Links to manuals do not count."""
    for pattern in _DESTINATIONS:
        for found in pattern.finditer(text):
            named = found.groupdict()
            host = f"[{named['v6']}]" if named.get("v6") else named.get("host")
            if host and host.lower() not in _MANUALS:
                port = named.get("port")
                return f"{host}:{port}" if port else host
    return None
