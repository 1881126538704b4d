"""What is written on a station of a path, and what it says when hovered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runbook_lib.model.status import Status
from runbook_lib.render.drawing import MONO, safe
from runbook_lib.render.marks import MARKS
from runbook_lib.render.path_stations import Station
from runbook_lib.render.path_story import REQUEST, Way
from runbook_lib.render.text import shorten, visible

__all__ = ["Slot", "box_label", "hover_text"]

_REACHED = {Status.PASS: "reached", Status.FAIL: "not reached", Status.UNKNOWN: "not known"}
_ANSWERED = {Status.PASS: "answered", Status.FAIL: "not answered", Status.UNKNOWN: "not known"}


@dataclass(frozen=True, slots=True)
class Slot:
    """A station (by its number) of a way."""

    way: Way
    number: int

    @property
    def station(self) -> Station:
        """The station itself."""
        return self.way.stations[self.number]

    @property
    def share(self) -> tuple[float, float]:
        """Which part of the band its box takes: all of it, the half of the request, or that of the answer."""
        if self.station.on_request and (self.station.on_answer or not self.way.is_answer_judged):
            return (0.0, 1.0)
        return (0.0, 0.48) if self.station.on_request else (0.52, 1.0)

    @property
    def stopped(self) -> tuple[str, ...]:
        """The directions stopped here, request first, as words."""
        here = {stop.direction for stop in self.way.stops if stop.station == self.number}
        return tuple(word for word, way in (("request", REQUEST), ("answer", "return")) if way in here)

    @property
    def status(self) -> Status | None:
        """How the box is coloured: red only where something stops; None for one that nothing happens at."""
        if self.stopped:
            return Status.FAIL
        return self._end[0] if self._end and self._end[0] is not Status.FAIL else None

    @property
    def mark(self) -> str:
        """Symbol and word of what happens here; empty when nothing does."""
        if self.stopped:
            what = self.stopped[0] if len(self.stopped) == 1 else "both ways"
            return f"{MARKS[Status.FAIL].symbol} {what} stopped"
        return f"{MARKS[self._end[0]].symbol} {self._end[1]}" if self._end else ""

    @property
    def _end(self) -> tuple[Status, str] | None:
        """What becomes of the request at the destination, or of the answer at the sender."""
        if self.number == len(self.way.stations) - 1:
            return self.way.request, _REACHED[self.way.request]
        if self.number == 0 and self.way.is_answer_judged and self.way.request is Status.PASS:
            part = f"{self.way.percent}% " if self.way.is_partly_lost else ""
            return self.way.answer, f"{part}{_ANSWERED[self.way.answer]}"
        return None


def box_label(slot: Slot, letters: int) -> str:
    """The text of a box for lines of so many letters: kind, name on up to two lines, id, mark; no id on half a box."""
    station, is_whole = slot.station, slot.share == (0.0, 1.0)
    small = f'<span style="font-size:10px">{safe(station.kind, letters + 3)}</span>'
    named = _wrapped(station.title, letters)
    lines = [small, *(f"<b>{safe(line, letters)}</b>" for line in named)]
    if is_whole and station.name and station.id.lower() not in ("", station.name, station.kind.lower()):
        lines.append(f'<span style="font-size:9px;font-family:{MONO}">{safe(station.id, letters + 3)}</span>')
    if slot.mark and is_whole:
        lines.append(f'<span style="font-size:11px">{safe(slot.mark, letters + 4)}</span>')
    elif slot.mark:
        lines[0] = f'<span style="font-size:11px">{safe(slot.mark, letters + 4)}</span>'
    return "<br>".join(lines)


def hover_text(slot: Slot) -> str:
    """Everything about a station, with whole names."""
    station = slot.station
    stops = [stop.detail for stop in slot.way.stops if stop.station == slot.number]
    told = [f"{station.kind}: {station.label}", *station.also, slot.mark, *stops]
    return "<br>".join(safe(text, 400) for text in told if text)


def _wrapped(text: str, letters: int) -> list[str]:
    """A name on at most two lines, broken behind a hyphen, dot or the like as evenly as fits, else shortened."""
    shown = visible(text)
    if len(shown) <= letters:
        return [shown]
    breaks = [match.end() for match in re.finditer(r"[-_./: ]", shown) if match.end() <= letters]
    at = min(breaks, key=lambda end: max(end, len(shown) - end), default=letters)
    return [shown[:at], shorten(shown[at:].strip(), letters)]
