from collections import Counter

import pytest

from runbook_lib.sandbox.load.flood import Flood
from runbook_lib.sandbox.load.jobs import Job
from runbook_lib.sandbox.load.runtime_logs import Writer

FLOOD = Flood(
    writer=Writer(function="f", region="eu-west-1"), job=Job(host="h", address="192.0.2.1"), end_s=1_790_000_000.0
)


def test_a_million_events_in_order_of_time() -> None:
    assert len(FLOOD) == 1_000_000
    assert FLOOD.end_s - FLOOD.start_s == 3600
    part = FLOOD[499_990:502_010]
    stamps = [event.timestamp_ms for event in part]
    assert len(part) == 2020
    assert stamps == sorted(stamps)
    assert part[5] == FLOOD[499_995]
    assert FLOOD[0].timestamp_ms / 1000 == FLOOD.start_s
    assert FLOOD[999_999].timestamp_ms / 1000 <= FLOOD.end_s


def test_every_invocation_is_whole_and_its_own() -> None:
    words = Counter(event.message.split(" ", 1)[0] for event in FLOOD[:4000])
    assert (words["START"], words["END"], words["REPORT"]) == (1000, 1000, 1000)
    ids = {event.message.split()[2] for event in FLOOD[:4000] if event.message.startswith("START")}
    assert len(ids) == 1000


def test_one_in_fifty_fails_and_the_metric_agrees() -> None:
    assert sum("SlowDown" in event.message for event in FLOOD[:4000]) == 20
    series = FLOOD.series()
    assert sum(numbers.total for numbers in series["Invocations"].values()) == 250_000
    assert sum(numbers.total for numbers in series["Errors"].values()) == 5_000


def test_nothing_lies_outside() -> None:
    for position in (1_000_000, -1):
        with pytest.raises(IndexError):
            FLOOD[position]
    assert len(FLOOD[10:5]) == 0
