"""PTH008: does the VPC resolve the names its functions call?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.path import pth008_name_resolves as check
from runbook_lib.checks.path.pth008_name_resolves import META
from runbook_lib.model.status import Status
from runbook_lib.model.vpc import Vpc
from tests.builders import World, world
from tests.checks.path.flows import BANK, ask, tagged


def one(dns_support: bool | None = True) -> World:
    return world().vpc(dns_support=dns_support).subnet(az="a").group().function()


def test_dns_support_is_on() -> None:
    made = tagged(one(), "Vpcs", "vpc-main", "prod")
    view = made.view()
    said = "vpc-main (prod) has DNS support on and resolves s3, sqs."
    seen = view.vpc_attributes("vpc-main").cite("EnableDnsSupport", "Value")
    assert ask(made, check, "s3", "sqs") == (META.passed(view.vpc("vpc-main"), said, seen),)


def test_dns_support_is_off() -> None:
    made = one(dns_support=False)
    view = made.view()
    said = "vpc-main has DNS support off, so the Amazon resolver does not resolve sftp.bank.example there."
    seen = view.vpc_attributes("vpc-main").cite("EnableDnsSupport", "Value")
    failed = META.failed(view.vpc("vpc-main"), said, seen, code="DNS_SUPPORT_DISABLED")
    assert ask(made, check, destinations=("sftp.bank.example", BANK)) == (failed,)


@pytest.mark.parametrize("to", [BANK, "198.51.100.0/24", "2001:db8::1", "eni-db", "i-0abc"])
def test_addresses_and_ids_need_no_name(to: str) -> None:
    made = one(dns_support=False)
    said = "worker is asked about addresses only: no name has to be resolved."
    assert ask(made, check, destinations=(to,)) == (META.not_applicable(made.target().ref, said),)


@pytest.mark.parametrize("made", [one().denied("VpcAttributes"), one(dns_support=None)])
def test_the_attributes_were_not_read(made: World) -> None:
    (found,) = ask(made, check)
    assert (found.status, found.code, found.resource) == (Status.UNKNOWN, "NOT_READ", made.view().ref(Vpc, "vpc-main"))
    assert found.message.endswith("could not be read; allow ec2:DescribeVpcAttribute and run again.")
