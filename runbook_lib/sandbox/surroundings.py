"""What is around a function in a world: its role, what makes it run, and the databases it works with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runbook_lib.sandbox.deployment import TRUST
from runbook_lib.sandbox.environment import ACCOUNT

__all__ = ["USUAL", "Surroundings"]

_VPC_ACCESS_ARN = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
# What the functions of the scenarios do; the networks are what is wrong with most of them.
USUAL = (
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::*/*"},
    {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
        "Resource": f"arn:aws:dynamodb:*:{ACCOUNT}:table/*",
    },
    {
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:*",
    },
)


class Surroundings:
    """Makes roles, queues, triggers and databases; `client_of` gives the client of a service."""

    def __init__(self, client_of: Callable[[str], Any], region: str) -> None:
        self._client = client_of
        self.region = region

    def role(
        self,
        name: str,
        statements: Sequence[Mapping[str, Any]] = USUAL,
        *,
        writes_logs: bool = True,
        boundary: Sequence[Mapping[str, Any]] = (),
    ) -> str:
        """The ARN of a new role that Lambda may assume, with an inline policy `work` of these statements.

        With `writes_logs` it also has AWSLambdaVPCAccessExecutionRole; a `boundary` limits it.
        """
        iam = self._client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=_document(statements))
        if writes_logs:
            iam.attach_role_policy(RoleName=name, PolicyArn=_VPC_ACCESS_ARN)
        if boundary:
            limit = iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=_document(boundary))
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=limit["Policy"]["Arn"])
        return str(made["Role"]["Arn"])

    def queue(self, name: str, *, visibility_timeout_s: int = 30, dead_letter_arn: str = "", receives: int = 3) -> str:
        """The ARN of a queue, with a redrive policy when a dead-letter queue is given."""
        attributes = {"VisibilityTimeout": str(visibility_timeout_s)}
        if dead_letter_arn:
            redrive = {"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": receives}
            attributes["RedrivePolicy"] = json.dumps(redrive)
        self._client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return f"arn:aws:sqs:{self.region}:{ACCOUNT}:{name}"

    def mapping(self, function: str, source_arn: str, **settings: Any) -> None:
        """An event source mapping; `settings` are parameters of CreateEventSourceMapping."""
        self._client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=source_arn, **settings)

    def permit(self, function: str, service: str, source_arn: str) -> None:
        """Let a service (`s3`, `sns`, `events`, `apigateway`) invoke a function from a source."""
        self._client("lambda").add_permission(
            FunctionName=function,
            StatementId=f"{service}-invokes",
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            SourceArn=source_arn,
        )

    def http_api(self, name: str, function: str, *, timeout_ms: int = 30_000) -> str:
        """The id of an HTTP API that calls a function and may."""
        apis = self._client("apigatewayv2")
        api_id = str(apis.create_api(Name=name, ProtocolType="HTTP")["ApiId"])
        apis.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=self._arn(function),
            PayloadFormatVersion="2.0",
            TimeoutInMillis=timeout_ms,
        )
        self.permit(function, "apigateway", f"arn:aws:execute-api:{self.region}:{ACCOUNT}:{api_id}/*/*")
        return api_id

    def rest_api(self, name: str, function: str, *, path: str = "orders", timeout_ms: int = 29_000) -> str:
        """The id of a REST API whose `POST /<path>` calls a function and may."""
        apis = self._client("apigateway")
        api_id = str(apis.create_rest_api(name=name)["id"])
        root = apis.get_resources(restApiId=api_id)["items"][0]["id"]
        where = {
            "restApiId": api_id,
            "resourceId": apis.create_resource(restApiId=api_id, parentId=root, pathPart=path)["id"],
            "httpMethod": "POST",
        }
        apis.put_method(**where, authorizationType="AWS_IAM")
        apis.put_integration(
            **where,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{self.region}:lambda:path/2015-03-31/functions/{self._arn(function)}/invocations",
            timeoutInMillis=timeout_ms,
        )
        self.permit(function, "apigateway", f"arn:aws:execute-api:{self.region}:{ACCOUNT}:{api_id}/*/POST/{path}")
        return api_id

    def drop_queue(self, name: str) -> None:
        """Delete a queue; whatever names it goes on doing so."""
        queues = self._client("sqs")
        queues.delete_queue(QueueUrl=queues.get_queue_url(QueueName=name)["QueueUrl"])

    def keep_failures(self, function: str, arn: str) -> None:
        """Let the events that a function failed to process go to a queue, to which its role may send."""
        functions, iam = self._client("lambda"), self._client("iam")
        role = functions.get_function_configuration(FunctionName=function)["Role"].rsplit("/", 1)[1]
        send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
        iam.put_role_policy(RoleName=role, PolicyName="send-records", PolicyDocument=_document([send]))
        destinations = {"OnFailure": {"Destination": arn}}
        functions.put_function_event_invoke_config(FunctionName=function, DestinationConfig=destinations)

    def notify(self, bucket: str, function: str, *, prefix: str = "", permitted: str = "") -> None:
        """Let a bucket invoke a function for every object that is created below a prefix.

        `permitted` is the bucket that the policy of the function names in its place.
        """
        self.permit(function, "s3", f"arn:aws:s3:::{permitted or bucket}")
        rules = {"Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}} if prefix else {}
        wanted = {"LambdaFunctionArn": self._arn(function), "Events": ["s3:ObjectCreated:*"], **rules}
        self._client("s3").put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
        )

    def db_instance(
        self,
        name: str,
        subnets: Sequence[str],
        groups: Sequence[str],
        *,
        instance_class: str = "db.t3.medium",
        engine: str = "mysql",
        family: str = "mysql8.0",
        max_connections: int = 0,
    ) -> None:
        """A database instance; its parameter group is the default one unless `max_connections` is set."""
        rds = self._client("rds")
        subnet_group = f"{name}-subnets"
        rds.create_db_subnet_group(
            DBSubnetGroupName=subnet_group, DBSubnetGroupDescription=name, SubnetIds=list(subnets)
        )
        parameter_group = f"{name}-parameters" if max_connections else f"default.{family}"
        if max_connections:
            rds.create_db_parameter_group(
                DBParameterGroupName=parameter_group, DBParameterGroupFamily=family, Description=name
            )
            rds.modify_db_parameter_group(
                DBParameterGroupName=parameter_group,
                Parameters=[
                    {
                        "ParameterName": "max_connections",
                        "ParameterValue": str(max_connections),
                        "ApplyMethod": "immediate",
                    }
                ],
            )
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass=instance_class,
            Engine=engine,
            EngineVersion=f"{family.removeprefix(engine)}.4",
            MasterUsername="owner",
            MasterUserPassword="not-a-real-one",
            AllocatedStorage=20,
            DBSubnetGroupName=subnet_group,
            VpcSecurityGroupIds=list(groups),
            DBParameterGroupName=parameter_group,
        )

    def db_proxy(self, name: str, database: str, subnets: Sequence[str], groups: Sequence[str], role_arn: str) -> None:
        """An RDS Proxy before a MySQL database instance."""
        rds = self._client("rds")
        secret = f"arn:aws:secretsmanager:{self.region}:{ACCOUNT}:secret:{database}-AbCdEf"
        rds.create_db_proxy(
            DBProxyName=name,
            EngineFamily="MYSQL",
            Auth=[{"AuthScheme": "SECRETS", "SecretArn": secret}],
            RoleArn=role_arn,
            VpcSubnetIds=list(subnets),
            VpcSecurityGroupIds=list(groups),
        )
        rds.register_db_proxy_targets(DBProxyName=name, DBInstanceIdentifiers=[database])

    def _arn(self, function: str) -> str:
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{function}"


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
