"""What moto holds, looked up the way a packet needs it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

__all__ = ["Facts", "is_forwarded"]


def is_forwarded(address: IPv4Address) -> bool:
    """Whether an address is one that routes can be about: no link-local, multicast or reserved one."""
    special = address.is_link_local or address.is_multicast or address.is_loopback or address.is_reserved
    return not special and not address.is_unspecified


class Facts:
    """Lookups in one Region's EC2 backend, as it is at this moment; IPv4 only."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2

    def subnet(self, subnet_id: str) -> Any:
        """A subnet that exists."""
        return self.ec2.get_subnet(subnet_id)

    def subnet_at(self, vpc_id: str, address: IPv4Address) -> Any:
        """The subnet of the VPC that holds the address; None when none does."""
        zones = self.ec2.subnets.values()
        inside = (subnet for zone in zones for subnet in zone.values() if subnet.vpc_id == vpc_id)
        return next((subnet for subnet in inside if address in IPv4Network(subnet.cidr_block)), None)

    def blocks(self, vpc_id: str) -> list[IPv4Network]:
        """The IPv4 blocks of a VPC."""
        listed = self.ec2.get_vpc(vpc_id).get_cidr_block_association_set()
        return [IPv4Network(block["cidr_block"]) for block in listed]

    def table_of(self, subnet: Any) -> Any:
        """The route table of a subnet: its own, else the main one of the VPC."""
        tables = [table for table in self.ec2.route_tables.values() if table.vpc_id == subnet.vpc_id]
        own = (table for table in tables if subnet.id in table._associations.values())
        return next(own, None) or next(table for table in tables if table.main_association_id)

    def is_edge(self, gateway_id: str) -> bool:
        """Whether a gateway has a route table of its own."""
        return any(gateway_id in table._associations.values() for table in self.ec2.route_tables.values())

    def routes(self, table: Any, address: IPv4Address) -> list[Any]:
        """The routes of a table to an address, the one that wins first."""
        found = [
            (network.prefixlen, route.destination_prefix_list is None, route)
            for route in table.routes
            for network in self._networks(route)
            if address in network
        ]
        return [route for *_, route in sorted(found, key=lambda item: item[:2], reverse=True)]

    def _networks(self, route: Any) -> Iterator[IPv4Network]:
        if route.destination_cidr_block:
            yield IPv4Network(route.destination_cidr_block)
        elif route.destination_prefix_list is not None:
            yield from self.cidrs(route.destination_prefix_list.id)

    def cidrs(self, prefix_list_id: str) -> list[IPv4Network]:
        """The IPv4 blocks of a prefix list."""
        entries = list(self.ec2.managed_prefix_lists[prefix_list_id].entries.values())[-1]
        return [IPv4Network(entry["Cidr"]) for entry in entries if ":" not in entry["Cidr"]]

    def acl_of(self, subnet_id: str) -> Any:
        """The network ACL of a subnet."""
        return next(
            acl
            for acl in self.ec2.network_acls.values()
            if any(association.subnet_id == subnet_id for association in acl.associations)
        )

    def interface_at(self, vpc_id: str, address: IPv4Address) -> Any:
        """The network interface of the VPC that has a private address; None when none has."""
        for interface in self.ec2.enis.values():
            if interface.subnet.vpc_id == vpc_id and str(address) in self.addresses(interface):
                return interface
        return None

    def addresses(self, interface: Any) -> set[str]:
        """The private addresses of a network interface."""
        return {interface.private_ip_address, *(item["PrivateIpAddress"] for item in interface.private_ip_addresses)}

    def interface_with(self, public: IPv4Address) -> Any:
        """The network interface that has a public address; None when none of the Region has."""
        text = str(public)
        return next((item for item in self.ec2.enis.values() if item.association.get("publicIp") == text), None)

    def nat_of(self, interface_id: str) -> Any:
        """The NAT gateway that an interface belongs to; None when it is no NAT gateway's."""
        for nat in self.ec2.nat_gateways.values():
            if any(address.get("NetworkInterfaceId") == interface_id for address in nat.address_set):
                return nat
        return None

    def endpoint_of(self, interface_id: str) -> Any:
        """The interface endpoint that an interface belongs to; None when it is no endpoint's."""
        endpoints = self.ec2.vpc_end_points.values()
        return next((item for item in endpoints if interface_id in (item.network_interface_ids or ())), None)

    def attachment(self, transit_gateway_id: str, vpc_id: str) -> Any:
        """The attachment of a VPC to a transit gateway; None when it is not attached."""
        for item in self.ec2.transit_gateway_attachments.values():
            is_theirs = item.resource_type == "vpc" and item.transit_gateway_id == transit_gateway_id
            if is_theirs and item.vpc_id == vpc_id and item.state == "available":
                return item
        return None

    def mentioned(self) -> list[IPv4Address]:
        """The first address of every block that any rule or route names, and the first one after it.

        Addresses between two neighbours are treated alike everywhere.
        """
        named = {IPv4Network("0.0.0.0/0"), *self._named()}
        edges = {int(network.network_address) for network in named}
        edges |= {int(network.broadcast_address) + 1 for network in named}
        found = [IPv4Address(edge) for edge in sorted(edges) if 0 < edge < 2**32]
        return [address for address in found if is_forwarded(address)]

    def _named(self) -> Iterator[IPv4Network]:
        for prefix_list_id in self.ec2.managed_prefix_lists:
            yield from self.cidrs(prefix_list_id)
        texts = {subnet.cidr_block for zone in self.ec2.subnets.values() for subnet in zone.values()}
        for table in self.ec2.route_tables.values():
            texts |= {route.destination_cidr_block for route in table.routes}
        for acl in self.ec2.network_acls.values():
            texts |= {entry.cidr_block for entry in acl.network_acl_entries}
        for groups in self.ec2.groups.values():
            for group in groups.values():
                texts |= {rule.ip_range.get("CidrIp") for rule in (*group.egress_rules, *group.ingress_rules)}
        for table in self.ec2.transit_gateways_route_tables.values():
            texts |= set(table.routes)
        yield from (ipaddress.IPv4Network(text) for text in texts if text and ":" not in text)
