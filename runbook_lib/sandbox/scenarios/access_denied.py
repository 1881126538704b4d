"""The fixed network, seen by somebody who may read neither endpoints nor route tables."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import fixed

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="access-denied",
    title="Endpoints and route tables may not be read",
    story=(
        "The network is the one of fixed, but the caller's role lacks ec2:DescribeVpcEndpoints and "
        "ec2:DescribeRouteTables. Whether S3 is reached through an endpoint cannot be told: UNKNOWN, never a pass."
    ),
    function=FUNCTION,
    build=fixed.build,
    denied=("ec2:DescribeVpcEndpoints", "ec2:DescribeRouteTables"),
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.UNKNOWN, "vpc_endpoints": Verdict.UNKNOWN},
    expected=(
        Expect("END001", Status.UNKNOWN, "documents-prod"),
        Expect("END002", Status.UNKNOWN, "documents-prod"),
        Expect("END003", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("END003", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("END004", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("END004", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("END005", Status.UNKNOWN, "documents-lambda"),
        Expect("END006", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("END006", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("END007", Status.UNKNOWN, "documents-prod"),
        Expect("END009", Status.UNKNOWN, "documents-prod"),
        Expect("END010", Status.UNKNOWN, "documents-prod"),
        Expect("END011", Status.UNKNOWN, "documents-prod"),
        Expect("END012", Status.UNKNOWN, "documents-prod"),
        Expect("PTH003", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("PTH003", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("PTH004", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("PTH004", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("PTH005", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("PTH005", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("PTH006", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("PTH006", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("PTH007", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("PTH007", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("PTH009", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("PTH009", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("PTH010", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("PTH010", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("NAT001", Status.UNKNOWN, FUNCTION),
        Expect("NAT002", Status.UNKNOWN, FUNCTION),
        Expect("NAT003", Status.UNKNOWN, FUNCTION),
        Expect("NAT004", Status.UNKNOWN, FUNCTION),
        Expect("NAT007", Status.UNKNOWN, FUNCTION),
        Expect("NAT008", Status.UNKNOWN, FUNCTION),
        Expect("NAT009", Status.UNKNOWN, FUNCTION),
        Expect("NAT010", Status.UNKNOWN, FUNCTION),
        Expect("NAT011", Status.UNKNOWN, FUNCTION),
        Expect("NAT012", Status.UNKNOWN, FUNCTION),
        Expect("NAT013", Status.UNKNOWN, FUNCTION),
        Expect("NAT005", Status.UNKNOWN, "documents-prod-private-a"),
        Expect("NAT005", Status.UNKNOWN, "documents-prod-private-b"),
        Expect("FUN015", Status.UNKNOWN, FUNCTION),
    ),
)
