"""Random small facts: addresses of one small block, so that overlaps are common and every address can be asked."""

from __future__ import annotations

from ipaddress import IPv4Network

from hypothesis import strategies as st

from tests.builders import acl_entry, rule

__all__ = ["ADDRESSES", "BLOCK", "acl_entries", "addresses", "cidrs", "destinations", "ports", "rules"]

BLOCK = IPv4Network("203.0.113.0/27")
ADDRESSES = tuple(BLOCK)

addresses = st.sampled_from(ADDRESSES)
cidrs = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    addresses,
    st.integers(min_value=27, max_value=32),
)
ports = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair)))
destinations = st.one_of(cidrs.map(str), st.sampled_from(["0.0.0.0/0", "203.0.0.0/16", "pl-one", "pl-two"]))
rules = st.builds(
    lambda peer, port, protocol: rule(peer, None if protocol == "-1" else port, protocol),
    st.one_of(cidrs.map(str), st.sampled_from(["pl-one", "pl-two", "sg-peer", "sg-other", "0.0.0.0/0"])),
    ports,
    st.sampled_from(["tcp", "udp", "-1"]),
)
acl_entries = st.lists(
    st.tuples(
        st.sampled_from(["allow", "deny"]), cidrs.map(str), st.none() | ports, st.sampled_from(["6", "17", "-1"])
    ),
    max_size=6,
).flatmap(
    lambda made: st.permutations(
        [
            acl_entry(10 * (number + 1), action, cidr, ports=port if protocol != "-1" else None, protocol=protocol)
            for number, (action, cidr, port, protocol) in enumerate(made)
        ]
    )
)
