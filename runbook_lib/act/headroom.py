"""Whether Lambda has room for a burst without taking it from others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from runbook_lib.act.outcome import Ledger
from runbook_lib.collect.connection import Clients

__all__ = ["Headroom", "headroom_of"]

# Metrics come once a minute and some minutes late.
_LOOK_BACK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """The pool of concurrency that a function draws from: its size, and the most of it that was lately in use."""

    pool: str
    size: int
    in_use: int

    @property
    def free(self) -> int:
        """What is left; never less than nothing."""
        return max(0, self.size - self.in_use)

    def refusal(self, wanted: int) -> str | None:
        """Why a burst of so many at once does not fit, None when it does."""
        if wanted <= self.free:
            return None
        if self.size == 0:
            return f"the {self.pool} is 0: the function is switched off"
        used = f"up to {self.in_use} were" if self.in_use else "none was"
        return (
            f"{wanted} at the same time do not fit: the {self.pool} is {self.size}, of which {used} "
            f"in use in the last {_LOOK_BACK.seconds // 60} minutes; {self._step}, or raise the {self.pool}"
        )

    @property
    def _step(self) -> str:
        """What lets a burst begin without more room."""
        return f"set concurrency to {self.free} or less" if self.free else "wait until those have ended"


def headroom_of(clients: Clients, ledger: Ledger, function_arn: str, now: datetime) -> Headroom | str:
    """The room there is for a function, or which call failed, so that it is not known.

    A function with reserved concurrency has that to itself; all others share what the account has not reserved.
    AWS publishes the metrics only while something runs, so no value in the window means that nothing ran.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html,
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html
    """
    name = function_arn.rpartition(":")[2]
    reading = clients.get("lambda")
    answer, error = ledger.ask(reading, "lambda:GetFunctionConcurrency", {"FunctionName": function_arn})
    if error:
        return f"the reserved concurrency could not be read ({error.code}; needs lambda:GetFunctionConcurrency)"
    reserved = answer.get("ReservedConcurrentExecutions")
    if reserved is not None:
        pool, size = f"reserved concurrency of {name}", int(reserved)
        used = _most_used(clients, ledger, "ConcurrentExecutions", now, {"FunctionName": name})
        return used if isinstance(used, str) else Headroom(pool=pool, size=size, in_use=used)
    answer, error = ledger.ask(reading, "lambda:GetAccountSettings", {})
    if error:
        return f"the concurrency of the account could not be read ({error.code}; needs lambda:GetAccountSettings)"
    try:
        size = int(answer["AccountLimit"]["UnreservedConcurrentExecutions"])
    except (KeyError, TypeError, ValueError):
        return "the concurrency of the account could not be read (GetAccountSettings did not tell it)"
    used = _most_used(clients, ledger, "UnreservedConcurrentExecutions", now, {})
    return used if isinstance(used, str) else Headroom(pool="unreserved concurrency", size=size, in_use=used)


def _most_used(clients: Clients, ledger: Ledger, metric: str, now: datetime, dimensions: dict[str, str]) -> int | str:
    query: dict[str, Any] = {
        "Id": "used",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": 60,
            "Stat": "Maximum",
        },
    }
    asked = {"MetricDataQueries": [query], "StartTime": now - _LOOK_BACK, "EndTime": now}
    unknown = f"how much of it is in use could not be read ({{}}; metric {metric}, needs cloudwatch:GetMetricData)"
    answer, error = ledger.ask(clients.get("cloudwatch"), "cloudwatch:GetMetricData", asked)
    if error:
        return unknown.format(error.code)
    series = [result for result in answer.get("MetricDataResults", []) if result.get("Id") == "used"]
    if len(series) != 1 or series[0].get("StatusCode") != "Complete" or answer.get("NextToken"):
        return unknown.format("the answer was not whole")
    values: list[float] = series[0].get("Values") or [0.0]
    return round(max(values))
