"""What a Linux host tells about TCP keepalive: the settings of one network namespace, and its sockets.

The same whether it was read on the spot or comes from the text of a command somebody ran elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

__all__ = ["Host", "NamespaceSettings", "SocketOptions", "TcpSocket", "end_of", "sockets_of_table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceSettings:
    """`net.ipv4.tcp_keepalive_{time,intvl,probes}` and `tcp_retries2` of a network namespace; None was not read."""

    time_s: int | None = None
    interval_s: int | None = None
    probes: int | None = None
    retries2: int | None = None

    @property
    def is_known(self) -> bool:
        """True when at least one keepalive setting was read."""
        return (self.time_s, self.interval_s, self.probes) != (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketOptions:
    """TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT as getsockopt gives them: what holds for this socket."""

    time_s: int
    interval_s: int
    probes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpSocket:
    """A TCP socket that is established or listens; its ends are `address:port`, IPv6 in brackets.

    `so_keepalive` is None where nothing tells it, as while data is in flight: then the one timer that is shown is that
    of the retransmission. `timer_left_s` is what is left on its keepalive timer. `options` are None where they could
    not be asked for. `owner` names a process that holds it, empty when not known. `is_silent`: it shows no timer, and
    whether timers were asked for is not known, so that SO_KEEPALIVE is off or not told.
    """

    local: str
    peer: str
    is_listening: bool = False
    so_keepalive: bool | None = None
    timer_left_s: float | None = None
    options: SocketOptions | None = None
    inode: int = 0
    owner: str = ""
    is_silent: bool = False

    @property
    def is_loopback(self) -> bool:
        """True when its other end is on the same machine by address; names count when they say localhost."""
        return _is_loopback(_split(self.peer)[0])

    def accepts(self, other: TcpSocket) -> bool:
        """True when this socket listens where the local end of the other one is."""
        (address, port), (its_address, its_port) = _split(self.local), _split(other.local)
        return self.is_listening and port == its_port and address in ("0.0.0.0", "::", "*", its_address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One network namespace as seen from a host, from one of its processes, or in a text; `name` is for people.

    Of a process, `sockets` holds its own and every listening one of its namespace. `gaps` say what could not be read,
    `notes` what helps to read the answer.
    """

    name: str
    settings: NamespaceSettings
    sockets: tuple[TcpSocket, ...]
    is_process: bool = False
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


_TABLE_ROW = re.compile(
    r"\s*\d+:\s+(?P<local>(?:[0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4})"
    r"\s+(?P<peer>(?:[0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4})\s+(?P<state>[0-9A-F]{2})"
    r"\s+[0-9A-F]+:[0-9A-F]+\s+(?P<timer>[0-9A-F]{2}):(?P<left>[0-9A-F]+)\s+[0-9A-F]+\s+\d+\s+\d+\s+(?P<inode>\d+)",
    re.IGNORECASE,
)
_TICKS_PER_S = 100
_NO_TIMER, _KEEPALIVE_TIMER = 0, 2


def sockets_of_table(text: str) -> Iterator[TcpSocket]:
    """The established and listening sockets in the text of `/proc/net/tcp` or `tcp6`; other lines are passed over.

    Timer 00 is none, 01 retransmission, 02 keepalive, 04 zero window; times are in hundredths of a second.
    Source: https://docs.kernel.org/networking/proc_net_tcp.html (read 2026-11-21)
    """
    for line in text.splitlines():
        row = _TABLE_ROW.match(line)
        if row is None or (state := int(row["state"], 16)) not in (1, 10):
            continue
        timer, listens = int(row["timer"], 16), state == 10
        is_on = timer == _KEEPALIVE_TIMER
        yield TcpSocket(
            local=_end_of_hex(row["local"]),
            peer=_end_of_hex(row["peer"]),
            is_listening=listens,
            so_keepalive=None if listens or timer not in (_NO_TIMER, _KEEPALIVE_TIMER) else is_on,
            timer_left_s=int(row["left"], 16) / _TICKS_PER_S if is_on and not listens else None,
            inode=int(row["inode"]),
        )


def end_of(address: str, port: str) -> str:
    """`address:port` as people write it: no zone, IPv4 inside IPv6 as IPv4, IPv6 in brackets."""
    return f"{_plain(address.split('%')[0].strip('[]'))}:{port}"


@lru_cache(maxsize=4096)
def _plain(host: str) -> str:
    try:
        parsed: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return host
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(parsed) if parsed.version == 4 else f"[{parsed}]"


@lru_cache(maxsize=4096)
def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.startswith("localhost")


def _split(end: str) -> tuple[str, str]:
    host, _, port = end.rpartition(":")
    return host.strip("[]"), port


def _end_of_hex(text: str) -> str:
    """The address is written as 32-bit words in the order of bytes of the machine: little-endian on x86 and Arm."""
    host, _, port = text.partition(":")
    words = (int(host[at : at + 8], 16).to_bytes(4, "little") for at in range(0, len(host), 8))
    return end_of(str(ip_address(b"".join(words))), str(int(port, 16)))
