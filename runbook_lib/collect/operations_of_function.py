"""The rows of the table of AWS calls that are only made about one function, the one that was picked."""

from __future__ import annotations

from runbook_lib.collect.operation import Operation, Per

__all__ = ["DETAILS", "SIMULATION"]

_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/api/API_"
_IAM = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_"
_RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_"
_SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_"
_REST_APIS = "https://docs.aws.amazon.com/apigateway/latest/api/API_"
_HTTP_APIS = "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-"


def _of_function(name: str, key: str, result: str, *, is_list: bool = False, absent: str = "") -> Operation:
    return Operation(
        service="lambda",
        name=name,
        key=key,
        result=(result,),
        per=Per.PICKED,
        argument=None if is_list else "FunctionName",
        absent=frozenset({absent} - {""}),
        doc=f"{_LAMBDA}{name}.html",
    )


def _of_role(name: str, key: str, result: str, per: Per) -> Operation:
    return Operation(
        service="iam",
        name=name,
        key=key,
        result=(result,),
        per=per,
        argument="PolicyArn" if name in ("GetPolicy", "GetPolicyVersion") else "RoleName",
        absent=frozenset() if per is Per.ROLE_POLICY else frozenset({"NoSuchEntity"}),
        doc=f"{_IAM}{name}.html",
    )


def _of_databases(name: str, key: str, result: str, per: Per, argument: str | None = None) -> Operation:
    return Operation(
        service="rds", name=name, key=key, result=(result,), per=per, argument=argument, doc=f"{_RDS}{name}.html"
    )


DETAILS: tuple[Operation, ...] = (
    _of_function("GetPolicy", "FunctionPolicies", "Policy", absent="ResourceNotFoundException"),
    _of_function("ListEventSourceMappings", "EventSourceMappings", "EventSourceMappings", is_list=True),
    _of_function(
        "GetFunctionEventInvokeConfig", "EventInvokeConfigs", "FunctionArn", absent="ResourceNotFoundException"
    ),
    _of_function("GetFunctionRecursionConfig", "FunctionRecursionConfigs", "RecursiveLoop"),
    _of_function(
        "ListProvisionedConcurrencyConfigs",
        "ProvisionedConcurrencyConfigs",
        "ProvisionedConcurrencyConfigs",
        is_list=True,
    ),
    _of_role("GetRole", "Roles", "Role", Per.ROLE),
    _of_role("GetRolePolicy", "RolePolicies", "PolicyDocument", Per.ROLE_POLICY),
    _of_role("ListRolePolicies", "RolePolicies", "PolicyNames", Per.ROLE),
    _of_role("ListAttachedRolePolicies", "RolePolicies", "AttachedPolicies", Per.ROLE),
    _of_role("GetPolicy", "RolePolicies", "Policy", Per.ROLE_POLICY),
    _of_role("GetPolicyVersion", "RolePolicies", "PolicyVersion", Per.ROLE_POLICY),
    Operation(
        service="sqs",
        name="GetQueueAttributes",
        key="Queues",
        result=("Attributes",),
        per=Per.QUEUE,
        argument="QueueUrl",
        request={
            "AttributeNames": [
                "VisibilityTimeout",
                "MessageRetentionPeriod",
                "RedrivePolicy",
                "KmsMasterKeyId",
                "Policy",
            ]
        },
        absent=frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}),
        doc=f"{_SQS}GetQueueAttributes.html",
    ),
    Operation(
        service="s3",
        name="GetBucketNotificationConfiguration",
        key="BucketNotifications",
        # A bucket without notifications answers with nothing in it.
        result=(),
        per=Per.PICKED_BUCKET,
        argument="Bucket",
        action="s3:GetBucketNotification",
        doc=f"{_S3}GetBucketNotificationConfiguration.html",
    ),
    Operation(
        service="apigateway",
        name="GetResources",
        key="RestApis",
        result=("items",),
        per=Per.API,
        argument="restApiId",
        request={"embed": ["methods"], "limit": 500},
        action="apigateway:GET",
        absent=frozenset({"NotFoundException"}),
        doc=f"{_REST_APIS}GetResources.html",
    ),
    Operation(
        service="apigatewayv2",
        name="GetIntegrations",
        key="HttpApis",
        result=("Items",),
        per=Per.API,
        argument="ApiId",
        action="apigateway:GET",
        absent=frozenset({"NotFoundException"}),
        doc=f"{_HTTP_APIS}integrations.html",
    ),
    _of_databases("DescribeDBInstances", "DBInstances", "DBInstances", Per.PICKED_REGION),
    _of_databases("DescribeDBProxies", "DBProxies", "DBProxies", Per.PICKED_REGION),
    _of_databases("DescribeDBProxyTargets", "DBProxyTargets", "Targets", Per.DATABASES, "DBProxyName"),
    # Its items do not say which group they are of.
    _of_databases("DescribeDBParameters", "DBParameters", "Parameters", Per.DATABASES),
)

SIMULATION = Operation(
    service="iam",
    name="SimulatePrincipalPolicy",
    key="PolicySimulations",
    result=("EvaluationResults",),
    per=Per.SIMULATION,
    doc=f"{_IAM}SimulatePrincipalPolicy.html",
)
"""What a role may do, asked of IAM's policy simulator once the role and what it is needed for are known."""
