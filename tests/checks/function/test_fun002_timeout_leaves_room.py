"""FUN002: does the Timeout leave room above what invocations take?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.function import fun002_timeout_leaves_room as fun002
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.function.about import cited, config, events, logged
from tests.checks.worlds import two_zones

KILLED = "2026-11-21T11:00:00.000Z {id} Task timed out after 60.00 seconds"
REFUSED = "[ERROR] ConnectTimeoutError: Connect timeout on endpoint URL: https://s3.amazonaws.com/"


def answer(made: World) -> tuple[Status, str]:
    (found,) = made.ask(fun002)
    return found.status, found.code


def test_well_below_the_timeout() -> None:
    made = logged(config(), 1.0, 2.0, 30.0)
    said = (
        "worker: invocations took at most 30.0 s (99 percent of them at most 30.0 s), "
        "and the Timeout of 60 s leaves room."
    )
    timeout = cited("FunctionConfigurations", "lambda:GetFunctionConfiguration", "/Timeout", 60)
    passed = fun002.META.passed(made.view().function("worker"), said, timeout, events(success=3))
    assert made.ask(fun002) == (passed,)


@pytest.mark.parametrize(("longest", "expected"), [(53.9, (Status.PASS, "OK")), (54.0, (Status.FAIL, "TIMEOUT_NEAR"))])
def test_ninety_percent_is_the_boundary(longest: float, expected: tuple[Status, str]) -> None:
    assert answer(logged(config(), 1.0, longest)) == expected


def test_the_timeout_that_was_never_set() -> None:
    (found,) = logged(config(Timeout=3), 0.2, 2.9).ask(fun002)
    assert found.message == (
        "worker: invocations took at most 2.9 s (99 percent of them at most 2.9 s), near the Timeout of 3 s; "
        "raise it (900 s at most) or make the work shorter."
    )


def test_a_job_near_the_longest_timeout_there_is() -> None:
    (found,) = logged(config(Timeout=900), 850.0, apart_s=1000).ask(fun002)
    assert (found.status, found.code) == (Status.FAIL, "TIMEOUT_NEAR")
    assert found.message == (
        "worker: invocations took at most 850.0 s (99 percent of them at most 850.0 s), near the Timeout of 900 s; "
        "Lambda gives no more than 900 s (5,400 s on Lambda Managed Instances for asynchronous invocations and most "
        "event source mappings): split it into steps (Step Functions, or a durable function) or run it where it may "
        "last (AWS Batch, Amazon ECS on Fargate; AWS DMS for moving a database)."
    )


def test_managed_instances_have_more_time() -> None:
    managed = {"CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": {}}}
    (found,) = logged(config(Timeout=900, **managed), 850.0, apart_s=1000).ask(fun002)
    assert found.message.endswith("near the Timeout of 900 s; raise it (5,400 s at most) or make the work shorter.")
    (found,) = logged(config(Timeout=5400, **managed), 5000.0, apart_s=6000).ask(fun002)
    assert "; Lambda gives no more than 5,400 s: split it into steps" in found.message


def test_a_job_that_has_grown_up_to_its_timeout() -> None:
    grown = logged(config(Timeout=900), *(560.0 + 30 * night for night in range(11)), apart_s=86_400)
    (found,) = logged(grown, 900.0, apart_s=86_400, line=KILLED).ask(fun002)
    assert (found.status, found.code) == (Status.FAIL, "TIMEOUT_NEAR")
    assert "near the Timeout of 900 s, and they take longer and longer; 1 more ended at it; " in found.message


def test_a_job_that_grows_towards_its_timeout_and_one_that_does_not() -> None:
    grows = [500.0 + 10 * number for number in range(20)]
    (found,) = logged(config(Timeout=900), *grows, apart_s=3600).ask(fun002)
    assert (found.status, found.code) == (Status.FAIL, "TIMEOUT_AHEAD")
    assert (
        "longer and longer: 21.0 h after the last they will reach the Timeout of 900 s; Lambda gives no"
        in found.message
    )
    steady = [500.0 + 10 * (number % 2) for number in range(20)]
    assert answer(logged(config(Timeout=900), *steady, apart_s=3600)) == (Status.PASS, "OK")
    small = [50.0 + 10 * number for number in range(20)]
    assert answer(logged(config(Timeout=900), *small, apart_s=3600)) == (Status.PASS, "OK")


def test_what_was_ended_without_a_word_is_in_doubt() -> None:
    made = logged(logged(config(), 2.0, 2.0), 60.0, line=KILLED)
    (found,) = made.ask(fun002)
    assert (found.status, found.code) == (Status.UNKNOWN, "ENDED_AT_TIMEOUT")
    assert found.message == (
        "worker: 1 of 3 were ended at the Timeout of 60 s; invocations took at most 2.0 s (99 percent of them at most "
        "2.0 s), and whether more time would have helped, the log does not tell."
    )


def test_what_waited_in_vain_for_a_host_needs_no_longer_timeout() -> None:
    (found,) = logged(logged(config(), 2.0, 2.0), 55.0, line=REFUSED).ask(fun002)
    assert (found.status, found.code) == (Status.PASS, "OK")


@pytest.mark.parametrize(
    "made",
    [
        config(),
        config().counted(Invocations=3),
        config().invoked("worker", "open"),
        logged(config(), 1.0).truncated("Events", "truncated: 3 events"),
        logged(config(), 1.0).denied("Events"),
        logged(config(), 55.0, line=REFUSED),
    ],
)
def test_what_was_not_seen_is_no_pass(made: World) -> None:
    assert answer(made) in [(Status.UNKNOWN, "UNSEEN"), (Status.UNKNOWN, "NOT_READ")]


def test_a_timeout_that_was_not_told() -> None:
    made = logged(config(Timeout=None), 1.0).changed("Functions", "worker", lambda raw: raw.pop("Timeout"))
    (found,) = made.ask(fun002)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
    assert "the Timeout of worker could not be read; allow lambda:GetFunctionConfiguration" in found.message


def test_a_function_that_nobody_invoked() -> None:
    (found,) = config().counted(missing=["Invocations"]).ask(fun002)
    assert found.status is Status.NOT_APPLICABLE
    assert found.message.startswith("worker was not invoked in the window: ")
    assert answer(config().counted(missing=["Invocations"], status="PartialData")) == (Status.UNKNOWN, "UNSEEN")


def test_a_target_without_functions() -> None:
    assert answer(two_zones()) == (Status.NOT_APPLICABLE, "NOT_APPLICABLE")


ENDED = "2026-11-21T11:00:00.000Z {id} Task timed out after 3.00 seconds"


@pytest.mark.parametrize("took_s", [2.9, 500.0])
def test_what_timeout_a_published_version_has_is_not_known(took_s: float) -> None:
    made = logged(logged(config(), took_s, 1.0, stream="[3]"), 4.0)
    (found,) = made.ask(fun002)
    assert (found.status, found.code) == (Status.UNKNOWN, "OTHER_TIMEOUT")
    assert found.message == (
        "worker: 2 of 3 invocations ran published versions, and what Timeout those have was not read; of the latest "
        "code invocations took at most 4.0 s (99 percent of them at most 4.0 s)."
    )
    (alone,) = logged(config(), took_s, stream="[42]").ask(fun002)
    assert (alone.status, alone.message) == (
        Status.UNKNOWN,
        "worker: 1 of 1 invocations ran published versions, and what Timeout those have was not read.",
    )


def test_the_latest_code_is_judged_beside_published_versions() -> None:
    assert answer(logged(logged(config(), 1.0, stream="[3]"), 54.0)) == (Status.FAIL, "TIMEOUT_NEAR")


def test_a_timeout_that_was_raised_since() -> None:
    (found,) = logged(logged(config(), 3.0, 3.0, line=ENDED), 1.0).ask(fun002)
    assert (found.status, found.code) == (Status.UNKNOWN, "ENDED_AT_TIMEOUT")
    assert "worker: 2 of 3 were ended at the Timeout of 60 s, 2 of them when it was shorter; " in found.message
    (found,) = logged(logged(config(Timeout=3), 3.0, line=ENDED), 1.0).ask(fun002)
    assert "worker: 1 of 2 were ended at the Timeout of 3 s; invocations took" in found.message


def test_a_timeout_that_was_lowered_since() -> None:
    (found,) = logged(config(Timeout=10), 50.0, 1.0).ask(fun002)
    assert (found.status, found.code) == (Status.FAIL, "TIMEOUT_NEAR")
    assert "at most 50.0 s), longer than the Timeout of 10 s; raise it" in found.message
    (found,) = logged(config(Timeout=10), 10.0).ask(fun002)
    assert "near the Timeout of 10 s; raise it" in found.message


@pytest.mark.parametrize("told", ["60", 0, -1, True, 3.5, [60]])
def test_a_timeout_that_is_no_number_of_seconds_was_not_told(told: object) -> None:
    made = logged(config(Timeout=told).changed("Functions", "worker", lambda raw: raw.update(Timeout=told)), 1.0)
    (found,) = made.ask(fun002)
    assert found.status is Status.UNKNOWN
    assert "the Timeout of worker" in found.message
