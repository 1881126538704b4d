"""What a test does when this machine lacks something it needs."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip and name what is missing; in CI, which installs it, fail."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
