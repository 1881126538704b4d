"""What Reachability Analyzer explains, in plain words: one sentence per explanation, and what to look at.

The words are taken from what AWS names in the explanation; what it leaves out is left out of the sentence too. Shapes:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Explanation.html (read 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook_lib.model.fact import Raw
from runbook_lib.model.insights import Explanation
from runbook_lib.network.insights import texts_network, texts_others

__all__ = ["CODES", "SOURCE", "Plain", "is_limit", "plain"]

SOURCE = "https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html"

CODES: Mapping[str, tuple[str, str]] = {
    **texts_network.STATES,
    **texts_network.ROUTES,
    **texts_network.FILTERS,
    **texts_network.GATEWAYS,
    **texts_network.TRANSIT,
    **texts_others.BALANCERS,
    **texts_others.QUESTIONS,
    **texts_others.LIMITS,
}
"""Mapping code → sentence and what to look at, both with words to fill in; every code that AWS documents."""

Label = Callable[[str], str]

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"\{(\w+)\}")
_LAST_RULE = 32767  # the number that AWS gives the rule * of a network ACL

_COMPONENTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "acl": ("network ACL", "acl-", ("Acl", "Component")),
    "attached": ("component", "", ("AttachedTo",)),
    "attachment": ("transit gateway attachment", "tgw-attach-", ("TransitGatewayAttachment", "Component")),
    "balancer": ("load balancer", "", ("LoadBalancerArn", "Component")),
    "component": ("component", "", ("Component", "NetworkInterface", "NatGateway", "InternetGateway", "VpcEndpoint")),
    "destination": ("destination", "", ("Destination",)),
    "destination_vpc": ("destination VPC", "vpc-", ("DestinationVpc",)),
    "endpoint": ("VPC endpoint", "vpce-", ("VpcEndpoint", "Component")),
    "groups": ("security group", "sg-", ("SecurityGroups", "SecurityGroup", "Component")),
    "igw": ("internet gateway", "igw-", ("InternetGateway", "Component")),
    "ingress_table": ("route table of the gateway", "rtb-", ("IngressRouteTable", "Component")),
    "interface": ("network interface", "eni-", ("NetworkInterface", "Component")),
    "listener": ("listener", "", ("ElasticLoadBalancerListener", "Component")),
    "nat": ("NAT gateway", "nat-", ("NatGateway", "Component")),
    "peering": ("VPC peering connection", "pcx-", ("VpcPeeringConnection", "Component")),
    "source_vpc": ("source VPC", "vpc-", ("SourceVpc",)),
    "subnet": ("subnet", "subnet-", ("Subnet",)),
    "table": ("route table", "rtb-", ("RouteTable", "SubnetRouteTable", "Component")),
    "target_group": ("target group", "", ("LoadBalancerTargetGroup", "LoadBalancerTargetGroups")),
    "tgw": ("transit gateway", "tgw-", ("TransitGateway", "Component")),
    "tgw_table": ("transit gateway route table", "tgw-rtb-", ("TransitGatewayRouteTable", "Component")),
    "vgw": ("virtual private gateway", "vgw-", ("VpnGateway", "Component")),
    "vpc": ("VPC", "vpc-", ("Vpc", "Component")),
    "vpn": ("VPN connection", "vpn-", ("VpnConnection", "Component")),
}
"""Mapping word → noun, how ids of that kind begin, and the keys of an explanation that name one."""


_KINDS: Mapping[str, str] = {
    prefix.removesuffix("-"): noun
    for word, (noun, prefix, _) in _COMPONENTS.items()
    if prefix and word not in ("ingress_table", "source_vpc", "destination_vpc")
}
"""Mapping how an id begins → noun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """One explanation in plain words.

    `said` is what it says and `look` what to look at, both without beginning and end of a sentence; `components` are
    the ids that they name, in that order. `is_known` is False for a code that AWS has added since.
    """

    code: str
    said: str
    look: str
    components: tuple[str, ...]
    is_known: bool

    @property
    def text(self) -> str:
        """What it says, as a sentence."""
        return f"{self.said[0].upper()}{self.said[1:]}."

    @property
    def look_at(self) -> str:
        """What to look at, as a sentence."""
        return f"Look at {self.look}."


def is_limit(code: str) -> bool:
    """True for a code by which AWS says that it cannot analyse something, which is no verdict on the network."""
    return code in texts_others.LIMITS


def plain(explanation: Explanation, label: Label = str) -> Plain:
    """An explanation in plain words; `label` gives what people call a component with an id."""
    words = _Words(explanation, label)
    said, look = CODES.get(explanation.code, ("", ""))
    if not said:
        about = words.of("component")
        said = f"Reachability Analyzer gives the code {explanation.code}, which this kit does not know"
        said, look = f"{said}{f', about {about}' if about else ''}", "the documentation of that code"
    else:
        said, look = words.fill(said), words.fill(look)
    return Plain(
        code=explanation.code,
        said=said,
        look=look,
        components=tuple(sorted({*words.named}, key=f"{said} {look}".index)),
        is_known=explanation.code in CODES,
    )


class _Words:
    """The words of one explanation; `named` collects the ids that were used."""

    def __init__(self, explanation: Explanation, label: Label) -> None:
        self.named: list[str] = []
        self._raw = explanation.raw
        self._direction = explanation.direction
        self._label = label

    def fill(self, text: str) -> str:
        """A sentence with its words; a part in brackets goes when a word of it is missing."""
        return _WORD.sub(lambda word: self.of(word[1]) or self._noun(word[1]), _OPTIONAL.sub(self._part, text))

    def of(self, word: str) -> str | None:
        """What stands for a word, None when the explanation does not name it."""
        if word in _COMPONENTS:
            return self._component(*_COMPONENTS[word])
        match word:
            case "passing":
                return {"egress": "out of", "ingress": "into"}.get(str(self._direction), "through the border of")
            case "way":
                return {"egress": "outbound", "ingress": "inbound"}.get(str(self._direction))
        return _SAID[word](self._raw)

    def _part(self, part: re.Match[str]) -> str:
        words = _WORD.findall(part[1])
        return part[1] if all(self.of(word) for word in words) else ""

    @staticmethod
    def _noun(word: str) -> str:
        noun = _COMPONENTS[word][0]
        return f"the {noun}{'s' if word == 'groups' else ''}"

    def _component(self, noun: str, prefix: str, keys: Iterable[str]) -> str | None:
        for key in keys:
            found = [item for item in _ids(self._raw.get(key)) if item.startswith(prefix)]
            if found:
                self.named += found
                labels = " and ".join(self._label(item) for item in found)
                noun = _KINDS.get(found[0].rpartition("-")[0], noun)
                if labels.startswith(("subnet-", "vpc-")):
                    return labels
                return f"{noun}{'s' if len(found) > 1 else ''} {labels}"
        return None


def _ids(value: Any) -> list[str]:
    """The ids in the value of one key: a component, a list of them, or an ARN."""
    if isinstance(value, Mapping):
        return [str(value.get("Id") or value.get("Arn"))] if value.get("Id") or value.get("Arn") else []
    if isinstance(value, list | tuple):
        return [id_ for item in value for id_ in _ids(item)]
    return [value] if isinstance(value, str) and value else []


def _joined(values: Iterable[Any]) -> str | None:
    return ", ".join(str(value) for value in values if value not in (None, "")) or None


def _addresses(raw: Raw) -> list[Any]:
    return list(raw.get("Addresses") or [raw.get("Address")])


def _ports(ranges: Any) -> str | None:
    listed = [item for item in (ranges if isinstance(ranges, list | tuple) else [ranges]) if isinstance(item, Mapping)]
    return _joined(
        item["From"] if item.get("From") == item.get("To") else f"{item.get('From', 0)}-{item.get('To', 65535)}"
        for item in listed
        if "From" in item or "To" in item
    )


def _acl_rule(raw: Raw) -> str | None:
    rule = raw.get("AclRule")
    if not isinstance(rule, Mapping):
        return None
    number, action = rule.get("RuleNumber"), rule.get("RuleAction")
    if number == _LAST_RULE:
        return "no rule allows it, so the last one (*) denies it"
    if action == "allow":
        return f"rule {number} allows {_traffic(rule)}, which is not all of it"
    return f"rule {number} denies {_traffic(rule)}" if number is not None else None


def _traffic(rule: Raw) -> str:
    protocol = str(rule.get("Protocol") or "all")
    word = {"-1": "all traffic", "all": "all traffic", "6": "tcp", "17": "udp", "1": "icmp"}.get(protocol, protocol)
    ports = _ports(rule.get("PortRange"))
    way = {"True": "to", "False": "from"}.get(str(rule.get("Egress")), "for")
    return " ".join([word, *([ports] if ports else []), *([way, str(rule["Cidr"])] if rule.get("Cidr") else [])])


def _route(raw: Raw) -> str | None:
    route = raw.get("RouteTableRoute")
    if not isinstance(route, Mapping):
        return None
    to = route.get("DestinationCidr") or route.get("DestinationPrefixListId")
    targets = (value for key, value in route.items() if key.endswith(("Id", "Arn")) and not key.startswith("Dest"))
    return _way(to, next((str(value) for value in targets if value), None), route.get("State"))


def _tgw_route(raw: Raw) -> str | None:
    route = raw.get("TransitGatewayRouteTableRoute")
    if not isinstance(route, Mapping):
        return None
    target = route.get("AttachmentId") or route.get("ResourceId")
    return _way(route.get("DestinationCidr") or route.get("PrefixListId"), target, route.get("State"))


def _way(to: Any, target: Any, state: Any) -> str | None:
    if not to:
        return None
    broken = f" ({state})" if state not in (None, "active") else ""
    return f"{to}{f' to {target}' if target else ''}{broken}"


def _firewall_rule(raw: Raw) -> str | None:
    rule = raw.get("FirewallStatelessRule") or raw.get("FirewallStatefulRule")
    if not isinstance(rule, Mapping) or not rule.get("RuleGroupArn"):
        return None
    priority = f", priority {rule['Priority']}" if rule.get("Priority") is not None else ""
    return f"{rule.get('RuleAction') or 'no pass'} in {rule['RuleGroupArn']}{priority}"


def _listener_port(raw: Raw) -> str | None:
    classic = raw.get("ClassicLoadBalancerListener") or {}
    return _joined([raw.get("LoadBalancerListenerPort") or classic.get("LoadBalancerPort")])


_SAID: Mapping[str, Callable[[Raw], str | None]] = {
    "acl_rule": _acl_rule,
    "addresses": lambda raw: _joined(str(item or "").removesuffix("/32") for item in _addresses(raw)),
    "cidrs": lambda raw: _joined(raw.get("Cidrs") or ()),
    "firewall_rule": _firewall_rule,
    "listener_port": _listener_port,
    "missing": lambda raw: _joined([raw.get("MissingComponent")]),
    "ports": lambda raw: _ports(raw.get("PortRanges")) or _joined([raw.get("Port")]),
    "protocols": lambda raw: _joined(raw.get("Protocols") or ()),
    "route": _route,
    "state": lambda raw: _joined([raw.get("State")]),
    "target_port": lambda raw: _joined([raw.get("LoadBalancerTargetPort")]),
    "tgw_route": _tgw_route,
    "zones": lambda raw: _joined(raw.get("AvailabilityZones") or raw.get("AvailabilityZoneIds") or ()),
}
"""Mapping word → what an explanation says for it; these stand in brackets only."""
