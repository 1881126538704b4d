"""A network ACL lets back only part of the ephemeral ports: timeouts that come and go."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Sdk
from runbook_lib.sandbox.load.ways import Answers, Hole
from runbook_lib.sandbox.rules import AclRule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the ACL of private subnet b lets answers in on 32768-60999 only. Uploads run into it."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.network_acl(
        "documents-prod-private-b",
        net.vpc,
        net.private[1:],
        [
            AclRule(100, True, "0.0.0.0/0", 443),
            AclRule(110, True, "10.20.0.0/16", protocol="all"),
            AclRule(100, False, "0.0.0.0/0", 32768, 60999),
            AclRule(110, False, "10.20.0.0/16", protocol="all"),
        ],
    )
    ways = dict(zip(net.private, (Answers(), Hole(32768, 60999)), strict=True))
    impatient = upload(world, BUCKET, sdk=Sdk(connect_timeout_s=10, attempts=1))
    wishes = [wish for minutes_ago in (50, 35, 20) for wish in burst(world, 14, minutes_ago=minutes_ago)]
    invoke(world, FUNCTION, ways, impatient, wishes)


SCENARIO = Scenario(
    name="nacl-ephemeral-hole",
    title="Network ACL lets back part of the ephemeral ports",
    story=(
        "The network ACL of documents-prod-private-b lets answers in on ports 32768-60999, the range of a Linux host. "
        "Functions use 1024-65535, so more than half of the connections from that subnet never see an answer."
    ),
    cause=(
        "A connection from documents-prod-private-b fails when its source port lies outside the range that the ACL "
        "lets back: which upload is hit is chance, the other subnet is never hit."
    ),
    true_cause="nacl_ephemeral_ports",
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.FAIL, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("END006", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH005", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
    ),
)
