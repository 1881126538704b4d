"""NAT011: is there room for more connections?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.nat import nat011_connections_free as check
from runbook_lib.checks.nat.nat011_connections_free import META
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.nat.gateways import WINDOW, ask, nat_of, regional, series
from tests.checks.path.flows import one_subnet

METRIC = "ActiveConnectionCount"


def seen(made: World) -> tuple[Any, ...]:
    return series(made, METRIC).cite("Values"), nat_of(made).cite("NatGatewayAddresses")


def test_the_peak_just_passes_and_just_fails() -> None:
    passes = one_subnet().metrics(ActiveConnectionCount=49_499)
    said = f"nat-main held at most 49,499 connections at once {WINDOW}, 90% of its 55,000 to one destination."
    assert ask(passes, check) == (META.passed(nat_of(passes), said, *seen(passes)),)
    fails = one_subnet().metrics(ActiveConnectionCount=49_500)
    said = said.replace("49,499", "49,500")
    assert ask(fails, check) == (META.failed(nat_of(fails), said, *seen(fails), code="CONNECTIONS_NEARLY_FULL"),)
    assert META.severity is Severity.HIGH


def test_the_peak_fails_beside_missing_minutes() -> None:
    (found,) = ask(one_subnet().metrics(missing=[3], ActiveConnectionCount=55_000), check)
    assert found.status is Status.FAIL


def test_every_address_has_room_of_its_own() -> None:
    more = {"PrivateIp": "10.0.2.6", "PublicIp": "192.0.2.99"}
    made = one_subnet().metrics(ActiveConnectionCount=60_000)
    made.changed("NatGateways", "nat-main", lambda raw: raw["NatGatewayAddresses"].append(more))
    (found,) = ask(made, check)
    assert (found.status, "55% of its 110,000" in found.message) == (Status.PASS, True)


@pytest.mark.parametrize(("concurrency", "status"), [(4_949, Status.PASS), (4_950, Status.FAIL)])
def test_the_load_asked_about_counts(concurrency: int, status: Status) -> None:
    made = one_subnet()
    (found,) = ask(made, check, concurrency=concurrency, connections_per_invocation=10)
    assert found.status is status
    wanted = concurrency * 10
    if status is Status.FAIL:
        said = (
            f"nat-main held at most 3 connections at once {WINDOW}, but {wanted:,} for {concurrency:,} invocations at "
            "once are 90% of its 55,000 to one destination."
        )
        assert found == META.failed(nat_of(made), said, *seen(made), code="LOAD_EXCEEDS_CONNECTIONS")
    else:
        assert found.message.endswith(f"; {concurrency:,} invocations at once would hold {wanted:,}.")


def test_ten_ordinary_invocations_never_fill_it() -> None:
    (found,) = ask(one_subnet(), check, concurrency=10, connections_per_invocation=8)
    assert found.status is Status.PASS


def test_zones_of_a_regional_one_have_room_each() -> None:
    made = regional("a", "b", "b").metrics(zone="a", ActiveConnectionCount=30_000)
    made.metrics(zone="b", ActiveConnectionCount=98_999)
    (found,) = ask(made, check)
    assert (found.status, "in ap-southeast-1b" in found.message) == (Status.PASS, True)
    (found,) = ask(made.metrics(zone="b", ActiveConnectionCount=99_000), check)
    said = f"nat-main held at most 99,000 connections at once in ap-southeast-1b {WINDOW}, 90% of its 110,000 to one "
    assert (found.status, found.message) == (Status.FAIL, f"{said}destination.")


def test_addresses_that_were_not_told() -> None:
    made = one_subnet().changed("NatGateways", "nat-main", lambda raw: raw.update(NatGatewayAddresses=[]))
    (found,) = ask(made, check)
    assert (found.status, "allow ec2:DescribeNatGateways" in found.message) == (Status.UNKNOWN, True)
