"""Fixes for filters: the smallest opening in a security group or a network ACL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.endpoints import common, crossings
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.edits import changed
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.finding import Finding
from runbook_lib.model.target import Placement
from runbook_lib.network.filtering import AclPart, Peer, uncovered
from runbook_lib.network.view import View

__all__ = ["RULE_QUOTA", "admit_target", "open_acl", "open_egress"]

RULE_QUOTA = 20
STEP = 10


def open_egress(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END005: one egress rule on TCP 443 to the service's prefix list, or to the group of its interface endpoint."""
    service, group = finding.scope.split("+")[0], view.group(finding.resource.id)
    to = common.destination(view, group.vpc_id or "", service)
    if to is None:
        return
    if to.interfaces:
        peers = [
            {"UserIdGroupPairs": [{"GroupId": id_}]}
            for id_ in sorted({g for i in to.interfaces for g in i.group_ids[:1]})
        ]
    else:
        listed = view.service_prefix_list(group.vpc_id or "", service)
        peers = [{"PrefixListIds": [{"PrefixListId": listed.id}]}]
    yield _group_rules(view, group, True, peers, f"HTTPS to {service}")


def admit_target(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END010: ingress on TCP 443 to the endpoint's first group from the target's first group, else from its subnets."""
    endpoint = view.endpoint(finding.resource.id)
    group = view.group(endpoint.group_ids[0])
    place = next(p for p in common.places(settings.target, endpoint.vpc_id) if "+".join(p.group_ids) == finding.scope)
    if place.group_ids:
        peers: list[dict[str, Any]] = [{"UserIdGroupPairs": [{"GroupId": place.group_ids[0]}]}]
    else:
        peers = [{"IpRanges": [{"CidrIp": cidr}]} for cidr in _refused(view, endpoint.group_ids, place)]
    yield _group_rules(view, group, False, peers, f"HTTPS from {settings.target.name}")


def open_acl(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """END006: for exactly what is denied, entries that come before the ones that deny it."""
    subnet = view.subnet(finding.resource.id)
    to = common.destination(view, subnet.vpc_id, finding.scope)
    met = crossings.of(view, subnet, to) if to else ()
    by_acl: dict[str, list[crossings.Crossing]] = {}
    for crossing in met:
        if crossing.blocked:
            by_acl.setdefault(crossing.acl.id, []).append(crossing)
    if by_acl:
        yield _acl_entries(view, subnet.vpc_id, finding.scope, list(by_acl.values()))


def _refused(view: View, group_ids: tuple[str, ...], place: Placement) -> list[str]:
    cidrs = tuple(c for s in place.subnet_ids for c in view.subnet(s).cidrs if c.version == 4)
    return [str(cidr) for cidr in uncovered(view, view.groups(group_ids), False, Peer(cidrs), common.HTTPS)]


def _group_rules(
    view: View, group: SecurityGroup, egress: bool, peers: list[dict[str, Any]], description: str
) -> Proposal:
    field = "IpPermissionsEgress" if egress else "IpPermissions"
    made = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peer} for peer in peers]
    words = [_peer_words(peer) for peer in peers]
    values = {
        "group_id": group.id,
        "direction": "egress" if egress else "ingress",
        "peers": words,
        "description": description,
        "region": view.region_of(group.vpc_id or ""),
    }
    named = ", ".join(word["id"] for word in words)
    return Proposal(
        title=f"Allow TCP 443 {'to' if egress else 'from'} {named} in {group.label}",
        terraform=terraform("group_rule", **values),
        cli=cli("group_rule", **values),
        edits=(changed(group, **{field: [*(group.raw.get(field) or ()), *made]}),),
        warnings=(f"{group.label} may be shared: everything that carries it gets the rule.",),
    )


def _peer_words(peer: dict[str, Any]) -> dict[str, str]:
    if "PrefixListIds" in peer:
        id_ = peer["PrefixListIds"][0]["PrefixListId"]
        return {"argument": "prefix_list_id", "cli": f"PrefixListIds=[{{PrefixListId={id_}}}]", "id": id_}
    if "UserIdGroupPairs" in peer:
        id_ = peer["UserIdGroupPairs"][0]["GroupId"]
        return {"argument": "referenced_security_group_id", "cli": f"UserIdGroupPairs=[{{GroupId={id_}}}]", "id": id_}
    id_ = peer["IpRanges"][0]["CidrIp"]
    return {"argument": "cidr_ipv4", "cli": f"IpRanges=[{{CidrIp={id_}}}]", "id": id_}


def _acl_entries(view: View, vpc_id: str, service: str, met: list[list[crossings.Crossing]]) -> Proposal:
    edits, entries, full, crowded = [], [], [], []
    for crossings_of_acl in met:
        acl = crossings_of_acl[0].acl
        made: list[dict[str, Any]] = []
        for crossing in crossings_of_acl:
            for part in crossing.blocked:
                new = _entries(acl, made, crossing.egress, part)
                full += [] if new else [acl.label]
                made += new
        edits.append(changed(acl, Entries=[*(acl.raw.get("Entries") or ()), *made]))
        entries += [{"acl_id": acl.id, **_entry_words(entry)} for entry in made]
        crowded += [acl.label for egress in (True, False) if _count(acl, made, egress) > RULE_QUOTA]
    names = ", ".join(item[0].acl.label for item in met)
    values = {"entries": entries, "region": view.region_of(vpc_id)}
    return Proposal(
        title=f"Let HTTPS to {service} and its answers through {names}",
        terraform=terraform("acl_entries", **values),
        cli=cli("acl_entries", **values),
        edits=() if full else tuple(edits),
        untried=f"Not tried: {full[0]} has no free rule number before the entry that denies." if full else "",
        warnings=(
            f"Every subnet associated with {names} gets these entries.",
            *(
                f"{name} has more than {RULE_QUOTA} entries one way then, the default quota."
                for name in sorted(set(crowded))
            ),
        ),
    )


def _entries(acl: NetworkAcl, made: list[dict[str, Any]], egress: bool, part: AclPart) -> list[dict[str, Any]]:
    """Entries that allow one denied part, with free numbers before the denying entry; empty when there are too few."""
    listed = acl.egress if egress else acl.ingress
    used = {entry.number for entry in listed} | {entry["RuleNumber"] for entry in made if entry["Egress"] is egress}
    if part.entry is not None and part.entry.number < crossings.DEFAULT_RULE:
        free = [number for number in range(part.entry.number - 1, 0, -1) if number not in used]
    else:
        last = max((number for number in used if number < crossings.DEFAULT_RULE), default=0)
        end = crossings.DEFAULT_RULE
        free = list(range(last - last % STEP + STEP, end, STEP)) or list(range(last + 1, end))
    if len(free) < len(part.cidrs):
        return []
    low, high = part.ports or (0, 65535)
    return [
        {
            "RuleNumber": number,
            "RuleAction": "allow",
            "Egress": egress,
            "Protocol": "6",
            "Ipv6CidrBlock" if cidr.version == 6 else "CidrBlock": str(cidr),
            "PortRange": {"From": low, "To": high},
        }
        for number, cidr in zip(free, part.cidrs, strict=False)
    ]


def _entry_words(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": entry["RuleNumber"],
        "egress": entry["Egress"],
        "is_ipv6": "Ipv6CidrBlock" in entry,
        "cidr": entry.get("CidrBlock") or entry["Ipv6CidrBlock"],
        "low": entry["PortRange"]["From"],
        "high": entry["PortRange"]["To"],
    }


def _count(acl: NetworkAcl, made: list[dict[str, Any]], egress: bool) -> int:
    listed = acl.egress if egress else acl.ingress
    return sum(entry.number < crossings.DEFAULT_RULE for entry in listed) + sum(
        entry["Egress"] is egress for entry in made
    )
