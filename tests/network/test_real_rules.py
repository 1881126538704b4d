"""Rules that other projects' unit tests assert about single filters and components, with the data of their cases."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Scope
from runbook_lib.model.filters import NetworkAcl, protocol_number
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.snapshot import Origin, Snapshot, listing_of
from runbook_lib.network.compiled import Compiler
from runbook_lib.network.filtering import Peer, Traffic, blocked_parts, uncovered
from runbook_lib.network.view import View
from tests.builders import World, acl_entry, rule, world
from tests.network.paths import ask, codes
from tests.network.test_real_vpcs import CASES, DATA

pytestmark = pytest.mark.skipif(not DATA, reason="RUNBOOK_REAL_VPCS does not name the folder of real VPC data")
Json = dict[str, Any]
SCOPE = Scope(None, None)
INPUTS = ("SecurityGroups", "NetworkInterfaces", "PrefixLists", "NetworkAcls", "Subnets")
OPEN = [rule(port=None, protocol="-1")]


def of(level: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["level"] == level]


def view_of(data: Json) -> View:
    """The data of a case as a view; what it does not hold is known to be absent."""
    listings = {(SCOPE, key): listing_of(key, SCOPE, data.get(key, []))[0] for key in INPUTS}
    origin = Origin(kind="snapshot")
    return View(Snapshot(origin=origin, collected_at=datetime(2026, 11, 21, tzinfo=UTC), listings=listings))


def traffic_of(probe: Json) -> Traffic:
    number, port = protocol_number(probe["proto"]), probe.get("dst_port")
    icmp = (probe.get("icmp_type", 8), probe.get("icmp_code", 0))
    return Traffic(number, (port, port), icmp) if port is not None else Traffic(number, icmp=icmp)


@pytest.mark.parametrize("case", of("filter"))
def test_filter(case: Json) -> None:
    data = case["input"]
    view = view_of(data)
    compiler = Compiler(view)
    for probe in case["probes"]:
        traffic, egress = traffic_of(probe), probe["direction"] == "egress"
        remote = ip_network(probe["remote_ip"])
        address = (remote.version, int(remote.network_address))
        if "NetworkAcls" in data:
            acl = view.snapshot.all(NetworkAcl)[0]
            exact = not blocked_parts(acl, egress, [remote], traffic)
            fast = not compiler.acl_denies(acl, egress, address, traffic)
        else:
            groups = view.groups(data["eni_security_groups"])
            owners = [n for n in view.snapshot.all(NetworkInterface) if remote.network_address in n.private_ips]
            carried = tuple(group for owner in owners for group in owner.group_ids)
            exact = not uncovered(view, groups, egress, Peer((remote,), carried), traffic)
            rules = [compiler.group_rules(group, egress, traffic) for group in groups]
            fast = any(r.covers(address) or not r.references.isdisjoint(carried) for r in rules)
        assert (exact, fast) == (probe["expected"] == "allow",) * 2, probe


# -- components --------------------------------------------------------------------------------------------------------


def routed(target: str, **more: Any) -> World:
    """A subnet with one route to 192.168.0.0/16."""
    return world().vpc().subnet("a").group().route("main", "192.168.0.0/16", target, **more)


def case_of(id_: str) -> Json:
    return next(case for case in CASES if case["id"] == id_)


def test_bf_sg_17_an_interface_sends_only_from_its_own_addresses() -> None:
    good, bad = (probe["source_ip"] for probe in case_of("bf-sg-17")["probes"])
    made = world().vpc(cidrs=["10.10.0.0/16"]).subnet("a", cidr="10.10.10.0/24").group("any", ingress=OPEN)
    made.interface("own", good, groups=["any"]).interface("peer", "10.10.10.20", groups=["any"])
    assert ask(made, good, "10.10.10.20")["verdict"] == "reachable"
    assert ask(made, bad, "10.10.10.20")["verdict"] == "blocked"


@pytest.mark.parametrize("case", [p for p in of("component_rule") if p.values[0]["kind"] == "nacl_association"])
def test_acl_of_a_subnet(case: Json) -> None:
    data = case["input"]
    subnet = {"SubnetId": data["subnet_id"], "VpcId": data["vpc_id"], "CidrBlock": "10.0.0.0/24"}
    view = view_of({**data, "Subnets": [subnet]})
    expected = case["probes"][0]["expected_nacl"]
    if expected is None:
        with pytest.raises(FactMissing):
            view.acl_of(data["subnet_id"])
    else:
        assert view.acl_of(data["subnet_id"]).id == expected


def test_bf_rule_nat_01_a_nat_gateway_starts_and_accepts_nothing() -> None:
    made = world().vpc().subnet("a").group().internet_gateway().nat().interface("own", "10.0.0.20", groups=["fn"])
    assert codes(ask(made, "eni-nat-main", "198.51.100.1"))[0] == "UNSUPPORTED_COMPONENT"
    assert codes(ask(made, "eni-own", "eni-nat-main")) == ["NGW_REQUIRES_SOURCE_IN_VPC"]


@pytest.mark.parametrize("probe", case_of("bf-rule-nat-02")["probes"] if DATA else [])
def test_bf_rule_nat_02_the_acl_of_the_nats_subnet_and_its_protocols(probe: Json) -> None:
    source = probe.get("src_ip", "2.2.2.2")
    made = world().vpc(cidrs=["8.8.8.0/24", "2.2.2.0/24", "10.0.0.0/16"]).subnet("a", cidr=f"{source}/24")
    made.subnet("public", cidr="10.0.1.0/24").internet_gateway().nat(subnet="public").group()
    made.acl("nat", acl_entry(100, "deny", "8.8.8.8/32"), acl_entry(100, egress=True), subnets=["public"])
    made.interface("own", source, groups=["fn"]).route("main", "0.0.0.0/0", "nat-main")
    said = codes(ask(made, "eni-own", "198.51.100.1", probe.get("dst_port"), protocol=probe["proto"]))
    assert "SUBNET_ACL_RESTRICTION" in said
    assert ("PROTOCOL_RESTRICTION" in said) == (probe["proto"] == "107")


@pytest.mark.parametrize("id_", ["bf-rule-igw-01", "bf-rule-igw-02"])
def test_an_internet_gateway_carries_only_associated_addresses(id_: str) -> None:
    case = case_of(id_)
    for probe in case["probes"]:
        address = probe["src_ip"]
        network = f"{address.rsplit('.', 1)[0]}.0/24"
        made = world().vpc(cidrs=[network]).subnet("a", cidr=network).internet_gateway().group()
        public = "192.0.2.1" if address in case["input"]["private_ips_with_public_ip"] else None
        made.interface("own", address, groups=["fn"], public=public).route("main", "0.0.0.0/0", "igw-main")
        assert (ask(made, "eni-own", "198.51.100.1")["verdict"] == "reachable") == (probe["expected"] == "allow")


def test_bf_rule_vpceg_01_a_gateway_endpoint_takes_the_addresses_of_its_list() -> None:
    case = case_of("bf-rule-vpceg-01")
    made = world().vpc().subnet("a").group()
    made._find("PrefixLists", "pl-s3")["Cidrs"] = case["input"]["service_prefixes"]
    made.gateway_endpoint("s3", tables=["main"])
    for probe in case["probes"]:
        said = ask(made, "subnet-a", probe["dst_ip"])
        assert (said["forward"]["exit"] == "gateway-endpoint") == (probe["expected"] == "allow")


def test_bf_route_01_to_06_targets() -> None:
    to = "192.168.7.7"
    made = routed("igw-main").internet_gateway()
    assert [hop["id"] for hop in ask(made, "subnet-a", to)["forward"]["hops"]][:2] == ["subnet-a", "igw-main"]
    made = routed("pcx-p").vpc("far", ["192.168.0.0/16"]).peering("p", "main", "far")
    assert ask(made, "subnet-a", to)["forward"]["hops"][1]["id"] == "pcx-p"
    made = routed("tgw-hub").transit_gateway().attach("main", subnets=["a"])
    assert {"kind": "transit-gateway", "id": "tgw-hub"} in ask(made, "subnet-a", to)["forward"]["hops"]
    made = routed("tgw-hub").subnet("b", az="b").transit_gateway().attach("main", subnets=["b"])
    assert "TGW_ROUTE_AZ_RESTRICTION" in codes(ask(made, "subnet-a", to))
    assert codes(ask(routed("nat-main").nat(), "subnet-a", to)) == ["CANNOT_ROUTE"]
    made = routed("nat-main").subnet("b").nat(subnet="b").table("b", subnets=["b"])
    assert ask(made, "subnet-a", to)["forward"]["hops"][1]["id"] == "nat-main"


def test_bf_route_07_a_prefix_list_route_that_is_a_blackhole_drops_every_cidr() -> None:
    case = case_of("bf-route-07")
    made = world().vpc().subnet("a").group().internet_gateway().route("main", "0.0.0.0/0", "igw-main")
    made.prefix_list("plist", case["input"]["PrefixLists"][0]["Cidrs"]).route(
        "main", "pl-plist", "pcx-gone", "blackhole"
    )
    for address in case["probes"][0]["destinations"]:
        assert codes(ask(made, "subnet-a", address)) == ["BAD_STATE_ROUTE"]


def test_bf_rule_pcx_01_connections_that_are_not_active_carry_nothing() -> None:
    for raw in case_of("bf-rule-pcx-01")["input"]["VpcPeeringConnections"][1:]:
        made = world().vpc().subnet("a").group().item("VpcPeeringConnections", **raw)
        made.route("main", "192.168.0.0/16", raw["VpcPeeringConnectionId"])
        assert codes(ask(made, "subnet-a", "192.168.7.7"))[0] == "BAD_STATE"
