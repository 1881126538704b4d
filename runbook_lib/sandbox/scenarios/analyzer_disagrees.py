"""Reachability Analyzer finds no path where the kit's own trace finds one."""

from __future__ import annotations

from typing import Any

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.analyzing.shapes import kind_of
from runbook_lib.sandbox.environment import ACCOUNT
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.rules import AclRule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network; the answer of the analyzer was recorded while the public subnets' ACL had one more entry."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    open_ = [AclRule(100, egress, "0.0.0.0/0", protocol="all") for egress in (True, False)]
    acl = world.network_acl("documents-prod-public", net.vpc, net.public, open_)
    blamed = {
        "ExplanationCode": "SUBNET_ACL_RESTRICTION",
        "Direction": "egress",
        "Acl": _component(world, acl, "documents-prod-public"),
        "AclRule": {
            "Cidr": "0.0.0.0/0",
            "Egress": True,
            "PortRange": {"From": 443, "To": 443},
            "Protocol": "tcp",
            "RuleAction": "deny",
            "RuleNumber": 50,
        },
        "Subnet": _component(world, net.public[0], "documents-prod-public-a"),
        "Vpc": _component(world, net.vpc, "documents-prod"),
    }
    told = {"NetworkPathFound": False, "Explanations": [blamed]}
    world.analyzer(recorded={"": told, net.internet_gateway: told})


def _component(world: World, id_: str, name: str) -> dict[str, Any]:
    return {"Id": id_, "Arn": f"arn:aws:ec2:{world.region}:{ACCOUNT}:{kind_of(id_)}/{id_}", "Name": name}


SCENARIO = Scenario(
    name="analyzer-disagrees",
    title="Reachability Analyzer and the trace disagree",
    story=(
        "Facts and trace say that render-invoice-pdf reaches its partner through the NAT gateway. Reachability Analyzer"
        " finds no path: it names entry 50 of the network ACL of the public subnets, which denies port 443 and which "
        "the ACL that was read does not have. One of the two is wrong; neither answer may be hidden."
    ),
    cause="The entry was removed between the analysis and the reading; the recorded answer is older than the facts.",
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={
        "nat_gateway": Verdict.UNKNOWN,
        "network_path": Verdict.PASS,
        "reachability_analyzer": Verdict.FAIL,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("PTH009", Status.FAIL, "documents-prod-private-b"),),
)
