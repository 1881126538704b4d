"""An empty embedded AWS, and a builder of worlds in it."""

from typing import Any

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.staging import stage
from runbook_lib.sandbox.world import World


@pytest.fixture
def aws() -> EmbeddedAws:
    return EmbeddedAws()


@pytest.fixture
def world(aws: EmbeddedAws) -> World:
    made = World(aws.client, stage, aws.region)
    aws.front.forget()
    return made


@pytest.fixture
def ec2(aws: EmbeddedAws) -> Any:
    return aws.client("ec2")


@pytest.fixture
def functions(aws: EmbeddedAws) -> Any:
    return aws.client("lambda")
