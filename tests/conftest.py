"""What the tests of every area share: patience, the collector of garbage, the browser or why it is missing."""

import gc
import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

from tests.missing import missing

# A timing is never asserted: a busy machine must not fail a property.
settings.register_profile("kit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kit")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Notebooks below tests/ are inputs of tests, some broken on purpose; only those in runbooks/ are run as they are.
collect_ignore_glob = ["*.ipynb"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files whose tests start kernels first: begun last, one of them would keep one core busy for minutes."""
    slow = {item.path for item in items if item.get_closest_marker("notebook")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Keep the collector of garbage off what lives as long as the run, and off the worlds in use.

    Without it up to half of the processor time of a file goes there. pytest itself collects everything at its end.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 5)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium for Playwright's `executable_path`; without one the test skips, and in CI it fails."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        missing(f"no Chromium: none of {', '.join(BROWSERS)} is on PATH and CHROMIUM is not set")
    return found
