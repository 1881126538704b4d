"""All scenarios by name; importing this loads neither boto3 nor moto."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runbook_lib.errors import unknown_name
from runbook_lib.sandbox.scenario import Scenario
from runbook_lib.sandbox.scenarios import fixed, incident

__all__ = ["SCENARIOS", "find"]

_MODULES = (
    incident,
    fixed,
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({module.SCENARIO.name: module.SCENARIO for module in _MODULES})


def find(name: str) -> Scenario:
    """The scenario with this name; UsageError naming the nearest when there is none."""
    if name not in SCENARIOS:
        raise unknown_name("scenario", name, SCENARIOS)
    return SCENARIOS[name]
