"""What a scenario declares about NAT gateways is what the NAT checks find in its world: nothing more, nothing less."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from runbook_lib.checks.base import Settings
from runbook_lib.engine import Evaluation, evaluate
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, wanted_for
from runbook_lib.facade.judging import keys_needed
from runbook_lib.facade.sources import open_source
from runbook_lib.facade.watching import Watch, watch
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.status import Status
from runbook_lib.sandbox.scenarios import SCENARIOS, find
from tests.embedded import shared

Collected = Callable[[str], tuple[Snapshot, Settings]]


@pytest.fixture(scope="module", name="collected")
def _collected() -> Collected:
    """The facts and metrics of a scenario by name, read once, and what is asked there."""

    @cache
    def of(name: str) -> tuple[Snapshot, Settings]:
        with shared(name), open_source(f"sandbox:{name}") as source:
            choice = Choice(function=find(name).function)
            snapshot = source.collect(wanted_for(choice, keys_needed(["nat"]), ()))
            settings = settings_for(snapshot, choice, Question().of(source))
            return watch(source, snapshot, settings, Watch(), logs=False), settings

    return of


def judged(collected: Collected, name: str) -> Evaluation:
    snapshot, settings = collected(name)
    return evaluate(snapshot, settings, select=["nat"], prove=False)


@pytest.mark.parametrize("name", SCENARIOS)
def test_checks_find_exactly_what_is_declared(collected: Collected, name: str) -> None:
    wrong = [
        (f.check_id, f.status, f.resource.name or f.resource.id)
        for f in judged(collected, name).findings
        if f.check_id.startswith("NAT") and f.status in (Status.FAIL, Status.UNKNOWN)
    ]
    declared = [(e.check_id, e.status, e.resource) for e in find(name).expected if e.check_id.startswith("NAT")]
    assert sorted(wrong) == sorted(declared)


@pytest.mark.parametrize("name", [name for name, item in SCENARIOS.items() if item.true_cause])
def test_only_full_ports_count_as_full_ports(collected: Collected, name: str) -> None:
    blamed = {f.check_id for f in judged(collected, name).findings if f.status is Status.FAIL}
    assert ("NAT007" in blamed) is (find(name).true_cause == "nat_port_exhaustion")
