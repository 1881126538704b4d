"""What the cold starts of a function took, what they cost, and what prepares its environments.

Sources (read 2026-11-21; the prices from pages that quote AWS's)
    Initialisation is billed for every function since 2025-08-01; before, not for one from a .zip file with a runtime of
    AWS: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase
    Prices per GB-second, of us-east-1 and the first tier: https://aws.amazon.com/lambda/pricing/
    SnapStart and provisioned concurrency serve published versions, never $LATEST:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
    https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runbook_lib.invocations.base import Invocation
from runbook_lib.model.functions import FunctionConfiguration, ProvisionedConcurrency

__all__ = ["ColdStarts", "cold_starts_of"]

_USD_PER_GB_S = {"x86_64": ("0.0000166667", "x86"), "arm64": ("0.0000133334", "Arm")}
_UNPUBLISHED = "[$LATEST]"
_UNPREPARED = "nothing prepares environments (no SnapStart, no provisioned concurrency)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStarts:
    """The cold starts that a log shows.

    `took_s` are their initialisations, ascending, of `invocations` in all; `unprepared_s` those for which the usual
    limit holds. `gb_s` is what is billed for them, None where the memory of one was not told or where SnapStart, which
    has prices of its own, restores environments.
    """

    took_s: tuple[float, ...]
    unprepared_s: tuple[float, ...]
    invocations: int
    gb_s: float | None
    architecture: str
    prepared_by: str

    @property
    def text(self) -> str:
        """Their number, share, longest and price, and what prepares environments, for a sentence."""
        if not self.took_s:
            return f"no cold start was seen; {self.prepared_by}"
        count, share = len(self.took_s), len(self.took_s) / self.invocations
        said = f"{count:,} cold start{'' if count == 1 else 's'} ({share:.0%} of the invocations) took at most "
        return f"{said}{self.took_s[-1]:,.1f} s{self._cost}; {self.prepared_by}"

    @property
    def _cost(self) -> str:
        if self.gb_s is None or self.architecture not in _USD_PER_GB_S:
            return ""
        price, kind = _USD_PER_GB_S[self.architecture]
        usd = self.gb_s * float(price)
        said = f"billed at about {usd:,.2f} USD" if usd >= 0.01 else "billed at less than 0.01 USD"
        return f" and {sum(self.took_s):,.1f} s in all, {said} (at {price} USD per GB-second, {kind} in us-east-1)"


def cold_starts_of(
    invocations: Sequence[Invocation], known: FunctionConfiguration, provisioned: Iterable[ProvisionedConcurrency]
) -> ColdStarts:
    """The cold starts among invocations of a function with this configuration."""
    ready = [f"{item.allocated:,} provisioned executions of {item.qualifier}" for item in provisioned]
    restores = known.snap_start_apply_on == "PublishedVersions"
    kinds = [*ready, *(["SnapStart of published versions"] if restores else [])]
    cold = [(item, item.init_ms / 1000) for item in invocations if item.init_ms is not None]
    sizes = [item.memory_size_mb for item, _ in cold]
    gb_s = [(size or 0) / 1024 * took_s for size, (_, took_s) in zip(sizes, cold, strict=True)]
    usual = [took_s for item, took_s in cold if not kinds or _UNPUBLISHED in (item.log_stream or "")]
    return ColdStarts(
        took_s=tuple(sorted(took_s for _, took_s in cold)),
        unprepared_s=tuple(sorted(usual)),
        invocations=len(invocations),
        gb_s=None if restores or not all(sizes) else sum(gb_s),
        architecture=known.architectures[0] if known.architectures else "",
        prepared_by=f"prepared by {' and '.join(kinds)}" if kinds else _UNPREPARED,
    )
