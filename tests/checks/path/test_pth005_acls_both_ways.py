"""PTH005: do the network ACLs on the way let the flow and its answer pass?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.path import pth005_acls_both_ways as check
from runbook_lib.checks.path.pth005_acls_both_ways import META
from runbook_lib.model.status import Status
from tests.builders import acl_entry
from tests.checks.path.flows import BANK, SSH, ask, bare, one_subnet, peered, scope, two_subnets
from tests.checks.worlds import two_zones

WHERE = scope(BANK, "tcp/22")
OUT = acl_entry(100, egress=True)
WEB_ONLY = (
    acl_entry(100, ports=(1024, 65535)),
    acl_entry(110, cidr="10.0.0.0/16"),
    acl_entry(100, egress=True, ports=(443, 443)),
    acl_entry(110, egress=True, cidr="10.0.0.0/16"),
)


def test_every_acl_on_the_way_is_named() -> None:
    made = one_subnet().acl("public", acl_entry(100), OUT, subnets=["public"])
    view = made.view()
    acls = (view.acl_of("subnet-a"), view.acl_of("subnet-public"))
    said = f"subnet-a to {BANK} (tcp 22) and its answer are let through by acl-main, acl-public."
    seen = (acl.cite("Entries") for acl in acls)
    assert ask(made, check, **SSH) == (META.passed(view.subnet("subnet-a"), said, *seen, scope=WHERE),)


def test_the_acl_around_the_nat_gateway_knows_web_ports_only() -> None:
    """SFTP times out although the function's own subnet, its group and HTTPS are open."""
    made = one_subnet().acl("public", *WEB_ONLY, subnets=["public"])
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22): acl-public, the implicit deny: denies tcp 22 to {BANK} at subnet-public."
    seen = view.acl_of("subnet-public").cite("Entries")
    failed = META.failed(view.subnet("subnet-a"), said, seen, code="SUBNET_ACL_RESTRICTION", scope=WHERE)
    assert ask(made, check, **SSH) == (failed,)
    (https,) = ask(made, check, destinations=(BANK,))
    assert https.status is Status.PASS


def test_the_denying_entry_is_the_evidence() -> None:
    made = one_subnet().acl(
        "own", acl_entry(90, "deny", egress=True, ports=(22, 22)), OUT, acl_entry(100), subnets=["a"]
    )
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22): acl-own, rule 90: denies tcp 22 to {BANK} at subnet-a."
    seen = view.acl_of("subnet-a").cite("Entries", 0)
    failed = META.failed(view.subnet("subnet-a"), said, seen, code="SUBNET_ACL_RESTRICTION", scope=WHERE)
    assert ask(made, check, **SSH) == (failed,)


@pytest.mark.parametrize(
    ("ports", "status"),
    [
        ((1024, 65535), Status.PASS),
        ((1025, 65535), Status.FAIL),
        ((1024, 65534), Status.FAIL),
        ((0, 65535), Status.PASS),
    ],
)
def test_every_return_port_must_be_open(ports: tuple[int, int], status: Status) -> None:
    made = one_subnet().acl("own", acl_entry(100, ports=ports), OUT, subnets=["a"])
    (found,) = ask(made, check, **SSH)
    assert found.status is status


def test_each_subnet_is_told() -> None:
    made = two_subnets().acl("half", acl_entry(100, ports=(32768, 65535)), OUT, subnets=["b"])
    a, b = ask(made, check, **SSH)
    assert (a.resource.id, a.status) == ("subnet-a", Status.PASS)
    assert (b.resource.id, b.status) == ("subnet-b", Status.FAIL)
    assert "denies tcp 1024-32767 from" in b.message


def test_an_answer_without_a_route_is_not_judged() -> None:
    made = peered(back=False)
    said = "subnet-a to 10.9.1.5 (tcp 5432) finds no way back, so not every network ACL on it was met; see PTH010."
    found = ask(made, check, destinations=("10.9.1.5",), port=5432)
    where = scope("10.9.1.5", "tcp/5432")
    assert found == (META.not_applicable(made.view().subnet("subnet-a"), said, scope=where),)


def _open(raw: dict[str, Any]) -> None:
    raw["IpPermissions"] = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def test_inside_one_subnet_no_acl_is_asked() -> None:
    made = bare().acl("closed", subnets=["a"]).interface_endpoint("sqs", groups=["fn"])
    made.changed("SecurityGroups", "sg-fn", _open)
    said = "subnet-a to sqs (tcp 443) meets no network ACL."
    found = ask(made, check, "sqs")
    assert found == (META.not_applicable(made.view().subnet("subnet-a"), said, scope=scope("sqs")),)


def test_the_acls_were_not_read() -> None:
    made = one_subnet().denied("NetworkAcls")
    said = f"subnet-a to {BANK} (tcp 22) cannot be decided from the facts; allow ec2:DescribeNetworkAcls and run again."
    unknown = META.unknown(made.view().subnet("subnet-a"), said, code="NOT_READ", scope=WHERE)
    assert ask(made, check, **SSH) == (unknown,)


def test_a_target_without_security_groups() -> None:
    (found,) = ask(two_zones(), check)
    assert found.status is Status.NOT_APPLICABLE
