"""What a scenario decides about invocations that will really run."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.sandbox.load.jobs import Answer

__all__ = ["Conduct"]

_DELIVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """The n-th invocation of a function meets `answers[n]` at the far side, and so on in a circle.

    `log_delay_s` is how long its log events are on their way to the log group.
    """

    answers: tuple[Answer, ...] = (Answer(),)
    log_delay_s: float = _DELIVERY_S
