"""FUN015: is anything private there to be reached?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun015_vpc_needed as fun015
from runbook_lib.model.status import Severity, Status
from tests.builders import ACCOUNT, World
from tests.checks.function.about import cited, config, logged
from tests.checks.path.flows import bare, peered
from tests.checks.worlds import two_zones


def answer(made: World, **settings: Any) -> tuple[Status, str]:
    (found,) = made.ask(fun015, **settings)
    return found.status, found.code


def interface(made: World, kind: str) -> World:
    return made.item("NetworkInterfaces", NetworkInterfaceId="eni-x", VpcId="vpc-main", InterfaceType=kind)


def test_nothing_private_and_no_way_out() -> None:
    made = bare()
    said = (
        "worker is in vpc-main, where nothing private is and no way leads out: outside the VPC it would have the "
        "internet."
    )
    local = [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}]
    place = cited("Functions", "lambda:ListFunctions", "/VpcConfig/VpcId", "vpc-main")
    table = cited("RouteTables", "ec2:DescribeRouteTables", "/Routes", local)
    worker = made.view().function("worker")
    expected = fun015.META.failed(worker, said, place, table, code="NOTHING_PRIVATE")
    assert made.ask(fun015) == (expected,)
    assert expected.severity is Severity.INFO


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("interface", Status.PASS),
        ("vpc_endpoint", Status.PASS),
        ("lambda", Status.FAIL),
        ("nat_gateway", Status.NOT_APPLICABLE),
    ],
)
def test_network_interfaces_of_others(kind: str, status: Status) -> None:
    assert answer(interface(bare(), kind))[0] is status


def test_what_is_there_is_told() -> None:
    made = interface(bare(), "interface").route("main", "10.9.0.0/16", "pcx-ledger")
    (found,) = made.ask(fun015)
    assert found.message == (
        "worker is in vpc-main, where 1 network interface of others (interface) and pcx-ledger can be reached; whether "
        "it does so is not known."
    )


@pytest.mark.parametrize(
    ("target", "state", "status"),
    [
        ("pcx-ledger", "active", Status.PASS),
        ("tgw-hub", "active", Status.PASS),
        ("vgw-office", "active", Status.PASS),
        ("pcx-ledger", "blackhole", Status.FAIL),
        ("igw-main", "active", Status.FAIL),
        ("nat-main", "active", Status.NOT_APPLICABLE),
        ("eigw-main", "active", Status.NOT_APPLICABLE),
    ],
)
def test_ways_to_other_networks(target: str, state: str, status: Status) -> None:
    assert answer(bare().route("main", "10.9.0.0/16", target, state))[0] is status


def test_a_gateway_endpoint_may_be_there_for_its_policy() -> None:
    assert answer(bare().gateway_endpoint("s3", tables=["main"]))[0] is Status.NOT_APPLICABLE


def test_a_nat_gateway_that_is_there_for_others_may_be_meant_for_it() -> None:
    (found,) = interface(bare(), "nat_gateway").ask(fun015)
    assert found.message == (
        "worker is in vpc-main, where nothing private is; a fixed source address or a policy (eni-x) may be what it is "
        "for: nobody told."
    )


@pytest.mark.parametrize(
    ("to", "status"),
    [
        ("10.9.1.5", Status.PASS),
        ("100.64.0.9", Status.PASS),
        ("fd12::5", Status.PASS),
        ("eni-ledger", Status.PASS),
        ("198.51.100.7", Status.FAIL),
        ("2001:db8::7", Status.FAIL),
        ("api.example.com", Status.FAIL),
    ],
)
def test_what_was_named(to: str, status: Status) -> None:
    assert answer(bare(), destinations=(to,))[0] is status


def test_what_the_log_names() -> None:
    line = "[ERROR] TimeoutError: connect ETIMEDOUT 10.9.1.5:5432"
    (found,) = logged(config(), 5.0, line=line).ask(fun015)
    assert (found.status, found.message) == (
        Status.PASS,
        "worker is in vpc-main and is meant to reach 10.9.1.5 there or by it.",
    )
    public = "[ERROR] TimeoutError: connect ETIMEDOUT 198.51.100.7:443"
    assert answer(logged(config(), 5.0, line=public))[0] is Status.FAIL


def test_a_peered_network() -> None:
    assert answer(peered(back=True))[0] is Status.PASS


@pytest.mark.parametrize("key", ["NetworkInterfaces", "RouteTables"])
def test_what_was_not_read_is_no_failure(key: str) -> None:
    assert answer(bare().denied(key)) == (Status.UNKNOWN, "NOT_READ")


def test_an_endpoint_that_was_not_read_is_no_failure() -> None:
    made = bare().gateway_endpoint("s3", tables=["main"]).denied("VpcEndpoints")
    assert answer(made) == (Status.UNKNOWN, "NOT_READ")


def test_a_log_that_was_not_read_changes_nothing() -> None:
    assert answer(bare().denied("Events")) == (Status.FAIL, "NOTHING_PRIVATE")


def test_no_function() -> None:
    assert answer(two_zones())[0] is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("made", "expected"),
    [(bare(), (Status.UNKNOWN, "SHARED_VPC")), (interface(bare(), "interface"), (Status.PASS, "OK"))],
)
def test_who_shares_a_vpc_sees_more_than_who_uses_it(made: World, expected: tuple[Status, str]) -> None:
    shared = made.changed("Vpcs", "vpc-main", lambda raw: raw.update(OwnerId="444455556666"))
    assert answer(shared) == expected


def test_the_owner_of_a_vpc_sees_all_of_it() -> None:
    own = bare().changed("Vpcs", "vpc-main", lambda raw: raw.update(OwnerId=ACCOUNT))
    assert answer(own) == (Status.FAIL, "NOTHING_PRIVATE")
