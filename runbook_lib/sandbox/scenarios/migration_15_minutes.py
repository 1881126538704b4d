"""A nightly job that grew with the data until it met the longest Timeout there is."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import at_minutes, invoke
from runbook_lib.sandbox.load.jobs import Answer, Job, Sdk
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]

_FUNCTION = "migrate-orders"
_DATABASE = "10.32.100.40"
_NIGHTS, _FIRST_S, _MORE_S = 12, 576.0, 30.0
_LAST_MINUTES_AGO, _DAY_MINUTES = 40.0, 1440.0


def build(world: World) -> None:
    """Isolated subnets with a database and a gateway endpoint; each night there is more to be copied."""
    vpc = world.vpc("orders-prod", "10.32.0.0/16")
    places = [(zone, f"10.32.{100 + index}.0/24") for index, zone in enumerate("ab")]
    subnets = [world.subnet(f"orders-prod-isolated-{zone}", vpc, cidr, zone) for zone, cidr in places]
    table = world.route_table("orders-prod-isolated", vpc, subnets)
    world.gateway_endpoint("orders-prod-s3", vpc, "s3", [table])
    group = world.security_group("orders-migration", vpc)
    admits = world.security_group("orders-db", vpc, ingress=[Rule(group, 5432)])
    world.database("orders-db", subnets[0], [admits], _DATABASE)
    world.function(_FUNCTION, subnets, [group], timeout_s=900, memory_mb=2048)
    copy = Job(
        host=f"orders-db.c0ffee.{world.region}.rds.amazonaws.com",
        address=_DATABASE,
        port=5432,
        service="PostgreSQL",
        operation="Query",
        answers=tuple(Answer(after_s=_FIRST_S + _MORE_S * night) for night in range(_NIGHTS)),
        sdk=Sdk(read_timeout_s=7200.0, attempts=1),
    )
    nights = at_minutes(world, [_LAST_MINUTES_AGO + _DAY_MINUTES * (_NIGHTS - 1 - night) for night in range(_NIGHTS)])
    invoke(world, _FUNCTION, Answers(), copy, nights, success="Copied the orders since yesterday")


SCENARIO = Scenario(
    name="migration-15-minutes",
    title="A migration that outgrew fifteen minutes",
    story=(
        "migrate-orders copies what is new in orders-db every night and takes half a minute longer each time: nine and "
        "a half minutes at first, nearly fifteen yesterday. Last night Lambda ended it after 900 seconds, its Timeout "
        "and the longest that a function can have, in the middle of its work. No subnet has a way out but to S3, and "
        "the database answered all the time."
    ),
    cause="The work takes longer than Lambda lets a function run.",
    true_cause="function_timeout",
    function=_FUNCTION,
    build=build,
    parameters={"destination": _DATABASE, "port": "5432", "since": "12d"},
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.UNKNOWN,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
    expected=(Expect("FUN002", Status.FAIL, _FUNCTION),),
)
