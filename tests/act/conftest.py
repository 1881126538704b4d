"""No test here sees the credentials, profiles or Region of the machine it runs on, or waits."""

import pytest

from tests.collect.conftest import no_aws_settings, slept

from .fake_lambda import FakeLambda

__all__ = ["aws", "no_aws_settings", "slept"]


@pytest.fixture
def aws(slept: list[float]) -> FakeLambda:
    return FakeLambda()
