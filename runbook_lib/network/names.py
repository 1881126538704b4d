"""Which addresses a name means inside a VPC: service names, endpoint names, private DNS of interface endpoints.

Private DNS of an interface endpoint decides first: source
https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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

_HOST = re.compile(r"(?:.+\.)?(?P<service>[a-z0-9-]+)\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?")
_GLOBAL = re.compile(r"(?:.+\.)?(?P<service>[a-z0-9-]+)\.amazonaws\.com")

_PUBLIC = AddressSet.of([network("0.0.0.0/0")]) - AddressSet.of(
    network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/3",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """The addresses of a name; `is_guess` when it is public and its addresses are not in the data."""

    addresses: AddressSet
    is_guess: bool = False


def services(tools: Tools, vpc_id: str) -> tuple[str, ...]:
    """The service names that can be asked for: common ones and those that have an endpoint, sorted."""
    present = {e.service_short for e in tools.view.snapshot.all(VpcEndpoint) if e.vpc_id == vpc_id}
    return tuple(sorted({*_COMMON, *present}))


def resolve(tools: Tools, vpc_id: str, word: str) -> Named | None:
    """The addresses a service name or host name means in a VPC, or None when it is no such name.

    Raises FactMissing for a host name whose addresses the data does not tell.
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
        return _service(tools, vpc_id, match["service"])
    if match or _GLOBAL.fullmatch(host):
        return Named(_PUBLIC, is_guess=True)
    raise FactMissing(f"the addresses of {word}: not in the snapshot; resolve it live or give an address")


def _service(tools: Tools, vpc_id: str, service: str) -> Named:
    for endpoint in tools.view.endpoints_in(vpc_id):
        takes_name = endpoint.private_dns and not endpoint.private_dns_only_inbound
        if endpoint.kind.lower() == "interface" and takes_name and endpoint.service_short == service:
            return _interfaces(tools, endpoint)
    if service in GATEWAY_SERVICES:
        cidrs = tools.view.service_prefix_list(vpc_id, service).cidrs or ()
        return Named(AddressSet.of(cidr for cidr in cidrs if cidr.version == 4))
    return Named(_PUBLIC, is_guess=True)


def _own_name(tools: Tools, vpc_id: str, host: str) -> Named | None:
    for endpoint in tools.view.snapshot.all(VpcEndpoint):
        vpce_names = [name.lower() for name in endpoint.dns_names if ".vpce." in name]
        if endpoint.vpc_id == vpc_id and host in vpce_names:
            return _interfaces(tools, endpoint)
    for interface in tools.view.snapshot.all(NetworkInterface):
        if interface.vpc_id == vpc_id and host == str(interface.raw.get("PrivateDnsName", "")).lower():
            return Named(AddressSet.of(network(str(own)) for own in interface.private_ips if own.version == 4))
    return None


def _interfaces(tools: Tools, endpoint: VpcEndpoint) -> Named:
    if not endpoint.interface_ids:
        raise FactMissing(f"the network interfaces of {endpoint.id}", "ec2:DescribeVpcEndpoints")
    own = [ip for i in endpoint.interface_ids for ip in tools.view.interface(i).private_ips if ip.version == 4]
    return Named(AddressSet.of(network(str(ip)) for ip in own))
