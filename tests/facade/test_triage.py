"""A function is triaged by its log, its state and where it runs; secrets in a text go no further."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runbook_lib import runbook
from runbook_lib.errors import UsageError
from runbook_lib.model.observations import EVENTS_KEY
from runbook_lib.parameters import runbooks
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.triage.answer import Triage
from runbook_lib.triage.symptoms import Symptom
from tests.builders import World
from tests.network.paths import nat_world

KEY_ID = "AKIA" + "QWERTYUIOPASDFGH"
HOST = "documents.s3.ap-southeast-1.amazonaws.com"
EVENTS = [
    {
        "logStreamName": "2026/11/21/[$LATEST]a",
        "timestamp": 1_795_000_000_000 + number,
        "message": message,
        "eventId": str(number),
    }
    for number, message in enumerate(
        (
            "START RequestId: 1b2c3d4e-1111-4222-8333-444444444444 Version: $LATEST\n",
            f'[ERROR] ConnectTimeoutError: Connect timeout on endpoint URL: "https://{HOST}/k"\nTraceback\n',
            "END RequestId: 1b2c3d4e-1111-4222-8333-444444444444\n",
            "REPORT RequestId: 1b2c3d4e-1111-4222-8333-444444444444\tDuration: 3.00 ms\tBilled Duration: 3 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 60 MB\t\n",
        )
    )
]


def triaged(folder: Path, made: World, *, events: object = EVENTS, **configuration: object) -> Triage:
    """The triage of the one function of a world that is saved with a log and a configuration."""
    save_snapshot(made.snapshot(), folder / "facts")
    scope = next((folder / "facts").rglob("Functions.json")).parent
    facts: dict[str, Any] = {}
    if events is not None:
        facts[EVENTS_KEY] = events
    if configuration:
        facts["FunctionConfigurations"] = [{"FunctionName": "worker", **configuration}]
    (scope / "more.json").write_text(json.dumps(facts))
    with runbook.open_source(f"snapshot:{folder / 'facts'}") as source:
        return runbook.triage_function(source, "worker", "", {})[0]


def placed() -> World:
    """A function behind a NAT gateway."""
    return nat_world().function(subnets=["a"])


def symptoms(found: Triage) -> list[Symptom]:
    return [signal.symptom for signal in found.signals]


def test_only_runbooks_that_exist_are_offered() -> None:
    there = {book.name for book in runbooks()}
    for text in ("Task timed out after 3.00 seconds", "AccessDenied", "hello", "Runtime.OutOfMemory"):
        assert {one.runbook for one in runbook.triage_text(text).proposals} <= there


def test_every_command_has_parameters_that_the_runbook_takes() -> None:
    known = {book.name: {parameter.name for parameter in book.parameters} for book in runbooks()}
    for text in (f'Connect timeout on endpoint URL: "https://{HOST}/"', "Error: read ECONNRESET 1.2.3.4:443"):
        for one in runbook.triage_text(text).proposals:
            assert {*one.parameters, *one.to_tell} <= known[one.runbook]


def test_secrets_in_a_text_are_not_repeated() -> None:
    text = f"AccessDenied for password=hunter2hunter2 and {KEY_ID} in the request"
    said = json.dumps(runbook.triage_text(text).to_json())
    assert KEY_ID not in said
    assert "hunter2" not in said


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("hello\n")
    with pytest.raises(UsageError, match="none of its lines is one of a Lambda log"):
        runbook.triage_file(tmp_path / "odd.txt")
    with pytest.raises(UsageError, match="cannot be read"):
        runbook.triage_file(tmp_path / "none.txt")


def test_the_log_of_a_function_tells(tmp_path: Path) -> None:
    found = triaged(tmp_path, placed())
    assert [(one.symptom, one.destination) for one in found.signals] == [(Symptom.CONNECT_TIMEOUT, HOST)]
    assert found.proposals[0].command.startswith(f"runbook run vpc_endpoints --source snapshot:{tmp_path}/facts -p ")


def test_the_state_of_a_function_tells_before_its_log(tmp_path: Path) -> None:
    reason = {"StateReason": "The function is idle.", "StateReasonCode": "Idle"}
    found = triaged(tmp_path, placed(), State="Inactive", **reason)
    assert symptoms(found) == [Symptom.NOT_ACTIVE, Symptom.CONNECT_TIMEOUT]
    assert found.signals[0].words == "The function is idle."


@pytest.mark.parametrize(
    ("code", "symptom"),
    [
        ("SubnetOutOfIPAddresses", Symptom.NO_ADDRESSES),
        ("EniLimitExceeded", Symptom.NO_INTERFACES),
        ("InsufficientRolePermissions", Symptom.INTERFACES_REFUSED),
        ("InternalError", Symptom.NOT_ACTIVE),
    ],
)
def test_reasons_of_a_state(tmp_path: Path, code: str, symptom: Symptom) -> None:
    found = triaged(tmp_path, placed(), State="Failed", StateReason="Because.", StateReasonCode=code)
    assert symptoms(found)[0] is symptom


def test_an_active_function_is_no_symptom(tmp_path: Path) -> None:
    assert symptoms(triaged(tmp_path, placed(), State="Active")) == [Symptom.CONNECT_TIMEOUT]


def test_a_function_without_a_log_is_not_told_to_be_well(tmp_path: Path) -> None:
    found = triaged(tmp_path, placed().denied(EVENTS_KEY), events=None)
    assert symptoms(found) == [Symptom.NOT_SEEN]
    assert found.gaps
    assert {one.confidence.value for one in found.proposals} == {"a place to begin"}


def test_a_function_outside_any_vpc_gets_no_runbook_about_one(tmp_path: Path) -> None:
    triaged(tmp_path, placed().function("outside", in_vpc=False))
    with runbook.open_source(f"snapshot:{tmp_path / 'facts'}") as source:
        found = runbook.triage_function(source, "outside", "", {})[0]
    assert symptoms(found)[0] is Symptom.OUTSIDE_VPC
    assert not {one.runbook for one in found.proposals} & {"vpc_endpoints", "nat_gateway", "network_path"}


def test_a_function_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    triaged(tmp_path, placed())
    with (
        runbook.open_source(f"snapshot:{tmp_path / 'facts'}") as source,
        pytest.raises(UsageError, match="'wrker'"),
    ):
        runbook.triage_function(source, "wrker", "", {})
