"""Rules 16, 27, 28, 36 and 44, references between groups, and names: what a flow may end at besides an address."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.errors import UsageError
from tests.builders import World, rule, world
from tests.network.paths import Json, ask, codes, hops, nat_world, public_world, verdicts

OPEN = [rule(port=None, protocol="-1")]


def endpoint_world(*ingress: Json, **more: Any) -> World:
    """An interface endpoint of Secrets Manager in subnet a with the group `endpoint`; nothing else leads out."""
    made = world().vpc().subnet("a").subnet("b", az="b").group().group("endpoint", ingress=ingress or [rule("sg-fn")])
    return made.interface_endpoint("secretsmanager", **more)


# -- gateway endpoints ------------------------------------------------------------------------------------------------


def test_rule_27_every_cidr_of_the_list_goes_through_the_gateway_endpoint() -> None:
    made = nat_world().gateway_endpoint("s3", tables=["main"])
    said = ask(made, "subnet-a", "s3")
    assert (verdicts(said), said["forward"]["exit"]) == (("reachable",) * 3, "gateway-endpoint")
    assert hops(said) == ["subnet-a", "vpce-s3", "com.amazonaws.ap-southeast-1.s3"]
    assert "parts" not in said
    assert ask(made, "subnet-a", "dynamodb")["forward"]["exit"] == "internet"
    assert ask(made, "subnet-a", "52.219.40.1")["forward"]["exit"] == "gateway-endpoint"


def test_rule_27_the_trap_of_the_endpoint_that_is_not_attached() -> None:
    made = world().vpc().subnet("a").group().gateway_endpoint("s3", tables=["main"], routed=False)
    assert codes(ask(made, "subnet-a", "s3")) == ["NO_ROUTE_TO_DESTINATION"]


def test_rule_27_the_trap_of_the_main_table() -> None:
    """The endpoint serves the table somebody drew; the subnet has no association and uses the main table."""
    made = world().vpc().subnet("a").group().table("private").gateway_endpoint("s3", tables=["private"])
    said = ask(made, "subnet-a", "s3")
    assert [(b["code"], b["component"]) for b in said["forward"]["blocked_by"]] == [
        ("NO_ROUTE_TO_DESTINATION", "rtb-main")
    ]
    made.changed("RouteTables", "rtb-private", lambda table: table.update(Associations=[{"SubnetId": "subnet-a"}]))
    assert ask(made, "subnet-a", "s3")["verdict"] == "reachable"


@pytest.mark.parametrize(
    ("protocol", "expected"), [("udp", ["VPCE_GATEWAY_PROTOCOL_RESTRICTION"]), ("icmp", []), ("tcp", [])]
)
def test_rule_27_a_gateway_endpoint_carries_tcp_and_echo(protocol: str, expected: list[str]) -> None:
    made = world().vpc().subnet("a").group().gateway_endpoint("s3", tables=["main"])
    assert codes(ask(made, "subnet-a", "s3", protocol=protocol)) == expected


def test_rule_27_a_gateway_endpoint_serves_its_own_vpc_only() -> None:
    made = world().vpc().subnet("a").group().vpc("out", ["10.9.0.0/16"]).subnet("link", cidr="10.9.0.0/24")
    made.gateway_endpoint("s3", tables=["out"]).transit_gateway().attach("main", subnets=["a"])
    made.attach("out", subnets=["link"]).route("main", "pl-s3", "tgw-hub").transit_route("0.0.0.0/0", "out")
    assert "VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION" in codes(ask(made, "subnet-a", "s3"))


def test_rule_40_parts_of_a_service_that_differ_are_told_apart() -> None:
    made = nat_world().gateway_endpoint("s3", tables=["main"]).group("part", egress=[rule("3.5.146.0/23")])
    said = ask(made, "subnet-a", "s3", security_groups=["sg-part"])
    assert {part["to"]: part["verdict"] for part in said["parts"]} == {
        "3.5.146.0/23": "reachable",
        "52.219.40.0/22": "blocked",
    }
    assert said["verdict"] == "blocked"
    both = ask(made.function(groups=["part"], subnets=["a", "public"]), "worker", "s3")
    assert {part["to"] for part in both["parts"]} == {"3.5.146.0/23", "52.219.40.0/22"}


# -- interface endpoints and DNS --------------------------------------------------------------------------------------


def test_rule_28_an_interface_endpoint_admits_by_its_groups() -> None:
    said = ask(endpoint_world(), "subnet-b", "secretsmanager")
    assert (verdicts(said), said["forward"]["exit"]) == (("reachable",) * 3, "interface-endpoint")
    assert hops(said) == ["subnet-b", "subnet-a", "eni-secretsmanager-a", "vpce-secretsmanager"]
    refused = ask(endpoint_world(rule("10.9.0.0/16")), "subnet-b", "secretsmanager")
    assert [(b["code"], b["component"], b["direction"]) for b in refused["forward"]["blocked_by"]] == [
        ("ENI_SG_RULES_MISMATCH", "sg-endpoint", "ingress")
    ]


def test_rule_28_an_endpoint_never_starts_a_connection() -> None:
    made = endpoint_world().changed(
        "NetworkInterfaces", "eni-secretsmanager-a", lambda card: card.update(InterfaceType="interface")
    )
    assert codes(ask(made, "eni-secretsmanager-a", "10.0.1.9"))[0] == "UNSUPPORTED_COMPONENT"


@pytest.mark.parametrize("state", ["pending", "rejected", "failed"])
def test_rule_28_an_endpoint_must_be_available(state: str) -> None:
    assert codes(ask(endpoint_world(State=state), "subnet-b", "secretsmanager")) == ["BAD_STATE"]


def test_rule_28_an_endpoint_interface_whose_endpoint_was_not_read_is_unknown() -> None:
    said = ask(endpoint_world().denied("VpcEndpoints"), "subnet-b", "eni-secretsmanager-a")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeVpcEndpoints"])


NAME = "secretsmanager.ap-southeast-1.amazonaws.com"


def test_rule_44_private_dns_leads_names_to_the_endpoint() -> None:
    assert ask(endpoint_world(), "subnet-b", NAME)["forward"]["exit"] == "interface-endpoint"
    assert codes(ask(endpoint_world(private_dns=False), "subnet-b", NAME)) == ["NO_ROUTE_TO_DESTINATION"]
    assert ask(endpoint_world(private_dns=False), "subnet-b", "eni-secretsmanager-a")["verdict"] == "reachable"


@pytest.mark.parametrize(("support", "hostnames"), [(False, True), (True, False)])
def test_rule_44_private_dns_needs_both_attributes_of_the_vpc(support: bool, hostnames: bool) -> None:
    def switch(attributes: Json) -> None:
        attributes |= {"EnableDnsSupport": {"Value": support}, "EnableDnsHostnames": {"Value": hostnames}}

    made = endpoint_world().changed("VpcAttributes", "vpc-main", switch)
    assert codes(ask(made, "subnet-b", NAME)) == ["NO_ROUTE_TO_DESTINATION"]
    said = ask(endpoint_world().denied("VpcAttributes"), "subnet-b", NAME)
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeVpcAttribute"])


def test_rule_44_an_s3_interface_endpoint_steals_the_name_unless_only_for_inbound_resolvers() -> None:
    made = nat_world().gateway_endpoint("s3", tables=["main"]).group("endpoint")
    made.interface_endpoint("s3", name="s3-interface", subnets=["a"])
    assert codes(ask(made, "subnet-a", "s3")) == ["SG_HAS_NO_RULES"]
    only = {"PrivateDnsOnlyForInboundResolverEndpoint": True}
    made.changed("VpcEndpoints", "vpce-s3-interface", lambda endpoint: endpoint.update(DnsOptions=only))
    assert ask(made, "subnet-a", "s3")["forward"]["exit"] == "gateway-endpoint"


def test_rule_44_endpoint_names_and_names_of_parts_of_a_service() -> None:
    own = "vpce-1.secretsmanager.ap-southeast-1.vpce.amazonaws.com"
    entries = [{"DnsName": name} for name in (own, "api.ecr.ap-southeast-1.amazonaws.com", "*.dkr.example")]
    made = endpoint_world(DnsEntries=entries)
    for name in (own, own.upper() + ".", "api.ecr.ap-southeast-1.amazonaws.com", "x.dkr.example"):
        assert ask(made, "subnet-b", name)["forward"]["exit"] == "interface-endpoint", name
    assert ask(endpoint_world(DnsEntries=entries, private_dns=False), "subnet-b", own)["verdict"] == "reachable"
    assert codes(ask(made, "subnet-b", "dkr.ecr.ap-southeast-1.amazonaws.com")) == ["NO_ROUTE_TO_DESTINATION"]


def test_rule_44_global_and_other_regions_names_are_public() -> None:
    made = nat_world().gateway_endpoint("s3", tables=["main"]).group("endpoint", ingress=OPEN)
    made.interface_endpoint("sts", subnets=["a"])
    assert ask(made, "subnet-a", "sts.ap-southeast-1.amazonaws.com")["forward"]["exit"] == "interface-endpoint"
    for name in ("sts.amazonaws.com", "s3.eu-west-1.amazonaws.com", "reports.s3.eu-west-1.amazonaws.com"):
        assert ask(made, "subnet-a", name)["forward"]["exit"] == "internet", name
    name = "reports.s3.ap-southeast-1.amazonaws.com"
    assert ask(made, "subnet-a", name)["forward"]["exit"] == "gateway-endpoint"


def test_rule_44_a_name_that_the_data_does_not_tell_is_unknown() -> None:
    said = ask(nat_world(), "subnet-a", "db.example.com")
    assert said["verdict"] == "unknown"
    assert said["missing"] == [
        "the addresses of db.example.com: not in the snapshot; resolve it live or give an address"
    ]
    made = nat_world().interface("db", "10.0.0.9", groups=["fn"], PrivateDnsName="ip-10-0-0-9.ec2.internal")
    assert hops(ask(made, "subnet-a", "ip-10-0-0-9.ec2.internal"))[-1] == "eni-db"


def test_rule_44_a_word_that_is_no_name_is_a_mistake_with_the_nearest_names() -> None:
    with pytest.raises(UsageError, match=r"unknown destination 'secretmanager'; nearest: secretsmanager"):
        ask(endpoint_world(), "subnet-b", "secretmanager")
    with pytest.raises(UsageError, match=r"unknown source 'workr'; nearest: worker"):
        ask(endpoint_world().function(), "workr", "s3")


# -- interfaces, instances, functions ---------------------------------------------------------------------------------


def test_a_function_as_destination_accepts_nothing() -> None:
    made = nat_world().function().interface("fn", "10.0.0.9", groups=["fn"], kind="lambda")
    assert codes(ask(made, "subnet-a", "worker")) == ["NO_POSSIBLE_DESTINATION"]
    assert codes(ask(made, "subnet-a", "eni-fn")) == ["NO_POSSIBLE_DESTINATION"]


def test_secondary_addresses_and_interfaces_have_their_own_answers() -> None:
    made = nat_world().group("ssh", ingress=[rule(port=22)]).group("web", ingress=[rule(port=80)])
    made.instance("two", "10.0.0.20", groups=["ssh"], more_addresses=["10.0.0.21"])
    made.interface("second", "10.0.0.30", groups=["web"])
    second = {"NetworkInterfaceId": "eni-second", "Attachment": {"DeviceIndex": 1}}
    made.changed("Instances", "i-two", lambda instance: instance["NetworkInterfaces"].insert(0, second))
    assert [ask(made, "subnet-a", to, 22)["verdict"] for to in ("i-two", "10.0.0.21", "10.0.0.30")] == [
        "reachable",
        "reachable",
        "blocked",
    ]
    assert ask(made, "subnet-a", "eni-second", 80)["verdict"] == "reachable"


def test_rule_37_a_function_without_interfaces_has_every_address_of_its_subnets() -> None:
    """Any address AWS may give it must work; with interfaces only theirs."""
    made = nat_world().function(subnets=["a"]).group("db", ingress=[rule("10.0.0.0/25", 5432)])
    made.interface("db", "10.0.1.20", subnet="public", groups=["db"])
    said = ask(made, "worker", "10.0.1.20", 5432)
    assert [b["detail"] for b in said["forward"]["blocked_by"]] == ["sg-db: no rule allows tcp 5432 from 10.0.0.128"]
    assert (
        ask(made.interface("fn", "10.0.0.9", groups=["fn"], kind="lambda"), "worker", "10.0.1.20", 5432)["verdict"]
        == "reachable"
    )


def test_rule_13_references_to_oneself_and_to_groups_not_read() -> None:
    made = public_world().group("self", ingress=[rule("sg-self")]).interface("own", "10.0.0.20", groups=["self"])
    assert codes(ask(made, "subnet-a", "eni-own")) == ["ENI_SG_RULES_MISMATCH"]
    made.group("self2", ingress=[]).interface("two", "10.0.0.21", groups=["self"])
    made.changed("SecurityGroups", "sg-self", lambda group: group.update(IpPermissionsEgress=[rule("sg-self")]))
    assert ask(made, "eni-two", "eni-own")["verdict"] == "reachable"
    said = ask(made.denied("SecurityGroups"), "eni-two", "eni-own")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeSecurityGroups"])


def test_rule_13_an_egress_reference_is_unknown_when_interfaces_were_not_read() -> None:
    made = nat_world().group("out", egress=[rule("sg-web")]).group("web", ingress=OPEN)
    made.interface("web", "10.0.0.20", groups=["web"])
    assert ask(made, "subnet-a", "10.0.0.20", security_groups=["sg-out"])["verdict"] == "reachable"
    said = ask(made.denied("NetworkInterfaces"), "subnet-a", "10.0.0.20", security_groups=["sg-out"])
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeNetworkInterfaces"])


def test_a_sender_without_known_groups_is_unknown_not_blocked() -> None:
    made = nat_world().group("web", ingress=[rule("sg-fn")]).interface("web", "10.0.0.20", groups=["web"])
    said = ask(made, "subnet-a", "10.0.0.20", security_groups=[])
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeSecurityGroups"])


# -- load balancers ---------------------------------------------------------------------------------------------------


def balanced(*targets: tuple[str, int, str], **more: Any) -> World:
    """A load balancer in zone a on port 443; instance `i-near` is in its zone, `i-away` in zone b, both on 8443."""
    made = world().vpc().subnet("a").subnet("b", az="b").group()
    made.group("web", ingress=[rule("10.0.0.0/24", 8443)])
    made.interface("client", "10.0.1.9", subnet="b", groups=["fn"])
    made.instance("near", "10.0.0.20", groups=["web"]).instance("away", "10.0.1.20", subnet="b", groups=["fn"])
    return made.balancer("lb", "10.0.0.50", targets=targets or [("i-near", 8443, "healthy")], **more)


def test_rule_36_the_listener_decides_and_the_target_has_its_own_port() -> None:
    made = balanced()
    assert codes(ask(made, "subnet-a", "eni-lb", 80)) == ["ELBV2_LISTENER_PORT_RESTRICTION"]
    said = ask(made, "subnet-a", "eni-lb")
    assert verdicts(said) == ("reachable",) * 3
    assert hops(said) == ["eni-lb", "net/lb/1", "eni-near"]
    assert codes(ask(balanced(("i-near", 9000, "healthy")), "subnet-a", "eni-lb")) == ["ENI_SG_RULES_MISMATCH"]


def test_rule_36_targets_by_instance_see_the_client_by_address_the_balancer() -> None:
    assert codes(ask(balanced(), "eni-client", "eni-lb")) == ["ENI_SG_RULES_MISMATCH"]
    assert ask(balanced(("10.0.0.20", 8443, "healthy"), by_ip=True), "eni-client", "eni-lb")["verdict"] == "reachable"


def test_rule_36_other_zones_only_with_cross_zone_balancing() -> None:
    away = ("i-away", 8443, "healthy")
    assert codes(ask(balanced(away), "subnet-a", "eni-lb")) == ["ELBV2_LISTENER_HAS_NO_TG"]
    assert codes(ask(balanced(away, cross_zone=True), "subnet-a", "eni-lb")) == ["SG_HAS_NO_RULES"]
    assert hops(ask(balanced(away, cross_zone=True), "subnet-a", "eni-lb"))[-2:] == ["subnet-b", "eni-away"]


def test_rule_36_unhealthy_targets_are_used_only_when_all_are() -> None:
    near, away = ("i-near", 8443, "healthy"), ("i-away", 8443, "unhealthy")
    assert ask(balanced(near, away, cross_zone=True), "subnet-a", "eni-lb")["verdict"] == "reachable"
    assert codes(ask(balanced(near, ("i-away", 8443, "healthy"), cross_zone=True), "subnet-a", "eni-lb")) == [
        "SG_HAS_NO_RULES"
    ]
    assert ask(balanced(("i-near", 8443, "unhealthy")), "subnet-a", "eni-lb")["verdict"] == "reachable"


def test_rule_36_a_load_balancer_may_have_groups() -> None:
    made = balanced(groups=["shut"]).group("shut", ingress=[rule("10.9.0.0/16")])
    assert codes(ask(made, "subnet-a", "eni-lb")) == ["ENI_SG_RULES_MISMATCH"]


@pytest.mark.parametrize("key", ["LoadBalancerListeners", "LoadBalancerTargetHealth"])
def test_rule_36_listeners_or_targets_that_were_not_read_are_unknown(key: str) -> None:
    said = ask(balanced().denied(key), "subnet-a", "eni-lb")
    assert said["verdict"] == "unknown"
    assert said["missing"][0].startswith("elasticloadbalancing:Describe")
