"""Healthy: the subnets have no route table of their own and use the main one."""

from __future__ import annotations

from runbook_lib.model.status import Verdict
from runbook_lib.sandbox.layout import FUNCTION, Network, workloads
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


def build(world: World) -> None:
    """Private subnets without explicit association; NAT route and S3 endpoint on the main route table."""
    name = "documents-prod"
    vpc = world.vpc(name, "10.20.0.0/16")
    public = tuple(world.subnet(f"{name}-public-{z}", vpc, f"10.20.{i}.0/24", z) for i, z in enumerate("ab"))
    private = tuple(world.subnet(f"{name}-private-{z}", vpc, f"10.20.{100 + i}.0/24", z) for i, z in enumerate("ab"))
    gateway = world.internet_gateway(f"{name}-igw", vpc)
    public_table = world.route_table(f"{name}-public", vpc, public)
    world.route(public_table, "0.0.0.0/0", GatewayId=gateway)
    nat = world.nat(f"{name}-nat", public[0])
    main = world.main_table(vpc)
    world.route(main, "0.0.0.0/0", NatGatewayId=nat)
    world.gateway_endpoint(f"{name}-s3", vpc, "s3", [main])
    net = Network(
        name=name,
        vpc=vpc,
        public=public,
        private=private,
        private_tables=(main,),
        public_table=public_table,
        internet_gateway=gateway,
        nat=nat,
    )
    workloads(world, net, world.security_group("documents-lambda", vpc))


SCENARIO = Scenario(
    name="main-route-table",
    title="Subnets on the main route table, endpoint there too",
    story=(
        "Nobody associated the private subnets with a route table, so they use the main one. The S3 endpoint is "
        "associated with it: healthy, although a search by subnet id finds no route table."
    ),
    function=FUNCTION,
    build=build,
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
)
