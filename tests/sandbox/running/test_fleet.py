"""Environments end with the fleet, those at work as soon as they are given back."""

from __future__ import annotations

import pytest

from runbook_lib.sandbox.deployment import archive
from runbook_lib.sandbox.running.deployed import Deployed
from runbook_lib.sandbox.running.fleet import Fleet
from runbook_lib.sandbox.running.vpc import Place

_CODE = archive("def handler(event, context): return 1\n")
_DEPLOYED = Deployed(
    name="f",
    region="eu-west-1",
    version="$LATEST",
    arn="arn:aws:lambda:eu-west-1:123456789012:function:f",
    handler="lambda_function.handler",
    runtime="python3.12",
    memory_mb=128,
    timeout_s=3,
    variables=(),
    log_format="Text",
    system_level="INFO",
    application_level="INFO",
    log_group="/aws/lambda/f",
    places=(Place(subnet_id="", groups=()),),
    code_sha256="",
)


def test_an_environment_is_used_again_and_ends_when_it_comes_back_too_late() -> None:
    fleet = Fleet()
    environment = fleet.take(_DEPLOYED, _CODE)
    fleet.give_back(_DEPLOYED, environment)
    assert fleet.take(_DEPLOYED, _CODE) is environment
    fleet.close()
    fleet.give_back(_DEPLOYED, environment)
    with pytest.raises(OSError, match="Bad file descriptor"):
        environment.send({})
