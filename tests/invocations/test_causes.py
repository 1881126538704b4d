"""Causes: each is likely where its evidence is there, ruled out where it is disproved, and untold where unread."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runbook_lib.invocations.analysis import Analysis, analyse
from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome, Pattern, Plausibility
from runbook_lib.invocations.causes import CAUSES
from runbook_lib.invocations.known import Known, Way
from runbook_lib.model.fact import Scope
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.sdk import Sdk

START = datetime(2026, 11, 21, 9, 0, 30, tzinfo=UTC)
HOST = "documents.s3.eu-west-1.amazonaws.com:443"
OPEN = (
    Way(subnet="private-a", zone="eu-west-1a", to="s3", verdict="reachable", nat_ids=("nat-1",)),
    Way(subnet="private-b", zone="eu-west-1b", to="s3", verdict="reachable", nat_ids=("nat-1",)),
)
CLOSED_B = (
    OPEN[0],
    Way(subnet="private-b", zone="eu-west-1b", to="s3", verdict="blocked", stops=("no route to 0.0.0.0/0",)),
)
DETAILS = {ErrorClass.READ_TIMEOUT: "ReadTimeoutError: Read timed out."}
NETWORK_CAUSES = {"nat_port_exhaustion", "subnet_or_zone", "nacl_ephemeral_ports", "network_path_blocked"}


def invocation(
    number: int,
    failed: ErrorClass | None = None,
    *,
    after_s: float = 0.0,
    took_s: float = 2.0,
    stream: str | None = None,
    outcome: Outcome | None = None,
    **more: object,
) -> Invocation:
    start = START + timedelta(seconds=after_s, milliseconds=number)
    return Invocation(
        request_id=f"request-{number:03}",
        start=start,
        end=start + timedelta(seconds=took_s),
        duration_ms=took_s * 1000,
        outcome=outcome or (Outcome.FAILURE if failed else Outcome.SUCCESS),
        error_class=failed,
        destination=HOST if failed else None,
        log_stream=stream or f"stream-{number:03}",
        detail=DETAILS.get(failed, "the line that decided") if failed else None,
        **more,  # type: ignore[arg-type]
    )


def split(
    succeeded: int, failed: int, error: ErrorClass = ErrorClass.CONNECT_TIMEOUT, **more: object
) -> list[Invocation]:
    fine = [invocation(number, **more) for number in range(succeeded)]  # type: ignore[arg-type]
    late = [invocation(number, error, **more) for number in range(succeeded, succeeded + failed)]  # type: ignore[arg-type]
    return fine + late


def series(metric: str, values: Sequence[float | None], resource: str = "nat-1", zone: str = "") -> MetricSeries:
    """One value per minute from 09:00 on; None is a minute without a value."""
    name = "FunctionName" if metric == "Throttles" else "NatGatewayId"
    dimensions = [{"Name": name, "Value": resource}] + ([{"Name": "AvailabilityZone", "Value": zone}] if zone else [])
    minutes = [START.replace(second=0) + timedelta(minutes=index) for index in range(len(values))]
    points = [(minute, value) for minute, value in zip(minutes, values, strict=True) if value is not None]
    raw = {
        "Id": "m1",
        "Namespace": "AWS/NATGateway",
        "MetricName": metric,
        "Dimensions": dimensions,
        "Stat": "Sum",
        "Period": 60,
        "StartTime": minutes[0],
        "EndTime": minutes[-1] + timedelta(minutes=1),
        "Timestamps": [minute for minute, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }
    return MetricSeries.read(raw, Scope(), "/MetricDataResults/0")


FIVE_READ = split(0, 5, ErrorClass.READ_TIMEOUT)


def verdicts(found: Analysis) -> dict[str, Plausibility]:
    return {item.cause: item.verdict for item in found.hypotheses}


def of(found: Analysis, cause: str) -> tuple[Plausibility, tuple[str, ...], tuple[str, ...]]:
    item = next(item for item in found.hypotheses if item.cause == cause)
    return item.verdict, item.supporting, item.opposing


class TestNatPortExhaustion:
    def test_errors_in_the_failing_minute_prove_it(self) -> None:
        known = Known(ways=OPEN, nat_addresses={"nat-1": 1}, series=(series("ErrorPortAllocation", [37.0, 0.0]),))
        found = analyse(split(5, 5), (), known)
        assert found.hypotheses[0].cause == "nat_port_exhaustion"
        assert of(found, "nat_port_exhaustion") == (
            Plausibility.LIKELY,
            (
                "nat-1 could not allocate a port 37 times (ErrorPortAllocation), 37 of them in minutes in which "
                "invocations failed to connect.",
                "The first invocations succeeded and later ones failed; other causes do that too.",
            ),
            ("10 invocations at once with 1 connection(s) each want 10 of 55,000 ports to one destination (0.018%): "
             "alone they cannot fill it.",),
        )  # fmt: skip
        assert found.conclusion == "The likely cause is NAT gateway port exhaustion."

    def test_errors_in_another_minute_only_make_it_possible(self) -> None:
        known = Known(ways=OPEN, series=(series("ErrorPortAllocation", [0.0, 0.0, 12.0]),))
        assert verdicts(analyse(split(5, 5), (), known))["nat_port_exhaustion"] is Plausibility.POSSIBLE

    def test_no_error_in_any_failing_minute_rules_it_out_whatever_the_split_looks_like(self) -> None:
        known = Known(ways=OPEN, series=(series("ErrorPortAllocation", [0.0, 0.0]),))
        found = analyse(split(5, 5), (), known)
        assert found.pattern is Pattern.FIRST_N_THEN_FAIL
        assert verdicts(found)["nat_port_exhaustion"] is Plausibility.RULED_OUT

    @pytest.mark.parametrize("values", [[None, 0.0], [0.0, None]])
    def test_a_failing_minute_without_a_value_leaves_it_open(self, values: list[float | None]) -> None:
        known = Known(ways=OPEN, series=(series("ErrorPortAllocation", values),))
        found = analyse(split(5, 5, took_s=60.0), (), known)
        assert verdicts(found)["nat_port_exhaustion"] is Plausibility.CANNOT_TELL

    def test_a_zone_of_a_regional_gateway_without_values_leaves_it_open(self) -> None:
        both = (
            series("ErrorPortAllocation", [0.0, 0.0], zone="eu-west-1a"),
            series("ErrorPortAllocation", [None, None], zone="eu-west-1b"),
        )
        zones = {"nat-1": ("eu-west-1a", "eu-west-1b")}
        found = analyse(split(5, 5), (), Known(ways=OPEN, nat_zones=zones, series=both))
        assert verdicts(found)["nat_port_exhaustion"] is Plausibility.CANNOT_TELL
        found = analyse(split(5, 5), (), Known(ways=OPEN, nat_zones=zones, series=both[:1]))
        assert verdicts(found)["nat_port_exhaustion"] is Plausibility.CANNOT_TELL

    def test_other_dimensions_are_another_metric(self) -> None:
        other = series("ErrorPortAllocation", [0.0, 0.0], zone="eu-west-1a")
        found = analyse(split(5, 5), (), Known(ways=OPEN, series=(other,)))
        assert verdicts(found)["nat_port_exhaustion"] is Plausibility.CANNOT_TELL

    def test_a_partial_answer_leaves_it_open(self) -> None:
        partial = replace(series("ErrorPortAllocation", [0.0, 0.0]), is_complete=False)
        found = analyse(split(5, 5), (), Known(ways=OPEN, series=(partial,)))
        assert verdicts(found)["nat_port_exhaustion"] is Plausibility.CANNOT_TELL

    def test_an_unknown_way_may_pass_another_gateway(self) -> None:
        ways = (OPEN[0], Way(subnet="private-b", zone=None, to="s3", verdict="unknown"))
        known = Known(ways=ways, series=(series("ErrorPortAllocation", [0.0, 0.0]),))
        assert verdicts(analyse(split(5, 5), (), known))["nat_port_exhaustion"] is Plausibility.CANNOT_TELL

    @pytest.mark.parametrize("error", [ErrorClass.FUNCTION_TIMEOUT, ErrorClass.APPLICATION_ERROR])
    def test_failures_that_do_not_say_why_prove_nothing(self, error: ErrorClass) -> None:
        known = Known(ways=OPEN, series=(series("ErrorPortAllocation", [25.0, 0.0]),))
        assert verdicts(analyse(split(5, 5, error), (), known))["nat_port_exhaustion"] is Plausibility.POSSIBLE

    def test_an_assumed_destination_rules_nothing_out(self) -> None:
        ways = (Way(subnet="private-a", zone=None, to="s3", verdict="reachable"),)
        known = Known(ways=ways, assumed="s3", series=(series("ErrorPortAllocation", [50.0]),))
        found = verdicts(analyse(split(0, 5, ErrorClass.FUNCTION_TIMEOUT), (), known))
        assert found["nat_port_exhaustion"] is Plausibility.POSSIBLE
        assert {found[name] for name in NETWORK_CAUSES - {"nat_port_exhaustion", "subnet_or_zone"}} == {
            Plausibility.CANNOT_TELL
        }

    @pytest.mark.parametrize(
        ("held", "expected"),
        [
            (55_000.0, "nat-1 held 55,000 connections at its peak, 100% of 55,000 ports."),
            (
                55_001.0,
                "nat-1 held 55,001 connections at its peak, more than the 55,000 ports it has to one destination.",
            ),
        ],
    )
    def test_a_crowded_gateway_is_told_against_its_ports(self, held: float, expected: str) -> None:
        counted = (series("ErrorPortAllocation", [37.0]), series("ActiveConnectionCount", [held]))
        known = Known(ways=OPEN, nat_addresses={"nat-1": 1}, series=counted)
        assert expected in of(analyse(split(5, 5), (), known), "nat_port_exhaustion")[1]

    def test_without_the_metric_ten_invocations_are_never_said_to_fill_the_ports(self) -> None:
        verdict, supporting, opposing = of(analyse(split(5, 5), (), Known()), "nat_port_exhaustion")
        assert verdict is Plausibility.CANNOT_TELL
        assert supporting == ("The first invocations succeeded and later ones failed; other causes do that too.",)
        assert opposing[0].endswith("want 10 of 55,000 ports to one destination (0.018%): alone they cannot fill it.")
        assert opposing[1] == "ErrorPortAllocation, the metric that proves it, was not read."

    def test_a_path_without_a_nat_gateway_rules_it_out(self) -> None:
        ways = (Way(subnet="private-a", zone=None, to="s3", verdict="reachable"),)
        known = Known(ways=ways, series=(series("ErrorPortAllocation", [9.0]),))
        assert verdicts(analyse(split(0, 5), (), known))["nat_port_exhaustion"] is Plausibility.RULED_OUT

    def test_a_path_that_is_unknown_rules_nothing_out(self) -> None:
        ways = (Way(subnet="private-a", zone=None, to="s3", verdict="unknown"),)
        assert verdicts(analyse(split(0, 5), (), Known(ways=ways)))["nat_port_exhaustion"] is Plausibility.CANNOT_TELL

    def test_failures_that_are_no_connection_failures_rule_it_out(self) -> None:
        known = Known(ways=OPEN, series=(series("ErrorPortAllocation", [0.0]),))
        found = analyse(split(0, 5, ErrorClass.ACCESS_DENIED), (), known)
        assert verdicts(found)["nat_port_exhaustion"] is Plausibility.RULED_OUT


class TestWays:
    def test_one_blocked_subnet_is_named_and_the_gateway_is_innocent(self) -> None:
        known = Known(ways=CLOSED_B, series=(series("ErrorPortAllocation", [0.0, 0.0]),))
        found = analyse(split(5, 5), (), known)
        assert found.hypotheses[0].cause == "subnet_or_zone"
        assert of(found, "subnet_or_zone") == (
            Plausibility.LIKELY,
            (
                "From private-b in eu-west-1b s3 is blocked: no route to 0.0.0.0/0.",
                "From private-a in eu-west-1a it is reachable.",
            ),
            (),
        )
        assert {cause for cause in NETWORK_CAUSES if verdicts(found)[cause] is Plausibility.LIKELY} == {
            "subnet_or_zone"
        }

    def test_equal_subnets_rule_it_out(self) -> None:
        assert verdicts(analyse(split(5, 5), (), Known(ways=OPEN)))["subnet_or_zone"] is Plausibility.RULED_OUT

    def test_two_destinations_are_two_questions(self) -> None:
        closed = tuple(Way(subnet=way.subnet, zone=None, to="db", verdict="blocked", stops=("sg",)) for way in OPEN)
        found = verdicts(analyse(split(0, 5), (), Known(ways=(*OPEN, *closed))))
        assert found["network_path_blocked"] is Plausibility.LIKELY
        assert found["subnet_or_zone"] is Plausibility.RULED_OUT

    def test_an_unknown_path_leaves_it_open(self) -> None:
        ways = (OPEN[0], Way(subnet="private-b", zone=None, to="s3", verdict="unknown"))
        found = verdicts(analyse(split(5, 5), (), Known(ways=ways)))
        assert {found[cause] for cause in NETWORK_CAUSES - {"network_path_blocked"}} == {Plausibility.CANNOT_TELL}
        assert found["network_path_blocked"] is Plausibility.RULED_OUT

    def test_environments_with_both_outcomes_speak_against_it(self) -> None:
        mixed = [invocation(0, stream="one"), invocation(1, ErrorClass.CONNECT_TIMEOUT, after_s=9, stream="one")]
        _, _, opposing = of(analyse(mixed, (), Known()), "subnet_or_zone")
        assert opposing[0] == "1 environments had successes and failures, though each stays in one subnet."

    def test_a_hole_in_the_return_ports_is_named_with_its_share(self) -> None:
        hole = Way(subnet="private-a", zone=None, to="s3", verdict="blocked", stops=("rule 90",), blocked_share=0.38)
        found = analyse(split(6, 4), (), Known(ways=(hole,), sdk=Sdk(attempts=2)))
        assert of(found, "nacl_ephemeral_ports") == (
            Plausibility.LIKELY,
            (
                "From private-a the answers to 38% of the ports are stopped: rule 90.",
                "Each attempt takes another port: with 2 attempts between 14% and 38% of invocations fail there; "
                "4 of 4 failures got no connection.",
            ),
            (),
        )
        assert verdicts(found)["network_path_blocked"] is Plausibility.RULED_OUT
        assert verdicts(found)["subnet_or_zone"] is Plausibility.RULED_OUT

    def test_a_hole_in_one_of_two_subnets_is_no_subnet_without_a_path(self) -> None:
        hole = Way(subnet="private-b", zone=None, to="s3", verdict="blocked", stops=("rule 90",), blocked_share=0.5)
        found = analyse(split(6, 4), (), Known(ways=(OPEN[0], hole)))
        assert found.hypotheses[0].cause == "nacl_ephemeral_ports"
        assert of(found, "subnet_or_zone") == (
            Plausibility.RULED_OUT,
            (),
            ("The path model sees no such subnet: no subnet is without a path.",),
        )

    @pytest.mark.parametrize(
        ("rejected", "place", "said"),
        [
            (7, 1, "Flow logs hold 7 records of rejected packets at the function's interfaces."),
            (0, 2, "Flow logs hold no record of a rejected packet at the function's interfaces."),
        ],
    )
    def test_flow_logs_are_heard(self, rejected: int, place: int, said: str) -> None:
        hole = Way(subnet="private-a", zone=None, to="s3", verdict="blocked", stops=("rule 90",), blocked_share=0.5)
        found = analyse(split(6, 4), (), Known(ways=(hole,), rejected=rejected))
        assert said in of(found, "nacl_ephemeral_ports")[place]
        assert said not in of(analyse(split(6, 4), (), Known(ways=(hole,))), "nacl_ephemeral_ports")[place]

    @pytest.mark.parametrize(("succeeded", "expected"), [(0, Plausibility.LIKELY), (1, Plausibility.POSSIBLE)])
    def test_blocked_from_everywhere(self, succeeded: int, expected: Plausibility) -> None:
        ways = tuple(Way(subnet=name, zone=None, to="s3", verdict="blocked", stops=("sg",)) for name in ("a", "b"))
        found = verdicts(analyse(split(succeeded, 5), (), Known(ways=ways)))
        assert found["network_path_blocked"] is expected
        assert found["subnet_or_zone"] is Plausibility.RULED_OUT


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ErrorClass.DNS, "dns"),
        (ErrorClass.ACCESS_DENIED, "permissions"),
        (ErrorClass.READ_TIMEOUT, "downstream"),
        (ErrorClass.THROTTLED, "downstream"),
        (ErrorClass.CONNECTION_REFUSED, "downstream"),
        (ErrorClass.OUT_OF_MEMORY, "memory"),
    ],
)
def test_what_a_message_names_comes_first(error: ErrorClass, cause: str) -> None:
    found = analyse(split(2, 5, error), (), Known(ways=OPEN, series=(series("ErrorPortAllocation", [0.0]),)))
    assert (found.hypotheses[0].cause, found.hypotheses[0].verdict) == (cause, Plausibility.LIKELY)
    assert {verdicts(found)[name] for name in NETWORK_CAUSES} == {Plausibility.RULED_OUT}


def test_that_all_fail_is_no_sign_of_a_permission_but_how_soon_they_are_answered_is() -> None:
    refused = [invocation(number, ErrorClass.ACCESS_DENIED, took_s=0.4 + number / 10) for number in range(3)]
    assert of(analyse(refused, (), Known()), "permissions") == (
        Plausibility.LIKELY,
        (
            f"3 of 3 failures are access_denied ({HOST}).",
            "The refused invocations lasted 0.4 to 0.6 s, answers included.",
        ),
        (),
    )
    unmeasured = [replace(item, duration_ms=None) for item in refused]
    assert len(of(analyse(unmeasured, (), Known()), "permissions")[1]) == 1
    assert of(analyse(split(0, 3), (), Known()), "permissions") == (
        Plausibility.RULED_OUT,
        (),
        (
            "No failure names a missing permission.",
            "3 of 3 failures got no answer at all: a refusal is an answer, and comes at once.",
        ),
    )
    assert of(analyse(split(0, 1), (), Known()), "permissions")[2][1].startswith("The only failure got no answer")


def test_a_timeout_that_does_not_say_of_what_is_no_proof_of_a_slow_far_side() -> None:
    bare = [Invocation(**{**_fields(item), "detail": "TimeoutError: timed out"}) for item in FIVE_READ]  # type: ignore[arg-type]
    found = analyse(bare, (), Known(ways=CLOSED_B))
    assert found.hypotheses[0].cause == "subnet_or_zone"
    assert verdicts(found)["downstream"] is Plausibility.CANNOT_TELL
    assert verdicts(analyse(FIVE_READ, (), Known(ways=CLOSED_B)))["subnet_or_zone"] is Plausibility.RULED_OUT


def test_an_error_of_no_known_class_rules_no_path_out() -> None:
    found = analyse(split(5, 5, ErrorClass.APPLICATION_ERROR), (), Known(ways=CLOSED_B))
    assert found.hypotheses[0].cause == "subnet_or_zone"
    alone = analyse(split(0, 5, ErrorClass.APPLICATION_ERROR), (), Known())
    assert {verdicts(alone)[name] for name in NETWORK_CAUSES} == {Plausibility.CANNOT_TELL}
    assert alone.conclusion == "Nothing that was read tells the cause. Most failures say: the line that decided"


def test_half_of_the_failures_is_not_most_of_them() -> None:
    mixed = [*split(0, 3, ErrorClass.DNS), *(invocation(n, ErrorClass.ACCESS_DENIED) for n in range(3, 6))]
    found = verdicts(analyse(mixed, (), Known()))
    assert (found["dns"], found["permissions"]) == (Plausibility.POSSIBLE, Plausibility.POSSIBLE)
    assert analyse(mixed, (), Known()).conclusion == (
        "Ambiguous: a missing permission and names that do not resolve fit equally well."
    )


def test_a_payload_is_told_by_its_message() -> None:
    item = invocation(0, ErrorClass.APPLICATION_ERROR)
    large = [Invocation(**{**_fields(item), "detail": "RequestEntityTooLargeException: 6291556 byte payload"})]
    assert verdicts(analyse(large, (), Known()))["payload"] is Plausibility.LIKELY
    for said in ("HTTP 413", "status code: 413", "413 Payload Too Large"):
        told = [Invocation(**{**_fields(item), "detail": said})]  # type: ignore[arg-type]
        assert verdicts(analyse(told, (), Known()))["payload"] is Plausibility.LIKELY
    for said in ("https://host/invoices/413/a.pdf", "order 413 has no price"):
        told = [Invocation(**{**_fields(item), "detail": said})]  # type: ignore[arg-type]
        assert verdicts(analyse(told, (), Known()))["payload"] is Plausibility.RULED_OUT
    assert verdicts(analyse([item], (), Known()))["payload"] is Plausibility.RULED_OUT


class TestIdle:
    @pytest.mark.parametrize(("idle_s", "expected"), [(351, Plausibility.LIKELY), (349, Plausibility.RULED_OUT)])
    def test_a_reset_after_the_limit(self, idle_s: float, expected: Plausibility) -> None:
        listed = [
            invocation(0, stream="one", took_s=2),
            invocation(1, stream="one", after_s=62, took_s=2),
            invocation(2, ErrorClass.CONNECTION_RESET, stream="one", after_s=64 + idle_s),
        ]
        assert verdicts(analyse(listed, (), Known()))["idle_timeout"] is expected

    def test_a_success_after_as_long_a_pause_weakens_it(self) -> None:
        listed = [
            invocation(0, stream="one"),
            invocation(1, stream="one", after_s=400),
            invocation(2, ErrorClass.CONNECTION_RESET, stream="one", after_s=800),
        ]
        assert verdicts(analyse(listed, (), Known()))["idle_timeout"] is Plausibility.POSSIBLE


class TestRunning:
    def test_a_budget_beyond_the_timeout_hides_the_root(self) -> None:
        known = Known(timeout_s=600, sdk=Sdk(addresses=8))
        found = analyse(split(5, 5, ErrorClass.FUNCTION_TIMEOUT, took_s=2.0), (), known)
        assert verdicts(found)["sdk_retry_budget"] is Plausibility.LIKELY

    def test_a_budget_within_the_timeout_does_not(self) -> None:
        found = analyse(split(5, 5, ErrorClass.FUNCTION_TIMEOUT), (), Known(timeout_s=900, sdk=Sdk()))
        assert verdicts(found)["sdk_retry_budget"] is Plausibility.RULED_OUT

    def test_a_client_that_nobody_told_of_is_not_ruled_out_by_defaults(self) -> None:
        found = analyse(split(0, 5, ErrorClass.FUNCTION_TIMEOUT, took_s=600.0), (), Known(timeout_s=600))
        assert of(found, "sdk_retry_budget") == (
            Plausibility.POSSIBLE,
            (
                "5 of 5 failures ended at the function's timeout.",
                "With boto3's defaults 4 or more addresses behind the name outlast the timeout.",
            ),
            ("How the client is set up was not told.",),
        )
        assert found.conclusion.startswith("Ambiguous: ")

    def test_attempts_without_connections_tell_waiting_from_working(self) -> None:
        metrics = (series("ConnectionAttemptCount", [400.0, 10.0]), series("ConnectionEstablishedCount", [3.0, 1.0]))
        known = Known(timeout_s=60, ways=OPEN, series=metrics)
        found = analyse(split(0, 5, ErrorClass.FUNCTION_TIMEOUT, took_s=60.0), (), known)
        said = "nat-1 saw 410 connection attempts meanwhile and 4 connections made."
        assert said in of(found, "sdk_retry_budget")[1]
        assert said in of(found, "function_timeout")[2]

    @pytest.mark.parametrize(("took_s", "expected"), [(31.0, Plausibility.LIKELY), (30.0, Plausibility.POSSIBLE)])
    def test_slow_successes_tell_that_the_work_is_too_long(self, took_s: float, expected: Plausibility) -> None:
        listed = split(5, 5, ErrorClass.FUNCTION_TIMEOUT, took_s=took_s)
        assert verdicts(analyse(listed, (), Known(timeout_s=60)))["function_timeout"] is expected

    def test_a_failing_initialisation_is_a_cold_start(self) -> None:
        found = verdicts(analyse(split(5, 2, ErrorClass.INIT_FAILURE), (), Known()))
        assert found["cold_start"] is Plausibility.LIKELY

    def test_code_that_cannot_be_loaded_is_no_matter_of_the_start(self) -> None:
        broken = [
            Invocation(**{**_fields(item), "detail": "Runtime.ImportModuleError: Unable to import module 'app'"})  # type: ignore[arg-type]
            for item in split(0, 3, ErrorClass.INIT_FAILURE)
        ]
        assert verdicts(analyse(broken, (), Known()))["cold_start"] is Plausibility.RULED_OUT

    def test_throttled_calls_do_not_explain_failures_that_ran(self) -> None:
        metrics = (series("Throttles", [1.0], "upload"), series("ErrorPortAllocation", [9.0, 0.0]))
        found = analyse(split(5, 5), (), Known(function="upload", ways=OPEN, series=metrics))
        assert found.conclusion == "The likely cause is NAT gateway port exhaustion."
        assert verdicts(found)["concurrency_throttling"] is Plausibility.POSSIBLE

    def test_a_budget_that_nobody_told_is_possible_at_most(self) -> None:
        found = analyse(split(0, 6, ErrorClass.FUNCTION_TIMEOUT, took_s=3.0), (), Known(timeout_s=3))
        assert verdicts(found)["sdk_retry_budget"] is Plausibility.POSSIBLE
        assert found.conclusion.startswith("Ambiguous: ")

    def test_when_all_are_cold_the_start_is_not_the_difference(self) -> None:
        found = verdicts(analyse(split(5, 5, cold=True), (), Known()))
        assert found["cold_start"] is Plausibility.RULED_OUT

    @pytest.mark.parametrize(("count", "expected"), [(3.0, Plausibility.LIKELY), (0.0, Plausibility.RULED_OUT)])
    def test_throttles_are_counted_by_the_metric_alone(self, count: float, expected: Plausibility) -> None:
        known = Known(function="upload", series=(series("Throttles", [count], resource="upload"),))
        found = analyse(split(5, 0), (), known)
        assert verdicts(found)["concurrency_throttling"] is expected
        assert (found.pattern, found.exit_code) == (Pattern.HEALTHY, 1 if count else 0)


class TestNothingFailed:
    def test_a_whole_log_of_successes_rules_everything_out(self) -> None:
        metrics = (series("ErrorPortAllocation", [0.0]), series("Throttles", [0.0], "upload"))
        known = Known(function="upload", ways=OPEN, series=metrics)
        found = analyse(split(8, 0), (), known)
        assert set(verdicts(found).values()) == {Plausibility.RULED_OUT}
        assert (found.exit_code, found.conclusion) == (0, "Nothing failed.")

    @pytest.mark.parametrize(
        ("listed", "known", "said"),
        [
            ([], Known(ways=OPEN), "No invocation was seen."),
            (split(8, 0), Known(ways=OPEN, log_is_whole=False), "No failure was seen, but the log is not whole."),
            (
                [*split(8, 0), invocation(9, outcome=Outcome.UNKNOWN)],
                Known(ways=OPEN),
                "No failure was seen, but 1 ends were not seen.",
            ),
        ],
    )
    def test_what_was_not_seen_rules_nothing_out(self, listed: list[Invocation], known: Known, said: str) -> None:
        found = analyse(listed, ("the log was cut short",), known)
        assert set(verdicts(found).values()) == {Plausibility.CANNOT_TELL}
        assert (found.exit_code, found.conclusion) == (3, said)

    def test_port_errors_without_a_failure_are_told_all_the_same(self) -> None:
        known = Known(ways=OPEN, series=(series("ErrorPortAllocation", [4.0]),))
        assert verdicts(analyse(split(8, 0), (), known))["nat_port_exhaustion"] is Plausibility.POSSIBLE


def test_a_log_that_hides_successes_shows_no_pattern() -> None:
    listed = split(0, 9)
    assert analyse(listed, (), Known()).pattern is Pattern.ALL_FAIL
    found = analyse(listed, (), Known(log_hides_successes=True))
    assert (found.pattern, found.p_value, found.exit_code) == (Pattern.TOO_FEW, None, 1)
    assert [(burst.pattern, burst.p_value) for burst in found.bursts] == [(Pattern.TOO_FEW, None)]


def test_every_cause_is_weighed_once_and_ranked_from_one() -> None:
    found = analyse(split(5, 5), (), Known())
    assert [item.rank for item in found.hypotheses] == list(range(1, len(CAUSES) + 1))
    assert sorted(item.cause for item in found.hypotheses) == sorted(cause.name for cause in CAUSES)


def test_the_order_of_input_does_not_matter() -> None:
    known = Known(ways=CLOSED_B, series=(series("ErrorPortAllocation", [3.0, 0.0]),))
    listed = [*split(6, 4), invocation(11, ErrorClass.DNS), invocation(12, outcome=Outcome.UNKNOWN)]
    whole = analyse(listed, (), known).to_json()
    for seed in range(20):
        random.Random(seed).shuffle(listed)
        assert analyse(listed, (), known).to_json() == whole


def _fields(item: Invocation) -> dict[str, object]:
    return {name: getattr(item, name) for name in Invocation.__dataclass_fields__}
