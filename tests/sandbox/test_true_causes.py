"""What really happened in a scenario is the cause that ranks first, and nothing else is claimed beside it."""

from __future__ import annotations

import pytest

from runbook_lib.facade.logs import Load, log_of_function
from runbook_lib.facade.sources import open_source
from runbook_lib.facade.watching import Watch
from runbook_lib.invocations.analysis import Analysis
from runbook_lib.invocations.base import Outcome, Plausibility
from runbook_lib.sandbox.scenarios import SCENARIOS
from tests.embedded import shared

CAUSED = [name for name, scenario in SCENARIOS.items() if scenario.true_cause]


def analysis_of(name: str) -> Analysis:
    with shared(name), open_source(f"sandbox:{name}") as source:
        return log_of_function(source, "", Watch(), Load(), ask=lambda _: False)[0]


@pytest.mark.parametrize("name", CAUSED)
def test_the_true_cause_ranks_first(name: str) -> None:
    scenario, found = SCENARIOS[name], analysis_of(name)
    assert found.hypotheses[0].cause == scenario.true_cause
    assert found.exit_code == 1
    leading = {item.cause for item in found.leading}
    assert leading == {scenario.true_cause, *scenario.ambiguous}
    assert ("Ambiguous" in found.conclusion) == bool(scenario.ambiguous)


def test_one_bad_subnet_is_never_blamed_on_the_gateway_although_the_split_is_that_of_the_incident() -> None:
    bad, incident = analysis_of("one-bad-subnet"), analysis_of("incident")
    assert bad.pattern is incident.pattern
    verdicts = {item.cause: item.verdict for item in bad.hypotheses}
    assert verdicts["nat_port_exhaustion"] is Plausibility.RULED_OUT


def test_what_has_not_arrived_is_no_success() -> None:
    found = analysis_of("late-logs")
    assert found.count(Outcome.UNKNOWN) > 0
    assert found.exit_code == 3


def test_healthy_invocations_are_called_healthy() -> None:
    found = analysis_of("fixed")
    assert (found.exit_code, found.gaps, found.count(Outcome.SUCCESS)) == (0, (), 10)
