"""The state of an endpoint means the same to every check that looks at it, and to a path through it."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints import end002_state_available
from runbook_lib.checks.path import pth010_reachable
from tests.builders import World, rule, world
from tests.network.paths import Json, ask, nat_world, two_vpcs

STATES = [
    ("available", "PASS"),
    ("Available", "PASS"),
    ("pending", "FAIL"),
    ("pendingAcceptance", "FAIL"),
    ("pending-acceptance", "FAIL"),
    ("rejected", "FAIL"),
    ("expired", "FAIL"),
    ("failed", "FAIL"),
    ("Partial", "UNKNOWN"),
    ("melting", "UNKNOWN"),
    ("", "UNKNOWN"),
    (None, "UNKNOWN"),
]


def gateway() -> World:
    return world().vpc().subnet("a").group().gateway_endpoint("s3", tables=["main"]).function()


def interface() -> World:
    made = world().vpc().subnet("a").group().group("endpoint", ingress=[rule(port=None, protocol="-1")])
    return made.interface_endpoint("sqs").function()


def stated(made: World, id_: str, state: str | None) -> World:
    def change(raw: Json) -> Any:
        return raw.pop("State", None) if state is None else raw.update(State=state)

    return made.changed("VpcEndpoints", id_, change)


def statuses(check: Any, made: World, settings: Settings) -> list[str]:
    return [finding.status.value for finding in check(made.view(), settings)]


@pytest.mark.parametrize(("state", "expected"), STATES)
@pytest.mark.parametrize(("made", "service"), [(gateway, "s3"), (interface, "sqs")])
def test_end002_and_pth010_agree(made: Any, service: str, state: str | None, expected: str) -> None:
    changed = stated(made(), f"vpce-{service}", state)
    settings = changed.settings(service)
    assert statuses(end002_state_available.check, changed, settings) == [expected]
    assert statuses(pth010_reachable.check, changed, settings) == [expected]


@pytest.mark.parametrize("state", ["Partial", None])
def test_a_state_that_does_not_tell_is_named_by_what_would(state: str | None) -> None:
    answer = ask(stated(gateway(), "vpce-s3", state), "worker", "s3")
    assert (answer["verdict"], answer["missing"]) == ("unknown", ["ec2:DescribeVpcEndpoints"])


def test_the_state_of_a_nat_gateway_that_was_not_told_is_unknown() -> None:
    made = nat_world().function(subnets=["a"]).changed("NatGateways", "nat-main", lambda raw: raw.pop("State"))
    answer = ask(made, "worker", "198.51.100.1")
    assert (answer["verdict"], answer["missing"]) == ("unknown", ["ec2:DescribeNatGateways"])


@pytest.mark.parametrize("change", [lambda raw: raw.pop("Status"), lambda raw: raw.update(Status={})])
def test_the_status_of_a_peering_connection_that_was_not_told_is_unknown(change: Any) -> None:
    made = two_vpcs().peering("p", "main", "far").route("main", "10.1.0.0/16", "pcx-p")
    made.route("far", "10.0.0.0/16", "pcx-p")
    assert ask(made, "subnet-a", "eni-db")["verdict"] == "reachable"
    answer = ask(made.changed("VpcPeeringConnections", "pcx-p", change), "subnet-a", "eni-db")
    assert (answer["verdict"], answer["missing"]) == ("unknown", ["ec2:DescribeVpcPeeringConnections"])
