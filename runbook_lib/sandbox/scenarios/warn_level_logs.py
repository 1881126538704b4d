"""The incident at the log level WARN: what went well leaves no trace at all."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.layout import FUNCTION
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.scenarios import incident
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The incident with JSON logs of which only warnings and errors are kept."""
    incident.build(world, log_format="JSON", system_level="WARN", application_level="WARN")


SCENARIO = Scenario(
    name="warn-level-logs",
    title="The incident, logged at level WARN",
    story=(
        "The same ten uploads through the same NAT gateway, but the system and application log levels of "
        "render-invoice-pdf are WARN: no invocation has a start, and the five that succeeded are not in the log. The "
        "metrics count ten invocations and five errors."
    ),
    cause=incident.SCENARIO.cause,
    true_cause="nat_port_exhaustion",
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.FAIL, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.FAIL},
    expected=(
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("FUN005", Status.UNKNOWN, FUNCTION),
        Expect("FUN013", Status.UNKNOWN, FUNCTION),
        Expect("FUN016", Status.UNKNOWN, FUNCTION),
        Expect("FUN018", Status.UNKNOWN, FUNCTION),
        Expect("END001", Status.FAIL, "documents-prod"),
        Expect("PTH009", Status.FAIL, "documents-prod-private-b"),
        Expect("NAT007", Status.FAIL, "documents-prod-nat"),
        Expect("NAT011", Status.FAIL, "documents-prod-nat"),
        Expect("NAT013", Status.FAIL, "documents-prod-nat"),
    ),
)
