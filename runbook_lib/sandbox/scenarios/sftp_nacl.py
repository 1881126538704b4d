"""Uploads to a bank over SFTP time out: the ACL of the public subnets knows web ports only."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import network, workloads
from runbook_lib.sandbox.rules import AclRule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_FUNCTION = "statement-sftp-upload"


def build(world: World) -> None:
    """The fixed network; the ACL around the NAT gateway lets out ports 80 and 443, not 22."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group)
    world.function(_FUNCTION, net.private, [group], timeout_s=120, variables={"SFTP_HOST": "sftp.bank.example"})
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.network_acl(
        "documents-prod-public",
        net.vpc,
        net.public,
        [
            AclRule(100, True, "0.0.0.0/0", 443),
            AclRule(110, True, "0.0.0.0/0", 80),
            AclRule(120, True, "10.20.0.0/16", 1024, 65535),
            AclRule(100, False, "10.20.0.0/16", protocol="all"),
            AclRule(110, False, "0.0.0.0/0", 1024, 65535),
        ],
    )


SCENARIO = Scenario(
    name="sftp-nacl",
    title="Network ACL of the NAT gateway's subnet blocks SFTP",
    story=(
        "statement-sftp-upload sends statements to a bank over SFTP, port 22, and times out, while HTTPS works. "
        "Groups and private subnets are open; the network ACL of the public subnets, where the NAT gateway stands,"
        " lets out ports 80 and 443 only."
    ),
    function=_FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20", "port": "22"},
    verdicts={
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.FAIL,
        "reachability_analyzer": Verdict.FAIL,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("PTH005", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH005", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT004", Status.FAIL, "documents-prod-nat"),
    ),
)
