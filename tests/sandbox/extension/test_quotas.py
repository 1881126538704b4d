from typing import Any

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.faults import denials
from runbook_lib.sandbox.layout import network
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import one, refused


@pytest.mark.parametrize(
    ("service", "code", "name", "value"),
    [
        ("lambda", "L-B99A9384", "Concurrent executions", 1000.0),
        ("lambda", "L-9FEE3D26", "Elastic network interfaces per VPC", 500.0),
        ("vpc", "L-DF5E4CA3", "Network interfaces per Region", 5000.0),
    ],
)
def test_applied_quotas(aws: EmbeddedAws, service: str, code: str, name: str, value: float) -> None:
    found = aws.client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    assert (found["QuotaName"], found["Value"], found["QuotaCode"]) == (name, value, code)
    assert found["QuotaArn"] == f"arn:aws:servicequotas:{aws.region}:123456789012:{service}/{code}"


def test_unknown_quota_is_an_error(aws: EmbeddedAws) -> None:
    quotas = aws.client("service-quotas")
    for service, code in (("lambda", "L-00000000"), ("vpc", "L-B99A9384"), ("ec2", "L-DF5E4CA3")):
        with refused("NoSuchResourceException"):
            quotas.get_service_quota(ServiceCode=service, QuotaCode=code)
    aws.front.faults.set(denials(["servicequotas:GetServiceQuota"]))
    with refused("AccessDeniedException"):
        quotas.get_service_quota(ServiceCode="lambda", QuotaCode="L-B99A9384")


def test_account_settings_count_what_is_reserved(functions: Any, world: World) -> None:
    world.function("f")
    world.function("g")
    assert functions.get_account_settings()["AccountUsage"]["FunctionCount"] == 2
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=5)
    limit = functions.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (1000, 995)


def test_concurrency_is_told_where_it_is_reserved(functions: Any, world: World) -> None:
    world.function("f")
    world.function("g")
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=5)
    assert functions.get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"] == 5
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName="g")
    with refused("ResourceNotFoundException"):
        functions.get_function_concurrency(FunctionName="unknown")


def test_flow_logs_are_filtered(ec2: Any, world: World) -> None:
    net = network(world)
    ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[net.vpc],
        TrafficType="ALL",
        LogDestinationType="cloud-watch-logs",
        LogGroupName="flows",
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flows",
    )
    found = one(ec2.describe_flow_logs(), "FlowLogs")
    assert (found["ResourceId"], found["TrafficType"], found["LogGroupName"]) == (net.vpc, "ALL", "flows")
    for value, count in ((net.vpc, 1), ("vpc-0123456789abcdef0", 0)):
        listed = ec2.describe_flow_logs(Filter=[{"Name": "resource-id", "Values": [value]}])["FlowLogs"]
        assert len(listed) == count
