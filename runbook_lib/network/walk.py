"""Walk one packet through the network, one component after another, collecting every blocker on the way.

The walk continues past a filter that denies, so that all blockers are named; it stops where no next component is
known. Order at the sender: security group, route, network ACL (network-rules: evaluation order).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from runbook_lib.errors import FactMissing
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.vpc import Route, RouteTable, Subnet
from runbook_lib.network import balancer, doors, transit
from runbook_lib.network.flow import EPHEMERAL, Blocker, Direction, Exit, Hop, Leg, Packet, Place
from runbook_lib.network.intervals import Ports
from runbook_lib.network.tools import Tools, text

__all__ = ["Walk"]

_MAX_TURNS = 24


class Walk:
    """One direction of one flow for one sender and one destination address.

    `answer` walks carry the answer to an accepted flow: security groups are stateful and not asked again.
    """

    def __init__(self, tools: Tools, source_ports: Ports, answer: bool = False) -> None:
        self.tools = tools
        self.view = tools.view
        self.answer = answer
        self.direction = Direction()
        self.legs: list[Leg] = []
        self._leg: tuple[Place, Packet, Ports] | None = None
        self._source_ports = source_ports
        self._turns = 0

    # -- recording -------------------------------------------------------------------------------------------------

    def hop(self, kind: str, id_: str) -> None:
        """Add a hop unless it is the one just added."""
        hop = Hop(kind, id_)
        if not self.direction.hops or self.direction.hops[-1] != hop:
            self.direction.hops.append(hop)

    def block(self, code: str, component: str, detail: str, direction: str = "egress", rule: int | None = None) -> None:
        """Record a blocker, once."""
        blocker = Blocker(code=code, component=component, detail=detail, direction=direction, rule=rule)
        if blocker not in self.direction.blocked_by:
            self.direction.blocked_by.append(blocker)

    def miss(self, gap: FactMissing) -> None:
        """Record a fact that was needed and not there."""
        for action in gap.actions or (gap.what,):
            if action not in self.direction.missing:
                self.direction.missing.append(action)

    def finish(self, exit_: Exit | Place, word: str) -> None:
        """End the walk and its last leg; `word` is the exit of the contract."""
        self.direction.exit = word
        self.end_leg(exit_)

    def begin_leg(self, start: Place, packet: Packet, ports: Ports | None = None) -> None:
        """Begin a stretch: the sender's, or the one after a translation."""
        self._leg = (start, packet, ports or self._source_ports)

    def end_leg(self, end: Place | Exit) -> None:
        """End the current stretch."""
        if self._leg is not None:
            start, packet, ports = self._leg
            self.legs.append(Leg(start, packet, ports, end))
            self._leg = None

    # -- sending -----------------------------------------------------------------------------------------------------

    def send(self, place: Place, packet: Packet) -> None:
        """Send a packet from where it originates: security group first, then out of the subnet."""
        self.begin_leg(place, packet)
        if place.interface is not None:
            self.hop("network-interface", place.interface.id)
        if not self.answer and place.groups is not None:
            self.ask_groups(place.groups, True, packet)
        self.leave(place, packet)

    def leave(self, place: Place, packet: Packet) -> None:
        """From a place inside a VPC towards the packet's destination: same subnet, or by route table and NACL."""
        self._turns += 1
        if self._turns > _MAX_TURNS:
            self.block("CANNOT_ROUTE", place.subnet_id or str(place.vpc_id), "the routes lead in a circle")
            return
        try:
            if place.subnet_id and self.tools.holds(self.view.subnet(place.subnet_id), packet.dst):
                self.deliver(str(place.vpc_id), packet, same_subnet=True)
                return
            if place.nat_id is None:
                self.hop("subnet", place.subnet_id or str(place.vpc_id))
            table = self._table(place)
            route = self.tools.compiler.route(table, packet.dst)
        except FactMissing as gap:
            self.miss(gap)
            self.ask_acl(place.subnet_id, True, packet)
            return
        if route is None or route.is_blackhole:
            self._no_route(table, route, packet)
            self.ask_acl(place.subnet_id, True, packet)
            return
        self._follow(place, packet, table, route)

    def _table(self, place: Place) -> RouteTable:
        if place.subnet_id:
            return self.tools.table_of(place.subnet_id)
        if place.table_id:
            return self.view.get(RouteTable, place.table_id)
        raise FactMissing(f"the route table of {place.nat_id}", action_of(RouteTable.KEY))

    def _no_route(self, table: RouteTable, route: Route | None, packet: Packet) -> None:
        if route is None:
            detail = f"{table.label} has no route to {text(packet.dst)}"
            self.block("NO_ROUTE_TO_DESTINATION", table.id, detail)
        else:
            detail = f"the winning route {route.destination} -> {route.target} of {table.label} is a blackhole"
            self.block("BAD_STATE_ROUTE", table.id, detail)

    def _follow(self, place: Place, packet: Packet, table: RouteTable, route: Route) -> None:
        target = route.target or ""
        if not doors.stays_in_subnet(self, place, target):
            self.ask_acl(place.subnet_id, True, packet)
        try:
            if route.is_local:
                self.deliver(table.vpc_id, packet)
                return
            door = _door_of(target)
            if door is None:
                raise FactMissing(f"route target {target or 'unknown'} of {table.id}", action_of(RouteTable.KEY))
            door(self, place, packet, target)
        except FactMissing as gap:
            self.miss(gap)

    # -- delivering --------------------------------------------------------------------------------------------------

    def deliver(self, vpc_id: str, packet: Packet, *, same_subnet: bool = False) -> None:
        """Deliver to a private address inside a VPC; NACLs are crossed unless the sender sits in the same subnet.

        Raises FactMissing when the subnets or interfaces needed were not read.
        """
        subnet = self.tools.subnet_at(vpc_id, packet.dst)
        if subnet is None:
            detail = f"{text(packet.dst)} is in no subnet of {vpc_id}"
            self.block("NO_POSSIBLE_DESTINATION", vpc_id, detail, "ingress")
            return
        if not same_subnet:
            self.ask_acl(subnet.id, False, packet)
            self.hop("subnet", subnet.id)
        if self.answer:
            self.finish(Place(vpc_id, subnet.id), "delivered")
            return
        interface = self.tools.owner_of(vpc_id, packet.dst)
        if interface is None:
            self.view.need(NetworkInterface, subnet.scope)
            detail = f"no network interface owns {text(packet.dst)} in {subnet.label}"
            self.block("NO_POSSIBLE_DESTINATION", subnet.id, detail, "ingress")
            return
        self.accept(interface, subnet, packet)

    def accept(self, interface: NetworkInterface, subnet: Subnet, packet: Packet) -> None:
        """The packet reaches the interface that owns its destination address."""
        if interface.kind == "nat_gateway":
            detail = f"{interface.id} belongs to a NAT gateway, which accepts no new connections"
            self.block("NGW_REQUIRES_SOURCE_IN_VPC", interface.id, detail, "ingress")
            return
        if interface.kind == "lambda":
            detail = f"{interface.id} belongs to a Lambda function, which accepts no connections"
            self.block("NO_POSSIBLE_DESTINATION", interface.id, detail, "ingress")
            return
        self._check_running(interface)
        if interface.group_ids:
            self.ask_groups(interface.group_ids, False, packet, interface)
        self.hop("network-interface", interface.id)
        place = Place(interface.vpc_id, subnet.id, interface.group_ids, interface)
        endpoint = self.tools.endpoint_of(interface)
        if endpoint is not None:
            self.hop("vpc-endpoint", endpoint.id)
            if endpoint.state != "available":
                self.block("BAD_STATE", endpoint.id, f"{endpoint.label} is {endpoint.state}", "ingress")
            self.finish(place, "interface-endpoint")
        elif balancer.is_balancer(interface):
            balancer.forward(self, place, interface, packet)
        else:
            self.finish(place, "delivered")

    def _check_running(self, interface: NetworkInterface) -> None:
        instance = self.view.find(Instance, interface.instance_id) if interface.instance_id else None
        if instance is not None and instance.state not in (None, "running", "pending"):
            self.block("BAD_STATE", instance.id, f"{instance.label} is {instance.state}", "ingress")

    # -- filters -----------------------------------------------------------------------------------------------------

    def ask_groups(
        self, ids: tuple[str, ...], egress: bool, packet: Packet, at: NetworkInterface | None = None
    ) -> None:
        """Ask the security groups of the sender (egress) or of the interface the packet reaches (ingress)."""
        if not ids:
            self.miss(FactMissing("the security groups of the source", action_of(SecurityGroup.KEY)))
            return
        try:
            groups = self.tools.groups(ids)
        except FactMissing as gap:
            self.miss(gap)
            return
        other = packet.dst if egress else packet.src
        peer = self._peer_groups(packet) if egress else self._seen_groups(packet, at)
        answer = self.tools.compiler.groups_allow(groups, egress, other, peer, packet.traffic)
        if answer.allowed is None:
            self.miss(FactMissing("a prefix list named by a security group", "ec2:GetManagedPrefixListEntries"))
        elif not answer.allowed:
            way, word = ("egress", "to") if egress else ("ingress", "from")
            names = ", ".join(group.label for group in groups)
            code = "ENI_SG_RULES_MISMATCH" if answer.has_rules else "SG_HAS_NO_RULES"
            said = "no rule allows" if answer.has_rules else "no rules at all, so nothing is allowed:"
            detail = f"{names}: {said} {_traffic_words(packet)} {word} {text(other)}"
            self.block(code, ids[0], detail, way)

    def _peer_groups(self, packet: Packet) -> tuple[str, ...]:
        vpc_id = packet.sender_vpc or ""
        for candidate in (vpc_id, *self.tools.peers_of(vpc_id)):
            owner = self.tools.owner_of(candidate, packet.dst)
            if owner is not None:
                return owner.group_ids
        return ()

    def _seen_groups(self, packet: Packet, at: NetworkInterface | None) -> tuple[str, ...]:
        return packet.sender_groups if at is not None else ()

    def ask_acl(self, subnet_id: str | None, egress: bool, packet: Packet) -> None:
        """Ask the network ACL of a subnet about a packet leaving (egress) or entering it; no subnet, no ACL."""
        if subnet_id is None:
            return
        try:
            acl = self.tools.acl_of(subnet_id)
        except FactMissing as gap:
            self.miss(gap)
            return
        other = packet.dst if egress else packet.src
        for step in self.tools.compiler.acl_denies(acl, egress, other, packet.traffic):
            number = step.entry.number if step.entry and step.entry.number < 32767 else None
            rule = f"rule {number}" if number is not None else "the implicit deny"
            way, word = ("egress", "to") if egress else ("ingress", "from")
            part = replace(packet, traffic=replace(packet.traffic, ports=step.ports))
            detail = f"{acl.label}, {rule}: denies {_traffic_words(part)} {word} {text(other)} at {subnet_id}"
            self.block("SUBNET_ACL_RESTRICTION", acl.id, detail, way, number)
            if self.answer and packet.traffic.has_ports:
                self.direction.blocked_ports.append(step.ports)

    # -- after a translation ---------------------------------------------------------------------------------------

    def translate(self, here: Place, sender: Place, packet: Packet) -> None:
        """End the leg at a translator and go on as a new sender (a NAT gateway uses ports 1024-65535)."""
        self.end_leg(here)
        self.begin_leg(sender, packet, EPHEMERAL)
        self.leave(sender, packet)


Door = Callable[[Walk, Place, Packet, str], None]


def _door_of(target: str) -> Door | None:
    prefix = target.split("-", 1)[0]
    return {
        "igw": doors.internet_gateway,
        "eigw": doors.egress_only_gateway,
        "nat": doors.nat_gateway,
        "vpce": doors.endpoint,
        "pcx": doors.peering,
        "eni": doors.appliance,
        "i": doors.appliance_instance,
        "tgw": transit.transit_gateway,
        "vgw": transit.vpn_gateway,
    }.get(prefix)


def _traffic_words(packet: Packet) -> str:
    traffic = packet.traffic
    name = {-1: "all traffic", 1: "icmp", 6: "tcp", 17: "udp"}.get(traffic.protocol, f"protocol {traffic.protocol}")
    if not traffic.has_ports:
        return name
    low, high = traffic.ports
    return f"{name} {low}" if low == high else f"{name} {low}-{high}"
