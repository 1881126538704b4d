"""END006: does the network ACL let HTTPS out and the answers back?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.endpoints.end006_acl_both_ways import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World, acl_entry
from tests.checks.worlds import ANSWERS_ONLY, two_zones

OUT = acl_entry(100, egress=True)


def ask(made: World, *services: str) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services)))


def base(*entries: Any) -> World:
    return two_zones().acl("own", *entries, subnets=["a"]).function(subnets=["a"]).gateway_endpoint("s3")


@pytest.mark.parametrize(
    "entries",
    [
        ANSWERS_ONLY,
        (acl_entry(100), OUT),
        (acl_entry(100, ports=(1024, 40000)), acl_entry(110, ports=(40001, 65535)), OUT),
        (
            acl_entry(90, "deny", "192.0.2.0/24"),
            acl_entry(100),
            OUT,
            acl_entry(90, "deny", egress=True, ports=(80, 80)),
        ),
        (acl_entry(90, "deny", ports=(0, 1023)), acl_entry(100), OUT),
    ],
)
def test_all_is_let_through(entries: Any) -> None:
    made = base(*entries)
    view = made.view()
    acl = view.acl_of("subnet-a")
    said = "Traffic from subnet-a to s3 (pl-s3) passes acl-own, answers to every return port included."
    cidrs = view.service_prefix_list("vpc-main", "s3").cite("Cidrs")
    seen = (acl.cite("Entries"), acl.cite("Entries"), cidrs)
    assert ask(made) == (META.passed(view.subnet("subnet-a"), said, *seen, scope="s3"),)


def test_a_shortened_range_gives_the_blocked_share_and_interval() -> None:
    made = base(acl_entry(100, ports=(25536, 65535)), OUT)
    view = made.view()
    acl = view.acl_of("subnet-a")
    said = (
        "subnet-a to s3 (pl-s3): acl-own denies 38% of the return ports from it (TCP 1024-25535) by the implicit deny: "
        "expect intermittent timeouts."
    )
    cidrs = view.service_prefix_list("vpc-main", "s3").cite("Cidrs")
    seen = (acl.cite("Entries"), acl.cite("Entries"), cidrs)
    failed = META.failed(view.subnet("subnet-a"), said, *seen, code="SUBNET_ACL_RESTRICTION", scope="s3")
    assert ask(made) == (failed,)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ((acl_entry(100),), "acl-own denies TCP 443 to 3.5.146.0/23, 52.219.40.0/22 by the implicit deny"),
        (
            (acl_entry(100), acl_entry(90, "deny", "3.5.147.0/24", egress=True), OUT),
            "acl-own denies TCP 443 to 3.5.147.0/24 by rule 90",
        ),
        (
            (acl_entry(100, ports=(443, 443)), OUT),
            "denies every answer from it (TCP 1024-65535) by the implicit deny: expect every call to time out",
        ),
        (
            (acl_entry(50, "deny", ports=(2000, 2000)), acl_entry(60, "deny", ports=(3000, 3009)), acl_entry(100), OUT),
            "denies 1% of the return ports from it (TCP 2000, 3000-3009) by rule 50 and rule 60",
        ),
        ((OUT, acl_entry(32767, "deny")), "denies every answer from it (TCP 1024-65535) by the implicit deny"),
        ((acl_entry(100, protocol="17", ports=(1024, 65535)), OUT), "denies every answer"),
    ],
)
def test_what_is_denied_and_by_which_rule(entries: Any, words: str) -> None:
    (finding,) = ask(base(*entries))
    assert finding.status is Status.FAIL
    assert words in finding.message


@pytest.mark.parametrize(
    ("ports", "status"),
    [
        ((1024, 65535), Status.PASS),
        ((1025, 65535), Status.FAIL),
        ((1024, 65534), Status.FAIL),
        ((0, 65535), Status.PASS),
    ],
)
def test_boundary_every_ephemeral_port(ports: tuple[int, int], status: Status) -> None:
    assert ask(base(acl_entry(100, ports=ports), OUT))[0].status is status


def test_the_deciding_entry_is_the_evidence() -> None:
    made = base(acl_entry(100), OUT, acl_entry(90, "deny", "3.5.147.0/24", egress=True))
    assert ask(made)[0].evidence[0] == made.view().acl_of("subnet-a").cite("Entries", 2)


def test_only_the_subnet_with_the_hole_fails() -> None:
    made = two_zones().acl("hole", acl_entry(100, ports=(2000, 65535)), OUT, subnets=["b"])
    found = ask(made.function(subnets=["a", "b"]).gateway_endpoint("s3"))
    assert [(f.resource.id, f.status) for f in found] == [("subnet-a", Status.PASS), ("subnet-b", Status.FAIL)]


def test_an_interface_endpoint_in_the_same_subnet_meets_no_acl() -> None:
    made = two_zones().acl("shut", subnets=["a"]).group("endpoint").function(subnets=["a"]).interface_endpoint("sqs")
    (finding,) = ask(made, "sqs")
    assert (finding.status, finding.message) == (
        Status.PASS,
        "Traffic from subnet-a to sqs at vpce-sqs meets no network ACL.",
    )


def test_an_interface_endpoint_in_another_subnet_meets_both() -> None:
    made = two_zones().acl("far", acl_entry(100), subnets=["b"]).group("endpoint").function(subnets=["a"])
    (finding,) = ask(made.interface_endpoint("sqs", subnets=["b"]), "sqs")
    assert finding.status is Status.FAIL
    assert "acl-far denies every answer to it (TCP 1024-65535) by the implicit deny" in finding.message


def test_without_an_endpoint_the_service_is_judged_all_the_same() -> None:
    made = two_zones().function(subnets=["a"])
    assert ask(made)[0].status is Status.PASS


def test_a_service_nobody_serves_points_to_end001() -> None:
    (finding,) = ask(two_zones().function(subnets=["a"]), "sqs")
    assert finding.status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("key", ["NetworkAcls", "PrefixLists", "VpcEndpoints", "Subnets"])
def test_what_was_not_read_is_unknown(key: str) -> None:
    (finding,) = ask(base(*ANSWERS_ONLY).denied(key))
    assert (finding.key, finding.status) == ("END006:subnet-a:s3", Status.UNKNOWN)
