import time
from datetime import UTC, datetime
from typing import Any

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.faults import denials
from runbook_lib.sandbox.load.records import LogRecord
from runbook_lib.sandbox.staging import keep_log_group, limit_pages
from tests.sandbox.asking import refused

GROUP = "/aws/lambda/f"
NOW_MS = int(time.time() * 1000) - 3_600_000


@pytest.fixture
def logs(aws: EmbeddedAws) -> Any:
    return aws.client("logs")


def _record(offset_ms: int, message: str, stream: str = "a", late_ms: int = 1000) -> LogRecord:
    return LogRecord(NOW_MS + offset_ms, stream, message, NOW_MS + offset_ms + late_ms)


def _keep(aws: EmbeddedAws, *records: LogRecord, name: str = GROUP, retention_days: int | None = None) -> None:
    created_s = NOW_MS / 1000 - 100 * 86_400
    keep_log_group(aws.region, name, created_s=created_s, retention_days=retention_days, events=records)


def _messages(logs: Any, **asked: Any) -> list[str]:
    return [event["message"] for event in logs.filter_log_events(logGroupName=GROUP, **asked)["events"]]


def test_events_come_in_order_of_time_across_streams(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one", "b"), _record(5, "two", "a"), _record(9, "three", "b"))
    (first, *_) = logs.filter_log_events(logGroupName=GROUP)["events"]
    assert _messages(logs) == ["one", "two", "three"]
    assert (first["timestamp"], first["ingestionTime"], first["logStreamName"]) == (NOW_MS, NOW_MS + 1000, "b")
    _keep(aws, _record(2, "between"))
    assert _messages(logs) == ["one", "between", "two", "three"]


def test_event_ids_are_unique_and_stay_the_same(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one"), _record(0, "one", "b"), _record(0, "two"), _record(1, "one"))
    ids = [event["eventId"] for event in logs.filter_log_events(logGroupName=GROUP)["events"]]
    assert {len(name) for name in ids} == {56}
    assert len(set(ids)) == 4
    later = logs.filter_log_events(logGroupName=GROUP, startTime=NOW_MS + 1)["events"]
    assert [event["eventId"] for event in later] == ids[3:]


def test_both_ends_of_the_window_belong_to_it(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one"), _record(5, "two"), _record(9, "three"))
    assert _messages(logs, startTime=NOW_MS + 5, endTime=NOW_MS + 9) == ["two", "three"]
    assert _messages(logs, startTime=NOW_MS + 6, endTime=NOW_MS + 8) == []
    with refused("InvalidParameterException"):
        logs.filter_log_events(logGroupName=GROUP, startTime=NOW_MS + 9, endTime=NOW_MS + 5)


def test_pages_hold_each_event_once(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, *[_record(number, str(number)) for number in range(7)])
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 3})
    assert [[event["message"] for event in page["events"]] for page in pages] == [
        ["0", "1", "2"],
        ["3", "4", "5"],
        ["6"],
    ]
    limit_pages(4)
    first = logs.filter_log_events(logGroupName=GROUP)
    assert len(first["events"]) == 4
    assert len(_messages(logs, nextToken=first["nextToken"])) == 3


def test_page_ends_at_a_megabyte(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, *[_record(number, "x" * 400_000) for number in range(3)])
    first = logs.filter_log_events(logGroupName=GROUP)
    assert len(first["events"]) == 2
    assert len(_messages(logs, nextToken=first["nextToken"])) == 1


def test_empty_page_with_a_token_is_not_the_end(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one"))
    first = logs.filter_log_events(logGroupName=GROUP, startTime=NOW_MS - 300_001)
    assert first["events"] == []
    assert _messages(logs, startTime=NOW_MS - 300_001, nextToken=first["nextToken"]) == ["one"]
    assert _messages(logs, startTime=NOW_MS - 300_000) == ["one"]
    assert "nextToken" not in logs.filter_log_events(logGroupName=GROUP, startTime=NOW_MS + 1)


def test_token_of_another_question_is_refused(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one"), _record(1, "two"))
    token = logs.filter_log_events(logGroupName=GROUP, limit=1)["nextToken"]
    for wrong, start in ((token, NOW_MS), ("nobody's", 0), ("%%%", 0)):
        with refused("InvalidParameterException", "nextToken"):
            logs.filter_log_events(logGroupName=GROUP, nextToken=wrong, **({"startTime": start} if start else {}))


def test_limit_has_bounds(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one"))
    assert _messages(logs, limit=10_000) == ["one"]
    with refused("InvalidParameterException"):
        logs.filter_log_events(logGroupName=GROUP, limit=10_001)


def test_streams_are_chosen_by_name_or_prefix_not_both(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one", "ab"), _record(1, "two", "ac"), _record(2, "three", "b"))
    assert _messages(logs, logStreamNames=["b", "ab"]) == ["one", "three"]
    assert _messages(logs, logStreamNamePrefix="a") == ["one", "two"]
    assert _messages(logs, logStreamNames=["a"]) == []
    with refused("InvalidParameterException"):
        logs.filter_log_events(logGroupName=GROUP, logStreamNames=["b"], logStreamNamePrefix="a")


def test_terms_and_phrases_must_all_occur(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "START RequestId: 1"), _record(1, "[ERROR] boom"))
    assert _messages(logs, filterPattern="ERROR boom") == ["[ERROR] boom"]
    assert _messages(logs, filterPattern='"START RequestId"') == ["START RequestId: 1"]
    assert _messages(logs, filterPattern="START boom") == []
    assert _messages(logs, filterPattern="error") == []


@pytest.mark.parametrize("pattern", ["?ERROR ?WARN", "-ERROR", "{ $.level = ERROR }", "[a, b]", "%re%", '"open'])
def test_pattern_that_cannot_be_honoured_is_refused(aws: EmbeddedAws, logs: Any, pattern: str) -> None:
    _keep(aws, _record(0, "one"))
    with refused("InvalidParameterException", "not available in the embedded AWS"):
        logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern)


def test_late_event_is_not_seen_before_its_ingestion(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "here"), _record(1, "late", late_ms=2 * 3_600_000), _record(2, "here too"))
    assert _messages(logs) == ["here", "here too"]


def test_expired_events_are_gone(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(-3 * 86_400_000, "old"), _record(0, "new"), retention_days=3)
    assert _messages(logs) == ["new"]
    _keep(aws, name="/aws/lambda/other")
    assert logs.filter_log_events(logGroupName="/aws/lambda/other")["events"] == []


def test_events_that_were_put_are_found_too(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "staged"))
    logs.create_log_stream(logGroupName=GROUP, logStreamName="put")
    event = {"timestamp": NOW_MS + 5, "message": "put"}
    logs.put_log_events(logGroupName=GROUP, logStreamName="put", logEvents=[event])
    assert _messages(logs) == ["staged", "put"]


def test_group_is_named_once_and_must_exist(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one"))
    arn = f"arn:aws:logs:{aws.region}:123456789012:log-group:{GROUP}:*"
    assert len(logs.filter_log_events(logGroupIdentifier=arn)["events"]) == 1
    with refused("ResourceNotFoundException"):
        logs.filter_log_events(logGroupName="/aws/lambda/unknown")
    with refused("InvalidParameterException"):
        logs.filter_log_events(logGroupName=GROUP, logGroupIdentifier=arn)


def test_groups_tell_age_and_retention(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, name="/aws/lambda/a", retention_days=7)
    _keep(aws, name="/aws/lambda/b")
    _keep(aws, name="/other")
    first, second = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    assert (first["logGroupName"], first["retentionInDays"]) == ("/aws/lambda/a", 7)
    assert datetime.fromtimestamp(first["creationTime"] / 1000, UTC) < datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert (second["logGroupName"], "retentionInDays" in second) == ("/aws/lambda/b", False)
    assert logs.describe_log_groups(logGroupNamePrefix="/nothing")["logGroups"] == []
    with refused("InvalidParameterException"):
        logs.describe_log_groups(logGroupNamePattern="lambda")


def test_groups_come_in_pages(aws: EmbeddedAws, logs: Any) -> None:
    for number in range(5):
        _keep(aws, name=f"/g{number}")
    limit_pages(2)
    pages = list(logs.get_paginator("describe_log_groups").paginate())
    assert [len(page["logGroups"]) for page in pages] == [2, 2, 1]


def test_insights_is_refused(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws)
    with refused("UnknownOperationException", "not available in the embedded AWS"):
        logs.start_query(logGroupName=GROUP, startTime=1, endTime=2, queryString="stats count(*)")


def test_refused_reading_is_an_error_not_silence(aws: EmbeddedAws, logs: Any) -> None:
    _keep(aws, _record(0, "one"))
    aws.front.faults.set(denials(["logs:FilterLogEvents"]))
    with refused("AccessDeniedException", "logs:FilterLogEvents"):
        logs.filter_log_events(logGroupName=GROUP)
    assert len(logs.describe_log_groups()["logGroups"]) == 1
