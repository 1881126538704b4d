"""Which addresses a destination means inside a VPC, and how that is known."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Settings
from runbook_lib.checks.path.common import Flow, flows
from runbook_lib.errors import FactMissing
from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.model.status import Status
from runbook_lib.network.ends import Destination, destination, is_name, senders
from runbook_lib.network.path import tracer_of
from runbook_lib.network.view import View
from runbook_lib.render.tables import Cell, Table

__all__ = ["addresses_table"]

_SHOWN = 4


def addresses_table(view: View, settings: Settings) -> Table:
    """One row per VPC and destination: its addresses as code in that VPC gets them, and what tells them.

    Raises UsageError for a destination that nobody knows.
    """
    listed = list(dict.fromkeys(_row(view, flow) for flow in flows(settings)))
    note = "" if listed else "Nothing is asked for: the target has no security groups to start from, or is in no VPC."
    return Table("What the destination means", ("Destination", "VPC", "Addresses", "Told by"), tuple(listed), note)


def _row(view: View, flow: Flow) -> tuple[Cell, ...]:
    try:
        vpc = view.vpc(view.subnet(flow.subnet_id).vpc_id)
        question = flow.question(view)
        tools = tracer_of(view).tools
        sender = senders(tools, question.source, question.groups, flow.is_ipv4_only)[0]
        found = destination(tools, question.to, sender)
    except FactMissing as gap:
        need = f"allow {' and '.join(gap.actions)}" if gap.actions else ""
        return (Cell(flow.to), Cell(), Cell(status=Status.UNKNOWN, word="Not known"), Cell(gap.what, small=need))
    told = _source(view, vpc.id, question.to, found)
    return (Cell(flow.to), Cell(vpc.name or vpc.id, small=vpc.id if vpc.name else ""), Cell(_words(found)), Cell(told))


def _words(found: Destination) -> str:
    known = found.addresses - found.guess
    cidrs = [str(cidr).removesuffix("/32").removesuffix("/128") for cidr in known.cidrs()]
    more = f" and {len(cidrs) - _SHOWN} more" if len(cidrs) > _SHOWN else ""
    listed = [f"{', '.join(cidrs[:_SHOWN])}{more}"] if cidrs else []
    return "; ".join([*listed, *(["any public address"] if found.guess else [])]) or "none"


def _source(view: View, vpc_id: str, word: str, found: Destination) -> str:
    """Where the addresses come from, in words."""
    if found.refuses:
        return found.refuses
    if found.guess:
        return "public DNS; the facts do not tell which, so the route of most public addresses decides"
    if not is_name(word):
        return "the address as given" if word[0].isdigit() or ":" in word else "the interface itself"
    endpoints = list(dict.fromkeys(_endpoints(view, vpc_id, found)))
    if endpoints:
        return f"private DNS of {', '.join(endpoints)}"
    return "the prefix list of the service" if "." not in word else "the facts about that name"


def _endpoints(view: View, vpc_id: str, found: Destination) -> Iterator[str]:
    """The interface endpoints whose interfaces have these addresses."""
    own = {str(cidr.network_address) for cidr in found.addresses.cidrs()}
    for endpoint in view.endpoints_in(vpc_id):
        cards = [view.find(NetworkInterface, id_) for id_ in endpoint.interface_ids]
        if own & {str(address) for card in cards if card for address in card.private_ips}:
            yield endpoint.label
