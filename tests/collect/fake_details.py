"""What the AWS in memory says about the function `upload` when it is asked for every detail."""

import json
from typing import Any
from urllib.parse import quote

_REGION, _ACCOUNT = "eu-west-1", "111122223333"
FUNCTION_ARN = f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:upload"
_INVOKE = f"arn:aws:apigateway:{_REGION}:lambda:path/2015-03-31/functions"
ROLE_ARN = f"arn:aws:iam::{_ACCOUNT}:role/service/uploader"
LOGS_ARN = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
LIMIT_ARN = f"arn:aws:iam::{_ACCOUNT}:policy/limit"


def queue(name: str) -> str:
    return f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:{name}"


def document(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def _permission(service: str, source: str) -> dict[str, Any]:
    return {
        "Sid": service,
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION_ARN,
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
    }


POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        _permission("apigateway", f"arn:aws:execute-api:{_REGION}:{_ACCOUNT}:api1/*/POST/orders"),
        _permission("s3", "arn:aws:s3:::uploads"),
    ],
}


def encoded(policy: dict[str, Any]) -> str:
    return quote(json.dumps(policy))


DETAILS: dict[str, Any] = {
    "lambda:GetPolicy": {"Policy": json.dumps(POLICY), "RevisionId": "r1"},
    "lambda:ListEventSourceMappings": {
        "EventSourceMappings": [
            {
                "UUID": "m1",
                "EventSourceArn": queue("jobs"),
                "FunctionArn": FUNCTION_ARN,
                "State": "Enabled",
                "BatchSize": 10,
                "MaximumBatchingWindowInSeconds": 5,
                "ScalingConfig": {"MaximumConcurrency": 4},
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            }
        ]
    },
    "lambda:GetFunctionEventInvokeConfig": {
        "FunctionArn": f"{FUNCTION_ARN}:$LATEST",
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnFailure": {"Destination": queue("failed")}},
    },
    "lambda:GetFunctionRecursionConfig": {"RecursiveLoop": "Allow"},
    "lambda:ListProvisionedConcurrencyConfigs": {
        "ProvisionedConcurrencyConfigs": [
            {
                "FunctionArn": f"{FUNCTION_ARN}:live",
                "RequestedProvisionedConcurrentExecutions": 5,
                "AvailableProvisionedConcurrentExecutions": 3,
                "AllocatedProvisionedConcurrentExecutions": 3,
                "Status": "IN_PROGRESS",
            }
        ]
    },
    "iam:GetRole": {
        "Role": {
            "Path": "/service/",
            "RoleName": "uploader",
            "RoleId": "AROAUPLOADER",
            "Arn": ROLE_ARN,
            "CreateDate": "2026-01-02T03:04:05Z",
            "AssumeRolePolicyDocument": encoded(document("sts:AssumeRole")),
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": LIMIT_ARN},
        }
    },
    "iam:ListRolePolicies": {"PolicyNames": ["upload"], "IsTruncated": False},
    "iam:GetRolePolicy": {
        "RoleName": "uploader",
        "PolicyName": "upload",
        "PolicyDocument": encoded(document("s3:PutObject")),
    },
    "iam:ListAttachedRolePolicies": {
        "AttachedPolicies": [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": LOGS_ARN}],
        "IsTruncated": False,
    },
    "iam:GetPolicy": {"Policy": {"DefaultVersionId": "v2"}},
    "iam:GetPolicyVersion": {"PolicyVersion": {"Document": encoded(document("logs:PutLogEvents")), "VersionId": "v2"}},
    "sqs:GetQueueAttributes": {
        "Attributes": {
            "VisibilityTimeout": "30",
            "MessageRetentionPeriod": "345600",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": queue("dead"), "maxReceiveCount": "3"}),
        }
    },
    "s3:GetBucketNotificationConfiguration": {
        "LambdaFunctionConfigurations": [
            {"Id": "n1", "LambdaFunctionArn": FUNCTION_ARN, "Events": ["s3:ObjectCreated:*"]}
        ]
    },
    "apigateway:GetResources": {
        "item": [
            {
                "id": "root",
                "path": "/orders",
                "resourceMethods": {
                    "POST": {
                        "methodIntegration": {
                            "type": "AWS_PROXY",
                            "uri": f"{_INVOKE}/{FUNCTION_ARN}/invocations",
                            "timeoutInMillis": 29000,
                            "requestParameters": {"integration.request.header.x-static": "'canary-header'"},
                        }
                    }
                },
            }
        ]
    },
    "apigatewayv2:GetIntegrations": {
        "items": [
            {
                "integrationId": "i1",
                "integrationType": "AWS_PROXY",
                "integrationUri": FUNCTION_ARN,
                "timeoutInMillis": 30000,
                "requestParameters": {"append:header.x-static": "canary-header"},
            }
        ]
    },
    "rds:DescribeDBInstances": {
        "DBInstances": [
            {
                "DBInstanceIdentifier": "orders",
                "DBInstanceClass": "db.t3.medium",
                "Engine": "postgres",
                "Endpoint": {"Address": "orders.example.invalid", "Port": 5432},
                "DBSubnetGroup": {"VpcId": "vpc-1"},
                "DBParameterGroups": [{"DBParameterGroupName": "default.postgres16"}],
            },
            {
                "DBInstanceIdentifier": "elsewhere",
                "DBSubnetGroup": {"VpcId": "vpc-2"},
                "DBParameterGroups": [{"DBParameterGroupName": "default.mysql8.0"}],
            },
        ]
    },
    "rds:DescribeDBProxies": {
        "DBProxies": [{"DBProxyName": "orders", "VpcId": "vpc-1"}, {"DBProxyName": "elsewhere", "VpcId": "vpc-2"}]
    },
    "rds:DescribeDBProxyTargets": {
        "Targets": [{"RdsResourceId": "orders", "Type": "RDS_INSTANCE", "TargetHealth": {"State": "AVAILABLE"}}]
    },
    "rds:DescribeDBParameters": {
        "Parameters": [
            {"ParameterName": "autovacuum", "ParameterValue": "1"},
            {
                "ParameterName": "max_connections",
                "ParameterValue": "LEAST({DBInstanceClassMemory/9531392},5000)",
                "Source": "system",
            },
        ]
    },
}
