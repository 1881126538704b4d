"""The base of every typed fact, and the small readers that turn AWS JSON into typed values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, ClassVar, Self

from runbook_lib.model.finding import Evidence, ResourceRef

__all__ = [
    "Address",
    "Fact",
    "Network",
    "Raw",
    "Scope",
    "addresses",
    "amount",
    "flag",
    "listed",
    "network",
    "networks",
    "tags",
    "texts",
]

Raw = Mapping[str, Any]
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """The account and Region in which a fact was seen; None where a folder of files does not say."""

    account: str | None = None
    region: str | None = None

    @property
    def pointer(self) -> str:
        """Prefix of JSON pointers: `/accounts/<id>/<region>`, `/<region>` or the empty string."""
        if self.account:
            return f"/accounts/{self.account}/{self.region}" if self.region else f"/accounts/{self.account}"
        return f"/{self.region}" if self.region else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One resource as AWS described it.

    `pointer` leads to the raw object inside the snapshot; `raw` is that object. Subclasses parse what the kit
    reasons about and leave the rest in `raw`.
    """

    KEY: ClassVar[str]
    OPERATION: ClassVar[str]
    TYPE: ClassVar[str]

    id: str
    scope: Scope
    pointer: str
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        """Parse one AWS object. Raises KeyError, TypeError, ValueError or AttributeError on an odd shape."""
        raise NotImplementedError

    @property
    def name(self) -> str | None:
        """The `Name` tag, or None."""
        return tags(self.raw).get("Name")

    @property
    def label(self) -> str:
        """`id (Name)` for people, or only the id."""
        return f"{self.id} ({self.name})" if self.name else self.id

    @property
    def ref(self) -> ResourceRef:
        """The resource reference that findings carry."""
        arn = next((v for k, v in self.raw.items() if k.endswith("Arn") and k[:-3] in self.TYPE), None)
        account = self.raw.get("OwnerId") or self.scope.account
        return ResourceRef(
            type=self.TYPE, id=self.id, arn=arn, region=self.scope.region, account=account, name=self.name
        )

    def cite(self, *path: str | int) -> Evidence:
        """Evidence pointing at `path` inside this object; the value is what AWS said there (None if absent)."""
        value: Any = self.raw
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                value = None
                break
        escaped = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
        return Evidence(operation=self.OPERATION, pointer=self.pointer + escaped, value=value)


def tags(raw: Raw) -> dict[str, str]:
    """Tags of an EC2-style object (`Tags` or `TagSet`, list of Key/Value) as a dictionary."""
    listed = raw.get("Tags") or raw.get("TagSet") or []
    if isinstance(listed, Mapping):
        return {str(k): str(v) for k, v in listed.items()}
    return {t["Key"]: t.get("Value", "") for t in listed if isinstance(t, Mapping) and "Key" in t}


@lru_cache(maxsize=65536)
def network(text: str) -> Network:
    """A CIDR block; host bits are cleared as EC2 does for routes and rules."""
    return ip_network(text, strict=False)


def networks(items: Iterable[Raw] | None, key: str) -> tuple[Network, ...]:
    """The CIDR blocks under `key` of a list of objects, in order."""
    return tuple(network(item[key]) for item in items or () if item.get(key))


def addresses(items: Iterable[Raw] | None, key: str) -> tuple[Address, ...]:
    """The IP addresses under `key` of a list of objects, in order."""
    return tuple(ip_address(item[key]) for item in items or () if item.get(key))


def texts(items: Iterable[Any] | None, pick: Callable[[Any], str | None] = lambda item: item) -> tuple[str, ...]:
    """The texts picked from a list, without empty ones, in order."""
    return tuple(text for text in (pick(item) for item in items or ()) if text)


def listed(raw: Raw, key: str) -> list[Any]:
    """A list that AWS always gives, empty or not. KeyError when it is absent, TypeError when it is no list."""
    value = raw[key]
    if not isinstance(value, list | tuple):
        raise TypeError(f"{key} must be a list, found {value!r}")
    return list(value)


def flag(raw: Raw, key: str, default: bool | None = False) -> bool:
    """True or false as AWS says it, `default` where it says nothing (None: it always says).

    TypeError for anything else, such as a text.
    """
    value = default if raw.get(key) is None else raw[key]
    if not isinstance(value, bool):
        raise TypeError(f"{key} must be true or false, found {value!r}")
    return value


def amount(raw: Raw, key: str) -> int | None:
    """A number of seconds, megabytes and the like that is at least 1; None for anything else that stands there."""
    value = raw.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
