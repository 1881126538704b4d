"""A Terraform plan laid over a network: what it heals and breaks before it is applied."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.network.path import tracer_of
from runbook_lib.network.plan import flows_changed, overlay
from runbook_lib.network.question import question_of
from runbook_lib.network.view import View
from tests.builders import World, rule
from tests.network.plan_cases import ANY, CASES, ENDPOINT, HOST, RULE, base, both, laid, route, verdict
from tests.network.terraform import changed, gone, kept, made, plan


@pytest.mark.parametrize(
    ("build", "changes", "asked", "before", "after"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_change_shows_before_it_is_applied(
    build: Callable[[], World], changes: list[Any], asked: dict[str, Any], before: str, after: str
) -> None:
    here = build().snapshot()
    listings = dict(here.listings)
    done = overlay(here, plan(*changes))
    assert (verdict(here, **asked), verdict(done.snapshot, **asked)) == (before, after)
    assert dict(here.listings) == listings


@pytest.mark.parametrize(
    ("build", "changes", "asked", "after"), [(*c[1:4], c[5]) for c in CASES], ids=[c[0] for c in CASES]
)
def test_knowing_less_of_a_plan_never_decides_otherwise(
    build: Callable[[], World], changes: list[Any], asked: dict[str, Any], after: str
) -> None:
    whole_plan = plan(*changes)
    for at, resource in enumerate(whole_plan["resource_changes"]):
        for name in resource["change"]["after"] or {}:
            less = copy.deepcopy(whole_plan)
            change = less["resource_changes"][at]["change"]
            change["after"].pop(name)
            change["after_unknown"][name] = True
            for listed in less["configuration"]["root_module"]["resources"]:
                if resource["address"].startswith(listed["address"]):
                    listed["expressions"][name] = {"references": ["local.somewhere"]}
            assert verdict(overlay(build().snapshot(), less).snapshot, **asked) in (after, "unknown"), name


# -- a whole network that does not exist yet ---------------------------------------------------------------------------


def whole(**config: Any) -> list[Any]:
    """A VPC with a public and a private subnet, a NAT gateway and a function, all planned."""
    vpc = "aws_vpc.v.id"
    open_egress = {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": [ANY]}
    vpc_config = {
        "unknown": [{"subnet_ids": [True], "security_group_ids": [True], "vpc_id": True}],
        "expressions": [
            {
                "subnet_ids": {"references": ["aws_subnet.private.id", "aws_subnet.private"]},
                "security_group_ids": {"references": ["aws_security_group.fn.id", "aws_security_group.fn"]},
            }
        ],
    }
    return [
        made("aws_vpc.v", {"cidr_block": "10.9.0.0/16"}),
        made("aws_subnet.private", {"cidr_block": "10.9.0.0/24", "availability_zone": "ap-southeast-1a"}, vpc_id=vpc),
        made("aws_subnet.public", {"cidr_block": "10.9.1.0/24", "availability_zone": "ap-southeast-1a"}, vpc_id=vpc),
        made("aws_internet_gateway.i", {}, vpc_id=vpc),
        made("aws_eip.n", {"domain": "vpc"}, instance=None, network_interface=None),
        made("aws_nat_gateway.n", {}, subnet_id="aws_subnet.public.id", allocation_id="aws_eip.n.id"),
        made("aws_route_table.public", {}, vpc_id=vpc, route=None),
        made(
            "aws_route.public",
            {"destination_cidr_block": ANY},
            route_table_id="aws_route_table.public.id",
            gateway_id="aws_internet_gateway.i.id",
        ),
        made(
            "aws_route_table_association.public",
            {},
            subnet_id="aws_subnet.public.id",
            route_table_id="aws_route_table.public.id",
        ),
        made(
            "aws_route.private",
            {"destination_cidr_block": ANY},
            route_table_id="aws_vpc.v.main_route_table_id",
            nat_gateway_id="aws_nat_gateway.n.id",
        ),
        made("aws_security_group.fn", {"egress": [open_egress]}, vpc_id=vpc, ingress=None),
        made(
            "aws_lambda_function.new",
            {
                "function_name": "newcomer",
                "vpc_config": [{"subnet_ids": [None], "security_group_ids": [None]}],
                **config,
            },
            vpc_config=vpc_config,
        ),
    ]


def test_a_planned_network_is_traced_from_end_to_end() -> None:
    done = laid(base(), *whole())
    assert done.undecided == ()
    assert verdict(done.snapshot, source="newcomer") == "reachable"
    assert verdict(done.snapshot) == "reachable"
    hops = tracer_of(View(done.snapshot)).trace(question_of({"from": "newcomer", "to": HOST}))["forward"]["hops"]
    assert {"kind": "nat-gateway", "id": "nat-(aws_nat_gateway.n)"} in hops


@pytest.mark.parametrize(
    "missing", ["aws_route.private", "aws_route.public", "aws_internet_gateway.i", "aws_route_table_association.public"]
)
def test_a_planned_network_with_a_piece_missing_is_not_reachable(missing: str) -> None:
    changes = [change for change in whole() if change["resource"]["address"] != missing]
    assert verdict(laid(base(), *changes).snapshot, source="newcomer") != "reachable"


def test_order_of_changes_does_not_matter() -> None:
    forward, backward = laid(base(), *whole()), laid(base(), *reversed(whole()))
    assert {edit.id: edit.value for edit in forward.edits} == {edit.id: edit.value for edit in backward.edits}


def test_deleting_the_planned_network_again_leaves_nothing_of_it() -> None:
    here = base()
    vpc = {"id": "vpc-main", "cidr_block": "10.0.0.0/16"}
    done = laid(here, gone("aws_vpc.v", vpc), gone("aws_subnet.a", {"id": "subnet-a"}))
    raws = {key: listing.raws for (_, key), listing in done.snapshot.listings.items()}
    assert raws["Vpcs"] == raws["RouteTables"] == raws["NetworkAcls"] == raws["VpcAttributes"] == ()
    assert [raw["SubnetId"] for raw in raws["Subnets"]] == ["subnet-pub"]


def test_modules_and_instances_keep_their_addresses() -> None:
    done = laid(
        base(route=False),
        made('module.net["a"].aws_vpc_endpoint.s3[0]', ENDPOINT, route_table_ids="var.tables"),
        kept("aws_route_table.main", {"id": "rtb-main"}),
        calls={"net": {"tables": ["aws_route_table.main.id"]}},
    )
    (edit,) = [edit for edit in done.edits if edit.key == "VpcEndpoints"]
    assert edit.id == 'vpce-(module.net["a"].aws_vpc_endpoint.s3[0])'
    assert verdict(done.snapshot, "s3") == "reachable"


def test_module_outputs_are_followed() -> None:
    written = plan(
        made("module.net.aws_vpc_endpoint.s3", ENDPOINT, route_table_ids=None),
        made(
            "aws_vpc_endpoint_route_table_association.s3",
            {"route_table_id": "rtb-main"},
            vpc_endpoint_id=["module.net.endpoint"],
        ),
    )
    outputs = {"endpoint": {"expression": {"references": ["aws_vpc_endpoint.s3.id", "aws_vpc_endpoint.s3"]}}}
    written["configuration"]["root_module"]["module_calls"]["net"]["module"]["outputs"] = outputs
    assert verdict(overlay(base(route=False).snapshot(), written).snapshot, "s3") == "reachable"


def test_each_key_leads_to_the_instance_with_the_same_key() -> None:
    here = base(route=False).table("one").table("two")
    changes = [
        kept('aws_route_table.t["one"]', {"id": "rtb-one"}),
        kept('aws_route_table.t["two"]', {"id": "rtb-two"}),
        made(
            'aws_route.out["two"]',
            {"destination_cidr_block": ANY, "nat_gateway_id": "nat-main"},
            route_table_id=["aws_route_table.t", "each.key"],
        ),
    ]
    edits = {edit.id: edit for edit in laid(here, *changes).edits}
    assert set(edits) == {"rtb-two"}


def test_a_rule_may_name_the_prefix_list_of_a_planned_endpoint() -> None:
    changes = [
        made("aws_vpc_endpoint.s3", {**ENDPOINT, "route_table_ids": ["rtb-main"]}),
        made("aws_vpc_security_group_egress_rule.s3", RULE, prefix_list_id="aws_vpc_endpoint.s3.prefix_list_id"),
    ]
    assert both(base(route=False, egress=[]), *changes, to="s3") == ("blocked", "reachable")
    assert both(base(route=False, egress=[]), *changes, to=HOST) == ("blocked", "blocked")


def test_an_interface_endpoint_gets_its_interfaces_and_groups() -> None:
    here = base(route=False).group("endpoint", ingress=[rule("10.0.0.0/24")])
    fields = {
        "vpc_id": "vpc-main",
        "service_name": "com.amazonaws.ap-southeast-1.secretsmanager",
        "vpc_endpoint_type": "Interface",
        "private_dns_enabled": True,
        "subnet_ids": ["subnet-a"],
        "security_group_ids": ["sg-endpoint"],
    }
    done = laid(here, made("aws_vpc_endpoint.sm", fields))
    assert verdict(done.snapshot, "secretsmanager") == "reachable"
    assert any("a free one stands in" in note for note in done.notes)
    closed = laid(here, made("aws_vpc_endpoint.sm", {**fields, "security_group_ids": ["sg-fn"]}))
    assert verdict(closed.snapshot, "secretsmanager") == "blocked"


def test_an_interface_endpoint_leaves_a_subnet() -> None:
    here = base(route=False).group("endpoint", ingress=[rule("10.0.0.0/16")])
    here.interface_endpoint("secretsmanager", subnets=["a"])
    assert verdict(here.snapshot(), "secretsmanager") == "reachable"
    done = laid(here, gone("aws_vpc_endpoint.sm", {"id": "vpce-secretsmanager"}))
    assert not any(
        raw for (_, key), listing in done.snapshot.listings.items() if key == "VpcEndpoints" for raw in listing.raws
    )
    assert verdict(done.snapshot, "secretsmanager") == "blocked"
    association = {"vpc_endpoint_id": "vpce-secretsmanager", "subnet_id": "subnet-a"}
    left = laid(here, gone("aws_vpc_endpoint_subnet_association.sm", association))
    assert verdict(left.snapshot, "secretsmanager") != "reachable"
    grown = laid(here, made("aws_vpc_endpoint_subnet_association.sm", {**association, "subnet_id": "subnet-pub"}))
    (edit,) = [edit for edit in grown.edits if edit.key == "VpcEndpoints"]
    assert edit.value is not None
    assert edit.value["SubnetIds"] == ["subnet-a", "subnet-pub"]


def test_a_peering_connection_is_active_only_when_it_accepts_itself() -> None:
    here = base().vpc("far", ["10.1.0.0/16"]).subnet("far", cidr="10.1.0.0/24").group("db", ingress=[rule(ANY)])
    here.item(
        "NetworkInterfaces",
        NetworkInterfaceId="eni-db",
        VpcId="vpc-far",
        SubnetId="subnet-far",
        Groups=[{"GroupId": "sg-db"}],
        PrivateIpAddresses=[{"PrivateIpAddress": "10.1.0.20"}],
    )
    sides = {"vpc_id": "vpc-main", "peer_vpc_id": "vpc-far"}

    def both_ways(name: str) -> list[Any]:
        pairs = (("rtb-main", "10.1.0.0/16"), ("rtb-far", "10.0.0.0/16"))
        return [
            made(
                f"aws_route.{table[4:]}",
                {"route_table_id": table, "destination_cidr_block": cidr},
                vpc_peering_connection_id=f"{name}.id",
            )
            for table, cidr in pairs
        ]

    pcx = "aws_vpc_peering_connection.p"
    routes = both_ways(pcx)
    accepting = made(pcx, {**sides, "auto_accept": True})
    waiting = made(pcx, sides)
    accepter = made(
        "aws_vpc_peering_connection_accepter.p", {"auto_accept": True}, vpc_peering_connection_id=f"{pcx}.id"
    )
    assert verdict(laid(here, accepting, *routes).snapshot, "eni-db") == "reachable"
    assert verdict(laid(here, waiting, *routes).snapshot, "eni-db") == "blocked"
    assert verdict(laid(here, waiting, accepter, *routes).snapshot, "eni-db") == "reachable"


def test_an_egress_only_gateway_is_attached() -> None:
    done = laid(base(), made("aws_egress_only_internet_gateway.e", {"vpc_id": "vpc-main"}))
    (edit,) = done.edits
    assert edit.value == {
        "EgressOnlyInternetGatewayId": "eigw-(aws_egress_only_internet_gateway.e)",
        "Attachments": [{"VpcId": "vpc-main", "State": "available"}],
    }


def test_dns_attributes_of_a_vpc_change() -> None:
    done = laid(base(), changed("aws_vpc.v", {"id": "vpc-main"}, {"enable_dns_support": False}))
    assert View(done.snapshot).vpc_attributes("vpc-main").dns_support is False


# -- plans that are none -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "not a Terraform plan"),
        ({"resource_changes": []}, "format_version is missing"),
        ({"format_version": "2.0"}, "format 2.0 is not known"),
        ({"format_version": "1.0", "values": {}}, "state, not a plan"),
    ],
)
def test_what_is_no_plan_is_refused_in_one_line(document: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        overlay(base().snapshot(), document)
    assert "\n" not in str(error.value)


def test_an_incomplete_plan_says_so() -> None:
    done = laid(base(), errored=True, complete=False)
    assert done.edits == ()
    assert len(done.notes) == 2


def test_the_plan_itself_is_not_changed() -> None:
    written = plan(*whole())
    before = copy.deepcopy(written)
    overlay(base().snapshot(), written)
    assert written == before


# -- which flows change ------------------------------------------------------------------------------------------------


def test_flows_that_break_heal_or_become_unknown_are_named() -> None:
    here = base(route=False, egress=[rule(port=443)]).gateway_endpoint("s3", tables=["main"])
    questions = [question_of({"from": "worker", "to": to}) for to in (HOST, "s3")]
    done = laid(here, route(), gone("aws_vpc_endpoint.s3", {"id": "vpce-s3"}))
    assert [change.text for change in flows_changed(here.snapshot(), done.snapshot, questions)] == [
        f"heals worker -> {HOST} tcp/443 (blocked before, reachable after apply)"
    ]
    without = laid(here, gone("aws_vpc_endpoint.s3", {"id": "vpce-s3"}))
    assert [change.text for change in flows_changed(here.snapshot(), without.snapshot, questions)] == [
        "breaks worker -> s3 tcp/443 (reachable before, blocked after apply)"
    ]
    unknown = laid(here, made("aws_vpc_security_group_egress_rule.e", RULE, cidr_ipv4="local.x"))
    assert [change.text for change in flows_changed(here.snapshot(), unknown.snapshot, questions)] == [
        "makes unknown worker -> s3 tcp/443 (reachable before, unknown after apply)"
    ]


def test_flows_of_a_planned_function_were_absent() -> None:
    here = base()
    question = question_of({"from": "newcomer", "to": HOST})
    (found,) = flows_changed(here.snapshot(), laid(here, *whole()).snapshot, [question])
    assert (found.was, found.becomes) == ("absent", "reachable")
    with pytest.raises(UsageError, match="newcomer"):
        flows_changed(here.snapshot(), here.snapshot(), [question])
