"""Addresses that no route decides about: loopback, link-local, multicast, reserved, and the services beside them."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.errors import UsageError
from tests.builders import World, acl_entry, rule, world
from tests.network.paths import ask, blockers, codes, hops, nat_world, public_world, verdicts

RESOLVERS = ("169.254.169.253", "10.0.0.2")


def closed() -> World:
    """A private subnet whose function may send nothing: no egress rule, a network ACL that denies everything."""
    return world().vpc().subnet("a").group(egress=[]).acl("shut", subnets=["a"])


def dual_stack() -> World:
    """A function with IPv6 whose default route for it is an egress-only internet gateway."""
    made = world().vpc().subnet("a").ipv6(a="2001:db8:0:1::/64").egress_only_gateway()
    made.group(egress=[rule("0.0.0.0/0", None, "-1"), rule("::/0", None, "-1")])
    return made.route("main", "::/0", "eigw-main").function(dual_stack=True)


def hosts(**options: str) -> World:
    """An instance in a public subnet, with its metadata options."""
    made = public_world().instance("host", "10.0.0.9", groups=["fn"], public="192.0.2.1")
    return made.changed("Instances", "i-host", lambda raw: raw.update(MetadataOptions=options))


# -- what no VPC forwards ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("0.0.0.0", "an address of this host itself"),
        ("0.255.255.255", "an address of this host itself"),
        ("127.0.0.0", "a loopback address"),
        ("127.255.255.255", "a loopback address"),
        ("169.254.0.0", "a link-local address"),
        ("169.254.255.255", "a link-local address"),
        ("224.0.0.0", "a multicast address"),
        ("239.255.255.255", "a multicast address"),
        ("255.255.255.255", "the broadcast address"),
    ],
)
def test_what_never_leaves_the_host_is_blocked_behind_a_nat_gateway(address: str, words: str) -> None:
    said = ask(nat_world().function(subnets=["a"]), "worker", address)
    assert verdicts(said) == ("blocked", "blocked", "unknown")
    assert blockers(said) == [
        {
            "code": "DESTINATION_NOT_FORWARDED",
            "component": "subnet-a",
            "rule": None,
            "direction": "egress",
            "detail": f"{address} is {words}, which no VPC forwards",
        }
    ]


@pytest.mark.parametrize(
    "address",
    ["1.0.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "223.255.255.255"],
)
def test_the_neighbours_of_those_blocks_are_reachable(address: str) -> None:
    assert ask(nat_world().function(subnets=["a"]), "worker", address)["verdict"] == "reachable"


@pytest.mark.parametrize("address", ["::", "::1", "fe80::1", "febf::1", "ff00::1", "ff02::fb", "fd00:ec2::7"])
def test_ipv6_that_never_leaves_the_host_is_blocked(address: str) -> None:
    assert codes(ask(dual_stack(), "worker", address)) == ["DESTINATION_NOT_FORWARDED"]


def test_public_ipv6_beside_those_blocks_is_reachable() -> None:
    assert ask(dual_stack(), "worker", "2600::1")["verdict"] == "reachable"


@pytest.mark.parametrize("address", ["240.0.0.0", "255.255.255.254"])
def test_the_internet_carries_no_reserved_address(address: str) -> None:
    said = ask(nat_world().function(subnets=["a"]), "worker", address)
    assert [(b["code"], b["component"]) for b in blockers(said)] == [("DESTINATION_NOT_FORWARDED", "igw-main")]
    assert hops(said)[-1] == "igw-main"


def test_the_internet_carries_no_private_ipv6_address() -> None:
    said = ask(dual_stack(), "worker", "fd12::1")
    assert [(b["code"], b["component"]) for b in blockers(said)] == [("DESTINATION_NOT_FORWARDED", "eigw-main")]


def test_a_set_is_cut_where_those_blocks_begin_and_end() -> None:
    said = ask(nat_world().function(subnets=["a"]), "worker", "126.0.0.0/7")
    assert said["verdict"] == "blocked"
    assert [(part["to"], part["verdict"]) for part in said["parts"]] == [
        ("126.0.0.0/8", "reachable"),
        ("127.0.0.0/8", "blocked"),
    ]


def test_every_ipv4_address_holds_blocked_parts_and_a_reachable_rest() -> None:
    said = ask(nat_world().function(subnets=["a"]), "worker", "0.0.0.0/0")
    parts = {part["to"]: part["verdict"] for part in said["parts"]}
    assert said["verdict"] == "blocked"
    assert {parts[block] for block in ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4")} == {"blocked"}
    assert {parts[block] for block in ("1.0.0.0/8", "208.0.0.0/4")} == {"reachable"}


def test_multicast_is_unknown_where_a_transit_gateway_carries_it() -> None:
    made = nat_world().transit_gateway().attach("main", subnets=["a"]).function(subnets=["a"])
    assert codes(ask(made, "worker", "239.1.1.1", protocol="udp")) == ["DESTINATION_NOT_FORWARDED"]
    made.changed("TransitGateways", "tgw-hub", lambda raw: raw.update(Options={"MulticastSupport": "enable"}))
    said = ask(made, "worker", "239.1.1.1", protocol="udp")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:SearchTransitGatewayMulticastGroups"])


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.1.1", "0.0.0.0", "ff02::1"])
def test_no_flow_starts_from_such_an_address(address: str) -> None:
    with pytest.raises(UsageError, match="no address that a flow in a VPC starts from"):
        ask(public_world(), address, "198.51.100.1")


# -- the Amazon resolver -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", RESOLVERS)
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_the_resolver_is_reachable_whatever_filters_and_routes_say(address: str, protocol: str) -> None:
    said = ask(closed().function(), "worker", address, 53, protocol=protocol)
    assert verdicts(said) == ("reachable",) * 3
    assert (said["forward"]["exit"], said["forward"]["hops"], said["missing"]) == (
        "delivered",
        [{"kind": "service", "id": "AmazonProvidedDNS"}],
        [],
    )


def test_the_resolver_answers_on_ipv6() -> None:
    assert ask(dual_stack(), "worker", "fd00:ec2::253", 53, protocol="udp")["verdict"] == "reachable"


@pytest.mark.parametrize(("port", "protocol"), [(52, "udp"), (54, "tcp"), (853, "tcp"), (None, "icmp")])
def test_the_resolver_answers_nothing_but_dns(port: int | None, protocol: str) -> None:
    made = nat_world().function(subnets=["a"])
    assert codes(ask(made, "worker", "169.254.169.253", port, protocol=protocol)) == ["DESTINATION_NOT_FORWARDED"]
    assert codes(ask(made, "worker", "10.0.0.2", port, protocol=protocol)) == ["NO_POSSIBLE_DESTINATION"]


@pytest.mark.parametrize("address", RESOLVERS)
def test_without_dns_support_the_resolver_answers_nobody(address: str) -> None:
    made = world().vpc(dns_support=False).subnet("a").group().function()
    said = ask(made, "worker", address, 53, protocol="udp")
    assert blockers(said) == [
        {
            "code": "DNS_SUPPORT_DISABLED",
            "component": "vpc-main",
            "rule": None,
            "direction": "ingress",
            "detail": "vpc-main has DNS support off, so the Amazon resolver answers nobody there",
        }
    ]


@pytest.mark.parametrize("address", RESOLVERS)
@pytest.mark.parametrize(
    "made",
    [world().vpc(dns_support=None), world().vpc().denied("VpcAttributes")],
    ids=["left out", "denied"],
)
def test_dns_support_that_was_not_read_is_unknown(made: World, address: str) -> None:
    said = ask(made.subnet("a").group().function(), "worker", address, 53, protocol="udp")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeVpcAttribute"])


def test_only_the_primary_block_has_the_resolver() -> None:
    made = world().vpc(cidrs=["10.0.0.0/16", "10.9.0.0/16"]).subnet("a").group().function()
    assert ask(made, "worker", "10.0.0.2", 53, protocol="udp")["verdict"] == "reachable"
    assert codes(ask(made, "worker", "10.9.0.2", 53, protocol="udp")) == ["NO_POSSIBLE_DESTINATION"]
    made.changed("Vpcs", "vpc-main", lambda raw: raw.pop("CidrBlock"))
    for address in ("10.0.0.2", "10.9.0.2"):
        said = ask(made, "worker", address, 53, protocol="udp")
        assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeVpcs"])


def test_the_resolver_of_a_vpc_that_was_not_read_is_unknown() -> None:
    made = nat_world().function(subnets=["a"]).interface("db", "10.0.0.20", groups=["fn"]).denied("Vpcs")
    said = ask(made, "worker", "10.0.0.2", 53, protocol="udp")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeVpcs"])
    assert ask(made, "worker", "198.51.100.1", 53, protocol="udp")["verdict"] == "reachable"


def test_the_resolver_of_another_vpc_is_not_reached_over_a_peering() -> None:
    made = world().vpc().subnet("a").group().vpc("far", ["10.1.0.0/16"]).subnet("far", cidr="10.1.0.0/24")
    made.peering("p", "main", "far").route("main", "10.1.0.0/16", "pcx-p")
    assert codes(ask(made, "subnet-a", "10.1.0.2", 53, protocol="udp")) == ["NO_POSSIBLE_DESTINATION"]


def test_a_host_on_port_53_is_still_filtered() -> None:
    made = closed().interface("dns", "10.0.0.20", groups=["fn"]).function()
    assert ask(made, "worker", "10.0.0.20", 53, protocol="udp")["verdict"] == "blocked"


# -- what answers beside an instance -----------------------------------------------------------------------------------

BESIDE: list[Any] = [("169.254.169.254", 80, "tcp"), ("169.254.169.123", 123, "udp")]


@pytest.mark.parametrize(("address", "port", "protocol"), BESIDE)
def test_metadata_and_time_answer_an_instance_unfiltered(address: str, port: int, protocol: str) -> None:
    made = hosts(HttpEndpoint="enabled").acl("shut", acl_entry(100, "deny"), subnets=["a"])
    assert verdicts(ask(made, "i-host", address, port, protocol=protocol)) == ("reachable",) * 3
    assert codes(ask(made, "i-host", address, port + 1, protocol=protocol)) == ["DESTINATION_NOT_FORWARDED"]


@pytest.mark.parametrize(("address", "port", "protocol"), BESIDE)
def test_metadata_and_time_are_unknown_for_a_function(address: str, port: int, protocol: str) -> None:
    said = ask(nat_world().function(subnets=["a"]), "worker", address, port, protocol=protocol)
    name = "the instance metadata service" if port == 80 else "the Amazon Time Sync Service"
    assert (said["verdict"], said["missing"]) == ("unknown", [f"whether {name} answers what is no EC2 instance"])


def test_metadata_follows_the_options_of_each_instance() -> None:
    made = hosts(HttpEndpoint="disabled").instance("other", "10.0.0.10", groups=["fn"])
    made.changed("Instances", "i-other", lambda raw: raw.update(MetadataOptions={"HttpEndpoint": "enabled"}))
    said = ask(made, "i-host", "169.254.169.254", 80)
    assert [(b["code"], b["component"]) for b in blockers(said)] == [("BAD_STATE", "i-host")]
    assert ask(made, "i-other", "169.254.169.254", 80)["verdict"] == "reachable"
    said = ask(hosts(), "i-host", "169.254.169.254", 80)
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeInstances"])
