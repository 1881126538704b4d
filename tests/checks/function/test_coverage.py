"""Every check of a function's configuration fails in some scenario: none is there that the sandbox never shows."""

from __future__ import annotations

import pytest

from runbook_lib.checks import CHECKS
from runbook_lib.model.status import Status
from runbook_lib.sandbox.scenarios import SCENARIOS
from tests.checks.function.test_scenarios import judged

FUNCTION = {check.META.id for check in CHECKS if check.META.family == "function"}
TOLD = {"FUN003": "default-timeout-3s"}
"""Checks that fail only where somebody told what no fact tells, here the SDK, and the scenario in which they do."""


def declared() -> set[str]:
    every = (expect for scenario in SCENARIOS.values() for expect in scenario.expected)
    return {expect.check_id for expect in every if expect.status is Status.FAIL and expect.check_id in FUNCTION}


def test_every_check_is_declared_to_fail_in_some_scenario() -> None:
    assert sorted(FUNCTION - declared()) == sorted(TOLD)


@pytest.mark.parametrize(("check_id", "name"), TOLD.items())
def test_what_depends_on_what_was_told_fails_where_it_was(check_id: str, name: str) -> None:
    _, runbook = judged(name)
    assert check_id in {finding.check_id for finding in runbook.findings if finding.status is Status.FAIL}
