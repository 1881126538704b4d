"""The decision table: every row is whole, and every row is reached by what people and programs say."""

from __future__ import annotations

import re

import pytest

from runbook_lib.invocations.base import ErrorClass, Pattern
from runbook_lib.invocations.causes import CAUSES
from runbook_lib.triage.answer import Given, triage
from runbook_lib.triage.reading import Seen
from runbook_lib.triage.rows import Confidence, Priority
from runbook_lib.triage.symptoms import BY_CAUSE, BY_ERROR, BY_PATTERN, Signal, Symptom
from runbook_lib.triage.table import TABLE, UNKNOWN
from tests.triage.asked import BOOKS, asked, named


def test_every_symptom_has_a_row_and_every_error_and_cause_a_symptom() -> None:
    assert set(TABLE) == set(Symptom)
    assert set(BY_ERROR) == set(ErrorClass)
    assert set(BY_CAUSE) == {cause.name for cause in CAUSES}
    assert set(Pattern) - set(BY_PATTERN) == {Pattern.HEALTHY, Pattern.TOO_FEW}


@pytest.mark.parametrize("entry", [*TABLE.values(), UNKNOWN], ids=[*TABLE, "unknown"])
def test_every_row_says_what_it_means_and_leads_somewhere(entry: object) -> None:
    assert entry.means  # type: ignore[attr-defined]
    assert not entry.means.endswith(".")  # type: ignore[attr-defined]
    assert {step.runbook for step in entry.steps} <= BOOKS.keys()  # type: ignore[attr-defined]
    assert entry.steps  # type: ignore[attr-defined]
    runbooks = [step.runbook for step in entry.steps]  # type: ignore[attr-defined]
    assert len(runbooks) == len(set(runbooks))
    assert all(re.fullmatch(r"[^.]+[^.?;]\??", step.why) for step in entry.steps)  # type: ignore[attr-defined]


@pytest.mark.parametrize("symptom", Symptom)
def test_every_row_answers_with_a_command_for_every_runbook(symptom: Symptom) -> None:
    found = triage(Seen((Signal(symptom=symptom),)), Given(function="worker", source="aws"), BOOKS)
    assert found.is_known
    assert found.priority is TABLE[symptom].priority
    for proposal in found.proposals:
        assert proposal.command.startswith(f"runbook run {proposal.runbook} --source aws")
        assert proposal.parameters["function_name"] == "worker"
    ranks = [list(Confidence).index(proposal.confidence) for proposal in found.proposals]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("text", "symptom", "first"),
    [
        ("first N succeed, last M fail", Symptom.FIRST_N_THEN_FAIL, "nat_gateway"),
        ("The first 5 uploads succeeded and the last 5 timed out", Symptom.FIRST_N_THEN_FAIL, "nat_gateway"),
        ("Random scattered failures", Symptom.SCATTERED, "function_configuration"),
        ("All operations fail", Symptom.ALL_FAIL, "network_path"),
        ("Intermittent failures", Symptom.INTERMITTENT, "network_path"),
        ("before deploying Lambda-in-VPC code", Symptom.BEFORE_DEPLOY, "network_path"),
        ("after deploying infrastructure changes", Symptom.AFTER_DEPLOY, "post_deploy"),
        ("after terraform apply", Symptom.AFTER_DEPLOY, "post_deploy"),
        ("After adding VPC endpoints", Symptom.NEW_ENDPOINT, "vpc_endpoints"),
        ("Before increasing concurrency limits", Symptom.MORE_CONCURRENCY, "nat_gateway"),
        ("Investigating Lambda connection timeouts", Symptom.CONNECT_TIMEOUT, "network_path"),
        ("Missing S3 VPC endpoint", Symptom.NEW_ENDPOINT, "vpc_endpoints"),
        ("NAT gateway connection saturation", Symptom.NAT_PORTS, "nat_gateway"),
        ("Security group blocking egress", Symptom.PATH_BLOCKED, "network_path"),
        ("Route table not attached to VPC endpoint", Symptom.PATH_BLOCKED, "network_path"),
        ("IAM permission issues", Symptom.ACCESS_DENIED, "function_configuration"),
        ("Performance optimization", Symptom.SLOW, "function_configuration"),
        ("my Lambda times out", Symptom.FUNCTION_TIMEOUT, "network_path"),
        ("the function is Inactive after 14 days", Symptom.NOT_ACTIVE, "function_configuration"),
        ("connections hang after idle minutes", Symptom.IDLE, "tcp_keepalive"),
    ],
)
def test_each_row_of_the_source_document_is_understood(text: str, symptom: Symptom, first: str) -> None:
    found = asked(text)
    assert symptom in [signal.symptom for signal in found.signals]
    assert found.proposals[0].runbook == first


@pytest.mark.parametrize(
    ("text", "symptom", "first"),
    [
        ("connect timeout", Symptom.CONNECT_TIMEOUT, "network_path"),
        ("Lambda can't reach RDS", Symptom.CONNECT_TIMEOUT, "network_path"),
        ("it times out", Symptom.FUNCTION_TIMEOUT, "network_path"),
        ("timeout", Symptom.FUNCTION_TIMEOUT, "network_path"),
        ("the migration takes longer than 15 minutes", Symptom.FUNCTION_TIMEOUT, "network_path"),
        ("every upload fails", Symptom.ALL_FAIL, "network_path"),
        ("half of them fail", Symptom.INTERMITTENT, "network_path"),
        ("sometimes it works", Symptom.INTERMITTENT, "network_path"),
        ("OOM", Symptom.OUT_OF_MEMORY, "function_configuration"),
        ("Runtime exited with error: signal: killed", Symptom.RUNTIME_EXIT, "function_configuration"),
        ("Unable to import module 'app': No module named 'x'", Symptom.INIT_FAILURE, "function_configuration"),
        ("FATAL: sorry, too many clients already", Symptom.TOO_MANY_CONNECTIONS, "function_configuration"),
        ("Endpoint request timed out", Symptom.CALLER_GAVE_UP, "function_configuration"),
        ("Payload Too Large", Symptom.PAYLOAD, "function_configuration"),
    ],
)
def test_what_people_type_in_a_hurry_is_understood(text: str, symptom: Symptom, first: str) -> None:
    found = asked(text)
    assert found.signals[0].symptom is symptom
    assert found.proposals[0].runbook == first


@pytest.mark.parametrize(
    "text", ["no timeout at all", "not every one of them fails", "it works now", "the room", "", " \n"]
)
def test_what_says_the_contrary_or_nothing_is_not_known(text: str) -> None:
    assert not asked(text).is_known


def test_what_folklore_says_of_the_four_patterns_is_corrected() -> None:
    assert "55,000" in TABLE[Symptom.FIRST_N_THEN_FAIL].note
    assert "AccessDenied is a permission's" in TABLE[Symptom.ALL_FAIL].note
    assert "network ACL" in TABLE[Symptom.SCATTERED].note
    assert "network ACL" in TABLE[Symptom.INTERMITTENT].steps[0].why
    assert TABLE[Symptom.INTERMITTENT].priority is Priority.MEDIUM
    assert "refusal" in TABLE[Symptom.CONNECTION_REFUSED].note
    assert "600 s" in TABLE[Symptom.FUNCTION_TIMEOUT].note


@pytest.mark.parametrize(
    "text",
    [
        "the address of the endpoint",
        "native limit",
        "allowed operations that failed over",
        "renewal of the endpoint",
        "signature satur",
        "a longer text about first steps that succeed " * 10 + "and the last fail",
    ],
)
def test_parts_of_other_words_do_not_count(text: str) -> None:
    assert not asked(text).is_known


def test_words_by_chance_in_an_error_do_not_count() -> None:
    error = "An error occurred (AccessDenied): cannot add endpoint after deploy, performance is slow"
    assert [signal.symptom for signal in asked(error).signals] == [Symptom.ACCESS_DENIED]
    assert named(error) == ["function_configuration", "vpc_endpoints"]
