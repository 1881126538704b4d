"""Healthy and large: three zones, gateway and interface endpoints, forty functions."""

from __future__ import annotations

from runbook_lib.model.status import Verdict
from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.rules import Rule
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.surroundings import USUAL
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]


_FUNCTION = "order-intake"
_TEAMS = ("orders", "billing", "shipping", "catalog")
_JOBS = ("api", "worker", "export", "import", "audit", "report", "sync", "purge", "notify")
_QUEUES = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:SendMessage"], "Resource": "arn:aws:sqs:*:*:*"}
_INTERFACE_SERVICES = ("secretsmanager", "sqs", "kms", "logs", "sts")


def build(world: World) -> None:
    """A VPC over three zones, a NAT gateway per zone, seven endpoints, a security group per team, and a plain VPC."""
    net = network(world, "commerce-prod", block=40, zones="abc")
    _nat_per_zone(world, net)
    _endpoints(world, net)
    _functions(world, net)
    network(world, "commerce-staging", block=41)


def _nat_per_zone(world: World, net: Network) -> None:
    for zone, subnet, table in zip("bc", net.public[1:], net.private_tables[1:], strict=True):
        world.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
        world.route(table, "0.0.0.0/0", NatGatewayId=world.nat(f"{net.name}-nat-{zone}", subnet))


def _endpoints(world: World, net: Network) -> None:
    for short in ("s3", "dynamodb"):
        world.gateway_endpoint(f"{net.name}-{short}", net.vpc, short, net.private_tables)
    admits = world.security_group("commerce-endpoints", net.vpc, ingress=[Rule("10.40.0.0/16")])
    for short in _INTERFACE_SERVICES:
        world.interface_endpoint(f"{net.name}-{short}", net.vpc, short, net.private, [admits])


def _functions(world: World, net: Network) -> None:
    places = {team: world.security_group(f"commerce-{team}", net.vpc) for team in _TEAMS}
    out = [Rule("10.40.0.0/16"), *(Rule(world.prefix_list(short)) for short in ("s3", "dynamodb"))]
    intake = world.security_group("commerce-intake", net.vpc, egress=out)
    world.bucket("commerce-orders-prod")
    role = world.surroundings.role(_FUNCTION, (*USUAL, _QUEUES))
    canary = {"UPSTREAM_PROFILE": "canary-api-key"}
    world.function(_FUNCTION, net.private, [intake], timeout_s=30, variables=canary, role=role)
    for team, group in places.items():
        for job in _JOBS:
            world.function(f"{team}-{job}", net.private, [group])
    for name in ("edge-redirects", "slack-notifier", "cost-reporter"):
        world.function(name, timeout_s=10)


SCENARIO = Scenario(
    name="healthy-complex",
    title="Three zones, seven endpoints, forty functions, all healthy",
    story=(
        "A grown account: a VPC over three zones with one NAT gateway each, gateway endpoints for S3 and DynamoDB, "
        "interface endpoints for five services, forty functions in five security groups, and a second VPC."
    ),
    function=_FUNCTION,
    build=build,
    parameters={"services": "s3,dynamodb,secretsmanager,sqs"},
    verdicts={"nat_gateway": Verdict.UNKNOWN, "network_path": Verdict.PASS, "vpc_endpoints": Verdict.PASS},
)
