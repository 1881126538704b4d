"""Fixes for filters: the one rule of a security group, the one entry of a network ACL, that a flow lacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.fixes.changes import Change, Limit, aws, resource
from runbook_lib.fixes.edits import changed
from runbook_lib.fixes.stops import Stop
from runbook_lib.model.fact import Network
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.gateways import NatGateway, VpcEndpoint
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.network.filtering import AclPart, blocked_parts
from runbook_lib.network.flow import EPHEMERAL, ICMP, Traffic
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.names import GATEWAY_SERVICES
from runbook_lib.network.reach import traffic_words

__all__ = ["allow_in_acl", "allow_in_group"]

_LAST_RULE = 32766
_QUOTA = 20
_NAMES = {-1: "-1", 1: "icmp", 6: "tcp", 17: "udp"}


# -- security groups ---------------------------------------------------------------------------------------------------


def allow_in_group(stop: Stop) -> Iterator[Change]:
    """A rule for exactly the asked traffic and peer: by address, prefix list, or group."""
    group = stop.view.find(SecurityGroup, stop.component)
    if group is None:
        return
    for field, peers in _peers_to(stop) if stop.egress else _peers_from(stop):
        yield _rule(stop, group, field, peers)


def _peers_to(stop: Stop) -> Iterator[tuple[str, list[str]]]:
    asked = stop.asked
    if asked.question.to in GATEWAY_SERVICES:
        with suppress(FactMissing):
            yield "prefix list", [stop.view.service_prefix_list(str(asked.vpc_id), asked.question.to).id]
    groups = _endpoint_groups(stop)
    if groups:
        yield "group", groups[:1]
    yield "cidr", [str(cidr) for cidr in stop.to]
    if asked.target is not None and asked.target.group_ids:
        yield "group", [asked.target.group_ids[0]]


def _peers_from(stop: Stop) -> Iterator[tuple[str, list[str]]]:
    asked = stop.asked
    own = [str(cidr) for cidr in asked.sender(stop.subnet_id)]
    if asked.groups and asked.interface is None:
        yield "group", [asked.groups[0]]
    yield "cidr", own
    if asked.groups and asked.interface is not None:
        yield "group", [asked.groups[0]]
    nat = stop.nat()
    if nat is not None:
        yield "cidr", [f"{address.private_ip}/32" for address in nat.addresses if address.private_ip]
        yield "cidr", [f"{address.public_ip}/32" for address in nat.addresses if address.public_ip]
    if asked.interface is not None:
        yield "cidr", [f"{public}/32" for _, public in asked.interface.public_ips]


def _endpoint_groups(stop: Stop) -> list[str]:
    """The groups of the interface endpoint that the asked name resolves to."""
    owners = {
        ip: endpoint
        for endpoint in stop.view.snapshot.all(VpcEndpoint)
        if endpoint.vpc_id == stop.asked.vpc_id
        for id_ in endpoint.interface_ids
        if (interface := stop.view.find(NetworkInterface, id_)) is not None
        for ip in interface.private_ips
    }
    found = [owners.get(cidr.network_address) for cidr in stop.to if cidr.num_addresses == 1]
    return sorted({g for endpoint in found if endpoint for g in endpoint.group_ids})


def _rule(stop: Stop, group: SecurityGroup, field: str, peers: list[str]) -> Change:
    traffic, way = stop.asked.question.traffic, "egress" if stop.egress else "ingress"
    permission = _permission(traffic, field, peers)
    key = "IpPermissionsEgress" if stop.egress else "IpPermissions"
    word = "to" if stop.egress else "from"
    rules = [
        resource(
            f"aws_vpc_security_group_{way}_rule",
            f"{group.id}_{way}_{peer}",
            security_group_id=group.id,
            ip_protocol=permission["IpProtocol"],
            from_port=permission.get("FromPort"),
            to_port=permission.get("ToPort"),
            **{_argument(field, peer): peer},
        )
        for peer in peers
    ]
    return Change(
        title=f"Allow {traffic_words(traffic)} {word} {_listed(peers)} in {group.label}",
        terraform="\n".join(rules),
        cli=aws(
            f"ec2 authorize-security-group-{way}",
            stop.region(),
            group_id=group.id,
            ip_permissions=[{k: v for k, v in permission.items() if v != []}],
        ),
        edits=(changed(group, **{key: [*(group.raw.get(key) or ()), permission]}),),
        receivers=None if stop.egress else group.id,
    )


def _argument(field: str, peer: str) -> str:
    if field == "cidr":
        return "cidr_ipv6" if ":" in peer else "cidr_ipv4"
    return {"prefix list": "prefix_list_id", "group": "referenced_security_group_id"}[field]


def _permission(traffic: Traffic, field: str, peers: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {"IpProtocol": _NAMES.get(traffic.protocol, str(traffic.protocol))}
    if traffic.protocol == ICMP:
        made |= {"FromPort": traffic.icmp[0], "ToPort": traffic.icmp[1]}
    elif traffic.has_ports:
        made |= {"FromPort": traffic.ports[0], "ToPort": traffic.ports[1]}
    return made | {
        "IpRanges": [{"CidrIp": peer} for peer in peers if field == "cidr" and ":" not in peer],
        "Ipv6Ranges": [{"CidrIpv6": peer} for peer in peers if field == "cidr" and ":" in peer],
        "PrefixListIds": [{"PrefixListId": peer} for peer in peers if field == "prefix list"],
        "UserIdGroupPairs": [{"GroupId": peer} for peer in peers if field == "group"],
    }


# -- network ACLs ------------------------------------------------------------------------------------------------------


def allow_in_acl(stop: Stop) -> Iterator[Change]:
    """Allow entries ahead of the one that denies, for exactly the denied addresses and ports."""
    acl = stop.view.find(NetworkAcl, stop.component)
    if acl is None:
        return
    for peers in _acl_peers(stop):
        for traffic in _acl_traffic(stop):
            parts = [part for part in blocked_parts(acl, stop.egress, peers, traffic) if _number(part) == stop.rule]
            if parts:
                change = _entries(stop, acl, parts, traffic)
                yield change
                if not change.edits:
                    return


def _acl_peers(stop: Stop) -> Iterator[tuple[Network, ...]]:
    """Whom the entry may be about, the likeliest first: the far end of the packet that was stopped."""
    towards_destination = stop.egress != stop.is_answer
    own = stop.asked.sender(stop.subnet_id)
    yield stop.to if towards_destination else own
    nat = stop.nat() or _nat_of_return(stop)
    if nat is not None:
        addresses = [address.private_ip for address in nat.addresses if address.private_ip]
        yield tuple(AddressSet.union((ip.version, int(ip), int(ip)) for ip in addresses).cidrs())
    yield own if towards_destination else stop.to


def _nat_of_return(stop: Stop) -> NatGateway | None:
    passed = {id_ for kind, id_ in stop.hops if kind == "subnet"}
    return next((nat for nat in stop.view.snapshot.all(NatGateway) if nat.subnet_id in passed), None)


def _acl_traffic(stop: Stop) -> Iterator[Traffic]:
    """The stopped packet's traffic: the asked one, or the answer to it with the sender's or a NAT gateway's ports."""
    traffic = stop.asked.question.traffic
    if not stop.is_answer:
        yield traffic
    elif traffic.protocol == ICMP:
        yield Traffic(ICMP, icmp=(0, 0))
    elif traffic.has_ports:
        yield from (Traffic(traffic.protocol, p) for p in dict.fromkeys((stop.asked.question.source_ports, EPHEMERAL)))
    else:
        yield traffic


def _number(part: AclPart) -> int | None:
    return part.entry.number if part.entry and part.entry.number <= _LAST_RULE else None


def _entries(stop: Stop, acl: NetworkAcl, parts: list[AclPart], traffic: Traffic) -> Change:
    wanted = [(cidr, part.ports) for part in parts for cidr in part.cidrs]
    numbers = _free(acl, stop.egress, stop.rule, len(wanted))
    way, word = ("egress", "to") if stop.egress else ("ingress", "from")
    said = [traffic_words(Traffic(traffic.protocol, ports or traffic.ports, traffic.icmp)) for _, ports in wanted]
    what = _listed(list(dict.fromkeys(said)))
    title = f"Allow {what} {word} {_listed(list(dict.fromkeys(str(c) for c, _ in wanted)))} in {acl.label}, {way}"
    if len(numbers) < len(wanted):
        return Change(
            title=f"Renumber {acl.label}: {title[0].lower()}{title[1:]}, before rule {stop.rule}",
            terraform="",
            cli="",
            untried=f"Not tried: {acl.id} has no free {way} rule number below {stop.rule}; renumber its entries first.",
        )
    made = [_entry(n, stop.egress, cidr, ports, traffic) for n, (cidr, ports) in zip(numbers, wanted, strict=True)]
    region = stop.region()
    return Change(
        title=title,
        terraform="\n".join(_terraform_entry(acl.id, entry) for entry in made),
        cli="".join(_cli_entry(acl.id, region, entry) for entry in made),
        edits=(changed(acl, Entries=[*(acl.raw.get("Entries") or ()), *made]),),
        warnings=_acl_warnings(stop, acl, len(made)),
        limit=Limit.ADDRESS if stop.is_answer else Limit.PORT,
        receivers=acl.id if stop.egress is stop.is_answer else None,
    )


def _acl_warnings(stop: Stop, acl: NetworkAcl, count: int) -> tuple[str, ...]:
    others = [subnet_id for subnet_id in acl.subnet_ids if subnet_id != stop.subnet_id]
    shared = (f"{acl.label} also applies to {', '.join(others)}.",) if others else ()
    have = len(acl.egress if stop.egress else acl.ingress) + count
    return (*shared, *((f"{have} rules one way exceed the default quota of {_QUOTA}.",) if have > _QUOTA else ()))


def _free(acl: NetworkAcl, egress: bool, before: int | None, count: int) -> list[int]:
    """Free rule numbers, ascending: right before a denying rule, or after the last one for the implicit deny."""
    used = {entry.number for entry in (acl.egress if egress else acl.ingress)}
    if before is None:
        last = max((number for number in used if number <= _LAST_RULE), default=0)
        after = [last - last % 10 + 10 * (n + 1) for n in range(count)]
        if after[-1] <= _LAST_RULE:
            return after
    top = _LAST_RULE if before is None else before - 1
    return sorted([number for number in range(top, 0, -1) if number not in used][:count])


def _entry(number: int, egress: bool, cidr: Network, ports: Any, traffic: Traffic) -> dict[str, Any]:
    made: dict[str, Any] = {
        "RuleNumber": number,
        "RuleAction": "allow",
        "Egress": egress,
        "Protocol": str(traffic.protocol),
        "CidrBlock" if cidr.version == 4 else "Ipv6CidrBlock": str(cidr),
    }
    if traffic.protocol == ICMP:
        return made | {"IcmpTypeCode": {"Type": traffic.icmp[0], "Code": traffic.icmp[1]}}
    return made | ({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {})


def _terraform_entry(acl_id: str, entry: dict[str, Any]) -> str:
    ports, icmp = entry.get("PortRange") or {}, entry.get("IcmpTypeCode") or {}
    way = "egress" if entry["Egress"] else "ingress"
    return resource(
        "aws_network_acl_rule",
        f"{acl_id}_{way}_{entry['RuleNumber']}",
        network_acl_id=acl_id,
        rule_number=entry["RuleNumber"],
        egress=entry["Egress"],
        protocol=entry["Protocol"],
        rule_action="allow",
        cidr_block=entry.get("CidrBlock"),
        ipv6_cidr_block=entry.get("Ipv6CidrBlock"),
        from_port=ports.get("From"),
        to_port=ports.get("To"),
        icmp_type=icmp.get("Type"),
        icmp_code=icmp.get("Code"),
    )


def _cli_entry(acl_id: str, region: str, entry: dict[str, Any]) -> str:
    ports, icmp = entry.get("PortRange"), entry.get("IcmpTypeCode")
    return aws(
        "ec2 create-network-acl-entry",
        region,
        network_acl_id=acl_id,
        **{"egress" if entry["Egress"] else "ingress": True},
        rule_number=entry["RuleNumber"],
        protocol=entry["Protocol"],
        rule_action="allow",
        cidr_block=entry.get("CidrBlock"),
        ipv6_cidr_block=entry.get("Ipv6CidrBlock"),
        port_range=f"From={ports['From']},To={ports['To']}" if ports else None,
        icmp_type_code=f"Type={icmp['Type']},Code={icmp['Code']}" if icmp else None,
    )


def _listed(texts: list[str]) -> str:
    shown = texts[:3]
    return ", ".join(shown) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
