"""A function was put into a VPC that holds nothing for it, and lost the internet by that."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke
from runbook_lib.sandbox.load.jobs import Job, Sdk
from runbook_lib.sandbox.load.ways import Dropped
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_FUNCTION = "fetch-exchange-rates"
_RATES = "198.51.100.20"


def build(world: World) -> None:
    """A VPC with two subnets, local routes and nothing else; the function calls a service on the internet."""
    vpc = world.vpc("sandbox-apps", "10.70.0.0/16")
    subnets = [world.subnet(f"sandbox-apps-{zone}", vpc, f"10.70.{i}.0/24", zone) for i, zone in enumerate("ab")]
    world.route_table("sandbox-apps", vpc, subnets)
    group = world.security_group("exchange-rates", vpc)
    world.function(_FUNCTION, subnets, [group], timeout_s=30)
    rates = Job(
        host="api.exchange-rates.example",
        address=_RATES,
        service="ExchangeRates",
        operation="GetRates",
        sdk=Sdk(connect_timeout_s=5, read_timeout_s=10, attempts=1),
    )
    invoke(world, _FUNCTION, Dropped(), rates, burst(world))


SCENARIO = Scenario(
    name="vpc-without-need",
    title="Function in a VPC that it does not need",
    story=(
        "fetch-exchange-rates reads a public service. Since a template put it into the VPC sandbox-apps every call "
        "times out: the VPC has neither a NAT gateway nor an endpoint. It holds nothing private either, so that the "
        "function is best taken out of it."
    ),
    cause="Functions in a VPC have no public address, and no NAT gateway is there to lend one.",
    true_cause="network_path_blocked",
    function=_FUNCTION,
    build=build,
    parameters={"destination": _RATES},
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.FAIL,
        "vpc_endpoints": Verdict.FAIL,
    },
    expected=(
        Expect("END001", Status.FAIL, "sandbox-apps"),
        Expect("PTH004", Status.FAIL, "sandbox-apps-a"),
        Expect("PTH004", Status.FAIL, "sandbox-apps-b"),
        Expect("PTH010", Status.FAIL, "sandbox-apps-a"),
        Expect("PTH010", Status.FAIL, "sandbox-apps-b"),
        Expect("NAT005", Status.FAIL, "sandbox-apps-a"),
        Expect("NAT005", Status.FAIL, "sandbox-apps-b"),
        Expect("FUN002", Status.UNKNOWN, _FUNCTION),
        Expect("FUN015", Status.FAIL, _FUNCTION),
    ),
)
