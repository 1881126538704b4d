"""Security groups, network ACLs and their rules in a plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_lib.network.planned.draft import Draft
from runbook_lib.network.planned.references import Undecided
from runbook_lib.network.planned.values import Block, Change

__all__ = [
    "acl",
    "acl_association",
    "acl_association_gone",
    "acl_gone",
    "acl_rule",
    "acl_rule_gone",
    "group",
    "group_gone",
    "group_rule",
    "group_rule_gone",
    "single_rule",
    "single_rule_gone",
]

Json = dict[str, Any]

_PEERS = {
    "IpRanges": "CidrIp",
    "Ipv6Ranges": "CidrIpv6",
    "PrefixListIds": "PrefixListId",
    "UserIdGroupPairs": "GroupId",
}
_NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": "-1"}
_NAMES = {number: name for name, number in _NUMBERS.items() if number != "-1"} | {"-1": "-1", "all": "-1"}


# -- security groups ---------------------------------------------------------------------------------------------------


def group(draft: Draft, change: Change) -> None:
    """A security group with its inline rules; Terraform takes AWS's open egress rule away from a new one."""
    with draft.unsure("SecurityGroups", change.id, change.address):
        if change.is_made:
            made: Json = {"GroupId": change.id, "GroupName": change.raw_after.get("name"), "IpPermissions": []}
            vpc_id = change.after.text("vpc_id")
            draft.put("SecurityGroups", {**made, "VpcId": vpc_id, "IpPermissionsEgress": []}, vpc_id)
        found = draft.find("SecurityGroups", change.id)
        for name, field in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            blocks = change.after.blocks(name) if change.is_made or change.differs(name) else None
            if found is not None and blocks is not None:
                found[field] = [rule for block in blocks for rule in _inline(block, change.id)]


def group_gone(draft: Draft, change: Change) -> None:
    """A security group that goes away."""
    draft.drop("SecurityGroups", change.old_id)


def group_rule(draft: Draft, change: Change) -> None:
    """`aws_security_group_rule`."""
    _add_rule(draft, change, lambda id_: (change.after.text("type") == "egress", list(_inline(change.after, id_))))


def group_rule_gone(draft: Draft, change: Change) -> None:
    """The rule as it was goes away."""
    was = Block(change.before, {}, None, _nothing)
    _remove_rules(draft, was, was.text("type") == "egress", list(_inline(was, str(was.text("security_group_id")))))


def single_rule(draft: Draft, change: Change) -> None:
    """`aws_vpc_security_group_ingress_rule` and `…_egress_rule`."""
    _add_rule(draft, change, lambda _: ("egress" in change.type, [_single(change.after)]))


def single_rule_gone(draft: Draft, change: Change) -> None:
    """The rule as it was goes away."""
    was = Block(change.before, {}, None, _nothing)
    _remove_rules(draft, was, "egress" in change.type, [_single(was)])


def _add_rule(draft: Draft, change: Change, build: Any) -> None:
    group_id = None
    with draft.unsure("SecurityGroups", None, change.address):
        group_id = change.after.text("security_group_id")
    with draft.unsure("SecurityGroups", group_id, change.address):
        found = draft.find("SecurityGroups", group_id)
        if found is not None:
            if not change.is_made:
                (single_rule_gone if change.type.startswith("aws_vpc_") else group_rule_gone)(draft, change)
            egress, rules = build(group_id)
            field = _field(egress)
            found[field] = [*(found.get(field) or ()), *rules]


def _remove_rules(draft: Draft, was: Block, egress: bool, rules: list[Json]) -> None:
    found, field = draft.find("SecurityGroups", was.text("security_group_id")), _field(egress)
    if found is not None:
        gone = [_shape(rule) for rule in rules]
        found[field] = [r for listed in found.get(field) or () for r in _apart(listed) if _shape(r) not in gone]


def _field(egress: bool) -> str:
    return "IpPermissionsEgress" if egress else "IpPermissions"


def _inline(block: Block, own: str) -> Iterator[Json]:
    """The permissions of one rule, one per peer."""
    peers = {
        "IpRanges": block.many("cidr_blocks") or [],
        "Ipv6Ranges": block.many("ipv6_cidr_blocks") or [],
        "PrefixListIds": block.many("prefix_list_ids") or [],
        "UserIdGroupPairs": [*(block.many("security_groups") or []), *_source(block)],
    }
    if block.flag("self"):
        peers["UserIdGroupPairs"] = [*peers["UserIdGroupPairs"], own]
    for field, listed in peers.items():
        for peer in listed:
            yield _permission(block, block.text("protocol"), field, peer)


def _source(block: Block) -> list[str]:
    return (
        [peer]
        if "source_security_group_id" in (*block.after, *block.unknown)
        and (peer := block.text("source_security_group_id"))
        else []
    )


def _single(block: Block) -> Json:
    names = {
        "IpRanges": "cidr_ipv4",
        "Ipv6Ranges": "cidr_ipv6",
        "PrefixListIds": "prefix_list_id",
        "UserIdGroupPairs": "referenced_security_group_id",
    }
    for field, name in names.items():
        peer = block.text(name)
        if peer is not None:
            return _permission(block, block.text("ip_protocol"), field, peer)
    raise Undecided("the peer of a rule")


def _permission(block: Block, protocol: str | None, field: str, peer: str) -> Json:
    name = _NAMES.get(str(protocol), str(protocol))
    made: Json = {"IpProtocol": name, **{key: [] for key in _PEERS}, field: [{_PEERS[field]: peer}]}
    low, high = block.number("from_port"), block.number("to_port")
    return made if name == "-1" else made | {"FromPort": low, "ToPort": high}


def _apart(rule: Json) -> Iterator[Json]:
    """A permission as one per peer."""
    for field in _PEERS:
        for peer in rule.get(field) or ():
            yield {**rule, **{key: [] for key in _PEERS}, field: [peer]}


def _shape(rule: Json) -> tuple[Any, ...]:
    peers = tuple((field, item.get(name)) for field, name in _PEERS.items() for item in rule.get(field) or ())
    protocol = _NAMES.get(str(rule.get("IpProtocol")), str(rule.get("IpProtocol")))
    ports = (None, None) if protocol == "-1" else (rule.get("FromPort"), rule.get("ToPort"))
    return (protocol, *ports, peers)


def _nothing(_: Any) -> tuple[str, ...]:
    raise Undecided("a reference")


# -- network ACLs ------------------------------------------------------------------------------------------------------


def acl(draft: Draft, change: Change) -> None:
    """A network ACL with its inline entries and subnets."""
    with draft.unsure("NetworkAcls", change.id, change.address):
        if change.is_made:
            vpc_id = change.after.text("vpc_id")
            made: Json = {"NetworkAclId": change.id, "VpcId": vpc_id, "IsDefault": False, "Entries": []}
            made["Associations"] = []
            draft.put("NetworkAcls", made, vpc_id)
        found = draft.find("NetworkAcls", change.id)
        for name, egress in (("ingress", False), ("egress", True)):
            blocks = change.after.blocks(name) if change.is_made or change.differs(name) else None
            if found is not None and blocks is not None:
                kept = [entry for entry in found["Entries"] if entry["Egress"] is not egress]
                found["Entries"] = [*kept, *(_entry(block, egress, "rule_no", "action") for block in blocks)]
        subnets = change.after.many("subnet_ids") if change.is_made or change.differs("subnet_ids") else None
        if subnets is not None:
            for subnet_id in [*(change.before.get("subnet_ids") or ()), *subnets]:
                _associate(draft, subnet_id, change.id if subnet_id in subnets else None)


def acl_gone(draft: Draft, change: Change) -> None:
    """A network ACL that goes away; its subnets fall back to the default one."""
    draft.drop("NetworkAcls", change.old_id)


def acl_rule(draft: Draft, change: Change) -> None:
    """`aws_network_acl_rule`."""
    acl_id = None
    with draft.unsure("NetworkAcls", None, change.address):
        acl_id = change.after.text("network_acl_id")
    with draft.unsure("NetworkAcls", acl_id, change.address):
        found = draft.find("NetworkAcls", acl_id)
        if found is not None:
            if not change.is_made:
                acl_rule_gone(draft, change)
            egress = change.after.flag("egress")
            found["Entries"] = [
                *(found.get("Entries") or ()),
                _entry(change.after, egress, "rule_number", "rule_action"),
            ]


def acl_rule_gone(draft: Draft, change: Change) -> None:
    """The entry as it was goes away."""
    found = draft.find("NetworkAcls", change.before.get("network_acl_id"))
    if found is not None:
        was = (change.before.get("rule_number"), bool(change.before.get("egress")))
        found["Entries"] = [e for e in found.get("Entries") or () if (e["RuleNumber"], e["Egress"]) != was]


def acl_association(draft: Draft, change: Change) -> None:
    """`aws_network_acl_association`."""
    subnet_id = None
    with draft.unsure("Subnets", None, change.address):
        subnet_id = change.after.text("subnet_id")
    if subnet_id is not None:
        with draft.unsure("Subnets", subnet_id, change.address):
            acl_id = change.after.text("network_acl_id")
            if draft.find("NetworkAcls", acl_id) is None:
                raise Undecided("network_acl_id")
            _associate(draft, subnet_id, acl_id)


def acl_association_gone(draft: Draft, change: Change) -> None:
    """A subnet that falls back to the default ACL."""
    _associate(draft, str(change.before.get("subnet_id")), None)


def _associate(draft: Draft, subnet_id: str, acl_id: str | None) -> None:
    for found in draft.all("NetworkAcls"):
        kept = [entry for entry in found.get("Associations") or () if entry.get("SubnetId") != subnet_id]
        found["Associations"] = [*kept, {"SubnetId": subnet_id}] if found["NetworkAclId"] == acl_id else kept


def _entry(block: Block, egress: bool, number: str, action: str) -> Json:
    protocol = str(block.text("protocol"))
    made: Json = {
        "RuleNumber": block.number(number),
        "RuleAction": str(block.text(action)).lower(),
        "Egress": egress,
        "Protocol": _NUMBERS.get(protocol.lower(), protocol),
    }
    ipv6 = block.text("ipv6_cidr_block")
    made["Ipv6CidrBlock" if ipv6 else "CidrBlock"] = ipv6 or block.text("cidr_block")
    if made["Protocol"] in ("1", "58"):
        kind, code = block.number("icmp_type"), block.number("icmp_code")
        made["IcmpTypeCode"] = {"Type": -1 if kind is None else kind, "Code": -1 if code is None else code}
    elif made["Protocol"] in ("6", "17"):
        made["PortRange"] = {"From": block.number("from_port") or 0, "To": block.number("to_port") or 0}
    return made
