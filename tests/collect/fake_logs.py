"""A log group, metrics and queries as AWS keeps them, for `FakeAws.answers`; and a snapshot to observe from."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.collect.redact import redact
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import Origin, Snapshot, listing_of
from runbook_lib.model.window import Window

from .fake_aws import ACCOUNT, REGION, WORLD

__all__ = [
    "GROUP",
    "HERE",
    "NOW",
    "WINDOW",
    "describe",
    "event",
    "events",
    "pages_of",
    "point_each_minute",
    "snapshot",
]

HERE = Scope(ACCOUNT, REGION)
GROUP = "/aws/lambda/upload"
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
WINDOW = Window(start=NOW - timedelta(hours=1), end=NOW - timedelta(minutes=10))

Json = dict[str, Any]


def snapshot(**items: list[Json]) -> Snapshot:
    """The functions of the fake world, and what is given by snapshot key."""
    functions = [redact("lambda:ListFunctions", raw) for raw in WORLD["lambda:ListFunctions"]["Functions"]]
    told = {"Functions": functions, **items}
    return Snapshot(
        origin=Origin(kind="aws", account=ACCOUNT, region=REGION),
        collected_at=NOW,
        listings={(HERE, key): listing_of(key, HERE, raws)[0] for key, raws in told.items()},
    )


def event(number: int, at: datetime, message: str = "", stream: str = "stream-1") -> Json:
    """A log event with an id that follows from its number."""
    moment = int(at.timestamp() * 1000)
    said = {"timestamp": moment, "ingestionTime": moment + 900, "message": message or f"line {number}"}
    return {"eventId": f"{number:056}", "logStreamName": stream, **said}


def events(count: int, window: Window = WINDOW) -> list[Json]:
    """Events spread evenly over the window, the first at its start."""
    return [event(number, window.start + window.length / count * number) for number in range(count)]


def pages_of(kept: Iterable[Json], size: int = 100, empty_first: bool = False) -> Callable[[Json], Json]:
    """Answers FilterLogEvents as AWS does: range with both ends, stream prefix, pages; perhaps an empty page first."""
    listed = sorted(kept, key=lambda item: (item["timestamp"], item["eventId"]))

    def answer(asked: Json) -> Json:
        said = asked.get("nextToken", "")
        if empty_first and not said:
            return {"events": [], "searchedLogStreams": [], "nextToken": "0"}
        first = int(said or 0)
        found = [item for item in listed if _matches(item, asked)]
        more = {"nextToken": str(first + size)} if len(found) > first + size else {}
        return {"events": found[first : first + size], "searchedLogStreams": [], **more}

    return answer


def _matches(item: Json, asked: Json) -> bool:
    in_time = asked["startTime"] <= item["timestamp"] <= asked["endTime"]
    return in_time and item["logStreamName"].startswith(asked.get("logStreamNamePrefix", ""))


def describe(*groups: Mapping[str, Any]) -> Callable[[Json], Json]:
    """Answers DescribeLogGroups: what starts with the prefix, sorted by name."""
    listed = sorted(groups, key=lambda group: group["logGroupName"])
    return lambda asked: {
        "logGroups": [group for group in listed if group["logGroupName"].startswith(asked["logGroupNamePrefix"])]
    }


def point_each_minute(asked: Json) -> Json:
    """Answers GetMetricData: the value 1 for every period of the window."""
    results = []
    for query in asked["MetricDataQueries"]:
        period = query["MetricStat"]["Period"]
        moments = list(range(int(asked["StartTime"]), int(asked["EndTime"]), period))
        told = {"Timestamps": moments, "Values": [1.0] * len(moments), "StatusCode": "Complete"}
        results.append({"Id": query["Id"], "Label": "x", **told})
    return {"MetricDataResults": results}
