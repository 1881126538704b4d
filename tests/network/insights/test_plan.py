"""Which analyses answer a question, how each request looks, and how a path is split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.model.analysis_plan import AnalysisPlan, Stretch
from runbook_lib.network.insights.aims import is_component
from runbook_lib.network.insights.plan import whole
from tests.builders import World, world

from .worlds import OUTSIDE, asked, hyperplane, sftp_world, view_of


def plan(made: World, to: str = OUTSIDE, **more: Any) -> AnalysisPlan:
    return whole(view_of(made), asked(to, **more))


def ports(first: int, last: int) -> dict[str, int]:
    return {"FromPort": first, "ToPort": last}


def filters(address: str | None, source: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"SourceAddress": source} if source else {}
    made |= {"DestinationAddress": address} if address else {}
    return {**made, "SourcePortRange": ports(1024, 65535), "DestinationPortRange": ports(22, 22)}


def inside() -> World:
    """A function with its interface, and things it may want to reach."""
    made = world().vpc().subnet("a").subnet("b").group().group("endpoint").internet_gateway().function(subnets=["a"])
    return hyperplane(made.interface("db", "10.0.1.9", subnet="b").instance("box", "10.0.1.10", subnet="b"))


def aims(made: World, to: str, **more: Any) -> tuple[str | None, str | None]:
    (found,) = plan(made, to, **more).analyses
    return found.destination, found.address


def test_public_address_is_analysed_to_the_internet_gateway_for_that_address() -> None:
    made = plan(sftp_world())
    assert made.about == "from worker to 198.51.100.22, tcp port 22"
    (found,) = made.analyses
    assert (found.subnet_id, found.stretch, found.note) == ("subnet-a", Stretch.WHOLE, "")
    assert found.request == {
        "Source": "eni-fn",
        "Destination": "igw-main",
        "Protocol": "tcp",
        "FilterAtSource": filters(OUTSIDE),
    }
    assert found.text == "whole path in subnet-a: eni-fn → igw-main for 198.51.100.22, tcp port 22"


def test_path_through_a_nat_gateway_is_split_at_its_interface() -> None:
    (found,) = plan(sftp_world()).analyses
    assert [(part.stretch, part.request) for part in found.parts] == [
        (
            Stretch.TO_NAT,
            {
                "Source": "eni-fn",
                "Destination": "eni-nat-main",
                "Protocol": "tcp",
                "FilterAtSource": filters("10.0.1.5"),
            },
        ),
        (
            Stretch.FROM_NAT,
            {
                "Source": "eni-nat-main",
                "Destination": "igw-main",
                "Protocol": "tcp",
                "FilterAtSource": filters(OUTSIDE, "10.0.1.5"),
            },
        ),
    ]
    assert plan(sftp_world()).most == 3


def test_regional_nat_gateway_is_split_at_the_interface_of_the_zone() -> None:
    def regional(nat: dict[str, Any]) -> None:
        nat["AvailabilityMode"] = "regional"
        nat.pop("SubnetId")
        other = {"PrivateIp": "10.0.9.9", "NetworkInterfaceId": "eni-far", "AvailabilityZone": "ap-southeast-1b"}
        here = {**nat["NatGatewayAddresses"][0], "AvailabilityZone": "ap-southeast-1a"}
        nat["NatGatewayAddresses"] = [other, here]

    (found,) = plan(sftp_world().changed("NatGateways", "nat-main", regional)).analyses
    assert [part.source for part in found.parts] == ["eni-fn", "eni-nat-main"]


@pytest.mark.parametrize("order", [1, -1])
def test_nat_gateway_with_several_addresses_is_split_at_its_primary_one(order: int) -> None:
    def several(nat: dict[str, Any]) -> None:
        more = {"PrivateIp": "10.0.1.99", "NetworkInterfaceId": "eni-more", "IsPrimary": False}
        nat["NatGatewayAddresses"] = [more, {**nat["NatGatewayAddresses"][0], "IsPrimary": True}][::order]

    (found,) = plan(sftp_world().changed("NatGateways", "nat-main", several)).analyses
    assert [part.source for part in found.parts] == ["eni-fn", "eni-nat-main"]


def test_where_the_nat_gateway_was_not_read_the_whole_path_is_analysed_all_the_same() -> None:
    (found,) = plan(sftp_world().denied("NatGateways")).analyses
    assert (found.destination, found.parts) == ("igw-main", ())


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made._find("RouteTables", "rtb-main")["Routes"][-1].update(State="blackhole"),
        lambda made: made._items["NetworkInterfaces"].remove(made._find("NetworkInterfaces", "eni-nat-main")),
    ],
)
def test_nat_gateway_that_is_gone_is_not_split_at(change: Callable[[World], Any]) -> None:
    made = sftp_world()
    change(made)
    (found,) = plan(made).analyses
    assert (found.destination, found.parts) == ("igw-main", ())


def test_part_that_two_subnets_share_is_counted_once() -> None:
    made = sftp_world().subnet("b").function("both", subnets=["a", "b"])
    found = plan(hyperplane(made, "b", subnet="b", address="10.0.2.20"), source="both")
    assert [len(item.parts) for item in found.analyses] == [2, 2]
    assert found.analyses[0].parts[1].request == found.analyses[1].parts[1].request
    assert found.most == 5


def test_path_through_a_transit_gateway_is_split_at_the_attachment() -> None:
    made = inside().transit_gateway().attach("main", subnets=["a"]).route("main", "10.9.0.0/16", "tgw-hub")
    (found,) = plan(made, "10.9.1.1").analyses
    assert (found.destination, found.address) == ("tgw-hub", "10.9.1.1")
    assert [(part.stretch, part.source, part.destination) for part in found.parts] == [
        (Stretch.TO_TRANSIT, "eni-fn", "tgw-attach-main")
    ]
    made.vpc("far", ["10.9.0.0/16"]).subnet("far", cidr="10.9.1.0/24").interface("far", "10.9.1.1", subnet="far")
    (found,) = plan(made, "10.9.1.1").analyses
    assert found.destination == "eni-far"
    assert [(part.stretch, part.source, part.destination) for part in found.parts] == [
        (Stretch.TO_TRANSIT, "eni-fn", "tgw-attach-main"),
        (Stretch.FROM_TRANSIT, "tgw-attach-main", "eni-far"),
    ]
    assert found.parts[1].request["FilterAtSource"] == filters("10.9.1.1", "10.0.0.20")


@pytest.mark.parametrize(
    ("to", "destination", "address"),
    [
        ("10.0.1.9", "eni-db", "10.0.1.9"),
        ("10.0.1.9/32", "eni-db", "10.0.1.9"),
        ("eni-db", "eni-db", "10.0.1.9"),
        ("i-box", "i-box", "10.0.1.10"),
        ("igw-main", "igw-main", None),
        ("vpce-svc-0123456789abcdef0", "vpce-svc-0123456789abcdef0", None),
        ("10.0.1.77", None, "10.0.1.77"),
        ("10.77.0.1", None, "10.77.0.1"),
        ("100.64.0.9", None, "100.64.0.9"),
        ("203.0.113.9", "igw-main", "203.0.113.9"),
    ],
)
def test_resources_and_addresses_are_what_they_are(to: str, destination: str | None, address: str | None) -> None:
    made = inside()
    (found,) = plan(made, to).analyses
    assert (found.destination, found.address, found.parts) == (destination, address, ())
    assert ("Destination" in found.request) == (destination is not None)


def test_resource_of_another_account_is_named_by_its_arn() -> None:
    arn = "arn:aws:ec2:ap-southeast-1:444455556666:network-interface/eni-0123456789abcdef0"
    assert aims(inside(), arn) == (arn, None)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        *((word, True) for word in ("igw-1", "tgw-1", "tgw-attach-1", "pcx-1", "vgw-1", "vpce-1", "vpce-svc-1")),
        ("arn:aws:ec2:ap-southeast-1:444455556666:network-interface/eni-0123", True),
        ("arn:aws:ec2:ap-southeast-1:444455556666:transit-gateway-route-table/tgw-rtb-1", False),
        *(
            (word, False)
            for word in ("eni-1", "i-1", "tgw-rtb-1", "nat-1", "s3", "198.51.100.22", "my-igw-1.example.com")
        ),
    ],
)
def test_what_is_analysed_but_not_traced(word: str, told: bool) -> None:
    assert is_component(word) is told


def test_way_to_the_data_centre_ends_at_the_virtual_private_gateway() -> None:
    made = inside().route("main", "192.168.0.0/16", "vgw-main")
    assert aims(made, "192.168.1.1") == ("vgw-main", "192.168.1.1")


def test_public_address_behind_a_transit_gateway_is_asked_for_by_address_alone() -> None:
    assert aims(inside().route("main", "0.0.0.0/0", "tgw-hub"), OUTSIDE) == (None, OUTSIDE)


def test_s3_is_the_gateway_endpoint_that_the_route_leads_to() -> None:
    (found,) = plan(inside().gateway_endpoint("s3", tables=["main"]), "s3", port=443).analyses
    assert (found.destination, found.address) == ("vpce-s3", "3.5.146.1")


def test_s3_without_a_route_to_the_endpoint_goes_where_the_default_route_leads() -> None:
    made = inside().gateway_endpoint("s3", tables=[], routed=False)
    assert aims(made, "s3") == ("vpce-s3", "3.5.146.1")
    (found,) = plan(made.route("main", "0.0.0.0/0", "igw-main"), "s3").analyses
    assert (found.destination, found.address) == ("igw-main", "3.5.146.1")
    assert found.note == "3.5.146.1 stands for the 1,536 addresses of s3"


def test_service_with_private_dns_is_its_interface_endpoint() -> None:
    made = inside().interface_endpoint("secretsmanager", subnets=["b"])
    assert aims(made, "secretsmanager") == ("vpce-secretsmanager", "10.0.1.10")
    assert aims(made, "secretsmanager.ap-southeast-1.amazonaws.com") == ("vpce-secretsmanager", "10.0.1.10")


def test_service_whose_addresses_nobody_knows_is_any_public_address() -> None:
    made = inside()
    (found,) = plan(made, "secretsmanager").analyses
    assert (found.destination, found.address) == ("igw-main", None)
    assert found.note == "the addresses of secretsmanager are not known, so any public address will do for AWS"
    bare = hyperplane(world().vpc().subnet("a").group().function())
    with pytest.raises(FactMissing, match="resolve it live or give an address"):
        plan(bare, "secretsmanager")
    with pytest.raises(FactMissing, match=r"sftp\.example\.com"):
        plan(made, "sftp.example.com")


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("nat-main", "nat-main cannot be a destination of Reachability Analyzer; an IPv4 address, .* of a NAT gateway"),
        ("subnet-b", "subnet-b cannot be a destination"),
        ("tgw-rtb-main", "tgw-rtb-main cannot be a destination"),
        ("worker", "worker cannot be a destination .* a Lambda function accepts no connections"),
        ("my-balancer", "my-balancer cannot be a destination"),
        ("arn:aws:rds:eu-west-1:111122223333:db:x", "cannot be a destination"),
        ("2001:db8::1", "analyses IPv4 only, not 2001:db8::1"),
        ("10.0.0.0/24", "one address at a time, not 10.0.0.0/24"),
        ("eni-dx", "unknown destination 'eni-dx'; nearest: eni-db"),
        ("eni-fn", "eni-fn is both source and destination"),
    ],
)
def test_what_cannot_be_a_destination_is_said_in_one_line(to: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        plan(inside(), to)
    assert "\n" not in str(error.value)


def test_other_protocols_and_interfaces_without_ipv4_are_refused() -> None:
    with pytest.raises(UsageError, match="tcp and udp only"):
        plan(inside(), protocol="icmp")
    six = inside().item(
        "NetworkInterfaces", NetworkInterfaceId="eni-six", Ipv6Addresses=[{"Ipv6Address": "2001:db8::1"}]
    )
    with pytest.raises(UsageError, match="eni-six has no IPv4 address"):
        plan(six, "eni-six")
    with pytest.raises(UsageError, match="starts at a function"):
        plan(inside(), source="203.0.113.7")


def test_udp_and_one_source_port_stand_in_the_request() -> None:
    (found,) = plan(inside(), "10.0.1.9", protocol="udp", port=53, source_port=5000).analyses
    assert found.request["Protocol"] == "udp"
    assert found.request["FilterAtSource"] == {
        "DestinationAddress": "10.0.1.9",
        "SourcePortRange": ports(5000, 5000),
        "DestinationPortRange": ports(53, 53),
    }


def test_each_subnet_is_analysed_from_its_own_interface_and_one_without_is_told() -> None:
    made = world().vpc().subnet("a").subnet("b").subnet("c").group().internet_gateway().function()
    hyperplane(hyperplane(made, "a"), "b", of="other", subnet="b", address="10.0.1.20")
    found = plan(made)
    assert [(item.subnet_id, item.source) for item in found.analyses] == [("subnet-a", "eni-a"), ("subnet-b", "eni-b")]
    assert [item.subnet_id for item in found.sources] == ["subnet-a", "subnet-b", "subnet-c"]
    assert [item.subnet_id for item in found.lacking] == ["subnet-c"]
    assert found.most == 2


def test_no_interface_at_all_leaves_nothing_to_analyse() -> None:
    found = plan(world().vpc().subnet("a").group().internet_gateway().function())
    assert (found.analyses, found.most, len(found.lacking)) == ((), 0, 1)
