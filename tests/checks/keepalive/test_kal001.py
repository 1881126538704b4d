"""KAL001: do connections outlive the idle limit of their path?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.keepalive import kal001_idle_limit_survived as check
from runbook_lib.checks.keepalive.kal001_idle_limit_survived import META
from runbook_lib.errors import UsageError
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.idle import Keepalive
from runbook_lib.model.keepalive import KeepaliveSubject
from tests.builders import ACCOUNT, REGION, World, rule, world
from tests.checks.path.flows import bare

NAT = "(NAT gateway nat-main)"
HAND = Keepalive(idle_limit_s=350)


def behind_nat(**told: Any) -> World:
    """A client in the private subnet of a function that reaches services through a NAT gateway."""
    made = world().vpc().subnet(az="a").subnet("public", az="a").internet_gateway().group().function(subnets=["a"])
    made.table("public", subnets=["public"]).route("public", "0.0.0.0/0", "igw-main").nat(subnet="public")
    return made.route("main", "0.0.0.0/0", "nat-main").client("app", **told)


def subject(made: World, id_: str = "app") -> KeepaliveSubject:
    return made.view().get(KeepaliveSubject, id_)


def seen(made: World, *, nat: bool = True) -> tuple[Evidence, ...]:
    told = (subject(made).cite(key) for key in ("TimeS", "IntervalS", "Probes", "SoKeepalive"))
    return (*told, *([made.view().nat_gateway("nat-main").cite()] if nat else []))


def ask(made: World, **more: Any) -> tuple[Finding, ...]:
    return made.ask(check, "lambda", **more)


def test_a_client_without_any_to_judge() -> None:
    made = bare()
    said = "worker: no client was given to judge."
    assert made.ask(check) == (META.not_applicable(made.target().ref, said),)


def test_probes_before_the_limit_of_the_nat_gateway() -> None:
    made = behind_nat()
    said = f"app: first probe at 60 s, then every 60 s, path drops at 350 s {NAT}."
    assert ask(made) == (META.passed(subject(made), said, *seen(made)),)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"TimeS": 7200}, "first probe at 7200 s, path drops at 350 s"),
        ({"TimeS": 350}, "first probe at 350 s, path drops at 350 s"),
        ({"IntervalS": 360}, "after the first answered probe the next one comes 360 s later; path drops at 350 s"),
        ({"SoKeepalive": False}, "no probe is ever sent, since SO_KEEPALIVE is off; path drops at 350 s"),
        ({"TimeS": 7200, "SoKeepalive": None}, "first probe at 7200 s, path drops at 350 s"),
    ],
)
def test_what_is_fatal(told: dict[str, Any], reason: str) -> None:
    made = behind_nat(**told)
    assert ask(made) == (META.failed(subject(made), f"app: {reason} {NAT}.", *seen(made), code="UNSAFE"),)


@pytest.mark.parametrize("time_s", [301, 349])
def test_the_late_timers_of_the_kernel(time_s: int) -> None:
    made = behind_nat(TimeS=time_s)
    said = f"app: first probe at {time_s} s, path drops at 350 s: the kernel sends long timers late, so only 300 s or "
    assert ask(made) == (META.unknown(subject(made), f"{said}less is sure {NAT}.", code="CANNOT_TELL"),)


def test_exactly_six_sevenths_is_safe() -> None:
    made = behind_nat(TimeS=300)
    said = f"app: first probe at 300 s, then every 300 s, path drops at 350 s {NAT}."
    assert ask(made) == (META.passed(subject(made), said, *seen(made)),)


def test_the_socket_option_decides_when_nothing_tells_it() -> None:
    made = behind_nat(SoKeepalive=None)
    said = "app: first probe at 60 s, then every 60 s if the client sets SO_KEEPALIVE; nothing here tells, and the "
    assert ask(made) == (META.unknown(subject(made), f"{said}socket option decides {NAT}.", code="CANNOT_TELL"),)


def test_several_clients_are_judged_one_by_one() -> None:
    made = behind_nat().client("batch", TimeS=7200)
    assert [(item.resource.id, item.code) for item in ask(made)] == [("app", "OK"), ("batch", "UNSAFE")]


def test_a_limit_told_by_hand_wins_over_the_path() -> None:
    made = behind_nat(TimeS=400)
    told = Keepalive(idle_limit_s=600)
    said = "app: first probe at 400 s, then every 400 s, path drops at 600 s."
    assert ask(made, keepalive=told) == (META.passed(subject(made), said, *seen(made, nat=False)),)


def test_a_limit_told_by_hand_needs_no_path() -> None:
    made = world().vpc().client("app", TimeS=7200)
    said = "app: first probe at 7200 s, path drops at 350 s."
    expected = META.failed(subject(made), said, *seen(made, nat=False), code="UNSAFE")
    assert made.ask(check, keepalive=HAND) == (expected,)


@pytest.mark.parametrize("limit_s", [0.0, -1.0, float("nan")])
def test_a_limit_must_be_above_zero(limit_s: float) -> None:
    with pytest.raises(UsageError, match="more than 0 seconds"):
        ask(behind_nat(), keepalive=Keepalive(idle_limit_s=limit_s))


def test_without_a_path_and_without_a_limit_nothing_is_known() -> None:
    made = world().vpc().client("app")
    said = (
        "app: the idle limit is not known, since vpc-main names no path: tell an idle limit, or where the clients run."
    )
    assert made.ask(check) == (META.unknown(subject(made), said, code="LIMIT_UNKNOWN"),)


def test_a_path_without_such_a_device() -> None:
    made = bare().gateway_endpoint("s3", tables=["main"]).client("app", TimeS=7200)
    said = "app: no device on the path forgets idle connections (subnet-a to s3 (tcp 443))."
    assert made.ask(check) == (META.not_applicable(subject(made), said),)


def test_a_path_that_cannot_be_traced_has_no_limit() -> None:
    made = behind_nat().client("batch", TimeS=7200).denied("NatGateways")
    app, batch = ask(made)
    assert (app.code, batch.code) == ("LIMIT_UNKNOWN", "LIMIT_UNKNOWN")
    assert "ec2:DescribeNatGateways" in app.message


def test_what_is_fatal_on_the_known_part_stays_so() -> None:
    made = behind_nat().client("batch", TimeS=7200)
    made.route("public", "198.51.100.0/24", "vgw-far")
    app, batch = made.ask(check, destinations=("198.51.100.7",))
    assert (app.code, batch.code) == ("LIMIT_UNKNOWN", "UNSAFE")


def to_balancer(attributes: list[dict[str, str]], **told: Any) -> World:
    made = bare().group("web", ingress=[rule("10.0.0.0/16", None, "-1")])
    made.interface("front", "10.0.0.20", groups=["web"], Description="ELB app/front/1", RequesterManaged=True)
    arn = "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/front/1"
    made.item("LoadBalancerAttributes", LoadBalancerArn=arn, Attributes=attributes)
    return made.client("app", **told)


def test_no_probe_helps_against_an_application_load_balancer() -> None:
    made = to_balancer([{"Key": "idle_timeout.timeout_seconds", "Value": "60"}], TimeS=10)
    said = (
        "app: Application Load Balancer app/front/1 closes a connection after 60 s without data, and probes carry "
        "none: send data earlier, or raise its limit."
    )
    expected = META.failed(subject(made), said, *seen(made, nat=False), code="ONLY_DATA")
    assert made.ask(check, destinations=("10.0.0.20",)) == (expected,)


def test_an_unread_attribute_is_not_no_limit() -> None:
    made = to_balancer([], TimeS=10)
    said = (
        "app: the idle limit is not known, since Application Load Balancer app/front/1 has an "
        "idle_timeout.timeout_seconds that was not read."
    )
    expected = META.unknown(subject(made), said, code="LIMIT_UNKNOWN")
    assert made.ask(check, destinations=("10.0.0.20",)) == (expected,)


def test_settings_that_were_not_read() -> None:
    made = behind_nat().denied("KeepaliveSubjects")
    (finding,) = ask(made)
    assert (finding.code, finding.resource) == ("NOT_READ", made.target().ref)
    assert "allow keepalive:Read" in finding.message


def test_one_malformed_client_is_not_passed_over() -> None:
    made = behind_nat().client("odd", TimeS="soon")
    passed, unread = ask(made)
    assert (passed.code, unread.code) == ("OK", "NOT_READ")
    assert unread.scope == f"/accounts/{ACCOUNT}/{REGION}"
