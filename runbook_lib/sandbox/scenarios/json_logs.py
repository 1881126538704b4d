"""The incident, logged as JSON: no line begins with START or REPORT."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import incident
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The incident with the log format JSON."""
    incident.build(world, log_format="JSON")


SCENARIO = Scenario(
    name="json-logs",
    title="The incident, logged as JSON",
    story=(
        "The same ten uploads through the same NAT gateway, but render-invoice-pdf logs in JSON format: what used to "
        "be START and REPORT lines are platform.start and platform.report objects, and a search for the words finds "
        "nothing."
    ),
    cause=incident.SCENARIO.cause,
    true_cause="nat_port_exhaustion",
    function=FUNCTION,
    build=build,
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.FAIL,
    },
    expected=(
        Expect("END001", Status.FAIL, "documents-prod"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT007", Status.FAIL, "documents-prod-nat"),
        Expect("NAT011", Status.FAIL, "documents-prod-nat"),
        Expect("NAT013", Status.FAIL, "documents-prod-nat"),
    ),
)
