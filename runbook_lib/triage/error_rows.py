"""Rows of the decision table about errors, by what they name.

Sources, read 2026-11-21:
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html and nat-gateway-troubleshooting.html;
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html, configuration-vpc.html and
gettingstarted-limits.html; https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html;
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections.
"""

from __future__ import annotations

from collections.abc import Mapping

from runbook_lib.triage.rows import (
    POSSIBLE,
    SILENT,
    Confidence,
    Entry,
    Priority,
    analyzer,
    configuration,
    endpoint,
    idle,
    nat,
    path,
)
from runbook_lib.triage.symptoms import Symptom

__all__ = ["ERRORS"]

ERRORS: Mapping[Symptom, Entry] = {
    Symptom.CONNECT_TIMEOUT: Entry(
        "no connection came about: packets get lost on the way there or back",
        Priority.HIGH,
        (
            endpoint(
                "a service of AWS is tried: is there an endpoint, and does every subnet lead to it?", Confidence.LIKELY
            ),
            path("which rule, route or gateway drops the packet, or its answer?"),
            nat("if only some fail: is a NAT gateway out of ports, or what else separates them?"),
            analyzer(),
        ),
        ("which destination and port the error names", "whether all invocations fail or only some"),
        f"{SILENT} A permission that is missing is answered at once and is no timeout.",
    ),
    Symptom.READ_TIMEOUT: Entry(
        "the connection stood and the answer did not come in time",
        Priority.MEDIUM,
        (
            configuration("timeouts of client and function against what the far side takes"),
            idle("an answer after 350 silent seconds passes no NAT gateway, PrivateLink or load balancer"),
            path("do answers come back on every port?", POSSIBLE),
        ),
        ("how long the far side takes to answer", "how long the connection was idle before"),
    ),
    Symptom.CONNECTION_RESET: Entry(
        "a connection that stood was ended with a reset",
        Priority.MEDIUM,
        (
            idle("a NAT gateway resets what is used again after 350 idle seconds", Confidence.LIKELY),
            nat("its IdleTimeoutCount tells how many connections it forgot"),
        ),
        ("whether the connection was idle before", "the log of the far side: it may have ended it itself"),
    ),
    Symptom.CONNECTION_REFUSED: Entry(
        "a host answered: nothing listens on that port there",
        Priority.MEDIUM,
        (path("does the packet arrive where it is meant to, on the port it is meant for?", POSSIBLE),),
        ("whether the service runs, and on which address and port", "whether a proxy or load balancer answers instead"),
        SILENT,
    ),
    Symptom.CONNECTION_CLOSED: Entry(
        "the far side, or something between, closed a connection that was used again",
        Priority.MEDIUM,
        (
            idle("a pooled connection that was idle too long is closed under the client", Confidence.LIKELY),
            path("does the path lead to what is expected to answer?", POSSIBLE),
        ),
        ("the idle timeout of the far side, which should be longer than that of the pool",),
    ),
    Symptom.DNS: Entry(
        "a name did not resolve, so no packet was sent yet",
        Priority.HIGH,
        (
            path("are DNS support and host names on, and who resolves the name?"),
            endpoint("does the private DNS of an interface endpoint take the name over?"),
        ),
        ("how the name is spelled", "private hosted zones and resolver rules of the VPC"),
        "DNS of the Amazon resolver passes whatever security groups and network ACLs say.",
    ),
    Symptom.TLS: Entry(
        "the far side answered, and its certificate or protocol was not accepted",
        Priority.MEDIUM,
        (
            endpoint("does the name belong to the endpoint that answers?"),
            path("does something else answer under that name: a proxy, a load balancer?", POSSIBLE),
        ),
        ("the certificate that is presented, and its names", "the CA bundle of the runtime or layer"),
    ),
    Symptom.ENDPOINT_UNREACHABLE: Entry(
        "no way leads there: no route, or no connection at all",
        Priority.HIGH,
        (
            path("which route is missing, or which way does the packet take?"),
            endpoint("does an endpoint or its private DNS lead elsewhere?"),
            nat("does every subnet lead to a NAT gateway?"),
            analyzer(),
        ),
    ),
    Symptom.THROTTLED: Entry(
        "a service limited the rate, or Lambda the number of executions",
        Priority.MEDIUM,
        (
            configuration("reserved and account concurrency against what the load needs"),
            nat("its load and throttles stand beside each other there"),
        ),
        ("which service says it: Lambda itself, or one the function calls", "how the client retries: with backoff?"),
    ),
    Symptom.TOO_MANY_CONNECTIONS: Entry(
        "a database, or the proxy before it, answered that it has no connection left: the network works",
        Priority.HIGH,
        (
            configuration(
                "concurrency x connections of each environment against max_connections; is there an RDS Proxy?"
            ),
        ),
        (
            "DatabaseConnections of the database beside ConcurrentExecutions of the function",
            "who else connects, and whether connections are opened once per environment or in every invocation",
        ),
        "100 is the default of PostgreSQL itself: RDS derives max_connections from the memory of the instance class.",
    ),
    Symptom.ACCESS_DENIED: Entry(
        "the request arrived and was refused: the network works",
        Priority.HIGH,
        (
            configuration("which principal, action and resource, and which statement is missing?"),
            endpoint("the policy of an endpoint can refuse what the role allows"),
        ),
        ("the policy that the message names: identity, resource, endpoint, boundary or organisation",),
        "Permissions fail fast and say so; they make no timeouts.",
    ),
    Symptom.RETRIES_EXHAUSTED: Entry(
        "a client gave up after its last attempt, and does not say what each of them met",
        Priority.MEDIUM,
        (
            path("can it be reached at all?"),
            nat("how long do failures take, compared with attempts and timeouts of the SDK?"),
            endpoint("is there an endpoint, and does every subnet lead to it?"),
        ),
        ("the cause further down in the traceback",),
    ),
    Symptom.FUNCTION_TIMEOUT: Entry(
        "Lambda ended the invocation at its timeout, whatever it was waiting for",
        Priority.HIGH,
        (
            path("does what it calls answer from every subnet?"),
            configuration("its timeout against what its calls take and how its client retries", POSSIBLE),
            nat("if only some time out: which cause fits their order?"),
            endpoint("is there an endpoint, and does every subnet lead to it?"),
        ),
        (
            "the last line before the timeout",
            "the timeout of the client: shorter than the function's, it would name the cause",
        ),
        "Exactly 600 s is nearly always the function's own Timeout: boto3 gives up after 180 s per address.",
    ),
    Symptom.OUT_OF_MEMORY: Entry(
        "the function needed more memory than it has",
        Priority.MEDIUM,
        (configuration("memory used against its size, over time"),),
        ("Max Memory Used in REPORT lines: runbook logs --file LOG",),
    ),
    Symptom.RUNTIME_EXIT: Entry(
        "the process of the runtime ended: killed, crashed or left",
        Priority.MEDIUM,
        (configuration("memory, size of the answer, and how it exits"),),
        ("`signal: killed` is most often memory", "native libraries built for another architecture"),
    ),
    Symptom.INIT_FAILURE: Entry(
        "the code did not load, or did not get ready in time",
        Priority.HIGH,
        (
            configuration("state, runtime, handler and what its initialisation takes"),
            path("does the code connect to something while it loads?", POSSIBLE),
        ),
        ("a module that is missing from the package", "calls made outside of the handler"),
    ),
    Symptom.APPLICATION_ERROR: Entry(
        "the code raised an error that names no connection, service or limit",
        Priority.LOW,
        (configuration("source code and configuration, if the code gives no reason", POSSIBLE),),
        ("the traceback: its last line of your own code", "runbook logs --file LOG, for the other failures beside it"),
    ),
}
