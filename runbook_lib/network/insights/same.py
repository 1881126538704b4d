"""Components that go by several ids: for a path, and for what is blamed, they are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runbook_lib.errors import FactMissing
from runbook_lib.model.gateways import NatGateway, VpcEndpoint
from runbook_lib.network.view import View

__all__ = ["Same", "same_things"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """Other names of the same thing.

    `stations` is mapping interface id → the NAT gateway or endpoint that it belongs to, for a path one station;
    `tables` mapping NAT gateway → the route table that it sends by, which the kit blames as the gateway.
    """

    stations: Mapping[str, str] = field(default_factory=dict, hash=False)
    tables: Mapping[str, str] = field(default_factory=dict, hash=False)


def same_things(view: View) -> Same:
    """Other names of the same thing, as far as the facts tell."""
    nats = {address.interface_id: nat.id for nat in view.snapshot.all(NatGateway) for address in nat.addresses}
    doors = {id_: endpoint.id for endpoint in view.snapshot.all(VpcEndpoint) for id_ in endpoint.interface_ids}
    stations = {str(id_): owner for id_, owner in (nats | doors).items() if id_}
    tables = {nat.id: table for nat in view.snapshot.all(NatGateway) if (table := _table_of(view, nat))}
    return Same(stations=stations, tables=tables)


def _table_of(view: View, nat: NatGateway) -> str | None:
    try:
        return nat.route_table_id or (view.route_table_of(nat.subnet_id).id if nat.subnet_id else None)
    except FactMissing:
        return None
