"""Every fix of the endpoint family: its text, its proof, its warnings."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from runbook_lib import engine
from runbook_lib.checks import CHECKS
from runbook_lib.fixes import PROPOSERS
from runbook_lib.model.finding import Fix
from runbook_lib.model.status import Status
from tests.builders import World, acl_entry, rule, world
from tests.checks.worlds import BROKEN, two_zones

OUT = acl_entry(100, egress=True)


def fixes(made: World, key: str, *services: str, **more: Any) -> tuple[Fix, ...]:
    result = engine.evaluate(made.snapshot(), made.settings(*services, **more), select=["endpoints"])
    found = {finding.key: finding for finding in result.findings}
    assert found[key].status is Status.FAIL, found[key].message
    return found[key].fixes


def only(made: World, key: str, *services: str, **more: Any) -> Fix:
    (fix,) = fixes(made, key, *services, **more)
    return fix


def base() -> World:
    return two_zones().function(subnets=["a", "b"])


def test_every_endpoint_check_but_the_bucket_has_a_proposer() -> None:
    ids = {check.META.id for check in CHECKS if check.META.family == "endpoints"}
    assert {id_ for id_ in PROPOSERS if id_.startswith("END")} == ids - {"END014"}


def test_a_missing_gateway_endpoint_is_created_for_every_table_in_use() -> None:
    made = base().table("b", subnets=["b"]).route("b", "0.0.0.0/0", "nat-main")
    fix = only(made, "END001:vpc-main:s3")
    assert fix.proven
    assert fix.title == "Create a gateway endpoint for s3 in vpc-main, for rtb-b, rtb-main"
    assert fix.terraform == (
        'resource "aws_vpc_endpoint" "s3" {\n'
        '  vpc_id            = "vpc-main"\n'
        '  service_name      = "com.amazonaws.ap-southeast-1.s3"\n'
        '  vpc_endpoint_type = "Gateway"\n'
        '  route_table_ids   = ["rtb-b", "rtb-main"]\n'
        "}\n"
    )
    assert "--route-table-ids rtb-b rtb-main" in fix.cli
    warned = " ".join(fix.warnings)
    assert "dropped" in warned
    assert "aws:VpcSourceIp or aws:SourceVpce" in warned


def test_other_subnets_of_a_table_are_named() -> None:
    made = two_zones().subnet("other", az="b", cidr="10.0.9.0/24").function(subnets=["a"])
    (warning,) = [w for w in only(made, "END001:vpc-main:s3").warnings if "also serves" in w]
    assert warning == "rtb-main also serves subnet-b, subnet-other: their traffic to s3 moves too."


def test_without_the_prefix_list_creation_is_proposed_but_not_tried() -> None:
    fix = only(base().denied("PrefixLists"), "END001:vpc-main:s3")
    assert not fix.proven
    assert "Not tried" in fix.reason
    assert "ec2:DescribePrefixLists" in fix.reason
    assert "aws_vpc_endpoint" in fix.terraform


def test_a_missing_interface_endpoint_gets_a_group_for_the_target_alone() -> None:
    fix = only(base(), "END001:vpc-main:sqs", "sqs")
    assert fix.proven
    assert 'referenced_security_group_id = "sg-fn"' in fix.terraform
    assert '"subnet-a", "subnet-b"' in fix.terraform
    assert "--private-dns-enabled" in fix.cli


@pytest.mark.parametrize(
    ("state", "words", "cli"),
    [
        ("pending", "Wait until vpce-s3 is available", "describe-vpc-endpoints"),
        (
            "pendingAcceptance",
            "Have the owner of com.amazonaws.ap-southeast-1.s3 accept vpce-s3",
            "describe-vpc-endpoints",
        ),
        ("failed", "Replace vpce-s3, which is failed", "delete-vpc-endpoints"),
        ("Expired", "Replace vpce-s3, which is expired", "create-vpc-endpoint"),
    ],
)
def test_what_time_or_others_must_do_is_not_tried(state: str, words: str, cli: str) -> None:
    fix = only(base().gateway_endpoint("s3", tables=["main"], State=state), "END002:vpce-s3")
    assert (fix.title, fix.proven) == (words, False)
    assert fix.reason.startswith("Not tried: ")
    assert cli in fix.cli


def test_one_association_serves_all_subnets_of_a_table() -> None:
    made = two_zones().table("own", subnets=["a", "b"]).function(subnets=["a", "b"]).gateway_endpoint("s3")
    keys = [f"{check}:subnet-{az}:s3" for check in ("END003", "END004") for az in "ab"]
    proposed = {(fix.title, fix.terraform, fix.cli) for key in keys for fix in fixes(made, key)}
    assert len(proposed) == 1
    fix = only(made, keys[0])
    assert fix.proven
    assert fix.terraform == (
        'resource "aws_vpc_endpoint_route_table_association" "vpce_s3_rtb_own" {\n'
        '  vpc_endpoint_id = "vpce-s3"\n'
        '  route_table_id  = "rtb-own"\n'
        "}\n"
    )
    assert "--add-route-table-ids rtb-own" in fix.cli


def test_a_shadowing_route_is_removed() -> None:
    fix = only(BROKEN["shadowed"](), "END004:subnet-a:s3")
    assert fix.proven
    assert fix.title == "Remove 3.5.146.0/24 to nat-main from rtb-main"
    assert 'id = "rtb-main_3.5.146.0/24"' in fix.terraform
    assert 'resource "aws_route"' in fix.terraform
    assert "delete-route" in fix.cli
    assert "--destination-cidr-block 3.5.146.0/24" in fix.cli
    assert "ask before removing" in fix.warnings[0]


def test_propagated_routes_are_not_removed_by_hand() -> None:
    made = base().gateway_endpoint("s3", tables=["main"])
    made.route("main", "3.5.146.0/24", "vgw-1", Origin="EnableVgwRoutePropagation")
    assert fixes(made, "END004:subnet-a:s3") == ()


def test_a_dead_endpoint_route_is_renewed_but_not_tried() -> None:
    made = base().gateway_endpoint("s3", tables=["main"], routed=False).route("main", "pl-s3", "vpce-s3", "blackhole")
    fix = only(made, "END004:subnet-a:s3")
    assert (fix.proven, fix.title) == (False, "Associate vpce-s3 with rtb-main anew")
    assert fix.cli.index("--remove-route-table-ids") < fix.cli.index("--add-route-table-ids")


def test_egress_is_opened_to_the_list_alone() -> None:
    fix = only(BROKEN["closed"](), "END005:sg-closed:s3")
    assert fix.proven
    assert 'resource "aws_vpc_security_group_egress_rule" "sg_closed_https_pl_s3"' in fix.terraform
    assert 'prefix_list_id    = "pl-s3"' in fix.terraform
    assert "'IpProtocol=tcp,FromPort=443,ToPort=443,PrefixListIds=[{PrefixListId=pl-s3}]'" in fix.cli


def test_egress_to_an_interface_endpoint_is_opened_to_its_group() -> None:
    made = two_zones().group("shut", egress=[]).group("endpoint", ingress=[rule("sg-shut")])
    made.function(subnets=["a"], groups=["shut"]).interface_endpoint("sqs")
    fix = only(made, "END005:sg-shut:sqs", "sqs")
    assert fix.proven
    assert 'referenced_security_group_id = "sg-endpoint"' in fix.terraform


def test_acl_entries_are_the_smallest_and_come_before_the_deny() -> None:
    deny, taken = acl_entry(99, "deny", "3.5.147.0/24", ports=(2000, 2999)), acl_entry(98, "allow", "10.0.0.0/8")
    made = two_zones().acl("own", acl_entry(100), deny, taken, OUT, subnets=["a"])
    fix = only(made.function(subnets=["a"]).gateway_endpoint("s3", tables=["main"]), "END006:subnet-a:s3")
    assert fix.proven
    assert "rule_number    = 97\n" in fix.terraform  # 98 is taken
    assert 'cidr_block     = "3.5.147.0/24"' in fix.terraform
    assert "from_port      = 2000\n  to_port        = 2999\n" in fix.terraform
    assert "--port-range From=2000,To=2999" in fix.cli


def test_the_implicit_deny_is_answered_after_the_last_entry() -> None:
    fix = only(BROKEN["ephemeral_hole"](), "END006:subnet-b:s3")
    assert fix.proven
    assert [int(n) for n in re.findall(r"--rule-number (\d+)", fix.cli)] == [110, 120]
    assert fix.cli.count("--ingress") == 2
    assert "From=1024,To=32767" in fix.cli


def test_the_default_entry_counts_as_the_implicit_deny() -> None:
    default = acl_entry(32767, "deny"), acl_entry(32767, "deny", egress=True)
    made = two_zones().acl("own", acl_entry(100, ports=(2000, 65535)), OUT, *default, subnets=["a"])
    made.function(subnets=["a"]).gateway_endpoint("s3", tables=["main"])
    fix = only(made, "END006:subnet-a:s3")
    assert fix.proven
    assert re.findall(r"--rule-number (\d+)", fix.cli) == ["110", "120"]


def test_no_number_before_the_deny_is_said() -> None:
    made = two_zones().acl("own", acl_entry(1, "deny", "3.5.147.0/24"), acl_entry(2), OUT, subnets=["a"])
    fix = only(made.function(subnets=["a"]).gateway_endpoint("s3", tables=["main"]), "END006:subnet-a:s3")
    assert not fix.proven
    assert fix.reason == "Not tried: acl-own has no free rule number before the entry that denies."


def test_a_crowded_acl_is_warned_about() -> None:
    crowd = [acl_entry(number, "allow", f"192.0.2.{number}/32") for number in range(1, 21)]
    made = two_zones().acl("own", *crowd, OUT, subnets=["a"]).function(subnets=["a"])
    fix = only(made.gateway_endpoint("s3", tables=["main"]), "END006:subnet-a:s3")
    assert "acl-own has more than 20 entries one way then, the default quota." in fix.warnings


def test_a_deny_is_taken_out_of_the_policy() -> None:
    fix = only(BROKEN["refused"](), "END007:vpce-s3")
    assert fix.proven
    assert fix.warnings[0] == "The deny in statement NoUploads may be deliberate: ask who wrote it."
    assert "NoUploads" not in fix.cli


def test_only_the_intended_actions_leave_a_deny_and_the_rest_stays() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    deny = {**allow, "Effect": "Deny", "Sid": "No", "Action": ["s3:PutObject", "s3:DeleteObject"]}
    fix = only(
        base().gateway_endpoint("s3", tables=["main"], PolicyDocument={"Statement": [allow, deny]}), "END007:vpce-s3"
    )
    written = json.loads(re.search(r"--policy-document '(.*)'", fix.cli, re.DOTALL)[1])  # type: ignore[index]
    assert written["Statement"] == [allow, {**deny, "Action": ["s3:DeleteObject"]}]
    assert fix.proven


def test_what_nothing_allows_is_allowed_as_narrowly_as_asked() -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"},
    }
    made = base().gateway_endpoint("s3", tables=["main"], PolicyDocument=policy).bucket()
    fix = only(made, "END007:vpce-s3", bucket="reports")
    written = json.loads(re.search(r"--policy-document '(.*)'", fix.cli, re.DOTALL)[1])  # type: ignore[index]
    assert written["Version"] == "2012-10-17"
    assert written["Statement"][1]["Action"] == ["s3:PutObject"]
    assert written["Statement"][1]["Resource"] == ["arn:aws:s3:::reports/*"]
    assert fix.proven


@pytest.mark.parametrize(
    ("made", "key", "services", "words"),
    [
        (
            world().vpc(dns_support=False).subnet(az="a").group().function(),
            "END008:vpc-main",
            ("s3",),
            "enable_dns_support = true",
        ),
        (
            base().group("endpoint", ingress=[rule("sg-fn")]).interface_endpoint("sqs"),
            "END009:vpce-sqs",
            ("sqs",),
            "subnet-b",
        ),
        (
            base().group("endpoint").interface_endpoint("sqs"),
            "END010:vpce-sqs:sg-fn",
            ("sqs",),
            'security_group_id            = "sg-endpoint"',
        ),
        (
            base().group("endpoint").interface_endpoint("sqs", private_dns=False),
            "END011:vpce-sqs",
            ("sqs",),
            "private_dns_enabled",
        ),
        (
            BROKEN["name_taken"](),
            "END012:vpce-s3-interface",
            ("s3",),
            "private_dns_only_for_inbound_resolver_endpoint = true",
        ),
        (
            two_zones().function(subnets=["a"], dual_stack=True).gateway_endpoint("s3", tables=["main"]),
            "END013:vpce-s3",
            ("s3",),
            '"dualstack"',
        ),
    ],
)
def test_attributes_are_switched(made: World, key: str, services: tuple[str, ...], words: str) -> None:
    fix = only(made, key, *services)
    assert fix.proven, fix.reason
    assert words in fix.terraform
    assert "--region ap-southeast-1" in fix.cli


def test_private_dns_without_hostnames_would_break_the_vpc_and_is_not_proven() -> None:
    made = world().vpc(dns_hostnames=False).subnet(az="a").group().group("endpoint", ingress=[rule("sg-fn")]).function()
    fix = only(made.interface_endpoint("sqs", private_dns=False), "END011:vpce-sqs", "sqs")
    assert (fix.proven, fix.reason) == (
        False,
        "Tried on a copy of the network: END011:vpce-sqs passes, but then END008:vpc-main does not, "
        "which did not fail before.",
    )


def test_a_target_without_groups_is_admitted_by_address() -> None:
    made = world().vpc().subnet(az="a").group("endpoint").interface_endpoint("sqs")
    fix = only(made, "END010:vpce-sqs", "sqs")
    assert fix.proven
    assert 'cidr_ipv4         = "10.0.0.0/24"' in fix.terraform


@pytest.mark.parametrize("name", BROKEN)
def test_every_fix_says_whether_it_was_tried(name: str) -> None:
    made = BROKEN[name]()
    result = engine.evaluate(
        made.snapshot(), made.settings("s3", "secretsmanager", bucket="reports"), select=["endpoints"]
    )
    for finding in result.findings:
        for fix in finding.fixes:
            assert fix.reason.startswith(("Tried on a copy", "Not tried: "))
            assert fix.title
            assert fix.cli.startswith(("aws ", "group=$(aws "))
            assert fix.terraform.count("{") == fix.terraform.count("}")
