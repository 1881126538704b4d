"""PTH003: do the security groups at both ends let the flow pass?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.path import pth003_groups_allow as check
from runbook_lib.checks.path.pth003_groups_allow import META
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from runbook_lib.model.vpc import Subnet
from tests.builders import World, rule
from tests.checks.path.flows import BANK, SSH, ask, bare, one_subnet, scope, tagged
from tests.checks.worlds import two_zones


def let_out(*egress: object) -> World:
    return two_zones().group("own", egress=list(egress)).function(subnets=["a"], groups=["own"])  # type: ignore[arg-type]


def test_egress_is_enough_towards_the_internet() -> None:
    made = tagged(one_subnet(), "SecurityGroups", "sg-fn", "documents")
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22) is allowed by sg-fn (documents)."
    seen = view.group("sg-fn").cite("IpPermissionsEgress")
    assert ask(made, check, **SSH) == (META.passed(view.subnet("subnet-a"), said, seen, scope=scope(BANK, "tcp/22")),)


@pytest.mark.parametrize(
    ("egress", "status"),
    [
        (rule(f"{BANK}/32", 22), Status.PASS),
        (rule(f"{BANK}/32", (1, 22)), Status.PASS),
        (rule(f"{BANK}/32", (1, 21)), Status.FAIL),
        (rule(f"{BANK}/32", (23, 65535)), Status.FAIL),
        (rule("198.51.100.0/29", 22), Status.PASS),
        (rule("198.51.100.0/30", 22), Status.FAIL),
        (rule(f"{BANK}/32", 22, "udp"), Status.FAIL),
    ],
)
def test_the_rule_just_reaches_or_just_misses(egress: object, status: Status) -> None:
    (found,) = ask(let_out(egress), check, **SSH)
    assert found.status is status


def test_no_rule_lets_it_out() -> None:
    made = let_out(rule("10.0.0.0/16"))
    view = made.view()
    said = f"subnet-a to {BANK} (tcp 22): sg-own: no rule allows tcp 22 to {BANK}."
    seen = view.group("sg-own").cite("IpPermissionsEgress")
    where = scope(BANK, "tcp/22", "sg-own")
    failed = META.failed(view.subnet("subnet-a"), said, seen, code="ENI_SG_RULES_MISMATCH", scope=where)
    assert ask(made, check, **SSH) == (failed,)


def refusing(made: World, *ingress: object) -> World:
    """A database in subnet b that admits what `ingress` says."""
    made.group("db", ingress=list(ingress))  # type: ignore[arg-type]
    return made.item(
        "NetworkInterfaces",
        NetworkInterfaceId="eni-db",
        VpcId="vpc-main",
        SubnetId="subnet-b",
        InterfaceType="interface",
        PrivateIpAddress="10.0.1.5",
        PrivateIpAddresses=[{"PrivateIpAddress": "10.0.1.5", "Primary": True}],
        Groups=[{"GroupId": "sg-db"}],
    )


def test_the_group_at_the_other_end_counts() -> None:
    open_, closed = refusing(one_subnet(), rule("sg-fn", 5432)), refusing(one_subnet(), rule("sg-other", 5432))
    asked = {"destinations": ("eni-db",), "port": 5432}
    where = scope("eni-db", "tcp/5432")
    view = open_.view()
    seen = (view.group("sg-fn").cite("IpPermissionsEgress"), view.group("sg-db").cite("IpPermissions"))
    said = "subnet-a to eni-db (tcp 5432) is allowed by sg-fn, sg-db."
    assert ask(open_, check, **asked) == (META.passed(view.subnet("subnet-a"), said, *seen, scope=where),)
    (found,) = ask(closed, check, **asked)
    assert (found.status, found.code, found.scope) == (Status.FAIL, "ENI_SG_RULES_MISMATCH", where)
    assert found.message.startswith("subnet-a to eni-db (tcp 5432): sg-db: no rule allows tcp 5432 from 10.0.0.")
    assert found.evidence == (closed.view().group("sg-db").cite("IpPermissions"),)


def test_each_service_is_told() -> None:
    made = let_out(rule("pl-s3")).gateway_endpoint("s3", tables=["main"])
    found = ask(made, check, "s3", "dynamodb")
    assert [(f.scope, f.status) for f in found] == [
        (scope("dynamodb", groups="sg-own"), Status.FAIL),
        (scope("s3", groups="sg-own"), Status.PASS),
    ]


def test_what_lies_behind_a_missing_route_is_no_pass() -> None:
    made = bare()
    said = f"subnet-a to {BANK} (tcp 22) finds no way there, so not every security group on it was met; see PTH010."
    where = scope(BANK, "tcp/22")
    assert ask(made, check, **SSH) == (META.not_applicable(made.view().subnet("subnet-a"), said, scope=where),)


def test_a_target_without_security_groups() -> None:
    made = two_zones()
    said = "vpc-main has no security groups to start from; name a function or security groups."
    assert ask(made, check) == (META.not_applicable(made.target().ref, said),)


def unread(made: World, said: str) -> tuple[Finding, ...]:
    about = made.view().ref(Subnet, "subnet-a")
    return (META.unknown(about, said, code="NOT_READ", scope=scope(BANK, "tcp/22")),)


def test_the_groups_were_not_read() -> None:
    made = one_subnet().denied("SecurityGroups")
    said = "subnet-a: security group sg-fn could not be read; allow ec2:DescribeSecurityGroups and run again."
    assert ask(made, check, **SSH) == unread(made, said)


def test_a_group_that_is_named_but_not_there() -> None:
    made = two_zones().function(subnets=["a"], groups=["gone"])
    (found,) = ask(made, check, **SSH)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
    assert "sg-gone" in found.message


def test_another_fact_of_the_path_was_not_read() -> None:
    made = one_subnet().denied("NatGateways")
    said = f"subnet-a to {BANK} (tcp 22) cannot be decided from the facts; allow ec2:DescribeNatGateways and run again."
    assert ask(made, check, **SSH) == unread(made, said)
