"""PTH007: does the internet gateway on the way carry the flow?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.path import pth007_internet_gateway_carries as check
from runbook_lib.checks.path.pth007_internet_gateway_carries import META
from runbook_lib.model.status import Status
from tests.builders import REGION, World, world
from tests.checks.path.flows import BANK, SSH, ask, bare, one_subnet, scope, tagged
from tests.checks.worlds import two_zones

WHERE = scope(BANK, "tcp/22")


def blocking(made: World, mode: str) -> World:
    return made.item("VpcBlockPublicAccessOptions", InternetGatewayBlockMode=mode, AwsRegion=REGION)


def test_behind_a_nat_gateway_it_carries() -> None:
    made = tagged(one_subnet(), "InternetGateways", "igw-main", "prod")
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22) is carried by igw-main (prod)."
    seen = view.internet_gateway("igw-main").cite("Attachments")
    assert ask(made, check, **SSH) == (META.passed(view.subnet("subnet-a"), said, seen, scope=WHERE),)


def test_a_function_in_a_public_subnet_has_no_public_address() -> None:
    made = world().vpc().subnet("public").internet_gateway().route("main", "0.0.0.0/0", "igw-main").group().function()
    view = made.view()
    said = (
        f"subnet-public to {BANK} (tcp 22): a function in subnet-public has no public IPv4 address, so igw-main drops "
        "what it sends."
    )
    seen = view.internet_gateway("igw-main").cite("Attachments")
    code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"
    failed = META.failed(view.subnet("subnet-public"), said, seen, code=code, scope=WHERE)
    assert ask(made, check, **SSH) == (failed,)


def test_subnets_that_differ_are_told_apart() -> None:
    made = two_zones().function(subnets=["a", "public"])
    found = ask(made, check, **SSH)
    assert [(f.resource.id, f.status) for f in found] == [("subnet-a", Status.PASS), ("subnet-public", Status.FAIL)]


@pytest.mark.parametrize(
    ("attachments", "status"),
    [
        ([{"VpcId": "vpc-main", "State": "available"}], Status.PASS),
        ([{"VpcId": "vpc-main", "State": "detached"}], Status.FAIL),
        ([{"VpcId": "vpc-other", "State": "available"}], Status.FAIL),
        ([], Status.FAIL),
    ],
)
def test_it_must_be_attached_to_the_vpc(attachments: list[dict[str, str]], status: Status) -> None:
    made = one_subnet().changed("InternetGateways", "igw-main", lambda raw: raw.update(Attachments=attachments))
    (found,) = ask(made, check, **SSH)
    assert found.status is status
    assert found.code == ("OK" if status is Status.PASS else "BAD_STATE_ATTACHMENT")
    assert found.evidence[0].value == attachments


@pytest.mark.parametrize(
    ("mode", "status"),
    [("off", Status.PASS), ("block-ingress", Status.PASS), ("block-bidirectional", Status.FAIL)],
)
def test_block_public_access(mode: str, status: Status) -> None:
    (found,) = ask(blocking(one_subnet(), mode), check, **SSH)
    assert found.status is status


def test_block_public_access_is_the_evidence() -> None:
    made = blocking(one_subnet(), "block-bidirectional")
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22): VPC Block Public Access is block-bidirectional in this Region."
    options = view.public_access_block("vpc-main")
    assert options is not None
    code, seen = "VPC_BLOCK_PUBLIC_ACCESS_ENABLED", options.cite("InternetGatewayBlockMode")
    assert ask(made, check, **SSH) == (META.failed(view.subnet("subnet-a"), said, seen, code=code, scope=WHERE),)


def test_no_internet_gateway_is_on_the_way() -> None:
    made = bare().gateway_endpoint("s3", tables=["main"])
    said = "subnet-a to s3 (tcp 443) meets no internet gateway."
    assert ask(made, check) == (META.not_applicable(made.view().subnet("subnet-a"), said, scope=scope()),)


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("InternetGateways", "ec2:DescribeInternetGateways"),
        ("VpcBlockPublicAccessOptions", "ec2:DescribeVpcBlockPublicAccessOptions"),
    ],
)
def test_what_was_not_read(key: str, action: str) -> None:
    made = one_subnet().denied(key)
    said = f"subnet-a to {BANK} (tcp 22) cannot be decided from the facts; allow {action} and run again."
    assert ask(made, check, **SSH) == (
        META.unknown(made.view().subnet("subnet-a"), said, code="NOT_READ", scope=WHERE),
    )


def test_a_target_without_security_groups() -> None:
    (found,) = ask(two_zones(), check)
    assert found.status is Status.NOT_APPLICABLE
