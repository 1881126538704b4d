"""What VPC Reachability Analyzer is to be asked: from which interfaces, what about, and how the path would be split."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["AnalysisPlan", "PlannedAnalysis", "Sharing", "SourceInterface", "Stretch"]


class Sharing(StrEnum):
    """Whose the network interface is that traffic of a function leaves by."""

    OWN = "own"
    SHARED = "shared"
    NAMED = "named"  # the user named the interface itself
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInterface:
    """The network interface that an analysis from one subnet starts at; `interface_id` is None when there is none yet.

    `others` are further interfaces of the same subnet and security groups. `text` says in one sentence what was found,
    and what to do when nothing was.
    """

    subnet_id: str
    sharing: Sharing
    interface_id: str | None
    text: str
    others: tuple[str, ...] = ()


class Stretch(StrEnum):
    """Which stretch of the way one analysis is about; all but the whole path are asked only to localise a failure."""

    WHOLE = "whole path"
    TO_NAT = "to the NAT gateway"
    FROM_NAT = "from the NAT gateway"
    TO_TRANSIT = "to the transit gateway"
    FROM_TRANSIT = "from the transit gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAnalysis:
    """One analysis to be made.

    `request` is what CreateNetworkInsightsPath is sent, but for token and tags. `fingerprint` is a SHA-256 over it and
    all configuration that its answer depends on, None when not all of that was read. `parts` are asked when the answer
    is that there is no path. `note` says how the question differs from what was asked.
    """

    subnet_id: str
    stretch: Stretch
    request: Mapping[str, Any] = field(hash=False)
    fingerprint: str | None
    parts: tuple[PlannedAnalysis, ...] = ()
    note: str = ""

    @property
    def source(self) -> str:
        """The id of the interface or attachment where it starts."""
        return str(self.request["Source"])

    @property
    def destination(self) -> str | None:
        """The id or ARN of the destination, None when it is an address alone."""
        found = self.request.get("Destination")
        return None if found is None else str(found)

    @property
    def address(self) -> str | None:
        """The destination address that is asked about, None when any will do."""
        found = self.request["FilterAtSource"].get("DestinationAddress")
        return None if found is None else str(found)

    @property
    def question(self) -> str:
        """The request as text: analyses with equal ones are made once."""
        return json.dumps(self.request, sort_keys=True)

    @property
    def text(self) -> str:
        """From where to where, in a few words."""
        to = self.destination or self.address
        via = f" for {self.address}" if self.destination and self.address else ""
        port = self.request["FilterAtSource"]["DestinationPortRange"]["FromPort"]
        return f"{self.stretch} in {self.subnet_id}: {self.source} → {to}{via}, {self.request['Protocol']} port {port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisPlan:
    """The analyses for one question; `sources` has one entry per subnet, also where there is nothing to analyse from.

    `about` is the question in words.
    """

    about: str
    analyses: tuple[PlannedAnalysis, ...]
    sources: tuple[SourceInterface, ...]

    @property
    def most(self) -> int:
        """How many analyses are made at most, when no path is found anywhere; subnets may share a part."""
        return len({one.question for analysis in self.analyses for one in (analysis, *analysis.parts)})

    @property
    def lacking(self) -> tuple[SourceInterface, ...]:
        """The subnets without an interface."""
        return tuple(source for source in self.sources if source.interface_id is None)
