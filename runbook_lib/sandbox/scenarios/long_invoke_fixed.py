"""The workers of long-invoke with keepalive: every answer of seven minutes reaches them."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.samples import sample
from runbook_lib.sandbox.scenario import REGION, Expect, Scenario
from runbook_lib.sandbox.scenarios import long_invoke
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The same network, function and workers; their probes keep the connections known."""
    long_invoke.build(world, keepalive=True)


SCENARIO = Scenario(
    name="long-invoke-fixed",
    title="Answers after seven minutes arrive, thanks to keepalive",
    story=(
        "The network, the function and the workers are those of long-invoke. The pods set net.ipv4.tcp_keepalive_time "
        "to 60 and net.ipv4.tcp_keepalive_intvl to 30, and botocore switches SO_KEEPALIVE on: every answer arrives."
    ),
    function=long_invoke.SCAN,
    build=build,
    parameters={
        "destination": f"lambda.{REGION}.amazonaws.com",
        "clients": str(sample("scan-workers-fixed.yaml")),
        "so_keepalive": "on",
        "caller_log": long_invoke.CALLER_LOG,
    },
    verdicts={
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "tcp_keepalive": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("PTH009", Status.FAIL, "documents-prod-private-b"),),
)
