"""A network ACL ends in the deny entries that AWS adds; in an IPv6 VPC it has those for IPv6 too."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["apply"]

_LAST, _LAST_IPV6, _ALLOW_IPV6 = 32767, 32768, 101


def apply() -> None:
    """Patch creation and description of network ACLs."""
    wrap(EC2Backend, "create_network_acl", _create_network_acl)
    wrap(EC2Backend, "describe_network_acls", _describe_network_acls)


def _create_network_acl(original: Any, backend: Any, vpc_id: str, tags: Any = None, default: bool = False) -> Any:
    acl = original(backend, vpc_id, tags=tags, default=default)
    ipv6 = bool(backend.get_vpc(vpc_id).get_cidr_block_association_set(ipv6=True))
    for egress in (True, False):
        if not default:
            _add(backend, acl.id, _LAST, "deny", egress, cidr_block="0.0.0.0/0")
        if ipv6 and default:
            _add(backend, acl.id, _ALLOW_IPV6, "allow", egress, ipv6_cidr_block="::/0")
        if ipv6:
            _add(backend, acl.id, _LAST_IPV6, "deny", egress, ipv6_cidr_block="::/0")
    return acl


def _describe_network_acls(original: Any, backend: Any, network_acl_ids: Any = None, filters: Any = None) -> Any:
    for acl_id in network_acl_ids or []:
        backend.get_network_acl(acl_id)
    return original(backend, network_acl_ids, filters)


def _add(backend: Any, acl_id: str, number: int, action: str, egress: bool, **block: str) -> None:
    nothing = dict.fromkeys(("icmp_code", "icmp_type", "port_range_from", "port_range_to"))
    blocks = {"cidr_block": None, "ipv6_cidr_block": None, **block}
    backend.create_network_acl_entry(
        network_acl_id=acl_id,
        rule_number=number,
        protocol="-1",
        rule_action=action,
        egress=egress,
        **nothing,
        **blocks,
    )
