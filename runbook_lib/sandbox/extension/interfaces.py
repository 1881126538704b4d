"""Network interfaces that AWS services create: an address inside the subnet, the right type, owner and groups."""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.ec2.models import elastic_ip_addresses
from moto.ec2.models.elastic_network_interfaces import Attachment, NetworkInterface
from moto.ec2.responses import EC2Response
from moto.moto_api._internal import mock_random

from runbook_lib.sandbox.extension.patching import replace, replace_property, wrap

__all__ = ["apply", "managed_interface", "public_address", "release"]

_PUBLIC = ipaddress.ip_network("13.228.0.0/15")


def apply() -> None:
    """Patch the attachment of network interfaces and the range of public addresses."""
    replace_property(NetworkInterface, "attachment", _attachment)
    wrap(EC2Response, "describe_network_interfaces", _describe)
    replace(elastic_ip_addresses, "random_ip", public_address)


def _describe(original: Any, response: Any) -> Any:
    """The public address stands beside the private one it belongs to, as in AWS."""
    for interface in response.ec2_backend.enis.values():
        for address in interface.private_ip_addresses:
            if address["PrivateIpAddress"] == interface.private_ip_address:
                address["Association"] = interface.association or None
    return original(response)


def public_address() -> str:
    """A public address from a range that looks like the Region's own."""
    return str(_PUBLIC[mock_random.randrange(256, _PUBLIC.num_addresses - 256)])


def managed_interface(
    backend: Any,
    subnet_id: str,
    *,
    kind: str,
    description: str,
    group_ids: tuple[str, ...],
    requester: str,
    ipv6: bool = False,
) -> Any:
    """Create a requester-managed, in-use interface of `kind` with the next free address of its subnet."""
    subnet = backend.get_subnet(subnet_id)
    interface = backend.create_network_interface(
        subnet,
        subnet.get_available_subnet_ip(None),
        group_ids=list(group_ids) or None,
        description=description,
        ipv6_address_count=1 if ipv6 else 0,
    )
    if not group_ids:
        interface._group_set = []
    interface.interface_type = kind
    interface.requester_managed = True
    interface.requester_id = requester
    interface.status = "in-use"
    interface.managed_attachment = {
        "AttachmentId": f"ela-attach-{mock_random.get_random_hex(17)}",
        "DeleteOnTermination": False,
        "DeviceIndex": 1,
        "InstanceOwnerId": "amazon-aws",
        "Status": "attached",
    }
    return interface


def release(backend: Any, interface_id: str) -> None:
    """Delete a managed interface and give its address back to the subnet."""
    interface = backend.enis.pop(interface_id, None)
    if interface is not None:
        interface.subnet.del_subnet_ip(interface.private_ip_address)


def _attachment(interface: Any) -> Any:
    managed = getattr(interface, "managed_attachment", None)
    return managed or (Attachment(interface) if interface.attachment_id else None)
