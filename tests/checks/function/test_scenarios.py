"""What a scenario declares about its function is what the checks of its configuration find: no more, no less."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.engine import Evaluation, evaluate
from runbook_lib.facade.checking import Question, settings_for
from runbook_lib.facade.choosing import Choice, wanted_for
from runbook_lib.facade.judging import keys_needed
from runbook_lib.facade.logs import Load
from runbook_lib.facade.simulating import with_simulations
from runbook_lib.facade.sources import open_source
from runbook_lib.facade.watching import Watch, watch
from runbook_lib.model.status import Status
from runbook_lib.sandbox.scenarios import SCENARIOS, find
from tests.embedded import shared

RUNBOOK = "function_configuration"
FAMILIES = ("function", "logs", "source")


def judged(name: str) -> tuple[Evaluation, Evaluation]:
    """What the checks of the configuration say of the function of a scenario, with its log and its metrics.

    First as `runbook check` asks, then as the runbook does: with the SDK of the scenario, the policy simulator asked,
    and the log judged too.
    """
    with shared(name), open_source(f"sandbox:{name}") as source:
        choice = Choice(function=find(name).function)
        asked, sdk = Question().of(source), Load().of(source).sdk
        buckets = (asked.bucket,) if asked.bucket else ()
        snapshot = source.collect(wanted_for(choice, keys_needed(FAMILIES), buckets))
        settings = settings_for(snapshot, choice, asked)
        since = find(name).parameters.get("since", "")
        observed = watch(source, snapshot, settings, Watch(since=since))
        simulated = with_simulations(source, observed, settings)
    configuration = evaluate(observed, settings, select=["function"], prove=False)
    return configuration, evaluate(simulated, replace(settings, sdk=sdk), select=FAMILIES, prove=False)


@pytest.mark.parametrize("name", SCENARIOS)
def test_checks_find_exactly_what_is_declared(name: str) -> None:
    configuration, runbook = judged(name)
    wrong = [
        (f.check_id, f.status, f.resource.name or f.resource.id)
        for f in configuration.findings
        if f.check_id.startswith("FUN") and f.status in (Status.FAIL, Status.UNKNOWN)
    ]
    declared = [(e.check_id, e.status, e.resource) for e in find(name).expected if e.check_id.startswith("FUN")]
    assert sorted(wrong) == sorted(declared)
    assert runbook.verdict is find(name).verdicts.get(RUNBOOK, runbook.verdict)
