"""Facts that contradict each other: AWS has one table and one ACL per subnet, so two mean that nothing is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Scope
from runbook_lib.network.view import View
from tests.builders import World, acl_entry
from tests.network.paths import Json, ask, nat_world

OUTSIDE = "198.51.100.1"


def second_main() -> World:
    made = nat_world().table("other")
    return made.changed("RouteTables", "rtb-other", lambda raw: raw.update(Associations=[{"Main": True}]))


def two_tables() -> World:
    return nat_world().table("one", subnets=["a"]).table("two", subnets=["a"])


def two_acls() -> World:
    opened = [acl_entry(100), acl_entry(100, egress=True)]
    return nat_world().acl("one", *opened, subnets=["a"]).acl("two", *opened, subnets=["a"])


def second_default() -> World:
    made = nat_world().acl("other", acl_entry(100), acl_entry(100, egress=True))
    return made.changed("NetworkAcls", "acl-other", lambda raw: raw.update(IsDefault=True))


@pytest.mark.parametrize(
    ("made", "action", "said"),
    [
        (
            second_main(),
            "ec2:DescribeRouteTables",
            "the main route table of vpc-main (rtb-main and rtb-other both say so)",
        ),
        (two_tables(), "ec2:DescribeRouteTables", "the route table of subnet-a (rtb-one and rtb-two both say so)"),
        (two_acls(), "ec2:DescribeNetworkAcls", "the network ACL of subnet-a (acl-one and acl-two both say so)"),
        (
            second_default(),
            "ec2:DescribeNetworkAcls",
            "the default network ACL of vpc-main (acl-main and acl-other both say so)",
        ),
    ],
)
def test_two_where_aws_has_one_are_unknown(made: World, action: str, said: str) -> None:
    answer = ask(made, "subnet-a", OUTSIDE)
    assert (answer["verdict"], answer["missing"]) == ("unknown", [action])
    view = made.view()
    with pytest.raises(FactMissing) as gap:
        (view.route_table_of if "RouteTables" in action else view.acl_of)("subnet-a")
    assert gap.value.what == said


def test_the_other_subnet_is_judged_as_before() -> None:
    made = two_tables().interface("web", "10.0.1.9", subnet="public", groups=["fn"], public="192.0.2.77")
    assert ask(made, "eni-web", OUTSIDE)["verdict"] == "reachable"


def test_one_table_seen_by_two_accounts_is_one() -> None:
    snapshot = nat_world().snapshot()
    other: Json = {
        (Scope("222233334444", scope.region), key): replace(
            listing,
            scope=Scope("222233334444", scope.region),
            facts=tuple(replace(fact, scope=Scope("222233334444", scope.region)) for fact in listing.facts),
        )
        for (scope, key), listing in snapshot.listings.items()
        if key in ("RouteTables", "NetworkAcls")
    }
    view = View(replace(snapshot, listings={**snapshot.listings, **other}))
    assert (view.route_table_of("subnet-a").id, view.acl_of("subnet-a").id) == ("rtb-main", "acl-main")
    assert view.route_table_of("subnet-public").id == "rtb-public"
