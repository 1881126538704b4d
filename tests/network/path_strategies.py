"""Random small networks of two VPCs with every kind of door, and random questions about them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.builders import World, acl_entry, rule, world

__all__ = ["ADDRESSES", "build", "filtered_plans", "neighbours", "plans", "questions"]

ADDRESSES = (
    "10.0.0.9", "10.0.0.12", "10.0.1.20", "10.0.2.30", "10.0.2.5", "10.1.0.20", "10.1.0.21",
    "198.51.100.1", "198.51.101.1", "192.0.2.77", "192.0.2.78", "3.5.146.9", "172.16.5.5", "10.0.77.7",
    "127.0.0.1", "169.254.169.253", "169.254.169.254", "224.0.0.251", "240.0.0.1", "10.0.0.2",
)  # fmt: skip
_IDS = ("eni-own", "eni-near", "eni-other", "eni-public", "eni-db", "eni-nat-main", "i-host")

_peers = st.sampled_from(
    ["0.0.0.0/0", "10.0.0.0/24", "10.0.0.8/29", "10.1.0.20/32", "198.51.100.0/24", "sg-fn", "sg-web", "pl-s3"]
)
_ports = st.sampled_from([None, 22, 443, (1024, 65535), (400, 500)])
_rules = st.lists(st.tuples(_peers, _ports, st.sampled_from(["tcp", "udp", "icmp", "-1"])), max_size=4)
_mostly_open = st.just([]) | st.just([]) | _rules
_cidrs = st.sampled_from(["0.0.0.0/0", "10.0.0.0/24", "10.0.0.8/29", "10.0.0.0/15", "198.51.100.0/24"])
_entries = st.lists(
    st.tuples(
        st.sampled_from(["allow", "allow", "deny"]),
        _cidrs,
        st.booleans(),
        st.sampled_from([None, (443, 443), (22, 22), (1024, 65535), (32768, 60999)]),
        st.sampled_from(["-1", "6", "17", "1"]),
    ),
    max_size=6,
)
_base = [("allow", "0.0.0.0/0", egress, None, "-1") for egress in (True, False)]
_acls = st.tuples(_entries, st.sampled_from([[], _base, _base])).map(lambda both: [*both[0], *both[1]])
_routes = st.dictionaries(
    st.sampled_from(["0.0.0.0/0", "10.1.0.0/16", "10.1.0.0/24", "10.0.2.0/24", "198.51.100.0/24", "172.16.0.0/12"]),
    st.tuples(
        st.sampled_from(
            ["igw-main", "nat-main", "nat-main", "tgw-hub", "pcx-p", "pcx-p", "vgw-main", "eni-public", "nat-gone"]
        ),
        st.sampled_from(["active"] * 7 + ["blackhole"]),
    ),
    max_size=5,
)

_tight = st.lists(
    st.tuples(
        st.sampled_from(["deny", "deny", "allow"]),
        st.sampled_from(["0.0.0.0/0", "0.0.0.0/0", "10.0.0.8/29", "10.0.1.16/28", "198.51.100.0/24"]),
        st.booleans(),
        st.sampled_from([(443, 443), (22, 22), (32768, 60999), (40001, 65535)]),
        st.just("6"),
    ),
    min_size=4,
    max_size=7,
).map(lambda entries: [*entries, *_base])


def _plans(acls: Any) -> Any:
    return st.fixed_dictionaries(
        {
            "routes": _routes,
            "far": _routes,
            "fn": st.tuples(_mostly_open, _mostly_open),
            "web": st.tuples(_mostly_open, _mostly_open),
            "a": acls,
            "public": acls,
            "endpoint": st.booleans(),
            "unread": st.sampled_from([(), (), (), ("NetworkInterfaces",), ("PrefixLists",), ("TransitGateways",)]),
        }
    )


plans = _plans(st.none() | _acls)
filtered_plans = _plans(_tight)


def _group(made: World, name: str, rules: Any) -> None:
    into, out = (
        [rule(peer, port if protocol != "-1" else None, protocol) for peer, port, protocol in r] for r in rules
    )
    opened = [rule(port=None, protocol="-1")]
    made.group(name, ingress=into or opened, egress=out or opened)


def _acl(made: World, name: str, entries: Any) -> None:
    listed = [
        acl_entry(
            100 + n, action, cidr, egress=egress, ports=ports if protocol in ("6", "17") else None, protocol=protocol
        )
        for n, (action, cidr, egress, ports, protocol) in enumerate(entries)
    ]
    made.acl(name, *listed, subnets=[name])


def build(plan: Any) -> World:
    """The network of a plan."""
    made = world().vpc().subnet("a").subnet("b", az="b").subnet("public").internet_gateway().nat(subnet="public")
    made.table("public", subnets=["public"]).route("public", "0.0.0.0/0", "igw-main")
    _group(made, "fn", plan["fn"])
    _group(made, "web", plan["web"])
    for name in ("a", "public"):
        if plan[name] is not None:
            _acl(made, name, plan[name])
    made.vpn_gateway().vpn(static=["172.16.0.0/16"]).function(subnets=["a", "b"])
    made.interface("own", "10.0.0.9", groups=["fn"]).interface("near", "10.0.0.12", groups=["web"])
    made.interface("own2", "10.0.0.40", groups=["fn"]).interface("near2", "10.0.0.41", groups=["web"])
    made.interface("other2", "10.0.1.40", subnet="b", groups=["web"])
    made.interface("other", "10.0.1.20", subnet="b", groups=["web", "fn"])
    made.interface("public", "10.0.2.30", subnet="public", groups=["web"], public="192.0.2.77")
    made.instance("host", "10.0.2.31", subnet="public", groups=["web"])
    if plan["endpoint"]:
        made.gateway_endpoint("s3", tables=["main"])
    made.vpc("far", ["10.1.0.0/16"]).subnet("far", cidr="10.1.0.0/24").interface(
        "db", "10.1.0.20", subnet="far", groups=["web"]
    )
    made.peering("p", "main", "far").transit_gateway().attach("main", subnets=["a"]).attach("far", subnets=["far"])
    known = {"0.0.0.0/0": ("nat-main", "active"), "10.1.0.0/16": ("pcx-p", "active")} | plan["routes"]
    for table, routes in (("main", known), ("far", {"10.0.0.0/16": ("pcx-p", "active")} | plan["far"])):
        for cidr, (target, state) in sorted(routes.items()):
            if not (table == "far" and target in ("nat-main", "igw-main", "vgw-main")):
                made.route(table, cidr, target, state)
    return made.denied(*plan["unread"])


def neighbours() -> Any:
    """Questions that differ in one thing only: the interface of a subnet, the target's address, one of the ports."""
    sides = [("eni-own", "eni-own2"), ("eni-near", "eni-near2")]
    goals = [
        ("10.0.1.20", "10.0.1.40"),
        ("10.0.2.31", "10.0.2.30"),
        ("198.51.100.1", "198.51.101.1"),
        ("10.1.0.20", "10.1.0.21"),
    ]
    return st.tuples(st.sampled_from(sides), st.sampled_from(goals), st.sampled_from(["tcp", "tcp", "udp"])).map(
        lambda drawn: [
            {"from": source, "to": to, "protocol": drawn[2], "port": port} | ({"source_port": own} if own else {})
            for source in drawn[0]
            for to in drawn[1]
            for port in (22, 443, 450)
            for own in (None, 1024, 40000, 61000)
        ]
    )


_GOALS = st.sampled_from([*ADDRESSES, "eni-near", "eni-db", "i-host", "s3", "worker"])


def questions(to: Any = None) -> Any:
    """Questions as the contract has them."""
    return st.fixed_dictionaries(
        {
            "from": st.sampled_from([*_IDS, *_IDS[:5], "subnet-a", "subnet-b", "worker", "198.51.100.9"]),
            "to": _GOALS if to is None else to,
            "protocol": st.sampled_from(["tcp", "tcp", "udp", "icmp", "all"]),
            "port": st.sampled_from([22, 53, 80, 443, 450, 5432]),
            "security_groups": st.sampled_from([["sg-fn"], ["sg-web", "sg-fn"]]),
        },
        optional={"source_port": st.sampled_from([1024, 40000, 40001, 61000])},
    )
