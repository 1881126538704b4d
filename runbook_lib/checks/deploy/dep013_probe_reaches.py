"""Subnet of the function lets a probe reach every destination.

What is verified
    From each subnet of the function the probe came through to every address of each destination, in every stage that
    was asked for (DNS, TCP, TLS, HTTP).
Why it matters
    An invocation runs in whichever subnet Lambda picks: a burst of ten may never have met the one without a way. The
    probe goes from each, with the security groups of the function and without its code and its data.
How it is decided
    By what the probe measured from within the VPC; one address that does not answer is a failure.
Unknown when
    The probe was to run and left no result for a subnet and destination.
Sources
    Giving Lambda functions access to resources in an Amazon VPC,
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.common import as_agreed, of_function
from runbook_lib.errors import FactMissing
from runbook_lib.model.actions import InvocationsAsked, ProbeResult
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP013",
    title="Subnet of the function lets a probe reach every destination",
    severity=Severity.HIGH,
    family="deploy",
    applies_to=Subnet.TYPE,
    needs=(ProbeResult.KEY, InvocationsAsked.KEY, Subnet.KEY, Function.KEY),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet and destination."""
    return of_function(META, view, settings, lambda function, deploy: _judge(view, function, deploy))


def _judge(view: View, function: Function, deploy: Deploy) -> Iterator[Finding]:
    found = view.snapshot.all(ProbeResult)
    destinations = sorted({*as_agreed(view, function, deploy).probed, *(item.destination for item in found)})
    if not destinations:
        yield META.not_applicable(function, f"No probe is asked for beside {function.id}.")
        return
    function.need_place()
    subnets = sorted({*function.subnet_ids, *(item.subnet_id for item in found)})
    yield from META.each(
        [(subnet_id, destination) for subnet_id in subnets for destination in destinations],
        lambda subject: view.ref(Subnet, subject[0]),
        lambda subject: [_of_subnet(view, *subject, found)],
        lambda subject: subject[1],
    )


def _of_subnet(view: View, subnet_id: str, destination: str, found: tuple[ProbeResult, ...]) -> Finding:
    about = view.ref(Subnet, subnet_id)
    here = [item for item in found if (item.subnet_id, item.destination) == (subnet_id, destination)]
    failed = [item for item in here if item.error is not None]
    if failed:
        several = f" for {len(failed)} of {len(here)} addresses" if len(here) > 1 else ""
        to = f"{destination}{f' ({failed[0].address})' if failed[0].address else ''}"
        error = " ".join((failed[0].error or "").split()).rstrip(".")
        said = f"From {subnet_id} the probe did not reach {to}{several}: {error}."
        return META.failed(
            about, said, *(item.cite("Error") for item in failed), code="PROBE_FAILED", scope=destination
        )
    if not here:
        gaps = [gap.reason for gap in view.snapshot.gaps if gap.what == ProbeResult.KEY]
        why = f" ({'; '.join(gaps)})" if gaps else ""
        raise FactMissing(f"what a probe sees of {destination}{why}", action_of(ProbeResult.KEY))
    view.need(ProbeResult, here[0].scope)
    slowest = max(sum(ms for _, ms in item.stages) for item in here)
    ways = "1 address" if len(here) == 1 else f"{len(here)} addresses"
    said = f"From {subnet_id} the probe reached {destination} ({ways}, {slowest:,.0f} ms at most)."
    return META.passed(about, said, *(item.cite("Stages") for item in here), scope=destination)
