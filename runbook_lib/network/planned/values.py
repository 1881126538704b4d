"""One resource change of a plan: its values after apply, known, followed, or undecided."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from runbook_lib.network.planned.references import Configuration, Reference, Undecided

__all__ = ["PREFIXES", "Block", "Change", "Resolve", "changes_of"]

Json = Mapping[str, Any]

PREFIXES = {
    "aws_egress_only_internet_gateway": "eigw",
    "aws_internet_gateway": "igw",
    "aws_nat_gateway": "nat",
    "aws_network_acl": "acl",
    "aws_route_table": "rtb",
    "aws_security_group": "sg",
    "aws_subnet": "subnet",
    "aws_vpc": "vpc",
    "aws_vpc_endpoint": "vpce",
    "aws_vpc_peering_connection": "pcx",
}

Resolve = Callable[[Reference], str]


@dataclass(frozen=True, slots=True)
class Block:
    """Values after apply with what is unknown about them; nested blocks have the same shape.

    `expressions` is None when the configuration behind the values was not found.
    """

    after: Json
    unknown: Json
    expressions: Json | None
    follow: Callable[[Any], tuple[str, ...]]

    def text(self, name: str) -> str | None:
        """A value, None when it is not set (or left to AWS). Raises Undecided."""
        if self.unknown.get(name) is True:
            if not self.sets(name):
                return None
            found = self.follow((self.expressions or {}).get(name))
            if len(found) != 1:
                raise Undecided(f"{name} is one of several")
            return found[0]
        value = self.after.get(name)
        return None if value is None or value == "" else str(value)

    def number(self, name: str) -> int | None:
        """A number, None when it is not set. Raises Undecided."""
        value = self.text(name)
        return None if value is None else int(float(value))

    def flag(self, name: str, default: bool = False) -> bool:
        """A truth value. Raises Undecided."""
        value = self.text(name)
        return default if value is None else value.lower() == "true"

    def many(self, name: str) -> list[str] | None:
        """A list of texts; None when the configuration leaves it to AWS or to other resources. Raises Undecided."""
        unknown, value = self.unknown.get(name), self.after.get(name)
        if unknown is True:
            return list(self.follow((self.expressions or {}).get(name))) if self.sets(name) else None
        known = [str(item) for item in value or () if item is not None]
        open_ = sum(item is True for item in unknown) if isinstance(unknown, list) else 0
        if open_:
            found = self.follow((self.expressions or {}).get(name))
            if len(found) != open_:
                raise Undecided(f"{name} has {open_} unknown items")
            known.extend(found)
        return known if value is not None or open_ else None

    def sets(self, name: str) -> bool:
        """True when the configuration sets this argument, or may do so."""
        return self.expressions is None or name in self.expressions

    def blocks(self, name: str) -> list[Block] | None:
        """Nested blocks; None when the configuration has none of its own. Raises Undecided."""
        unknown, value = self.unknown.get(name), self.after.get(name)
        if unknown is True:
            if not self.sets(name):
                return None
            raise Undecided(name)
        if value is None:
            return None
        marks = unknown if isinstance(unknown, list) else []
        expressions = (self.expressions or {}).get(name)
        listed = expressions if isinstance(expressions, list) else []
        return [
            Block(item, _mapping(marks[at] if at < len(marks) else None), _matching(item, listed), self.follow)
            for at, item in enumerate(value)
        ]


def _mapping(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}


def _matching(item: Json, expressions: list[Json]) -> Json | None:
    """The expressions of a block: the only ones, or the only ones whose constants agree with its values."""
    if len(expressions) == 1:
        return expressions[0]
    agreeing = [
        listed
        for listed in expressions
        if all(
            item.get(name) == expression["constant_value"]
            for name, expression in listed.items()
            if isinstance(expression, Mapping) and "constant_value" in expression
        )
    ]
    return agreeing[0] if len(agreeing) == 1 else None


@dataclass(frozen=True)
class Change:
    """One resource instance of a plan."""

    address: str
    type: str
    module: str
    index: Any
    actions: tuple[str, ...]
    before: Json
    raw_after: Json
    unknown: Json
    configuration: Configuration = field(repr=False, compare=False)
    resolve: Resolve = field(repr=False, compare=False)

    @property
    def is_made(self) -> bool:
        """True for a resource that gets a new id."""
        return "create" in self.actions

    @property
    def is_gone(self) -> bool:
        """True for a resource whose old object goes away."""
        return "delete" in self.actions

    @property
    def is_changed(self) -> bool:
        """True when there is something to lay over the snapshot after deletions."""
        return self.is_made or "update" in self.actions

    @property
    def id(self) -> str:
        """The id after apply: the known one, else a placeholder that reads like the resource's address."""
        if not self.is_made and self.before.get("id"):
            return str(self.before["id"])
        prefix = PREFIXES.get(self.type)
        return f"{prefix}-({self.address})" if prefix else f"({self.address})"

    @property
    def old_id(self) -> str:
        """The id before apply."""
        return str(self.before.get("id") or "")

    @property
    def base(self) -> str:
        """The address without instance keys of the resource itself."""
        return re.sub(r"\[[^\]]*\]$", "", self.address)

    @cached_property
    def after(self) -> Block:
        """The values after apply."""
        own = self.base.removeprefix(f"{self.module}.") if self.module else self.base
        expressions = self.configuration.expressions(self.module, own)
        return Block(self.raw_after, self.unknown, expressions, self._follow)

    def differs(self, *names: str) -> bool:
        """True when one of the values changes."""
        return any(self.before.get(name) != self.raw_after.get(name) or self.unknown.get(name) for name in names)

    def _follow(self, expression: Any) -> tuple[str, ...]:
        key = json.dumps(self.index) if isinstance(self.index, str) else None
        found = self.configuration.follow(self.module, expression, key)
        return tuple(self.resolve(reference) for reference in found)


def changes_of(plan: Json, resolve: Resolve) -> Iterator[Change]:
    """The managed resource changes of a plan, those without effect included (they have ids)."""
    configuration = Configuration(plan.get("configuration"))
    for raw in plan.get("resource_changes") or ():
        change = raw.get("change") or {}
        if raw.get("mode", "managed") == "managed":
            yield Change(
                address=raw["address"],
                type=raw["type"],
                module=raw.get("module_address") or "",
                index=raw.get("index"),
                actions=tuple(change.get("actions") or ()),
                before=change.get("before") or {},
                raw_after=change.get("after") or {},
                unknown=_mapping(change.get("after_unknown")),
                configuration=configuration,
                resolve=resolve,
            )
