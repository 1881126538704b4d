"""The decision table: what is seen → which runbook next, why, and what else to look at.

It holds what AWS documents where folklore says otherwise, and `note` tells the difference. Sources, read 2026-11-21:
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html and nat-gateway-troubleshooting.html;
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html, configuration-vpc.html and
gettingstarted-limits.html; https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from runbook_lib.triage.symptoms import Symptom

__all__ = ["TABLE", "UNKNOWN", "Confidence", "Entry", "Priority", "Step"]


class Confidence(StrEnum):
    """How likely a runbook is to tell the cause, most likely first."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    BEGIN = "a place to begin"


class Priority(StrEnum):
    """How soon to look."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Step:
    """A runbook and why it comes next; `aws_only` where the destination must be a service of AWS to make sense."""

    runbook: str
    why: str
    confidence: Confidence = Confidence.LIKELY
    aws_only: bool = False
    public_only: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: what the symptom means, the runbooks in their order, what else to look at, what folklore has wrong."""

    means: str
    priority: Priority
    steps: tuple[Step, ...]
    look_at: tuple[str, ...] = ()
    note: str = ""


_POSSIBLE, _BEGIN = Confidence.POSSIBLE, Confidence.BEGIN
_SILENT = "Security groups and network ACLs drop silently: they make timeouts, never a refusal."


def _endpoint(why: str, confidence: Confidence = _POSSIBLE) -> Step:
    return Step("vpc_endpoints", why, confidence, aws_only=True)


def _nat(why: str, confidence: Confidence = _POSSIBLE) -> Step:
    return Step("nat_gateway", why, confidence, public_only=True)


def _path(why: str, confidence: Confidence = Confidence.LIKELY) -> Step:
    return Step("network_path", why, confidence)


def _idle(why: str, confidence: Confidence = _POSSIBLE) -> Step:
    return Step("tcp_keepalive", why, confidence)


def _configuration(why: str, confidence: Confidence = Confidence.LIKELY) -> Step:
    return Step("function_configuration", why, confidence)


_ERRORS = {
    Symptom.CONNECT_TIMEOUT: Entry(
        "no connection came about: packets get lost on the way there or back",
        Priority.HIGH,
        (
            _endpoint(
                "a service of AWS is tried: is there an endpoint, and does every subnet lead to it?", Confidence.LIKELY
            ),
            _path("which rule, route or gateway drops the packet, or its answer?"),
            _nat("if only some fail: is a NAT gateway out of ports, or what else separates them?"),
        ),
        ("which destination and port the error names", "whether all invocations fail or only some"),
        f"{_SILENT} A permission that is missing is answered at once and is no timeout.",
    ),
    Symptom.READ_TIMEOUT: Entry(
        "the connection stood and the answer did not come in time",
        Priority.MEDIUM,
        (
            _configuration("timeouts of client and function against what the far side takes"),
            _idle("an answer after 350 silent seconds passes no NAT gateway, PrivateLink or load balancer"),
            _path("do answers come back on every port?", _POSSIBLE),
        ),
        ("how long the far side takes to answer", "how long the connection was idle before"),
    ),
    Symptom.CONNECTION_RESET: Entry(
        "a connection that stood was ended with a reset",
        Priority.MEDIUM,
        (
            _idle("a NAT gateway resets what is used again after 350 idle seconds", Confidence.LIKELY),
            _nat("its IdleTimeoutCount tells how many connections it forgot"),
        ),
        ("whether the connection was idle before", "the log of the far side: it may have ended it itself"),
    ),
    Symptom.CONNECTION_REFUSED: Entry(
        "a host answered: nothing listens on that port there",
        Priority.MEDIUM,
        (_path("does the packet arrive where it is meant to, on the port it is meant for?", _POSSIBLE),),
        ("whether the service runs, and on which address and port", "whether a proxy or load balancer answers instead"),
        _SILENT,
    ),
    Symptom.CONNECTION_CLOSED: Entry(
        "the far side, or something between, closed a connection that was used again",
        Priority.MEDIUM,
        (
            _idle("a pooled connection that was idle too long is closed under the client", Confidence.LIKELY),
            _path("does the path lead to what is expected to answer?", _POSSIBLE),
        ),
        ("the idle timeout of the far side, which should be longer than that of the pool",),
    ),
    Symptom.DNS: Entry(
        "a name did not resolve, so no packet was sent yet",
        Priority.HIGH,
        (
            _path("are DNS support and host names on, and who resolves the name?"),
            _endpoint("does the private DNS of an interface endpoint take the name over?"),
        ),
        ("how the name is spelled", "private hosted zones and resolver rules of the VPC"),
        "DNS of the Amazon resolver passes whatever security groups and network ACLs say.",
    ),
    Symptom.TLS: Entry(
        "the far side answered, and its certificate or protocol was not accepted",
        Priority.MEDIUM,
        (
            _endpoint("does the name belong to the endpoint that answers?"),
            _path("does something else answer under that name: a proxy, a load balancer?", _POSSIBLE),
        ),
        ("the certificate that is presented, and its names", "the CA bundle of the runtime or layer"),
    ),
    Symptom.ENDPOINT_UNREACHABLE: Entry(
        "no way leads there: no route, or no connection at all",
        Priority.HIGH,
        (
            _path("which route is missing, or which way does the packet take?"),
            _endpoint("does an endpoint or its private DNS lead elsewhere?"),
            _nat("does every subnet lead to a NAT gateway?"),
        ),
    ),
    Symptom.THROTTLED: Entry(
        "a service limited the rate, or Lambda the number of executions",
        Priority.MEDIUM,
        (
            _configuration("reserved and account concurrency against what the load needs"),
            _nat("its load and throttles stand beside each other there"),
        ),
        ("which service says it: Lambda itself, or one the function calls", "how the client retries: with backoff?"),
    ),
    Symptom.ACCESS_DENIED: Entry(
        "the request arrived and was refused: the network works",
        Priority.HIGH,
        (
            _configuration("which principal, action and resource, and which statement is missing?"),
            _endpoint("the policy of an endpoint can refuse what the role allows"),
        ),
        ("the policy that the message names: identity, resource, endpoint, boundary or organisation",),
        "Permissions fail fast and say so; they make no timeouts.",
    ),
    Symptom.RETRIES_EXHAUSTED: Entry(
        "a client gave up after its last attempt, and does not say what each of them met",
        Priority.MEDIUM,
        (
            _path("can it be reached at all?"),
            _nat("how long do failures take, compared with attempts and timeouts of the SDK?"),
            _endpoint("is there an endpoint, and does every subnet lead to it?"),
        ),
        ("the cause further down in the traceback",),
    ),
    Symptom.FUNCTION_TIMEOUT: Entry(
        "Lambda ended the invocation at its timeout, whatever it was waiting for",
        Priority.HIGH,
        (
            _path("does what it calls answer from every subnet?"),
            _configuration("its timeout against what its calls take and how its client retries", _POSSIBLE),
            _nat("if only some time out: which cause fits their order?"),
            _endpoint("is there an endpoint, and does every subnet lead to it?"),
        ),
        (
            "the last line before the timeout",
            "the timeout of the client: shorter than the function's, it would name the cause",
        ),
        "A failure after exactly 600 s is the function's own timeout: boto3 gives up after 180 s for one address.",
    ),
    Symptom.OUT_OF_MEMORY: Entry(
        "the function needed more memory than it has",
        Priority.MEDIUM,
        (_configuration("memory used against its size, over time"),),
        ("Max Memory Used in REPORT lines: runbook logs --file LOG",),
    ),
    Symptom.RUNTIME_EXIT: Entry(
        "the process of the runtime ended: killed, crashed or left",
        Priority.MEDIUM,
        (_configuration("memory, size of the answer, and how it exits"),),
        ("`signal: killed` is most often memory", "native libraries built for another architecture"),
    ),
    Symptom.INIT_FAILURE: Entry(
        "the code did not load, or did not get ready in time",
        Priority.HIGH,
        (
            _configuration("state, runtime, handler and what its initialisation takes"),
            _path("does the code connect to something while it loads?", _POSSIBLE),
        ),
        ("a module that is missing from the package", "calls made outside of the handler"),
    ),
    Symptom.APPLICATION_ERROR: Entry(
        "the code raised an error that names no connection, service or limit",
        Priority.LOW,
        (_configuration("source code and configuration, if the code gives no reason", _POSSIBLE),),
        ("the traceback: its last line of your own code", "runbook logs --file LOG, for the other failures beside it"),
    ),
}

_PATTERNS = {
    Symptom.FIRST_N_THEN_FAIL: Entry(
        "the first invocations succeed and the last fail: something fills up, or some run where the path is broken",
        Priority.HIGH,
        (
            _nat(
                "it weighs every cause of this pattern; ErrorPortAllocation above 0 proves that ports ran out",
                Confidence.LIKELY,
            ),
            _path("one subnet or zone without a way looks just the same", _POSSIBLE),
            _endpoint(
                "with a gateway endpoint, S3 and DynamoDB need no NAT gateway; is it missing from a route table?"
            ),
        ),
        note="A NAT gateway takes 55,000 connections per address and destination: ten invocations do not fill it.",
    ),
    Symptom.ALL_FAIL: Entry(
        "every invocation fails: what is configured does not work, for all of them",
        Priority.HIGH,
        (
            _path("which rule, route or gateway stops all of them?"),
            _endpoint("does the endpoint exist, and do its policy and its groups admit the function?"),
            _configuration("state, permissions and limits of the function", _POSSIBLE),
        ),
        note="Timeouts are the network's, AccessDenied is a permission's: what the errors say tells them apart.",
    ),
    Symptom.SCATTERED: Entry(
        "failures are strewn among successes: what they met depends on the single invocation",
        Priority.MEDIUM,
        (
            _configuration("memory, duration and timeout, invocation by invocation"),
            _path("are some of the return ports shut, or is one of several addresses closed?", _POSSIBLE),
            _nat("which cause fits the order and the duration of failures?"),
        ),
        note="Not only slow code is scattered: a network ACL that lets back only part of the ports looks like this.",
    ),
    Symptom.INTERMITTENT: Entry(
        "failures come in stretches of time",
        Priority.MEDIUM,
        (
            _path("a network ACL that lets back only part of the ports 1024-65535 fails now and then"),
            _nat("is a limit reached at those times?"),
            _idle("do pauses of minutes come before the failures?"),
        ),
        note="Retries hide it and do not mend it: find out first whether a rule of yours makes it.",
    ),
}

_CAUSES = {
    Symptom.PATH_BLOCKED: Entry(
        "the configuration stops the packets from every subnet",
        Priority.HIGH,
        (_path("it names the rule and proves the fix"), _endpoint("an endpoint may be the smaller change")),
    ),
    Symptom.ONE_SUBNET: Entry(
        "one subnet or zone has no working path",
        Priority.HIGH,
        (_path("it shows the way of each subnet"), _endpoint("does the endpoint belong to every route table?")),
    ),
    Symptom.NAT_PORTS: Entry(
        "a NAT gateway had no port left",
        Priority.HIGH,
        (
            _nat("its metrics with their limits, and what more addresses would do", Confidence.LIKELY),
            _endpoint("a gateway endpoint takes S3 and DynamoDB off the NAT gateway"),
        ),
    ),
    Symptom.RETURN_PORTS: Entry(
        "a network ACL stops part of the answers",
        Priority.HIGH,
        (_path("it names the entry and the ports"),),
    ),
    Symptom.IDLE: Entry(
        "a connection was forgotten after idle minutes",
        Priority.MEDIUM,
        (
            _idle("which device forgets after how long, and do probes come before?", Confidence.LIKELY),
            _nat("its IdleTimeoutCount tells how many connections it forgot"),
        ),
        note="boto3's tcp_keepalive only switches SO_KEEPALIVE on; the times are those of the network namespace.",
    ),
    Symptom.DOWNSTREAM: Entry(
        "the far side is slow, limits the rate or refuses",
        Priority.MEDIUM,
        (_configuration("timeouts and retries against what the far side takes", _POSSIBLE),),
        ("metrics and log of the far side",),
    ),
    Symptom.COLD_START: Entry(
        "new environments fail or take long",
        Priority.LOW,
        (_configuration("initialisation, package, provisioned concurrency"),),
    ),
    Symptom.RETRY_BUDGET: Entry(
        "the SDK retries for longer than the function may run",
        Priority.MEDIUM,
        (
            _configuration("the timeout of the function against attempts × timeouts of the client"),
            _path("and why does the first attempt fail?", _POSSIBLE),
        ),
    ),
    Symptom.PAYLOAD: Entry(
        "a request or an answer is too large",
        Priority.MEDIUM,
        (_configuration("sizes against the limits"),),
        ("6 MB for synchronous requests and answers, 1 MB for asynchronous requests",),
        "Asynchronous payloads may have 1 MB, no longer only 256 KB.",
    ),
}

_STATES = {
    Symptom.NOT_ACTIVE: Entry(
        "the function is not ready to be invoked",
        Priority.HIGH,
        (
            _configuration("its state with the reason"),
            Step("post_deploy", "it waits until the function is active, then invokes it with consent", _POSSIBLE),
        ),
        note="After 14 days without invocations a function in a VPC is Inactive, and the next invocation fails.",
    ),
    Symptom.NO_ADDRESSES: Entry(
        "a subnet has no free address for the network interfaces of Lambda",
        Priority.HIGH,
        (
            _path("it counts the free addresses of each subnet"),
            _configuration("state and subnets of the function", _POSSIBLE),
        ),
    ),
    Symptom.NO_INTERFACES: Entry(
        "the quota of network interfaces for Lambda is used up",
        Priority.HIGH,
        (_configuration("the quota and what is left of it"),),
        ("how many combinations of subnets and security groups functions use: each needs interfaces of its own",),
    ),
    Symptom.INTERFACES_REFUSED: Entry(
        "Lambda could not make or use the network interfaces of the function",
        Priority.HIGH,
        (_configuration("the permissions of its role for network interfaces, and its state"),),
        ("AWSLambdaVPCAccessExecutionRole: ec2:Create-, Describe- and DeleteNetworkInterface",),
    ),
    Symptom.RECURSION: Entry(
        "the function triggers itself",
        Priority.HIGH,
        (_configuration("what triggers it, and where it writes"),),
        ("stop it first: set its reserved concurrency to 0",),
    ),
}

_SITUATIONS = {
    Symptom.BEFORE_DEPLOY: Entry(
        "something is about to be deployed",
        Priority.MEDIUM,
        (
            _path("a Terraform plan can be judged before it is applied: runbook check --plan"),
            _endpoint("does every subnet it will use lead to the endpoint?", Confidence.LIKELY),
            Step("post_deploy", "afterwards: does it work, also under concurrency?", _POSSIBLE),
        ),
    ),
    Symptom.AFTER_DEPLOY: Entry(
        "something was deployed",
        Priority.MEDIUM,
        (
            Step("post_deploy", "does what was deployed work, also when it is called many times at once?"),
            _path("and does every subnet reach what it needs?", _POSSIBLE),
        ),
        note="Ten successes show 74% at least, not 100%; asynchronous invocations hide failures behind retries.",
    ),
    Symptom.NEW_ENDPOINT: Entry(
        "a VPC endpoint was added or changed",
        Priority.MEDIUM,
        (
            _endpoint("is it associated with every route table the function uses?", Confidence.LIKELY),
            Step("post_deploy", "does the function work through it?", _POSSIBLE),
        ),
        note="A new gateway endpoint ends open connections, and aws:SourceIp no longer matches: use aws:SourceVpce.",
    ),
    Symptom.MORE_CONCURRENCY: Entry(
        "more invocations at once are planned",
        Priority.MEDIUM,
        (
            _nat("do so many connections fit?", Confidence.LIKELY),
            Step("post_deploy", "a burst that really overlaps, with consent", _POSSIBLE),
            _configuration("concurrency limits", _POSSIBLE),
        ),
    ),
    Symptom.SLOW: Entry(
        "it is slow and does not fail",
        Priority.LOW,
        (_configuration("duration, memory and initialisation", _POSSIBLE),),
        ("durations in REPORT lines: runbook logs --file LOG", "a profile of the code"),
    ),
    Symptom.OUTSIDE_VPC: Entry(
        "the function is in no VPC: no rule or route of yours is on its way",
        Priority.MEDIUM,
        (_configuration("timeouts, memory, permissions and limits"),),
        ("private addresses cannot be reached from there",),
    ),
    Symptom.HEALTHY: Entry(
        "nothing failed in the log that was read",
        Priority.LOW,
        (
            Step("post_deploy", "does it hold under concurrency, with consent?", _POSSIBLE),
            _path("is every subnet's way open, also the ones that had no traffic?", _POSSIBLE),
        ),
        ("an earlier window: --since 2d", "whether callers fail before they reach the function"),
    ),
    Symptom.NOT_SEEN: Entry(
        "the log that was read shows no failure, and does not show that there was none",
        Priority.MEDIUM,
        (
            _path("does it reach what it calls, from every subnet?", _BEGIN),
            _configuration("state, limits and permissions, with or without a log", _BEGIN),
        ),
        ("why the log is not whole, as told below", "another window: --since 2d", "the error that the caller got"),
    ),
}

TABLE: Mapping[Symptom, Entry] = {**_ERRORS, **_PATTERNS, **_CAUSES, **_STATES, **_SITUATIONS}

UNKNOWN = Entry(
    "nothing in it is known here",
    Priority.MEDIUM,
    (
        Step("start_here", "it looks at everything once", _BEGIN),
        Step("network_path", "does the function reach what it calls, from every subnet?", _BEGIN),
    ),
    (
        "the line that names the error: its class and message, with the traceback",
        "which host and port it tried, and how long it took to fail",
        "the log of the failing invocations: runbook triage --file LOG",
    ),
)
"""What is said of a text that holds nothing the table knows."""
