"""END009: does the interface endpoint cover the Availability Zones of the target?"""

from __future__ import annotations

from runbook_lib.checks.endpoints.end009_zones_covered import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.worlds import two_zones


def ask(made: World) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings("sqs")))


def base() -> World:
    return two_zones().group("endpoint").function(subnets=["a", "b"])


def test_every_zone_covered_passes_by_any_subnet_of_the_zone() -> None:
    made = base().interface_endpoint("sqs", subnets=["public", "b"])
    endpoint = made.view().endpoint("vpce-sqs")
    said = "vpce-sqs for sqs has a network interface in ap-southeast-1a, ap-southeast-1b."
    assert ask(made) == (META.passed(endpoint, said, endpoint.cite("SubnetIds")),)


def test_a_missing_zone_fails() -> None:
    made = base().interface_endpoint("sqs")
    endpoint = made.view().endpoint("vpce-sqs")
    said = "vpce-sqs for sqs has no network interface in ap-southeast-1b, where worker runs too."
    failed = META.failed(endpoint, said, endpoint.cite("SubnetIds"), code="VPCE_SERVICE_NOT_INSTALLED_IN_AZ")
    assert ask(made) == (failed,)


def test_mixed_endpoints() -> None:
    made = base().interface_endpoint("sqs").interface_endpoint("ssm", subnets=["a", "b"])
    assert [(f.resource.id, f.status) for f in ask(made)] == [("vpce-sqs", Status.FAIL), ("vpce-ssm", Status.PASS)]


def test_not_applicable_without_interface_endpoints() -> None:
    made = base().gateway_endpoint("s3")
    said = "worker runs in a VPC without interface endpoints."
    assert ask(made) == (META.not_applicable(made.target().ref, said),)


def test_what_was_not_read_is_unknown() -> None:
    assert ask(base().interface_endpoint("sqs").denied("VpcEndpoints"))[0].status is Status.UNKNOWN
    assert ask(base().interface_endpoint("sqs").denied("Subnets"))[0].status is Status.UNKNOWN
    nameless = base().interface_endpoint("sqs").changed("Subnets", "subnet-a", lambda raw: raw.pop("AvailabilityZone"))
    assert ask(nameless)[0].status is Status.UNKNOWN
