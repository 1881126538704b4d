"""The endpoint policy lets the function read but not write."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
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
    """The fixed network with an endpoint policy that denies uploads."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables, _POLICY)


SCENARIO = Scenario(
    name="endpoint-policy-denies",
    title="Endpoint policy denies uploads",
    story=(
        "The policy of the S3 endpoint denies s3:PutObject to everybody, against data leaving through the endpoint. "
        "Uploads fail at once with AccessDenied, whatever the function's role allows."
    ),
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.FAIL},
    expected=(Expect("END007", Status.FAIL, "documents-prod-s3"),),
)
