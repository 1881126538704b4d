"""What a load asks of a NAT gateway, against its ports and against what it already held."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.invocations.capacity import Capacity, demand
from runbook_lib.model.status import Status
from runbook_lib.render.marks import Mark
from runbook_lib.render.tables import Cell, Table

__all__ = ["LoadAsked", "load_table"]

_NEAR = Mark("!", "Nearly full", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadAsked:
    """A load: invocations at once, the connections each holds to one destination, the addresses of the gateway.

    UsageError for negative numbers and a gateway without an address.
    """

    concurrency: int
    connections: int
    addresses: int

    def __post_init__(self) -> None:
        demand(self.concurrency, self.connections)
        Capacity(addresses=self.addresses)


def load_table(asked: LoadAsked, held: float | None, gateway: str) -> Table:
    """The load alone, what the gateway held at its peak (None: not read), and both together, of all ports."""
    capacity = Capacity(addresses=asked.addresses)
    wanted = demand(asked.concurrency, asked.connections)
    rows = [("This load alone", "", wanted, "Does not fit")]
    if held is not None:
        seen, everything = f"{gateway} at its peak in the window", "to all destinations, by everything behind it"
        rows.append((seen, everything, round(held), "Full"))
        worst = "as if all of it went to one destination"
        rows.append(("Both together, at worst", worst, wanted + round(held), "Does not fit"))
    fill = capacity.concurrency_to_fill(asked.connections)
    note = (
        f"{fill:,} invocations at once would alone take every port."
        if fill is not None
        else "Without a connection no load takes a port."
    )
    if held is None:
        note += f" How many connections {gateway} held was not read."
    return Table(
        f"{_count(asked.concurrency, 'invocation', 'invocations')} at once × "
        f"{_count(asked.connections, 'connection', 'connections')} each, "
        f"{_count(asked.addresses, 'address', 'addresses')}",
        ("What asks for ports", "Connections", f"Share of {capacity.ports:,} ports to one destination"),
        tuple(
            (Cell(what, small=small), Cell(f"{count:,}"), _share(capacity.share(count), full))
            for what, small, count, full in rows
        ),
        note,
    )


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _share(share: float, full: str) -> Cell:
    text = f"{share:.3%}" if 0 < share < 0.001 else f"{min(share, 0.999):.1%}" if share < 1 else f"{share:.0%}"
    if share >= 1:
        return Cell(text, Status.FAIL, word=full)
    return Cell(text, mark=_NEAR) if share >= 0.9 else Cell(text, Status.PASS, word="Fits")
