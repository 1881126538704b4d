"""END013: does the endpoint carry IPv6 where the target is dual-stack?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.endpoints.end013_address_type import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.worlds import two_zones


def ask(made: World) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings()))


def base(kind: str, *, dual: bool = True) -> World:
    made = two_zones().function(subnets=["a"], dual_stack=dual)
    return made.gateway_endpoint("s3", tables=["main"], IpAddressType=kind)


def test_ipv4_fails_for_a_dual_stack_function() -> None:
    made = base("ipv4")
    endpoint = made.view().endpoint("vpce-s3")
    said = "vpce-s3 for s3 has the IP address type ipv4, so that traffic of a dual-stack client to IPv6 addresses "
    said += "bypasses it."
    assert ask(made) == (META.failed(endpoint, said, endpoint.cite("IpAddressType"), code="ENDPOINT_IPV4_ONLY"),)


@pytest.mark.parametrize("kind", ["dualstack", "Dualstack", "ipv6"])
def test_types_with_ipv6_pass(kind: str) -> None:
    (finding,) = ask(base(kind))
    assert (finding.status, finding.message) == (Status.PASS, f"vpce-s3 for s3 has the IP address type {kind.lower()}.")


def test_interface_endpoints_are_judged_too() -> None:
    made = base("dualstack").group("endpoint").interface_endpoint("sqs")
    assert [(f.resource.id, f.status) for f in ask(made)] == [("vpce-s3", Status.PASS), ("vpce-sqs", Status.FAIL)]


def test_an_ipv4_function_does_not_apply() -> None:
    made = base("ipv4", dual=False)
    assert ask(made) == (META.not_applicable(made.target().ref, "worker is not dual-stack or has no endpoint."),)


def test_unread_endpoints_are_unknown() -> None:
    assert ask(base("ipv4").denied("VpcEndpoints"))[0].status is Status.UNKNOWN
