"""END012: does the S3 interface endpoint leave the name to the gateway endpoint?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.endpoints.end012_name_not_taken import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.worlds import two_zones


def ask(made: World) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings()))


def base() -> World:
    return two_zones().group("endpoint").function(subnets=["a"]).gateway_endpoint("s3", tables=["main"])


def both(**more: Any) -> World:
    return base().interface_endpoint("s3", name="s3-interface", **more)


def test_taking_the_name_fails() -> None:
    made = both()
    endpoint = made.view().endpoint("vpce-s3-interface")
    said = "vpce-s3-interface takes the name of S3 from the gateway endpoint of vpc-main by private DNS."
    seen = (endpoint.cite("PrivateDnsEnabled"), endpoint.cite("DnsOptions"))
    assert ask(made) == (META.failed(endpoint, said, *seen, code="PRIVATE_DNS_TAKES_NAME"),)
    assert ask(made)[0].severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"private_dns": False}, "has private DNS off and takes no name"),
        (
            {"DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}},
            "has private DNS only for inbound resolver endpoints",
        ),
    ],
)
def test_off_or_only_for_inbound_resolvers_passes(more: dict[str, Any], words: str) -> None:
    (finding,) = ask(both(**more))
    assert (finding.status, finding.message) == (Status.PASS, f"vpce-s3-interface {words}.")


def test_one_kind_alone_does_not_apply() -> None:
    said = "worker runs where S3 has no interface endpoint beside a gateway endpoint."
    made = base()
    assert ask(made) == (META.not_applicable(made.target().ref, said),)
    alone = two_zones().group("endpoint").function(subnets=["a"]).interface_endpoint("s3")
    assert ask(alone)[0].status is Status.NOT_APPLICABLE


def test_unread_endpoints_are_unknown() -> None:
    assert ask(both().denied("VpcEndpoints"))[0].status is Status.UNKNOWN
