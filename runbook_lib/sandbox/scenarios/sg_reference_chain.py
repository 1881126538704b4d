"""The database admits the application, the application admits the function; the function is not admitted."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import network, workloads
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_FUNCTION = "reconcile-payments"
_DATABASE = "10.20.100.20"


def build(world: World) -> None:
    """The fixed network with an application and a database whose groups refer to each other."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    application = world.security_group("ledger-application", net.vpc, ingress=[Rule(group, 8443)])
    database = world.security_group("ledger-database", net.vpc, ingress=[Rule(application, 5432)])
    world.database("ledger-db", net.private[0], [database], _DATABASE)
    world.database("ledger-proxy", net.private[1], [application], "10.20.101.20")


SCENARIO = Scenario(
    name="sg-reference-chain",
    title="Security-group references are not transitive",
    story=(
        "reconcile-payments connects to ledger-db. The group of the database admits the application's group, which"
        " admits the function's group. References are not transitive: the database refuses the function."
    ),
    function=_FUNCTION,
    build=build,
    parameters={"destination": _DATABASE, "port": "5432"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.PASS},
    expected=(
        Expect("PTH003", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH003", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
    ),
)
