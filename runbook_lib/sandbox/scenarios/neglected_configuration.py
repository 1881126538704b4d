"""A function that works most of the time, although nobody ever looked at its configuration."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.environment import ACCOUNT
from runbook_lib.sandbox.invoke import invoke, spread
from runbook_lib.sandbox.layout import network, workloads
from runbook_lib.sandbox.load.jobs import Answer, FailureKind, Job
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.surroundings import USUAL
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]

_FUNCTION = "import-catalog"
_RECEIVE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def build(world: World) -> None:
    """The fixed network; the function was set up in a hurry, in one subnet, and grew since."""
    net = network(world)
    group = world.security_group("documents-lambda", net.vpc)
    workloads(world, net, group)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    around = world.surroundings
    queue = around.queue("catalog-imports", visibility_timeout_s=30)
    needs = (
        {"Effect": "Allow", "Action": _RECEIVE, "Resource": queue},
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": f"arn:aws:lambda:*:{ACCOUNT}:function:publish-catalog",
        },
    )
    role = around.role(_FUNCTION, (*USUAL, *needs))
    variables = {"SUPPLIER_TOKEN": "canary-supplier-token"}
    world.function(
        _FUNCTION, net.private[:1], [group], memory_mb=1024, runtime="java21", variables=variables, role=role
    )
    around.mapping(_FUNCTION, queue)
    around.permit(_FUNCTION, "events", f"arn:aws:events:{world.region}:{ACCOUNT}:rule/nightly-import")
    too_large = Answer(after_s=0.2, failure=FailureKind.PAYLOAD_TOO_LARGE)
    publish = Job(
        host=f"lambda.{world.region}.amazonaws.com",
        address="52.94.236.40",
        service="Lambda",
        operation="Invoke",
        init_ms=9412.6,
        answers=(Answer(), Answer(), Answer(), too_large, Answer()),
    )
    invoke(world, _FUNCTION, Answers(), publish, spread(world, 20), success="Handed the catalog on")


SCENARIO = Scenario(
    name="neglected-configuration",
    title="A configuration that nobody looked at",
    story=(
        "import-catalog hands what it has read to another function, and one catalog in five is larger than the 1 MB "
        "that an asynchronous invocation takes. That is not all: its environments need more than nine seconds to "
        "start, it lies in one Availability Zone, its queue shows a message again after half of the Timeout, events "
        "that fail are lost, and a token stands in its environment. The network is the one of fixed."
    ),
    cause="What it hands on is too large; the rest is waiting to go wrong.",
    true_cause="payload",
    function=_FUNCTION,
    build=build,
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.PASS,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(
        Expect("FUN004", Status.FAIL, _FUNCTION),
        Expect("FUN007", Status.FAIL, _FUNCTION),
        Expect("FUN008", Status.FAIL, _FUNCTION),
        Expect("FUN009", Status.FAIL, _FUNCTION),
        Expect("FUN013", Status.FAIL, _FUNCTION),
        Expect("FUN018", Status.FAIL, _FUNCTION),
    ),
)
