"""VPCs, subnets and functions of a plan."""

from __future__ import annotations

from typing import Any

from runbook_lib.network.planned.draft import Draft
from runbook_lib.network.planned.references import Undecided
from runbook_lib.network.planned.values import Change

__all__ = ["default_acl", "function", "function_gone", "main_table", "subnet", "subnet_gone", "vpc", "vpc_gone"]

_ANYTHING = {"RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}


def main_table(change: Change) -> str:
    """The placeholder of the main route table that comes with a planned VPC."""
    return f"rtb-({change.address} main)"


def default_acl(change: Change) -> str:
    """The placeholder of the default network ACL that comes with a planned VPC."""
    return f"acl-({change.address} default)"


def vpc(draft: Draft, change: Change) -> None:
    """A VPC with the main route table and the open default ACL that AWS gives it; or its changed DNS attributes."""
    if change.is_made:
        with draft.unsure("Vpcs", change.id, change.address):
            cidr = change.after.text("cidr_block")
            if cidr is None:
                raise Undecided("cidr_block")
            block = {"CidrBlock": cidr, "CidrBlockState": {"State": "associated"}}
            draft.put("Vpcs", {"VpcId": change.id, "CidrBlock": cidr, "CidrBlockAssociationSet": [block]})
            local = {"DestinationCidrBlock": cidr, "GatewayId": "local", "State": "active"}
            table: dict[str, Any] = {"RouteTableId": main_table(change), "VpcId": change.id, "Routes": [local]}
            draft.put("RouteTables", {**table, "Associations": [{"Main": True}]}, change.id)
            both = [{**_ANYTHING, "Egress": egress} for egress in (False, True)]
            acl = {"NetworkAclId": default_acl(change), "VpcId": change.id, "IsDefault": True, "Associations": []}
            draft.put("NetworkAcls", {**acl, "Entries": both}, change.id)
    with draft.unsure("VpcAttributes", change.id, change.address):
        attributes = draft.find("VpcAttributes", change.id) or {"VpcId": change.id}
        attributes["EnableDnsSupport"] = {"Value": change.after.flag("enable_dns_support", True)}
        attributes["EnableDnsHostnames"] = {"Value": change.after.flag("enable_dns_hostnames")}
        draft.put("VpcAttributes", attributes, change.id)


def vpc_gone(draft: Draft, change: Change) -> None:
    """A VPC and the tables and ACLs that go with it."""
    for key, id_field in (("RouteTables", "RouteTableId"), ("NetworkAcls", "NetworkAclId")):
        for item in list(draft.all(key)):
            if item.get("VpcId") == change.old_id:
                draft.drop(key, item[id_field])
    draft.drop("Vpcs", change.old_id)
    draft.drop("VpcAttributes", change.old_id)


def subnet(draft: Draft, change: Change) -> None:
    """A subnet on the main route table and the default ACL until something associates it."""
    if not change.is_made:
        return
    with draft.unsure("Subnets", change.id, change.address):
        vpc_id, cidr = change.after.text("vpc_id"), change.after.text("cidr_block")
        if vpc_id is None or cidr is None:
            raise Undecided("cidr_block")
        try:
            zone = change.after.text("availability_zone")
        except Undecided:
            zone = None
        raw = {
            "SubnetId": change.id,
            "VpcId": vpc_id,
            "AvailabilityZone": zone,
            "CidrBlock": cidr,
        }
        draft.put("Subnets", raw, vpc_id)


def subnet_gone(draft: Draft, change: Change) -> None:
    """A subnet and its associations."""
    draft.drop("Subnets", change.old_id)
    for key in ("RouteTables", "NetworkAcls"):
        for item in draft.all(key):
            item["Associations"] = [e for e in item.get("Associations") or () if e.get("SubnetId") != change.old_id]


def function(draft: Draft, change: Change) -> None:
    """Where a function runs after apply."""
    name = change.before.get("function_name") or change.raw_after.get("function_name") or f"({change.address})"
    if not change.is_made and not change.differs("vpc_config"):
        return
    with draft.unsure("Functions", name, change.address):
        blocks = change.after.blocks("vpc_config") or []
        raw = draft.find("Functions", name) or {"FunctionName": name}
        raw.pop("VpcConfig", None)
        if blocks and (subnets := blocks[0].many("subnet_ids")):
            homes = [draft.find("Subnets", id_) for id_ in subnets]
            vpc_id = next((home["VpcId"] for home in homes if home), None)
            raw["VpcConfig"] = {
                "VpcId": vpc_id,
                "SubnetIds": subnets,
                "SecurityGroupIds": blocks[0].many("security_group_ids") or [],
                "Ipv6AllowedForDualStack": blocks[0].flag("ipv6_allowed_for_dual_stack"),
            }
            if vpc_id is None:
                raise Undecided("vpc_config.subnet_ids")
        draft.put("Functions", raw)


def function_gone(draft: Draft, change: Change) -> None:
    """A function that goes away."""
    draft.drop("Functions", str(change.before.get("function_name")))
