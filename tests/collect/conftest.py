"""No test here sees the credentials, profiles or Region of the machine it runs on, or waits."""

import os
from pathlib import Path

import pytest

from runbook_lib.collect.limits import Limits

from .fake_aws import FakeAws


@pytest.fixture(autouse=True)
def no_aws_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("aws")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials"))
    return home


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The SDK's pauses between attempts, not waited for."""
    pauses: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", pauses.append)
    return pauses


@pytest.fixture
def aws(slept: list[float]) -> FakeAws:
    return FakeAws()


@pytest.fixture
def limits() -> Limits:
    """Standard retries: the adaptive mode's token bucket waits in real time."""
    return Limits(retry_mode="standard")
