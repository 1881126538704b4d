"""Every now and then the partner takes longer than the client waits; the function is written for Node.js."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import invoke, spread
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Answer, Job, Sdk
from runbook_lib.sandbox.load.ways import Nat
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_SLOW = (3, 4, 11, 17, 25, 26, 34, 40, 41, 52, 58)


def build(world: World) -> None:
    """The fixed network; the function calls a partner on the internet."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc), runtime="nodejs22.x")
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    partner = Job(
        host="api.tax-office.example",
        address="198.51.100.20",
        service="TaxOffice",
        operation="PutInvoice",
        answers=tuple(Answer(after_s=45.0 if number in _SLOW else 0.9) for number in range(60)),
        sdk=Sdk(connect_timeout_s=5, read_timeout_s=10, attempts=1),
    )
    invoke(world, FUNCTION, Nat(nat_gateway_id=net.nat), partner, spread(world, 60))


SCENARIO = Scenario(
    name="scattered-slow-downstream",
    title="A partner that answers too late now and then",
    story=(
        "render-invoice-pdf reports each invoice to api.tax-office.example, through the NAT gateway. Eleven of sixty "
        "calls in the last hour ended in a read timeout after ten seconds, scattered over the hour; connecting was "
        "never a problem."
    ),
    cause="The partner takes 45 seconds for some requests; the network is fine.",
    true_cause="downstream",
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20"},
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("PTH009", Status.FAIL, "documents-prod-private-b"),),
)
