"""END010: does the interface endpoint admit HTTPS from the target?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.endpoints.end010_endpoint_admits_target import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import World, rule
from tests.checks.worlds import two_zones


def ask(made: World, *services: str) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services or ("sqs",))))


def base(*ingress: Any) -> World:
    made = two_zones().group("endpoint", ingress=ingress).function(subnets=["a", "b"])
    return made.interface_endpoint("sqs", subnets=["a", "b"])


@pytest.mark.parametrize(
    "ingress",
    [
        [rule("sg-fn")],
        [rule("10.0.0.0/16")],
        [rule("10.0.0.0/24"), rule("10.0.1.0/24", (1, 500))],
        [rule("sg-other"), rule("0.0.0.0/0", None, "-1")],
    ],
)
def test_admitted_by_group_or_by_address(ingress: list[Any]) -> None:
    made = base(*ingress)
    endpoint = made.view().endpoint("vpce-sqs")
    said = "vpce-sqs for sqs (groups sg-endpoint) admits TCP 443 from subnet-a, subnet-b."
    seen = made.view().group("sg-endpoint").cite("IpPermissions")
    assert ask(made) == (META.passed(endpoint, said, seen, scope="sg-fn"),)


@pytest.mark.parametrize(
    ("ingress", "left"),
    [
        ([rule("sg-other")], "subnet-a (10.0.0.0/24); subnet-b (10.0.1.0/24)"),
        ([rule("sg-fn", 80)], "subnet-a (10.0.0.0/24); subnet-b (10.0.1.0/24)"),
        ([rule("10.0.0.0/24")], "subnet-b (10.0.1.0/24)"),
        ([rule("10.0.0.0/24"), rule("10.0.1.0/25")], "subnet-b (10.0.1.128/25)"),
    ],
)
def test_refused_subnets_are_named(ingress: list[Any], left: str) -> None:
    made = base(*ingress)
    endpoint = made.view().endpoint("vpce-sqs")
    said = f"vpce-sqs for sqs (groups sg-endpoint) refuses TCP 443 from {left}."
    seen = made.view().group("sg-endpoint").cite("IpPermissions")
    assert ask(made) == (META.failed(endpoint, said, seen, code="ENI_SG_RULES_MISMATCH", scope="sg-fn"),)


def test_no_rule_at_all_has_its_own_code() -> None:
    assert ask(base())[0].code == "SG_HAS_NO_RULES"


def test_an_endpoint_nobody_asked_for_weighs_little() -> None:
    assert [(f.status, f.severity) for f in ask(base(), "s3")] == [(Status.FAIL, Severity.LOW)]
    assert [(f.status, f.severity) for f in ask(base(), "sqs")] == [(Status.FAIL, Severity.HIGH)]


def test_an_s3_endpoint_that_leaves_the_name_to_the_gateway_weighs_little() -> None:
    made = two_zones().group("endpoint").function(subnets=["a"])
    made.gateway_endpoint("s3", tables=["main"]).interface_endpoint("s3", name="s3-interface", private_dns=False)
    assert [(f.status, f.severity) for f in ask(made, "s3")] == [(Status.FAIL, Severity.LOW)]


def test_a_vpc_as_a_whole_is_judged_by_addresses() -> None:
    made = two_zones().group("endpoint", ingress=[rule("10.0.0.0/16")]).interface_endpoint("sqs")
    assert [(f.key, f.status) for f in ask(made)] == [("END010:vpce-sqs", Status.PASS)]


def test_not_applicable_without_interface_endpoints() -> None:
    assert ask(two_zones().function(subnets=["a"]))[0].status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("key", ["VpcEndpoints", "SecurityGroups", "Subnets"])
def test_what_was_not_read_is_unknown(key: str) -> None:
    assert ask(base(rule("10.0.0.0/16")).denied(key))[0].status is Status.UNKNOWN


def test_an_endpoint_that_came_without_groups_is_unknown() -> None:
    made = base(rule("sg-fn")).changed("VpcEndpoints", "vpce-sqs", lambda raw: raw.pop("Groups"))
    assert ask(made)[0].status is Status.UNKNOWN
