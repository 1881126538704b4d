"""What a scenario decides about analyses: how long they run, and answers that were recorded instead of worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["Conduct"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """`polls` descriptions of an analysis say that it is running, then it has ended.

    `failure` is the message with which every analysis fails, "" for none. `recorded` is mapping destination ("" for a
    path that has an address only) → the fields of the analysis that AWS gave (Explanations and so on).
    """

    polls: int = 1
    failure: str = ""
    recorded: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
