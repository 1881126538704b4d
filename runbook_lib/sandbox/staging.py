"""Sets what no API can set: a pending endpoint, an idle function, logs and metrics of the past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from runbook_lib.errors import SandboxError
from runbook_lib.sandbox.analyzing.conduct import Conduct as AnalyzerConduct
from runbook_lib.sandbox.load.records import LogRecord, Numbers
from runbook_lib.sandbox.running.conduct import Conduct

__all__ = ["add_series", "analyze", "behave", "keep_log_group", "limit_pages", "stage"]


def stage(resource_id: str, fields: Mapping[str, Any]) -> None:
    """Set response fields of a resource in any Region: `stage("vpce-…", {"State": "pending"})`.

    Endpoints, NAT gateways, network interfaces and peering connections take fields of their description, functions
    those of GetFunctionConfiguration. SandboxError when there is no such resource.
    """
    from botocore import xform_name

    for backend, function in _functions(resource_id):
        from runbook_lib.sandbox.extension.functions import settle

        function.staged_state = dict(fields)
        settle(backend, function)
        return
    for resource in _networks(resource_id):
        for name, value in fields.items():
            setattr(resource, xform_name(name), value)
        return
    raise SandboxError(f"no resource {resource_id!r} to set {', '.join(fields)} on")


def behave(function: str, conduct: Conduct) -> None:
    """Decide what becomes of invocations of a function that will really run; SandboxError when there is none."""
    found = [item for _, item in _functions(function)]
    if not found:
        raise SandboxError(f"no function {function!r} whose invocations could be decided about")
    for item in found:
        item.conduct = conduct


def analyze(region: str, conduct: AnalyzerConduct) -> None:
    """Decide how analyses of Reachability Analyzer in a Region will go on from now."""
    from moto.ec2.models import ec2_backends

    from runbook_lib.sandbox.environment import ACCOUNT
    from runbook_lib.sandbox.extension import network_insights

    network_insights.conduct(ec2_backends[ACCOUNT][region], conduct)


def limit_pages(size: int | None) -> None:
    """Answer listings in pages of at most `size` items; None restores the page sizes of AWS."""
    from runbook_lib.sandbox.extension import functions, listings, logs, metrics

    for module in (functions, listings, logs, metrics):
        module.set_largest_page(size or module.LARGEST_PAGE)


def keep_log_group(
    region: str, name: str, *, created_s: float, retention_days: int | None = None, events: Sequence[LogRecord] = ()
) -> None:
    """A log group of this age and retention with these further events, sorted by time; nothing reads them at once."""
    from runbook_lib.sandbox.extension import logs

    created = datetime.fromtimestamp(created_s, UTC)
    logs.log_group(region, name, created=created, retention_days=retention_days, events=events)


def add_series(
    region: str, namespace: str, dimensions: Mapping[str, str], series: Mapping[str, Mapping[int, Numbers]]
) -> None:
    """Numbers of several metrics with the same dimensions: mapping metric → start of the minute → numbers."""
    from runbook_lib.sandbox.extension import metrics

    for metric, minutes in series.items():
        metrics.series(region, namespace, metric, dimensions, minutes)


def _functions(name: str) -> Iterator[tuple[Any, Any]]:
    from moto.awslambda.models import lambda_backends

    for account in lambda_backends.values():
        for backend in account.values():
            yield from ((backend, function) for function in backend.list_functions() if function.function_name == name)


def _networks(resource_id: str) -> Iterator[Any]:
    from moto.ec2.models import ec2_backends

    for account in ec2_backends.values():
        for backend in account.values():
            for store in (backend.vpc_end_points, backend.nat_gateways, backend.enis):
                if resource_id in store:
                    yield store[resource_id]
