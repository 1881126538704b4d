"""Asking one flow of a small world, and reading its answer."""

from __future__ import annotations

from typing import Any

from runbook_lib.network.path import tracer_of
from runbook_lib.network.question import question_of
from tests.builders import World, world

__all__ = ["Json", "ask", "blockers", "codes", "hops", "nat_world", "public_world", "two_vpcs", "verdicts"]

Json = dict[str, Any]


def ask(made: World, source: str, to: str, port: int | None = 443, **more: Any) -> Json:
    """The answer for one flow; a bare subnet sends with the group `fn` unless groups are given."""
    asked: Json = {"from": source, "to": to, **more}
    if asked.get("protocol", "tcp") in ("tcp", "udp"):
        asked["port"] = port
    if source.startswith("subnet-"):
        asked.setdefault("security_groups", ["sg-fn"])
    return tracer_of(made.view()).trace(question_of(asked))


def codes(said: Json) -> list[str]:
    """The codes of everything that blocks, forward first."""
    return [blocker["code"] for blocker in blockers(said)]


def blockers(said: Json) -> list[Json]:
    """Everything that blocks, forward first."""
    return [*said["forward"]["blocked_by"], *said["return"]["blocked_by"]]


def hops(said: Json, way: str = "forward") -> list[str]:
    """The ids of the hops one way."""
    return [hop["id"] for hop in said[way]["hops"]]


def verdicts(said: Json) -> tuple[str, str, str]:
    """Overall, forward and return verdict."""
    return said["verdict"], said["forward"]["verdict"], said["return"]["verdict"]


def public_world() -> World:
    """One subnet whose default route is an internet gateway."""
    return world().vpc().subnet().internet_gateway().route("main", "0.0.0.0/0", "igw-main").group()


def nat_world() -> World:
    """A private subnet `a` behind a NAT gateway in subnet `public`."""
    made = world().vpc().subnet("a").subnet("public").internet_gateway().nat(subnet="public").group()
    made.table("public", subnets=["public"]).route("public", "0.0.0.0/0", "igw-main")
    return made.route("main", "0.0.0.0/0", "nat-main")


def two_vpcs() -> World:
    """VPC `main` (10.0.0.0/16, subnet a) and VPC `far` (10.1.0.0/16, subnet far) with the interface `eni-db` there."""
    made = world().vpc().subnet("a").group().vpc("far", ["10.1.0.0/16"]).subnet("far", cidr="10.1.0.0/24")
    made.group("db", ingress=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    return made.interface("db", "10.1.0.20", subnet="far", groups=["db"])
