"""Every environment opens a connection of its own until the database has none left."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke
from runbook_lib.sandbox.layout import network, workloads
from runbook_lib.sandbox.load.jobs import Answer, FailureKind, Job, Sdk
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_FUNCTION = "reconcile-payments"
_DATABASE = "10.20.100.40"
_WANTED, _TAKEN = 90, 76


def build(world: World) -> None:
    """The fixed network with a PostgreSQL database; of ninety invocations at once fourteen find no connection left."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    admits = world.security_group("payments-db", net.vpc, ingress=[Rule(group, 5432)])
    world.database("payments-db", net.private[0], [admits], _DATABASE)
    world.surroundings.db_instance(
        "payments-db", net.private, [admits], instance_class="db.t3.micro", engine="postgres", family="postgres16"
    )
    refused = Answer(after_s=0.02, failure=FailureKind.TOO_MANY_CONNECTIONS)
    query = Job(
        host=f"payments-db.c0ffee.{world.region}.rds.amazonaws.com",
        address=_DATABASE,
        port=5432,
        service="PostgreSQL",
        operation="Query",
        answers=(Answer(after_s=20.0),) * _TAKEN + (refused,) * (_WANTED - _TAKEN),
        sdk=Sdk(attempts=1),
    )
    success = "Reconciled the payments of {key}"
    invoke(world, _FUNCTION, Answers(), query, burst(world, _WANTED), success=success)


SCENARIO = Scenario(
    name="db-connections-exhausted",
    title="Database without a free connection",
    story=(
        "reconcile-payments opens a connection to payments-db in each of its environments, and ninety of them ran at "
        "once. The database is a db.t3.micro: its formula promises 112 connections over 1 GiB, and what RDS leaves of "
        "that is enough for 81, five of them kept for superusers. Seventy-six invocations got one, fourteen were "
        "refused at once. Nothing limits the concurrency, and no RDS Proxy stands between."
    ),
    cause="One connection for each of ninety environments, and payments-db takes 76.",
    true_cause="downstream",
    function=_FUNCTION,
    build=build,
    parameters={"destination": _DATABASE, "port": "5432"},
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.UNKNOWN,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("FUN014", Status.FAIL, _FUNCTION),),
)
