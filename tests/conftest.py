"""What the tests of every area share: the browser, or the reason why it is missing."""

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


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium for Playwright's `executable_path`; without one the test skips, and in CI it fails."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        missing(f"no Chromium: none of {', '.join(BROWSERS)} is on PATH and CHROMIUM is not set")
    return found
