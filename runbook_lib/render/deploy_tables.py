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


def consent_table(consent: Consent, asked: Mapping[str, Any]) -> Table:
    """Exactly what will happen; `asked` are the parameters of the requests, and `at_once` how many run together."""
    burst, events, assertion = asked["burst"], asked["events"], asked["assertion"]
    most = [
        "once to begin with",
        *([f"{burst:,} times in a burst, {asked['at_once']:,} at the same time"] if burst else []),
        *([f"{events:,} times as events, each tried up to three times by Lambda"] if events else []),
        "once more should the function be Inactive",
    ]
    rows = [
        (Cell("Function"), Cell(consent.function_arn, code=True)),
        (Cell("Account and Region"), Cell(f"{consent.account}, {consent.region}")),
        (Cell("Action"), Cell(consent.action, code=True)),
        (Cell("Version or alias"), Cell(asked["qualifier"] or "$LATEST", code=True)),
        (Cell("At most"), Cell(f"{consent.maximum:,} invocations", lines=tuple(most))),
        *_ends(asked),
        (
            Cell("Payload"),
            Cell(shorten(asked["payload"], _PAYLOAD), small=f"SHA-256 {consent.payload_sha256}", code=True),
        ),
        (
            Cell("The response must satisfy"),
            Cell(assertion or "nothing: then no request can pass", code=bool(assertion)),
        ),
        *_expected(asked),
        (
            Cell("AWS charges at most about"),
            Cell(
                f"${consent.cost_usd:.4f}",
                small=f"every request running to its Timeout; refused above ${asked['max_cost_usd']:g} (max_cost_usd)",
            ),
        ),
        (Cell("If tagged or named production"), Cell("invoked" if asked["allow_production"] else "refused")),
    ]
    return Table("What will happen with your consent", ("What", "Value"), tuple(rows))


def _ends(asked: Mapping[str, Any]) -> list[tuple[Cell, ...]]:
    """When sending ends, where there is more than one request to send."""
    if not asked["burst"] and not asked["events"]:
        return []
    return [(Cell("Sending ends"), Cell(f"after {asked['burst_s']:,g} s (burst_s), or at the first throttle storm"))]


def _expected(asked: Mapping[str, Any]) -> list[tuple[Cell, ...]]:
    """How long a request should take and the rate to be shown, where something is expected."""
    shortest, longest, rate = asked["shortest_ms"], asked["longest_ms"], asked["wanted_rate"]
    upto = f"{longest:,g} ms" if longest else "any time"
    took = [(Cell("Each should take"), Cell(f"{shortest:,g} ms to {upto}"))] if shortest or longest else []
    return [*took, *([(Cell("Success rate to be shown"), Cell(f"at least {rate:.4g}"))] if rate else [])]


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
    """One row per request in the order given; of more than fifty, those that did not succeed first.

    While the log of one is awaited nothing can have succeeded for good, and the caption says so.
    """
    worst = sorted(range(len(rows)), key=lambda place: rows[place].outcome is Outcome.SUCCESS)[:_REQUESTS]
    shown = [rows[place] for place in sorted(worst)]
    of = f"{len(shown)} of {len(rows):,}" if len(shown) < len(rows) else f"{len(rows):,}"
    caption = f"{of} request{'' if len(rows) == 1 else 's'} by number: {_standing(rows)}"
    columns = ("Request", "Outcome", "Sent (UTC)", "Took", "Response", "Log", "Attempts", "Why")
    return table(caption, columns, [_request(row) for row in shown])


def _standing(rows: Sequence[Request]) -> str:
    """How many succeeded; before their log arrived, how many have failed so far."""
    waiting, unread = (sum(row.delivery is kind for row in rows) for kind in (Delivery.AWAITED, Delivery.NOT_READ))
    good, bad = (sum(row.outcome is end for row in rows) for end in (Outcome.SUCCESS, Outcome.FAILURE))
    if not waiting and not unread:
        return f"{good:,} succeeded"
    told = f", {good:,} succeeded" if good else ""
    lack = f"before the log of {waiting:,} arrived" if waiting else f"without the log of {unread:,}"
    return f"{lack}{told}, {f'{bad:,} failed' if bad else 'none failed'} so far"


def _request(row: Request) -> tuple[Cell, ...]:
    result = row.result
    answer = result.error_code or result.function_error or result.assertion
    return (
        Cell(result.id, small=result.request_id or "no request id", code=True),
        Cell(status=OUTCOMES[row.outcome], word="not known yet" if _is_open(row) else row.outcome.value),
        Cell(result.started.strftime("%H:%M:%S.%f")[:-3]),
        Cell("no answer" if row.duration_ms is None else seconds(row.duration_ms / 1000), small=_reported(row)),
        Cell(f"assertion {answer}" if answer == result.assertion else answer),
        Cell(_DELIVERED[row.delivery]),
        Cell(str(len(row.attempts)) if row.attempts else "–"),
        Cell(row.reason),
    )


def _reported(row: Request) -> str:
    """How long the code took, beside what its caller waited; empty without a REPORT."""
    took = row.attempts[0].duration_ms if row.attempts else None
    return "" if took is None else f"REPORT {seconds(took / 1000)}"


def _is_open(row: Request) -> bool:
    return row.outcome is Outcome.UNKNOWN and row.delivery is Delivery.AWAITED


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
    "function_version": lambda *_: ["told by the requests"],
    "subnet_ids": lambda function, _: sorted(function.subnet_ids),
    "security_group_ids": lambda function, _: sorted(function.group_ids),
}
