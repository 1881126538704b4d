"""Half of the invocations never run: the function has five executions reserved and ten are wanted."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Answer, FailureKind, Job
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_CALLER = "dispatch-invoices"
_RESERVED = 5


def build(world: World) -> None:
    """The fixed network; a caller outside the VPC invokes the function ten times at once and meets Lambda's 429.

    Throttled by Lambda, not by something downstream: the case in which the function's own log shows nothing wrong.
    """
    net = network(world)
    workloads(world, net, world.security_group("documents-lambda", net.vpc))
    world.function(_CALLER, timeout_s=60)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    world.reserve_concurrency(FUNCTION, _RESERVED)
    wishes = burst(world)
    refused_s = [wish.at_s for wish in wishes[_RESERVED:]]
    invoke(world, FUNCTION, Answers(), upload(world, BUCKET), wishes[:_RESERVED], throttles=refused_s)
    refused = Answer(after_s=0.05, failure=FailureKind.THROTTLED, code="TooManyRequestsException")
    call = Job(
        host=f"lambda.{world.region}.amazonaws.com",
        address="52.94.9.33",
        service="Lambda",
        operation="Invoke",
        before_s=0.0,
        answers=(Answer(after_s=2.4),) * _RESERVED + (refused,) * (len(wishes) - _RESERVED),
    )
    invoke(world, _CALLER, Answers(), call, wishes)


SCENARIO = Scenario(
    name="throttled-429",
    title="Half of the invocations throttled by reserved concurrency",
    story=(
        "dispatch-invoices invoked render-invoice-pdf ten times at once. Five ran and succeeded; five were refused "
        "with 429 TooManyRequestsException, because render-invoice-pdf has only five executions reserved. Its own log "
        "shows five successes and nothing else: a throttled invocation leaves no trace there, only in the metric "
        "Throttles."
    ),
    cause="The reserved concurrency of 5 is less than the ten invocations wanted at once.",
    true_cause="concurrency_throttling",
    function=FUNCTION,
    build=build,
    expected=(Expect("FUN006", Status.FAIL, FUNCTION),),
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
)
