"""What worlds know of a deployment: Terraform outputs, invocations that were asked for, metrics, probes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

__all__ = ["SENT", "Deployments", "request_id"]

SENT = datetime(2026, 11, 21, 11, 50, tzinfo=UTC)
"""When the first request of every purpose is sent, unless said: ten minutes before the facts were read."""

Json = dict[str, Any]
_CODES = {"smoke": 1, "burst": 2, "event": 3}


def request_id(purpose: str, number: int) -> str:
    """The request id of a request, `burst` and 3 for example."""
    return f"{_CODES[purpose]:08d}-0000-4000-8000-{number:012d}"


class Deployments:
    """More of the builder in `tests.builders`."""

    _items: dict[str, list[Json]]

    def item(self, key: str, **fields: Any) -> Self:
        raise NotImplementedError

    def outputs(self, **values: Any) -> Self:
        """Terraform outputs by name, read from a state."""
        if not self._items["TerraformStates"]:
            modified = "2026-11-21T11:00:00+00:00"
            told = {"Workspace": "default", "Serial": 7, "TerraformVersion": "1.11.4", "ModifiedAt": modified}
            self.item("TerraformStates", Folder="network", ReadBy="terraform", **told)
        for name, value in values.items():
            self.item("TerraformOutputs", Name=name, Value=value, Sensitive=False)
        return self

    def configured(
        self, name: str = "worker", state: str | None = "Active", update: str | None = "Successful", **more: Any
    ) -> Self:
        """The configuration of a function with its state and last update, and whatever else AWS tells."""
        told = {"State": state, "LastUpdateStatus": update} | more
        return self.item(
            "FunctionConfigurations", FunctionName=name, **{key: value for key, value in told.items() if value}
        )

    def sent(
        self,
        purpose: str,
        *ends: str,
        name: str = "worker",
        at: datetime = SENT,
        apart_ms: float = 10,
        took_ms: float = 2000,
        ran_ms: float | None = None,
        runs_after_ms: float = 1,
        runs_apart_ms: float = 0,
        init_ms: float | None = None,
    ) -> Self:
        """Requests that were sent one after the other, what became of each, and the log of those that ran.

        `ok` went well; `wrong` failed its assertion, `unasserted` had none; `error` raised, `logged` returned well but
        logged a failure, `printed` a line that only begins with ERROR; `silent` left no log, `open` no report;
        `throttled` was refused; `lost` was not waited for; `retried` is an event that failed at first, `refailed` one
        that failed twice.

        Each runs `runs_after_ms` after it was sent, and `runs_apart_ms` later than the one before, for `ran_ms` (nearly
        as long as its answer takes), once its environment has started for `init_ms`.
        """
        before = sum(item["Purpose"] == purpose for item in self._items["InvokeResults"])
        for number, end in enumerate(ends, before + 1):
            start = at + timedelta(milliseconds=apart_ms * (number - 1))
            self._request(purpose, number, end, name, start, took_ms)
            first = start + timedelta(milliseconds=runs_after_ms + runs_apart_ms * (number - 1))
            self._log(
                end, request_id(purpose, number), f"{name}-{purpose}-{number}", first, ran_ms or took_ms - 2, init_ms
            )
        return self

    def counted(
        self,
        name: str = "worker",
        *,
        start: datetime = SENT,
        missing: Iterable[str] = (),
        status: str = "Complete",
        **values: float | list[float],
    ) -> Self:
        """Metrics of a function, one value a minute from `start` on; zero unless given.

        They are Invocations, Errors, Throttles, and where they are given ConcurrentExecutions and
        RecursiveInvocationsDropped.
        """
        dimensions = [{"Name": "FunctionName", "Value": name}]
        listed = self._items["MetricDataResults"]
        listed[:] = [item for item in listed if item["Dimensions"] != dimensions]
        stats = {"Invocations": "Sum", "Errors": "Sum", "Throttles": "Sum"}
        more = {"ConcurrentExecutions": "Maximum", "RecursiveInvocationsDropped": "Sum"}
        stats |= {metric: stat for metric, stat in more.items() if metric in values}
        for metric, stat in stats.items():
            given = values.get(metric, 0)
            told = given if isinstance(given, list) else [given]
            told = [] if metric in missing else told
            self.item(
                "MetricDataResults",
                Id=f"m_{name}_{metric}",
                Namespace="AWS/Lambda",
                MetricName=metric,
                Dimensions=dimensions,
                Stat=stat,
                Period=60,
                StartTime=(start - timedelta(minutes=20)).isoformat(),
                EndTime=(start + timedelta(minutes=10)).isoformat(),
                Timestamps=[(start + timedelta(minutes=minute)).isoformat() for minute in range(len(told))],
                Values=told,
                StatusCode=status,
            )
        return self

    def probed(self, subnet: str, destination: str, *, address: str | None = None, error: str | None = None) -> Self:
        """What a probe saw of one address of a destination from one subnet."""
        number = f"probe-{len(self._items['ProbeResults']) + 1:03d}"
        stages: Mapping[str, float] = {"dns": 1.5} if error else {"dns": 1.5, "tcp": 2.5, "tls": 6.0}
        return self.item(
            "ProbeResults",
            Number=number,
            SubnetId=subnet if subnet.startswith("subnet-") else f"subnet-{subnet}",
            Destination=destination,
            Address=address,
            Stages=stages,
            Error=error,
        )

    def _request(self, purpose: str, number: int, end: str, name: str, start: datetime, took_ms: float) -> None:
        id_, finish = request_id(purpose, number), start + timedelta(milliseconds=took_ms)
        is_event = purpose == "event"
        made: Json = {
            "Number": f"{purpose}-{number:04d}",
            "FunctionName": name,
            "Purpose": purpose,
            "InvocationType": "Event" if is_event else "RequestResponse",
            "StartedAt": start.isoformat(),
            "EndedAt": (start + timedelta(milliseconds=20) if is_event else finish).isoformat(),
            "RequestId": id_,
            "StatusCode": 202 if is_event else 200,
            "Assertion": "not asked" if is_event or end in ("unasserted", "error") else "passed",
        }
        if end == "wrong":
            made |= {"Assertion": "failed", "AssertionText": "status is 'lost', expected 'stored'"}
        elif end == "error" and not is_event:
            made |= {"FunctionError": "Unhandled"}
        elif end == "throttled":
            made |= {"ErrorCode": "TooManyRequestsException", "StatusCode": 429, "Assertion": "not asked"}
        elif end == "lost":
            made |= {"EndedAt": None, "RequestId": None, "StatusCode": None, "ErrorCode": "NotAwaited"}
            made |= {"Assertion": "not asked"}
        self._items["InvokeResults"].append(made)

    def _log(self, end: str, id_: str, stream: str, start: datetime, ran_ms: float, init_ms: float | None) -> None:
        if end in ("silent", "throttled", "lost"):
            return
        cold, name = f"\tInit Duration: {init_ms:.2f} ms" if init_ms else "", stream.partition("-")[0]
        tries = {"retried": ["error", "ok"], "refailed": ["error", "error"]}.get(end, [end])
        for attempt, how in enumerate(tries):
            first = start + timedelta(seconds=60 * attempt)
            last = first + timedelta(milliseconds=ran_ms)
            lines = [(first, f"START RequestId: {id_} Version: $LATEST")]
            if how in ("error", "logged"):
                lines.append((last, _ERROR.format(id=id_, fatal="" if how == "error" else " (stored later)")))
            if how == "printed":
                lines.append((last, "ERROR: upload failed"))
            if how != "open":
                lines += [(last, f"END RequestId: {id_}"), (last, f"{_REPORT.format(id=id_, ms=ran_ms)}{cold}")]
            for line, (moment, message) in enumerate(lines):
                self.item(
                    "Events",
                    eventId=f"{stream}-{attempt}-{line}",
                    timestamp=int(moment.timestamp() * 1000),
                    logStreamName=f"2026/11/21/[$LATEST]{stream}",
                    logGroupName=f"/aws/lambda/{name}",
                    message=f"{message}\n",
                )


_ERROR = "[ERROR]\t2026-11-21T11:50:01.000Z\t{id}\tConnect timeout on endpoint URL: https://s3.amazonaws.com/{fatal}"
_REPORT = (
    "REPORT RequestId: {id}\tDuration: {ms:.2f} ms\tBilled Duration: 2000 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 64 MB"
)
