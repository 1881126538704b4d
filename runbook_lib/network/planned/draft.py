"""A snapshot being changed: objects as AWS would list them, and what cannot be told about them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

from runbook_lib.model.fact import Scope
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.planned.references import Undecided
from runbook_lib.network.whatif import Edit, apply

__all__ = ["Draft"]

Json = dict[str, Any]


class Draft:
    """Objects by key and id. What is withdrawn is missing from a listing that is not whole: about it all is unknown."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._changed: dict[tuple[str, str], Json | None] = {}
        self._doubts: dict[str, str] = {}
        self._forgotten: dict[str, str] = {}
        self.notes: list[str] = []
        self.undecided: list[str] = []
        self.made: dict[str, list[tuple[str, str]]] = {}
        for (scope, key), listing in snapshot.listings.items():
            for raw in listing.raws:
                self._scopes.setdefault((key, str(raw.get(KINDS[key].id_field))), scope)

    # -- objects -----------------------------------------------------------------------------------------------------

    def find(self, key: str, id_: str | None) -> Json | None:
        """The object, free to be changed in place, or None."""
        if id_ is None:
            return None
        if (key, id_) not in self._changed:
            original = self._original(key, id_)
            if original is None:
                return None
            self._changed[key, id_] = copy.deepcopy(original)
        return self._changed[key, id_]

    def all(self, key: str) -> Iterator[Json]:
        """Every object of a key, free to be changed in place, ordered by id."""
        ids = {id_ for listed, id_ in (*self._scopes, *self._changed) if listed == key}
        for id_ in sorted(ids):
            found = self.find(key, id_)
            if found is not None:
                yield found

    def put(self, key: str, raw: Json, near: str | None = None) -> None:
        """Add an object, in the account and Region of the VPC `near` when several are known."""
        id_ = str(raw[KINDS[key].id_field])
        self._changed[key, id_] = raw
        self._scopes.setdefault((key, id_), self._scopes.get(("Vpcs", near or ""), self._home()))

    def drop(self, key: str, id_: str) -> None:
        """Take an object away."""
        self._changed[key, id_] = None

    def only_one_scope(self) -> bool:
        """True when there is no doubt about which account and Region new objects belong to."""
        return len(self._snapshot.scopes) <= 1

    # -- doubts ------------------------------------------------------------------------------------------------------

    def withdraw(self, key: str, id_: str, why: str) -> None:
        """Something about this object is known only after apply."""
        self.drop(key, id_)
        self.doubt(key, why)

    def doubt(self, key: str, why: str) -> None:
        """The listing of a key may have more objects after apply than it shows."""
        self._doubts.setdefault(key, why)

    def forget(self, key: str, why: str) -> None:
        """Nothing of this key is certain after apply."""
        self._forgotten.setdefault(key, why)
        self.undecided.append(why)

    @contextmanager
    def unsure(self, key: str, id_: str | None, address: str) -> Iterator[None]:
        """Withdraw the object when something inside the block is undecided; without an id what it may be is."""
        try:
            yield
        except Undecided as gap:
            why = f"{address}: {gap} is known only after apply"
            if id_ is not None:
                self.withdraw(key, id_, why)
                self.undecided.append(why)
            elif gap.among is None:
                self.forget(key, why)
            else:
                for base in gap.among:
                    for made_key, made_id in self.made.get(base, ()):
                        self.withdraw(made_key, made_id, why)
                self.doubt(key, why)
                self.undecided.append(why)

    # -- addresses ---------------------------------------------------------------------------------------------------

    def free_address(self, subnet_id: str) -> str:
        """An address of a subnet that no interface has: it stands in for one that AWS will choose.

        Raises Undecided when the subnet's block is not known.
        """
        subnet = self.find("Subnets", subnet_id)
        if subnet is None or not subnet.get("CidrBlock"):
            raise Undecided(f"the block of {subnet_id}")
        block = ip_network(subnet["CidrBlock"])
        listed = (entry for item in self.all("NetworkInterfaces") for entry in item.get("PrivateIpAddresses") or ())
        taken = {entry.get("PrivateIpAddress") for entry in listed}
        for value in range(int(block.broadcast_address) - 1, int(block.network_address) + 3, -1):
            if str(ip_address(value)) not in taken:
                return str(ip_address(value))
        raise Undecided(f"a free address of {subnet_id}")

    # -- the result --------------------------------------------------------------------------------------------------

    def edits(self) -> tuple[Edit, ...]:
        """What changed, ordered by key and id."""
        return tuple(
            Edit(key=key, scope=self._scopes.get((key, id_), self._home()), id=id_, value=value)
            for (key, id_), value in sorted(self._changed.items())
            if value != self._original(key, id_)
        )

    def snapshot(self) -> Snapshot:
        """The changed copy: listings in doubt are not whole, forgotten ones were not read."""
        made = apply(self._snapshot, self.edits())
        listings = {}
        for (scope, key), listing in made.listings.items():
            if key in self._forgotten:
                continue
            doubt = self._doubts.get(key)
            listings[scope, key] = replace(listing, incomplete=listing.incomplete or doubt) if doubt else listing
        return replace(made, listings=listings)

    def _home(self) -> Scope:
        origin = Scope(self._snapshot.origin.account, self._snapshot.origin.region)
        scopes = self._snapshot.scopes
        return origin if origin in scopes or not scopes else scopes[0]

    def _original(self, key: str, id_: str) -> Any:
        scope = self._scopes.get((key, id_))
        listing = self._snapshot.listings.get((scope, key)) if scope is not None else None
        id_field = KINDS[key].id_field
        return next((raw for raw in listing.raws if raw.get(id_field) == id_), None) if listing else None
