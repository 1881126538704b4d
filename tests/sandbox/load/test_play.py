from typing import Any

import pytest

from runbook_lib.sandbox.load.jobs import Answer, Done, FailureKind, Job, Sdk
from runbook_lib.sandbox.load.play import Function, Wish, play
from runbook_lib.sandbox.load.ways import PORTS_PER_ADDRESS, Answers, Dropped, Nat, Tenant, Way

START_S = 1_790_000_000.0
FUNCTION = Function(name="f", subnets=("subnet-a", "subnet-b"), timeout_s=900, memory_mb=512)


def _job(**changes: Any) -> Job:
    return Job(**{"host": "bucket.s3.amazonaws.com", "address": "192.0.2.1", **changes})


def _run(way: Way, job: Job, *starts: float, timeout_s: float = 900) -> list[Done]:
    function = Function(name="f", subnets=("subnet-a", "subnet-b"), timeout_s=timeout_s, memory_mb=512)
    wishes = [Wish(at_s=START_S + start) for start in starts]
    return play(function, dict.fromkeys(function.subnets, way), job, wishes)


def _kinds(done: list[Done]) -> list[FailureKind | None]:
    return [item.failure.kind if item.failure else None for item in done]


def _seconds(done: Done) -> int:
    return int(done.duration_ms / 1000)


def test_environments_are_reused_when_free_and_made_when_not() -> None:
    done = _run(Answers(), _job(), 0, 0.1, 60)
    assert [item.init_ms is not None for item in done] == [True, True, False]
    assert done[2].stream == done[0].stream != done[1].stream
    assert [item.subnet_id for item in done] == ["subnet-a", "subnet-b", "subnet-a"]
    assert len({item.request_id for item in done}) == 3


def test_environment_can_be_asked_for_by_subnet() -> None:
    wishes = [Wish(at_s=START_S + number, subnet_id="subnet-b") for number in range(2)]
    done = play(FUNCTION, {"subnet-b": Answers()}, _job(), wishes)
    assert [item.subnet_id for item in done] == ["subnet-b", "subnet-b"]


@pytest.mark.parametrize(
    ("sdk", "seconds"),
    [
        (Sdk(), 180),
        (Sdk(attempts=5), 300),
        (Sdk(attempts=1, connect_timeout_s=5), 5),
        (Sdk(attempts=1, addresses=8), 480),
    ],
)
def test_budget_is_attempts_by_addresses_by_timeout(sdk: Sdk, seconds: int) -> None:
    (done,) = _run(Dropped(), _job(sdk=sdk), 0)
    assert _kinds([done]) == [FailureKind.CONNECT_TIMEOUT]
    assert done.failure is not None
    assert done.failure.attempts == sdk.attempts
    assert seconds <= _seconds(done) <= seconds + 10
    assert len(done.attempts) == sdk.attempts


def test_function_ends_at_its_timeout_without_an_error_of_the_client() -> None:
    (within,) = _run(Dropped(), _job(), 0, timeout_s=200)
    (beyond,) = _run(Dropped(), _job(), 0, timeout_s=170)
    assert _kinds([within, beyond]) == [FailureKind.CONNECT_TIMEOUT, FailureKind.FUNCTION_TIMEOUT]
    assert _seconds(beyond) == 170


def test_invocations_compete_for_the_last_ports() -> None:
    tenant = Tenant(name="t", ports=PORTS_PER_ADDRESS - 4, waiting=9, since_s=0.0, until_s=2 * START_S)
    nat = Nat(nat_gateway_id="nat-1", tenants=(tenant,))
    done = _run(nat, _job(connections=2), 0, 0.1, 0.2)
    assert _kinds(done) == [None, None, FailureKind.CONNECT_TIMEOUT]
    content = Nat(
        nat_gateway_id="nat-1", tenants=(Tenant(name="t", ports=tenant.ports, since_s=0, until_s=2 * START_S),)
    )
    assert _kinds(_run(content, _job(connections=2), 0, 0.1, 0.2)) == [None, None, None]


def test_slow_answer_is_a_read_timeout_in_each_attempt() -> None:
    sdk = Sdk(read_timeout_s=10, attempts=2)
    slow, fast = _run(Answers(), _job(sdk=sdk, answers=(Answer(after_s=10), Answer(after_s=9.5))), 0, 100)
    assert _kinds([slow, fast]) == [FailureKind.READ_TIMEOUT, None]
    assert _seconds(slow) == 20


def test_refusal_is_not_tried_again_and_a_throttle_is() -> None:
    denied = Answer(after_s=0.1, failure=FailureKind.ACCESS_DENIED, code="AccessDenied")
    busy = Answer(after_s=0.1, failure=FailureKind.THROTTLED, code="SlowDown")
    first, second = _run(Answers(), _job(answers=(denied, busy)), 0, 100)
    assert _kinds([first, second]) == [FailureKind.ACCESS_DENIED, FailureKind.THROTTLED]
    assert [item.failure.attempts for item in (first, second) if item.failure] == [1, 3]


def test_kept_connection_is_reset_after_350_idle_seconds_only() -> None:
    sdk = Sdk(attempts=1, keeps_open=True)
    nat = Nat(nat_gateway_id="nat-1")
    done = _run(nat, _job(sdk=sdk), 0, 345, 705, 715)
    assert _kinds(done) == [None, None, FailureKind.RESET, None]
    assert [metric for _, metric in nat.happened].count("IdleTimeoutCount") == 1
    assert _kinds(_run(Nat(nat_gateway_id="nat-1"), _job(), 0, 345, 705)) == [None, None, None]


def test_same_wishes_have_the_same_end() -> None:
    assert _run(Answers(), _job(), 0, 0.1) == _run(Answers(), _job(), 0, 0.1)


def test_an_environment_is_gone_after_an_idle_hour() -> None:
    quick = _job(before_s=0, answers=(Answer(after_s=0),))
    first, kept, made = _run(Answers(), quick, 0, 3_590, 7_300)
    assert [item.init_ms is not None for item in (first, kept, made)] == [True, False, True]


@pytest.mark.parametrize("kind", [FailureKind.OUT_OF_MEMORY, FailureKind.RUNTIME_EXIT])
def test_an_environment_that_was_killed_serves_nobody_again_and_nothing_is_tried_again(kind: FailureKind) -> None:
    killed = Answer(after_s=1, failure=kind)
    first, second = _run(Answers(), _job(answers=(killed, Answer())), 0, 60)
    assert (_kinds([first, second]), second.init_ms is not None) == ([kind, None], True)
    assert first.failure is not None
    assert first.failure.attempts == 1


def test_a_payload_that_is_too_large_is_not_sent_again_and_the_environment_lives_on() -> None:
    refused = Answer(after_s=0.2, failure=FailureKind.PAYLOAD_TOO_LARGE)
    first, second = _run(Answers(), _job(answers=(refused, Answer())), 0, 60)
    assert first.failure is not None
    assert (first.failure.attempts, second.init_ms) == (1, None)


def test_a_cold_start_takes_what_it_is_told_to() -> None:
    (done,) = _run(Answers(), _job(init_ms=9412.6), 0)
    assert (done.init_ms, done.start_s) == (9412.6, START_S + 9.4126)
