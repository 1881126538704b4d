"""Rows of the decision table about patterns of failure, proven causes, states and situations.

Sources, read 2026-11-21:
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html and nat-gateway-troubleshooting.html;
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-networking.html, configuration-vpc.html and
gettingstarted-limits.html; https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html.
"""

from __future__ import annotations

from collections.abc import Mapping

from runbook_lib.triage.rows import (
    BEGIN,
    POSSIBLE,
    Confidence,
    Entry,
    Priority,
    Step,
    analyzer,
    configuration,
    endpoint,
    idle,
    nat,
    path,
)
from runbook_lib.triage.symptoms import Symptom

__all__ = ["OTHERS"]

OTHERS: Mapping[Symptom, Entry] = {
    Symptom.FIRST_N_THEN_FAIL: Entry(
        "the first invocations succeed and the last fail: something fills up, or some run where the path is broken",
        Priority.HIGH,
        (
            nat(
                "it weighs every cause of this pattern; ErrorPortAllocation above 0 proves that ports ran out",
                Confidence.LIKELY,
            ),
            path("one subnet or zone without a way looks just the same", POSSIBLE),
            endpoint("with a gateway endpoint, S3 and DynamoDB need no NAT gateway; is it missing from a route table?"),
        ),
        note="A NAT gateway takes 55,000 connections per address and destination: ten invocations do not fill it.",
    ),
    Symptom.ALL_FAIL: Entry(
        "every invocation fails: what is configured does not work, for all of them",
        Priority.HIGH,
        (
            path("which rule, route or gateway stops all of them?"),
            endpoint("does the endpoint exist, and do its policy and its groups admit the function?"),
            configuration("state, permissions and limits of the function", POSSIBLE),
        ),
        note="Timeouts are the network's, AccessDenied is a permission's: what the errors say tells them apart.",
    ),
    Symptom.SCATTERED: Entry(
        "failures are strewn among successes: what they met depends on the single invocation",
        Priority.MEDIUM,
        (
            configuration("memory, duration and timeout, invocation by invocation"),
            path("are some of the return ports shut, or is one of several addresses closed?", POSSIBLE),
            nat("which cause fits the order and the duration of failures?"),
        ),
        note="Not only slow code is scattered: a network ACL that lets back only part of the ports looks like this.",
    ),
    Symptom.INTERMITTENT: Entry(
        "failures come in stretches of time",
        Priority.MEDIUM,
        (
            path("a network ACL that lets back only part of the ports 1024-65535 fails now and then"),
            nat("is a limit reached at those times?"),
            idle("do pauses of minutes come before the failures?"),
        ),
        note="Retries hide it and do not mend it: find out first whether a rule of yours makes it.",
    ),
    Symptom.PATH_BLOCKED: Entry(
        "the configuration stops the packets from every subnet",
        Priority.HIGH,
        (path("it names the rule and proves the fix"), endpoint("an endpoint may be the smaller change"), analyzer()),
    ),
    Symptom.ONE_SUBNET: Entry(
        "one subnet or zone has no working path",
        Priority.HIGH,
        (path("it shows the way of each subnet"), endpoint("does the endpoint belong to every route table?")),
    ),
    Symptom.NAT_PORTS: Entry(
        "a NAT gateway had no port left",
        Priority.HIGH,
        (
            nat("its metrics with their limits, and what more addresses would do", Confidence.LIKELY),
            endpoint("a gateway endpoint takes S3 and DynamoDB off the NAT gateway"),
        ),
    ),
    Symptom.RETURN_PORTS: Entry(
        "a network ACL stops part of the answers",
        Priority.HIGH,
        (path("it names the entry and the ports"),),
    ),
    Symptom.IDLE: Entry(
        "a connection was forgotten after idle minutes",
        Priority.MEDIUM,
        (
            idle("which device forgets after how long, and do probes come before?", Confidence.LIKELY),
            nat("its IdleTimeoutCount tells how many connections it forgot"),
        ),
        note="boto3's tcp_keepalive only switches SO_KEEPALIVE on; the times are those of the network namespace.",
    ),
    Symptom.DOWNSTREAM: Entry(
        "the far side is slow, limits the rate or refuses",
        Priority.MEDIUM,
        (configuration("timeouts and retries against what the far side takes", POSSIBLE),),
        ("metrics and log of the far side",),
    ),
    Symptom.COLD_START: Entry(
        "new environments fail or take long",
        Priority.LOW,
        (configuration("initialisation, package, provisioned concurrency"),),
    ),
    Symptom.RETRY_BUDGET: Entry(
        "the SDK retries for longer than the function may run",
        Priority.MEDIUM,
        (
            configuration("the timeout of the function against attempts × timeouts of the client"),
            path("and why does the first attempt fail?", POSSIBLE),
        ),
    ),
    Symptom.PAYLOAD: Entry(
        "a request or an answer is too large",
        Priority.MEDIUM,
        (configuration("sizes against the limits"),),
        ("6 MB for synchronous requests and answers, 1 MB for asynchronous requests",),
        "Asynchronous payloads may have 1 MB, no longer only 256 KB.",
    ),
    Symptom.CALLER_GAVE_UP: Entry(
        "the caller gave up before the function had ended",
        Priority.MEDIUM,
        (
            configuration("how long callers wait, against the timeout of the function and what it takes"),
            path("does what the function waits for answer?", POSSIBLE),
        ),
        ("API Gateway waits 29 s for a function unless the quota was raised",),
    ),
    Symptom.NOT_ACTIVE: Entry(
        "the function is not ready to be invoked",
        Priority.HIGH,
        (
            configuration("its state with the reason"),
            Step("post_deploy", "it waits until the function is active, then invokes it with consent", POSSIBLE),
        ),
        note="After 14 days without invocations a function in a VPC is Inactive, and the next invocation fails.",
    ),
    Symptom.NO_ADDRESSES: Entry(
        "a subnet has no free address for the network interfaces of Lambda",
        Priority.HIGH,
        (
            path("it counts the free addresses of each subnet"),
            configuration("state and subnets of the function", POSSIBLE),
        ),
    ),
    Symptom.NO_INTERFACES: Entry(
        "the quota of network interfaces for Lambda is used up",
        Priority.HIGH,
        (configuration("the quota and what is left of it"),),
        ("how many combinations of subnets and security groups functions use: each needs interfaces of its own",),
    ),
    Symptom.INTERFACES_REFUSED: Entry(
        "Lambda could not make or use the network interfaces of the function",
        Priority.HIGH,
        (configuration("the permissions of its role for network interfaces, and its state"),),
        ("AWSLambdaVPCAccessExecutionRole: ec2:Create-, Describe- and DeleteNetworkInterface",),
    ),
    Symptom.RECURSION: Entry(
        "the function triggers itself",
        Priority.HIGH,
        (configuration("what triggers it, and where it writes"),),
        ("stop it first: set its reserved concurrency to 0",),
    ),
    Symptom.BEFORE_DEPLOY: Entry(
        "something is about to be deployed",
        Priority.MEDIUM,
        (
            path("a Terraform plan can be judged before it is applied: runbook check --plan"),
            endpoint("does every subnet it will use lead to the endpoint?", Confidence.LIKELY),
            Step("post_deploy", "afterwards: does it work, also under concurrency?", POSSIBLE),
        ),
    ),
    Symptom.AFTER_DEPLOY: Entry(
        "something was deployed",
        Priority.MEDIUM,
        (
            Step("post_deploy", "does what was deployed work, also when it is called many times at once?"),
            path("and does every subnet reach what it needs?", POSSIBLE),
        ),
        note="Ten successes show 74% at least, not 100%; asynchronous invocations hide failures behind retries.",
    ),
    Symptom.NEW_ENDPOINT: Entry(
        "a VPC endpoint was added or changed",
        Priority.MEDIUM,
        (
            endpoint("is it associated with every route table the function uses?", Confidence.LIKELY),
            Step("post_deploy", "does the function work through it?", POSSIBLE),
        ),
        note="A new gateway endpoint ends open connections, and aws:SourceIp no longer matches: use aws:SourceVpce.",
    ),
    Symptom.MORE_CONCURRENCY: Entry(
        "more invocations at once are planned",
        Priority.MEDIUM,
        (
            nat("do so many connections fit?", Confidence.LIKELY),
            Step("post_deploy", "a burst that really overlaps, with consent", POSSIBLE),
            configuration("concurrency limits", POSSIBLE),
        ),
    ),
    Symptom.SLOW: Entry(
        "it is slow and does not fail",
        Priority.LOW,
        (configuration("duration, memory and initialisation", POSSIBLE),),
        ("durations in REPORT lines: runbook logs --file LOG", "a profile of the code"),
    ),
    Symptom.OUTSIDE_VPC: Entry(
        "the function is in no VPC: no rule or route of yours is on its way",
        Priority.MEDIUM,
        (configuration("timeouts, memory, permissions and limits"),),
        ("private addresses cannot be reached from there",),
    ),
    Symptom.HEALTHY: Entry(
        "nothing failed in the log that was read",
        Priority.LOW,
        (
            Step("post_deploy", "does it hold under concurrency, with consent?", POSSIBLE),
            path("is every subnet's way open, also the ones that had no traffic?", POSSIBLE),
        ),
        ("an earlier window: --since 2d", "whether callers fail before they reach the function"),
    ),
    Symptom.NOT_SEEN: Entry(
        "the log that was read shows no failure, and does not show that there was none",
        Priority.MEDIUM,
        (
            path("does it reach what it calls, from every subnet?", BEGIN),
            configuration("state, limits and permissions, with or without a log", BEGIN),
        ),
        ("why the log is not whole, as told below", "another window: --since 2d", "the error that the caller got"),
    ),
}
