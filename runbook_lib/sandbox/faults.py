"""Faults on demand: which call is refused, throttled, broken, slow or told that its token expired, and how often."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from runbook_lib.errors import UsageError, unknown_name

__all__ = ["Fault", "FaultKind", "Faults", "denials"]


class FaultKind(StrEnum):
    """What happens to a call: `slow` is answered after the delay, `hang` never (the connection drops after it)."""

    DENIED = "denied"
    THROTTLED = "throttled"
    BROKEN = "broken"
    EXPIRED = "expired"
    SLOW = "slow"
    HANG = "hang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`action` is an IAM action or a pattern (`ec2:Describe*`); `times` None means for ever."""

    action: str
    kind: FaultKind
    times: int | None = None
    delay_s: float = 0.0

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Fault:
        """Read one fault; UsageError for an unknown kind or key."""
        for key in raw:
            if key not in cls.__slots__:
                raise unknown_name("fault field", key, cls.__slots__)
        if raw.get("kind") not in list(FaultKind):
            raise unknown_name("fault kind", str(raw.get("kind")), FaultKind)
        if not isinstance(raw.get("action"), str):
            raise UsageError("a fault needs an action, for example ec2:DescribeVpcs")
        times = raw.get("times")
        return cls(
            action=raw["action"],
            kind=FaultKind(raw["kind"]),
            times=None if times is None else int(times),
            delay_s=float(raw.get("delay_s", 0.0)),
        )


def denials(actions: Iterable[str]) -> tuple[Fault, ...]:
    """Refuse each of the IAM actions for ever."""
    return tuple(Fault(action=action, kind=FaultKind.DENIED) for action in actions)


class Faults:
    """The rules in force; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[tuple[Fault, list[int]]] = []

    def set(self, faults: Iterable[Fault]) -> None:
        """Replace all rules; the first rule that matches an action wins."""
        with self._lock:
            self._rules = [(fault, [0]) for fault in faults]

    def clear(self) -> None:
        """Remove all rules."""
        self.set(())

    def take(self, action: str) -> Fault | None:
        """The fault that strikes this call, counting it; None when none does."""
        with self._lock:
            for fault, used in self._rules:
                if fnmatchcase(action, fault.action) and (fault.times is None or used[0] < fault.times):
                    used[0] += 1
                    return fault
        return None
