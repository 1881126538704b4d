"""Small worlds with the network interface of a function in them."""

from __future__ import annotations

from typing import Any

from runbook_lib.network.question import Question, question_of
from runbook_lib.network.view import View
from tests.builders import World, acl_entry, world

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OUTSIDE = "198.51.100.22"


def asked(to: str = OUTSIDE, source: str = "worker", **more: Any) -> Question:
    """A question as people ask it, port 22 unless told."""
    return question_of({"from": source, "to": to, "port": 22, **more})


def view_of(made: World) -> View:
    return View(made.snapshot())


def hyperplane(
    made: World, name: str = "fn", *, of: str = "worker", subnet: str = "a", address: str = "10.0.0.20", **more: Any
) -> World:
    """The network interface `eni-<name>` that Lambda made for a function at first."""
    told = {"groups": ["fn"], "Description": f"AWS Lambda VPC ENI-{of}-{UUID}"} | more
    return made.interface(name, address, subnet=subnet, kind="lambda", **told)


def sftp_world() -> World:
    """A function behind a NAT gateway whose subnet lets out HTTPS alone, so that SFTP ends there."""
    made = world().vpc().subnet("a").subnet("public").group().internet_gateway()
    made.nat(subnet="public").route("main", "0.0.0.0/0", "nat-main")
    made.table("public", subnets=["public"]).route("public", "0.0.0.0/0", "igw-main")
    entries = [
        acl_entry(100),
        acl_entry(100, egress=True, ports=(443, 443)),
        acl_entry(110, egress=True, cidr="10.0.0.0/16"),
    ]
    made.acl("public", *entries, subnets=["public"]).function(subnets=["a"])
    return hyperplane(made)
