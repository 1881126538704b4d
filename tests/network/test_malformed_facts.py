"""What AWS always says and a saved file does not, or says in another type, is a gap: the answer is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import World, rule, world
from tests.network.paths import Json, ask, codes, nat_world

OUTSIDE = "198.51.100.1"
OPEN = [rule(port=None, protocol="-1")]


def behind_nat() -> World:
    """A function behind a NAT gateway; reachable."""
    return nat_world().function(subnets=["a"])


def with_endpoint() -> World:
    """A function beside an interface endpoint for SQS with private DNS; reachable."""
    made = world().vpc().subnet("a").group().group("endpoint", ingress=OPEN)
    return made.interface_endpoint("sqs").function()


def without(name: str) -> Callable[[Json], Any]:
    return lambda raw: raw.pop(name)


def saying(name: str, value: Any) -> Callable[[Json], Any]:
    return lambda raw: raw.update({name: value})


def test_both_worlds_are_reachable_as_they_are() -> None:
    assert ask(behind_nat(), "worker", OUTSIDE)["verdict"] == "reachable"
    assert ask(with_endpoint(), "worker", "sqs")["verdict"] == "reachable"


@pytest.mark.parametrize(
    ("key", "id_", "change", "action"),
    [
        ("NetworkAcls", "acl-main", without("Entries"), "ec2:DescribeNetworkAcls"),
        ("NetworkAcls", "acl-main", saying("Entries", None), "ec2:DescribeNetworkAcls"),
        ("NetworkAcls", "acl-main", saying("IsDefault", "true"), "ec2:DescribeNetworkAcls"),
        ("NetworkAcls", "acl-main", lambda raw: raw["Entries"][0].update(Egress="false"), "ec2:DescribeNetworkAcls"),
        ("NetworkAcls", "acl-main", lambda raw: raw["Entries"][0].update(Egress=None), "ec2:DescribeNetworkAcls"),
        ("RouteTables", "rtb-main", without("Routes"), "ec2:DescribeRouteTables"),
        ("RouteTables", "rtb-public", without("Routes"), "ec2:DescribeRouteTables"),
        ("RouteTables", "rtb-main", saying("Associations", [{"Main": "true"}]), "ec2:DescribeRouteTables"),
        ("SecurityGroups", "sg-fn", without("IpPermissions"), "ec2:DescribeSecurityGroups"),
        ("SecurityGroups", "sg-fn", without("IpPermissionsEgress"), "ec2:DescribeSecurityGroups"),
    ],
)
def test_what_aws_always_says_and_was_not_read_is_unknown(
    key: str, id_: str, change: Callable[[Json], Any], action: str
) -> None:
    said = ask(behind_nat().changed(key, id_, change), "worker", OUTSIDE)
    assert (said["verdict"], said["missing"]) == ("unknown", [action])


@pytest.mark.parametrize(
    ("key", "id_", "change", "code"),
    [
        ("NetworkAcls", "acl-main", saying("Entries", []), "SUBNET_ACL_RESTRICTION"),
        ("RouteTables", "rtb-main", saying("Routes", []), "NO_ROUTE_TO_DESTINATION"),
        ("SecurityGroups", "sg-fn", saying("IpPermissionsEgress", []), "SG_HAS_NO_RULES"),
    ],
)
def test_an_empty_list_is_a_fact(key: str, id_: str, change: Callable[[Json], Any], code: str) -> None:
    assert code in codes(ask(behind_nat().changed(key, id_, change), "worker", OUTSIDE))


@pytest.mark.parametrize("value", ["true", "false", 1])
@pytest.mark.parametrize(
    ("key", "id_", "path", "action"),
    [
        ("VpcAttributes", "vpc-main", ("EnableDnsSupport", "Value"), "ec2:DescribeVpcAttribute"),
        ("VpcAttributes", "vpc-main", ("EnableDnsHostnames", "Value"), "ec2:DescribeVpcAttribute"),
        ("VpcEndpoints", "vpce-sqs", ("PrivateDnsEnabled",), "ec2:DescribeVpcEndpoints"),
    ],
)
def test_a_text_or_number_for_true_or_false_is_unknown(
    key: str, id_: str, path: tuple[str, ...], action: str, value: object
) -> None:
    def change(raw: Json) -> None:
        for step in path[:-1]:
            raw = raw[step]
        raw[path[-1]] = value

    said = ask(with_endpoint().changed(key, id_, change), "worker", "sqs")
    assert (said["verdict"], said["missing"]) == ("unknown", [action])


def test_private_dns_that_was_not_told_is_unknown() -> None:
    made = with_endpoint().changed("VpcEndpoints", "vpce-sqs", without("PrivateDnsEnabled"))
    assert ask(made, "worker", "sqs")["missing"] == ["ec2:DescribeVpcEndpoints"]


@pytest.mark.parametrize("change", [without("Groups"), saying("Groups", []), saying("Groups", None)])
@pytest.mark.parametrize("id_", ["eni-sqs-a", "eni-db"])
def test_an_interface_without_security_groups_was_not_read_whole(change: Callable[[Json], Any], id_: str) -> None:
    made = with_endpoint().interface("db", "10.0.0.20", groups=["endpoint"])
    assert ask(made, "worker", id_)["verdict"] == "reachable"
    said = ask(made.changed("NetworkInterfaces", id_, change), "worker", id_)
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeNetworkInterfaces"])


def test_a_sender_without_security_groups_was_not_read_whole() -> None:
    made = with_endpoint().interface("own", "10.0.0.9", groups=[]).interface("db", "10.0.0.20", groups=["endpoint"])
    said = ask(made, "eni-own", "eni-db")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeNetworkInterfaces"])
    assert ask(made, "eni-own", "169.254.169.253", 53, protocol="udp")["verdict"] == "reachable"


def test_an_empty_prefix_list_of_a_service_was_not_read() -> None:
    made = world().vpc().subnet("a").group().gateway_endpoint("s3", tables=["main"]).function()
    assert ask(made, "worker", "s3")["verdict"] == "reachable"
    said = ask(made.changed("PrefixLists", "pl-s3", saying("Cidrs", [])), "worker", "s3")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribePrefixLists"])


def test_an_endpoint_whose_interfaces_list_no_ipv4_address_is_unknown() -> None:
    none: Json = {"PrivateIpAddresses": [], "PrivateIpAddress": None}
    made = with_endpoint().changed("NetworkInterfaces", "eni-sqs-a", lambda raw: raw.update(none))
    said = ask(made, "worker", "sqs")
    assert (said["verdict"], said["missing"]) == ("unknown", ["the addresses of sqs: what was read lists none"])


def test_an_edge_table_that_was_not_read_is_unknown() -> None:
    made = world().vpc().subnet("a").internet_gateway().group(ingress=OPEN)
    made.interface("web", "10.0.0.9", groups=["fn"], public="192.0.2.1").table("edge")
    made.route("main", "0.0.0.0/0", "igw-main")
    assert ask(made, OUTSIDE, "192.0.2.1")["verdict"] == "reachable"
    said = ask(made.changed("RouteTables", "rtb-edge", without("Routes")), OUTSIDE, "192.0.2.1")
    assert (said["verdict"], said["missing"]) == ("unknown", ["ec2:DescribeRouteTables"])
