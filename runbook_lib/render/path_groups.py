"""Ways that tell the same story as one, where there are too many to show each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_network

from runbook_lib.model.status import Status
from runbook_lib.render.path_stations import Station
from runbook_lib.render.path_story import Way

__all__ = ["grouped"]


def grouped(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Ways that differ only in the subnet they start from become one, worst first.

    So do open ways to parts of one destination through the same doors, where each of the subnets reaches each of the
    parts: which subnet an address of an endpoint stands in does not matter then.
    """
    found = [way for same in _alike(map(_together, _alike(ways, _by_stations)), _by_doors) for way in _open(same)]
    order = (Status.FAIL, Status.UNKNOWN, Status.PASS)
    return tuple(sorted(found, key=lambda way: order.index(way.status)))


def _alike(ways: Iterable[Way], key: Callable[[Way], Hashable]) -> list[list[Way]]:
    alike: dict[Hashable, list[Way]] = {}
    for way in ways:
        alike.setdefault(key(way), []).append(way)
    return list(alike.values())


def _by_stations(way: Way) -> Hashable:
    stops = tuple((stop.direction, stop.station, stop.component, stop.code) for stop in way.stops)
    middle = tuple((s.id, s.on_request, s.on_answer) for s in way.stations[2:])
    return (way.stations[0], way.to, way.traffic, middle, way.request, way.answer, way.percent, stops, way.missing)


def _by_doors(way: Way) -> Hashable:
    if not way.cidrs or way.status is not Status.PASS:
        return id(way)
    doors = tuple((s.id, s.on_request, s.on_answer) for s in _doors(way))
    return (way.stations[0], way.goal, way.traffic, doors)


def _together(alike: Sequence[Way]) -> Way:
    """The first of the ways, for the subnets of all of them."""
    one = alike[0]
    subnets = tuple(dict.fromkeys(subnet for way in alike for subnet in way.subnets))
    if len(subnets) == 1:
        return one
    many = replace(one.stations[1], id="", name=f"{len(subnets)} subnets", also=subnets)
    return replace(one, subnets=subnets, stations=(one.stations[0], many, *one.stations[2:]))


def _open(alike: Sequence[Way]) -> Sequence[Way]:
    """Open ways through the same doors as one; as they are where a subnet and a part lack a way."""
    one = _together(alike)
    cidrs = tuple(dict.fromkeys(cidr for way in alike for cidr in way.cidrs))
    pairs = sum(len(way.subnets) * len(way.cidrs) for way in alike)
    if len(alike) == 1 or pairs != len(one.subnets) * len(cidrs):
        return alike
    noun = "addresses" if all(ip_network(cidr).num_addresses == 1 for cidr in cidrs) else "parts"
    stations = (*one.stations[:2], *_doors(one))
    return (replace(one, cidrs=cidrs, to=f"{len(cidrs)} {noun} of {one.goal}", stations=stations),)


def _doors(way: Way) -> tuple[Station, ...]:
    """What the way passes behind its own subnet, other subnets left out."""
    return tuple(station for station in way.stations[2:] if station.kind != "Subnet")
