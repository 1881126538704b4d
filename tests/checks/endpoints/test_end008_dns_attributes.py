"""END008: does the VPC resolve the names of AWS services?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.endpoints.end008_dns_attributes import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World, world


def ask(made: World) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings()))


def base(support: bool | None = True, hostnames: bool | None = True) -> World:
    made = world().vpc(dns_support=support, dns_hostnames=hostnames).subnet(az="a").group().group("endpoint")
    return made.function().gateway_endpoint("s3", tables=["main"])


def test_both_on_passes() -> None:
    made = base()
    dns = made.view().vpc_attributes("vpc-main")
    seen = (dns.cite("EnableDnsSupport"), dns.cite("EnableDnsHostnames"))
    said = "vpc-main has DNS support on and DNS hostnames on."
    assert ask(made) == (META.passed(made.view().vpc("vpc-main"), said, *seen),)


def test_support_off_fails() -> None:
    made = base(support=False)
    seen = made.view().vpc_attributes("vpc-main").cite("EnableDnsSupport")
    said = "vpc-main has DNS support off: the Amazon DNS server answers no query there."
    assert ask(made) == (META.failed(made.view().vpc("vpc-main"), said, seen, code="DNS_SUPPORT_OFF"),)


def test_hostnames_off_matters_only_for_private_dns() -> None:
    (finding,) = ask(base(hostnames=False))
    assert finding.message == "vpc-main has DNS support on and DNS hostnames off, which only private DNS would need."
    assert ask(base(hostnames=False).interface_endpoint("sqs", private_dns=False))[0].status is Status.PASS
    made = base(hostnames=False).interface_endpoint("sqs")
    seen = (
        made.view().vpc_attributes("vpc-main").cite("EnableDnsHostnames"),
        made.view().endpoint("vpce-sqs").cite("PrivateDnsEnabled"),
    )
    said = "vpc-main has DNS hostnames off, which the private DNS of vpce-sqs needs."
    assert ask(made) == (META.failed(made.view().vpc("vpc-main"), said, *seen, code="DNS_HOSTNAMES_OFF"),)


@pytest.mark.parametrize(("support", "hostnames"), [(None, True), (True, None)])
def test_an_attribute_that_was_not_read_is_unknown(support: bool | None, hostnames: bool | None) -> None:
    assert ask(base(support, hostnames))[0].status is Status.UNKNOWN


def test_denied_calls() -> None:
    (finding,) = ask(base().denied("VpcAttributes"))
    assert finding.status is Status.UNKNOWN
    assert "allow ec2:DescribeVpcAttribute" in finding.message
    assert ask(base(hostnames=False).denied("VpcEndpoints"))[0].status is Status.UNKNOWN
    assert ask(base().denied("VpcEndpoints"))[0].status is Status.PASS
