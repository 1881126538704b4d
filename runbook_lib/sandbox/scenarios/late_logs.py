"""Ten uploads succeed, but the ends of five of them have not reached the log group yet."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """The fixed network and ten healthy uploads; what five of them logged last is still on its way."""
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    invoke(world, FUNCTION, Answers(), upload(world, BUCKET), burst(world, minutes_ago=4), late=tuple(range(5, 10)))


SCENARIO = Scenario(
    name="late-logs",
    title="The end of five uploads is not in the log yet",
    story=(
        "Ten uploads were started four minutes ago and all succeeded. CloudWatch Logs has not delivered the last lines "
        "of five of them: whether they succeeded cannot be told from the log, neither as a failure nor as a success."
    ),
    cause="Nothing failed; the delivery of log events lags.",
    function=FUNCTION,
    build=build,
    expected=(
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("FUN005", Status.UNKNOWN, FUNCTION),
        Expect("FUN013", Status.UNKNOWN, FUNCTION),
        Expect("FUN016", Status.UNKNOWN, FUNCTION),
        Expect("FUN018", Status.UNKNOWN, FUNCTION),
    ),
    verdicts={
        "function_configuration": Verdict.UNKNOWN,
        "nat_gateway": Verdict.UNKNOWN,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
)
