"""What a network interface belongs to, and why it may start or accept no connections."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from runbook_lib.model.gateways import NatGateway, VpcEndpoint
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.network.view import View

__all__ = ["Roles", "Trouble"]


class Trouble(NamedTuple):
    """Why an interface cannot start or accept a connection; `is_final` when nothing behind it is worth looking at."""

    code: str
    component: str
    detail: str
    is_final: bool = False


class Roles:
    """What the interfaces of a view belong to, by their own type and by what gateways and endpoints list as theirs."""

    def __init__(self, view: View) -> None:
        self.view = view

    def nat_of(self, interface: NetworkInterface) -> NatGateway | None:
        """The NAT gateway an interface belongs to, or None."""
        return self._nat_interfaces.get(interface.id)

    def is_endpoint(self, interface: NetworkInterface) -> bool:
        """True for an interface of an interface endpoint."""
        return interface.kind == "vpc_endpoint" or interface.id in self._endpoint_interfaces

    def silence_of(self, interface: NetworkInterface) -> Trouble | None:
        """Why an interface never starts a connection, or None."""
        mute = self._service_of(interface)
        if mute:
            said = f"{interface.label} belongs to {mute}, which starts no connections"
            return Trouble("UNSUPPORTED_COMPONENT", interface.id, said)
        return self._idle(interface)

    def deafness_of(self, interface: NetworkInterface) -> Trouble | None:
        """Why an interface accepts no connection, or None."""
        if interface.kind == "nat_gateway" or self.nat_of(interface):
            said = f"{interface.label} belongs to a NAT gateway, which accepts no new connections"
            return Trouble("NGW_REQUIRES_SOURCE_IN_VPC", interface.id, said, is_final=True)
        deaf = "a Lambda function" if interface.kind == "lambda" else self._service_of(interface)
        if deaf and not self.is_endpoint(interface):
            said = f"{interface.label} belongs to {deaf}, which accepts no connections"
            return Trouble("NO_POSSIBLE_DESTINATION", interface.id, said, is_final=True)
        return self._idle(interface)

    def is_plain(self, interface: NetworkInterface) -> bool:
        """True when flows can tell the interface from others of its subnet only by address and groups."""
        return interface.id in self._plain

    def _service_of(self, interface: NetworkInterface) -> str | None:
        if interface.kind == "nat_gateway" or self.nat_of(interface):
            return "a NAT gateway"
        endpoint = self.endpoint_of(interface)
        if interface.kind == "gateway_load_balancer_endpoint" or (endpoint and "load" in endpoint.kind.lower()):
            return "a Gateway Load Balancer endpoint"
        if self.is_endpoint(interface):
            return "an interface endpoint"
        return "a transit gateway" if interface.kind == "transit_gateway" else None

    def _idle(self, interface: NetworkInterface) -> Trouble | None:
        if not interface.attached or interface.raw.get("Status") == "available":
            return Trouble("UNASSOCIATED_COMPONENT", interface.id, f"{interface.label} is attached to nothing")
        instance = self.view.find(Instance, interface.instance_id) if interface.instance_id else None
        if instance is not None and instance.state not in (None, "running", "pending"):
            return Trouble("BAD_STATE", instance.id, f"{instance.label} is {instance.state}")
        return None

    def endpoint_of(self, interface: NetworkInterface) -> VpcEndpoint | None:
        """The VPC endpoint an interface belongs to, or None."""
        return self._endpoint_interfaces.get(interface.id)

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(
            item.id
            for item in self.view.snapshot.all(NetworkInterface)
            if item.kind == "interface"
            and not item.public_ips
            and not item.lacks_groups
            and not item.description.startswith("ELB ")
            and self.silence_of(item) is None
        )

    @cached_property
    def _nat_interfaces(self) -> dict[str, NatGateway]:
        gateways = self.view.snapshot.all(NatGateway)
        return {own.interface_id: nat for nat in gateways for own in nat.addresses if own.interface_id}

    @cached_property
    def _endpoint_interfaces(self) -> dict[str, VpcEndpoint]:
        return {i: endpoint for endpoint in self.view.snapshot.all(VpcEndpoint) for i in endpoint.interface_ids}
