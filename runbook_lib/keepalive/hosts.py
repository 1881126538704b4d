"""The clients of a host or process: its network namespace, and the connections that it made to other machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from runbook_lib.keepalive.verdict import USUAL_LIMIT_S, is_late_prone
from runbook_lib.model.fact import Scope
from runbook_lib.model.host import Host, NamespaceSettings, SocketOptions, TcpSocket
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["subjects_of_host"]

_TIME, _INTERVAL, _PROBES = (f"net.ipv4.tcp_keepalive_{name}" for name in ("time", "intvl", "probes"))
_TOLD = "--so-keepalive"
_TAKEN = "options of the sockets themselves are not shown: the settings of the namespace are taken"


def subjects_of_host(
    host: Host, so_keepalive: bool | None = None, limit_s: float = USUAL_LIMIT_S
) -> tuple[KeepaliveSubject, ...]:
    """The connections of a process, or its namespace when it has none; of a host its namespace, then its connections.

    Connections accepted on a listening port are those of other clients and left out. Loopback never passes a gateway:
    it counts only for a process, or a text without settings, that has nothing else. `so_keepalive` is what somebody
    told about clients where nothing shows it; `limit_s` tells whether the host's own settings are soon enough.
    """
    host = _without_zero(host)
    own = _outgoing(host.sockets)
    remote = [one for one in own if not one.is_loopback]
    nothing_else = host.is_process or not host.settings.is_known
    chosen = remote or (own if nothing_else else [])
    notes = (*host.notes, *_loopback_notes(len(own) - len(remote), is_chosen=bool(chosen) and not remote))
    raws = [_connection(host, one, so_keepalive, notes, limit_s) for one in chosen]
    if not chosen or (host.settings.is_known and not host.is_process):
        raws.insert(0, _namespace(host, chosen, so_keepalive, notes))
    return tuple(
        KeepaliveSubject.read(raw, Scope(), f"/{KeepaliveSubject.KEY}/{index}") for index, raw in enumerate(raws)
    )


def _without_zero(host: Host) -> Host:
    """The host with a time or interval of 0 as not known: the kernel takes it, and no manual says what it does."""
    zero = [field for field in ("time_s", "interval_s") if getattr(host.settings, field) == 0]
    names = {"time_s": _TIME, "interval_s": _INTERVAL}
    gaps = tuple(f"{names[field]} is 0, and what the kernel does then is not documented" for field in zero)
    settings = replace(
        host.settings,
        time_s=host.settings.time_s or None,
        interval_s=host.settings.interval_s or None,
    )
    return replace(host, settings=settings, gaps=(*host.gaps, *gaps))


def _outgoing(sockets: Iterable[TcpSocket]) -> list[TcpSocket]:
    """The established sockets that no listening socket of the same namespace accepted, in order."""
    listed = tuple(sockets)
    by_port: dict[str, list[TcpSocket]] = {}
    for one in listed:
        if one.is_listening:
            by_port.setdefault(_port(one), []).append(one)
    return [
        one
        for one in listed
        if not one.is_listening and not any(door.accepts(one) for door in by_port.get(_port(one), ()))
    ]


def _port(one: TcpSocket) -> str:
    return one.local.rpartition(":")[2]


def _loopback_notes(count: int, *, is_chosen: bool) -> Iterator[str]:
    if count and is_chosen:
        yield "there are only loopback connections, which no NAT gateway ever sees"
    elif count:
        noun = "loopback connection is" if count == 1 else "loopback connections are"
        yield f"{count} {noun} left out: no NAT gateway ever sees them"


# one subject each


def _namespace(
    host: Host, connections: list[TcpSocket], so_keepalive: bool | None, notes: tuple[str, ...]
) -> dict[str, Any]:
    """The settings that a client gets which sets no options of its own."""
    settings, origin = host.settings, _TOLD
    if so_keepalive is None and connections and all(one.so_keepalive for one in connections):
        noun = "its one connection has" if len(connections) == 1 else f"all of its {len(connections)} connections have"
        so_keepalive, origin = True, f"{noun} it on"
    origins = _origins_of(settings)
    if so_keepalive is not None:
        origins["so_keepalive"] = origin
    return _raw(host, host.name, notes) | {
        "TimeS": settings.time_s,
        "IntervalS": settings.interval_s,
        "Probes": settings.probes,
        "SoKeepalive": so_keepalive,
        "Origins": origins,
        "Gaps": [*(host.gaps or _missing(settings))],
    }


def _connection(
    host: Host, one: TcpSocket, so_keepalive: bool | None, notes: tuple[str, ...], limit_s: float
) -> dict[str, Any]:
    owner = f"{one.owner} " if one.owner else ""
    raw = _raw(host, f"{host.name}: {owner}{one.local} → {one.peer}", notes)
    raw["Connection"] = {"Local": one.local, "Peer": one.peer, "TimerLeftS": one.timer_left_s}
    is_on = so_keepalive if one.so_keepalive is None and not one.is_silent else one.so_keepalive
    raw["SoKeepalive"] = is_on
    if one.options is not None:
        told = one.options
        raw |= {"TimeS": told.time_s, "IntervalS": told.interval_s, "Probes": told.probes}
        raw["Origins"] = _origins_of_options(host.settings, told) | {"so_keepalive": "SO_KEEPALIVE"}
        return raw
    doubt = None if is_on is False else _doubt(host.settings, one, limit_s)
    if doubt:
        raw["Gaps"] = [doubt, *host.gaps]
        raw["Origins"] = {"time_s": "TCP_KEEPIDLE or an earlier setting"} if _outlasts(one, host.settings) else {}
    else:
        told_by = host.settings
        raw |= {"TimeS": told_by.time_s, "IntervalS": told_by.interval_s, "Probes": told_by.probes}
        raw["Origins"] = _origins_of(told_by)
        raw["Notes"] += [_TAKEN] if is_on else []
    if is_on is not None:
        raw["Origins"]["so_keepalive"] = _TOLD if one.so_keepalive is None else "the timer of the socket"
    return raw


def _outlasts(one: TcpSocket, settings: NamespaceSettings) -> bool:
    """True when more is left on the timer than the namespace would have set."""
    if one.timer_left_s is None or settings.time_s is None or settings.interval_s is None:
        return False
    return one.timer_left_s > max(settings.time_s, settings.interval_s)


def _doubt(settings: NamespaceSettings, one: TcpSocket, limit_s: float) -> str | None:
    """Why the settings of the namespace cannot be taken for those of a socket whose options are not shown, or None.

    A client seldom asks for probes later than its host does, and often for earlier ones: a host that probes soon
    enough vouches for its sockets as long as their timers agree; one that probes too late does not speak for them,
    unless what is left is too long by itself.
    """
    left_s = one.timer_left_s
    left = "" if left_s is None else f"its timer has {left_s:g} s left, and "
    if settings.time_s is None or settings.interval_s is None:
        return f"{left}neither the TCP_KEEPIDLE of the socket nor the settings of its network namespace are known"
    period = max(settings.time_s, settings.interval_s)
    if _outlasts(one, settings):
        return (
            f"{left}the network namespace says {period} s: the socket has a longer TCP_KEEPIDLE of its own, or its "
            "timer was armed before the setting changed"
        )
    if is_late_prone(period, limit_s) and not (left_s and is_late_prone(left_s, limit_s)):
        return f"{left}the network namespace says {period} s, but a shorter TCP_KEEPIDLE of the socket would not show"
    return None


def _raw(host: Host, name: str, notes: Iterable[str]) -> dict[str, Any]:
    return {
        "Subject": name,
        "Platform": Platform.HOST.value,
        "Notes": list(notes),
        "Gaps": [],
        "Place": {"Namespace": host.name},
    }


def _origins_of(settings: NamespaceSettings) -> dict[str, str]:
    named = {"time_s": (_TIME, settings.time_s), "interval_s": (_INTERVAL, settings.interval_s)}
    named["probes"] = (_PROBES, settings.probes)
    return {key: name for key, (name, value) in named.items() if value is not None}


def _origins_of_options(settings: NamespaceSettings, told: SocketOptions) -> dict[str, str]:
    """An option that was never set follows the namespace: one that differs from it was set by the client."""
    return {
        "time_s": _TIME if told.time_s == settings.time_s else "TCP_KEEPIDLE",
        "interval_s": _INTERVAL if told.interval_s == settings.interval_s else "TCP_KEEPINTVL",
        "probes": _PROBES if told.probes == settings.probes else "TCP_KEEPCNT",
    }


def _missing(settings: NamespaceSettings) -> Iterator[str]:
    pairs = ((_TIME, settings.time_s), (_INTERVAL, settings.interval_s))
    if absent := [name for name, value in pairs if value is None]:
        yield f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not known"
