"""The account and Region that facts betray when no folder names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from runbook_lib.model.snapshot import Listing

__all__ = ["account_of", "region_of"]

_OWNED = frozenset(
    {"Vpcs", "Subnets", "RouteTables", "NetworkAcls", "SecurityGroups", "NetworkInterfaces", "InternetGateways"}
)
_REGION = re.compile(r"(?:[a-z]{2}|eusc)(?:-[a-z]+)+-\d+")


def account_of(listings: Iterable[Listing]) -> set[str]:
    """Every account that owns a VPC resource or a function; more than one means that the facts do not say."""
    found: set[str] = set()
    for listing in listings:
        for raw in listing.raws:
            if listing.key in _OWNED and str(raw.get("OwnerId") or "").isdigit():
                found.add(str(raw["OwnerId"]))
            if listing.key == "Functions" and (part := _arn_part(raw, 4)):
                found.add(part)
    return found


def region_of(listings: Iterable[Listing]) -> set[str]:
    """Every Region that zones, subnets, functions or AWS prefix lists name."""
    found: set[str] = set()
    for listing in listings:
        for raw in listing.raws:
            for text in _places(listing.key, raw):
                if isinstance(text, str) and (match := _REGION.search(text)):
                    found.add(match[0])
    return found


def _places(key: str, raw: Any) -> Iterator[Any]:
    if key == "AvailabilityZones":
        yield raw.get("RegionName") or raw.get("ZoneName")
    elif key in ("Subnets", "NetworkInterfaces"):
        yield raw.get("AvailabilityZone")
    elif key == "Functions":
        yield _arn_part(raw, 3)
    elif key == "PrefixLists":
        yield raw.get("PrefixListName")
    elif key == "VpcBlockPublicAccessOptions":
        yield raw.get("AwsRegion")


def _arn_part(raw: Any, index: int) -> str | None:
    parts = str(raw.get("FunctionArn") or "").split(":")
    return parts[index] if len(parts) > index and parts[index] else None
