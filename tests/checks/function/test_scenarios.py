"""What a scenario declares about its function is what the checks of its configuration find: no more, no less."""

from __future__ import annotations

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


def judged(name: str) -> Evaluation:
    """What the checks of the configuration say of the function of a scenario, with its log and its metrics."""
    with shared(name), open_source(f"sandbox:{name}") as source:
        choice = Choice(function=find(name).function)
        snapshot = source.collect(wanted_for(choice, keys_needed(["function"]), ()))
        settings = settings_for(snapshot, choice, Question().of(source))
        observed = watch(source, snapshot, settings, Watch())
    return evaluate(observed, settings, select=["function"], prove=False)


@pytest.mark.parametrize("name", SCENARIOS)
def test_checks_find_exactly_what_is_declared(name: str) -> None:
    wrong = [
        (f.check_id, f.status, f.resource.name or f.resource.id)
        for f in judged(name).findings
        if f.check_id.startswith("FUN") and f.status in (Status.FAIL, Status.UNKNOWN)
    ]
    declared = [(e.check_id, e.status, e.resource) for e in find(name).expected if e.check_id.startswith("FUN")]
    assert sorted(wrong) == sorted(declared)
