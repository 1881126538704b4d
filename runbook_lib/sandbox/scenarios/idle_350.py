"""Connections kept for more than 350 seconds without a packet are reset when they are used again."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import at_minutes, invoke
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Job, Sdk
from runbook_lib.sandbox.load.ways import Nat
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


# Minutes ago. More than 350 s after the last successful call of the environment: 46, 38, 30, 22, 12 and 4.
_CALLS = (58, 56, 53, 46, 45, 44.5, 38, 37, 36.5, 30, 29, 28, 22, 21.5, 20, 19, 12, 11.5, 11, 4, 3.5, 3)


def build(world: World) -> None:
    """The fixed network; the function keeps its connection to a partner from one invocation to the next."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    partner = Job(
        host="api.bank-partner.example",
        address="198.51.100.20",
        service="BankPartner",
        operation="PutPayment",
        sdk=Sdk(connect_timeout_s=5, read_timeout_s=10, attempts=1, keeps_open=True),
    )
    invoke(world, FUNCTION, Nat(nat_gateway_id=net.nat), partner, at_minutes(world, _CALLS))


SCENARIO = Scenario(
    name="idle-350",
    title="Kept connections reset after 350 s without traffic",
    story=(
        "render-invoice-pdf keeps its connection to api.bank-partner.example in the execution environment. When more "
        "than 350 seconds passed since the last call, the next one fails at once with connection reset by peer; the "
        "one after it opens a new connection and succeeds."
    ),
    cause="The NAT gateway drops connections that are idle for 350 seconds, and resets whoever uses them again.",
    true_cause="idle_timeout",
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={"nat_gateway": Verdict.FAIL, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
    expected=(
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT010", Status.FAIL, "documents-prod-nat"),
    ),
)
