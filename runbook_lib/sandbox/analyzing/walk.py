"""One packet's way through the VPCs, component after component, until it arrives or the first thing stops it.

The order is that of AWS's own answers: security group, network ACL, route table, and the other way round on arrival.
https://docs.aws.amazon.com/vpc/latest/reachability/getting-started-cli.html (read 2026-11-21)
"""

from __future__ import annotations

from typing import Any, NamedTuple

from runbook_lib.sandbox.analyzing import filters, gateways, shapes
from runbook_lib.sandbox.analyzing.facts import Facts
from runbook_lib.sandbox.analyzing.packets import Blocked, End, NotModelled, Packet, Spot

__all__ = ["Leg", "Walk"]

_MOST_COMPONENTS = 100


class Leg(NamedTuple):
    """A stretch without address translation; `end` is None where it left the VPCs, by the component `id`."""

    start: Spot
    packet: Packet
    end: Spot | None
    id: str


class Walk:
    """One direction of one flow. `stops` are the components at which it ends; an answer is not asked by groups."""

    def __init__(self, facts: Facts, stops: frozenset[str], *, is_answer: bool = False) -> None:
        self.facts = facts
        self.stops = stops
        self.is_answer = is_answer
        self.is_one_way = False
        self.components: list[dict[str, Any]] = []
        self.legs: list[Leg] = []
        self.decided: tuple[Any, list[Any]] | None = None
        self._start: tuple[Spot, Packet] | None = None

    # -- recording -------------------------------------------------------------------------------------------------

    def named(self, id_: str) -> dict[str, str]:
        """The id, ARN and name of a component."""
        return shapes.component(self.facts.ec2, id_)

    def add(self, id_: str, **parts: Any) -> None:
        """One more component of the path."""
        if len(self.components) >= _MOST_COMPONENTS:
            raise NotModelled("routes that lead in a circle")
        said = {name: part for name, part in parts.items() if part}
        number = len(self.components) + 1
        empty: dict[str, Any] = {"AdditionalDetails": [], "Explanations": []}
        self.components.append({"SequenceNumber": number, "Component": self.named(id_), **empty, **said})

    def add_interface(self, spot: Spot, **headers: Any) -> None:
        """The interface of a spot, with its subnet and VPC."""
        interface = spot.interface
        holder = spot.nat.id if spot.nat else interface.instance.id if interface.instance else ""
        attached = {"AttachedTo": self.named(holder)} if holder else {}
        self.add(interface.id, **attached, **self.place(spot), **headers)

    def place(self, spot: Spot) -> dict[str, Any]:
        """The subnet and VPC of a spot."""
        subnet = {"Subnet": self.named(spot.subnet.id)} if spot.subnet else {}
        return subnet | {"Vpc": self.named(spot.vpc_id)}

    def block(self, code: str, /, **parts: Any) -> Blocked:
        """The end of the walk, to be raised."""
        return Blocked(shapes.explanation(code, **parts))

    def begin(self, spot: Spot, packet: Packet) -> None:
        """Begin a stretch."""
        self._start = spot, packet

    def finish(self, id_: str, packet: Packet, spot: Spot | None = None) -> End:
        """End the stretch, and with it the walk unless another begins."""
        if self._start:
            self.legs.append(Leg(self._start[0], packet, spot, id_))
            self._start = None
        return End(id=id_, packet=packet, spot=spot)

    # -- sending ---------------------------------------------------------------------------------------------------

    def send(self, spot: Spot, packet: Packet) -> End:
        """From an interface on."""
        self.begin(spot, packet)
        self.add_interface(spot, OutboundHeader=shapes.header(packet))
        return self.leave(spot, self.ask_groups(spot, packet, egress=True))

    def leave(self, spot: Spot, packet: Packet) -> End:
        """Out of where the packet is: inside the subnet, else by network ACL and route table."""
        subnet = spot.subnet
        if subnet is not None and self.facts.subnet_at(spot.vpc_id, packet.destination) is subnet:
            return self.deliver(spot.vpc_id, packet, came_from=subnet)
        table = self.facts.table_of(subnet) if subnet else self.facts.ec2.get_route_table(spot.nat.route_table_id)
        routes = self.facts.routes(table, packet.destination)
        if not (routes and gateways.is_in_subnet(routes[0], subnet)):
            packet = self.ask_acl(subnet, packet, egress=True)
        self.decided = table, routes
        place = self.place(spot)
        if not routes:
            where = {"Destination": self.named(next(iter(sorted(self.stops))))} if self.stops else {}
            address = {"Address": f"{packet.destination}/32"}
            raise self.block("NO_ROUTE_TO_DESTINATION", RouteTable=self.named(table.id), **where, **address, **place)
        shaped = shapes.route(routes[0])
        if routes[0].state != "active":
            said = {"RouteTable": self.named(table.id), "RouteTableRoute": shaped}
            raise self.block("BAD_STATE_ROUTE", **said, **place)
        self.add(table.id, RouteTableRoute=shaped, Vpc=place["Vpc"])
        if routes[0].local:
            return self.deliver(spot.vpc_id, packet, came_from=subnet)
        return gateways.through(self, spot, packet, routes[0])

    # -- arriving --------------------------------------------------------------------------------------------------

    def deliver(self, vpc_id: str, packet: Packet, came_from: Any) -> End:
        """To the interface of the VPC that has the address; `came_from` is the subnet it left, None for a gateway."""
        subnet = self.facts.subnet_at(vpc_id, packet.destination)
        interface = self.facts.interface_at(vpc_id, packet.destination) if subnet else None
        if subnet is not None and subnet is not came_from:
            packet = self.ask_acl(subnet, packet, egress=False)
        if interface is None:
            said = {"Address": f"{packet.destination}/32", "Vpc": self.named(vpc_id)}
            raise self.block("NO_POSSIBLE_DESTINATION", Component=self.named(subnet.id if subnet else vpc_id), **said)
        nat = self.facts.nat_of(interface.id)
        spot = Spot(vpc_id=vpc_id, subnet=subnet, interface=interface, nat=nat)
        if interface.id not in self.stops and (nat is not None or "load_balancer" in interface.interface_type):
            raise NotModelled(f"traffic addressed to {interface.id}, an interface of type {interface.interface_type}")
        packet = self.ask_groups(spot, packet, egress=False)
        self.add_interface(spot, InboundHeader=shapes.header(packet))
        self._enter_endpoint(interface.id)
        return self.finish(interface.id, packet, spot)

    def _enter_endpoint(self, interface_id: str) -> None:
        endpoint = None if self.is_answer else self.facts.endpoint_of(interface_id)
        if endpoint is None:
            return
        if endpoint.state != "available":
            raise self.block("BAD_STATE", Component=self.named(endpoint.id), State=endpoint.state)
        self.add(endpoint.id, ServiceName=endpoint.service_name)

    # -- filters ---------------------------------------------------------------------------------------------------

    def ask_groups(self, spot: Spot, packet: Packet, *, egress: bool) -> Packet:
        """What of the packet the security groups of an interface let through; they remember whom they answer."""
        groups = spot.interface._group_set
        if not groups or self.is_answer:
            for group in groups:
                self.add(group.id)
            return packet
        passed = filters.admitted_by_groups(self.facts, spot.interface, packet, egress=egress)
        direction = "egress" if egress else "ingress"
        if not passed.ports:
            place = {"Direction": direction, "NetworkInterface": self.named(spot.interface.id), **self.place(spot)}
            if len(groups) == 1 and not (groups[0].egress_rules if egress else groups[0].ingress_rules):
                raise self.block("SG_HAS_NO_RULES", SecurityGroup=self.named(groups[0].id), **place)
            listed = [self.named(group.id) for group in groups]
            raise self.block("ENI_SG_RULES_MISMATCH", SecurityGroups=listed, **place)
        self.add(passed.group_id, SecurityGroupRule=shapes.rule(passed.rule, passed.group_id, direction))
        return packet.narrowed(passed.ports)

    def ask_acl(self, subnet: Any, packet: Packet, *, egress: bool) -> Packet:
        """What of the packet the network ACL of a subnet lets through; no subnet, no ACL."""
        if subnet is None:
            return packet
        acl = self.facts.acl_of(subnet.id)
        passed = filters.admitted_by_acl(acl, packet, egress=egress)
        rule = {"AclRule": shapes.acl_rule(passed.rule)} if passed.rule else {}
        if not passed.ports:
            place = {"Subnet": self.named(subnet.id), "Vpc": self.named(subnet.vpc_id)}
            direction = "egress" if egress else "ingress"
            raise self.block("SUBNET_ACL_RESTRICTION", Direction=direction, Acl=self.named(acl.id), **rule, **place)
        self.add(acl.id, **rule)
        return packet.narrowed(passed.ports)
