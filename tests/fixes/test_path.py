"""Path fixes: the smallest change for each blocker, proven only when it heals the flow and nothing beside changes."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lib.checks.base import Meta
from runbook_lib.checks.path import common
from runbook_lib.errors import UsageError
from runbook_lib.fixes.path import plans, propose, remedies
from runbook_lib.model.status import Severity
from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View
from runbook_lib.network.whatif import apply
from tests.builders import S3_CIDRS, World, acl_entry, rule, world
from tests.fixes.worlds import ANY, HOST, answer_of, behind_nat, healed, interface, other_vpc, peered, transit

OPEN = acl_entry(500), acl_entry(500, egress=True)
WEB = {"to": HOST}
DATABASE = {"to": "eni-db", "port": 5432}


def titles(made: World, **asked: Any) -> list[str]:
    return [fix.title for fix in healed(made, **asked) if fix.proven]


def public_function() -> World:
    """A function in a public subnet beside a private subnet that leaves by a NAT gateway."""
    made = behind_nat(table=["a"], target=None).subnet("private", cidr="10.0.9.0/24")
    return made.table("private", subnets=["private"]).route("private", ANY, "nat-main")


def no_nat() -> World:
    made = world().vpc().subnet("a").subnet("pub").table("pub", subnets=["pub"]).route("pub", ANY, "igw-main")
    return made.internet_gateway().group(egress=[rule(f"{HOST}/32")]).function(subnets=["a"])


def detached(made: World) -> World:
    return made.changed("InternetGateways", "igw-main", lambda gateway: gateway.update(Attachments=[]))


def blocked_public_access(allowed: str = "allowed") -> World:
    options = {"AwsRegion": "ap-southeast-1", "InternetGatewayBlockMode": "block-bidirectional"}
    return behind_nat().item("VpcBlockPublicAccessOptions", **options, ExclusionsAllowed=allowed)


CASES: list[tuple[str, Callable[[], World], dict[str, Any], list[str]]] = [
    ("ENI_SG_RULES_MISMATCH", lambda: behind_nat([rule(port=22)]), WEB, [f"Allow tcp/443 to {HOST}/32 in sg-fn"]),
    ("SG_HAS_NO_RULES", lambda: behind_nat([]), WEB, [f"Allow tcp/443 to {HOST}/32 in sg-fn"]),
    (
        "SUBNET_ACL_RESTRICTION",
        lambda: behind_nat().acl("x", acl_entry(30, "deny", egress=True, ports=(443, 443)), *OPEN, subnets=["a"]),
        WEB,
        [f"Allow tcp/443 to {HOST}/32 in acl-x, egress"],
    ),
    (
        "NO_ROUTE_TO_DESTINATION",
        lambda: behind_nat(target=None),
        WEB,
        [f"Add a route {HOST}/32 to nat-main in rtb-main"],
    ),
    (
        "BAD_STATE_ROUTE",
        lambda: behind_nat(target=None).route("main", ANY, "nat-gone", "blackhole"),
        WEB,
        ["Replace the route 0.0.0.0/0 to nat-main in rtb-main"],
    ),
    (
        "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
        public_function,
        WEB,
        [
            "Run worker in subnet-private, which leave through a NAT gateway",
            "Associate subnet-a with rtb-private",
        ],
    ),
    (
        "BAD_STATE",
        lambda: (
            peered(status="pending-acceptance")
            .route("near", "10.1.0.0/16", "pcx-1")
            .route("far", "10.0.0.0/16", "pcx-1")
        ),
        DATABASE,
        ["Accept pcx-1"],
    ),
    ("BAD_STATE_ATTACHMENT", lambda: detached(behind_nat()), WEB, ["Attach igw-main to vpc-main"]),
    (
        "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
        blocked_public_access,
        WEB,
        ["Exclude subnet-pub from VPC Block Public Access (allow-egress)"],
    ),
    (
        "TGW_ROUTE_AZ_RESTRICTION",
        lambda: transit(near_zone="b"),
        DATABASE,
        ["Give tgw-attach-near a subnet in ap-southeast-1a: subnet-near"],
    ),
    (
        "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
        lambda: transit(near_table=False),
        DATABASE,
        ["Associate tgw-attach-near with tgw-rtb-1"],
    ),
    (
        "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
        lambda: transit(routes=["near"]),
        DATABASE,
        ["Route 10.1.0.20/32 to tgw-attach-far in tgw-rtb-1"],
    ),
]


@pytest.mark.parametrize(("code", "build", "asked", "proven"), CASES, ids=[case[0] for case in CASES])
def test_each_blocker_has_its_smallest_proven_change(
    code: str, build: Callable[[], World], asked: dict[str, Any], proven: list[str]
) -> None:
    said = answer_of(build().view(), **asked)
    assert code in {b["code"] for way in ("forward", "return") for b in said[way]["blocked_by"]}
    assert titles(build(), **asked) == proven


@pytest.mark.parametrize(("code", "build", "asked", "proven"), CASES, ids=[case[0] for case in CASES])
def test_texts_are_commands_and_blocks(
    code: str, build: Callable[[], World], asked: dict[str, Any], proven: list[str]
) -> None:
    for fix in healed(build(), **asked):
        assert fix.reason
        for line in fix.cli.splitlines():
            assert shlex.split(line)[:1] == ["aws"]
        assert fix.terraform.count("{") == fix.terraform.count("}")


def test_reachable_and_unknown_flows_get_no_fix() -> None:
    assert healed(behind_nat(), **WEB) == ()
    assert healed(behind_nat([]).denied("RouteTables"), **WEB) == healed(behind_nat([]).denied("RouteTables"), **WEB)
    assert healed(behind_nat().denied("SecurityGroups"), **WEB) == ()


def test_unknown_after_the_change_is_not_proven_and_says_what_decides() -> None:
    (fix,) = healed(behind_nat([]).denied("NatGateways"), **WEB)
    assert not fix.proven
    assert fix.reason.endswith("but this decides: ec2:DescribeNatGateways.")


@pytest.mark.parametrize("key", ["Vpcs", "Subnets", "NetworkAcls", "RouteTables", "NetworkInterfaces", "PrefixLists"])
@pytest.mark.parametrize("build", [lambda: behind_nat([]), lambda: behind_nat(target=None), lambda: peered([])])
def test_a_listing_that_was_not_read_is_no_crash(key: str, build: Callable[[], World]) -> None:
    for asked in (WEB, {"to": "s3"}, DATABASE):
        view = build().denied(key).view()
        question = question_of({"from": "worker", **asked})
        with suppress(UsageError):
            remedies(view, question, tracer_of(view).trace(question))


# -- security groups ---------------------------------------------------------------------------------------------------


def test_a_service_is_allowed_by_its_prefix_list() -> None:
    made = behind_nat([]).gateway_endpoint("s3", tables=["main"])
    assert titles(made, to="s3")[0] == "Allow tcp/443 to pl-s3 in sg-fn"


def test_an_interface_is_allowed_by_address_and_not_by_a_group_that_others_carry() -> None:
    made = interface(behind_nat([]).group("db", ingress=[rule()]), "db", "a", "10.0.0.20", ["db"])
    interface(made, "db2", "a", "10.0.0.30", ["db"])
    by_address, by_group = healed(made, to="eni-db")
    assert (by_address.title, by_address.proven) == ("Allow tcp/443 to 10.0.0.20/32 in sg-fn", True)
    assert (by_group.title, by_group.proven) == ("Allow tcp/443 to sg-db in sg-fn", False)
    assert "opens worker -> eni-db2 tcp/443" in by_group.reason


def test_the_receiving_group_admits_the_senders_group() -> None:
    made = interface(behind_nat().group("db"), "db", "pub", "10.0.1.20", ["db"])
    assert titles(made, to="eni-db")[0] == "Allow tcp/443 from sg-fn in sg-db"


def test_other_functions_of_the_same_group_are_named_in_a_warning() -> None:
    made = behind_nat([]).subnet("b").function("reporter", subnets=["b"])
    (fix,) = [fix for fix in healed(made, **WEB) if fix.proven]
    assert f"It also opens subnet-b with sg-fn -> {HOST} tcp/443." in fix.warnings


def test_others_that_carry_the_receiving_group_are_warnings() -> None:
    made = interface(behind_nat().group("db"), "db", "pub", "10.0.1.20", ["db"])
    interface(made, "db2", "pub", "10.0.1.30", ["db"])
    fix = healed(made, to="eni-db")[0]
    assert (fix.title, fix.proven) == ("Allow tcp/443 from sg-fn in sg-db", True)
    assert "It also opens worker -> eni-db2 tcp/443." in fix.warnings


@pytest.mark.parametrize("to", ["10.0.1.20", "eni-db"])
def test_the_flow_asked_for_is_no_warning_by_whatever_word_its_end_is_called(to: str) -> None:
    made = interface(behind_nat().group("db"), "db", "pub", "10.0.1.20", ["db"])
    interface(made, "db2", "pub", "10.0.1.30", ["db"])
    opened = [word for word in healed(made, to=to)[0].warnings if word.startswith("It also opens")]
    assert opened == ["It also opens worker -> eni-db2 tcp/443."]


# -- network ACLs ------------------------------------------------------------------------------------------------------


def entries(made: World, **asked: Any) -> list[dict[str, Any]]:
    view = made.view()
    question = question_of({"from": "worker", **asked})
    (plan,) = plans(view, question, tracer_of(view).trace(question))
    (edit,) = plan.changes[0].edits
    return [entry for entry in edit.value["Entries"] if entry not in view.snapshot.listings[edit.scope, edit.key].raws]


def test_an_entry_goes_right_before_the_one_that_denies() -> None:
    made = behind_nat().acl(
        "x", acl_entry(30, "deny", egress=True, ports=(443, 443)), acl_entry(29, egress=True, ports=(1, 1)), *OPEN,
        subnets=["a"],
    )  # fmt: skip
    assert entries(made, **WEB)[-1] == {
        "RuleNumber": 28,
        "RuleAction": "allow",
        "Egress": True,
        "Protocol": "6",
        "CidrBlock": f"{HOST}/32",
        "PortRange": {"From": 443, "To": 443},
    }


def test_the_way_back_gets_exactly_the_blocked_ports() -> None:
    made = behind_nat().acl("x", acl_entry(50, "deny", ports=(1024, 32767)), *OPEN, subnets=["a"])
    assert entries(made, **WEB)[-1]["PortRange"] == {"From": 1024, "To": 32767}
    assert entries(made, **WEB)[-1]["RuleNumber"] == 49


def test_the_acl_of_the_nat_gateways_subnet_is_healed() -> None:
    made = behind_nat().acl("nat", acl_entry(100, egress=True), acl_entry(100, cidr="10.0.0.0/16"), subnets=["pub"])
    assert titles(made, **WEB) == [f"Allow tcp/1024-65535 from {HOST}/32 in acl-nat, ingress"]


def test_an_acl_that_names_senders_only_lets_them_reach_its_other_interfaces_too() -> None:
    made = behind_nat().group("db", ingress=[rule()]).acl("x", *OPEN[1:], subnets=["pub"])
    made = interface(interface(made, "db", "pub", "10.0.1.20", ["db"]), "db2", "pub", "10.0.1.30", ["db"])
    (fix,) = healed(made, to="eni-db")
    assert (fix.title, fix.proven) == ("Allow tcp/443 from 10.0.0.0/24 in acl-x, ingress", True)
    assert "It also opens worker -> eni-db2 tcp/443." in fix.warnings


def test_without_a_free_number_nothing_is_tried() -> None:
    made = behind_nat().acl("x", acl_entry(1, "deny", egress=True), *OPEN, subnets=["a"])
    (fix,) = healed(made, **WEB)
    assert not fix.proven
    assert fix.reason == "Not tried: acl-x has no free egress rule number below 1; renumber its entries first."


def test_a_way_back_that_lets_new_connections_in_is_not_proven() -> None:
    made = behind_nat().group("any", ingress=[rule(ANY, None, "-1")])
    interface(interface(made, "client", "a", "10.0.0.20", ["any"]), "server", "pub", "10.0.1.20", ["any"])
    made.acl("x", acl_entry(100, egress=True), subnets=["a"])
    (fix,) = healed(made, **{"from": "eni-client", "to": "eni-server"})
    assert not fix.proven
    assert "opens eni-server -> eni-client tcp/3306" in fix.reason


# -- routes ------------------------------------------------------------------------------------------------------------


def test_a_default_route_that_opens_more_than_asked_is_not_proven() -> None:
    narrow, wide = healed(behind_nat(target=None), **WEB)
    assert (narrow.proven, wide.proven) == (True, False)
    assert wide.title == "Add a route 0.0.0.0/0 to nat-main in rtb-main"
    assert "opens worker -> 203.0.113.11 tcp/443" in wide.reason


def test_a_default_route_is_proven_when_the_group_keeps_it_narrow() -> None:
    made = behind_nat([rule(f"{HOST}/32")], target=None)
    assert len(titles(made, **WEB)) == 2


def test_other_ports_that_a_route_cannot_but_open_are_warnings() -> None:
    fix = healed(behind_nat([rule(port=None, protocol="-1")], target=None), **WEB)[0]
    assert fix.proven
    assert any(word.startswith(f"It also opens worker -> {HOST} icmp, tcp/22") for word in fix.warnings)


def test_a_dead_route_is_removed_where_another_takes_over() -> None:
    made = behind_nat(target=None).route("main", "203.0.113.0/24", "nat-gone", "blackhole")
    made.changed("Subnets", "subnet-pub", lambda subnet: subnet.update(AvailabilityZone="ap-southeast-1b"))
    made.subnet("pub2", az="c", cidr="10.0.8.0/24").nat("other", subnet="pub2").table("pub2", subnets=["pub2"])
    made.route("pub2", ANY, "igw-main").route("main", ANY, "nat-main")
    assert titles(made, **WEB) == ["Remove the dead route 203.0.113.0/24 to nat-gone from rtb-main"]


def test_a_dead_route_alone_is_not_removed() -> None:
    made = no_nat().route("main", ANY, "nat-gone", "blackhole")
    assert not any("Remove" in fix.title for fix in healed(made, **WEB))


def test_two_nat_gateways_in_other_zones_are_a_question_not_a_guess() -> None:
    made = behind_nat(target=None).subnet("pub2", az="c", cidr="10.0.8.0/24")
    made.changed("Subnets", "subnet-pub", lambda subnet: subnet.update(AvailabilityZone="ap-southeast-1b"))
    made.changed("RouteTables", "rtb-pub", lambda t: t["Associations"].append({"SubnetId": "subnet-pub2"}))
    (fix,) = healed(made.nat("other", subnet="pub2"), **WEB)
    assert not fix.proven
    assert fix.reason.endswith("could carry the traffic; which one is meant is not in the data.")


def test_the_only_nat_gateway_in_another_zone_is_used_with_a_warning() -> None:
    made = behind_nat(target=None)
    made.changed("Subnets", "subnet-pub", lambda subnet: subnet.update(AvailabilityZone="ap-southeast-1b"))
    fix = healed(made, **WEB)[0]
    assert fix.proven
    assert "The NAT gateway is in another Availability Zone: traffic is billed and shares its fate." in fix.warnings


def test_return_route_at_the_peer() -> None:
    made = peered().route("near", "10.1.0.0/16", "pcx-1")
    assert titles(made, **DATABASE) == ["Add a route 10.0.0.0/24 to pcx-1 in rtb-far"]


def test_no_route_where_nothing_connects_the_networks() -> None:
    assert healed(other_vpc(), **DATABASE) == ()


def test_blockers_in_each_others_shadow_are_healed_by_one_fix() -> None:
    made = peered(ingress=[])
    assert titles(made, **DATABASE)[0] == (
        "Add a route 10.1.0.20/32 to pcx-1 in rtb-near; then add a route 10.0.0.0/24 to pcx-1 in rtb-far; "
        "then allow tcp/5432 from sg-fn in sg-db"
    )


def test_one_of_two_changes_alone_is_not_enough() -> None:
    made = behind_nat([], target=None)
    view = made.view()
    question = question_of({"from": "worker", **WEB})
    for plan in plans(view, question, tracer_of(view).trace(question)):
        assert len(plan.changes) == 2
        first = View(apply(view.snapshot, plan.changes[0].edits))
        assert tracer_of(first).trace(question)["verdict"] == "blocked"


# -- doors -------------------------------------------------------------------------------------------------------------


def test_s3_gets_a_gateway_endpoint() -> None:
    assert titles(behind_nat(target=None), to="s3")[0] == ("Create a gateway endpoint for s3 in vpc-main, for rtb-main")


def test_an_existing_gateway_endpoint_is_associated() -> None:
    made = behind_nat(target=None).gateway_endpoint("s3", tables=["pub"])
    assert titles(made, to="s3")[0] == "Associate vpce-s3 with rtb-main"
    assert titles(made, to=S3_CIDRS[0])[0] == "Associate vpce-s3 with rtb-main"


def test_nat_gateway_in_the_wrong_subnet_is_moved_to_a_public_table() -> None:
    made = behind_nat(target=None).table("private", subnets=["a"]).route("private", ANY, "nat-main")
    made.changed("RouteTables", "rtb-pub", lambda table: table.update(Associations=[]))
    assert titles(made, **WEB)[-1] == "Associate subnet-pub with rtb-pub"


def test_a_nat_gateway_in_the_functions_own_subnet_needs_one_in_a_public_subnet() -> None:
    made = behind_nat(target=None)
    made.changed("NatGateways", "nat-main", lambda nat: nat.update(SubnetId="subnet-a"))
    found = titles(made.route("main", ANY, "nat-main"), **WEB)
    assert found == [
        f"Create a NAT gateway in subnet-pub and route {to} of rtb-main to it" for to in (f"{HOST}/32", ANY)
    ]


def test_a_failed_nat_gateway_is_replaced_by_one_that_works() -> None:
    made = behind_nat().subnet("pub2", cidr="10.0.8.0/24").nat("spare", subnet="pub2")
    made.changed(
        "NatGateways",
        "nat-spare",
        lambda nat: nat.update(NatGatewayAddresses=[{"PrivateIp": "10.0.8.5", "PublicIp": "192.0.2.11"}]),
    )
    made.changed("RouteTables", "rtb-pub", lambda table: table["Associations"].append({"SubnetId": "subnet-pub2"}))
    made.changed("NatGateways", "nat-main", lambda nat: nat.update(State="failed"))
    assert titles(made, **WEB)[-1] == "Replace the route 0.0.0.0/0 to nat-spare in rtb-main"


def test_without_any_nat_gateway_one_is_made_in_a_public_subnet() -> None:
    assert titles(no_nat(), **WEB) == [
        f"Create a NAT gateway in subnet-pub and route {to} of rtb-main to it" for to in (f"{HOST}/32", ANY)
    ]


def test_without_a_public_subnet_it_cannot_be_tried() -> None:
    made = world().vpc().subnet("a").group().function()
    (fix,) = healed(made, **WEB)
    assert not fix.proven
    assert fix.reason == "Not tried: vpc-main has no public subnet with another route table to put it in."


def test_a_function_never_gets_a_public_address_but_an_instance_does() -> None:
    made = interface(public_function(), "host", "a", "10.0.0.20", ["fn"])
    assert not any("Elastic IP" in fix.title for fix in healed(made, **WEB))
    assert healed(made, **{"from": "eni-host"}, **WEB)[0].title == "Associate an Elastic IP address with eni-host"


def test_an_elastic_ip_that_lets_the_internet_in_is_not_proven() -> None:
    made = interface(public_function().group("open", ingress=[rule(ANY, 22)]), "host", "a", "10.0.0.20", ["open"])
    fix = next(f for f in healed(made, **{"from": "eni-host"}, **WEB) if "Elastic IP" in f.title)
    assert not fix.proven
    assert "-> eni-host tcp/22" in fix.reason


def test_exclusions_that_are_not_allowed_are_not_tried() -> None:
    (fix,) = healed(blocked_public_access("not-allowed"), **WEB)
    assert (fix.proven, fix.reason) == (False, "Not tried: exclusions are not allowed by the account's policy.")


def test_source_dest_check_off_leaves_the_appliance_unknown() -> None:
    made = interface(behind_nat(target=None), "appliance", "a", "10.0.0.20", SourceDestCheck=True)
    fixes = healed(made.route("main", ANY, "eni-appliance"), **WEB)
    assert fixes[0].title == "Switch SourceDestCheck off for eni-appliance"
    assert not any(fix.proven for fix in fixes)
    assert "nothing known blocks the flow any more" in fixes[0].reason


# -- for the engine ----------------------------------------------------------------------------------------------------


def test_only_proven_remedies_are_offered_for_trial() -> None:
    made = behind_nat(target=None)
    asked = made.settings(destinations=(HOST,))
    (flow,) = common.flows(asked)
    meta = Meta(id="PTH999", title="t", severity=Severity.HIGH, family="path", applies_to="", needs=())
    subnet = made.view().subnet(flow.subnet_id)
    narrow, wide = propose(made.view(), asked, meta.failed(subnet, "m", code="X", scope=flow.scope))
    assert narrow.edits
    assert wide.edits == ()
    assert "the change also opens" in wide.untried
    assert list(propose(made.view(), asked, meta.failed(subnet, "m", code="X", scope="other"))) == []


# -- properties --------------------------------------------------------------------------------------------------------

peers = st.sampled_from([ANY, f"{HOST}/32", "203.0.113.0/28", "10.0.0.0/16"])
rules = st.lists(st.builds(rule, peers, st.sampled_from([22, 443, (400, 450)])), max_size=2)
actions = st.sampled_from(["allow", "deny"])
spans = st.sampled_from([None, (443, 443), (1024, 65535), (1024, 40000)])
acls = st.lists(st.tuples(actions, peers, spans, st.booleans()), max_size=5)
defaults = st.sampled_from(["nat-main", "igw-main", None])


@settings(max_examples=40, deadline=None)
@given(egress=rules, near=acls, far=acls, target=defaults)
def test_a_proven_fix_is_really_reachable(egress: Any, near: Any, far: Any, target: str | None) -> None:
    made = behind_nat(egress, target=target)
    for name, listed, subnet in (("near", near, "a"), ("far", far, "pub")):
        entries = [acl_entry(10 * n + 10, a, c, ports=p, egress=e) for n, (a, c, p, e) in enumerate(listed)]
        made.acl(name, *entries, subnets=[subnet])
    view = made.view()
    question = question_of({"from": "worker", **WEB})
    answer = tracer_of(view).trace(question)
    fixes = remedies(view, question, answer)
    found = plans(view, question, answer) if answer["verdict"] == "blocked" else ()
    for plan in found:
        edits = [edit for change in plan.changes for edit in change.edits]
        again = tracer_of(View(apply(view.snapshot, edits))).trace(question)
        assert again["verdict"] == plan.verdict
    reachable = sum(plan.verdict == "reachable" for plan in found)
    assert sum(fix.proven for fix in fixes) <= reachable
    assert answer["verdict"] == "blocked" or fixes == ()
