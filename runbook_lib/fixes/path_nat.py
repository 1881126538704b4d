"""Fixes for the way to the internet: NAT gateways, public subnets, Elastic IP addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import ip_address

from runbook_lib.fixes.changes import Change, Limit, aws, resource
from runbook_lib.fixes.edits import added, changed
from runbook_lib.fixes.path_carriers import Carrier, carriers, is_public_table, zone_of
from runbook_lib.fixes.path_routes import add_route, associate_subnet, routed
from runbook_lib.fixes.stops import ANYWHERE, Stop
from runbook_lib.model.fact import Network
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.vpc import RouteTable, Subnet
from runbook_lib.network.routing import is_private
from runbook_lib.network.view import View

__all__ = ["give_public_way", "new_nat", "route_nat"]

_PROPOSED = "198.51.100.250"  # stands for the Elastic IP address that AWS will give; reserved for documentation


def give_public_way(stop: Stop) -> Iterator[Change]:
    """What reaches an internet gateway without a public address: run elsewhere, be routed elsewhere, or get one."""
    view, interface = stop.view, stop.asked.interface
    if stop.subnet_id is None or stop.is_past_nat:
        return
    if interface is not None and interface.kind == "interface":
        yield _elastic_ip(stop, interface)
    subnet = view.subnet(stop.subnet_id)
    ways = {table.id: _nat_of(view, table) for table in view.in_vpc(RouteTable, subnet.vpc_id)}
    tables = [table for table in view.in_vpc(RouteTable, subnet.vpc_id) if ways[table.id] is not None]
    tables.sort(key=lambda table: zone_of(view, ways[table.id]) not in (None, subnet.az))
    if stop.asked.function is not None:
        yield from _move(stop, tables)
    yield from associate_subnet(stop, subnet, tables[:1])
    yield from add_route(stop)


def _nat_of(view: View, table: RouteTable) -> NatGateway | None:
    """The working public NAT gateway that a table's default route leads to, or None."""
    default = [route for route in table.routes if route.cidr == ANYWHERE[4] and not route.is_blackhole]
    found = view.find(NatGateway, str(default[0].target)) if default else None
    return found if found is not None and found.state == "available" and found.is_public else None


def _move(stop: Stop, tables: list[RouteTable]) -> Iterator[Change]:
    """Run the function in the VPC's subnets that leave through a NAT gateway."""
    function = stop.asked.function
    ids = {table.id for table in tables}
    subnets = stop.view.subnets_in(str(function.vpc_id)) if function else ()
    private = [subnet for subnet in subnets if stop.view.route_table_of(subnet.id).id in ids]
    if function is None or not private:
        return
    config = {**function.raw["VpcConfig"], "SubnetIds": [subnet.id for subnet in private]}
    listed = ", ".join(subnet.label for subnet in private)
    yield Change(
        title=f"Run {function.id} in {listed}, which leave through a NAT gateway",
        terraform=f"# in aws_lambda_function {function.id}: vpc_config.subnet_ids = "
        f"{json.dumps(config['SubnetIds'])}\n",
        cli=aws(
            "lambda update-function-configuration",
            stop.region(),
            function_name=function.id,
            vpc_config=f"SubnetIds={','.join(config['SubnetIds'])},SecurityGroupIds={','.join(function.group_ids)}",
        ),
        edits=(changed(function, VpcConfig=config),),
        warnings=("A Lambda function can never have a public address of its own.",),
        limit=Limit.ROUTE,
    )


def _elastic_ip(stop: Stop, interface: NetworkInterface) -> Change:
    own = str(interface.private_ips[0])
    listed = interface.raw.get("PrivateIpAddresses") or [{"PrivateIpAddress": own, "Primary": True}]
    made = [
        {**item, "Association": {"PublicIp": _PROPOSED}} if item.get("PrivateIpAddress") == own else item
        for item in listed
    ]
    return Change(
        title=f"Associate an Elastic IP address with {interface.label}",
        terraform=resource("aws_eip", f"{interface.id}", domain="vpc", network_interface=interface.id),
        cli=aws("ec2 allocate-address", stop.region(), domain="vpc")
        + aws("ec2 associate-address", stop.region(), network_interface_id=interface.id, allocation_id="ALLOCATION_ID"),
        edits=(changed(interface, PrivateIpAddresses=made),),
        warnings=("Its security groups decide what may come in from the internet afterwards.",),
        limit=Limit.ROUTE,
    )


def route_nat(stop: Stop) -> Iterator[Change]:
    """A NAT gateway in a subnet that leaves by no internet gateway: associate its subnet with a table that does."""
    nat = stop.view.find(NatGateway, stop.component) or stop.nat()
    if nat is None or nat.subnet_id is None:
        return
    subnet = stop.view.subnet(nat.subnet_id)
    own = stop.view.route_table_of(subnet.id)
    tables = [t for t in stop.view.in_vpc(RouteTable, subnet.vpc_id) if is_public_table(t) and t.id != own.id]
    yield from associate_subnet(stop, subnet, tables[:1])


def new_nat(stop: Stop) -> Iterator[Change]:
    """A NAT gateway of its own in a public subnet, where the VPC has no usable one."""
    table, view = stop.table(), stop.view
    public = any(not is_private((4, int(cidr.network_address))) for cidr in stop.to if cidr.version == 4)
    if table is None or stop.is_answer or stop.is_past_nat or not stop.subnet_id or not public:
        return
    if carriers(stop, table, stop.to):
        return
    subnets = [s for s in view.subnets_in(table.vpc_id) if is_public_table(view.route_table_of(s.id))]
    subnets = [s for s in subnets if view.route_table_of(s.id).id != table.id]
    zone = view.subnet(stop.subnet_id).az
    home = next((s for s in subnets if s.az == zone), next(iter(subnets), None))
    if home is None:
        yield Change(
            title=f"Create a public subnet with a NAT gateway in {table.vpc_id} and route {table.label} to it",
            terraform="",
            cli="",
            untried=f"Not tried: {table.vpc_id} has no public subnet with another route table to put it in.",
        )
        return
    if stop.to != (ANYWHERE[4],):
        yield _nat_in(stop, table, home, stop.to)
    yield _nat_in(stop, table, home, (ANYWHERE[4],))


def _nat_in(stop: Stop, table: RouteTable, home: Subnet, to: tuple[Network, ...]) -> Change:
    id_ = "nat-proposed"
    own = _free_address(stop.view, home)
    address = {"PrivateIp": own, "PublicIp": _PROPOSED, "IsPrimary": True}
    raw = {
        "NatGatewayId": id_,
        "VpcId": home.vpc_id,
        "SubnetId": home.id,
        "State": "available",
        "ConnectivityType": "public",
        "NatGatewayAddresses": [address],
    }
    route = routed(stop, table, to, Carrier("NatGatewayId", id_, "it", ANYWHERE[4]))
    return Change(
        title=f"Create a NAT gateway in {home.label} and route {', '.join(map(str, to))} of {table.label} to it",
        terraform=resource("aws_eip", "nat", domain="vpc")
        + "\n"
        + resource("aws_nat_gateway", "proposed", allocation_id="ALLOCATION_ID", subnet_id=home.id)
        + "\n"
        + route.terraform,
        cli=aws("ec2 allocate-address", stop.region(), domain="vpc")
        + aws("ec2 create-nat-gateway", stop.region(), subnet_id=home.id, allocation_id="ALLOCATION_ID")
        + route.cli,
        edits=(added(NatGateway, home, id_, raw), *route.edits),
        warnings=("A NAT gateway is billed per hour and per GB.", *route.warnings),
        limit=Limit.ROUTE,
    )


def _free_address(view: View, subnet: Subnet) -> str:
    cidr = next(cidr for cidr in subnet.cidrs if cidr.version == 4)
    taken = {ip for item in view.snapshot.all(NetworkInterface) for ip in item.private_ips}
    highest = int(cidr.broadcast_address) - 1
    return str(next(ip for value in range(highest, 0, -1) if (ip := ip_address(value)) not in taken))
