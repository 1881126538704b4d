"""Plays many clients through few ports, then gives them the route of a gateway endpoint.

A NAT gateway has a limited number of ports per destination; ErrorPortAllocation counts connections that got none. When
the route of a gateway endpoint is added, the source address changes and open connections are not resumed.
Sources
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runbook_lib.natlab.cases import Timers
from runbook_lib.natlab.children.speech import say
from runbook_lib.natlab.ground import Ground
from runbook_lib.natlab.workers import Worker, Workers

__all__ = ["CONNECT_TIMEOUT_S", "ENDPOINT", "GATEWAY", "SWITCH", "play_crowd"]

CONNECT_TIMEOUT_S = 2
GATEWAY, SWITCH, ENDPOINT = "nat-gateway", "switch", "gateway-endpoint"
"""The steps: all connect through the gateway; those that live go on after the route was added; all write again."""


def play_crowd(ground: Ground, workers: Workers, *, limit_s: int, clients: int, debug: bool) -> dict[str, Any]:
    """What each client saw in each step, and what the gateway counted before the route was added."""
    say(label="servers start", done=0, total=clients)
    address, port = ground.serve("s3")
    held_s = max(1, limit_s // 3)
    host = ground.client_host(Timers(time_s=held_s, interval_s=held_s))
    told = {"clients": clients, "debug": debug, "connect_timeout_s": CONNECT_TIMEOUT_S}
    crowd = ground.start(host, "crowd", {"host": address, "port": port, **told})
    crowd.next()
    everybody = range(1, clients + 1)
    answers, live = _step(crowd, GATEWAY, everybody)
    counters = ground.counters()
    answered = [int(answer["client"]) for answer in answers if not answer["error"]]
    if ground.has_endpoint_route:
        ground.add_endpoint_route(host)
        answers += _step(crowd, SWITCH, answered)[0] if answered else []
        answers += _step(crowd, ENDPOINT, everybody)[0]
    workers.require_running("s3")
    return {"answers": answers, "live": live, "counters": counters}


def _step(crowd: Worker, name: str, clients: Sequence[int]) -> tuple[list[dict[str, Any]], int]:
    """One step of some clients: what they said, in their order, and how many connections to the server live then."""
    crowd.tell({"step": name, "clients": list(clients)})
    answers: list[dict[str, Any]] = []
    while "ended" not in (told := crowd.next()):
        answers.append(told)
        say(label=name, done=len(answers), total=len(clients))
    return sorted(answers, key=lambda answer: int(answer["client"])), int(told["live"])
