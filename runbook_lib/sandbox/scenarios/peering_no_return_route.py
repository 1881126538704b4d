"""The database VPC is peered, but has no route back."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import network, workloads
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_FUNCTION = "reconcile-payments"
_DATABASE = "10.60.10.20"


def build(world: World) -> None:
    """Two peered VPCs; only the function's side routes to the other."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    data = world.vpc("ledger-prod", "10.60.0.0/16")
    subnet = world.subnet("ledger-prod-database-a", data, "10.60.10.0/24", "a")
    world.route_table("ledger-prod-database", data, [subnet])
    admits = world.security_group("ledger-database", data, ingress=[Rule("10.20.0.0/16", 5432)])
    world.database("ledger-db", subnet, [admits], _DATABASE)
    peering = world.peering("documents-to-ledger", net.vpc, data)
    for table in net.private_tables:
        world.route(table, "10.60.0.0/16", VpcPeeringConnectionId=peering)


SCENARIO = Scenario(
    name="peering-no-return-route",
    title="Peered VPC has no route back",
    story=(
        "reconcile-payments reads the ledger database in the peered VPC ledger-prod. The request arrives and is "
        "admitted; the database subnet has no route to 10.20.0.0/16, so the answer never leaves."
    ),
    function=_FUNCTION,
    build=build,
    parameters={"destination": _DATABASE, "port": "5432"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.FAIL, "vpc_endpoints": Verdict.PASS},
    expected=(
        Expect("PTH004", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH004", Status.FAIL, "documents-prod-private-b"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
    ),
)
