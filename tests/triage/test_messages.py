"""Messages of many clients and runtimes, tracebacks, logs, and what is none of these."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runbook_lib.invocations.base import ErrorClass
from runbook_lib.invocations.reading import read_events
from runbook_lib.triage.reading import seen_in_log, seen_in_text
from runbook_lib.triage.symptoms import BY_ERROR, Symptom
from tests.invocations.test_taxonomy import LINES
from tests.triage.asked import asked, named

CORPUS = Path(__file__).resolve().parent.parent / "invocations" / "corpus"
S3 = "reports.s3.eu-west-1.amazonaws.com"
MESSAGES = [(kind, line, to) for kind, lines in LINES.items() for line, to in lines]
FIRST = {
    ErrorClass.CONNECT_TIMEOUT: {"vpc_endpoints", "network_path"},
    ErrorClass.READ_TIMEOUT: {"function_configuration"},
    ErrorClass.CONNECTION_RESET: {"tcp_keepalive"},
    ErrorClass.CONNECTION_REFUSED: {"network_path"},
    ErrorClass.CONNECTION_CLOSED: {"tcp_keepalive"},
    ErrorClass.DNS: {"network_path"},
    ErrorClass.TLS: {"vpc_endpoints", "network_path"},
    ErrorClass.ENDPOINT_UNREACHABLE: {"network_path"},
    ErrorClass.THROTTLED: {"function_configuration"},
    ErrorClass.TOO_MANY_CONNECTIONS: {"function_configuration"},
    ErrorClass.ACCESS_DENIED: {"function_configuration"},
    ErrorClass.OUT_OF_MEMORY: {"function_configuration"},
    ErrorClass.RETRIES_EXHAUSTED: {"network_path"},
}


def test_there_are_enough_messages_of_every_kind() -> None:
    assert len(MESSAGES) >= 40
    assert {kind for kind, _, _ in MESSAGES} == set(FIRST)


@pytest.mark.parametrize(
    ("kind", "line", "to"), MESSAGES, ids=[f"{kind}-{n}" for n, (kind, _, _) in enumerate(MESSAGES)]
)
def test_messages_of_clients(kind: ErrorClass, line: str, to: str | None) -> None:
    found = asked(line)
    assert (found.signals[0].symptom, found.signals[0].destination) == (BY_ERROR[kind], to)
    assert found.proposals[0].runbook in FIRST[kind]


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("Task timed out after 3.00 seconds", Symptom.FUNCTION_TIMEOUT),
        (
            "2026-11-21T12:00:00.000Z 1b2c3d4e-1111-4222-8333-444444444444 Task timed out after 900.09 seconds",
            Symptom.FUNCTION_TIMEOUT,
        ),
        (
            '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}',
            Symptom.FUNCTION_TIMEOUT,
        ),
        (
            "RequestId: 1b2c3d4e-1111-4222-8333-444444444444 Error: Runtime exited with error: signal: killed\n"
            "Runtime.ExitError",
            Symptom.RUNTIME_EXIT,
        ),
        (
            "An error occurred (SubnetIPAddressLimitReachedException) when calling the Invoke operation: Lambda was "
            "not able to set up VPC access for the Lambda function",
            Symptom.NO_ADDRESSES,
        ),
        ("StateReasonCode: SubnetOutOfIPAddresses", Symptom.NO_ADDRESSES),
        ("ENILimitReachedException: Lambda was not able to create an Elastic Network Interface", Symptom.NO_INTERFACES),
        ("EC2AccessDeniedException: Lambda does not have permission to access the VPC", Symptom.INTERFACES_REFUSED),
        (
            "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
            Symptom.INTERFACES_REFUSED,
        ),
        (
            "ResourceConflictException: The operation cannot be performed at this time. The function is currently in "
            "the following state: Pending",
            Symptom.NOT_ACTIVE,
        ),
        ("RequestTooLargeException: Request must be smaller than 6291456 bytes", Symptom.PAYLOAD),
        (
            "RecursiveInvocationException: Lambda has detected your function being invoked in a recursive loop",
            Symptom.RECURSION,
        ),
        ("ValueError: invalid literal for int() with base 10: 'a'", None),
    ],
)
def test_what_lambda_says_itself(text: str, symptom: Symptom | None) -> None:
    found = asked(text)
    assert [signal.symptom for signal in found.signals][:1] == ([symptom] if symptom else [])
    assert found.is_known is (symptom is not None)


PYTHON = f"""[ERROR] ConnectTimeoutError: Connect timeout on endpoint URL: "https://{S3}/a.pdf"
Traceback (most recent call last):
  File "/var/task/app.py", line 12, in handler
    client.put_object(Bucket="reports", Key="a.pdf", Body=body)
  File "/var/lang/lib/python3.12/site-packages/botocore/httpsession.py", line 479, in send
    raise ConnectTimeoutError(endpoint_url=request.url, error=e)"""
CHAINED = """Traceback (most recent call last):
  File "/opt/python/urllib3/connection.py", line 174, in _new_conn
    conn = connection.create_connection(
socket.gaierror: [Errno -2] Name or service not known

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/opt/python/requests/adapters.py", line 489, in send
    resp = conn.urlopen(
requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.example.com', port=443): Max retries exceeded"""
NODE = """Error: connect ETIMEDOUT 52.218.1.9:443
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16) {
  errno: -110,
  code: 'ETIMEDOUT',
  syscall: 'connect',
  address: '52.218.1.9',
  port: 443
}"""
JAVA = """java.net.SocketTimeoutException: Read timed out
\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)
\tat com.example.Handler.handleRequest(Handler.java:31)
Caused by: java.io.IOException: stream broken"""


@pytest.mark.parametrize(
    ("text", "symptom", "to", "first"),
    [
        (PYTHON, Symptom.CONNECT_TIMEOUT, S3, "vpc_endpoints"),
        (CHAINED, Symptom.DNS, "api.example.com:443", "network_path"),
        (NODE, Symptom.CONNECT_TIMEOUT, "52.218.1.9:443", "network_path"),
        (JAVA, Symptom.READ_TIMEOUT, None, "function_configuration"),
    ],
)
def test_a_traceback_is_one_failure_with_its_root(text: str, symptom: Symptom, to: str | None, first: str) -> None:
    found = asked(text)
    assert [(one.symptom, one.count, one.destination) for one in found.signals] == [(symptom, 1, to)]
    assert found.proposals[0].runbook == first


def test_tracebacks_that_are_not_chained_are_two_failures() -> None:
    found = asked(
        f"{CHAINED}\n{PYTHON.split(chr(10), 1)[1]}\nbotocore.exceptions.ReadTimeoutError: Read timeout on endpoint"
    )
    assert [(one.symptom, one.count) for one in found.signals] == [(Symptom.DNS, 1), (Symptom.READ_TIMEOUT, 1)]


def test_lines_that_are_errors_by_themselves_are_counted() -> None:
    text = "Error: connect ETIMEDOUT 1.2.3.4:443\nError: read ECONNRESET\nError: connect ETIMEDOUT 1.2.3.4:443"
    assert [(one.symptom, one.count) for one in asked(text).signals] == [
        (Symptom.CONNECT_TIMEOUT, 2),
        (Symptom.CONNECTION_RESET, 1),
    ]


# logs


@pytest.mark.parametrize(
    "path", sorted(path for path in CORPUS.iterdir() if path.is_file()), ids=lambda path: path.name
)
def test_every_log_of_the_corpus_leads_somewhere(path: Path) -> None:
    seen = seen_in_log(read_events(path))
    told = json.loads((CORPUS / "expected" / f"{path.name}.json").read_text())
    failed = {row["error_class"] for row in told["invocations"] if row["outcome"] == "failure"}
    errors = {BY_ERROR[ErrorClass(name)] for name in failed if name}
    assert errors <= {signal.symptom for signal in seen.signals}


REPORT = "Duration: 900.00 ms\tBilled Duration: 900 ms\tMemory Size: 128 MB\tMax Memory Used: 60 MB\t"


def log(outcomes: str) -> str:
    """A log of invocations one second apart; `x` fails to connect, `-` succeeds."""
    lines = []
    for number, outcome in enumerate(outcomes):
        request = f"{number:08}-1111-4222-8333-444444444444"
        at = f"2026-11-21T12:{number // 60:02}:{number % 60:02}"
        lines.append(f"{at}.000Z START RequestId: {request} Version: $LATEST")
        if outcome == "x":
            lines.append(f'{at}.500Z [ERROR] ConnectTimeoutError: Connect timeout on endpoint URL: "https://{S3}/a"')
            lines.append("Traceback (most recent call last):")
        lines.append(f"{at}.900Z END RequestId: {request}")
        lines.append(f"{at}.900Z REPORT RequestId: {request}\t{REPORT}")
    return "\n".join(lines)


def test_a_log_tells_its_pattern_too() -> None:
    found = asked(log("-----xxxxx"))
    symptoms = [(one.symptom, one.count) for one in found.signals]
    assert (Symptom.FIRST_N_THEN_FAIL, 5) in symptoms
    assert (Symptom.CONNECT_TIMEOUT, 5) in symptoms
    assert found.proposals[0].runbook == "nat_gateway"
    endpoints = next(one for one in found.proposals if one.runbook == "vpc_endpoints")
    assert endpoints.parameters == {"services": "s3", "bucket": "reports"}


def test_too_few_invocations_are_no_pattern() -> None:
    assert [one.symptom for one in asked(log("-x")).signals] == [Symptom.CONNECT_TIMEOUT]


def test_a_healthy_log_is_told_as_such() -> None:
    found = asked(log("----------"))
    assert [(one.symptom, one.count) for one in found.signals] == [(Symptom.HEALTHY, 10)]
    assert named(log("----------")) == ["post_deploy", "network_path"]


# what is none of these


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t ",
        "hello world",
        "asdf qwer 1234",
        "{}",
        "[]",
        "null",
        '{"a": 1}',
        "\0\0\0",
        "🚒🚒🚒",
        "<html></html>",
        "- -- ---",
    ],
)
def test_nonsense_is_told_and_nothing_is_invented(text: str) -> None:
    found = asked(text)
    assert (found.is_known, found.signals, found.notes) == (False, (), ())
    assert [proposal.runbook for proposal in found.proposals] == ["start_here", "network_path"]
    assert {proposal.confidence.value for proposal in found.proposals} == {"a place to begin"}
    assert found.headline.startswith("This is not known here")
    assert found.look_at


def test_very_long_texts_are_read() -> None:
    ordinary = "did something ordinary with a number and a few more words\n" * 90_000
    assert len(ordinary) > 5_000_000
    assert not asked(ordinary).is_known
    assert [one.symptom for one in asked(f"{ordinary}Error: read ECONNRESET\n").signals] == [Symptom.CONNECTION_RESET]
    assert not asked("x" * 5_000_000).is_known
    assert not asked('{"a":' * 100_000).is_known


def test_odd_characters_do_no_harm() -> None:
    seen = seen_in_text("Error: connect ETIMEDOUT 1.2.3.4:443 \ud800\x1b[31m")
    assert [one.symptom for one in seen.signals] == [Symptom.CONNECT_TIMEOUT]
