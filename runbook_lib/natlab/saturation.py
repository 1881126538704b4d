"""Plays many clients through few ports, then gives them the route of a gateway endpoint.

A NAT gateway has a limited number of ports per destination; ErrorPortAllocation counts connections that got none. When
the route of a gateway endpoint is added, the source address changes and open connections are not resumed.
Sources
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (read 2026-11-21)
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html (read 2026-11-21)
"""

from __future__ import annotations

from typing import Any

from runbook_lib.natlab.cases import Timers
from runbook_lib.natlab.children.speech import say
from runbook_lib.natlab.ground import Ground
from runbook_lib.natlab.workers import Worker

__all__ = ["CONNECT_TIMEOUT_S", "ENDPOINT", "GATEWAY", "SWITCH", "play_crowd"]

CONNECT_TIMEOUT_S = 2
GATEWAY, SWITCH, ENDPOINT = "nat-gateway", "switch", "gateway-endpoint"
"""The steps: all connect through the gateway; those that live go on after the route was added; all write again."""


def play_crowd(ground: Ground, *, limit_s: int, clients: int, debug: bool) -> dict[str, Any]:
    """What each client saw in each step, and what the gateway counted before the route was added."""
    say(label="servers start", done=0, total=clients)
    address, port = ground.serve("s3")
    held_s = max(1, limit_s // 3)
    host = ground.client_host(Timers(time_s=held_s, interval_s=held_s))
    told = {"clients": clients, "debug": debug, "connect_timeout_s": CONNECT_TIMEOUT_S}
    crowd = ground.start(host, "crowd", {"host": address, "port": port, **told})
    crowd.next()
    # Those who fail never connected, so the first ones are those whose connections live.
    answers = _step(crowd, GATEWAY, clients)
    counters = ground.counters()
    alive = next((place for place, row in enumerate(answers) if row["error"]), len(answers))
    if ground.has_endpoint_route:
        ground.add_endpoint_route(host)
        answers += _step(crowd, SWITCH, alive)
        answers += _step(crowd, ENDPOINT, clients)
    return {"answers": answers, "counters": counters}


def _step(crowd: Worker, name: str, clients: int) -> list[dict[str, Any]]:
    """One step of the first so many clients; what they said, in their order."""
    crowd.tell({"step": name, "clients": clients})
    answers: list[dict[str, Any]] = []
    while "ended" not in (told := crowd.next()):
        answers.append(told)
        say(label=name, done=len(answers), total=clients)
    return sorted(answers, key=lambda answer: int(answer["client"]))
