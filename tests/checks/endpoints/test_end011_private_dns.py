"""END011: does the interface endpoint have private DNS?"""

from __future__ import annotations

from runbook_lib.checks.endpoints.end011_private_dns import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.worlds import two_zones


def ask(made: World, *services: str) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services)))


def base() -> World:
    return two_zones().group("endpoint").function(subnets=["a"])


def test_on_passes() -> None:
    made = base().interface_endpoint("sqs")
    endpoint = made.view().endpoint("vpce-sqs")
    said = "vpce-sqs takes the name of sqs by private DNS."
    assert ask(made, "sqs") == (META.passed(endpoint, said, endpoint.cite("PrivateDnsEnabled")),)


def test_off_fails() -> None:
    made = base().interface_endpoint("sqs", private_dns=False)
    endpoint = made.view().endpoint("vpce-sqs")
    said = "vpce-sqs has no private DNS, so that the name of sqs leads past it to public addresses."
    failed = META.failed(endpoint, said, endpoint.cite("PrivateDnsEnabled"), code="PRIVATE_DNS_OFF")
    assert ask(made, "sqs") == (failed,)


def test_mixed_and_the_weight_of_what_was_not_asked_for() -> None:
    made = base().interface_endpoint("sqs").interface_endpoint("ssm", private_dns=False)
    assert [(f.resource.id, f.status, f.severity) for f in ask(made, "sqs")] == [
        ("vpce-sqs", Status.PASS, Severity.MEDIUM),
        ("vpce-ssm", Status.FAIL, Severity.LOW),
    ]


def test_services_of_other_owners_do_not_apply() -> None:
    name = "com.amazonaws.vpce.ap-southeast-1.vpce-svc-0123"
    made = base().interface_endpoint(name, name="partner", private_dns=False)
    assert ask(made)[0].status is Status.NOT_APPLICABLE


def test_s3_beside_a_gateway_endpoint_does_not_apply() -> None:
    made = base().gateway_endpoint("s3").interface_endpoint("s3", name="s3-interface", private_dns=False)
    said = "vpce-s3-interface leaves the name of s3 to the gateway endpoint of vpc-main."
    assert [(f.status, f.message) for f in ask(made)] == [(Status.NOT_APPLICABLE, said)]


def test_nothing_to_judge_and_nothing_read() -> None:
    assert ask(base())[0].status is Status.NOT_APPLICABLE
    assert ask(base().denied("VpcEndpoints"))[0].status is Status.UNKNOWN
