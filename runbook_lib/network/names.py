"""Which addresses a name means inside a VPC: service names, endpoint names, private DNS of interface endpoints.

Private DNS of an interface endpoint decides first: source
https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import network
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.tools import Tools

__all__ = ["GATEWAY_SERVICES", "Named", "resolve", "services"]

GATEWAY_SERVICES = ("s3", "dynamodb")

# Short names of services with interface endpoints that functions commonly call
_COMMON = (
    "athena", "bedrock-runtime", "dynamodb", "ec2", "ecr.api", "ecr.dkr", "events", "execute-api", "glue",
    "kinesis-streams", "kms", "lambda", "logs", "monitoring", "rds", "rds-data", "redshift-data", "s3",
    "secretsmanager", "sns", "sqs", "ssm", "states", "sts", "xray",
)  # fmt: skip

_HOST = re.compile(
    r"(?:.+\.)?(?P<service>(?!dualstack)[a-z0-9-]+)(?P<dual>\.dualstack)?\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?"
)
_GLOBAL = re.compile(r"(?:.+\.)?(?P<service>[a-z0-9-]+)\.amazonaws\.com")

_PUBLIC = AddressSet.of([network("0.0.0.0/0")]) - AddressSet.of(
    network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/3",
    )
)  # fmt: skip
_PUBLIC6 = AddressSet.of([network("2000::/3")])


@dataclass(frozen=True, slots=True)
class Named:
    """The addresses of a name; `guess` are those among them that only stand for addresses the data does not tell."""

    addresses: AddressSet
    guess: AddressSet = field(default_factory=AddressSet)

    @property
    def is_guess(self) -> bool:
        """True when the data does not tell all addresses."""
        return bool(self.guess)


def services(tools: Tools, vpc_id: str) -> tuple[str, ...]:
    """The service names that can be asked for: common ones and those that have an endpoint, sorted."""
    present = {e.service_short for e in tools.view.snapshot.all(VpcEndpoint) if e.vpc_id == vpc_id}
    return tuple(sorted({*_COMMON, *present}))


def resolve(tools: Tools, vpc_id: str, word: str, is_dual_stack: bool = False) -> Named | None:
    """The addresses a service name or host name means in a VPC, or None when it is no such name.

    IPv6 addresses belong to them only for a dual-stack sender asking for a dual-stack name. Raises FactMissing for a
    host name whose addresses the data does not tell.
    """
    if word in services(tools, vpc_id):
        return _service(tools, vpc_id, word)
    if "." not in word or not re.fullmatch(r"[A-Za-z0-9._-]+", word):
        return None
    host = word.lower().rstrip(".")
    own = _own_name(tools, vpc_id, host)
    if own is not None:
        return own
    match = _HOST.fullmatch(host)
    if match and match["region"] == tools.view.region_of(vpc_id):
        return _service(tools, vpc_id, match["service"], six=bool(match["dual"]) and is_dual_stack)
    if match or _GLOBAL.fullmatch(host):
        return Named(_PUBLIC, _PUBLIC)
    raise FactMissing(f"the addresses of {word}: not in the snapshot; resolve it live or give an address")


def _service(tools: Tools, vpc_id: str, service: str, six: bool = False) -> Named:
    for endpoint in tools.view.endpoints_in(vpc_id):
        if endpoint.service_short == service and _takes_names(tools, endpoint):
            return _interfaces(tools, endpoint)
    if service in GATEWAY_SERVICES:
        cidrs = tools.view.service_prefix_list(vpc_id, service).cidrs or ()
        four = AddressSet.of(cidr for cidr in cidrs if cidr.version == 4)
        listed = AddressSet.of(cidr for cidr in cidrs if cidr.version == 6)
        if not six:
            return Named(four)
        return Named(four | listed) if listed else Named(four | _PUBLIC6, _PUBLIC6)
    public = _PUBLIC | _PUBLIC6 if six else _PUBLIC
    return Named(public, public)


def _takes_names(tools: Tools, endpoint: VpcEndpoint) -> bool:
    """True when the public names of the service lead to this interface endpoint. Raises FactMissing.

    Private DNS works only where the VPC has DNS support and DNS hostnames on; limited to inbound resolvers it does
    nothing inside the VPC.
    """
    if endpoint.kind.lower() != "interface" or not endpoint.private_dns or endpoint.private_dns_only_inbound:
        return False
    attributes = tools.view.vpc_attributes(str(endpoint.vpc_id))
    if attributes.dns_support is None or attributes.dns_hostnames is None:
        raise FactMissing(f"the DNS attributes of {endpoint.vpc_id}", "ec2:DescribeVpcAttribute")
    return attributes.dns_support and attributes.dns_hostnames


def _own_name(tools: Tools, vpc_id: str, host: str) -> Named | None:
    for endpoint in tools.view.snapshot.all(VpcEndpoint):
        if endpoint.vpc_id != vpc_id:
            continue
        for name in map(str.lower, endpoint.dns_names):
            is_own = ".vpce." in name and host == name
            if is_own or (".vpce." not in name and _matches(name, host) and _takes_names(tools, endpoint)):
                return _interfaces(tools, endpoint)
    for interface in tools.view.snapshot.all(NetworkInterface):
        if interface.vpc_id == vpc_id and host == str(interface.raw.get("PrivateDnsName", "")).lower():
            return Named(AddressSet.of(network(str(own)) for own in interface.private_ips if own.version == 4))
    return None


def _matches(name: str, host: str) -> bool:
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


def _interfaces(tools: Tools, endpoint: VpcEndpoint) -> Named:
    if not endpoint.interface_ids:
        raise FactMissing(f"the network interfaces of {endpoint.id}", "ec2:DescribeVpcEndpoints")
    own = [ip for i in endpoint.interface_ids for ip in tools.view.interface(i).private_ips if ip.version == 4]
    return Named(AddressSet.of(network(str(ip)) for ip in own))
