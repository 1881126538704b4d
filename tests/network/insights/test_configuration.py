"""The fingerprint changes with everything an answer depends on, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runbook_lib.network.insights.plan import whole
from tests.builders import World, acl_entry, rule

from .worlds import asked, sftp_world, view_of


def fingerprint(made: World, to: str = "198.51.100.22", **more: Any) -> str | None:
    return whole(view_of(made), asked(to, **more)).analyses[0].fingerprint


BEFORE = fingerprint(sftp_world())


def count(made: World) -> None:
    made.changed("Subnets", "subnet-a", lambda raw: raw.update(AvailableIpAddressCount=7))


def tag(made: World) -> None:
    made.changed("NatGateways", "nat-main", lambda raw: raw.update(Tags=[{"Key": "Name", "Value": "x"}]))


@pytest.mark.parametrize(
    "change",
    [
        count,
        tag,
        lambda made: made.shuffled(3),
        lambda made: made.interface("new", "10.0.0.77"),
        lambda made: made.function("another"),
        lambda made: made.vpc("elsewhere", ["10.5.0.0/16"]).group("elsewhere"),
        lambda made: made.transit_gateway(),
    ],
)
def test_what_the_answer_does_not_depend_on_changes_nothing(change: Callable[[World], object]) -> None:
    made = sftp_world()
    change(made)
    assert fingerprint(made) == BEFORE is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made._find("NetworkAcls", "acl-public")["Entries"].append(
            acl_entry(5, egress=True, ports=(22, 22))
        ),
        lambda made: made.route("main", "198.51.100.0/24", "igw-main"),
        lambda made: made._find("SecurityGroups", "sg-fn")["IpPermissionsEgress"].append(rule()),
        lambda made: made.changed("NatGateways", "nat-main", lambda raw: raw.update(State="deleted")),
        lambda made: made.changed("NetworkInterfaces", "eni-nat-main", lambda raw: raw.update(SourceDestCheck=True)),
        lambda made: made.changed("NetworkInterfaces", "eni-fn", lambda raw: raw.update(Status="available")),
        lambda made: made.gateway_endpoint("s3", tables=["main"]),
    ],
)
def test_what_the_answer_depends_on_changes_it(change: Callable[[World], object]) -> None:
    made = sftp_world()
    change(made)
    assert fingerprint(made) not in (BEFORE, None)


def test_another_question_has_another_fingerprint() -> None:
    assert (
        len({fingerprint(sftp_world()), fingerprint(sftp_world(), "198.51.100.23"), fingerprint(sftp_world(), port=23)})
        == 3
    )


def test_what_lies_beyond_a_door_counts_too() -> None:
    def joined() -> World:
        made = sftp_world().transit_gateway().attach("main", subnets=["a"])
        return made.route("main", "10.9.0.0/16", "tgw-hub")

    made = joined()
    made.vpc("far", ["10.9.0.0/16"]).group("far")
    assert fingerprint(made) not in (fingerprint(joined()), BEFORE, None)


@pytest.mark.parametrize("key", ["SecurityGroups", "NatGateways", "NetworkInterfaces", "VpcBlockPublicAccessOptions"])
def test_where_not_all_was_read_there_is_none(key: str) -> None:
    assert fingerprint(sftp_world().truncated(key)) is None


def test_behind_a_firewall_endpoint_there_is_none() -> None:
    made = sftp_world().interface_endpoint("gwlb", groups=(), VpcEndpointType="GatewayLoadBalancer")
    assert fingerprint(made) is not None
    assert fingerprint(made.route("public", "203.0.113.0/24", "vpce-gwlb")) is None
