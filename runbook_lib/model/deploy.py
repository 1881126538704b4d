"""What a deployment is expected to have brought about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Deploy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """What is asked of a deployment.

    `outputs` maps what an output tells (`endpoint_id`, `endpoint_state`, `function_name`, `function_arn`,
    `function_version`, `subnet_ids`, `security_group_ids`) to the name of the Terraform output; empty when there is no
    Terraform. `burst` is how many invocations were asked for in a burst (0: none), `at_once` how many of them at the
    same time (0: all), `events` how many asynchronous ones, `probed` the destinations that a probe was to reach from
    every subnet (empty: no probe).
    Requests should take from `shortest_ms` to `longest_ms` (None: any time); `wanted_rate` is the success rate to be
    shown with 95 % confidence (0: none). `consented` is False when nothing could be invoked because nobody agreed, and
    `how_to_consent` says how.
    """

    outputs: Mapping[str, str] = field(default_factory=dict, hash=False)
    burst: int = 0
    at_once: int = 0
    events: int = 0
    probed: tuple[str, ...] = ()
    shortest_ms: float = 0.0
    longest_ms: float | None = None
    wanted_rate: float = 0.0
    consented: bool = False
    how_to_consent: str = ""
