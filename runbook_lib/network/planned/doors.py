"""Internet, egress-only and NAT gateways and peering connections of a plan."""

from __future__ import annotations

from typing import Any

from runbook_lib.network.planned.draft import Draft
from runbook_lib.network.planned.references import Undecided
from runbook_lib.network.planned.routes import remove_routes_to
from runbook_lib.network.planned.values import Change

__all__ = ["accepter", "attachment", "attachment_gone", "gateway", "gateway_gone", "nat", "nat_gone", "peering"]

Json = dict[str, Any]

_KEYS = {
    "aws_internet_gateway": ("InternetGateways", "InternetGatewayId"),
    "aws_egress_only_internet_gateway": ("EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"),
    "aws_vpc_peering_connection": ("VpcPeeringConnections", "VpcPeeringConnectionId"),
}
_STAND_IN = "192.0.2."  # reserved for documentation: stands for the Elastic IP address that AWS will give


def gateway(draft: Draft, change: Change) -> None:
    """An internet or egress-only internet gateway, attached when the configuration says so."""
    key, id_field = _KEYS[change.type]
    if not change.is_made and not change.differs("vpc_id"):
        return
    with draft.unsure(key, change.id, change.address):
        vpc_id = change.after.text("vpc_id") if change.after.sets("vpc_id") else None
        attachments = [{"VpcId": vpc_id, "State": "available"}] if vpc_id else []
        raw = draft.find(key, change.id) or {id_field: change.id}
        draft.put(key, {**raw, "Attachments": attachments}, vpc_id)


def gateway_gone(draft: Draft, change: Change) -> None:
    """A gateway or connection that goes away; routes to it are dead."""
    draft.drop(_KEYS[change.type][0], change.old_id)
    remove_routes_to(draft, change.old_id, blackhole=True)


def attachment(draft: Draft, change: Change) -> None:
    """`aws_internet_gateway_attachment`."""
    gateway_id = None
    with draft.unsure("InternetGateways", None, change.address):
        gateway_id = change.after.text("internet_gateway_id")
    with draft.unsure("InternetGateways", gateway_id, change.address):
        found = draft.find("InternetGateways", gateway_id)
        if found is not None:
            found["Attachments"] = [{"VpcId": change.after.text("vpc_id"), "State": "available"}]


def attachment_gone(draft: Draft, change: Change) -> None:
    """An internet gateway that is detached."""
    found = draft.find("InternetGateways", change.before.get("internet_gateway_id"))
    if found is not None:
        found["Attachments"] = []


def nat(draft: Draft, change: Change) -> None:
    """A NAT gateway; free addresses stand in for those that AWS will choose."""
    if not change.is_made:
        return
    with draft.unsure("NatGateways", change.id, change.address):
        raw: Json = {"NatGatewayId": change.id, "State": "available"}
        if change.raw_after.get("availability_mode") == "regional":
            raise Undecided("the addresses of a regional NAT gateway")
        subnet_id = change.after.text("subnet_id")
        home = draft.find("Subnets", subnet_id)
        if subnet_id is None or home is None:
            raise Undecided("subnet_id")
        is_public = (change.after.text("connectivity_type") or "public") == "public"
        known = change.raw_after.get("private_ip")
        number = sum(1 for _ in draft.all("NatGateways")) % 250
        address = {"PrivateIp": known or draft.free_address(subnet_id), "IsPrimary": True}
        raw |= {"VpcId": home["VpcId"], "SubnetId": subnet_id, "ConnectivityType": "public" if is_public else "private"}
        raw["NatGatewayAddresses"] = [{**address, "PublicIp": f"{_STAND_IN}{number + 1}"} if is_public else address]
        draft.put("NatGateways", raw, home["VpcId"])
        draft.notes.append(f"{change.address}: its addresses are chosen at apply; free ones stand in.")


def nat_gone(draft: Draft, change: Change) -> None:
    """A NAT gateway that goes away with its interfaces; routes to it are dead."""
    found = draft.find("NatGateways", change.old_id) or {}
    for address in found.get("NatGatewayAddresses") or ():
        if address.get("NetworkInterfaceId"):
            draft.drop("NetworkInterfaces", address["NetworkInterfaceId"])
    draft.drop("NatGateways", change.old_id)
    remove_routes_to(draft, change.old_id, blackhole=True)


def peering(draft: Draft, change: Change) -> None:
    """A peering connection: active when it accepts itself, else it waits for somebody."""
    key = "VpcPeeringConnections"
    with draft.unsure(key, change.id, change.address):
        raw = draft.find(key, change.id) or {"VpcPeeringConnectionId": change.id}
        if change.is_made:
            near, far = change.after.text("vpc_id"), change.after.text("peer_vpc_id")
            raw["RequesterVpcInfo"] = _side(draft, near)
            raw["AccepterVpcInfo"] = {**_side(draft, far), **_elsewhere(change)}
            raw["Status"] = {"Code": "pending-acceptance"}
            draft.put(key, raw, near)
        if change.after.flag("auto_accept"):
            raw["Status"] = {"Code": "active"}
        elif change.is_made:
            draft.notes.append(f"{change.address}: it waits for acceptance after apply.")


def accepter(draft: Draft, change: Change) -> None:
    """`aws_vpc_peering_connection_accepter`."""
    pcx_id = None
    with draft.unsure("VpcPeeringConnections", None, change.address):
        pcx_id = change.after.text("vpc_peering_connection_id")
    found = draft.find("VpcPeeringConnections", pcx_id)
    if found is not None and change.raw_after.get("auto_accept") is True:
        found["Status"] = {"Code": "active"}


def _side(draft: Draft, vpc_id: str | None) -> Json:
    vpc = draft.find("Vpcs", vpc_id) or {}
    blocks = [{"CidrBlock": entry["CidrBlock"]} for entry in vpc.get("CidrBlockAssociationSet") or ()]
    return {"VpcId": vpc_id, "OwnerId": vpc.get("OwnerId"), "CidrBlockSet": blocks}


def _elsewhere(change: Change) -> Json:
    region = change.raw_after.get("peer_region")
    return {"Region": region} if region else {}
