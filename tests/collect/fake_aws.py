"""An AWS in memory: answers on the wire in each service's own protocol, pages, and misbehaves on request."""

import io
import json
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.loaders import create_loader

from runbook_lib.collect.connection import Connection

from .fake_details import DETAILS

REGION = "eu-west-1"
ACCOUNT = "111122223333"
JSON = ("cloudwatch", "logs", "service-quotas", "sqs")
REST = ("lambda", "apigateway", "apigatewayv2")
QUERY = ("sts", "iam", "rds")
Answerer = Callable[[Any, int], AWSResponse | None]

# One loader for all sessions: reading the service models again and again takes longer than the tests.
_LOADER = create_loader()

WORLD: dict[str, Any] = {
    "sts:GetCallerIdentity": {
        "Account": ACCOUNT,
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/me",
        "UserId": "u",
    },
    "lambda:ListFunctions": {
        "Functions": [
            {
                "FunctionName": "upload",
                "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:upload",
                "VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
                "Role": f"arn:aws:iam::{ACCOUNT}:role/service/uploader",
                "DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"},
                "Environment": {"Variables": {"DB_URL": "canary-environment"}},
            },
            {"FunctionName": "outside", "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:outside"},
        ]
    },
    "lambda:GetFunctionConfiguration": {
        "FunctionName": "upload",
        "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:upload",
        "State": "Active",
        "Environment": {"Variables": {"DB_URL": "canary-environment"}},
    },
    "ec2:DescribeVpcs": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "vpc-2"}]},
    "ec2:DescribeSubnets": {
        "Subnets": [
            {"SubnetId": "subnet-2", "VpcId": "vpc-2", "CidrBlock": "10.2.0.0/24"},
            {
                "SubnetId": "subnet-1",
                "VpcId": "vpc-1",
                "CidrBlock": "10.0.0.0/24",
                "Tags": [{"Key": "password", "Value": "canary-tag"}],
            },
        ]
    },
    "ec2:DescribeRouteTables": {
        "RouteTables": [
            {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": [{"DestinationPrefixListId": "pl-s3"}]},
        ]
    },
    "ec2:DescribeSecurityGroups": {
        "SecurityGroups": [
            {
                "GroupId": "sg-1",
                "VpcId": "vpc-1",
                "IpPermissions": [],
                "IpPermissionsEgress": [{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-own"}]}],
            }
        ]
    },
    "ec2:DescribePrefixLists": {
        "PrefixLists": [
            {"PrefixListId": "pl-s3", "PrefixListName": f"com.amazonaws.{REGION}.s3", "Cidrs": ["192.0.2.0/24"]}
        ]
    },
    "ec2:DescribeManagedPrefixLists": {
        "PrefixLists": [
            {"PrefixListId": "pl-own", "PrefixListName": "own", "MaxEntries": 10},
            {"PrefixListId": "pl-s3", "PrefixListName": f"com.amazonaws.{REGION}.s3", "OwnerId": "AWS"},
        ]
    },
    "ec2:GetManagedPrefixListEntries": {"Entries": [{"Cidr": "198.51.100.0/24"}]},
    "ec2:DescribeInstances": {"Reservations": [{"Instances": [{"InstanceId": "i-1", "VpcId": "vpc-1"}]}]},
    "ec2:DescribeTransitGatewayRouteTables": {
        "TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1"}]
    },
    "ec2:SearchTransitGatewayRoutes": {
        "Routes": [{"DestinationCidrBlock": "10.0.0.0/8", "State": "active"}],
        "AdditionalRoutesAvailable": False,
    },
    "ec2:DescribeVpcAttribute": {
        "VpcId": "vpc-1",
        "EnableDnsSupport": {"Value": True},
        "EnableDnsHostnames": {"Value": True},
    },
    "ec2:DescribeVpcBlockPublicAccessOptions": {
        "VpcBlockPublicAccessOptions": {"AwsRegion": REGION, "InternetGatewayBlockMode": "off"}
    },
    "ec2:DescribeVpcBlockPublicAccessExclusions": {"VpcBlockPublicAccessExclusions": []},
    "s3:GetBucketLocation": REGION,
    "logs:DescribeLogGroups": lambda asked: {
        "logGroups": [{"logGroupName": asked["logGroupNamePrefix"], "creationTime": 0, "storedBytes": 1000}]
    },
    "logs:FilterLogEvents": {"events": []},
    "cloudwatch:GetMetricData": lambda asked: {
        "MetricDataResults": [
            {"Id": query["Id"], "Label": "x", "Timestamps": [], "Values": [], "StatusCode": "Complete"}
            for query in asked["MetricDataQueries"]
        ]
    },
    "service-quotas:GetServiceQuota": lambda asked: {"Quota": {**asked, "Value": 1000.0}},
    "lambda:GetAccountSettings": {
        "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900},
        "AccountUsage": {"FunctionCount": 2},
    },
    "lambda:GetFunctionConcurrency": {"ReservedConcurrentExecutions": 100},
    "ec2:DescribeFlowLogs": {"FlowLogs": []},
    **DETAILS,
}
# How the SDK's events call a service, where that is not its name.
_NAMES = {"cloudwatch-logs": "logs", "api-gateway": "apigateway"}


class FakeAws:
    """Answers every call from `answers`, which may hold functions of the request's parameters.

    `faults` maps `service:Operation` to (request, attempt) → response or None.

    `pages` maps an operation to a list of (items, next token); the answer is chosen by the token asked for.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = dict(WORLD)
        self.pages: dict[str, dict[str, tuple[list[Any], str | None]]] = {}
        self.faults: dict[str, Answerer] = {}
        self.sent: Counter[str] = Counter()
        self._lock = Lock()
        core = botocore.session.Session()
        core.register_component("data_loader", _LOADER)
        self.session = boto3.Session(
            "AKIAFAKEFAKEFAKEFAKE", "fake-secret-access-key", "canary-session-token", botocore_session=core
        )
        self.session.events.register_first("before-send", self._answer)

    @property
    def connection(self) -> Connection:
        return Connection(REGION, session=self.session)

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        _, service, name = event_name.split(".")
        service = _NAMES.get(service, service)
        operation = f"{service}:{name}"
        with self._lock:
            self.sent[operation] += 1
            attempt = self.sent[operation]
        fault = self.faults.get(operation) or self.faults.get("*")
        answer = fault(request, attempt) if fault else None
        return answer or response(200, self._body(service, name, request), attempt)

    def _body(self, service: str, name: str, request: Any) -> str:
        model = self.session._session.get_service_model(service).operation_model(name)
        data = self.answers.get(f"{service}:{name}")
        if f"{service}:{name}" in self.pages:
            data = self._page(f"{service}:{name}", request)
        if name == "GetBucketNotificationConfiguration":
            return f"<NotificationConfiguration>{_xml(model.output_shape, data)}</NotificationConfiguration>"
        if service == "s3":
            return f'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{data}</LocationConstraint>'
        if service in JSON:
            return json.dumps(data(json.loads(request.body)) if callable(data) else data)
        if service in REST:
            return json.dumps(data)
        shape = model.output_shape
        if data is None:
            data = {member: [] for member, inner in shape.members.items() if inner.type_name == "list"}
        inside = _xml(shape, data)
        if service in QUERY:
            return f"<R><{name}Result>{inside}</{name}Result></R>"
        return f"<R><requestId>req-{name}</requestId>{inside}</R>"

    def _page(self, operation: str, request: Any) -> dict[str, Any]:
        said = (
            request.url + "&" + (request.body.decode() if isinstance(request.body, bytes) else str(request.body or ""))
        )
        asked = [token for token in self.pages[operation] if token and f"={token}" in said]
        items, token = self.pages[operation][asked[0] if asked else ""]
        key = next(iter(self.answers[operation]))
        return {
            key: items,
            **({"NextMarker" if operation.startswith("lambda") else "NextToken": token} if token else {}),
        }


def _member(tag: str, shape: Any, data: Any) -> str:
    if shape.serialization.get("flattened"):
        return "".join(_member(tag, shape.member, item) for item in data)
    return f"<{tag}>{_xml(shape, data)}</{tag}>"


def _xml(shape: Any, data: Any) -> str:
    if shape.type_name == "structure":
        members = [(inner.serialization.get("name", name), name, inner) for name, inner in shape.members.items()]
        return "".join(_member(tag, inner, data[name]) for tag, name, inner in members if name in data)
    if shape.type_name == "list":
        wrapper = shape.member.serialization.get("name", "member")
        return "".join(f"<{wrapper}>{_xml(shape.member, item)}</{wrapper}>" for item in data)
    return escape(str(data).lower() if isinstance(data, bool) else str(data))


class _Body(io.BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


def response(status: int, body: str, number: int = 1, **headers: str) -> AWSResponse:
    """An HTTP response with a request id."""
    named = {"x-amzn-requestid": f"req-{number}", **{key.replace("_", "-"): value for key, value in headers.items()}}
    return AWSResponse("https://aws.invalid/", status, named, _Body(body.encode()))


def failure(service: str, status: int, code: str, message: str = "no") -> AWSResponse:
    """An error as the service's protocol spells it."""
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    if service in JSON:
        return response(status, json.dumps({"__type": code, "message": message}))
    if service in REST:
        return response(status, json.dumps({"message": message}), x_amzn_ErrorType=code)
    if service == "ec2":
        return response(status, f"<Response><Errors>{error}</Errors><RequestID>req-e</RequestID></Response>")
    if service in QUERY:
        return response(status, f"<ErrorResponse>{error}<RequestId>req-e</RequestId></ErrorResponse>")
    return response(status, error)


def always(service: str, status: int, code: str, message: str = "no") -> Answerer:
    """A fault that never ends."""
    return lambda request, attempt: failure(service, status, code, message)


def first(times: int, service: str, status: int, code: str) -> Answerer:
    """A fault that ends after some attempts."""
    return lambda request, attempt: failure(service, status, code) if attempt <= times else None


def raises(error: Exception) -> Answerer:
    """A fault below HTTP."""

    def fault(request: Any, attempt: int) -> AWSResponse | None:
        raise error

    return fault
