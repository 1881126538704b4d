"""The SDK would have tried for forty minutes; the function ends after ten, and no error is ever logged."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import invoke, spread
from runbook_lib.sandbox.layout import FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Job, Sdk
from runbook_lib.sandbox.load.ways import Nat
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network, a Timeout of 600 s, and S3-compatible storage of a partner that does not answer a SYN."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc), timeout_s=600)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    partner = Job(
        host="storage.archive-partner.example",
        address="198.51.100.20",
        # The legacy retry mode makes five attempts, and urllib3 tries each of the name's eight addresses for a minute.
        sdk=Sdk(attempts=5, addresses=8),
    )
    silent = Nat(nat_gateway_id=net.nat, answers=False)
    invoke(world, FUNCTION, silent, partner, spread(world, 6, minutes_ago=55, minutes=40), tells_connections=True)


SCENARIO = Scenario(
    name="function-timeout-600",
    title="Function ends at its Timeout of 600 s, without an error",
    story=(
        "Six invocations ended after exactly 600 seconds, the Timeout of render-invoice-pdf, and the log holds no "
        "error. boto3 was still trying to reach storage.archive-partner.example: five attempts over eight addresses, "
        "a minute each, are 2,400 seconds. Routes, rules and NAT gateway let the packets out; nobody answers them."
    ),
    cause="The retry budget of the SDK is longer than the function's Timeout, so that its error never comes to light.",
    true_cause="sdk_retry_budget",
    function=FUNCTION,
    build=build,
    parameters={"destination": "198.51.100.20", "sdk": "boto3-legacy", "resolved_addresses": "8"},
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT009", Status.FAIL, "documents-prod-nat"),
    ),
)
