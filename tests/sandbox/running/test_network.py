"""The network of the function's subnet decides, as it is at the moment of the invocation."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.layout import FUNCTION, network
from runbook_lib.sandbox.load.jobs import Answer, FailureKind
from runbook_lib.sandbox.rules import AclRule, Rule, permissions
from runbook_lib.sandbox.scenarios import find
from runbook_lib.sandbox.staging import stage
from runbook_lib.sandbox.world import World

_TIMEOUT = "ConnectTimeoutError"


def _burst(aws: EmbeddedAws, count: int = 10) -> Counter[str]:
    """How many invocations at once ended how: the type of the error, or ok."""
    functions = aws.client("lambda")
    barrier = threading.Barrier(count)

    def one(_: int) -> str:
        barrier.wait()
        answer = json.loads(functions.invoke(FunctionName=FUNCTION)["Payload"].read())
        return str(answer.get("errorType", "ok"))

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(one, range(count)))


def test_half_of_the_incidents_burst_fails_again_and_again_until_the_endpoint_is_there() -> None:
    aws = EmbeddedAws(find("incident"))
    assert _burst(aws, 1) == {"ok": 1}
    assert _burst(aws) == {"ok": 5, _TIMEOUT: 5}
    assert _burst(aws) == {"ok": 5, _TIMEOUT: 5}
    ec2 = aws.client("ec2")
    vpc = aws.client("lambda").get_function_configuration(FunctionName=FUNCTION)["VpcConfig"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["RouteTables"]
    private = [
        table["RouteTableId"]
        for table in tables
        if {item.get("SubnetId") for item in table["Associations"]} & set(vpc["SubnetIds"])
    ]
    endpoint = ec2.create_vpc_endpoint(
        VpcEndpointType="Gateway",
        VpcId=vpc["VpcId"],
        ServiceName="com.amazonaws.ap-southeast-1.s3",
        RouteTableIds=private[:1],
    )["VpcEndpoint"]["VpcEndpointId"]
    # Half of the environments live in the subnet whose table lacks the endpoint; five ports are enough for them.
    assert _burst(aws) == {"ok": 10}
    stage(_nat(ec2), {"HeldPorts": 55_000})
    assert _burst(aws) == {"ok": 5, _TIMEOUT: 5}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=private[1:])
    assert _burst(aws) == {"ok": 10}


def _nat(ec2: Any) -> str:
    return str(ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayId"])


def test_ports_that_were_refused_are_counted() -> None:
    from moto.cloudwatch.models import cloudwatch_backends

    aws = EmbeddedAws(find("incident"))
    before = _errors(cloudwatch_backends["123456789012"][aws.region], _nat(aws.client("ec2")))
    _burst(aws)
    after = _errors(cloudwatch_backends["123456789012"][aws.region], _nat(aws.client("ec2")))
    # Five invocations, three attempts each, and six SYNs in the sixty seconds of an attempt.
    assert after - before == 5 * 3 * 6


def _errors(backend: Any, nat: str) -> float:
    minutes = backend.staged_series[("AWS/NATGateway", "ErrorPortAllocation", frozenset({("NatGatewayId", nat)}))]
    return float(sum(numbers.total for numbers in minutes.values()))


@pytest.mark.parametrize(
    ("scenario", "ending"),
    [
        ("fixed", "ok"),
        ("one-bad-subnet", "ok"),
        ("egress-closed", _TIMEOUT),
        ("endpoint-pending", _TIMEOUT),
        ("endpoint-policy-denies", "ClientError"),
        ("public-subnet-trap", _TIMEOUT),
    ],
)
def test_scenarios_end_as_their_network_lets_them(scenario: str, ending: str) -> None:
    assert _burst(EmbeddedAws(find(scenario)), 1) == {ending: 1}


_CONNECTS = """\
import socket
def handler(event, context):
    with socket.create_connection((event["host"], event.get("port", 443)), timeout=60) as connection:
        return connection.getpeername()[0]
"""


class _Vpc:
    """A function `f` in the first private subnet of a network, and what it meets when it connects."""

    def __init__(self, world: World, invoke: Callable[..., Any], **kind: Any) -> None:
        self.world, self._invoke = world, invoke
        self.net = network(world, **kind)
        self.group = world.security_group("f", self.net.vpc)
        world.function("f", self.net.private[:1], [self.group], timeout_s=900, code=_CONNECTS)

    def meets(self, host: str = "example.com", port: int = 443) -> str:
        answer = self._invoke({"host": host, "port": port}).payload
        return "open" if isinstance(answer, str) else str(answer["errorType"])


@pytest.fixture
def vpc(world: World, invoke: Callable[..., Any]) -> Callable[..., _Vpc]:
    return lambda **kind: _Vpc(world, invoke, **kind)


def test_wait_for_a_connection_is_shortened_and_counted_in_full(
    vpc: Callable[..., _Vpc], invoke: Callable[..., Any], ec2: Any
) -> None:
    ec2.delete_route(RouteTableId=vpc().net.private_tables[0], DestinationCidrBlock="0.0.0.0/0")
    log = invoke({"host": "example.com"}).log
    assert "TimeoutError: timed out" in log
    assert "\tDuration: 60" in log
    assert "SIMULATED: 60." in log


@pytest.mark.parametrize(("kind", "ending"), [("zonal", "open"), ("regional", "open"), ("misplaced", "TimeoutError")])
def test_nat_gateway_needs_the_internet_gateway(vpc: Callable[..., _Vpc], kind: str, ending: str) -> None:
    assert vpc(nat_kind=kind).meets() == ending


def test_nat_gateway_must_be_there(vpc: Callable[..., _Vpc], ec2: Any) -> None:
    place = vpc()
    assert place.meets() == "open"
    ec2.delete_nat_gateway(NatGatewayId=place.net.nat)
    assert place.meets() == "TimeoutError"


def test_block_public_access_stops_what_is_not_excluded(vpc: Callable[..., _Vpc], ec2: Any) -> None:
    place = vpc()
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")
    assert place.meets() == "TimeoutError"
    ec2.create_vpc_block_public_access_exclusion(VpcId=place.net.vpc, InternetGatewayExclusionMode="allow-egress")
    assert place.meets() == "open"


def test_security_group_decides_by_port(vpc: Callable[..., _Vpc], ec2: Any) -> None:
    place = vpc()
    rules = ec2.describe_security_groups(GroupIds=[place.group])["SecurityGroups"][0]["IpPermissionsEgress"]
    ec2.revoke_security_group_egress(GroupId=place.group, IpPermissions=rules)
    ec2.authorize_security_group_egress(GroupId=place.group, IpPermissions=permissions([Rule("0.0.0.0/0", 443)]))
    assert (place.meets(port=443), place.meets(port=444)) == ("open", "TimeoutError")


def test_network_acl_decides_in_both_directions(vpc: Callable[..., _Vpc], world: World) -> None:
    place = vpc()
    out, back = AclRule(100, True, "0.0.0.0/0"), AclRule(100, False, "0.0.0.0/0", 1024, 65535)
    world.network_acl("both", place.net.vpc, place.net.private, [out, back])
    assert place.meets() == "open"
    world.network_acl("out", place.net.vpc, place.net.private, [out])
    assert place.meets() == "TimeoutError"
    world.network_acl("back", place.net.vpc, place.net.private, [back])
    assert place.meets() == "TimeoutError"


def test_host_inside_the_vpc_is_reached_if_its_group_lets_it(vpc: Callable[..., _Vpc], world: World) -> None:
    place = vpc()
    lets = world.security_group("lets", place.net.vpc, ingress=[Rule(place.group, 5432)])
    world.database("db", place.net.private[1], [lets], "10.20.101.50")
    assert (place.meets("10.20.101.50", 5432), place.meets("10.20.101.50", 5433)) == ("open", "TimeoutError")
    assert place.meets("10.20.101.51", 5432) == "TimeoutError"


def test_way_that_is_not_known_is_never_good(vpc: Callable[..., _Vpc], world: World, ec2: Any) -> None:
    place = vpc()
    peering = world.peering("peer", place.net.vpc, world.vpc("other", "10.70.0.0/16"))
    world.route(place.net.private_tables[0], "10.70.0.0/16", VpcPeeringConnectionId=peering)
    assert place.meets("10.70.0.5") == "OSError"


def test_interface_endpoint_with_private_dns_is_found_by_name(vpc: Callable[..., _Vpc], world: World) -> None:
    place = vpc()
    host = "secretsmanager.ap-southeast-1.amazonaws.com"
    assert place.meets(host) == "open"
    shut = world.security_group("shut", place.net.vpc)
    world.interface_endpoint("secrets", place.net.vpc, "secretsmanager", place.net.private[:1], [shut])
    assert place.meets(host) == "TimeoutError"


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        (Answer(failure=FailureKind.THROTTLED, code="SlowDown"), "ClientError"),
        (Answer(failure=FailureKind.ACCESS_DENIED, code="AccessDenied"), "ClientError"),
        (Answer(failure=FailureKind.RESET), "ConnectionResetError"),
        (Answer(failure=FailureKind.REFUSED), "ConnectionRefusedError"),
        (Answer(failure=FailureKind.CLOSED), "RemoteDisconnected"),
        (Answer(after_s=59.0), "ok"),
        (Answer(after_s=60.0), "ReadTimeoutError"),
    ],
)
def test_far_side_answers_as_it_is_told(answer: Answer, ending: str) -> None:
    aws = EmbeddedAws(find("fixed"))
    World.behave(_Nobody(), FUNCTION, answer)  # type: ignore[arg-type]
    assert _burst(aws, 1) == {ending: 1}


class _Nobody:
    """World.behave needs no world."""


def test_name_without_resolution_is_a_dns_failure(
    deploy: Callable[..., None], invoke: Callable[..., Any], world: World
) -> None:
    deploy(
        "import socket\ndef handler(event, context): return socket.create_connection((event['host'], 443), 1) and 1\n"
    )
    assert invoke({"host": "example.com"}).payload == 1
    assert invoke({"host": "gone.invalid"}).payload["errorType"] == "gaierror"
