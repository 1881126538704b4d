"""The embedded AWS inside the test's own process: a process for each world costs two seconds of processor time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.scenarios import find

__all__ = ["shared"]


@contextmanager
def shared(name: str) -> Iterator[EmbeddedAws]:
    """Where `sandbox:<name>` is asked meanwhile, here and in kernels started from here, this one answers.

    moto keeps its state per process, so there can be one at a time.
    """
    aws = EmbeddedAws(find(name))
    with aws.listening() as endpoint_url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNBOOK_SANDBOX", f"{find(name).name} {endpoint_url}")
        yield aws
