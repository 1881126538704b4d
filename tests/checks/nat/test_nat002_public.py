"""NAT002: does the NAT gateway have a public address where one is needed?"""

from __future__ import annotations

from runbook_lib.checks.nat import nat002_public as check
from runbook_lib.checks.nat.nat002_public import META
from runbook_lib.model.status import Status
from tests.checks.nat.gateways import ask, nat_of, private
from tests.checks.path.flows import BANK, bare, one_subnet, two_subnets
from tests.checks.worlds import gateway


def test_it_is_public() -> None:
    made = one_subnet()
    nat = nat_of(made)
    assert ask(made, check) == (META.passed(nat, "nat-main is public.", nat.cite("ConnectivityType")),)


def test_a_private_one_has_no_internet() -> None:
    made = private(two_subnets())
    nat, gate = nat_of(made), made.view().internet_gateway("igw-main")
    said = (
        f"subnet-a to {BANK} (tcp 22) by nat-main, and one more way: nat-main has no public IPv4 address, so igw-main "
        "drops what it sends."
    )
    code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
    assert ask(made, check) == (META.failed(nat, said, gate.cite("Attachments"), code=code),)


def test_nothing_passes_it() -> None:
    made = private(gateway())
    nothing = "No way asked about passes nat-main."
    (found,) = made.ask(check)
    assert (found.status, found.message) == (Status.NOT_APPLICABLE, nothing)
    assert [f.status for f in bare().ask(check)] == [Status.NOT_APPLICABLE]


def test_the_gateways_were_not_read() -> None:
    (found,) = ask(one_subnet().denied("InternetGateways"), check)
    assert (found.status, found.resource.id) == (Status.UNKNOWN, "nat-main")
    assert "allow ec2:DescribeInternetGateways" in found.message
