"""Resource types of a plan that change the network but are not laid over: what they make uncertain."""

from __future__ import annotations

from runbook_lib.network.planned.draft import Draft
from runbook_lib.network.planned.references import Undecided
from runbook_lib.network.planned.values import Change

__all__ = ["doubt"]

# resource type (or its beginning) -> snapshot keys it changes
_TOUCHED: dict[str, tuple[str, ...]] = {
    "aws_dx_": ("DirectConnectGatewayAssociations", "VirtualInterfaces"),
    "aws_ec2_managed_prefix_list": ("PrefixLists",),
    "aws_ec2_transit_gateway": (
        "TransitGateways",
        "TransitGatewayAttachments",
        "TransitGatewayVpcAttachments",
        "TransitGatewayRouteTables",
        "TransitGatewayPropagations",
        "TransitGatewayStaticRoutes",
    ),
    "aws_instance": ("Instances", "NetworkInterfaces"),
    "aws_eip": ("NetworkInterfaces",),
    "aws_network_interface": ("NetworkInterfaces",),
    "aws_lb": ("LoadBalancerListeners", "NetworkInterfaces"),
    "aws_vpc_block_public_access_exclusion": ("VpcBlockPublicAccessExclusions",),
    "aws_vpc_block_public_access_options": ("VpcBlockPublicAccessOptions",),
    "aws_vpc_endpoint_": ("VpcEndpoints",),
    "aws_vpc_security_group_": ("SecurityGroups",),
    "aws_vpn_": ("VpnGateways", "VpnConnections", "RouteTables"),
}
# resource type -> the one object it changes, as (key, argument that names it)
_ONE = {
    "aws_default_network_acl": ("NetworkAcls", "default_network_acl_id"),
    "aws_default_route_table": ("RouteTables", "default_route_table_id"),
    "aws_vpc_endpoint_security_group_association": ("VpcEndpoints", "vpc_endpoint_id"),
    "aws_vpc_endpoint_private_dns": ("VpcEndpoints", "vpc_endpoint_id"),
    "aws_vpc_ipv4_cidr_block_association": ("Vpcs", "vpc_id"),
    "aws_vpc_ipv6_cidr_block_association": ("Vpcs", "vpc_id"),
}
# types that only add something of their own when they are created: what is there stays as it is
_ADDS = ("aws_instance", "aws_network_interface", "aws_lb", "aws_ec2_managed_prefix_list")
_HARMLESS = ("aws_vpc_endpoint_policy", "aws_vpc_endpoint_service", "aws_vpc_endpoint_connection_notification")


def doubt(draft: Draft, change: Change) -> None:
    """Name a type that is not laid over; what it may change is not certain any more."""
    draft.notes.append(f"{change.address}: {change.type} is not laid over the network.")
    why = f"{change.address}: what {change.type} changes is not followed"
    if change.type == "aws_default_security_group":
        _default_group(draft, change, why)
    elif change.type in _ONE:
        key, argument = _ONE[change.type]
        with draft.unsure(key, None, change.address):
            id_ = change.before.get(argument) or change.after.text(argument)
            if id_ is None:
                raise Undecided(argument)
            draft.withdraw(key, str(id_), why)
            draft.undecided.append(why)
    else:
        for key in _touched(change):
            if change.type in _ADDS and change.actions == ("create",):
                draft.doubt(key, why)
            else:
                draft.forget(key, why)


def _default_group(draft: Draft, change: Change, why: str) -> None:
    """The default group of a VPC: that of a planned VPC is carried by nothing that is there today."""
    with draft.unsure("SecurityGroups", None, change.address):
        vpc_id = change.before.get("vpc_id") or change.after.text("vpc_id")
        for group in list(draft.all("SecurityGroups")):
            if group.get("VpcId") == vpc_id and group.get("GroupName") == "default":
                draft.withdraw("SecurityGroups", group["GroupId"], why)
                draft.undecided.append(why)


def _touched(change: Change) -> tuple[str, ...]:
    if change.type.startswith(_HARMLESS) or (change.type == "aws_eip" and not _is_attached(change)):
        return ()
    found = [prefix for prefix in _TOUCHED if change.type.startswith(prefix)]
    return _TOUCHED[max(found, key=len)] if found else ()


def _is_attached(change: Change) -> bool:
    """True when an Elastic IP address belongs to an instance or interface rather than to a NAT gateway."""
    names = ("instance", "network_interface")
    after = any(change.after.sets(name) and (change.raw_after.get(name) or change.unknown.get(name)) for name in names)
    return bool(after or any(change.before.get(name) for name in names))
