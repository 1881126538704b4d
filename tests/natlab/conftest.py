"""One run of the lab for many tests; a machine that refuses it says why."""

from __future__ import annotations

import pytest

from runbook_lib.natlab import Condition, Crowd, Kind, condition, run_crowd
from tests.missing import missing

LIMIT_S = 3
PORTS, CLIENTS = 20, 40


@pytest.fixture(scope="session")
def place() -> Condition:
    """Network namespaces; without them the tests that need some name the reason."""
    found = condition()
    if found.kind is not Kind.NAMESPACES:
        missing(f"no network namespaces: {found.reason}")
    return found


@pytest.fixture(scope="session")
def crowd(place: Condition) -> Crowd:
    """40 boto3 clients through 20 ports, with what they logged."""
    return run_crowd(place, 350, ports=PORTS, clients=CLIENTS, debug=True)
