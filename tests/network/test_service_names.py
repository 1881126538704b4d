"""Names of services with VPC endpoints: as documented, in full and short form, and what the facts themselves name."""

from __future__ import annotations

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.network.names import services
from runbook_lib.network.service_names import SERVICES, require_services, short_name
from runbook_lib.network.tools import Tools
from tests.builders import world


def test_names_are_sorted_and_written_once() -> None:
    assert list(SERVICES) == sorted(set(SERVICES))
    assert [name for name in SERVICES if "fips" in name or name != name.lower()] == []


def test_every_service_a_trace_knows_is_a_service() -> None:
    assert set(services(Tools(world().vpc().view()), "vpc-main")) - set(SERVICES) == set()


@pytest.mark.parametrize(
    ("word", "short"),
    [
        ("com.amazonaws.eu-west-1.s3", "s3"),
        ("COM.amazonaws.eu-west-1.ECR.api", "ecr.api"),
        ("cn.com.amazonaws.cn-north-1.ec2", "ec2"),
        ("com.amazonaws.us-gov-west-1.sts", "sts"),
        ("aws.api.us-east-1.qbusiness", "qbusiness"),
        ("aws.sagemaker.eu-west-1.studio", "studio"),
        ("com.amazonaws.s3-global.accesspoint", "s3-global.accesspoint"),
        ("com.amazonaws.iam", "iam"),
        ("com.amazonaws.s3", "com.amazonaws.s3"),
        ("SQS", "sqs"),
    ],
)
def test_full_names_are_shortened(word: str, short: str) -> None:
    assert short_name(word) == short


@pytest.mark.parametrize(
    "word", ["s3", "appsync-api", "models-v2-lex", "geo.maps", "pinpoint-sms-voice-v2", "kms-fips", "airflow.api-fips"]
)
def test_documented_names_are_accepted(word: str) -> None:
    require_services([word], ())


@pytest.mark.parametrize(
    "word",
    ["appsync", "lex-models-v2", "location.maps", "sms-voice", "snowball", "ecr", "kms-fip", "-fips", "s3-fipsy"],
)
def test_names_that_aws_does_not_use_are_refused(word: str) -> None:
    with pytest.raises(UsageError, match=f"unknown service '{word}'"):
        require_services([word], ())


@pytest.mark.parametrize(
    ("service", "short"),
    [
        ("com.amazonaws.ap-southeast-1.brand-new", "brand-new"),
        ("api.aws.ap-southeast-1.cassandra-streams", "cassandra-streams"),
        ("com.amazonaws.s3-global.accesspoint", "s3-global.accesspoint"),
        ("com.amazonaws.iam", "iam"),
    ],
)
def test_what_has_an_endpoint_is_a_service_under_the_same_name(service: str, short: str) -> None:
    made = (
        world()
        .vpc()
        .subnet("a")
        .group("endpoint")
        .interface_endpoint("x")
        .changed("VpcEndpoints", "vpce-x", lambda raw: raw.update(ServiceName=service))
    )
    endpoint = made.view().endpoint("vpce-x")
    assert endpoint.service_short == short == short_name(service)
    require_services([short], [endpoint.service_short])
