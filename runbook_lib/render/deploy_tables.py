"""Tables of a deployment: what is agreed to, what Terraform told against what AWS has, and every request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.requests import Delivery, Request
from runbook_lib.model.actions import ProbeResult, TerraformOutput
from runbook_lib.model.consent import Consent
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Status
from runbook_lib.network.view import View
from runbook_lib.render.frames import OUTCOMES
from runbook_lib.render.tables import Cell, Table, table
from runbook_lib.render.text import compact_json, seconds, shorten

__all__ = ["consent_table", "outputs_table", "probe_consent_table", "probe_table", "request_table"]

_REQUESTS, _PAYLOAD, _VALUE = 50, 400, 200
_DELIVERED: Mapping[Delivery, str] = {
    Delivery.DELIVERED: "whole",
    Delivery.AWAITED: "not there yet",
    Delivery.MISSING: "missing",
    Delivery.NOT_READ: "not read",
    Delivery.NOT_DUE: "none due",
}


def consent_table(consent: Consent, request: tuple[str, str, str], burst: int, events: int) -> Table:
    """Exactly what will happen; `request` is payload, assertion, and version or alias."""
    payload, assertion, qualifier = request
    most = [
        "once to begin with",
        *([f"{burst:,} times in a burst"] if burst else []),
        *([f"{events:,} times as events, each tried up to three times by Lambda"] if events else []),
        "once more should the function be Inactive",
    ]
    rows = [
        (Cell("Function"), Cell(consent.function_arn, code=True)),
        (Cell("Account and Region"), Cell(f"{consent.account}, {consent.region}")),
        (Cell("Action"), Cell(consent.action, code=True)),
        (Cell("Version or alias"), Cell(qualifier or "$LATEST", code=True)),
        (Cell("At most"), Cell(f"{consent.maximum:,} invocations", lines=tuple(most))),
        (Cell("Payload"), Cell(shorten(payload, _PAYLOAD), small=f"SHA-256 {consent.payload_sha256}", code=True)),
        (
            Cell("The response must satisfy"),
            Cell(assertion or "nothing: then no request can pass", code=bool(assertion)),
        ),
        (
            Cell("AWS charges at most about"),
            Cell(f"${consent.cost_usd:.4f}", small="every request running to its Timeout"),
        ),
    ]
    return Table("What will happen with your consent", ("What", "Value"), tuple(rows))


def probe_consent_table(consent: Consent, destinations: Sequence[str], function: Function) -> Table:
    """Exactly what a probe will do."""
    rows = [
        (Cell("Beside function"), Cell(consent.function_arn, code=True)),
        (Cell("Account and Region"), Cell(f"{consent.account}, {consent.region}")),
        (Cell("Is made and removed"), Cell(lines=("a role without access to data", "a log group", "a function"))),
        (Cell("Runs in"), Cell(lines=tuple(sorted(function.subnet_ids)), code=True)),
        (Cell("With security groups"), Cell(lines=tuple(sorted(function.group_ids)), code=True)),
        (Cell("Is invoked"), Cell(f"once for each subnet, at most {consent.maximum:,} times")),
        (Cell("Connects to"), Cell(lines=tuple(destinations), code=True)),
        (Cell("Cost at most about"), Cell(f"${consent.cost_usd:.4f}")),
    ]
    return Table("What the probe will do with your consent", ("What", "Value"), tuple(rows))


def probe_table(found: Sequence[ProbeResult], gaps: Sequence[str]) -> Table:
    """One row per subnet, destination and address: how far it came, and the milliseconds of each stage."""
    rows = [
        (
            Cell(item.subnet_id, code=True),
            Cell(item.destination, small=item.address or ""),
            Cell(status=Status.FAIL if item.error else Status.PASS, word="stopped" if item.error else "reached"),
            Cell(", ".join(f"{stage} {ms:,.1f} ms" for stage, ms in item.stages) or "no stage"),
            Cell(item.error or ""),
        )
        for item in found
    ]
    return table("What the probe saw", ("From", "To", "Outcome", "Stages", "Why"), rows, "; ".join(gaps))


def outputs_table(view: View, function: Function, outputs: Mapping[str, str]) -> Table:
    """One row per output that is asked for: what Terraform says, and what AWS has."""
    told = {fact.id: fact for fact in view.snapshot.all(TerraformOutput)}
    ids = _texts(told.get(outputs.get("endpoint_id", "")))
    endpoints = [found for id_ in ids if (found := view.find(VpcEndpoint, id_)) is not None]
    rows = [
        (
            Cell(role.replace("_", " ")),
            Cell(name, code=True),
            _told(told.get(name)),
            Cell(", ".join(_LIVE[role](function, endpoints)) or "none"),
        )
        for role, name in outputs.items()
    ]
    return table("What Terraform says, and what AWS has", ("What", "Output", "Terraform says", "AWS has"), rows)


def request_table(rows: Sequence[Request]) -> Table:
    """One row per request in the order of sending; of more than fifty, those that did not succeed first."""
    worst = sorted(rows, key=lambda row: row.outcome is Outcome.SUCCESS)[:_REQUESTS]
    shown = sorted(worst, key=lambda row: (row.result.started, row.result.id))
    good = sum(row.outcome is Outcome.SUCCESS for row in rows)
    of = f"{len(shown)} of {len(rows):,}" if len(shown) < len(rows) else f"{len(rows):,}"
    caption = f"{of} request{'' if len(rows) == 1 else 's'} in the order of sending: {good:,} succeeded"
    columns = ("Request", "Outcome", "Sent (UTC)", "Took", "Response", "Log", "Attempts", "Why")
    return table(caption, columns, [_request(row) for row in shown])


def _request(row: Request) -> tuple[Cell, ...]:
    result = row.result
    answer = result.error_code or result.function_error or result.assertion
    return (
        Cell(result.id, small=result.request_id or "no request id", code=True),
        Cell(status=OUTCOMES[row.outcome], word=row.outcome.value),
        Cell(result.started.strftime("%H:%M:%S.%f")[:-3]),
        Cell("no answer" if row.duration_ms is None else seconds(row.duration_ms / 1000)),
        Cell(f"assertion {answer}" if answer == result.assertion else answer),
        Cell(_DELIVERED[row.delivery]),
        Cell(str(len(row.attempts)) if row.attempts else "–"),
        Cell(row.reason),
    )


def _told(output: TerraformOutput | None) -> Cell:
    if output is None:
        return Cell("not in the state")
    return Cell("sensitive, not kept") if output.is_sensitive else Cell(shorten(compact_json(output.value), _VALUE))


def _texts(output: TerraformOutput | None) -> tuple[str, ...]:
    value: Any = output.value if output else None
    listed = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else [value]
    return tuple(item for item in listed if isinstance(item, str))


_LIVE: Mapping[str, Callable[[Function, Iterable[VpcEndpoint]], Iterable[str]]] = {
    "endpoint_id": lambda _, endpoints: [endpoint.id for endpoint in endpoints],
    "endpoint_state": lambda _, endpoints: [endpoint.state or "not told" for endpoint in endpoints],
    "function_name": lambda function, _: [function.id],
    "function_arn": lambda function, _: [function.arn or "not told"],
    "subnet_ids": lambda function, _: sorted(function.subnet_ids),
    "security_group_ids": lambda function, _: sorted(function.group_ids),
}
