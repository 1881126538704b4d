"""Every operation of consented actions that is not read-only collection, and the IAM policy that allows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from runbook_lib.act.belongings import PATH, PREFIX
from runbook_lib.act.consent import function_named

__all__ = ["PERMISSIONS", "On", "Permission", "acting_statements"]


class On(Enum):
    """What an operation is done to; the value is the Sid of its statement."""

    FUNCTION = "RunbookInvokesWithConsent"
    PROBE = "RunbookProbeFunctions"
    PROBE_LOG_GROUP = "RunbookProbeLogGroups"
    PROBE_ROLE = "RunbookProbeRoles"
    PASSED_ROLE = "RunbookPassesProbeRoles"
    ALL_ROLES = "RunbookFindsProbeRoles"
    PATHS = "RunbookAnalysesPaths"
    ANALYZER = "RunbookLetsAnalyzerRead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One operation on one sort of thing, and the IAM actions it needs; an empty operation only needs allowing."""

    operation: str
    on: On
    actions: tuple[str, ...]


def _row(on: On, operation: str, *actions: str) -> Permission:
    return Permission(operation=operation, on=on, actions=actions or (operation,))


# An analysis reads with the permissions of whoever starts it; what the kit reads itself stands in its own policy.
# https://docs.aws.amazon.com/vpc/latest/reachability/security_iam_required-API-permissions.html and
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonVPCReachabilityAnalyzerFullAccessPolicy.html
# (read 2026-11-21)
_ANALYZER_READS = (
    "directconnect:DescribeConnections",
    "directconnect:DescribeDirectConnectGatewayAssociations",
    "directconnect:DescribeDirectConnectGatewayAttachments",
    "directconnect:DescribeDirectConnectGateways",
    "directconnect:DescribeVirtualGateways",
    "directconnect:DescribeVirtualInterfaces",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeCustomerGateways",
    "ec2:DescribeRegions",
    "ec2:DescribeTransitGatewayConnects",
    "ec2:DescribeTransitGatewayPeeringAttachments",
    "ec2:DescribeTransitGatewayPolicyTables",
    "ec2:DescribeVpcEndpointServiceConfigurations",
    "ec2:GetTransitGatewayPolicyTableAssociations",
    "ec2:GetTransitGatewayPolicyTableEntries",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "globalaccelerator:ListAccelerators",
    "globalaccelerator:ListCustomRoutingAccelerators",
    "globalaccelerator:ListCustomRoutingEndpointGroups",
    "globalaccelerator:ListCustomRoutingListeners",
    "globalaccelerator:ListCustomRoutingPortMappings",
    "globalaccelerator:ListEndpointGroups",
    "globalaccelerator:ListListeners",
    "network-firewall:DescribeFirewall",
    "network-firewall:DescribeFirewallMetadata",
    "network-firewall:DescribeFirewallPolicy",
    "network-firewall:DescribeResourcePolicy",
    "network-firewall:DescribeRuleGroup",
    "network-firewall:ListFirewallPolicies",
    "network-firewall:ListFirewalls",
    "network-firewall:ListRuleGroups",
    "tiros:CreateQuery",
    "tiros:ExtendQuery",
    "tiros:GetQueryAnswer",
    "tiros:GetQueryExplanation",
    "tiros:GetQueryExtensionAccounts",
)


# Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html, and of the other
# services there. Tags given at creation need the action that tags:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html,
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_roles.html (read 2026-11-21)
PERMISSIONS: tuple[Permission, ...] = (
    _row(On.FUNCTION, "lambda:Invoke", "lambda:InvokeFunction"),
    _row(On.FUNCTION, "lambda:ListTags"),
    _row(On.PROBE, "lambda:CreateFunction", "lambda:CreateFunction", "lambda:TagResource"),
    _row(On.PROBE, "lambda:DeleteFunction"),
    _row(On.PROBE, "lambda:Invoke", "lambda:InvokeFunction"),
    _row(On.PROBE, "lambda:ListTags"),
    _row(On.PROBE, "lambda:UpdateFunctionConfiguration"),
    _row(On.PROBE_LOG_GROUP, "logs:CreateLogGroup", "logs:CreateLogGroup", "logs:TagResource"),
    _row(On.PROBE_LOG_GROUP, "logs:DeleteLogGroup"),
    _row(On.PROBE_LOG_GROUP, "logs:ListTagsForResource"),
    _row(On.PROBE_ROLE, "iam:CreateRole", "iam:CreateRole", "iam:TagRole"),
    _row(On.PROBE_ROLE, "iam:DeleteRole"),
    _row(On.PROBE_ROLE, "iam:DeleteRolePolicy"),
    _row(On.PROBE_ROLE, "iam:ListRoleTags"),
    _row(On.PROBE_ROLE, "iam:PutRolePolicy"),
    _row(On.PASSED_ROLE, "", "iam:PassRole"),
    _row(On.ALL_ROLES, "iam:ListRoles"),
    _row(On.PATHS, "ec2:CreateNetworkInsightsPath", "ec2:CreateNetworkInsightsPath", "ec2:CreateTags"),
    _row(On.PATHS, "ec2:DeleteNetworkInsightsAnalysis"),
    _row(On.PATHS, "ec2:DeleteNetworkInsightsPath"),
    _row(On.PATHS, "ec2:StartNetworkInsightsAnalysis"),
    _row(On.ANALYZER, "", *_ANALYZER_READS),
)


def acting_statements(function_arn: str = "") -> list[dict[str, Any]]:
    """Statements of an IAM policy for consented actions, beside those for reading, one for each sort of thing.

    With the ARN of a function that one may be invoked, without any. Probes are held to their names. Raises UsageError
    for what is no ARN of a function.
    """
    resources = _resources(function_arn)
    return [
        {
            "Sid": on.value,
            "Effect": "Allow",
            "Action": sorted({action for row in PERMISSIONS if row.on is on for action in row.actions}),
            "Resource": resources[on],
        }
        | (_PASSED if on is On.PASSED_ROLE else {})
        for on in On
    ]


_PASSED = {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}


def _resources(function_arn: str) -> dict[On, str | list[str]]:
    """What each statement is about."""
    partition, place, account = "aws", "*:*", "*"
    named: str | list[str] = "arn:aws:lambda:*:*:function:*"
    if function_arn:
        function = function_named(function_arn)
        partition, account, place = function.partition, function.account, f"{function.region}:{function.account}"
        named = [function.arn, f"{function.arn}:*"]
    role = f"arn:{partition}:iam::{account}:role{PATH}{PREFIX}*"
    return {
        On.FUNCTION: named,
        On.PROBE: f"arn:{partition}:lambda:{place}:function:{PREFIX}*",
        On.PROBE_LOG_GROUP: f"arn:{partition}:logs:{place}:log-group:/aws/lambda/{PREFIX}*",
        On.PROBE_ROLE: role,
        On.PASSED_ROLE: role,
        On.ALL_ROLES: "*",
        On.PATHS: [
            f"arn:{partition}:ec2:{place}:network-insights-path/*",
            f"arn:{partition}:ec2:{place}:network-insights-analysis/*",
        ],
        On.ANALYZER: "*",
    }
