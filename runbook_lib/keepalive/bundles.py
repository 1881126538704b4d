"""Text that was collected elsewhere, read as one host: `sysctl -a`, `ss -tnoe`, `/proc/net/tcp`, or several of them.

Each line is known by its own form, so that prompts and other output between them do no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.hosts import subjects_of_host
from runbook_lib.keepalive.ss_text import sockets_of_ss
from runbook_lib.keepalive.verdict import USUAL_LIMIT_S
from runbook_lib.model.host import Host, NamespaceSettings, TcpSocket, sockets_of_table
from runbook_lib.model.keepalive import KeepaliveSubject

__all__ = ["hosts_of_files", "read_bundle"]

_KEYS = {
    "tcp_keepalive_time": "time_s",
    "tcp_keepalive_intvl": "interval_s",
    "tcp_keepalive_probes": "probes",
    "tcp_retries2": "retries2",
}
_SETTING = re.compile(rf"(?:^|\s|/)net[./]ipv4[./](?P<key>{'|'.join(_KEYS)})\s*[=:]\s*(?P<value>\S*)")
_REFUSED = re.compile(rf"(?i)sysctl.*(?:denied|cannot|error|reading).*net[./]ipv4[./](?P<key>{'|'.join(_KEYS)})")
_HEADER = re.compile(r"State\s+Recv-Q|sl\s+local_address")
_COMMENT = ("#", ";")


def read_bundle(
    text: str,
    name: str,
    so_keepalive: bool | None = None,
    *,
    limit_s: float = USUAL_LIMIT_S,
    one_of_many: bool = False,
) -> tuple[KeepaliveSubject, ...]:
    """The subjects in the text of one host.

    UsageError when nothing in it is known; as one of many hosts it stays among them, as a gap.
    """
    host = _host(text, name)
    if not (host.settings.is_known or host.sockets or host.gaps or _HEADER.search(text)):
        nothing = "no output of sysctl -a, ss -tnoe or /proc/net/tcp was found in it"
        if not one_of_many:
            raise UsageError(f"{name}: {nothing}")
        host = replace(host, gaps=(nothing,))
    return subjects_of_host(host, so_keepalive, limit_s)


def hosts_of_files(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of the files in one folder as hosts: one per file, unless they are the parts of a single host.

    They are when exactly one has the settings and the others have only sockets. The key of a single host is empty.
    """
    found = {name: _host(text, name) for name, text in texts.items()}
    settings = [name for name, host in found.items() if host.settings.is_known]
    sockets = [name for name, host in found.items() if host.sockets]
    if len(settings) == 1 and sockets and settings[0] not in sockets:
        return {"": "\n".join(texts.values())}
    return dict(texts)


def _host(text: str, name: str) -> Host:
    lines = text.replace("\x00", "").splitlines()
    settings, gaps = _settings(lines)
    sockets: dict[tuple[str, str], TcpSocket] = {}
    for one in (*sockets_of_ss(lines), *sockets_of_table("\n".join(lines))):
        known = sockets.setdefault((one.local, one.peer), one)
        if known.so_keepalive is None:
            sockets[one.local, one.peer] = one
    found = tuple(sockets.values())
    return Host(name=name, settings=settings, sockets=found, notes=_notes(found), gaps=gaps)


def _notes(sockets: tuple[TcpSocket, ...]) -> tuple[str, ...]:
    established = [one for one in sockets if not one.is_listening]
    notes: tuple[str, ...] = ()
    if established and len(established) == len(sockets):
        notes += ("the text shows no listening socket, so connections that were accepted are among these",)
    if any(one.is_silent for one in established):
        notes += (
            "no row of ss shows a timer: SO_KEEPALIVE is off everywhere, or ss ran without -o; the line "
            "'$ ss -tnoe' before its output tells which",
        )
    elif established and all(one.so_keepalive is None for one in established):
        notes += ("the text shows no keepalive timer: ss -tnoe does, best while connections are idle",)
    return notes


def _settings(lines: Iterable[str]) -> tuple[NamespaceSettings, tuple[str, ...]]:
    """The settings in `sysctl` output or `grep . /proc/sys/…`, and why some of them are not known."""
    values: dict[str, set[str]] = {}
    refused: set[str] = set()
    for line in lines:
        if denied := _REFUSED.search(line):
            refused.add(denied["key"])
        elif (found := _SETTING.search(line)) and not line.lstrip().startswith(_COMMENT):
            values.setdefault(found["key"], set()).add(found["value"])
    settings, gaps = NamespaceSettings(), []
    for key, given in values.items():
        if key in refused:
            gaps.append(f"the text gives net.ipv4.{key}, and says that it could not be read: it is of two namespaces")
        elif len(given) > 1:
            gaps.append(f"the text gives net.ipv4.{key} as {' and as '.join(sorted(given))}")
        elif (value := next(iter(given))).isdecimal():
            settings = replace(settings, **{_KEYS[key]: int(value)})
        else:
            gaps.append(f"the text gives net.ipv4.{key} as {value!r}, which is no number")
    gaps += [f"the text says that net.ipv4.{key} could not be read" for key in _KEYS if key in refused - values.keys()]
    return settings, tuple(gaps)
