"""Terraform remembers an available endpoint; the API says that it is pending."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION, apply_terraform, network, workloads
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The network of endpoint-pending, and the state of the apply that saw the endpoint available."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    endpoint = world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    apply_terraform(world, net, endpoint)
    world.stage(endpoint, {"State": "pending"})


SCENARIO = Scenario(
    name="terraform-drift",
    title="Terraform says available, the API says pending",
    story=(
        "The outputs of the last terraform apply say that the S3 gateway endpoint documents-prod-s3 is "
        "available. The API says that it is pending, and uploads of render-invoice-pdf end in a connect "
        "timeout."
    ),
    cause=("The state of the endpoint changed after the last apply."),
    function=FUNCTION,
    build=build,
    deploy={"terraform": "terraform.tfstate"},
    verdicts={
        "nat_gateway": Verdict.UNKNOWN,
        "network_path": Verdict.FAIL,
        "post_deploy": Verdict.FAIL,
        "vpc_endpoints": Verdict.FAIL,
    },
    expected=(
        Expect("END002", Status.FAIL, "documents-prod-s3"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-a"),
        Expect("PTH010", Status.FAIL, "documents-prod-private-b"),
        Expect("DEP002", Status.FAIL, "documents-prod-s3"),
        Expect("DEP006", Status.FAIL, FUNCTION),
        Expect("DEP007", Status.FAIL, FUNCTION),
        Expect("DEP008", Status.UNKNOWN, FUNCTION),
        Expect("DEP009", Status.UNKNOWN, FUNCTION),
        Expect("DEP012", Status.FAIL, FUNCTION),
    ),
)
