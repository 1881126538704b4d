"""A custom network ACL ends in the deny entries 32767 that AWS adds to every ACL."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend

from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["apply"]

_LAST = 32767


def apply() -> None:
    """Patch CreateNetworkAcl."""
    wrap(EC2Backend, "create_network_acl", _create_network_acl)


def _create_network_acl(original: Any, backend: Any, vpc_id: str, tags: Any = None, default: bool = False) -> Any:
    acl = original(backend, vpc_id, tags=tags, default=default)
    for egress in () if default else (True, False):
        backend.create_network_acl_entry(
            network_acl_id=acl.id,
            rule_number=_LAST,
            protocol="-1",
            rule_action="deny",
            egress=egress,
            cidr_block="0.0.0.0/0",
            icmp_code=None,
            icmp_type=None,
            port_range_from=None,
            port_range_to=None,
            ipv6_cidr_block=None,
        )
    return acl
