"""What is asked of Reachability Analyzer, what it may cost, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from runbook_lib.act.consent import function_named
from runbook_lib.errors import UsageError
from runbook_lib.model.analysis_plan import AnalysisPlan
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import Raw
from runbook_lib.model.snapshot import CallRecord, Gap

__all__ = ["ANALYZE", "PRICE_USD", "Analyze", "Analyzed", "analysis_consent", "check_covers"]

ANALYZE = "ec2:StartNetworkInsightsAnalysis"
PRICE_USD = 0.10
"""About what AWS charges for one analysis: "Network Analysis" on https://aws.amazon.com/vpc/pricing/ (2026-11-21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyze:
    """The analyses of a plan, within a spend cap.

    `wait_s` is how long analyses that were started together may take. `keep` leaves paths and analyses in the account,
    so that a later run with the same configuration can take the answers over: those at most `reuse_hours` old, none
    for 0.
    """

    plan: AnalysisPlan
    price_usd: float = PRICE_USD
    max_cost_usd: float = 1.0
    wait_s: float = 300.0
    keep: bool = False
    reuse_hours: float = 24.0

    @property
    def most(self) -> int:
        """How many analyses are started at most. Raises UsageError when the spend cap does not pay for one."""
        if not 0 <= self.price_usd < math.inf:
            raise UsageError(f"the price of an analysis is {self.price_usd:g}; 0 or more US dollars are possible")
        if not 0 <= self.max_cost_usd < math.inf:
            raise UsageError(f"the spend cap is {self.max_cost_usd:g}; 0 or more US dollars are possible")
        if self.max_cost_usd < self.price_usd:
            raise UsageError(
                f"the spend cap of {_usd(self.max_cost_usd)} is below the price of one analysis, {_usd(self.price_usd)}"
            )
        # A tenth is no binary fraction: three times 0.10 must fit into 0.30.
        paid = math.floor(self.max_cost_usd / self.price_usd + 1e-9) if self.price_usd else self.plan.most
        return min(self.plan.most, paid)


def _usd(amount: float) -> str:
    """In whole cents, or as exactly as it was told."""
    return f"${amount:.2f}" if math.isclose(amount, round(amount, 2)) else f"${amount:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyzed:
    """Paths and analyses as AWS described them, the record of every call, and a gap for all that has no answer.

    `started` counts the analyses that AWS charges for, `reused` those taken over from an earlier run. `stopped` says
    why less was done than asked for, `left_behind` what was made and not seen to be gone.
    """

    paths: tuple[Raw, ...] = ()
    analyses: tuple[Raw, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    gaps: tuple[Gap, ...] = ()
    started: int = 0
    reused: int = 0
    stopped: str | None = None
    left_behind: tuple[str, ...] = ()


def analysis_consent(function_arn: str, request: Analyze) -> Consent:
    """What the analyses for a function ask consent for. Raises UsageError for a cap that does not pay for one."""
    function = function_named(function_arn)
    return Consent(
        function_arn=function_arn,
        account=function.account,
        region=function.region,
        action=ANALYZE,
        maximum=request.most,
        payload_sha256="",
        cost_usd=request.most * request.price_usd,
        about=request.plan.about,
    )


def check_covers(consent: Consent, request: Analyze) -> None:
    """Raises UsageError when a consent is for other analyses, or for more of them or more money than allowed."""
    if consent.about != request.plan.about:
        raise UsageError(f"consent is for analyses {consent.about}, not {request.plan.about}")
    if consent.maximum > request.most:
        raise UsageError(f"consent is for {consent.maximum:,} analyses, {request.most:,} are allowed")
    if consent.cost_usd > request.max_cost_usd + 1e-9:
        raise UsageError(f"this may cost ${consent.cost_usd:.2f}, more than the ${request.max_cost_usd:.2f} allowed")
