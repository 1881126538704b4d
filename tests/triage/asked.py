"""Questions to the triage with every runbook there may ever be, or only some."""

from __future__ import annotations

from runbook_lib.triage.answer import Given, Triage, triage
from runbook_lib.triage.reading import seen_in_text

__all__ = ["BOOKS", "asked", "named"]

_COMMON = ("source", "region", "profile", "role_arn", "function_name")
BOOKS = {
    "start_here": _COMMON,
    "vpc_endpoints": (*_COMMON, "services", "bucket"),
    "nat_gateway": (*_COMMON, "destination", "port"),
    "network_path": (*_COMMON, "destination", "port"),
    "post_deploy": _COMMON,
    "tcp_keepalive": (*_COMMON, "destination", "port", "clients"),
    "reachability_analyzer": (*_COMMON, "destination", "port"),
    "function_configuration": _COMMON,
}


def asked(text: str, given: Given | None = None, *, without: tuple[str, ...] = ()) -> Triage:
    """The answer to a text, with all runbooks but some."""
    books = {name: known for name, known in BOOKS.items() if name not in without}
    return triage(seen_in_text(text), given or Given(), books)


def named(text: str) -> list[str]:
    """The runbooks that a text leads to, in their order."""
    return [proposal.runbook for proposal in asked(text).proposals]
