"""Walk one packet through the network, one component after another, collecting every blocker on the way.

The walk continues past a filter that denies, so that all blockers are named; it stops where no next component is
known. Order at the sender: security group, route, network ACL (network-rules: evaluation order). Questions to security
groups stay open (see `GroupQuestion`), and the two ends are written as marks, so that one walk serves every flow
between the same subnets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runbook_lib.errors import FactMissing
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.vpc import Route, RouteTable, Subnet
from runbook_lib.network import balancer, doors, internet, special, transit, vpn
from runbook_lib.network.flow import EPHEMERAL, Addr, Blocker, Exit, GroupQuestion, Leg, Packet, Place, Trail
from runbook_lib.network.intervals import Ports
from runbook_lib.network.marks import FROM, PORT, RECEIVER, SENDER, TARGET, Ends
from runbook_lib.network.tools import Tools, holds, text
from runbook_lib.network.traffic import words

__all__ = ["Walk"]

_MAX_TURNS = 24


class Walk:
    """One direction of one flow for one sender and one destination address.

    `is_answer` walks carry the answer to an accepted flow: security groups are stateful and not asked again.
    """

    def __init__(self, tools: Tools, ends: Ends, source_ports: Ports, is_answer: bool = False) -> None:
        self.tools = tools
        self.view = tools.view
        self.ends = ends
        self.is_answer = is_answer
        self.trail = Trail()
        self.legs: list[Leg] = []
        self.source_ports = source_ports
        self._leg: Leg | None = None
        self._turns = 0

    # -- recording -------------------------------------------------------------------------------------------------

    def hop(self, kind: str, id_: str) -> None:
        """Add a hop unless it is the one just added."""
        hops = self.trail.hops
        if not hops or hops[-1].id != id_ or hops[-1].kind != kind:
            hops.append(self.tools.hop(kind, id_))

    def block(self, code: str, component: str, detail: str, direction: str = "egress", rule: int | None = None) -> None:
        """Record a blocker, once."""
        blocker = Blocker(code=code, component=component, detail=detail, direction=direction, rule=rule)
        if blocker not in self.trail.stops:
            self.trail.stops.append(blocker)

    def miss(self, gap: FactMissing) -> None:
        """Record a fact that was needed and not there."""
        for action in gap.actions or (gap.what,):
            if action not in self.trail.missing:
                self.trail.missing.append(action)

    def id_of(self, interface: NetworkInterface) -> str:
        """The interface's id, or the mark of the end that it is."""
        if self.ends.sender is interface:
            return SENDER
        return RECEIVER if self.ends.receiver is interface else interface.id

    def text(self, address: Addr) -> str:
        """The address as people write it, or the mark of the end that it is."""
        return self.ends.marks.get(address) or text(address)

    def finish(self, exit_: Exit | Place, word: str) -> None:
        """End the walk and its last leg; `word` is the exit of the contract."""
        self.trail.exit = word
        self.end_leg(exit_)

    def begin_leg(self, start: Place, packet: Packet, ports: Ports | None = None, *, is_tracked: bool = False) -> None:
        """Begin a stretch: the sender's, or the one after a translation."""
        self._leg = Leg(start, packet, ports or self.source_ports, start, is_tracked)

    def end_leg(self, end: Place | Exit) -> None:
        """End the current stretch."""
        if self._leg is not None:
            leg = self._leg
            self.legs.append(Leg(leg.start, leg.packet, leg.ports, end, leg.is_tracked))
            self._leg = None

    def fork(self) -> Walk:
        """A walk of its own from here on, for one of several ways."""
        return Walk(self.tools, self.ends, self.source_ports, self.is_answer)

    def join(self, chosen: Walk, branches: Sequence[Walk]) -> None:
        """Go on as one branch went; what the others met is kept too."""
        for hop in chosen.trail.hops:
            self.hop(hop.kind, hop.id)
        for branch in branches:
            self.trail.stops.extend(stop for stop in branch.trail.stops if stop not in self.trail.stops)
            self.trail.missing.extend(word for word in branch.trail.missing if word not in self.trail.missing)
            self.legs.extend(branch.legs)
        self.trail.exit = chosen.trail.exit

    # -- sending -----------------------------------------------------------------------------------------------------

    def send(self, place: Place, packet: Packet) -> None:
        """Send a packet from where it originates: security group first, then out of the subnet."""
        self.begin_leg(place, packet)
        if place.interface is not None:
            self.hop("network-interface", self.id_of(place.interface))
            if not self.is_answer and (problem := self.tools.roles.silence_of(place.interface)):
                self.block(problem.code, problem.component, problem.detail)
        if not self.is_answer and special.meets(self, place, packet):
            self._leg = None
            return
        if place.interface is not None:
            self._need_groups(place.interface)
        if not self.is_answer and place.groups is not None:
            self.trail.stops.append(GroupQuestion(True, vpc_id=place.vpc_id))
        self.leave(place, packet)

    def leave(self, place: Place, packet: Packet) -> None:
        """From a place inside a VPC towards the packet's destination: same subnet, or by route table and NACL."""
        self._turns += 1
        if self._turns > _MAX_TURNS:
            self.block("CANNOT_ROUTE", place.subnet_id or str(place.vpc_id), "the routes lead in a circle")
            return
        try:
            if place.subnet_id and self.tools.holds(place.subnet_id, packet.dst):
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
            detail = f"{table.label} has no route to {self.text(packet.dst)}"
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
            door = _DOORS.get(target.split("-", 1)[0])
            if door is None:
                raise doors.unsupported(table.id, route)
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
            detail = f"{self.text(packet.dst)} is in no subnet of {vpc_id}"
            self.block("NO_POSSIBLE_DESTINATION", vpc_id, detail, "ingress")
            return
        if not same_subnet:
            self.ask_acl(subnet.id, False, packet)
            self.hop("subnet", subnet.id)
        if self.is_answer:
            self.finish(Place(vpc_id, subnet.id), "delivered")
            return
        interface = self.tools.owner_of(vpc_id, packet.dst)
        if interface is None:
            self.view.need(NetworkInterface, subnet.scope)
            detail = f"no network interface owns {self.text(packet.dst)} in {subnet.label}"
            self.block("NO_POSSIBLE_DESTINATION", subnet.id, detail, "ingress")
            return
        self.accept(interface, subnet, packet)

    def accept(self, interface: NetworkInterface, subnet: Subnet, packet: Packet) -> None:
        """The packet reaches the interface that owns its destination address."""
        own = self.id_of(interface)
        problem = self.tools.roles.deafness_of(interface)
        if problem:
            self.block(problem.code, problem.component, problem.detail, "ingress")
            if problem.is_final:
                return
        self.ask_groups(interface, packet)
        self.hop("network-interface", own)
        place = Place(interface.vpc_id, subnet.id, interface.group_ids, interface)
        if self.tools.roles.is_endpoint(interface):
            self._enter_endpoint(interface, place)
        elif balancer.is_network(interface):
            balancer.forward(self, place, interface, packet)
        else:
            self.finish(place, "delivered")

    def _enter_endpoint(self, interface: NetworkInterface, place: Place) -> None:
        endpoint = self.tools.roles.endpoint_of(interface)
        if endpoint is None:
            self.miss(FactMissing(f"the endpoint of {interface.id}", "ec2:DescribeVpcEndpoints"))
        else:
            self.hop("vpc-endpoint", endpoint.id)
            try:
                doors.need_available(self, endpoint, "ingress")
            except FactMissing as gap:
                self.miss(gap)
        self.finish(place, "interface-endpoint")

    # -- filters -----------------------------------------------------------------------------------------------------

    def ask_groups(self, interface: NetworkInterface, packet: Packet) -> None:
        """Leave open what the groups of the interface reached say about a packet; without groups nothing is asked."""
        if self.is_answer or not interface.group_ids:
            self._need_groups(interface)
            return
        groups = None if self.ends.receiver is interface else tuple(sorted(interface.group_ids))
        other = None if self.text(packet.src) == FROM else packet.src
        traffic = None if packet.traffic.ports == self.ends.ports else packet.traffic
        self.trail.stops.append(GroupQuestion(False, traffic, groups, other, packet.shows_groups))

    def _need_groups(self, interface: NetworkInterface) -> None:
        if interface.lacks_groups and not self.is_answer:
            self.miss(FactMissing(f"the security groups of {interface.id}", action_of(NetworkInterface.KEY)))

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
            said = words(packet.traffic._replace(ports=step.ports), self._port_mark(step.ports))
            detail = f"{acl.label}, {rule}: denies {said} {word} {self.text(other)} at {subnet_id}"
            self.block("SUBNET_ACL_RESTRICTION", acl.id, detail, way, number)
            if self.is_answer and packet.traffic.has_ports:
                self.trail.blocked_ports.append(step.ports)

    def _port_mark(self, ports: Ports) -> str:
        """The mark of the flow's source port, where an answer goes to exactly that, or of its one target port."""
        if ports[0] != ports[1]:
            return ""
        if self.is_answer:
            return PORT if ports == self.source_ports else ""
        return TARGET if ports == self.ends.ports else ""

    def ask_source(self, vpc_id: str, gateway_id: str, packet: Packet) -> None:
        """A gateway lets out of a VPC only what has an address of that VPC. Raises FactMissing."""
        if not holds(self.tools.vpc_addresses(vpc_id), packet.src):
            detail = f"{self.text(packet.src)} is not an address of {vpc_id}; {gateway_id} drops it"
            self.block("GATEWAY_REJECTS_SPOOFED_TRAFFIC", gateway_id, detail)

    # -- after a translation ---------------------------------------------------------------------------------------

    def translate(self, here: Place, packet: Packet) -> None:
        """End the leg at a translator and go on from there as a new sender (a NAT gateway uses ports 1024-65535)."""
        self.end_leg(here)
        self.begin_leg(here, packet, EPHEMERAL)
        self.leave(here, packet)


Door = Callable[[Walk, Place, Packet, str], None]

_DOORS: dict[str, Door] = {
    "igw": internet.internet_gateway,
    "eigw": internet.egress_only_gateway,
    "nat": doors.nat_gateway,
    "vpce": doors.endpoint,
    "pcx": doors.peering,
    "eni": doors.appliance,
    "i": doors.appliance_instance,
    "tgw": transit.transit_gateway,
    "vgw": vpn.vpn_gateway,
}
