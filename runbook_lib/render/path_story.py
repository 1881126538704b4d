"""The ways of traced flows in words: the stations a request and its answer pass, and where they are stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from runbook_lib.model.status import Status
from runbook_lib.network.view import View
from runbook_lib.render.path_stations import Station, destination_of, sender_of, stations_of

__all__ = ["REQUEST", "Stop", "TracedFlow", "Way", "ways_of"]

REQUEST, ANSWER = "forward", "return"
_FIRST_PORT, _PORTS = 1024, 65536 - 1024
_STATUS = {"reachable": Status.PASS, "blocked": Status.FAIL, "unknown": Status.UNKNOWN}
_WORDS = {Status.PASS: "arrives", Status.FAIL: "stopped", Status.UNKNOWN: "not known"}
_NOTHING = "nothing to judge"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedFlow:
    """A flow with its answer in the shape of the contract: `parts` of the destination, one or more.

    `sender` is who sends, as people call it, and `kind` what that is. Without parts the flow could not be traced;
    `missing` then says why.
    """

    kind: str
    sender: str
    subnet_id: str
    group_ids: tuple[str, ...]
    to: str
    traffic: str
    parts: tuple[Json, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What stops one direction at one station (by its index): the component, its code, and the whole sentence."""

    direction: str
    station: int
    component: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of a flow: stations from the sender to the destination, both directions, and all that stops them.

    `subnets` are the labels of the subnets it is the way of, several when they are alike. `goal` is the destination
    asked for, `to` the part of it that this way leads to, and `cidrs` are that part; empty when the way leads to all of
    it. `lost_ports` is the share (0 to 1) of the sender's ports whose answers are stopped. `answer` is NOT_APPLICABLE
    when no request arrives that could be answered.
    """

    subnets: tuple[str, ...]
    goal: str
    to: str
    traffic: str
    stations: tuple[Station, ...]
    request: Status
    answer: Status
    stops: tuple[Stop, ...]
    lost_ports: float
    missing: tuple[str, ...]
    cidrs: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """The worse of both directions."""
        both = (self.request, self.answer)
        return next((s for s in (Status.FAIL, Status.UNKNOWN) if s in both), Status.PASS)

    @property
    def request_word(self) -> str:
        """What becomes of the request."""
        return _WORDS[self.request]

    @property
    def answer_word(self) -> str:
        """What becomes of the answer; behind a request that is stopped it is only what would become of it."""
        if self.answer is Status.NOT_APPLICABLE:
            return _NOTHING
        if self.is_partly_lost:
            return f"stopped for {self.percent}% of the ports"
        if self.request is Status.FAIL and self.answer is Status.PASS:
            return "would arrive"
        return _WORDS[self.answer]

    @property
    def is_answer_judged(self) -> bool:
        """True when the answer was followed: not behind a request that found no end."""
        return self.answer in (Status.PASS, Status.FAIL) or (self.answer, self.request) == (Status.UNKNOWN, Status.PASS)

    @property
    def is_partly_lost(self) -> bool:
        """True when only some of the sender's ports get no answer: some connections time out, others work."""
        return self.answer is Status.FAIL and 0 < self.lost_ports < 1

    @property
    def percent(self) -> int:
        """The share of stopped answers as a whole percentage, never rounded to none or all."""
        return (
            min(max(round(100 * self.lost_ports), 1), 99) if 0 < self.lost_ports < 1 else round(100 * self.lost_ports)
        )

    @property
    def notes(self) -> tuple[tuple[Status, str], ...]:
        """What the figure says below the way: every stop with its rule, the lost share, what was not read."""
        stops = [(Status.FAIL, f"{self.stations[s.station].title}: {s.detail}") for s in self.stops]
        if self.is_partly_lost:
            said = f"{self.percent}% of the return ports are blocked: expect about {self.percent}% of connections"
            stops.append((Status.FAIL, f"{said} to time out."))
        unread = [(Status.UNKNOWN, f"Not known: {word}") for word in self.missing]
        return tuple(dict.fromkeys((*stops, *unread)))

    @property
    def words(self) -> str:
        """The way in sentences."""
        heads = f"{', '.join(self.subnets)} to {self.to} ({self.traffic})"
        there = [station.label for station in self.stations if station.on_request]
        back = [station.label for station in reversed(self.stations) if station.on_answer]
        told = [f"{heads}: the request {_phrase(self.request, self.request_word, there)}."]
        if self.answer is Status.NOT_APPLICABLE:
            told.append("There is no answer to judge.")
        else:
            told.append(f"The answer {_phrase(self.answer, self.answer_word, back)}.")
        return " ".join([*told, *(f"{text.rstrip('.')}." for _, text in self.notes)])


def ways_of(view: View, flows: Iterable[TracedFlow]) -> tuple[Way, ...]:
    """The ways of the flows by the names of their subnets; a destination whose parts go different ways has several."""
    return tuple(sorted((way for flow in flows for way in _ways(view, flow)), key=lambda way: way.stations[1].title))


def _phrase(status: Status, word: str, labels: Sequence[str]) -> str:
    if status is Status.UNKNOWN:
        return "is not known"
    return f"{'is ' if word.startswith('stopped') else ''}{word}, by {' > '.join(labels)}"


def _ways(view: View, flow: TracedFlow) -> Iterator[Way]:
    if not flow.parts:
        ends = (_sender(view, flow), *stations_of(view, [_own_subnet(flow)]))
        both = (*ends, destination_of(view, flow.to))
        yield _way(flow, flow.to, both, {REQUEST: _NONE, ANSWER: _NONE}, ())
        return
    alike: dict[str, tuple[Json, list[str]]] = {}
    for part in flow.parts:
        shape = json.dumps([part[REQUEST], part[ANSWER]], sort_keys=True)
        alike.setdefault(shape, (part, []))[1].append(str(part.get("to", "")))
    for part, cidrs in alike.values():
        stations = _stations(view, flow, part)
        way = _way(flow, flow.to, stations, part, _stops(stations, part))
        yield way if len(alike) == 1 else replace(way, to=_part_words(flow.to, cidrs), cidrs=tuple(cidrs))


_NONE: Json = {"verdict": "unknown", "hops": [], "blocked_by": [], "blocked_source_ports": []}


def _way(flow: TracedFlow, to: str, stations: tuple[Station, ...], part: Json, stops: tuple[Stop, ...]) -> Way:
    request, answer = _STATUS[part[REQUEST]["verdict"]], _STATUS[part[ANSWER]["verdict"]]
    if request is Status.FAIL and answer is Status.UNKNOWN and not part[ANSWER]["hops"]:
        answer = Status.NOT_APPLICABLE
    return Way(
        subnets=(stations[1].label,),
        goal=flow.to,
        to=to,
        traffic=flow.traffic,
        stations=stations,
        request=request,
        answer=answer,
        stops=stops,
        lost_ports=_lost(part[ANSWER]),
        missing=flow.missing if Status.UNKNOWN in (request, answer) else (),
    )


def _lost(answer: Json) -> float:
    """The share of the ephemeral ports whose answers are stopped; 1 when something stops them whatever the port."""
    ports = answer.get("blocked_source_ports") or ()
    if not ports:
        return 1.0 if answer["blocked_by"] else 0.0
    lost: int = sum(max(0, high + 1 - max(low, _FIRST_PORT)) for low, high in ports)
    return lost / _PORTS


def _part_words(to: str, cidrs: Sequence[str]) -> str:
    first, more = cidrs[0].removesuffix("/32"), f" and {len(cidrs) - 1} more" if len(cidrs) > 1 else ""
    return f"{first}{more} of {to}"


def _own_subnet(flow: TracedFlow) -> Json:
    return {"kind": "subnet", "id": flow.subnet_id}


def _stations(view: View, flow: TracedFlow, part: Json) -> tuple[Station, ...]:
    """The stations of both directions in one order, from the sender to the destination."""
    there, back = part[REQUEST], part[ANSWER]
    start = stations_of(view, [_own_subnet(flow)])
    out = [s for s in stations_of(view, there["hops"]) if s.id != flow.subnet_id]
    known = {flow.to, str(part.get("to", "")).removesuffix("/32").removesuffix("/128")}
    end = destination_of(view, flow.to, out[-1] if out else None, known, there.get("exit") == "delivered")
    out = out[:-1] if out and end.id == out[-1].id else out
    home = [s for s in stations_of(view, tuple(reversed(back["hops"]))) if s.id not in (flow.subnet_id, end.id)]
    home = [_shared(station, out) for station in home]
    is_answered = bool(back["hops"])
    both = _merged(out, home, is_answered)
    return (_sender(view, flow), *start, *both, end)


def _sender(view: View, flow: TracedFlow) -> Station:
    return sender_of(view, flow.kind, flow.sender, flow.group_ids)


def _shared(station: Station, out: Sequence[Station]) -> Station:
    """The station of the request that the answer passes here: to a NAT gateway it comes through that one's subnet."""
    if any(other.id == station.id for other in out):
        return station
    return next((other for other in out if station.id in (*other.homes, *other.owned)), station)


def _merged(out: Sequence[Station], home: Sequence[Station], is_answered: bool) -> list[Station]:
    """One order of the stations of both directions; doors that remember a connection let its answer through too."""
    going, coming = [station.id for station in out], [station.id for station in home]
    found: list[Station] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, going, coming, autojunk=False).get_opcodes():
        for station in out[i1:i2]:
            found.append(replace(station, on_answer=tag == "equal" or (is_answered and station.remembers)))
        if tag != "equal":
            found += [replace(station, on_request=False) for station in home[j1:j2]]
    return found


def _stops(stations: Sequence[Station], part: Json) -> tuple[Stop, ...]:
    """Every blocker at the station it belongs to."""
    return tuple(
        Stop(
            direction=way,
            station=_place(stations, way, blocker),
            component=blocker["component"],
            code=blocker["code"],
            detail=blocker["detail"],
        )
        for way in (REQUEST, ANSWER)
        for blocker in part[way]["blocked_by"]
    )


def _place(stations: Sequence[Station], way: str, blocker: Json) -> int:
    """The station whose component stops, the one the sentence names if several share it; else where the way ends."""
    passed = [n for n, station in enumerate(stations) if (station.on_request if way == REQUEST else station.on_answer)]
    order = passed if way == REQUEST else passed[::-1]
    owners = [n for n in order if blocker["component"] in stations[n].owned]
    named = [n for n in owners if any(home in blocker["detail"] for home in stations[n].homes)]
    if named or owners:
        return (named or owners)[0]
    inner = order[:-1] if len(order) > 1 else order
    return inner[-1]
