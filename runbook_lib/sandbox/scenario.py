"""What a scenario declares: its story, its world, and the findings and verdicts that must come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runbook_lib.model.status import Status, Verdict

if TYPE_CHECKING:
    from runbook_lib.sandbox.world import World

__all__ = ["REGION", "Expect", "Scenario"]

REGION = "ap-southeast-1"


@dataclass(frozen=True, slots=True)
class Expect:
    """One finding that must come out; `resource` is the Name tag (or function or bucket name) it is about."""

    check_id: str
    status: Status
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A named world with a known answer.

    `function` is the Lambda function the story is about. `parameters` are notebook parameters that differ from their
    defaults. `deploy` are those with which the runbook post_deploy meets what the story tells, beside consent; a file
    `terraform.tfstate` among them is the state that Terraform left. `denied` are IAM actions refused once the world
    stands. `verdicts` maps runbook name → verdict. `expected` lists every finding of the endpoints, path, nat and
    function families that is FAIL or UNKNOWN; paths are asked for to the parameters `destination` and `port` where
    a scenario names them, else to its services, and the log and metrics are read. Where `verdicts` names
    post_deploy it lists those of the deploy family too, once its function was invoked. `cause` is what really
    happened, for runbooks that rank hypotheses; None when the findings say it all. `true_cause` is the name of the
    hypothesis that must come first, "" when no invocation failed. `ambiguous` names further hypotheses that the
    evidence cannot tell from it: then none of them may be called likely.
    """

    name: str
    title: str
    story: str
    function: str
    build: Callable[[World], None]
    region: str = REGION
    parameters: Mapping[str, str] = field(default_factory=dict)
    deploy: Mapping[str, str] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    expected: tuple[Expect, ...] = ()
    cause: str | None = None
    true_cause: str = ""
    ambiguous: tuple[str, ...] = ()
