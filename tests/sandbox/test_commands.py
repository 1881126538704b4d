"""Commands of proposed fixes, run against the sandbox as a person would run them."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from runbook_lib.errors import SandboxError
from runbook_lib.sandbox.commands import run_command
from runbook_lib.sandbox.server import RunningSandbox, running, start


@pytest.fixture(scope="module", name="sandbox")
def _sandbox() -> Iterator[RunningSandbox]:
    with start("incident") as sandbox:
        yield sandbox


def test_a_command_over_several_lines_makes_what_it_says(sandbox: RunningSandbox) -> None:
    key, secret, token = sandbox.credentials
    ec2 = boto3.client(
        "ec2",
        region_name=sandbox.region,
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    tables = sorted(table["RouteTableId"] for table in ec2.describe_route_tables()["RouteTables"])[:2]
    made = run_command(
        sandbox,
        f"aws ec2 create-vpc-endpoint --region {sandbox.region} \\\n  --vpc-id {vpc['VpcId']} \\\n"
        f"  --vpc-endpoint-type Gateway --service-name com.amazonaws.{sandbox.region}.s3 \\\n"
        f"  --route-table-ids {' '.join(tables)}",
    )["VpcEndpoint"]
    (endpoint,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert (endpoint["VpcEndpointId"], endpoint["VpcEndpointType"]) == (made["VpcEndpointId"], "Gateway")
    assert sorted(endpoint["RouteTableIds"]) == tables


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rm -rf /", "not an AWS CLI command"),
        ("aws ec2", "not an AWS CLI command"),
        ("aws ec2 make-vpc --cidr-block 10.0.0.0/16", "ec2 has no operation 'make-vpc'"),
        ("aws ec2 delete-vpc --vpc vpc-1", "has no option --vpc"),
        ("aws ec2 delete-vpc vpc-1", "'vpc-1' belongs to no option"),
        ("aws ec2 delete-vpc --vpc-id vpc-1 vpc-2", "only texts and lists of texts are understood"),
        ("aws ec2 delete-vpc --vpc-id vpc-1 --dry-run", "only texts and lists of texts are understood"),
    ],
)
def test_anything_else_is_refused_before_it_is_sent(sandbox: RunningSandbox, text: str, said: str) -> None:
    sandbox.forget_requests()
    with pytest.raises(SandboxError, match=said):
        run_command(sandbox, text)
    assert sandbox.requests() == []


def test_a_shared_sandbox_is_found_by_its_scenario_only(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running("incident") is None
    for name, value in sandbox.shared({}).items():
        monkeypatch.setenv(name, value)
    assert running("incident") == sandbox.endpoint_url
    assert running("fixed") is None


def test_only_the_loopback_is_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_SANDBOX", "incident https://ec2.eu-west-1.amazonaws.com")
    with pytest.raises(SandboxError, match="on the loopback only"):
        running("incident")
