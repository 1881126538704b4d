"""Indexes for walking packets: who owns an address, which subnet holds it, who is attached where."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.model.fact import Address, Network, network
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.gateways import InternetGateway, NatGateway, VpcPeeringConnection
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.transit import TransitGatewayAttachment, TransitGatewayVpcAttachment
from runbook_lib.model.vpc import RouteTable, Subnet, Vpc
from runbook_lib.network.compiled import Compiler
from runbook_lib.network.flow import Addr, Hop
from runbook_lib.network.intervals import AddressSet
from runbook_lib.network.roles import Roles
from runbook_lib.network.view import View

__all__ = ["Tools", "addr", "holds", "is_rfc1918", "is_rfc6598", "text"]

_RFC1918 = AddressSet.of(network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_RFC6598 = AddressSet.of([network("100.64.0.0/10")])


def addr(address: Address) -> Addr:
    """An address as (IP version, integer)."""
    return (address.version, int(address))


def text(address: Addr) -> str:
    """The address as people write it."""
    return str(IPv4Address(address[1]) if address[0] == 4 else IPv6Address(address[1]))


def holds(addresses: AddressSet, address: Addr) -> bool:
    """True when the set holds the address."""
    version, value = address
    return any(v == version and first <= value <= last for v, first, last in addresses.pieces)


def is_rfc1918(address: Addr) -> bool:
    """True for 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16."""
    return holds(_RFC1918, address)


def is_rfc6598(address: Addr) -> bool:
    """True for 100.64.0.0/10."""
    return holds(_RFC6598, address)


class Tools:
    """A view with the integer indexes that path tracing needs, built once and shared by every flow."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.compiler = Compiler(view)
        self.roles = Roles(view)
        self._groups: dict[tuple[str, ...], tuple[SecurityGroup, ...]] = {}
        self._tables: dict[str, RouteTable] = {}
        self._acls: dict[str, NetworkAcl] = {}
        self._vpc_sets: dict[str, AddressSet] = {}
        self._hops: dict[str, Hop] = {}
        self._attached: dict[str, tuple[Subnet, ...]] = {}
        self._sets: dict[tuple[Network, ...], AddressSet] = {}
        self.transit_tables: dict[str, Any] = {}

    def hop(self, kind: str, id_: str) -> Hop:
        """The hop; equal ones are one object."""
        found = self._hops.get(id_)
        if found is None or found.kind != kind:
            found = self._hops[id_] = Hop(kind, id_)
        return found

    def groups(self, ids: tuple[str, ...]) -> tuple[SecurityGroup, ...]:
        """The security groups. Raises FactMissing."""
        found = self._groups.get(ids)
        if found is None:
            found = self._groups[ids] = self.view.groups(ids)
        return found

    def table_of(self, subnet_id: str) -> RouteTable:
        """The route table in effect for a subnet. Raises FactMissing."""
        found = self._tables.get(subnet_id)
        if found is None:
            found = self._tables[subnet_id] = self.view.route_table_of(subnet_id)
        return found

    def acl_of(self, subnet_id: str) -> NetworkAcl:
        """The network ACL in effect for a subnet. Raises FactMissing."""
        found = self._acls.get(subnet_id)
        if found is None:
            found = self._acls[subnet_id] = self.view.acl_of(subnet_id)
        return found

    def vpc_addresses(self, vpc_id: str) -> AddressSet:
        """The addresses of a VPC's CIDR blocks. Raises FactMissing."""
        found = self._vpc_sets.get(vpc_id)
        if found is None:
            found = self._vpc_sets[vpc_id] = AddressSet.of(self.view.vpc(vpc_id).cidrs)
        return found

    def addresses(self, cidrs: tuple[Network, ...]) -> AddressSet:
        """The addresses of CIDR blocks."""
        found = self._sets.get(cidrs)
        if found is None:
            found = self._sets[cidrs] = AddressSet.of(cidrs)
        return found

    def subnet_at(self, vpc_id: str, address: Addr) -> Subnet | None:
        """The subnet of the VPC that holds an address, or None. Raises FactMissing when not all subnets were read."""
        starts, entries = self._subnets.get(vpc_id, ((), ()))
        at = bisect_right(starts, address) - 1
        if at >= 0 and address <= entries[at][0]:
            return entries[at][1]
        self.view.need(Subnet, self.view.scope_of(vpc_id))
        return None

    def holds(self, subnet_id: str, address: Addr) -> bool:
        """True when the address lies in one of the subnet's CIDR blocks. Raises FactMissing for an unknown subnet."""
        version, value = address
        spans = self._spans.get(subnet_id)
        if spans is None:
            spans = AddressSet.of(self.view.subnet(subnet_id).cidrs).pieces
        return any(v == version and first <= value <= last for v, first, last in spans)

    def attached_subnets(self, attachment: TransitGatewayVpcAttachment) -> tuple[Subnet, ...]:
        """The subnets of a VPC attachment, sorted. Raises FactMissing."""
        found = self._attached.get(attachment.id)
        if found is None:
            found = tuple(self.view.subnet(subnet_id) for subnet_id in sorted(attachment.subnet_ids))
            self._attached[attachment.id] = found
        return found

    def owner_of(self, vpc_id: str, address: Addr) -> NetworkInterface | None:
        """The interface known to own a private address in a VPC, or None; says nothing about completeness."""
        return self._owners.get((vpc_id, address))

    def interfaces_of(self, subnet_id: str) -> tuple[NetworkInterface, ...]:
        """The interfaces known in a subnet; says nothing about completeness."""
        return self._by_subnet.get(subnet_id, ())

    def owners_of(self, address: Addr) -> tuple[NetworkInterface, ...]:
        """The interfaces with this private (or IPv6) address, one per VPC at most, ordered by VPC."""
        return self._owners_anywhere.get(address, ())

    def has_public(self, address: Addr) -> bool:
        """True when an interface of the snapshot is reached under this address from the internet."""
        return address in self._publics or (address[0] == 6 and address in self._owners_anywhere)

    def public_owner(self, address: Addr) -> tuple[NetworkInterface, Addr] | None:
        """The interface reached under this address from the internet and its own address behind it, or None."""
        if address[0] == 6:
            owners = self.owners_of(address)
            return (owners[0], address) if owners else None
        return self._publics.get(address)

    def nat_with_public(self, address: Addr) -> NatGateway | None:
        """The NAT gateway that uses this public address, or None."""
        return self._nat_publics.get(address)

    def public_ip(self, interface: NetworkInterface, private: Addr) -> Addr | None:
        """The public address associated with one private address of an interface, or None."""
        return next((addr(public) for own, public in interface.public_ips if addr(own) == private), None)

    def primary_of(self, instance: Instance) -> NetworkInterface:
        """The primary network interface of an instance (device 0). Raises FactMissing."""
        listed = [item for item in instance.raw.get("NetworkInterfaces") or () if item.get("NetworkInterfaceId")]
        if not listed:
            raise FactMissing(f"the network interface of {instance.id}", action_of(NetworkInterface.KEY))
        first = min(listed, key=lambda item: (item.get("Attachment") or {}).get("DeviceIndex", 0))
        return self.view.interface(first["NetworkInterfaceId"])

    def first_address(self, interface: NetworkInterface) -> Addr:
        """The primary address of an interface. Raises FactMissing when it lists none."""
        if not interface.private_ips:
            raise FactMissing(f"the address of {interface.id}", action_of(NetworkInterface.KEY))
        return addr(interface.private_ips[0])

    def internet_gateway_of(self, vpc_id: str) -> InternetGateway | None:
        """The internet gateway known to be attached to a VPC, or None; says nothing about completeness."""
        return self._internet_gateways.get(vpc_id)

    def edge_table_of(self, gateway_id: str) -> RouteTable | None:
        """The route table associated with a gateway, or None."""
        return self._edge_tables.get(gateway_id)

    def peers_of(self, vpc_id: str) -> tuple[str, ...]:
        """The VPCs with an active peering connection to this one in the same Region."""
        return self._peers.get(vpc_id, ())

    def attachment(self, attachment_id: str, transit_gateway_id: str) -> TransitGatewayAttachment | None:
        """An attachment as its transit gateway's owner sees it, or None."""
        return self._attachments.get((attachment_id, transit_gateway_id))

    def vpc_attachment(self, transit_gateway_id: str, vpc_id: str) -> TransitGatewayVpcAttachment | None:
        """The attachment of a VPC to a transit gateway, or None."""
        return self._vpc_attachments.get((transit_gateway_id, vpc_id))

    # -- indexes ---------------------------------------------------------------------------------------------------

    @cached_property
    def _spans(self) -> dict[str, tuple[tuple[int, int, int], ...]]:
        return {subnet.id: AddressSet.of(subnet.cidrs).pieces for subnet in self.view.snapshot.all(Subnet)}

    @cached_property
    def _subnets(self) -> dict[str, tuple[tuple[Addr, ...], tuple[tuple[Addr, Subnet], ...]]]:
        listed: dict[str, list[tuple[Addr, Addr, Subnet]]] = {}
        for subnet in self.view.snapshot.all(Subnet):
            for version, first, last in self._spans[subnet.id]:
                listed.setdefault(subnet.vpc_id, []).append(((version, first), (version, last), subnet))
        built = {}
        for vpc_id, entries in listed.items():
            entries.sort(key=lambda entry: entry[0])
            built[vpc_id] = (tuple(e[0] for e in entries), tuple((e[1], e[2]) for e in entries))
        return built

    @cached_property
    def _owners(self) -> dict[tuple[str, Addr], NetworkInterface]:
        return {
            (item.vpc_id, addr(own)): item
            for item in self.view.snapshot.all(NetworkInterface)
            if item.vpc_id
            for own in item.private_ips
        }

    @cached_property
    def _owners_anywhere(self) -> dict[Addr, tuple[NetworkInterface, ...]]:
        found: dict[Addr, list[NetworkInterface]] = {}
        for (_, own), item in sorted(self._owners.items(), key=lambda entry: entry[0]):
            found.setdefault(own, []).append(item)
        return {own: tuple(items) for own, items in found.items()}

    @cached_property
    def _internet_gateways(self) -> dict[str, InternetGateway]:
        return {v: gateway for gateway in self.view.snapshot.all(InternetGateway) for v in gateway.vpc_ids}

    @cached_property
    def _edge_tables(self) -> dict[str, RouteTable]:
        return {g: table for table in self.view.snapshot.all(RouteTable) for g in table.gateways}

    @cached_property
    def _by_subnet(self) -> dict[str, tuple[NetworkInterface, ...]]:
        found: dict[str, list[NetworkInterface]] = {}
        for item in self.view.snapshot.all(NetworkInterface):
            found.setdefault(str(item.subnet_id), []).append(item)
        return {subnet_id: tuple(items) for subnet_id, items in found.items()}

    @cached_property
    def _publics(self) -> dict[Addr, tuple[NetworkInterface, Addr]]:
        return {
            addr(public): (item, addr(own))
            for item in self.view.snapshot.all(NetworkInterface)
            for own, public in item.public_ips
        }

    @cached_property
    def _nat_publics(self) -> dict[Addr, NatGateway]:
        return {
            addr(item.public_ip): nat
            for nat in self.view.snapshot.all(NatGateway)
            for item in nat.addresses
            if item.public_ip
        }

    @cached_property
    def _peers(self) -> dict[str, tuple[str, ...]]:
        peers: dict[str, list[str]] = {}
        for pcx in self.view.snapshot.all(VpcPeeringConnection):
            a, b = pcx.requester, pcx.accepter
            if pcx.status == "active" and a.vpc_id and b.vpc_id and a.region == b.region:
                peers.setdefault(a.vpc_id, []).append(b.vpc_id)
                peers.setdefault(b.vpc_id, []).append(a.vpc_id)
        return {vpc_id: tuple(others) for vpc_id, others in peers.items()}

    @cached_property
    def _attachments(self) -> dict[tuple[str, str], TransitGatewayAttachment]:
        index: dict[tuple[str, str], TransitGatewayAttachment] = {}
        for item in self.view.snapshot.all(TransitGatewayAttachment):
            key = (item.id, item.transit_gateway_id)
            if key not in index or item.scope.account == item.raw.get("TransitGatewayOwnerId"):
                index[key] = item
        return index

    @cached_property
    def _vpc_attachments(self) -> dict[tuple[str, str], TransitGatewayVpcAttachment]:
        listed = self.view.snapshot.all(TransitGatewayVpcAttachment)
        return {(item.transit_gateway_id, item.vpc_id): item for item in listed if item.state != "deleted"}

    @cached_property
    def vpc_ids(self) -> tuple[str, ...]:
        """Every VPC of the snapshot, sorted."""
        return tuple(sorted({vpc.id for vpc in self.view.snapshot.all(Vpc)}))
