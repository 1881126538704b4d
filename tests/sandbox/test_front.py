"""Faults on the wire: what boto3 makes of them, and what the record of requests says."""

import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from runbook_lib.errors import UsageError
from runbook_lib.sandbox import environment
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.faults import Fault, FaultKind, Faults, denials
from tests.sandbox.asking import refused

ONCE = {"total_max_attempts": 1}


@pytest.fixture
def served(aws: EmbeddedAws) -> Iterator[str]:
    with aws.listening() as url:
        yield url


def _client(url: str, service: str, **settings: Any) -> Any:
    return boto3.client(
        service,
        region_name="ap-southeast-1",
        endpoint_url=url,
        aws_access_key_id=environment.ACCESS_KEY_ID,
        aws_secret_access_key=environment.SECRET_ACCESS_KEY,
        config=Config(retries=ONCE, **settings),
    )


def _fault(action: str, kind: str, times: int | None = None, delay_s: float = 0.0) -> Fault:
    return Fault(action=action, kind=FaultKind(kind), times=times, delay_s=delay_s)


CALLS = {
    "ec2:DescribeVpcs": lambda aws: aws.client("ec2").describe_vpcs(),
    "lambda:ListFunctions": lambda aws: aws.client("lambda").list_functions(),
    "lambda:GetFunctionConfiguration": lambda aws: aws.client("lambda").get_function_configuration(FunctionName="f"),
    "s3:GetBucketLocation": lambda aws: aws.client("s3").get_bucket_location(Bucket="bucket"),
    "sts:GetCallerIdentity": lambda aws: aws.client("sts").get_caller_identity(),
    "logs:DescribeLogGroups": lambda aws: aws.client("logs").describe_log_groups(),
    "logs:FilterLogEvents": lambda aws: aws.client("logs").filter_log_events(logGroupName="group"),
    "cloudwatch:GetMetricData": lambda aws: aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "a", "Expression": "b"}], StartTime=0, EndTime=60
    ),
    "servicequotas:GetServiceQuota": lambda aws: aws.client("service-quotas").get_service_quota(
        ServiceCode="lambda", QuotaCode="L-B99A9384"
    ),
}


@pytest.mark.parametrize(
    ("action", "kind", "code", "status"),
    [
        ("ec2:DescribeVpcs", "denied", "UnauthorizedOperation", 403),
        ("lambda:ListFunctions", "denied", "AccessDeniedException", 403),
        ("lambda:GetFunctionConfiguration", "denied", "AccessDeniedException", 403),
        ("s3:GetBucketLocation", "denied", "AccessDenied", 403),
        ("sts:GetCallerIdentity", "denied", "AccessDenied", 403),
        ("logs:DescribeLogGroups", "denied", "AccessDeniedException", 400),
        ("logs:FilterLogEvents", "denied", "AccessDeniedException", 400),
        ("cloudwatch:GetMetricData", "denied", "AccessDenied", 403),
        ("cloudwatch:GetMetricData", "throttled", "Throttling", 400),
        ("cloudwatch:GetMetricData", "broken", "InternalFailure", 500),
        ("servicequotas:GetServiceQuota", "denied", "AccessDeniedException", 400),
        ("ec2:DescribeVpcs", "throttled", "RequestLimitExceeded", 503),
        ("lambda:ListFunctions", "throttled", "TooManyRequestsException", 429),
        ("s3:GetBucketLocation", "throttled", "SlowDown", 503),
        ("sts:GetCallerIdentity", "throttled", "Throttling", 400),
        ("logs:DescribeLogGroups", "throttled", "ThrottlingException", 400),
        ("ec2:DescribeVpcs", "broken", "InternalError", 500),
        ("lambda:ListFunctions", "broken", "ServiceException", 500),
        ("s3:GetBucketLocation", "broken", "InternalError", 500),
        ("ec2:DescribeVpcs", "expired", "RequestExpired", 400),
        ("lambda:ListFunctions", "expired", "ExpiredTokenException", 403),
        ("s3:GetBucketLocation", "expired", "ExpiredToken", 400),
        ("sts:GetCallerIdentity", "expired", "ExpiredToken", 403),
    ],
)
def test_each_service_fails_in_its_own_words(aws: EmbeddedAws, action: str, kind: str, code: str, status: int) -> None:
    aws.front.faults.set([_fault(action, kind)])
    with refused(code, action if kind == "denied" else ""):
        CALLS[action](aws)
    (entry,) = aws.front.served()
    assert (entry.action, entry.status, entry.fault) == (action, status, kind)


def test_fault_strikes_its_own_action_only(aws: EmbeddedAws) -> None:
    aws.front.faults.set([_fault("ec2:DescribeVpcs", "denied"), _fault("lambda:*", "denied")])
    aws.client("ec2").describe_subnets()
    with refused("AccessDeniedException"):
        aws.client("lambda").list_functions()
    aws.front.faults.clear()
    aws.client("ec2").describe_vpcs()
    aws.client("lambda").list_functions()


def test_throttled_twice_then_fine_is_overcome_by_retries(aws: EmbeddedAws, served: str) -> None:
    aws.front.faults.set([_fault("ec2:DescribeVpcs", "throttled", times=2)])
    client = boto3.client(
        "ec2",
        region_name="ap-southeast-1",
        endpoint_url=served,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )
    assert client.describe_vpcs()["ResponseMetadata"]["RetryAttempts"] == 2
    assert [entry.status for entry in aws.front.served()] == [503, 503, 200]


def test_slow_answer_arrives_when_there_is_patience(aws: EmbeddedAws, served: str) -> None:
    aws.front.faults.set([_fault("ec2:DescribeVpcs", "slow", delay_s=0.3)])
    started = time.monotonic()
    assert _client(served, "ec2").describe_vpcs()["Vpcs"]
    assert time.monotonic() - started > 0.29


def test_slow_answer_is_missed_by_the_impatient(aws: EmbeddedAws, served: str) -> None:
    aws.front.faults.set([_fault("ec2:DescribeVpcs", "slow", delay_s=3)])
    with pytest.raises(ReadTimeoutError):
        _client(served, "ec2", read_timeout=0.2).describe_vpcs()


def test_hanging_connection_is_dropped_without_an_answer(aws: EmbeddedAws, served: str) -> None:
    aws.front.faults.set([_fault("ec2:DescribeVpcs", "hang")])
    with pytest.raises(ConnectionClosedError):
        _client(served, "ec2", read_timeout=10).describe_vpcs()
    with pytest.raises(ConnectionClosedError):
        aws.client("ec2").describe_vpcs()
    assert [(entry.status, entry.fault) for entry in aws.front.served()] == [(0, "hang"), (0, "hang")]


def test_record_names_what_was_asked(aws: EmbeddedAws) -> None:
    bucket = aws.client("s3")
    bucket.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"})
    assert bucket.get_bucket_location(Bucket="bucket")["LocationConstraint"] == "ap-southeast-1"
    bucket.head_bucket(Bucket="bucket")
    aws.client("ec2", "eu-west-1").describe_vpcs()
    found = [(entry.operation, entry.action, entry.region) for entry in aws.front.served()]
    assert found == [
        ("CreateBucket", "s3:CreateBucket", "ap-southeast-1"),
        ("GetBucketLocation", "s3:GetBucketLocation", "ap-southeast-1"),
        ("HeadBucket", "s3:ListBucket", "ap-southeast-1"),
        ("DescribeVpcs", "ec2:DescribeVpcs", "eu-west-1"),
    ]
    aws.front.forget()
    assert aws.front.served() == ()


def test_unknown_bucket_is_an_error_not_a_location(aws: EmbeddedAws) -> None:
    with refused("NoSuchBucket"):
        aws.client("s3").get_bucket_location(Bucket="unknown-bucket")


@pytest.mark.parametrize(
    ("service", "call", "arguments", "code"),
    [
        ("ec2", "describe_network_insights_access_scopes", {}, "InvalidAction"),
        ("ec2", "get_security_groups_for_vpc", {"VpcId": "vpc-1"}, "InvalidAction"),
        ("lambda", "get_runtime_management_config", {"FunctionName": "f"}, "UnknownOperationException"),
        ("iam", "get_context_keys_for_principal_policy", {"PolicySourceArn": "x" * 20}, "InvalidAction"),
        ("cloudtrail", "lookup_events", {}, "UnknownOperationException"),
    ],
)
def test_what_is_not_there_is_an_aws_error_not_a_crash(
    aws: EmbeddedAws, service: str, call: str, arguments: dict[str, Any], code: str
) -> None:
    with refused(code, "not available in the embedded AWS"):
        getattr(aws.client(service), call)(**arguments)


def test_control_refuses_what_it_does_not_know(served: str) -> None:
    for method, name, body in (
        ("GET", "unknown", b""),
        ("PUT", "faults", b'[{"action": "ec2:*", "kind": "denyed"}]'),
        ("PUT", "faults", b"no json"),
        ("PUT", "state", b'{"id": "vpce-1", "fields": {"State": "x"}}'),
    ):
        request = urllib.request.Request(f"{served}/_sandbox/{name}", method=method, data=body)
        with pytest.raises(urllib.error.HTTPError, match="400") as caught:
            urllib.request.urlopen(request)
        caught.value.close()


def test_faults_are_read_strictly() -> None:
    assert Fault.from_json({"action": "ec2:*", "kind": "denied"}) == _fault("ec2:*", "denied")
    with pytest.raises(UsageError, match="'denyed'; nearest: denied"):
        Fault.from_json({"action": "ec2:*", "kind": "denyed"})
    with pytest.raises(UsageError, match="'time'; nearest: times"):
        Fault.from_json({"action": "ec2:*", "kind": "denied", "time": 2})
    with pytest.raises(UsageError, match="needs an action"):
        Fault.from_json({"kind": "denied"})


def test_first_rule_that_is_not_used_up_wins() -> None:
    faults = Faults()
    faults.set([_fault("ec2:*", "throttled", times=1), *denials(["ec2:DescribeVpcs"])])
    struck = [fault.kind if (fault := faults.take("ec2:DescribeVpcs")) else None for _ in range(3)]
    assert struck == [FaultKind.THROTTLED, FaultKind.DENIED, FaultKind.DENIED]
    assert faults.take("ec2:DescribeSubnets") is None
