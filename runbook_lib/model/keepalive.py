"""What is known about one client that keeps TCP connections open: its keepalive settings and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope, flag

__all__ = ["KERNEL_DEFAULTS", "Connection", "IdleOutcome", "KeepaliveSubject", "Platform", "Situation"]

KERNEL_DEFAULTS = (7200, 75, 9)
"""Seconds to the first probe, seconds between probes, and probes, in every new network namespace.

Source: https://docs.kernel.org/networking/ip-sysctl.html (tcp_keepalive_time, _intvl, _probes; read 2026-11-21)
"""


class Platform(StrEnum):
    """What decides how a setting is written down, and so how a fix reads."""

    HOST = "host"
    KUBERNETES = "kubernetes"
    ECS = "ecs"
    COMPOSE = "compose"
    DOCKER_RUN = "docker-run"
    SYSCTL_FILE = "sysctl-file"
    PYTHON = "python"


class Situation(StrEnum):
    """How a connection is idle: kept for the next request, or waiting for the answer to one that was sent."""

    REUSE = "reuse"
    SLOW_ANSWER = "slow answer"


class IdleOutcome(StrEnum):
    """What the client sees at the end of an idle period."""

    OK = "ok"
    RESET = "reset"
    HANGS = "hangs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A live TCP connection: its ends as `address:port`, and the seconds left on its keepalive timer (None: none)."""

    local: str
    peer: str
    timer_left_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepaliveSubject(Fact):
    """A client, container, task, process or connection whose keepalive settings were read; `id` names it for people.

    `time_s` passes without traffic before the first probe, `interval_s` between two, and `probes` unanswered ones end
    the connection; None is not known, and `gaps` say why. `origins` maps `time_s`, `interval_s`, `probes` and
    `so_keepalive` to where the value comes from. `so_keepalive` is None where nothing tells it. `refused` says why the
    platform would not start it or not apply its settings. `place` is what a fix needs to write the change; its keys
    are those of its platform's reader.
    """

    KEY: ClassVar[str] = "KeepaliveSubjects"
    OPERATION: ClassVar[str] = "keepalive:Read"
    TYPE: ClassVar[str] = "Linux::TcpClient"

    platform: Platform
    time_s: int | None
    interval_s: int | None
    probes: int | None
    so_keepalive: bool | None
    origins: tuple[tuple[str, str], ...]
    refused: str | None
    connection: Connection | None
    notes: tuple[str, ...]
    gaps: tuple[str, ...]
    place: Raw

    @property
    def period_s(self) -> int | None:
        """Seconds that can pass between two packets: the longer of the time to the first probe and the interval.

        After an answered probe Linux looks again when the interval has passed, and probes only when the time has passed
        too since the last packet. None when either is not known.
        Source: https://github.com/torvalds/linux/blob/master/net/ipv4/tcp_timer.c (read 2026-11-21)
        """
        if self.time_s is None or self.interval_s is None:
            return None
        return max(self.time_s, self.interval_s)

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        told = raw.get("Connection")
        return cls(
            id=raw["Subject"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            platform=Platform(raw["Platform"]),
            time_s=_whole(raw, "TimeS"),
            interval_s=_whole(raw, "IntervalS"),
            probes=_whole(raw, "Probes"),
            so_keepalive=None if raw.get("SoKeepalive") is None else flag(raw, "SoKeepalive"),
            origins=tuple(sorted((raw.get("Origins") or {}).items())),
            refused=raw.get("Refused"),
            connection=None if told is None else _connection(told),
            notes=tuple(raw.get("Notes") or ()),
            gaps=tuple(raw.get("Gaps") or ()),
            place=raw.get("Place") or {},
        )

    def to_raw(self) -> dict[str, Any]:
        """The object of a snapshot that reads back as this."""
        ends = self.connection
        return {
            "Subject": self.id,
            "Platform": self.platform.value,
            "TimeS": self.time_s,
            "IntervalS": self.interval_s,
            "Probes": self.probes,
            "SoKeepalive": self.so_keepalive,
            "Origins": dict(self.origins),
            "Refused": self.refused,
            "Connection": ends and {"Local": ends.local, "Peer": ends.peer, "TimerLeftS": ends.timer_left_s},
            "Notes": list(self.notes),
            "Gaps": list(self.gaps),
            "Place": dict(self.place),
        }


def _connection(raw: Raw) -> Connection:
    left = raw.get("TimerLeftS")
    return Connection(local=raw["Local"], peer=raw["Peer"], timer_left_s=None if left is None else float(left))


def _whole(raw: Raw, key: str) -> int | None:
    value = raw.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise TypeError(f"{key} must be a number from 0, found {value!r}")
    return value
