"""END004: does the route to the endpoint win for every address?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.endpoints.end004_route_wins import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.worlds import two_zones


def ask(made: World, *services: str) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services)))


def base() -> World:
    return two_zones().function(subnets=["a"])


def with_endpoint() -> World:
    return base().gateway_endpoint("s3", tables=["main"])


def test_all_cidrs_go_to_the_endpoint() -> None:
    made = with_endpoint()
    view = made.view()
    said = "All 2 CIDRs of s3 (pl-s3) from subnet-a by rtb-main go to vpce-s3."
    seen = (view.route_table_of("subnet-a").cite("Routes", 2), view.service_prefix_list("vpc-main", "s3").cite("Cidrs"))
    assert ask(made) == (META.passed(view.subnet("subnet-a"), said, *seen, scope="s3"),)


def test_a_more_specific_route_takes_a_part_and_is_named() -> None:
    made = with_endpoint().route("main", "3.5.146.0/24", "nat-main")
    view = made.view()
    table = view.route_table_of("subnet-a")
    said = "Traffic to s3 (pl-s3) from subnet-a by rtb-main misses the endpoint: 3.5.146.0/24 leaves through nat-main."
    seen = (table.cite("Routes", 2), table.cite("Routes", 3), view.service_prefix_list("vpc-main", "s3").cite("Cidrs"))
    failed = META.failed(view.subnet("subnet-a"), said, *seen, code="MORE_SPECIFIC_ROUTE", scope="s3")
    assert ask(made) == (failed,)


@pytest.mark.parametrize(
    ("cidr", "status"),
    [
        ("3.5.144.0/22", Status.PASS),
        ("3.5.146.0/23", Status.FAIL),
        ("3.5.147.255/32", Status.FAIL),
        ("3.5.148.0/32", Status.PASS),
    ],
)
def test_boundary_only_an_equal_or_longer_prefix_inside_the_list_wins(cidr: str, status: Status) -> None:
    assert ask(with_endpoint().route("main", cidr, "nat-main"))[0].status is status


@pytest.mark.parametrize(
    ("made", "code", "words"),
    [
        (
            base().gateway_endpoint("s3"),
            "NO_ROUTE_TO_DESTINATION",
            "3.5.146.0/23, 52.219.40.0/22 leave through nat-main",
        ),
        (
            base().gateway_endpoint("s3", tables=["main"], routed=False).route("main", "pl-s3", "vpce-s3", "blackhole"),
            "BAD_STATE_ROUTE",
            "are dropped by the blackhole route pl-s3 to vpce-s3",
        ),
        (
            with_endpoint().route("main", "52.219.40.0/24", "nat-gone", "blackhole"),
            "BAD_STATE_ROUTE",
            "52.219.40.0/24 is dropped by the blackhole route 52.219.40.0/24 to nat-gone",
        ),
    ],
)
def test_each_way_of_missing_it_has_its_code(made: World, code: str, words: str) -> None:
    (finding,) = ask(made)
    assert (finding.status, finding.code) == (Status.FAIL, code)
    assert words in finding.message


def test_no_route_at_all_is_said_so() -> None:
    made = two_zones().table("bare", subnets=["b"]).function(subnets=["b"]).gateway_endpoint("s3")
    assert "3.5.146.0/23, 52.219.40.0/22 are dropped for want of a route" in ask(made)[0].message


def test_without_an_endpoint_it_points_to_end001() -> None:
    (finding,) = ask(base())
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.message.endswith("see END001.")


@pytest.mark.parametrize("key", ["VpcEndpoints", "RouteTables", "PrefixLists"])
def test_what_was_not_read_is_unknown(key: str) -> None:
    (finding,) = ask(with_endpoint().denied(key))
    assert (finding.key, finding.status) == ("END004:subnet-a:s3", Status.UNKNOWN)


def test_a_route_to_an_unread_list_of_the_customer_is_unknown() -> None:
    made = with_endpoint().prefix_list("own", None).route("main", "pl-own", "tgw-1")
    (finding,) = ask(made)
    assert finding.status is Status.UNKNOWN
    assert "pl-own" in finding.message
