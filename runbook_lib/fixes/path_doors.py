"""Fixes for doors: gateway endpoints, what is not in service, Block Public Access, appliances."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.fixes.changes import Change, Limit, aws, resource
from runbook_lib.fixes.edits import added, changed, neighbours, route_added
from runbook_lib.fixes.path_routes import add_route
from runbook_lib.fixes.stops import Stop, is_inside
from runbook_lib.fixes.text import cli, terraform
from runbook_lib.model.fact import Fact
from runbook_lib.model.gateways import (
    InternetGateway,
    NatGateway,
    VpcBlockPublicAccessExclusion,
    VpcEndpoint,
    VpcPeeringConnection,
)
from runbook_lib.model.interfaces import Instance, NetworkInterface
from runbook_lib.model.vpc import PrefixList, RouteTable, Subnet
from runbook_lib.network.names import GATEWAY_SERVICES

__all__ = ["exclude", "repair_state", "stop_checking", "use_endpoint"]

_OPEN_POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


# -- gateway endpoints -------------------------------------------------------------------------------------------------


def use_endpoint(stop: Stop) -> Iterator[Change]:
    """For S3 and DynamoDB: associate the gateway endpoint with the table the packet left by, or create one."""
    table = stop.table()
    if table is None or stop.is_answer or stop.is_past_nat:
        return
    for service in GATEWAY_SERVICES:
        try:
            listed = stop.view.service_prefix_list(table.vpc_id, service)
            endpoints = stop.view.endpoints_in(table.vpc_id)
        except FactMissing:
            continue
        if listed.cidrs and is_inside(stop.to, listed.cidrs):
            live = [e for e in endpoints if e.kind == "Gateway" and e.service_short == service]
            yield from (_association(stop, e, table, listed) for e in live[:1] if e.state == "available")
            if not live:
                yield _endpoint(stop, service, table, listed)


def _cutover(stop: Stop, table: RouteTable, service: str) -> tuple[str, ...]:
    others = neighbours(stop.view, table, [stop.subnet_id] if stop.subnet_id else [])
    shared = (f"{table.label} also serves {', '.join(others)}: their traffic to {service} moves too.",)
    return (
        f"Open connections to {service} through {table.label} are dropped when the route appears.",
        f"{service} sees private source addresses afterwards: policies with aws:SourceIp stop matching.",
        *(shared if others else ()),
    )


def _association(stop: Stop, endpoint: VpcEndpoint, table: RouteTable, listed: PrefixList) -> Change:
    values = {"endpoint_id": endpoint.id, "table_id": table.id, "region": stop.region()}
    tables = list(dict.fromkeys((*endpoint.route_table_ids, table.id)))
    return Change(
        title=f"Associate {endpoint.label} with {table.label}",
        terraform=terraform("association", **values),
        cli=cli("association", **values),
        edits=(changed(endpoint, RouteTableIds=tables), route_added(table, listed.id, endpoint.id)),
        warnings=_cutover(stop, table, endpoint.service_short),
        limit=Limit.ROUTE,
        meant=listed.cidrs or (),
    )


def _endpoint(stop: Stop, service: str, table: RouteTable, listed: PrefixList) -> Change:
    id_, region = f"vpce-proposed-{service}", stop.region()
    raw = {
        "VpcEndpointId": id_,
        "VpcEndpointType": "Gateway",
        "VpcId": table.vpc_id,
        "ServiceName": f"com.amazonaws.{region}.{service}",
        "State": "available",
        "RouteTableIds": [table.id],
        "PolicyDocument": json.dumps(_OPEN_POLICY),
    }
    values = {"vpc_id": table.vpc_id, "service": service, "region": region, "tables": [table.id]}
    return Change(
        title=f"Create a gateway endpoint for {service} in {table.vpc_id}, for {table.label}",
        terraform=terraform("gateway_endpoint", **values),
        cli=cli("gateway_endpoint", **values),
        edits=(added(VpcEndpoint, table, id_, raw), route_added(table, listed.id, id_)),
        warnings=(
            *_cutover(stop, table, service),
            "The policy of the new endpoint allows everything; narrow it once it works.",
        ),
        limit=Limit.ROUTE,
        meant=listed.cidrs or (),
    )


# -- states ------------------------------------------------------------------------------------------------------------


def repair_state(stop: Stop) -> Iterator[Change]:
    """Something on the way is not in service: attach, accept, start it, or go another way."""
    found: Any = None
    for kind in (NatGateway, InternetGateway, VpcPeeringConnection, Instance):
        found = found or stop.view.find(kind, stop.component)
    if isinstance(found, NatGateway):
        yield from add_route(stop)
    elif isinstance(found, InternetGateway) and not found.vpc_ids:
        yield _attach(stop, found)
    elif isinstance(found, VpcPeeringConnection) and found.status == "pending-acceptance":
        yield _changed_state(
            stop,
            found,
            f"Accept {found.label}",
            resource(
                "aws_vpc_peering_connection_accepter", found.id, vpc_peering_connection_id=found.id, auto_accept=True
            ),
            aws("ec2 accept-vpc-peering-connection", stop.region(), vpc_peering_connection_id=found.id),
            Status={"Code": "active"},
        )
    elif isinstance(found, Instance) and found.state == "stopped":
        command = aws("ec2 start-instances", stop.region(), instance_ids=found.id)
        state = resource("aws_ec2_instance_state", found.id, instance_id=found.id, state="running")
        yield _changed_state(stop, found, f"Start {found.label}", state, command, State={"Name": "running"})


def _changed_state(stop: Stop, fact: Fact, title: str, text: str, command: str, **fields: Any) -> Change:
    return Change(title=title, terraform=text, cli=command, edits=(changed(fact, **fields),), limit=Limit.ROUTE)


def _attach(stop: Stop, gateway: InternetGateway) -> Change:
    table = stop.table()
    vpc_id = table.vpc_id if table else str(stop.asked.vpc_id)
    return _changed_state(
        stop,
        gateway,
        f"Attach {gateway.label} to {vpc_id}",
        resource("aws_internet_gateway_attachment", gateway.id, internet_gateway_id=gateway.id, vpc_id=vpc_id),
        aws("ec2 attach-internet-gateway", stop.region(), internet_gateway_id=gateway.id, vpc_id=vpc_id),
        Attachments=[{"VpcId": vpc_id, "State": "available"}],
    )


def stop_checking(stop: Stop) -> Iterator[Change]:
    """Let an appliance forward what is not addressed to it."""
    interface = stop.view.find(NetworkInterface, stop.component)
    if interface is not None:
        yield _changed_state(
            stop,
            interface,
            f"Switch SourceDestCheck off for {interface.label}",
            f"# in the configuration of {interface.id} or its instance: source_dest_check = false\n",
            aws(
                "ec2 modify-network-interface-attribute",
                stop.region(),
                network_interface_id=interface.id,
                no_source_dest_check=True,
            ),
            SourceDestCheck=False,
        )


def exclude(stop: Stop) -> Iterator[Change]:
    """Leave one subnet out of VPC Block Public Access: the one the packet reaches the internet gateway from."""
    view, nat = stop.view, stop.nat()
    subnet_id = nat.subnet_id if nat and nat.subnet_id else stop.subnet_id
    if subnet_id is None and stop.asked.target is not None:
        subnet_id = stop.asked.target.subnet_id
    subnet = view.find(Subnet, subnet_id) if subnet_id else None
    options = view.public_access_block(subnet.vpc_id) if subnet else None
    if subnet is None or options is None:
        return
    account = subnet.owner or subnet.scope.account or "ACCOUNT"
    arn = f"arn:aws:ec2:{stop.region()}:{account}:subnet/{subnet.id}"
    mode = "allow-egress" if stop.egress else "allow-bidirectional"
    raw = {"ExclusionId": "vpcbpa-exclude-proposed", "ResourceArn": arn, "State": "create-complete"}
    kind = VpcBlockPublicAccessExclusion
    yield Change(
        title=f"Exclude {subnet.label} from VPC Block Public Access ({mode})",
        terraform=resource(
            "aws_vpc_block_public_access_exclusion",
            subnet.id,
            subnet_id=subnet.id,
            internet_gateway_exclusion_mode=mode,
        ),
        cli=aws(
            "ec2 create-vpc-block-public-access-exclusion",
            stop.region(),
            subnet_id=subnet.id,
            internet_gateway_exclusion_mode=mode,
        ),
        edits=(added(kind, subnet, raw["ExclusionId"], {**raw, "InternetGatewayExclusionMode": mode}),)
        if options.exclusions_allowed
        else (),
        warnings=("Somebody switched Block Public Access on for the whole Region on purpose: ask before excluding.",),
        untried="" if options.exclusions_allowed else "Not tried: exclusions are not allowed by the account's policy.",
        limit=Limit.ROUTE,
    )
