"""Plays clients that are idle: all at once, each in the network namespace that has its sysctls."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from runbook_lib.errors import LabError
from runbook_lib.natlab.cases import Case, Client
from runbook_lib.natlab.children.speech import say
from runbook_lib.natlab.ground import Ground
from runbook_lib.natlab.workers import Workers

__all__ = ["SPARE_S", "play_cases"]

SPARE_S = 60
"""How much longer than its slowest client a play may take on a busy machine."""

_SERVERS = {Client.SOCKET: "pong", Client.BOTO3: "s3"}
_PROGRAMS = {Client.SOCKET: "sockets", Client.BOTO3: "sdk"}


def play_cases(ground: Ground, workers: Workers, cases: Sequence[Case]) -> dict[str, Any]:
    """What each case saw, in order, and what the gateway counted."""
    groups: dict[tuple[str, Client], list[int]] = defaultdict(list)
    for number, case in enumerate(cases):
        groups[ground.client_host(case.sysctls), case.client].append(number)
    say(label="servers start", done=0, total=max(case.expected_s for case in cases))
    servers = {client: ground.serve(_SERVERS[client]) for client in Client if any(c.client is client for c in cases)}
    for (host, client), numbers in groups.items():
        address, port = servers[client]
        told = [(number, cases[number].to_json()) for number in numbers]
        ground.start(host, _PROGRAMS[client], {"host": address, "port": port, "cases": told})
    rows = _collect(workers, cases, players=len(groups))
    return {"rows": [rows[number] for number in range(len(cases))], "counters": ground.counters()}


def _collect(workers: Workers, cases: Sequence[Case], players: int) -> dict[int, dict[str, Any]]:
    """What clients say, with progress: first those that are connected, then the seconds that pass."""
    rows: dict[int, dict[str, Any]] = {}
    connected: set[int] = set()
    longest_s, expected_s = max(case.longest_s for case in cases), max(case.expected_s for case in cases)
    began = time.monotonic()
    for heard in workers.heard(began + longest_s + SPARE_S):
        told = heard or {}
        match told:
            case {"connected": number}:
                connected.add(number)
            case {"seen": number}:
                rows[number] = {name: value for name, value in told.items() if name != "seen"}
            case {"gone": name}:
                if name in _SERVERS.values():
                    raise LabError(f"{name} of the lab ended before its clients")
                players -= name in _PROGRAMS.values()
        if len(rows) == len(cases) or not players:
            break
        passed_s = min(int(time.monotonic() - began), expected_s)
        say(label=f"{len(connected)} connected, {len(rows)} of {len(cases)} ended", done=passed_s, total=expected_s)
    if missing := [case.name for number, case in enumerate(cases) if number not in rows]:
        raise LabError(f"clients of the lab that never told how they ended: {', '.join(missing)}")
    return rows
