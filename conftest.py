"""Runbooks that pytest runs where they are write their evidence to a folder that goes away, not to reports/."""

import os
import shutil
import tempfile

import pytest

FOLDER = pytest.StashKey[str]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Kernels inherit the environment; fixtures never run for the cells of a notebook."""
    session.config.stash[FOLDER] = os.environ["RUNBOOK_REPORTS"] = tempfile.mkdtemp(prefix="reports-")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what they wrote."""
    shutil.rmtree(session.config.stash[FOLDER], ignore_errors=True)
