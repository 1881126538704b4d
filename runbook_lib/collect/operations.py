"""The table of every AWS call the collector may make; a new call is one row."""

from __future__ import annotations

from dataclasses import replace

from runbook_lib.collect.operation import Operation, Per
from runbook_lib.collect.operations_of_function import DETAILS, SIMULATION

__all__ = ["OPERATIONS"]

_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/api/API_"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_"
_LOGS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_"
_METRICS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_"
_QUOTAS = "https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_"
_STS = "https://docs.aws.amazon.com/STS/latest/APIReference/API_"


def _listing(name: str, key: str, page_size: int | None = 1000, result: tuple[str, ...] = ()) -> Operation:
    return Operation(
        service="ec2", name=name, key=key, result=result or (key,), page_size=page_size, doc=f"{_EC2}{name}.html"
    )


def _dns_attribute(attribute: str, result: str) -> Operation:
    return Operation(
        service="ec2",
        name="DescribeVpcAttribute",
        key="VpcAttributes",
        result=(result,),
        per=Per.VPC,
        argument="VpcId",
        request={"Attribute": attribute},
        doc=f"{_EC2}DescribeVpcAttribute.html",
    )


def _logs(
    name: str, key: str, result: str, per: Per, *, argument: str | None = None, is_whole: bool = False
) -> Operation:
    return Operation(
        service="logs",
        name=name,
        key=key,
        result=(result,),
        per=per,
        argument=argument,
        is_whole=is_whole,
        doc=f"{_LOGS}{name}.html",
    )


# Page sizes are the largest that the EC2 API accepts for each call (botocore service model).
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        service="sts",
        name="GetCallerIdentity",
        key="",
        result=("Arn",),
        per=Per.CALLER,
        is_whole=True,
        doc=f"{_STS}GetCallerIdentity.html",
    ),
    Operation(
        service="lambda",
        name="ListFunctions",
        key="Functions",
        result=("Functions",),
        doc=f"{_LAMBDA}ListFunctions.html",
    ),
    _listing("DescribeVpcs", "Vpcs"),
    _listing("DescribeSubnets", "Subnets"),
    _listing("DescribeRouteTables", "RouteTables", 100),
    _listing("DescribeNetworkAcls", "NetworkAcls"),
    _listing("DescribeSecurityGroups", "SecurityGroups"),
    _listing("DescribeNetworkInterfaces", "NetworkInterfaces"),
    _listing("DescribeVpcEndpoints", "VpcEndpoints"),
    _listing("DescribePrefixLists", "PrefixLists", None),
    _listing("DescribeNatGateways", "NatGateways"),
    _listing("DescribeInternetGateways", "InternetGateways"),
    _listing("DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGateways", 255),
    _listing("DescribeVpcPeeringConnections", "VpcPeeringConnections"),
    _listing("DescribeInstances", "Instances", 1000, ("Reservations", "Instances")),
    _listing("DescribeTransitGateways", "TransitGateways"),
    _listing("DescribeTransitGatewayAttachments", "TransitGatewayAttachments"),
    _listing("DescribeTransitGatewayVpcAttachments", "TransitGatewayVpcAttachments"),
    _listing("DescribeTransitGatewayRouteTables", "TransitGatewayRouteTables"),
    _listing("DescribeVpnGateways", "VpnGateways", None),
    _listing("DescribeVpnConnections", "VpnConnections", None),
    _listing("DescribeVpcBlockPublicAccessOptions", "VpcBlockPublicAccessOptions", None),
    _listing("DescribeVpcBlockPublicAccessExclusions", "VpcBlockPublicAccessExclusions", None),
    _dns_attribute("enableDnsSupport", "EnableDnsSupport"),
    _dns_attribute("enableDnsHostnames", "EnableDnsHostnames"),
    Operation(
        service="ec2",
        name="DescribeManagedPrefixLists",
        key="PrefixLists",
        result=("PrefixLists",),
        per=Per.UNREAD_LISTS,
        page_size=100,
        doc=f"{_EC2}DescribeManagedPrefixLists.html",
    ),
    Operation(
        service="ec2",
        name="GetManagedPrefixListEntries",
        key="PrefixLists",
        result=("Entries",),
        per=Per.UNREAD_LIST,
        argument="PrefixListId",
        page_size=100,
        doc=f"{_EC2}GetManagedPrefixListEntries.html",
    ),
    Operation(
        service="ec2",
        name="GetTransitGatewayRouteTablePropagations",
        key="TransitGatewayPropagations",
        result=("TransitGatewayRouteTablePropagations",),
        per=Per.TRANSIT_TABLE,
        argument="TransitGatewayRouteTableId",
        page_size=1000,
        doc=f"{_EC2}GetTransitGatewayRouteTablePropagations.html",
    ),
    Operation(
        service="ec2",
        name="SearchTransitGatewayRoutes",
        key="TransitGatewayStaticRoutes",
        result=("Routes",),
        per=Per.TRANSIT_TABLE,
        argument="TransitGatewayRouteTableId",
        # AWS insists on a filter; these two states are all there are.
        request={"Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]},
        doc=f"{_EC2}SearchTransitGatewayRoutes.html",
    ),
    Operation(
        service="lambda",
        name="GetFunctionConfiguration",
        key="FunctionConfigurations",
        result=("FunctionName",),
        per=Per.FUNCTION,
        argument="FunctionName",
        doc=f"{_LAMBDA}GetFunctionConfiguration.html",
    ),
    Operation(
        service="s3",
        name="GetBucketLocation",
        key="BucketLocations",
        result=("LocationConstraint",),
        per=Per.BUCKET,
        argument="Bucket",
        doc=f"{_S3}GetBucketLocation.html",
    ),
    _logs("DescribeLogGroups", "LogGroups", "logGroups", Per.LOG_GROUP),
    _logs("FilterLogEvents", "Events", "events", Per.LOG_SLICE),
    _logs("FilterLogEvents", "FlowLogRecords", "events", Per.FLOW_LOG),
    # Starting a query costs money for what it scans and changes nothing; the kit starts one only when told that it may.
    _logs("StartQuery", "Events", "queryId", Per.QUERY, is_whole=True),
    _logs("GetQueryResults", "Events", "results", Per.QUERY, argument="queryId"),
    _logs("StopQuery", "Events", "success", Per.QUERY, is_whole=True),
    Operation(
        service="cloudwatch",
        name="GetMetricData",
        key="MetricDataResults",
        result=("MetricDataResults",),
        per=Per.METRICS,
        doc=f"{_METRICS}GetMetricData.html",
    ),
    Operation(
        service="service-quotas",
        name="GetServiceQuota",
        key="Quotas",
        result=("Quota",),
        per=Per.QUOTA,
        action="servicequotas:GetServiceQuota",
        doc=f"{_QUOTAS}GetServiceQuota.html",
    ),
    Operation(
        service="lambda",
        name="GetAccountSettings",
        key="AccountLimit",
        result=("AccountLimit",),
        per=Per.OBSERVATION,
        doc=f"{_LAMBDA}GetAccountSettings.html",
    ),
    Operation(
        service="lambda",
        name="GetFunctionConcurrency",
        key="FunctionConcurrencies",
        # An answer without anything in it means that no concurrency is reserved.
        result=(),
        per=Per.OBSERVED_FUNCTION,
        argument="FunctionName",
        doc=f"{_LAMBDA}GetFunctionConcurrency.html",
    ),
    replace(_listing("DescribeFlowLogs", "FlowLogs"), per=Per.OBSERVATION),
    replace(_listing("DescribeNetworkInsightsPaths", "NetworkInsightsPaths", 100), per=Per.ANALYSES),
    replace(_listing("DescribeNetworkInsightsAnalyses", "NetworkInsightsAnalyses", 100), per=Per.ANALYSES),
    *DETAILS,
    SIMULATION,
)
