"""The catalogue of snapshot keys: which AWS operation fills each, which IAM action it needs, how it is read."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.model import (
    actions,
    callers,
    databases,
    filters,
    functions,
    gateways,
    insights,
    interfaces,
    keepalive,
    observations,
    roles,
    source,
    transit,
    triggers,
    vpc,
)
from runbook_lib.model.fact import Fact

__all__ = ["KINDS", "Kind", "action_of"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One top-level key of a snapshot.

    `id_field` identifies an item within one account and Region; `fact` parses it, or is None for keys that are kept
    but not reasoned about yet.
    """

    key: str
    operation: str
    id_field: str
    fact: type[Fact] | None = None
    action: str = ""

    @property
    def iam_action(self) -> str:
        """The IAM action that allows the operation; equal to the operation unless AWS names it differently."""
        return self.action or self.operation


def _of(fact: type[Fact], id_field: str, action: str = "") -> Kind:
    return Kind(fact.KEY, fact.OPERATION, id_field, fact, action)


_LISTED = (
    _of(vpc.Vpc, "VpcId"),
    _of(vpc.VpcAttributes, "VpcId"),
    _of(vpc.Subnet, "SubnetId"),
    _of(vpc.RouteTable, "RouteTableId"),
    _of(vpc.PrefixList, "PrefixListId"),
    _of(filters.SecurityGroup, "GroupId"),
    _of(filters.NetworkAcl, "NetworkAclId"),
    _of(interfaces.NetworkInterface, "NetworkInterfaceId"),
    _of(interfaces.Instance, "InstanceId"),
    _of(interfaces.Function, "FunctionName"),
    _of(functions.FunctionConfiguration, "FunctionName"),
    _of(gateways.InternetGateway, "InternetGatewayId"),
    _of(gateways.EgressOnlyInternetGateway, "EgressOnlyInternetGatewayId"),
    _of(gateways.NatGateway, "NatGatewayId"),
    _of(gateways.VpcEndpoint, "VpcEndpointId"),
    _of(gateways.VpcPeeringConnection, "VpcPeeringConnectionId"),
    _of(gateways.VpnGateway, "VpnGatewayId"),
    _of(gateways.VpnConnection, "VpnConnectionId"),
    _of(gateways.VpcBlockPublicAccess, "AwsRegion"),
    _of(gateways.VpcBlockPublicAccessExclusion, "ExclusionId"),
    _of(gateways.BucketLocation, "Bucket"),
    _of(transit.TransitGateway, "TransitGatewayId"),
    _of(transit.TransitGatewayAttachment, "TransitGatewayAttachmentId"),
    _of(transit.TransitGatewayVpcAttachment, "TransitGatewayAttachmentId"),
    _of(transit.TransitGatewayRouteTable, "TransitGatewayRouteTableId"),
    _of(transit.TransitGatewayPropagations, "TransitGatewayRouteTableId"),
    _of(transit.TransitGatewayRoutes, "TransitGatewayRouteTableId"),
    _of(transit.DirectConnectGatewayAssociation, "AssociationId"),
    _of(transit.VirtualInterface, "VirtualInterfaceId"),
    _of(observations.MetricSeries, "Id"),
    _of(observations.LogGroup, "logGroupName"),
    _of(observations.Quota, "QuotaCode", "servicequotas:GetServiceQuota"),
    _of(observations.AccountLimit, "AccountLimit"),
    _of(observations.FunctionConcurrency, "FunctionName"),
    _of(observations.FlowLog, "FlowLogId"),
    Kind(observations.EVENTS_KEY, "logs:FilterLogEvents", "eventId"),
    Kind(observations.FLOW_LOG_RECORDS_KEY, "logs:FilterLogEvents", "eventId"),
    _of(actions.InvokeResult, "Number", "lambda:InvokeFunction"),
    _of(actions.InvocationsAsked, "Purpose", "lambda:InvokeFunction"),
    _of(actions.FunctionState, "SeenAt", "lambda:GetFunctionConfiguration"),
    _of(actions.TerraformOutput, "Name"),
    _of(actions.TerraformState, "Folder"),
    _of(actions.ProbeResult, "Number", "lambda:InvokeFunction"),
    _of(keepalive.KeepaliveSubject, "Subject"),
    _of(callers.CallerRequest, "Id"),
    _of(source.SourceFile, "File"),
    _of(insights.NetworkInsightsPath, "NetworkInsightsPathId"),
    _of(insights.NetworkInsightsAnalysis, "NetworkInsightsAnalysisId"),
    _of(functions.FunctionPolicy, "FunctionName"),
    _of(functions.EventInvokeConfig, "FunctionName"),
    _of(functions.FunctionRecursion, "FunctionName"),
    _of(functions.ProvisionedConcurrency, "FunctionArn"),
    _of(roles.Role, "RoleName"),
    _of(roles.RolePolicy, "PolicyId"),
    _of(roles.PolicySimulation, "SimulationId"),
    _of(triggers.EventSourceMapping, "UUID"),
    _of(triggers.Queue, "QueueArn"),
    _of(triggers.BucketNotifications, "Bucket", "s3:GetBucketNotification"),
    _of(triggers.RestApi, "restApiId", "apigateway:GET"),
    _of(triggers.HttpApi, "ApiId", "apigateway:GET"),
    _of(databases.DbInstance, "DBInstanceIdentifier"),
    _of(databases.DbMaxConnections, "DBParameterGroupName"),
    _of(databases.DbProxy, "DBProxyName"),
    _of(databases.DbProxyTargets, "DBProxyName"),
    Kind("Addresses", "ec2:DescribeAddresses", "AllocationId"),
    Kind("AvailabilityZones", "ec2:DescribeAvailabilityZones", "ZoneName"),
    Kind("CustomerGateways", "ec2:DescribeCustomerGateways", "CustomerGatewayId"),
    Kind("DhcpOptions", "ec2:DescribeDhcpOptions", "DhcpOptionsId"),
    Kind("DirectConnectGateways", "directconnect:DescribeDirectConnectGateways", "DirectConnectGatewayId"),
    Kind("DomainStatusList", "es:DescribeElasticsearchDomains", "DomainId"),
    Kind("LoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancerAttributes", "LoadBalancerArn"),
    Kind("LoadBalancerListeners", "elasticloadbalancing:DescribeListeners", "LoadBalancerArn"),
    Kind("LoadBalancerTargetHealth", "elasticloadbalancing:DescribeTargetHealth", "TargetGroupArn"),
    Kind("LoadBalancers", "elasticloadbalancing:DescribeLoadBalancers", "LoadBalancerArn"),
    Kind("TargetGroups", "elasticloadbalancing:DescribeTargetGroups", "TargetGroupArn"),
)

KINDS: dict[str, Kind] = {kind.key: kind for kind in _LISTED}


def action_of(key: str) -> str:
    """The IAM action that reads a snapshot key, for example `ec2:DescribeSubnets` for `Subnets`."""
    return KINDS[key].iam_action
