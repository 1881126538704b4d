"""Many at once: really overlapping, stopped when they hurt, and told as far as they came."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from runbook_lib.act import Burst, Invoke, Mode, Outcome, run_burst
from runbook_lib.act.burst import is_storm
from runbook_lib.act.overlap import overlap
from runbook_lib.act.production import why_production
from runbook_lib.errors import ConsentError, UsageError
from runbook_lib.model.progress import Step, silent
from tests.collect.fake_aws import always

from .fake_lambda import ARN, HEADROOM, READS, FakeLambda, configuration, consent, held

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def fire(aws: FakeLambda, count: int = 10, at_once: int | None = None, **more: Any) -> Outcome:
    request = Burst(count=count, concurrency=at_once or count, **more.pop("burst", {}))
    given = consent(more.pop("times", count), request.invoke.payload)
    return run_burst(aws.connection, given, more.pop("word", ARN), request, pause=lambda seconds: None, **more)


@pytest.mark.parametrize("count", [10, 50, 200])
def test_all_are_under_way_at_the_same_time(aws: FakeLambda, count: int) -> None:
    """The server answers none before all have come: connections in a row would never be answered."""
    aws.passes_on = True
    with held(count) as url:
        given = consent(count)
        connection = replace(aws.connection, endpoint_url=url)
        request = Burst(count=count, concurrency=count, invoke=Invoke(assertion="statusCode == 200"))
        outcome = run_burst(connection, given, ARN, request)
    assert (len(outcome.items), outcome.overlap, outcome.refused, outcome.stopped) == (count, count, None, None)
    assert {item["Assertion"] for item in outcome.items} == {"passed"}
    assert len({item["RequestId"] for item in outcome.items}) == count
    assert aws.invocations == count


def test_every_request_has_its_own_row_and_record(aws: FakeLambda) -> None:
    outcome = fire(aws, 12, 5)
    assert [item["Number"] for item in outcome.items] == [f"burst-{number:03}" for number in range(1, 13)]
    assert {item["Purpose"] for item in outcome.items} == {"burst"}
    assert [call.operation for call in outcome.calls] == [*READS, *HEADROOM, *["lambda:Invoke"] * 12]
    assert sorted(item["RequestId"] for item in outcome.items) == sorted(f"req-{n}" for n in range(1, 13))
    assert 1 <= outcome.overlap <= 5


def test_without_consent_nothing_is_called(aws: FakeLambda) -> None:
    with pytest.raises(ConsentError):
        fire(aws, word="")
    with pytest.raises(UsageError, match="but this would be done"):
        fire(aws, word=f"{ARN}:live")
    assert not aws.sent


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"count": 0}, "count is 0; at least 1 is needed"),
        ({"count": 1001}, "count is 1,001; at most 1,000 are possible"),
        ({"concurrency": 201}, "concurrency is 201; at most 200 are possible"),
        ({"concurrency": 0}, "concurrency is 0; at least 1 is needed"),
        ({"seconds": 0}, "seconds is 0; more than 0"),
        ({"seconds": 3601}, "seconds is 3601; more than 0 and at most 3600"),
        ({"count": 11}, "consent is for 10 invocations, 11 are asked for"),
        ({"max_cost_usd": 0.0001}, "this may cost"),
    ],
)
def test_bounds_hold_whatever_is_asked(aws: FakeLambda, change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run_burst(aws.connection, consent(10), ARN, replace(Burst(), **change))
    assert not aws.sent


def test_bounds_themselves_are_possible(aws: FakeLambda) -> None:
    assert len(fire(aws, 1000, 200).items) == 1000


@pytest.mark.parametrize(
    ("throttles", "count", "storm"),
    [(2, 1000, False), (3, 1000, True), (1, 10, False), (2, 10, True), (1, 5, True), (1, 6, False), (0, 1, False)],
)
def test_storm_is_three_throttles_or_one_in_five(throttles: int, count: int, storm: bool) -> None:
    assert is_storm(throttles, count) is storm


@pytest.mark.parametrize("code", ["TooManyRequestsException", "EC2ThrottledException"])
def test_throttle_storm_ends_the_burst(aws: FakeLambda, code: str) -> None:
    aws.faults["lambda:Invoke"] = always("lambda", 429, code)
    outcome = fire(aws, 500, 1)
    assert outcome.stopped == "throttled: Lambda refuses more of them at the same time"
    assert {item["ErrorCode"] for item in outcome.items} == {code}
    assert len(outcome.items) == aws.invocations == 3


def test_single_throttle_does_not_end_it(aws: FakeLambda) -> None:
    fault = always("lambda", 429, "TooManyRequestsException")
    aws.faults["lambda:Invoke"] = lambda request, attempt: fault(request, attempt) if attempt == 4 else None
    outcome = fire(aws, 20, 1)
    assert (outcome.stopped, len(outcome.items)) == (None, 20)
    assert [item["Number"] for item in outcome.items if item.get("ErrorCode")] == ["burst-004"]


def test_failures_of_the_function_do_not_end_it(aws: FakeLambda) -> None:
    aws.function_error = "Unhandled"
    outcome = fire(aws, 10)
    assert (outcome.stopped, [item["FunctionError"] for item in outcome.items]) == (None, ["Unhandled"] * 10)


def test_expired_credentials_end_it(aws: FakeLambda) -> None:
    aws.faults["lambda:Invoke"] = always("lambda", 403, "ExpiredTokenException", "The security token has expired")
    outcome = fire(aws, 500, 2)
    assert outcome.stopped == "ExpiredTokenException: The security token has expired"
    assert 1 <= len(outcome.items) == aws.invocations <= 2


def test_interrupt_ends_it_with_what_there_is(aws: FakeLambda) -> None:
    def interrupt(step: Step) -> None:
        if step.done == 5:
            raise KeyboardInterrupt

    aws.faults["lambda:Invoke"] = lambda request, attempt: Event().wait(0.02) or None
    outcome = fire(aws, 1000, 1, progress=interrupt)
    assert outcome.stopped == "interrupted"
    assert 5 <= len(outcome.items) <= aws.invocations < 1000


def test_control_c_does_not_wait_for_answers(aws: FakeLambda) -> None:
    hold = Event()

    def press(request: Any, attempt: int) -> None:
        if attempt == 3:
            os.kill(os.getpid(), signal.SIGINT)
        hold.wait(60)

    aws.faults["lambda:Invoke"] = press
    try:
        outcome = fire(aws, 3)
    finally:
        hold.set()
    assert outcome.stopped == "interrupted"
    assert [item["ErrorCode"] for item in outcome.items] == ["NotAwaited"] * 3
    assert [call.error.code for call in outcome.calls if call.error] == ["NotAwaited"] * 3


@pytest.mark.parametrize("ending", ["stop", "interrupt", "seconds"])
def test_answer_that_has_not_come_is_not_a_result(aws: FakeLambda, ending: str) -> None:
    stop, hold, second = Event(), Event(), Event()

    def slow(request: Any, attempt: int) -> Any:
        if attempt == 1:
            second.wait(60)
        else:
            second.set()
            hold.wait(60)
        return None

    def progress(step: Step) -> None:
        if step.label.startswith("burst-") and ending == "interrupt":
            raise KeyboardInterrupt
        if step.label.startswith("burst-") and ending == "stop":
            stop.set()

    aws.faults["lambda:Invoke"] = slow
    try:
        outcome = fire(aws, 2, stop=stop, progress=progress, burst={"seconds": 1.5 if ending == "seconds" else 60})
    finally:
        hold.set()
    said = {"stop": "stopped", "interrupt": "interrupted", "seconds": "the 1.5 s set for it were over"}
    assert outcome.stopped == said[ending]
    unknown = [item for item in outcome.items if item["EndedAt"] is None]
    assert [(item["ErrorCode"], item["RequestId"], item["Assertion"]) for item in unknown] == [
        ("NotAwaited", None, "not asked")
    ]
    assert len(outcome.items) == 2


def test_nothing_leaves_after_a_stop_before_the_start(aws: FakeLambda) -> None:
    stop = Event()
    stop.set()
    aws.faults["lambda:Invoke"] = lambda request, attempt: Event().wait(0.01) or None
    outcome = fire(aws, 1000, 1, stop=stop)
    assert outcome.stopped == "stopped"
    assert len(outcome.items) <= aws.invocations <= len(outcome.items) + 1


def account(unreserved: int) -> dict[str, Any]:
    return {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": unreserved}}


def used(values: list[float], status: str = "Complete", **more: Any) -> Callable[[Any], dict[str, Any]]:
    result = {"Id": "used", "Label": "x", "Timestamps": [1.0] * len(values), "Values": values, "StatusCode": status}
    return lambda asked: {"MetricDataResults": [result], **more}


@pytest.mark.parametrize(
    ("reserved", "unreserved", "in_use", "refused"),
    [
        (None, 30, [20.0, 3.0], None),
        (None, 29, [3.0, 20.0], "the unreserved concurrency is 29, of which up to 20 were in use in the last 15"),
        (None, 10, [], None),
        (None, 9, [], "10 at the same time do not fit: the unreserved concurrency is 9, of which none was in use"),
        (10, 0, [], None),
        (9, 900, [], "; set concurrency to 9 or less, or raise the reserved concurrency of upload"),
        (12, 900, [3.0], "the reserved concurrency of upload is 12, of which up to 3"),
        (12, 900, [12.0], "; wait until those have ended, or raise the reserved concurrency of upload"),
        (0, 900, [], "the reserved concurrency of upload is 0: the function is switched off"),
    ],
)
def test_burst_never_takes_what_others_need(
    aws: FakeLambda, reserved: int | None, unreserved: int, in_use: list[float], refused: str | None
) -> None:
    aws.answers["lambda:GetFunctionConcurrency"] = (
        {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
    )
    aws.answers["lambda:GetAccountSettings"] = account(unreserved)
    aws.answers["cloudwatch:GetMetricData"] = used(in_use)
    outcome = fire(aws, 10)
    assert (outcome.refused is None) == (refused is None)
    assert (refused or "") in (outcome.refused or "")
    assert aws.invocations == (0 if refused else 10)


@pytest.mark.parametrize("call", HEADROOM)
def test_room_that_could_not_be_read_is_no_room(aws: FakeLambda, call: str) -> None:
    aws.faults[call] = always(call.partition(":")[0], 403, "AccessDeniedException")
    outcome = fire(aws, 2)
    assert "could not be read (AccessDenied" in str(outcome.refused)
    assert f"needs {call}" in str(outcome.refused)
    assert (outcome.items, aws.invocations) == ((), 0)


@pytest.mark.parametrize(
    "answer", [used([1.0], "PartialData"), used([1.0], NextToken="more"), lambda asked: {"MetricDataResults": []}]
)
def test_metrics_that_are_not_whole_are_no_room(aws: FakeLambda, answer: Callable[[Any], dict[str, Any]]) -> None:
    aws.answers["cloudwatch:GetMetricData"] = answer
    assert "the answer was not whole" in str(fire(aws, 2).refused)
    assert aws.invocations == 0


def test_account_that_does_not_tell_is_no_room(aws: FakeLambda) -> None:
    aws.answers["lambda:GetAccountSettings"] = {"AccountLimit": {}}
    assert "GetAccountSettings did not tell it" in str(fire(aws, 2).refused)


def test_events_are_queued_and_give_only_request_ids(aws: FakeLambda) -> None:
    aws.body = ""
    outcome = fire(aws, 3, burst={"invoke": Invoke(mode=Mode.EVENT)})
    assert [item["Number"] for item in outcome.items] == ["event-001", "event-002", "event-003"]
    assert {(item["InvocationType"], item["Purpose"], item["Assertion"]) for item in outcome.items} == {
        ("Event", "event", "not asked")
    }
    assert {headers["X-Amz-Invocation-Type"] for _, headers, _ in aws.asked} == {b"Event"}
    assert not any("X-Amz-Log-Type" in headers for _, headers, _ in aws.asked)


def test_events_need_room_for_all_of_them(aws: FakeLambda) -> None:
    aws.answers["lambda:GetAccountSettings"] = account(5)
    assert "6 at the same time do not fit" in str(fire(aws, 6, 1, burst={"invoke": Invoke(mode=Mode.EVENT)}).refused)
    assert fire(aws, 6, 1).refused is None


def test_inactive_function_is_woken_before_the_burst(aws: FakeLambda) -> None:
    aws.configurations = [configuration("Inactive"), configuration()]
    outcome = fire(aws, 3, times=4)
    assert [item["Number"] for item in outcome.items] == ["wake-001", "burst-001", "burst-002", "burst-003"]
    assert (outcome.asked, outcome.overlap <= 3) == (3, True)


def test_connections_are_as_many_as_requests(aws: FakeLambda) -> None:
    from runbook_lib.act.sending import invoke_config

    config = invoke_config(900, 200)
    assert (config.max_pool_connections, config.read_timeout, config.retries, config.tcp_keepalive) == (
        200,
        930,
        {"mode": "standard", "total_max_attempts": 1},
        True,
    )


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        ([], 0),
        ([(0, 5)], 1),
        ([(0, 5), (5, 9)], 1),
        ([(0, 5), (4, 9)], 2),
        ([(0, 9), (1, 3), (2, 4), (5, 6)], 3),
    ],
)
def test_overlap_is_the_most_at_one_moment(spans: list[tuple[int, int]], most: int) -> None:
    moments = [(NOON + timedelta(seconds=start), NOON + timedelta(seconds=end)) for start, end in spans]
    assert overlap(moments) == overlap(reversed(moments)) == most


@pytest.mark.parametrize(
    ("name", "qualifier", "tags", "why"),
    [
        ("upload-prod", None, {}, "its name is upload-prod"),
        ("uploadProd", None, {}, "its name is uploadProd"),
        ("PROD_upload2", None, {}, "its name is PROD_upload2"),
        ("production", None, {}, "its name is production"),
        ("upload", "prod", {}, "its alias is prod"),
        ("upload", None, {"Stage": "live"}, "its tag Stage is live"),
        ("upload", None, {"env": "PROD"}, "its tag env is PROD"),
        ("product-images", "7", {"environment": "preprod", "team": "production"}, None),
        ("reproduce", "alive", {"env": "test"}, None),
        ("billing-prd", None, {}, "its name is billing-prd"),
        ("checkout-live", None, {}, "its name is checkout-live"),
        ("prod2-orders", None, {}, "its name is prod2-orders"),
        ("upload", "live", {}, "its alias is live"),
        ("upload", "prd", {}, "its alias is prd"),
        ("upload", None, {"env": "prd"}, "its tag env is prd"),
        ("upload", None, {"Environment": "prod-eu"}, "its tag Environment is prod-eu"),
        ("upload", None, {"Environment": "Production EU"}, "its tag Environment is Production EU"),
        ("upload", None, {"deployment_environment": "prod"}, "its tag deployment_environment is prod"),
        ("upload", None, {"tier": "production"}, "its tag tier is production"),
        ("upload", None, {"Name": "orders-prod"}, "its tag Name is orders-prod"),
        ("upload", None, {"Production": "yes"}, "its tag Production is yes"),
        ("upload", None, {"production": "False"}, None),
        ("non-prod-x", None, {"env": "NonProd"}, None),
        ("nonProdUpload", "pre-prod", {"env": "pre-production"}, None),
        ("upload-non-prod-prod", None, {}, "its name is upload-non-prod-prod"),
        ("delivery", None, {"owner": "production-line", "environments": "prod"}, None),
    ],
)
def test_production_is_recognised(name: str, qualifier: str | None, tags: dict[str, str], why: str | None) -> None:
    assert why_production(name, qualifier, tags) == why


def test_progress_tells_every_answer(aws: FakeLambda) -> None:
    steps: list[Step] = []
    fire(aws, 4, 1, progress=steps.append)
    assert steps == [Step(f"burst-00{n} answered", n, 4) for n in range(1, 5)]
    silent(steps[0])
