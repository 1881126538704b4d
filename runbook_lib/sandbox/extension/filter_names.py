"""The filters that the EC2 listings take, each with where its value stands in an item of the answer (jmespath)."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FILTERS"]

_ATTACHMENTS = {
    "association.state": "Association.State",
    "association.transit-gateway-route-table-id": "Association.TransitGatewayRouteTableId",
    "resource-id": "ResourceId",
    "resource-owner-id": "ResourceOwnerId",
    "resource-type": "ResourceType",
    "state": "State",
    "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
    "transit-gateway-id": "TransitGatewayId",
    "transit-gateway-owner-id": "TransitGatewayOwnerId",
}
_GATEWAY = {"attachment.state": "Attachments[].State", "attachment.vpc-id": "Attachments[].VpcId"}
_RELATIONS = {
    "resource-id": "ResourceId",
    "resource-type": "ResourceType",
    "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
}


def _rules(prefix: str, field: str) -> dict[str, str]:
    return {
        f"{prefix}cidr": f"{field}[].IpRanges[].CidrIp",
        f"{prefix}from-port": f"{field}[].FromPort",
        f"{prefix}group-id": f"{field}[].UserIdGroupPairs[].GroupId",
        f"{prefix}ipv6-cidr": f"{field}[].Ipv6Ranges[].CidrIpv6",
        f"{prefix}prefix-list-id": f"{field}[].PrefixListIds[].PrefixListId",
        f"{prefix}protocol": f"{field}[].IpProtocol",
        f"{prefix}to-port": f"{field}[].ToPort",
    }


def _header(prefix: str, field: str) -> dict[str, str]:
    return {
        f"{prefix}.source-address": f"{field}.SourceAddress",
        f"{prefix}.source-port-range": _span(f"{field}.SourcePortRange"),
        f"{prefix}.destination-address": f"{field}.DestinationAddress",
        f"{prefix}.destination-port-range": _span(f"{field}.DestinationPortRange"),
    }


def _span(field: str) -> str:
    return f"{field} && join('-', [to_string({field}.FromPort), to_string({field}.ToPort)])"


FILTERS: Mapping[str, Mapping[str, str]] = {
    "DescribeEgressOnlyInternetGateways": {},
    "DescribeFlowLogs": {
        "deliver-log-status": "DeliverLogsStatus",
        "flow-log-id": "FlowLogId",
        "log-destination-type": "LogDestinationType",
        "log-group-name": "LogGroupName",
        "resource-id": "ResourceId",
        "traffic-type": "TrafficType",
    },
    "DescribeInstances": {
        "availability-zone": "Instances[].Placement.AvailabilityZone",
        "instance-id": "Instances[].InstanceId",
        "instance-state-name": "Instances[].State.Name",
        "private-ip-address": "Instances[].PrivateIpAddress",
        "subnet-id": "Instances[].SubnetId",
        "vpc-id": "Instances[].VpcId",
    },
    "DescribeInternetGateways": {**_GATEWAY, "internet-gateway-id": "InternetGatewayId", "owner-id": "OwnerId"},
    "DescribeManagedPrefixLists": {
        "owner-id": "OwnerId",
        "prefix-list-id": "PrefixListId",
        "prefix-list-name": "PrefixListName",
    },
    "DescribeNatGateways": {
        "nat-gateway-id": "NatGatewayId",
        "state": "State",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    "DescribeNetworkAcls": {
        "association.association-id": "Associations[].NetworkAclAssociationId",
        "association.network-acl-id": "Associations[].NetworkAclId",
        "association.subnet-id": "Associations[].SubnetId",
        "default": "IsDefault",
        "entry.cidr": "Entries[].CidrBlock",
        "entry.egress": "Entries[].Egress",
        "entry.protocol": "Entries[].Protocol",
        "entry.rule-action": "Entries[].RuleAction",
        "entry.rule-number": "Entries[].RuleNumber",
        "network-acl-id": "NetworkAclId",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
    },
    "DescribeNetworkInsightsAnalyses": {"path-found": "NetworkPathFound", "status": "Status"},
    "DescribeNetworkInsightsPaths": {
        "destination": "Destination",
        "protocol": "Protocol",
        "source": "Source",
        **_header("filter-at-source", "FilterAtSource"),
        **_header("filter-at-destination", "FilterAtDestination"),
    },
    "DescribeNetworkInterfaces": {
        "addresses.association.public-ip": "PrivateIpAddresses[].Association.PublicIp",
        "addresses.private-ip-address": "PrivateIpAddresses[].PrivateIpAddress",
        "attachment.instance-id": "Attachment.InstanceId",
        "attachment.status": "Attachment.Status",
        "availability-zone": "AvailabilityZone",
        "description": "Description",
        "group-id": "Groups[].GroupId",
        "group-name": "Groups[].GroupName",
        "interface-type": "InterfaceType",
        "network-interface-id": "NetworkInterfaceId",
        "owner-id": "OwnerId",
        "private-ip-address": "PrivateIpAddress",
        "requester-id": "RequesterId",
        "requester-managed": "RequesterManaged",
        "source-dest-check": "SourceDestCheck",
        "status": "Status",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    "DescribePrefixLists": {"prefix-list-id": "PrefixListId", "prefix-list-name": "PrefixListName"},
    "DescribeRouteTables": {
        "association.gateway-id": "Associations[].GatewayId",
        "association.main": "Associations[].Main",
        "association.route-table-association-id": "Associations[].RouteTableAssociationId",
        "association.route-table-id": "Associations[].RouteTableId",
        "association.subnet-id": "Associations[].SubnetId",
        "owner-id": "OwnerId",
        "route-table-id": "RouteTableId",
        "route.destination-cidr-block": "Routes[].DestinationCidrBlock",
        "route.destination-ipv6-cidr-block": "Routes[].DestinationIpv6CidrBlock",
        "route.destination-prefix-list-id": "Routes[].DestinationPrefixListId",
        "route.egress-only-internet-gateway-id": "Routes[].EgressOnlyInternetGatewayId",
        "route.gateway-id": "Routes[].GatewayId",
        "route.instance-id": "Routes[].InstanceId",
        "route.nat-gateway-id": "Routes[].NatGatewayId",
        "route.origin": "Routes[].Origin",
        "route.state": "Routes[].State",
        "route.transit-gateway-id": "Routes[].TransitGatewayId",
        "route.vpc-peering-connection-id": "Routes[].VpcPeeringConnectionId",
        "vpc-id": "VpcId",
    },
    "DescribeSecurityGroups": {
        "description": "Description",
        "group-id": "GroupId",
        "group-name": "GroupName",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
        **_rules("ip-permission.", "IpPermissions"),
        **_rules("egress.ip-permission.", "IpPermissionsEgress"),
    },
    "DescribeSubnets": {
        "availability-zone": "AvailabilityZone",
        "availability-zone-id": "AvailabilityZoneId",
        "cidr-block": "CidrBlock",
        "default-for-az": "DefaultForAz",
        "owner-id": "OwnerId",
        "state": "State",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    "DescribeTransitGatewayAttachments": _ATTACHMENTS,
    "DescribeTransitGatewayRouteTables": {
        "default-association-route-table": "DefaultAssociationRouteTable",
        "default-propagation-route-table": "DefaultPropagationRouteTable",
        "state": "State",
        "transit-gateway-id": "TransitGatewayId",
        "transit-gateway-route-table-id": "TransitGatewayRouteTableId",
    },
    "DescribeTransitGatewayVpcAttachments": {
        "state": "State",
        "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
        "transit-gateway-id": "TransitGatewayId",
        "vpc-id": "VpcId",
    },
    "DescribeTransitGateways": {"owner-id": "OwnerId", "state": "State", "transit-gateway-id": "TransitGatewayId"},
    "DescribeVpcBlockPublicAccessExclusions": {
        "internet-gateway-exclusion-mode": "InternetGatewayExclusionMode",
        "resource-arn": "ResourceArn",
        "state": "State",
    },
    "DescribeVpcEndpoints": {
        "ip-address-type": "IpAddressType",
        "service-name": "ServiceName",
        "vpc-endpoint-id": "VpcEndpointId",
        "vpc-endpoint-state": "State",
        "vpc-endpoint-type": "VpcEndpointType",
        "vpc-id": "VpcId",
    },
    "DescribeVpcPeeringConnections": {
        "accepter-vpc-info.cidr-block": "AccepterVpcInfo.CidrBlock",
        "accepter-vpc-info.owner-id": "AccepterVpcInfo.OwnerId",
        "accepter-vpc-info.vpc-id": "AccepterVpcInfo.VpcId",
        "requester-vpc-info.cidr-block": "RequesterVpcInfo.CidrBlock",
        "requester-vpc-info.owner-id": "RequesterVpcInfo.OwnerId",
        "requester-vpc-info.vpc-id": "RequesterVpcInfo.VpcId",
        "status-code": "Status.Code",
        "vpc-peering-connection-id": "VpcPeeringConnectionId",
    },
    "DescribeVpcs": {
        "cidr": "CidrBlock",
        "cidr-block-association.cidr-block": "CidrBlockAssociationSet[].CidrBlock",
        "dhcp-options-id": "DhcpOptionsId",
        "is-default": "IsDefault",
        "owner-id": "OwnerId",
        "state": "State",
        "vpc-id": "VpcId",
    },
    "DescribeVpnConnections": {
        "customer-gateway-id": "CustomerGatewayId",
        "state": "State",
        "transit-gateway-id": "TransitGatewayId",
        "type": "Type",
        "vpn-connection-id": "VpnConnectionId",
        "vpn-gateway-id": "VpnGatewayId",
    },
    "DescribeVpnGateways": {
        "attachment.state": "VpcAttachments[].State",
        "attachment.vpc-id": "VpcAttachments[].VpcId",
        "state": "State",
        "type": "Type",
        "vpn-gateway-id": "VpnGatewayId",
    },
    "GetManagedPrefixListEntries": {},
    "GetTransitGatewayRouteTableAssociations": _RELATIONS,
    "GetTransitGatewayRouteTablePropagations": _RELATIONS,
}
