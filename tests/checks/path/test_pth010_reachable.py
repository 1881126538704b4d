"""PTH010: is the destination reachable, and does the answer return?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.base import Settings
from runbook_lib.checks.path import pth010_reachable as check
from runbook_lib.checks.path.pth010_reachable import META
from runbook_lib.errors import UsageError
from runbook_lib.model.status import Status
from runbook_lib.network import targets
from tests.builders import World, acl_entry, rule
from tests.checks.path.flows import BANK, SSH, ask, bare, one_subnet, scope, tagged, two_subnets, with_ipv6
from tests.checks.worlds import two_zones

WHERE = scope(BANK, "tcp/22")
OUT = acl_entry(100, egress=True)


def test_the_way_is_named() -> None:
    made = tagged(tagged(one_subnet(), "NatGateways", "nat-main", "shared"), "Subnets", "subnet-a", "private-a")
    view = made.view()
    said = (
        f"subnet-a (private-a) to {BANK} (tcp 22) is reachable by subnet-a (private-a) > nat-main (shared) > igw-main "
        "> internet, and the answer returns."
    )
    (found,) = ask(made, check, **SSH)
    assert found == META.passed(view.subnet("subnet-a"), said, *found.evidence, scope=WHERE)
    tables = [view.route_table_of(subnet_id).cite("Routes") for subnet_id in ("subnet-a", "subnet-public")]
    doors = [view.nat_gateway("nat-main").cite("State"), view.internet_gateway("igw-main").cite("Attachments")]
    assert all(evidence in found.evidence for evidence in (*tables, *doors))


def test_an_endpoint_is_the_way_where_one_is_attached() -> None:
    made = one_subnet().gateway_endpoint("s3", tables=["main"])
    (found,) = ask(made, check)
    assert found.status is Status.PASS
    assert "subnet-a > vpce-s3 > com.amazonaws.ap-southeast-1.s3" in found.message


def test_an_endpoint_that_is_not_attached_leaves_the_way_through_the_nat_gateway() -> None:
    made = one_subnet().gateway_endpoint("s3", tables=[])
    (found,) = ask(made, check)
    assert found.status is Status.PASS
    assert "subnet-a > nat-main > igw-main > internet" in found.message


def test_parts_that_go_different_ways_are_both_named() -> None:
    made = one_subnet().gateway_endpoint("s3", tables=["main"]).route("main", "3.5.146.0/24", "nat-main")
    (found,) = ask(made, check)
    assert found.message == (
        "subnet-a to s3 (tcp 443) is reachable by subnet-a > nat-main > igw-main > internet and by subnet-a > vpce-s3 "
        "> com.amazonaws.ap-southeast-1.s3, and the answer returns."
    )


@pytest.mark.parametrize("service", ["secretsmanager", "textract"])
def test_a_service_without_an_endpoint_is_judged_by_the_public_route(service: str) -> None:
    (there,) = ask(one_subnet(), check, service)
    (nowhere,) = ask(bare(), check, service)
    assert (there.status, there.scope) == (Status.PASS, scope(service))
    assert (nowhere.status, nowhere.code) == (Status.FAIL, "NO_ROUTE_TO_DESTINATION")


def test_everything_that_blocks_is_named() -> None:
    made = one_subnet().acl("own", acl_entry(90, "deny", egress=True), acl_entry(100), subnets=["a"])
    made.changed("SecurityGroups", "sg-fn", lambda raw: raw.update(IpPermissionsEgress=[rule("10.0.0.0/8")]))
    made.changed("NatGateways", "nat-main", lambda raw: raw.update(State="failed"))
    view = made.view()
    said = (
        f"subnet-a to {BANK} (tcp 22) is blocked: sg-fn: no rule allows tcp 22 to {BANK}; acl-own, rule 90: denies tcp "
        f"22 to {BANK} at subnet-a; nat-main is failed."
    )
    seen = (
        view.group("sg-fn").cite("IpPermissionsEgress"),
        view.acl_of("subnet-a").cite("Entries", 0),
        view.nat_gateway("nat-main").cite("State"),
    )
    failed = META.failed(view.subnet("subnet-a"), said, *seen, code="ENI_SG_RULES_MISMATCH", scope=WHERE)
    assert ask(made, check, **SSH) == (failed,)


def test_each_subnet_is_told() -> None:
    made = two_subnets().changed("RouteTables", "rtb-b", lambda raw: raw["Routes"].pop())
    found = ask(made, check, **SSH)
    assert [(f.resource.id, f.status) for f in found] == [("subnet-a", Status.PASS), ("subnet-b", Status.FAIL)]


def answers_on(*ports: tuple[int, int]) -> World:
    entries = [acl_entry(100 + number, ports=pair) for number, pair in enumerate(ports)]
    return one_subnet().acl("own", *entries, OUT, subnets=["a"])


@pytest.mark.parametrize(
    ("made", "share"),
    [
        (answers_on((25536, 65535)), "38%"),
        (answers_on((1025, 65535)), "1%"),
        (answers_on((1024, 1024)), "99%"),
        (answers_on((1024, 33279), (33281, 65535)), "1%"),
    ],
)
def test_a_partly_blocked_return_range_is_a_share_of_timeouts(made: World, share: str) -> None:
    (found,) = ask(made, check, **SSH)
    assert found.status is Status.FAIL
    words = f" ({share} of the return ports are blocked: expect about {share} of connections to time out)."
    assert found.message.endswith(words)


@pytest.mark.parametrize("made", [answers_on((1, 1023)), answers_on((443, 443)), bare()])
def test_a_flow_that_never_works_has_no_share(made: World) -> None:
    (found,) = ask(made, check, **SSH)
    assert found.status is Status.FAIL
    assert "%" not in found.message


def test_the_blocked_part_of_a_destination_is_named() -> None:
    denied = acl_entry(90, "deny", "198.51.100.128/25", egress=True)
    made = one_subnet().acl("own", denied, acl_entry(100), OUT, subnets=["a"])
    (found,) = ask(made, check, destinations=("198.51.100.0/24",))
    assert found.message.startswith("subnet-a to 198.51.100.0/24 (tcp 443) is blocked for 198.51.100.128/25: acl-own,")


def test_only_a_dual_stack_function_sends_ipv6() -> None:
    to = "2600::1"
    (both,) = ask(with_ipv6(dual_stack=True), check, destinations=(to,))
    assert both.scope == f"{scope(to)}:dualstack"
    assert both.message == (
        f"subnet-a to {to} (tcp 443, dual stack) is reachable by subnet-a > eigw-main > internet, and the answer "
        "returns."
    )
    (one,) = ask(with_ipv6(dual_stack=False), check, destinations=(to,))
    assert (one.status, one.scope) == (Status.FAIL, scope(to))
    assert "has no IPv6 address to send from" in one.message


def test_placements_that_differ_in_dual_stack_only_are_told_apart() -> None:
    made = with_ipv6(dual_stack=False).function("other", dual_stack=True)
    settings = Settings(target=targets.of_vpc(made.view(), "vpc-main"), destinations=("2600::1",))
    found = tuple(check.check(made.view(), settings))
    assert [(f.key, f.status) for f in found] == [
        (f"PTH010:subnet-a:{scope('2600::1')}", Status.FAIL),
        (f"PTH010:subnet-a:{scope('2600::1')}:dualstack", Status.PASS),
    ]


def test_nobody_at_the_address() -> None:
    (found,) = ask(bare(), check, destinations=("10.0.0.99",))
    assert (found.status, found.code) == (Status.FAIL, "NO_POSSIBLE_DESTINATION")
    assert found.evidence == (bare().view().subnet("subnet-a").cite("CidrBlock"),)


def test_what_no_call_tells_is_said_in_words() -> None:
    said = (
        "subnet-a to db.example.com (tcp 443) cannot be decided from the facts (the addresses of db.example.com: not "
        "in the snapshot; resolve it live or give an address)."
    )
    made = one_subnet()
    unknown = META.unknown(made.view().subnet("subnet-a"), said, code="NOT_READ", scope=scope("db.example.com"))
    assert ask(made, check, destinations=("db.example.com",)) == (unknown,)


def test_the_tables_were_not_read() -> None:
    made = one_subnet().denied("RouteTables")
    said = f"subnet-a to {BANK} (tcp 22) cannot be decided from the facts; allow ec2:DescribeRouteTables and run again."
    unknown = META.unknown(made.view().subnet("subnet-a"), said, code="NOT_READ", scope=WHERE)
    assert ask(made, check, **SSH) == (unknown,)


def test_a_destination_nobody_knows_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="unknown destination 'secretmanager'; nearest: secretsmanager"):
        ask(one_subnet(), check, destinations=("secretmanager",))


def test_a_target_without_security_groups() -> None:
    (found,) = ask(two_zones(), check)
    assert found.status is Status.NOT_APPLICABLE
