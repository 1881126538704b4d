"""The role of the target is simulated for what it is needed for, and nothing else is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runbook_lib.checks.base import Settings
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, wanted_for
from runbook_lib.facade.judging import keys_needed
from runbook_lib.facade.simulating import with_simulations
from runbook_lib.facade.sources import Source, open_source
from runbook_lib.model.roles import Decision, PolicySimulation
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.targets import of_vpc
from runbook_lib.network.view import View
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.sandbox.scenarios import find
from tests.embedded import shared

NAME = "role-lacks-permission"
Read = tuple[Source, Snapshot, Settings]


@pytest.fixture(scope="module")
def read() -> Iterator[Read]:
    with shared(NAME), open_source(f"sandbox:{NAME}") as source:
        choice = Choice(function=find(NAME).function)
        snapshot = source.collect(wanted_for(choice, keys_needed(["function"]), ()))
        yield source, snapshot, settings_for(snapshot, choice, Question().of(source))


def test_each_need_of_the_function_is_simulated(read: Read) -> None:
    source, snapshot, settings = read
    found = with_simulations(source, snapshot, settings)
    assert found.gaps == snapshot.gaps
    told = {(item.action, item.resource): item for item in found.all(PolicySimulation)}
    assert {action for action, _ in told} >= {"s3:PutObject", "logs:PutLogEvents", "ec2:CreateNetworkInterface"}
    put = told["s3:PutObject", "arn:aws:s3:::*/*"]
    assert (put.decision, put.allowed_by_boundary) == (Decision.IMPLICIT_DENY, False)
    assert put.allowed_by_organizations is None
    assert {item.decision for item in told.values() if item is not put} == {Decision.ALLOWED}


def test_the_number_of_calls_does_not_grow_with_the_actions(read: Read) -> None:
    source, snapshot, settings = read
    more = replace(settings, actions=("s3:PutObject", "s3:GetObject", "s3:DeleteObject"))
    calls = [len(with_simulations(source, snapshot, item).calls) for item in (settings, more)]
    assert calls[0] == calls[1]
    assert calls[0] - len(snapshot.calls) <= 12


def test_actions_with_a_wildcard_are_not_simulated(read: Read) -> None:
    source, snapshot, settings = read
    found = with_simulations(source, snapshot, replace(settings, services=("firehose",), actions=()))
    assert found.gaps == snapshot.gaps
    assert not any("*" in item.action for item in found.all(PolicySimulation))


def test_a_role_that_was_not_read_is_a_gap(read: Read) -> None:
    source, snapshot, settings = read
    listings = {key: value for key, value in snapshot.listings.items() if key[1] != "Roles"}
    blind = replace(snapshot, listings=listings)
    found = with_simulations(source, blind, settings)
    (gap,) = set(found.gaps) - set(blind.gaps)
    assert (gap.what, gap.action) == ("PolicySimulations", "iam:GetRole")
    assert found.calls == blind.calls


def test_a_saved_snapshot_and_another_target_are_left_alone(read: Read, tmp_path: Path) -> None:
    source, snapshot, settings = read
    vpc = replace(settings, target=of_vpc(View(snapshot), settings.target.vpc_ids[0]))
    assert with_simulations(source, snapshot, vpc) is snapshot
    simulated = with_simulations(source, snapshot, settings)
    save_snapshot(simulated, tmp_path)
    with open_source(f"snapshot:{tmp_path}") as saved:
        again = with_simulations(saved, simulated, settings)
    assert again is simulated
