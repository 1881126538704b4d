"""The endpoint policy lets the function read but not write."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Answer, FailureKind
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "UseBuckets", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"},
        {"Sid": "NoUploads", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"},
    ],
}


def build(world: World) -> None:
    """The fixed network with an endpoint policy that denies uploads; S3 says so of each."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables, _POLICY)
    refused = Answer(after_s=0.06, failure=FailureKind.ACCESS_DENIED, code="AccessDenied")
    uploads = upload(world, BUCKET, answers=(refused,), refused="with an explicit deny in a VPC endpoint policy")
    invoke(world, FUNCTION, Answers(), uploads, burst(world))


SCENARIO = Scenario(
    name="endpoint-policy-denies",
    title="Endpoint policy denies uploads",
    story=(
        "The policy of the S3 endpoint denies s3:PutObject to everybody, against data leaving through the endpoint. "
        "Uploads fail at once with AccessDenied, whatever the function's role allows; S3 names the endpoint policy."
    ),
    cause="The endpoint policy denies s3:PutObject.",
    true_cause="permissions",
    function=FUNCTION,
    build=build,
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.FAIL,
    },
    expected=(
        Expect("END007", Status.FAIL, "documents-prod-s3"),
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("FUN016", Status.FAIL, FUNCTION),
    ),
)
