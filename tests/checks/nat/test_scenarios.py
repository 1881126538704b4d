"""What a scenario declares about NAT gateways is what the NAT checks find in its world: nothing more, nothing less."""

from __future__ import annotations

from functools import cache

import pytest

from runbook_lib.engine import Evaluation, evaluate
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, wanted_for
from runbook_lib.facade.judging import keys_needed
from runbook_lib.facade.sources import open_source
from runbook_lib.facade.watching import Watch, watch
from runbook_lib.model.status import Status
from runbook_lib.sandbox.scenarios import SCENARIOS, find
from tests.embedded import shared


@cache
def judged(name: str) -> Evaluation:
    """What the NAT checks say of a scenario. The answer is kept, not the facts and metrics: of those there are many."""
    with shared(name), open_source(f"sandbox:{name}") as source:
        choice = Choice(function=find(name).function)
        snapshot = source.collect(wanted_for(choice, keys_needed(["nat"]), ()))
        settings = settings_for(snapshot, choice, Question().of(source))
        observed = watch(source, snapshot, settings, Watch(), logs=False)
    return evaluate(observed, settings, select=["nat"], prove=False)


@pytest.mark.parametrize("name", SCENARIOS)
def test_checks_find_exactly_what_is_declared(name: str) -> None:
    wrong = [
        (f.check_id, f.status, f.resource.name or f.resource.id)
        for f in judged(name).findings
        if f.check_id.startswith("NAT") and f.status in (Status.FAIL, Status.UNKNOWN)
    ]
    declared = [(e.check_id, e.status, e.resource) for e in find(name).expected if e.check_id.startswith("NAT")]
    assert sorted(wrong) == sorted(declared)


@pytest.mark.parametrize("name", [name for name, item in SCENARIOS.items() if item.true_cause])
def test_only_full_ports_count_as_full_ports(name: str) -> None:
    blamed = {f.check_id for f in judged(name).findings if f.status is Status.FAIL}
    assert ("NAT007" in blamed) is (find(name).true_cause == "nat_port_exhaustion")
