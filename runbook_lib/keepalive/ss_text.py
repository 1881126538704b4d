"""What `ss -tnoe` prints, read as sockets.

ss shows of the keepalive timer what is left, never the setting, in a way of its own: `119min`, `4min58sec`, `56sec`,
`448ms`, and below ten seconds `6.432ms`, which means 6.432 s. A socket with data in flight shows the timer of the
retransmission in its place, `timer:(on,…)`, and one with SO_KEEPALIVE off no timer at all.
Source: print_ms_timer in https://github.com/iproute2/iproute2/blob/main/misc/ss.c (read 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runbook_lib.model.host import TcpSocket, end_of

__all__ = ["left_s", "sockets_of_ss"]

_STATES = "ESTAB LISTEN SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSE-WAIT LAST-ACK CLOSING UNCONN CLOSED"
_ROW = re.compile(
    rf"(?:tcp\s+)?(?P<state>{'|'.join(_STATES.split())})\s+\d+\s+\d+"
    r"\s+(?P<local_address>\S+):(?P<local_port>[\w*-]+)\s+(?P<peer_address>\S+):(?P<peer_port>[\w*-]+)(?P<rest>\s.*)?$"
)
_MORE = re.compile(r"\s+\S|timer:\(|uid:\d|ino:\d|sk:|users:\(|cgroup:")
_COMMAND = re.compile(r"(?:^|[$#>%+]\s*)(?:sudo\s+)?(?:\S*/)?ss\s+(?P<options>-.*)$")
_TIMER = re.compile(r"timer:\((?P<kind>\w+),(?P<left>[^,)]*)")
_LEFT = re.compile(r"(?:(\d+)min)?(?:(\d+)sec|(\d+)\.(\d+)ms|(\d+)ms)?")
_SHOWS_TIMERS = re.compile(r"-\w*o|--options")


def sockets_of_ss(lines: Iterable[str]) -> Iterator[TcpSocket]:
    """The established and listening TCP sockets among the lines; all other lines are passed over.

    Whether an absent timer means anything depends on the option -o: the command tells, when it stands in the text;
    else it is taken as given when any line shows a timer. With what -e shows, as in `ss -tnoe`, it may have been given.
    """
    rows = list(_rows(lines))
    assumed = any("timer:(" in rest for _, _, rest in rows)
    extended = any(" ino:" in rest or " sk:" in rest for _, _, rest in rows)
    for with_timers, row, rest in rows:
        listens = row["state"] == "LISTEN"
        if not listens and row["state"] != "ESTAB":
            continue
        local = end_of(row["local_address"], row["local_port"])
        peer = end_of(row["peer_address"], row["peer_port"])
        timer = _TIMER.search(rest)
        is_on: bool | None = None
        if not listens and (timer is not None or (assumed if with_timers is None else with_timers)):
            is_on = None if timer and timer["kind"] != "keepalive" else timer is not None
        yield TcpSocket(
            local=local,
            peer=peer,
            is_listening=listens,
            so_keepalive=is_on,
            timer_left_s=left_s(timer["left"]) if is_on and timer else None,
            is_silent=not listens and with_timers is None and extended and not assumed,
        )


def left_s(text: str) -> float | None:
    """Seconds of a time as ss prints it; nothing at all is 0, and None is a form that is not known."""
    found = _LEFT.fullmatch(text)
    if found is None:
        return None
    minutes, seconds, whole, part, milliseconds = found.groups()
    total = 60.0 * int(minutes or 0) + int(seconds or 0) + int(milliseconds or 0) / 1000
    return total + float(f"{whole}.{part}") if whole else total


def _rows(lines: Iterable[str]) -> Iterator[tuple[bool | None, re.Match[str], str]]:
    """Whether timers were asked for (None: not told), the row, and its further fields, wrapped lines joined."""
    with_timers: bool | None = None
    row: re.Match[str] | None = None
    rest = ""
    for line in lines:
        command = _COMMAND.search(line)
        found = None if command else _ROW.match(line.strip())
        if row is not None and (found or command or not _MORE.match(line)):
            yield with_timers, row, rest
            row = None
        if command:
            with_timers = bool(_SHOWS_TIMERS.search(command["options"]))
        elif found:
            row, rest = found, f" {found['rest'] or ''}"
        elif row is not None:
            rest += f" {line.strip()}"
    if row is not None:
        yield with_timers, row, rest
