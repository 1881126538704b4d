"""END005: do the security groups let HTTPS out to every address?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.endpoints.end005_egress_covers_service import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World, rule
from tests.checks.worlds import two_zones


def ask(made: World, *services: str) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services)))


def base(*egress: Any) -> World:
    return two_zones().group("tight", egress=egress).function(subnets=["a"], groups=["tight"]).gateway_endpoint("s3")


@pytest.mark.parametrize(
    "egress",
    [
        [rule("pl-s3")],
        [rule("0.0.0.0/0", None, "-1")],
        [rule("3.5.146.0/23"), rule("52.219.40.0/22", (400, 500))],
        [rule("3.5.146.0/24"), rule("3.5.147.0/24"), rule("52.0.0.0/8")],
        [rule("0.0.0.0/1"), rule("128.0.0.0/1")],
        [rule("3.5.146.0/23", 80), rule("3.5.146.0/23", (443, 444)), rule("52.219.40.0/22", None)],
    ],
)
def test_covered_by_list_by_cidr_and_by_several_rules(egress: list[Any]) -> None:
    made = base(*egress)
    view = made.view()
    seen = (
        view.group("sg-tight").cite("IpPermissionsEgress"),
        view.service_prefix_list("vpc-main", "s3").cite("Cidrs"),
    )
    said = "sg-tight allows TCP 443 to every address of s3 (pl-s3)."
    assert ask(made) == (META.passed(view.group("sg-tight"), said, *seen, scope="s3"),)


@pytest.mark.parametrize(
    ("egress", "left"),
    [
        ([rule("3.5.146.0/23")], "52.219.40.0/22"),
        ([rule("pl-dynamodb")], "3.5.146.0/23, 52.219.40.0/22"),
        ([rule("pl-s3", 80)], "3.5.146.0/23, 52.219.40.0/22"),
        ([rule("pl-s3", 443, "udp")], "3.5.146.0/23, 52.219.40.0/22"),
        ([rule("sg-tight")], "3.5.146.0/23, 52.219.40.0/22"),
        ([rule("3.5.146.0/23"), rule("52.219.40.0/23"), rule("52.219.42.0/24")], "52.219.43.0/24"),
        ([rule("3.5.146.0/23"), rule("52.219.40.0/22", (444, 65535))], "52.219.40.0/22"),
    ],
)
def test_what_is_left_uncovered_is_named(egress: list[Any], left: str) -> None:
    made = base(*egress)
    view = made.view()
    seen = (
        view.group("sg-tight").cite("IpPermissionsEgress"),
        view.service_prefix_list("vpc-main", "s3").cite("Cidrs"),
    )
    said = f"sg-tight blocks TCP 443 to s3 (pl-s3): {left}."
    failed = META.failed(view.group("sg-tight"), said, *seen, code="ENI_SG_RULES_MISMATCH", scope="s3")
    assert ask(made) == (failed,)


def test_boundary_one_address_short() -> None:
    short = [rule("3.5.146.0/23"), rule("52.219.40.0/23"), rule("52.219.42.0/24"), rule("52.219.43.0/25")]
    short += [rule("52.219.43.128/26"), rule("52.219.43.192/27"), rule("52.219.43.224/28"), rule("52.219.43.240/29")]
    short += [rule("52.219.43.248/30"), rule("52.219.43.252/31"), rule("52.219.43.254/32")]
    assert ask(base(*short))[0].message == "sg-tight blocks TCP 443 to s3 (pl-s3): 52.219.43.255/32."
    assert ask(base(*short, rule("52.219.43.255/32")))[0].status is Status.PASS


def test_no_rule_at_all_has_its_own_code() -> None:
    (finding,) = ask(base())
    assert finding.code == "SG_HAS_NO_RULES"
    assert finding.message.endswith("having no egress rule.")


def test_the_groups_of_a_set_count_together() -> None:
    made = two_zones().group("one", egress=[rule("3.5.146.0/23")]).group("two", egress=[rule("52.219.40.0/22")])
    (finding,) = ask(made.function(subnets=["a"], groups=["two", "one"]))
    assert (finding.key, finding.status) == ("END005:sg-one:s3+sg-two", Status.PASS)
    assert finding.message == "sg-one and sg-two allow TCP 443 to every address of s3 (pl-s3)."


def test_an_interface_endpoint_is_reached_by_its_group_or_its_addresses() -> None:
    made = two_zones().group("endpoint").group("tight", egress=[rule("sg-endpoint")])
    made.function(subnets=["a"], groups=["tight"]).interface_endpoint("sqs", subnets=["a", "b"])
    assert ask(made, "sqs")[0].status is Status.PASS
    one = made.group("one", egress=[rule("10.0.0.0/24")]).function("other", subnets=["a"], groups=["one"])
    (finding,) = check(one.view(), one.settings("sqs", function="other"))
    assert finding.message == "sg-one blocks TCP 443 to sqs at vpce-sqs: 10.0.1.11/32."


def test_a_service_nobody_serves_points_to_end001() -> None:
    (finding,) = ask(base(rule("pl-s3")), "sqs")[1:]
    assert (finding.scope, finding.status) == ("sqs", Status.NOT_APPLICABLE)


def test_a_vpc_as_a_whole_has_no_groups() -> None:
    (finding,) = ask(two_zones())
    assert (finding.resource.id, finding.status) == ("vpc-main", Status.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("SecurityGroups", "ec2:DescribeSecurityGroups"),
        ("PrefixLists", "ec2:DescribePrefixLists"),
        ("VpcEndpoints", "ec2:DescribeVpcEndpoints"),
    ],
)
def test_what_was_not_read_is_unknown(key: str, action: str) -> None:
    (finding,) = ask(base(rule("pl-s3")).denied(key))
    assert (finding.key, finding.status) == ("END005:sg-tight:s3", Status.UNKNOWN)
    assert action in finding.message
