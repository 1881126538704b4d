"""Endpoint that the Terraform outputs name is available, as they say.

What is verified
    The VPC endpoint whose id is an output exists, is available, and is in the state that the output of its state says.
Why it matters
    An output is what Terraform saw when it applied. Since then the endpoint may have been deleted, replaced, or never
    have become available; who reads only the output does not see it.
How it is decided
    By the State that DescribeVpcEndpoints tells, without regard to case; several ids go with one state or, in order or
    by key, with as many.
Unknown when
    An output was not read, the VPC endpoints could not be read whole, the output of the state is there without that
    of the id, or AWS names a state that is neither good nor bad.
Sources
    DescribeVpcEndpoints, https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html
    (read 2026-11-21)
    terraform output command, https://developer.hashicorp.com/terraform/cli/commands/output (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.outputs import NAMED, doubt, endpoint_ids, of_outputs, output, texts_of
from runbook_lib.errors import FactMissing
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP002",
    title="Endpoint that the Terraform outputs name is available, as they say",
    severity=Severity.HIGH,
    family="deploy",
    applies_to=VpcEndpoint.TYPE,
    needs=(*NAMED, VpcEndpoint.KEY),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per endpoint."""
    return of_outputs(META, view, settings, lambda function, deploy: _judge(view, function, deploy))


def _judge(view: View, function: Function, deploy: Deploy) -> Iterator[Finding]:
    if {"endpoint_id", "endpoint_state"}.isdisjoint(deploy.outputs):
        yield META.not_applicable(function, f"No Terraform output about an endpoint is asked for with {function.id}.")
        return
    named, ids = endpoint_ids(view, function, deploy)
    told = output(view, function, deploy, "endpoint_state")
    states = texts_of(told) if told else ()
    if len(states) == 1:
        states *= len(ids)
    if states and len(states) != len(ids):
        raise FactMissing(f"which of {len(states)} states goes with which of {len(ids)} endpoints")

    def of_endpoint(subject: tuple[str, str]) -> Iterator[Finding]:
        seen = (named.cite("Value"), *((told.cite("Value"),) if told else ()))
        yield _of_endpoint(view, function, *subject, seen)

    subjects = tuple(zip(ids, states or ("",) * len(ids), strict=True))
    yield from META.each(subjects, lambda subject: view.ref(VpcEndpoint, subject[0]), of_endpoint)


def _of_endpoint(view: View, function: Function, id_: str, told: str, seen: tuple[Evidence, ...]) -> Finding:
    endpoint = view.find(VpcEndpoint, id_)
    says = f"the Terraform output says {told}" if told else "the Terraform output names it"
    if endpoint is None:
        view.need(VpcEndpoint, function.scope)
        said = f"{id_} does not exist in {function.scope.region or 'this Region'}, but {says}{doubt(view, function)}."
        return META.failed(view.ref(VpcEndpoint, id_), said, *seen, code="ENDPOINT_GONE")
    seen = (endpoint.cite("State"), *seen)
    live = f"{endpoint.label} is {endpoint.state or 'in no stated state'}"
    if told and endpoint.state and _plain(told) != _plain(endpoint.state):
        return META.failed(endpoint, f"{live}, but {says}{doubt(view, function)}.", *seen, code="STATE_DIFFERS")
    if endpoint.works:
        return META.passed(endpoint, f"{live}, and {says}.", *seen)
    if endpoint.works is False:
        return META.failed(endpoint, f"{live}, and {says}: it carries nothing.", *seen, code="BAD_STATE")
    said = f"{live}, and {says}: ask `aws ec2 describe-vpc-endpoints` again."
    return META.unknown(endpoint, said, *seen, code="BAD_STATE")


def _plain(state: str) -> str:
    """A state as one word: AWS writes `pendingAcceptance` and `pending-acceptance`."""
    return state.lower().replace("-", "").replace("_", "")
