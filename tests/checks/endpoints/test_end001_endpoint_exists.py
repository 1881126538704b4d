"""END001: does the VPC have an endpoint for each service?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.checks.endpoints import common
from runbook_lib.checks.endpoints.end001_endpoint_exists import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from runbook_lib.network.view import View
from tests.builders import REGION, World, world
from tests.checks.worlds import two_zones


def ask(made: World, *services: str) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services)))


def base() -> World:
    return two_zones().function(subnets=["a", "b"])


def test_a_gateway_endpoint_passes() -> None:
    made = base().gateway_endpoint("s3", tables=["main"])
    view = made.view()
    said = "vpc-main has an endpoint for s3: vpce-s3, gateway."
    seen = view.endpoint("vpce-s3").cite("ServiceName")
    assert ask(made) == (META.passed(view.vpc("vpc-main"), said, seen, scope="s3"),)


def test_without_one_it_says_where_the_traffic_goes() -> None:
    made = base()
    view = made.view()
    said = "vpc-main has no gateway endpoint for s3; its traffic leaves through nat-main."
    seen = common.endpoints_seen(view, "vpc-main")
    assert seen.value == []
    assert seen.pointer == "/accounts/111122223333/ap-southeast-1/VpcEndpoints"
    assert ask(made) == (META.failed(view.vpc("vpc-main"), said, seen, code="ENDPOINT_MISSING", scope="s3"),)


@pytest.mark.parametrize("key", ["RouteTables", "PrefixLists"])
def test_a_failure_stays_one_when_the_way_out_is_not_known(key: str) -> None:
    finding = ask(base().denied(key))[0]
    assert (finding.status, finding.message) == (Status.FAIL, "vpc-main has no gateway endpoint for s3.")


def test_each_service_is_judged_and_dynamodb_beside_what_was_asked() -> None:
    made = base().gateway_endpoint("dynamodb", tables=["main"]).group("endpoint").interface_endpoint("sqs")
    assert [(f.scope, f.status) for f in ask(made, "s3", "sqs", "ssm")] == [
        ("dynamodb", Status.PASS),
        ("s3", Status.FAIL),
        ("sqs", Status.PASS),
        ("ssm", Status.FAIL),
    ]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, Status.PASS),
        ({"private_dns": False}, Status.FAIL),
        ({"DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}}, Status.FAIL),
    ],
)
def test_an_s3_interface_endpoint_serves_only_if_it_takes_the_name(more: dict[str, object], status: Status) -> None:
    assert ask(base().group("endpoint").interface_endpoint("s3", **more))[0].status is status  # type: ignore[arg-type]


def test_an_endpoint_without_private_dns_is_named() -> None:
    made = base().group("endpoint").interface_endpoint("s3", private_dns=False)
    assert "no gateway endpoint for s3, only vpce-s3 without private DNS;" in ask(made)[0].message


@pytest.mark.parametrize("state", ["deleted", "Deleting"])
def test_a_deleted_endpoint_does_not_count(state: str) -> None:
    assert ask(base().gateway_endpoint("s3", tables=["main"], State=state))[0].status is Status.FAIL


@pytest.mark.parametrize(
    ("name", "status"),
    [
        (f"com.amazonaws.{REGION}.s3", Status.PASS),
        ("com.amazonaws.us-east-1.s3", Status.FAIL),
        (f"com.amazonaws.{REGION}.s3express", Status.FAIL),
    ],
)
def test_the_service_name_must_be_exact(name: str, status: Status) -> None:
    made = base().gateway_endpoint("s3", tables=["main"], ServiceName=name)
    found = {f.scope: f.status for f in ask(made)}
    assert found["s3"] is status


def test_an_endpoint_of_another_vpc_does_not_count() -> None:
    made = world().vpc("other").gateway_endpoint("s3").vpc().subnet(az="a").group().function()
    assert ask(made)[0].status is Status.FAIL


@pytest.mark.parametrize("gone", ["denied", "truncated"])
def test_unread_endpoints_are_unknown(gone: str) -> None:
    made = getattr(base(), gone)("VpcEndpoints")
    (finding,) = ask(made)
    assert (finding.key, finding.status, finding.code) == ("END001:vpc-main:s3", Status.UNKNOWN, "NOT_READ")
    assert "allow ec2:DescribeVpcEndpoints and run again" in finding.message


def test_two_vpcs_are_judged_apart() -> None:
    made = world().vpc("one").subnet("one").group().function("first").gateway_endpoint("s3", name="one")
    made.vpc("two").subnet("two", cidr="10.1.0.0/24").group("fn2").function("second", groups=["fn2"])
    settings = made.settings(function="first")
    both = (*settings.target.placements, *made.target("second").placements)
    asked = replace(settings, target=replace(settings.target, kind="all", placements=both))
    found = [(f.resource.id, f.status) for f in check(View(made.snapshot()), asked)]
    assert found == [("vpc-one", Status.PASS), ("vpc-two", Status.FAIL)]
