"""NAT004: does the network ACL of the NAT gateway's subnet let both ways through?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.nat import nat004_acl_both_ways as check
from runbook_lib.checks.nat.nat004_acl_both_ways import META
from runbook_lib.model.status import Status
from tests.builders import World, acl_entry
from tests.checks.nat.gateways import ask, nat_of, regional
from tests.checks.path.flows import BANK, bare, one_subnet, two_subnets
from tests.checks.worlds import gateway


def behind(made: World, *entries: object) -> World:
    return made.acl("public", *entries, subnets=["public"])  # type: ignore[arg-type]


def answers(low: int, high: int = 65535) -> tuple[object, ...]:
    inside = acl_entry(90, cidr="10.0.0.0/16")
    return (inside, acl_entry(100, ports=(low, high)), acl_entry(100, egress=True))


def test_it_lets_both_ways_through() -> None:
    made = behind(one_subnet(), *answers(1024))
    acl = made.view().acl_of("subnet-public")
    said = f"acl-public lets traffic of nat-main to {BANK} and its answers through."
    assert ask(made, check) == (META.passed(nat_of(made), said, acl.cite("Entries")),)


@pytest.mark.parametrize(("low", "status"), [(1024, Status.PASS), (1025, Status.FAIL)])
def test_one_port_decides(low: int, status: Status) -> None:
    (found,) = ask(behind(one_subnet(), *answers(low)), check)
    assert found.status is status


def test_the_share_of_blocked_return_ports_is_named() -> None:
    made = behind(two_subnets(), *answers(32768))
    (found,) = ask(made, check)
    assert (found.status, found.code, found.resource.id) == (Status.FAIL, "SUBNET_ACL_RESTRICTION", "nat-main")
    assert found.message.startswith(f"subnet-a to {BANK} (tcp 22) by nat-main, and one more way: acl-public")
    assert found.message.endswith("(49% of the return ports are blocked: expect about 49% of connections to time out).")


def test_the_acl_of_the_function_is_not_its_own() -> None:
    made = one_subnet().acl("fn", acl_entry(100, egress=True), subnets=["a"])
    (found,) = ask(made, check)
    assert found.status is Status.PASS


def test_a_regional_one_has_none() -> None:
    made = regional("a", "b")
    said = "nat-main stands in no subnet, so that no network ACL applies to it."
    assert ask(made, check) == (META.not_applicable(nat_of(made), said),)


def test_nothing_passes_it() -> None:
    assert [f.status for f in gateway().ask(check)] == [Status.NOT_APPLICABLE]
    assert [f.status for f in bare().ask(check)] == [Status.NOT_APPLICABLE]


def test_the_acls_were_not_read() -> None:
    (found,) = ask(one_subnet().denied("NetworkAcls"), check)
    assert found.status is Status.UNKNOWN
    assert "allow ec2:DescribeNetworkAcls" in found.message
