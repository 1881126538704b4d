"""Which devices of a traced path forget idle connections, and what is made of limits that are not known."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.keepalive.device import Device
from runbook_lib.keepalive.devices import devices_of, limit_of
from runbook_lib.keepalive.instances import tracked_default_s
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import question_of
from tests.builders import World, rule, world
from tests.checks.path.flows import BANK, bare, peered
from tests.checks.worlds import gateway, interface, two_zones

NAT = ("nat-gateway", "nat-main", 350)


def answer(made: World, source: str, to: str, port: int = 443) -> dict[str, Any]:
    asked: dict[str, Any] = {"from": source, "to": to, "protocol": "tcp", "port": port}
    if source.startswith("subnet-"):
        asked["security_groups"] = ["sg-fn"]
    return tracer_of(made.view()).trace(question_of(asked))


def devices(made: World, source: str, to: str, port: int = 443, **more: bool) -> tuple[Device, ...]:
    return devices_of(answer(made, source, to, port), made.snapshot(), **more)


def short(found: tuple[Device, ...]) -> list[tuple[str, str, int | None]]:
    return [(item.kind, item.id, item.idle_limit_s) for item in found]


def with_instance(type_: str | None = None, told_s: int | None = None) -> World:
    """A worker `eni-worker` of an instance type in subnet a, behind the NAT gateway."""
    more: dict[str, Any] = {"ConnectionTrackingConfiguration": {"TcpEstablishedTimeout": told_s}} if told_s else {}
    made = two_zones().interface(
        "worker", "10.0.0.9", groups=["fn"], Attachment={"InstanceId": "i-worker", "Status": "attached"}, **more
    )
    if type_ is not None:
        made.item("Instances", InstanceId="i-worker", InstanceType=type_, VpcId="vpc-main")
    return made


def behind_balancer(listener: dict[str, Any] | None = None, attributes: list[dict[str, str]] | None = None) -> World:
    made = bare().instance("web", "10.0.0.30", groups=["web"]).group("web", ingress=[rule("10.0.0.0/16", None, "-1")])
    made.changed("Instances", "i-web", lambda raw: raw.update(InstanceType="m5.large"))
    made.balancer("front", "10.0.0.20", targets=[("i-web", 443, "healthy")], groups=["web"])
    made._items["LoadBalancerListeners"][0]["Listeners"][0].update(listener or {})
    if attributes is not None:
        made._items["LoadBalancerAttributes"][0]["Attributes"] = attributes
    return made


def application(attributes: list[dict[str, str]] | None) -> World:
    made = bare().group("web", ingress=[rule("10.0.0.0/16", None, "-1")])
    made.interface("front", "10.0.0.20", groups=["web"], Description="ELB app/front/1", RequesterManaged=True)
    arn = "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/front/1"
    if attributes is not None:
        made.item("LoadBalancerAttributes", LoadBalancerArn=arn, Attributes=attributes)
    return made


def test_a_nat_gateway_answers_with_rst_after_350_seconds() -> None:
    found = devices(two_zones(), "subnet-a", BANK, runs_functions=True)
    assert short(found) == [NAT]
    assert found[0].label == "NAT gateway nat-main"
    assert "RST" in found[0].happens
    assert limit_of(found).device == found[0]
    assert (limit_of(found).unknown, limit_of(found).worst_s) == ((), 350)


def test_every_subnet_of_a_function_counts_and_each_device_once() -> None:
    made = two_zones().nat("b", subnet="public").table("b", subnets=["b"]).route("b", "0.0.0.0/0", "nat-b").function()
    made.changed("Functions", "worker", lambda raw: raw["VpcConfig"].update(SubnetIds=["subnet-a", "subnet-b"]))
    assert short(devices(made, "worker", BANK)) == [NAT, ("nat-gateway", "nat-b", 350)]


def test_a_gateway_endpoint_forgets_nothing() -> None:
    assert devices(gateway(), "subnet-a", "s3", runs_functions=True) == ()
    assert limit_of(()).worst_s is None


def test_an_interface_endpoint_forgets_after_350_seconds() -> None:
    found = devices(interface(), "subnet-a", "secretsmanager", runs_functions=True)
    assert short(found) == [("vpc-endpoint", "vpce-secretsmanager", 350)]


@pytest.mark.parametrize(
    ("type_", "limit_s"),
    [
        ("m5.large", 432_000),
        ("m8g.large", 432_000),
        ("p6e-gb200.36xlarge", 432_000),
        ("m8i.large", 350),
        ("c8gn.48xlarge", 350),
        ("m9g.large", None),
        ("mac2.metal", None),
        ("", None),
    ],
)
def test_connection_tracking_of_an_instance_by_its_type(type_: str, limit_s: int | None) -> None:
    assert tracked_default_s(type_) == limit_s
    found = devices(with_instance(type_), "eni-worker", BANK)
    assert short(found) == [("instance", "i-worker", limit_s), NAT]
    assert (found[0].at_least_s, bool(found[0].gap)) == ((0, False) if limit_s else (350, True))


def test_an_interface_that_was_told_a_timeout_keeps_it_whatever_the_type() -> None:
    assert short(devices(with_instance("m8i.large", 60), "eni-worker", BANK)) == [("instance", "i-worker", 60), NAT]
    assert short(devices(with_instance(None, 90), "eni-worker", BANK)) == [("instance", "i-worker", 90), NAT]


def test_what_runs_a_client_in_a_subnet_is_not_known_but_forgets_no_earlier_than_350_seconds() -> None:
    client, nat = devices(two_zones(), "subnet-a", BANK)
    assert short((client, nat)) == [("client", "subnet-a", None), NAT]
    assert limit_of((client, nat)).unknown == ()
    assert limit_of((client, nat)).worst_s == 350
    alone = limit_of((client,))
    assert (alone.device, alone.unknown, alone.worst_s) == (None, (client,), 350)


def test_an_interface_of_the_subnet_with_a_shorter_timeout_lowers_what_is_sure() -> None:
    client, nat = devices(with_instance("m5.large", 60), "subnet-a", BANK)
    assert limit_of((client, nat)).unknown == (client,)
    assert limit_of((client, nat)).worst_s == 60


@pytest.mark.parametrize(
    ("listener", "attributes", "limit_s"),
    [
        ({}, [], None),
        ({}, [{"Key": "tcp.idle_timeout.seconds", "Value": "6000"}], 6000),
        ({"Attributes": [{"Key": "tcp.idle_timeout.seconds", "Value": "60"}]}, None, 60),
        ({"Protocol": "TLS"}, None, 350),
    ],
)
def test_a_network_load_balancer_by_its_listener(
    listener: dict[str, Any], attributes: list[dict[str, str]] | None, limit_s: int | None
) -> None:
    found = devices(behind_balancer(listener, attributes), "subnet-a", "10.0.0.20", runs_functions=True)
    assert short(found) == [("load-balancer", "net/front/1", limit_s), ("instance", "i-web", 432_000)]
    assert found[0].at_least_s == 60
    assert limit_of(found).worst_s == (limit_s or 60)


@pytest.mark.parametrize(
    ("attributes", "limit_s"),
    [([{"Key": "idle_timeout.timeout_seconds", "Value": "4000"}], 4000), ([], None), (None, None)],
)
def test_an_application_load_balancer_counts_data_only(
    attributes: list[dict[str, str]] | None, limit_s: int | None
) -> None:
    found = devices(application(attributes), "subnet-a", "10.0.0.20", runs_functions=True)
    front = next(item for item in found if item.kind == "load-balancer")
    assert (front.id, front.idle_limit_s, front.counts_probes) == ("app/front/1", limit_s, False)
    assert bool(front.gap) == (limit_s is None)


def test_a_blocked_path_and_one_not_known_to_its_end_have_no_limit() -> None:
    (blocked,) = devices(bare(), "subnet-a", BANK, runs_functions=True)
    assert (blocked.kind, blocked.idle_limit_s, blocked.at_least_s) == ("path", None, 0)
    assert "is blocked" in blocked.gap
    unknown = devices(two_zones().denied("NatGateways"), "subnet-a", BANK, runs_functions=True)
    assert "ec2:DescribeNatGateways" in unknown[-1].doubt
    assert limit_of(unknown).worst_s is None


def hops(*kinds: str) -> dict[str, Any]:
    listed = [{"kind": kind, "id": f"{kind}-1"} for kind in kinds]
    way = {"verdict": "reachable", "hops": listed, "blocked_by": []}
    return {"verdict": "reachable", "forward": way, "return": way, "missing": []}


@pytest.mark.parametrize(
    "kind", ["egress-only-internet-gateway", "vpn-connection", "direct-connect", "a-device-of-tomorrow"]
)
def test_a_device_without_a_documented_limit_is_not_a_device_without_a_limit(kind: str) -> None:
    (found,) = devices_of(hops(kind), world().snapshot())
    assert (found.kind, found.idle_limit_s, found.at_least_s) == (kind, None, 0)
    assert found.doubt
    assert limit_of((found,)).worst_s is None


def test_routers_keep_no_connections() -> None:
    kinds = ("transit-gateway", "transit-gateway-attachment", "vpc-peering-connection", "vpn-gateway")
    assert devices_of(hops(*kinds, "internet-gateway", "internet"), world().snapshot()) == ()


def test_an_interface_of_something_unknown_has_an_unknown_limit() -> None:
    found = devices(peered(back=True), "subnet-a", "eni-db", 5432, runs_functions=True)
    assert [(item.kind, item.id, item.at_least_s) for item in found] == [("network-interface", "eni-db", 350)]
