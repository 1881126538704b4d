"""What the tests of the deploy checks share: a function behind a gateway endpoint, and what is asked of it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.status import Status
from tests.builders import ACCOUNT, REGION, World, world
from tests.deployments import request_id

__all__ = ["ARN", "ask", "deployed", "log_seen", "pointer", "sent_seen", "told"]

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"


def deployed() -> World:
    """A function in subnets a and b, both on the main route table, with a gateway endpoint for S3."""
    made = world().vpc().subnet(az="a").subnet(az="b").group().function()
    return made.gateway_endpoint("s3", tables=["main"])


def ask(made: World, check: ModuleType, **asked: Any) -> tuple[Finding, ...]:
    """What a check says about a deployment of which this is asked."""
    return made.ask(check, deploy=Deploy(**asked))


def told(findings: tuple[Finding, ...]) -> list[tuple[Status, str]]:
    """Status and code of every finding."""
    return [(finding.status, finding.code) for finding in findings]


def pointer(key: str) -> str:
    """The pointer of a listing."""
    return f"/accounts/{ACCOUNT}/{REGION}/{key}"


def sent_seen(purpose: str, **numbers: Any) -> Evidence:
    """The evidence of requests of a purpose: the numbers of those that ended so."""
    value = {
        outcome: [request_id(purpose, number) for number in numbers.get(outcome, ())]
        for outcome in ("success", "failure", "unknown")
    }
    return Evidence(operation="lambda:Invoke", pointer=pointer("InvokeResults"), value=value)


def log_seen(**counts: int) -> Evidence:
    """The evidence of the log, with how many invocations ended so."""
    value = {"logGroupName": "/aws/lambda/worker", **counts}
    return Evidence(operation="logs:FilterLogEvents", pointer=pointer("Events"), value=value)
