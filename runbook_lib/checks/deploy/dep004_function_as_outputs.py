"""Function is configured as the Terraform outputs say.

What is verified
    Name, ARN, subnets and security groups of the function, and the version that answers, are those of the outputs.
Why it matters
    A function that was changed by hand, or another one than Terraform deployed, is tried in vain: the next apply
    changes it back.
How it is decided
    Each output by itself; ARNs without version or alias, subnets and groups without regard to their order; the version
    by what Lambda says it executed, of every request.
Unknown when
    An output was not read, or the function was not; no request was answered, or $LATEST answered for a version.
Sources
    ListFunctions, https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html (read 2026-11-21)
    terraform output command, https://developer.hashicorp.com/terraform/cli/commands/output (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.outputs import NAMED, doubt, of_outputs, output, texts_of, words
from runbook_lib.checks.deploy.versions import of_version
from runbook_lib.errors import FactMissing
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP004",
    title="Function is configured as the Terraform outputs say",
    severity=Severity.HIGH,
    family="deploy",
    applies_to=Function.TYPE,
    needs=(*NAMED, InvokeResult.KEY),
)

_ARN_PARTS = 7
_VERSION = "function_version"


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per output about the function."""
    return of_outputs(META, view, settings, lambda function, deploy: _judge(view, function, deploy))


def _judge(view: View, function: Function, deploy: Deploy) -> Iterator[Finding]:
    roles = [role for role in (*_LIVE, _VERSION) if role in deploy.outputs]
    if not roles:
        yield META.not_applicable(function, f"No Terraform output is asked for that tells how {function.id} is made.")
    yield from META.each(
        roles, lambda _: function.ref, lambda role: [_of_role(view, function, deploy, role)], lambda role: role
    )


def _of_role(view: View, function: Function, deploy: Deploy, role: str) -> Finding:
    found = output(view, function, deploy, role)
    if found and role == _VERSION:
        return of_version(META, view, function, found, role)
    live, evidence = _LIVE[role](function)
    told = {_unqualified(text) for text in texts_of(found)} if found else set()
    noun = role.replace("_", " ")
    if found is None or not live:
        raise FactMissing(f"the {noun} of {function.id}", "lambda:ListFunctions")
    seen = (evidence, found.cite("Value"))
    if told == live:
        said = f"{function.id} has the {noun} {words(live)}, as the Terraform output {found.id} says."
        return META.passed(function, said, *seen, scope=role)
    said = (
        f"{function.id} and the Terraform output {found.id} differ in {noun}{doubt(view, function)}: only the function "
        f"has {words(live - told)}, only the output has {words(told - live)}."
    )
    return META.failed(function, said, *seen, code="CONFIGURATION_DIFFERS", scope=role)


def _unqualified(text: str) -> str:
    """An ARN of a function without version or alias; any other text as it is."""
    return ":".join(text.split(":")[:_ARN_PARTS]) if text.startswith("arn:") else text


_LIVE: dict[str, Callable[[Function], tuple[set[str], Evidence]]] = {
    "function_name": lambda function: ({function.id}, function.cite("FunctionName")),
    "function_arn": lambda function: ({function.arn} if function.arn else set(), function.cite("FunctionArn")),
    "subnet_ids": lambda function: (set(function.subnet_ids), function.cite("VpcConfig", "SubnetIds")),
    "security_group_ids": lambda function: (set(function.group_ids), function.cite("VpcConfig", "SecurityGroupIds")),
}
