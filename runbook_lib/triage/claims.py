"""What is often read about these failures and does not hold, or no longer: what does hold, and where AWS says so.

Every source was read on the day that `READ` names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CLAIMS", "READ", "Claim", "Standing", "Topic", "claims_about"]

READ = "2026-11-21"
"""The day on which the sources were read."""


class Topic(StrEnum):
    """What a claim is about, in the order in which claims are listed."""

    TIME = "time"
    SIZE = "size"
    START = "cold starts"
    DATABASES = "databases"
    ACCESS = "access"
    TRIGGERS = "triggers"
    LOGS = "logs"
    NETWORK = "network"
    STORAGE = "storage"
    PRICES = "prices"


class Standing(StrEnum):
    """How far a claim is from what holds."""

    WRONG = "wrong"
    OUTDATED = "outdated"
    IMPRECISE = "not the whole of it"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: what is heard, and what holds instead; `sources` are the pages that say so."""

    topic: Topic
    heard: str
    standing: Standing
    holds: str
    sources: tuple[str, ...]


def claims_about(topics: Iterable[str] = ()) -> tuple[Claim, ...]:
    """The claims about these topics, about all of them when none is named. ValueError for a topic there is not."""
    wanted = {Topic(topic) for topic in topics} or {*Topic}
    return tuple(claim for claim in CLAIMS if claim.topic in wanted)


_WRONG, _OUTDATED, _IMPRECISE = Standing.WRONG, Standing.OUTDATED, Standing.IMPRECISE
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/"
_VPC = "https://docs.aws.amazon.com/vpc/latest/"
_RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"

CLAIMS = (
    Claim(
        Topic.TIME,
        "boto3 gives up after 600 s, or after ten minutes with its retries",
        _WRONG,
        "It waits 60 s to connect and 60 s to read, for each attempt; each address of the destination is tried in "
        "turn. With three attempts and one address that is about three minutes. A failure at a round 600 s is the "
        "Timeout of the function.",
        (
            "https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html",
            "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html",
        ),
    ),
    Claim(
        Topic.TIME,
        "No function can ever run longer than 15 minutes",
        _OUTDATED,
        "900 s is the most for a function on Lambda's own capacity. On Lambda Managed Instances an "
        "asynchronous invocation, or one from most event source mappings, may take 90 minutes (5,400 s). A "
        "durable function, which saves its progress in checkpoints, may go on for a year. A single long job "
        "still has to move or to be split.",
        (f"{_LAMBDA}gettingstarted-limits.html", f"{_LAMBDA}durable-functions.html"),
    ),
    Claim(
        Topic.TIME,
        "Every Node.js handler should set callbackWaitsForEmptyEventLoop to false",
        _OUTDATED,
        "It concerns handlers that answer by a callback. One that is async, or returns a promise, ends with its "
        "promise. From Node.js 24 on there are no callback handlers.",
        (f"{_LAMBDA}nodejs-context.html", f"{_LAMBDA}nodejs-handler.html"),
    ),
    Claim(
        Topic.TIME,
        "An API in front of a function waits 29 s, whatever one does",
        _OUTDATED,
        "29 s is the default of a REST API, which can be raised for Regional and private ones; an HTTP API waits 30 "
        "s at most.",
        (
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
        ),
    ),
    Claim(
        Topic.SIZE,
        "The payload of an asynchronous invocation may have 256 KB",
        _OUTDATED,
        "1 MB since the end of 2025; 6 MB each way for a synchronous one, which also bounds what an API of 10 MB "
        "can pass on. Only the old InvokeAsync keeps 256 KB.",
        ("https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html", f"{_LAMBDA}gettingstarted-limits.html"),
    ),
    Claim(
        Topic.SIZE,
        "With 1,024 MB a function has a whole CPU",
        _WRONG,
        "CPU grows with memory and comes to one vCPU at 1,769 MB.",
        (f"{_LAMBDA}configuration-memory.html",),
    ),
    Claim(
        Topic.START,
        "Initialisation is billed since August 2025, so every bill grows by a tenth or a half",
        _IMPRECISE,
        "It is billed for functions of a zip archive on managed runtimes too, as it was for the others before. AWS "
        "expects little of it, because few invocations are cold. The report of a cold start tells its Init "
        "Duration.",
        ("https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase",),
    ),
    Claim(
        Topic.START,
        "A function in a VPC waits ten seconds for its network interface when it starts cold",
        _OUTDATED,
        "Interfaces are made when the function is created or attached, and shared by all its environments. What "
        "still bites: after 14 idle days they are given back, the function is Inactive, and the next invocation "
        "fails.",
        (f"{_LAMBDA}configuration-vpc.html", f"{_LAMBDA}functions-states.html"),
    ),
    Claim(
        Topic.START,
        "SnapStart is for Java and .NET",
        _OUTDATED,
        "For Python 3.12 and later as well. It does not go with provisioned concurrency, Amazon EFS or more than "
        "512 MB of ephemeral storage, and works on published versions only.",
        (f"{_LAMBDA}snapstart.html",),
    ),
    Claim(
        Topic.DATABASES,
        "Every invocation opens a connection of its own to the database",
        _IMPRECISE,
        "Every execution environment does, if its code connects outside the handler: then there are as many as run "
        "at once. Only code that connects inside the handler opens one per invocation.",
        (f"{_LAMBDA}best-practices.html", f"{_LAMBDA}lambda-runtime-environment.html"),
    ),
    Claim(
        Topic.DATABASES,
        "PostgreSQL takes 100 connections unless it is told otherwise",
        _WRONG,
        "On Amazon RDS the default follows the memory of the instance class: bytes divided by 9,531,392, at most "
        "5,000. A small instance has about 100, a large one thousands. For a small one the advice holds.",
        (f"{_RDS}CHAP_Limits.html",),
    ),
    Claim(
        Topic.DATABASES,
        "Lambda with RDS cannot do without RDS Proxy",
        _IMPRECISE,
        "AWS recommends it for many short connections in production, and calls direct ones useful in simple cases. "
        "Concurrency times connections below max_connections needs none; a session that is pinned gains nothing "
        "from it.",
        (f"{_LAMBDA}services-rds.html", f"{_RDS}rds-proxy.howitworks.html"),
    ),
    Claim(
        Topic.ACCESS,
        "If every invocation fails, it is a permission",
        _WRONG,
        "A missing permission is answered with AccessDenied, within milliseconds. What times out was never "
        "answered, and no policy of IAM does that.",
        ("https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",),
    ),
    Claim(
        Topic.ACCESS,
        "AccessDenied means that a statement is missing in the role",
        _IMPRECISE,
        "It may come from a permissions boundary, a service or resource control policy, a bucket policy, the policy "
        "of an endpoint or of a session as well. The message mostly tells which, and whether it was an explicit "
        "deny.",
        (
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
        ),
    ),
    Claim(
        Topic.ACCESS,
        "Secret keys belong into environment variables",
        _IMPRECISE,
        "Better there than in the code, but everybody who may read the configuration reads them. The function has a "
        "role and needs no access key; passwords belong into Secrets Manager.",
        (f"{_LAMBDA}with-secrets-manager.html",),
    ),
    Claim(
        Topic.TRIGGERS,
        "A function that triggers itself goes on for ever",
        _OUTDATED,
        "Loops through SQS, SNS, S3 and Lambda itself are stopped after about 16 rounds, unless that was switched "
        "off for the function; RecursiveInvocationsDropped counts it. Loops through other services are not noticed.",
        (f"{_LAMBDA}invocation-recursion.html",),
    ),
    Claim(
        Topic.TRIGGERS,
        "Ten asynchronous invocations with ten good lines in the log prove that the load is borne",
        _WRONG,
        "An asynchronous invocation that fails is tried up to twice more, so failures hide behind later successes. "
        "Count by request id, or invoke synchronously.",
        (
            "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html",
            f"{_LAMBDA}invocation-async-error-handling.html",
        ),
    ),
    Claim(
        Topic.LOGS,
        "No line that matches START or ConnectTimeoutError means that nothing failed",
        _WRONG,
        "With JSON logs the line looks otherwise, and below a level of INFO the platform writes no START and no "
        "REPORT. Events also arrive late, and code may catch what it does not print.",
        (f"{_LAMBDA}monitoring-cloudwatchlogs-log-level.html", f"{_LAMBDA}monitoring-cloudwatchlogs-view.html"),
    ),
    Claim(
        Topic.NETWORK,
        "A NAT gateway takes 55,000 connections",
        _IMPRECISE,
        "55,000 for each of its addresses to each destination, that is address, port and protocol. Ten functions "
        "that call S3 cannot fill that.",
        (f"{_VPC}userguide/nat-gateway-basics.html",),
    ),
    Claim(
        Topic.NETWORK,
        "The first invocations succeed and the last fail: that is the limit of the NAT gateway",
        _WRONG,
        "It fits, and so do a subnet without a route, a network ACL with a hole, the far side and chance. "
        "ErrorPortAllocation above 0 proves it; without that it is something else.",
        (f"{_VPC}userguide/metrics-dimensions-nat-gateway.html", f"{_LAMBDA}troubleshooting-networking.html"),
    ),
    Claim(
        Topic.NETWORK,
        "A NAT gateway limits how fast connections are made",
        _WRONG,
        "AWS names limits of ports, of bandwidth (100 Gbit/s) and of packets (10 million a second), and none of "
        "that kind.",
        (f"{_VPC}userguide/nat-gateway-basics.html",),
    ),
    Claim(
        Topic.NETWORK,
        "Connection refused: a security group forbids it",
        _WRONG,
        "Security groups and network ACLs drop packets without a word, which ends in a timeout. Who refuses is a "
        "host without a listener, or a device that resets.",
        (f"{_LAMBDA}troubleshooting-networking.html", f"{_VPC}userguide/vpc-security-groups.html"),
    ),
    Claim(
        Topic.NETWORK,
        "Reachability Analyzer cannot look through a NAT gateway",
        _OUTDATED,
        "NAT gateways are components in the middle of a path that it analyses. A function cannot be its source, but "
        "the network interface of one can.",
        (f"{_VPC}reachability/how-reachability-analyzer-works.html",),
    ),
    Claim(
        Topic.NETWORK,
        "A gateway endpoint has no limits and is faster",
        _IMPRECISE,
        "It is free and needs no port of a NAT gateway. It serves S3 and DynamoDB of the same Region only, only "
        "route tables that it is associated with, and drops open connections when it is added; aws:SourceIp no "
        "longer matches.",
        (f"{_VPC}privatelink/gateway-endpoints.html", f"{_VPC}privatelink/vpc-endpoints-s3.html"),
    ),
    Claim(
        Topic.STORAGE,
        "New S3 buckets and EBS volumes are not encrypted",
        _OUTDATED,
        "S3 encrypts every new object since 5 January 2023, at no charge. For EBS it still has to be switched on, "
        "per account and Region, and old volumes stay as they are.",
        (
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html",
            "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableEbsEncryptionByDefault.html",
        ),
    ),
    Claim(
        Topic.PRICES,
        "An interface endpoint costs some seven dollars a month",
        _IMPRECISE,
        "That is one endpoint in one Availability Zone: it is charged by the hour for every zone it is in, and by "
        "the gigabyte on top.",
        ("https://aws.amazon.com/privatelink/pricing/",),
    ),
    Claim(
        Topic.PRICES,
        "A NAT gateway costs 0.045 dollars a gigabyte",
        _IMPRECISE,
        "By the gigabyte and by the hour, at prices that differ by Region; data transfer is charged beside it.",
        ("https://aws.amazon.com/vpc/pricing/",),
    ),
)
