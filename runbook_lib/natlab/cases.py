"""Clients as data: how each keeps its connection alive, how long it is idle, and what was seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

from runbook_lib.errors import UsageError
from runbook_lib.model.keepalive import KERNEL_DEFAULTS, IdleOutcome, Situation

__all__ = [
    "LARGEST_LIMIT_S",
    "SMALLEST_LIMIT_S",
    "Case",
    "Client",
    "Forgotten",
    "Seen",
    "Timers",
    "require_lab_limit",
    "table",
]

SMALLEST_LIMIT_S, LARGEST_LIMIT_S = 2, 5000
"""The kernel counts in whole seconds, and a probe must fit below the limit; the first one of a kernel that was left as
it is comes after 7,200 s, which must not come into play.
"""


class Client(StrEnum):
    """What opens the connection."""

    SOCKET = "socket"
    BOTO3 = "boto3"


class Forgotten(StrEnum):
    """What the gateway does with a client's packet of a connection that it forgot.

    A NAT gateway of AWS answers with RST. DROPPED and RECOVERED are no behaviour of AWS: the first is for teaching,
    the second is what Linux does by itself, and the proof that the lab can tell them apart.
    """

    RESET = "reset"
    DROPPED = "dropped"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """Seconds to the first probe, seconds between probes, and probes."""

    time_s: int = KERNEL_DEFAULTS[0]
    interval_s: int = KERNEL_DEFAULTS[1]
    probes: int = KERNEL_DEFAULTS[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One client that is idle once.

    `sysctls` are those of its network namespace, `options` its own socket options and come before them. `idle_s` passes
    before it reuses its connection or before the server answers; it waits `read_timeout_s` for an answer. `attempts`
    is how often boto3 tries.
    """

    name: str
    situation: Situation
    so_keepalive: bool
    idle_s: int
    read_timeout_s: int
    client: Client = Client.SOCKET
    sysctls: Timers = Timers()
    options: Timers | None = None
    attempts: int = 1

    @property
    def timers(self) -> Timers:
        """What its socket really goes by."""
        return self.options or self.sysctls

    @property
    def expected_s(self) -> int:
        """Seconds after which it should have ended."""
        return self.read_timeout_s if self.situation is Situation.SLOW_ANSWER else self.idle_s

    @property
    def longest_s(self) -> int:
        """Seconds after which it has ended whatever happens."""
        return self.read_timeout_s if self.situation is Situation.SLOW_ANSWER else self.idle_s + self.read_timeout_s

    def to_json(self) -> dict[str, Any]:
        """The same as an object that `read` reads back."""
        return asdict(self)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """A case from its object."""
        told = dict(raw)
        options = told.pop("options")
        return cls(
            situation=Situation(told.pop("situation")),
            client=Client(told.pop("client")),
            sysctls=Timers(**told.pop("sysctls")),
            options=None if options is None else Timers(**options),
            **told,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of the connection of a case; `outcome` is None when that cannot be told, and `said` says why.

    `said` is what the client got: an answer or the error in its words. `retries` is how often boto3 tried again: its
    connection was lost even when the retry succeeded. `source` is the address that the server saw in the end.
    """

    case: Case
    outcome: IdleOutcome | None
    said: str
    waited_s: float
    retries: int = 0
    source: str | None = None
    traceback: str = ""


def require_lab_limit(limit_s: int) -> None:
    """UsageError unless a kernel can keep this limit and a probe fits below it."""
    if not SMALLEST_LIMIT_S <= limit_s <= LARGEST_LIMIT_S:
        raise UsageError(
            f"the idle limit of the lab must be {SMALLEST_LIMIT_S} to {LARGEST_LIMIT_S:,} whole seconds, not {limit_s}"
        )


def table(limit_s: int) -> tuple[Case, ...]:
    """The clients whose difference a plain look at tcp_keepalive_time misses, with times that fit the limit."""
    require_lab_limit(limit_s)
    sure_s = limit_s * 6 // 7
    good = Timers(time_s=sure_s if limit_s - sure_s >= 3 else max(1, limit_s // 3), interval_s=max(1, limit_s // 5))
    late_s = limit_s + max(1, limit_s // 35)
    late = Timers(time_s=late_s)
    sparse = Timers(time_s=max(1, limit_s // 6), interval_s=late_s)
    idle_s = max(late_s, sparse.time_s + limit_s) + max(1, limit_s // 17)
    slow_s = idle_s + 1
    # The kernel sends a probe late by up to an eighth of its timer.
    read_s = max(slow_s, sparse.time_s + late_s) + max(3, limit_s // 17, 2 + (sparse.time_s + late_s) // 8)
    kinds: tuple[tuple[str, bool, Timers, Timers | None], ...] = (
        ("no keepalive", False, Timers(), None),
        ("SO_KEEPALIVE only", True, Timers(), None),
        ("sysctl below the limit, no SO_KEEPALIVE", False, good, None),
        ("SO_KEEPALIVE and TCP_KEEPIDLE below the limit", True, Timers(), good),
        ("SO_KEEPALIVE and sysctl below the limit", True, good, None),
        ("SO_KEEPALIVE and TCP_KEEPIDLE above the limit", True, Timers(), late),
        ("SO_KEEPALIVE, TCP_KEEPIDLE below and TCP_KEEPINTVL above the limit", True, Timers(), sparse),
    )
    boto3: tuple[tuple[str, bool, Timers, int], ...] = (
        ("boto3", False, Timers(), 1),
        ("boto3, 3 attempts", False, Timers(), 3),
        ("boto3 tcp_keepalive=True", True, Timers(), 1),
        ("boto3, sysctl below the limit", False, good, 1),
        ("boto3 tcp_keepalive=True, sysctl below the limit", True, good, 1),
        ("boto3 tcp_keepalive=True, sysctl above the limit", True, late, 1),
    )
    # Two that differ in nothing but the limit between their idle times: it is where it was set.
    near_s = max(1, limit_s // 35)
    cases = [
        Case(
            name=f"no keepalive, idle just {word} the limit",
            situation=Situation.REUSE,
            so_keepalive=False,
            idle_s=idle,
            read_timeout_s=read_s,
        )
        for word, idle in (("below", limit_s - near_s), ("above", limit_s + near_s))
    ]
    for situation, idle in ((Situation.REUSE, idle_s), (Situation.SLOW_ANSWER, slow_s)):
        blank = Case(name="", situation=situation, so_keepalive=False, idle_s=idle, read_timeout_s=read_s)
        cases += [
            replace(blank, name=name, so_keepalive=on, sysctls=sysctls, options=options)
            for name, on, sysctls, options in kinds
        ]
        cases += [
            replace(blank, name=name, so_keepalive=on, sysctls=sysctls, client=Client.BOTO3, attempts=attempts)
            for name, on, sysctls, attempts in boto3
            if attempts == 1 or situation is Situation.REUSE
        ]
    return tuple(cases)
