"""The answer: which runbooks are offered, with which parameters, and that nothing is offered that is not there."""

from __future__ import annotations

import shlex

import pytest

from runbook_lib.triage.answer import Given, Proposal, triage
from runbook_lib.triage.reading import Seen
from runbook_lib.triage.rows import Confidence, Priority
from runbook_lib.triage.symptoms import Signal, Symptom
from tests.triage.asked import BOOKS, asked, named

RUN = "runbook run"
ANALYZER = "reachability_analyzer"
TIMEOUT = 'ConnectTimeoutError: Connect timeout on endpoint URL: "https://{host}/x"'


def to(host: str) -> str:
    return TIMEOUT.format(host=host)


def test_a_whole_proposal() -> None:
    assert asked("Error: connect ECONNREFUSED 10.0.3.4:5432", Given(function="worker", source="aws")).proposals == (
        Proposal(
            runbook="network_path",
            why="does the packet arrive where it is meant to, on the port it is meant for?",
            confidence=Confidence.POSSIBLE,
            parameters={"function_name": "worker", "destination": "10.0.3.4", "port": 5432},
            to_tell=(),
            command=f"{RUN} network_path --source aws -p function_name worker -p destination 10.0.3.4 -p port 5432",
        ),
    )


def test_the_whole_answer_as_json() -> None:
    assert asked("An error occurred (AccessDenied) when calling the PutObject operation").to_json() == {
        "known": True,
        "headline": "The request arrived and was refused: the network works; run function_configuration next.",
        "priority": "high",
        "symptoms": [
            {
                "symptom": "access_denied",
                "means": "the request arrived and was refused: the network works",
                "count": 1,
                "words": "An error occurred (AccessDenied) when calling the PutObject operation",
                "destination": None,
            }
        ],
        "next": [
            {
                "rank": 1,
                "runbook": "function_configuration",
                "why": "which principal, action and resource, and which statement is missing?",
                "confidence": "likely",
                "parameters": {},
                "to_tell": ["function_name"],
                "command": "runbook run function_configuration --source aws -p function_name FUNCTION",
            },
            {
                "rank": 2,
                "runbook": "vpc_endpoints",
                "why": "the policy of an endpoint can refuse what the role allows",
                "confidence": "possible",
                "parameters": {},
                "to_tell": ["function_name"],
                "command": "runbook run vpc_endpoints --source aws -p function_name FUNCTION",
            },
        ],
        "look_at": ["the policy that the message names: identity, resource, endpoint, boundary or organisation"],
        "notes": ["Permissions fail fast and say so; they make no timeouts."],
        "gaps": [],
    }


# only what is there


@pytest.mark.parametrize("missing", BOOKS)
@pytest.mark.parametrize("symptom", Symptom)
def test_a_runbook_that_is_not_there_is_not_offered(symptom: Symptom, missing: str) -> None:
    books = {name: known for name, known in BOOKS.items() if name != missing}
    found = triage(Seen((Signal(symptom=symptom),)), Given(), books)
    assert missing not in [proposal.runbook for proposal in found.proposals]
    assert all(f"run {missing} " not in proposal.command for proposal in found.proposals)
    assert missing not in found.headline


def test_without_any_runbook_that_fits_it_is_said() -> None:
    found = asked("Runtime.OutOfMemory", without=("function_configuration",))
    assert found.proposals == ()
    assert found.headline == "The function needed more memory than it has; no runbook here answers that."
    assert found.look_at
    nothing = asked("hello", without=tuple(BOOKS))
    assert (nothing.proposals, nothing.headline[-4:]) == ((), " it.")


def test_parameters_a_runbook_does_not_have_are_not_given() -> None:
    books = {"network_path": ("source", "port")}
    seen = Seen(asked(to("db.internal:5432")).signals)
    (found,) = triage(seen, Given(), books).proposals
    assert (found.parameters, found.to_tell) == ({"port": 5432}, ())


# the destination decides


@pytest.mark.parametrize(
    ("host", "runbooks", "parameters"),
    [
        (
            "reports.s3.eu-west-1.amazonaws.com",
            ["vpc_endpoints", "network_path", "nat_gateway", ANALYZER],
            {"services": "s3", "bucket": "reports"},
        ),
        (
            "a.dotted.bucket.s3.amazonaws.com",
            ["vpc_endpoints", "network_path", "nat_gateway", ANALYZER],
            {"services": "s3", "bucket": "a.dotted.bucket"},
        ),
        ("s3.eu-west-1.amazonaws.com", ["vpc_endpoints", "network_path", "nat_gateway", ANALYZER], {"services": "s3"}),
        (
            "dynamodb.eu-west-1.amazonaws.com",
            ["vpc_endpoints", "network_path", "nat_gateway", ANALYZER],
            {"services": "dynamodb"},
        ),
        ("sqs.eu-west-1.amazonaws.com", ["vpc_endpoints", "network_path", "nat_gateway", ANALYZER], {}),
        ("api.example.com", ["network_path", "nat_gateway", ANALYZER], {"destination": "api.example.com"}),
        ("s3.example.com", ["network_path", "nat_gateway", ANALYZER], {"destination": "s3.example.com"}),
        ("10.0.3.4:5432", ["network_path", ANALYZER], {"destination": "10.0.3.4", "port": 5432}),
        ("52.218.1.9:443", ["network_path", "nat_gateway", ANALYZER], {"destination": "52.218.1.9", "port": 443}),
        ("[fd00::5]:443", ["network_path"], {"destination": "fd00::5", "port": 443}),
        ("[2600:1f18::5]", ["network_path", "nat_gateway"], {"destination": "2600:1f18::5"}),
    ],
)
def test_the_destination_decides(host: str, runbooks: list[str], parameters: dict[str, str | int]) -> None:
    found = asked(to(host))
    assert [proposal.runbook for proposal in found.proposals] == runbooks
    assert found.proposals[0].parameters == parameters


def test_without_a_destination_a_service_of_aws_is_only_possible() -> None:
    found = {one.runbook: one.confidence for one in asked("botocore.exceptions.ConnectTimeoutError: ").proposals}
    assert found == {
        "network_path": Confidence.LIKELY,
        "vpc_endpoints": Confidence.POSSIBLE,
        "nat_gateway": Confidence.POSSIBLE,
        "reachability_analyzer": Confidence.POSSIBLE,
    }


def test_each_runbook_gets_the_destination_of_its_own_symptom() -> None:
    refused = "Error: connect ECONNREFUSED 10.0.3.4:5432"
    text = f"{refused}\n{refused}\nError: read ECONNRESET api.example.com:443"
    found = {one.runbook: one.parameters.get("destination") for one in asked(text).proposals}
    assert (found["network_path"], found["tcp_keepalive"]) == ("10.0.3.4", "api.example.com")


# several symptoms


def test_an_error_that_is_not_the_networks_outweighs_how_failures_are_arranged() -> None:
    seen = Seen((Signal(symptom=Symptom.ALL_FAIL, count=9), Signal(symptom=Symptom.ACCESS_DENIED, count=9)))
    found = triage(seen, Given(), BOOKS)
    assert [one.runbook for one in found.proposals] == ["function_configuration", "vpc_endpoints"]
    assert found.signals == seen.signals


def test_a_pattern_comes_first_where_the_network_may_be_at_fault() -> None:
    seen = Seen((Signal(symptom=Symptom.FIRST_N_THEN_FAIL), Signal(symptom=Symptom.CONNECT_TIMEOUT)))
    found = triage(seen, Given(), BOOKS)
    assert found.proposals[0].runbook == "nat_gateway"
    assert found.proposals[0].why.count(";") >= 1


def test_a_function_outside_any_vpc_gets_no_runbook_about_one() -> None:
    seen = Seen((Signal(symptom=Symptom.OUTSIDE_VPC), Signal(symptom=Symptom.CONNECT_TIMEOUT)))
    found = triage(seen, Given(function="worker"), BOOKS)
    assert [one.runbook for one in found.proposals] == ["function_configuration"]


def test_priority_is_that_of_the_most_urgent_symptom() -> None:
    seen = Seen((Signal(symptom=Symptom.SLOW), Signal(symptom=Symptom.DNS)))
    assert triage(seen, Given(), BOOKS).priority is Priority.HIGH
    assert triage(Seen((Signal(symptom=Symptom.SLOW),)), Given(), BOOKS).priority is Priority.LOW


# command lines


def test_options_of_the_source_go_into_the_command() -> None:
    given = Given(
        function="my function", source="aws", options={"region": "eu-west-1", "profile": "", "role_arn": "a$b"}
    )
    (command, *_) = [one.command for one in asked("Task timed out after 3.00 seconds", given).proposals]
    words = ["runbook", "run", "network_path", "--source", "aws", "--region", "eu-west-1", "--role-arn", "a$b"]
    assert shlex.split(command) == [*words, "-p", "function_name", "my function"]
    assert "'a$b'" in command


def test_clients_have_to_be_told_where_a_runbook_asks_for_them() -> None:
    found = next(one for one in asked("Error: read ECONNRESET").proposals if one.runbook == "tcp_keepalive")
    assert found.to_tell == ("function_name", "clients")
    assert found.command == "runbook run tcp_keepalive --source aws -p function_name FUNCTION -p clients CLIENTS"


def test_reasons_stay_few() -> None:
    assert named("first five succeed, last five time out")
    signals = tuple(Signal(symptom=symptom) for symptom in Symptom if symptom is not Symptom.OUTSIDE_VPC)
    for proposal in triage(Seen(signals), Given(), BOOKS).proposals:
        assert proposal.why.count("; ") <= 3
