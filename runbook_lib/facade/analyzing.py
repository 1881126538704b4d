"""What AWS is to be asked about a target: the plan, what it may cost, and whether the parameters make sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runbook_lib.act.analyzed import PRICE_USD, Analyze
from runbook_lib.checks.analyzer.common import Asked, asked_about, plan_for
from runbook_lib.checks.base import Settings
from runbook_lib.checks.path.common import answer_of, flows
from runbook_lib.errors import UsageError
from runbook_lib.facade.deploying import check_word
from runbook_lib.model.analysis_plan import AnalysisPlan, PlannedAnalysis
from runbook_lib.model.consent import Consent
from runbook_lib.network.view import View
from runbook_lib.render.tables import Cell, Table

if TYPE_CHECKING:
    from runbook_lib.facade.sources import Source

__all__ = ["Spending", "asked_of", "consent_table", "merged", "plans_of", "require_analyses"]

_LONGEST_WAIT_S = 3600
_NOTHING = AnalysisPlan(about="", analyses=(), sources=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What analyses may cost and how long they may take.

    `keep` leaves them in the account, `reuse_hours` is how old one that was kept may be to be taken over. UsageError
    for what makes no sense, such as a spend cap that does not pay for one analysis.
    """

    price_usd: float = PRICE_USD
    max_cost_usd: float = 1.0
    wait_s: int = 300
    keep: bool = False
    reuse_hours: float = 24.0

    def __post_init__(self) -> None:
        if not 0 < self.wait_s <= _LONGEST_WAIT_S:
            raise UsageError(f"analysis_wait_s is {self.wait_s:,}; 1 to {_LONGEST_WAIT_S:,} are possible")
        if not 0 <= self.reuse_hours < float("inf"):
            raise UsageError(f"reuse_hours is {self.reuse_hours:g}; 0 or more are possible")
        _ = self.of(_NOTHING).most

    def of(self, plan: AnalysisPlan) -> Analyze:
        """The analyses of a plan within these bounds."""
        return Analyze(
            plan=plan,
            price_usd=self.price_usd,
            max_cost_usd=self.max_cost_usd,
            wait_s=self.wait_s,
            keep=self.keep,
            reuse_hours=self.reuse_hours,
        )

    def to_json(self) -> dict[str, Any]:
        """The bounds as notebook parameters."""
        return {
            "price_usd": self.price_usd,
            "max_cost_usd": self.max_cost_usd,
            "analysis_wait_s": self.wait_s,
            "keep": self.keep,
            "reuse_hours": self.reuse_hours,
        }


def require_analyses(values: Mapping[str, Any], source: Source) -> None:
    """UsageError for parameters of analyses that make no sense, before anything is read or started."""
    Spending(
        price_usd=values["price_usd"],
        max_cost_usd=values["max_cost_usd"],
        wait_s=values["analysis_wait_s"],
        keep=values["keep"],
        reuse_hours=values["reuse_hours"],
    )
    check_word(values["consent"], source, values["function_name"], values["region"])


def plans_of(view: View, settings: Settings) -> tuple[AnalysisPlan, ...]:
    """One plan per destination of the target.

    Raises FactMissing where the facts do not tell, UsageError for what cannot be asked.
    """
    found = (plan_for(view, settings, flow) for flow in flows(settings))
    return tuple({id(plan): plan for plan in found}.values())


def merged(plans: Sequence[AnalysisPlan]) -> AnalysisPlan:
    """Several plans as one, to be agreed to as a whole."""
    analyses: list[PlannedAnalysis] = [item for plan in plans for item in plan.analyses]
    sources = tuple({item.subnet_id: item for plan in plans for item in plan.sources}.values())
    return AnalysisPlan(about="; ".join(plan.about for plan in plans), analyses=tuple(analyses), sources=sources)


def asked_of(view: View, settings: Settings) -> tuple[Asked, ...]:
    """Every flow of the target with what was planned for it. Raises FactMissing and UsageError as `plans_of` does."""
    return tuple(asked_about(answer_of(view, flow), settings) for flow in flows(settings))


def consent_table(consent: Consent, spending: Spending) -> Table:
    """Exactly what will happen."""
    stays = "paths and analyses stay, with tags" if spending.keep else "paths and analyses are deleted again"
    rows = [
        (Cell("For function"), Cell(consent.function_arn, code=True)),
        (Cell("Account and Region"), Cell(f"{consent.account}, {consent.region}")),
        (Cell("Action"), Cell(consent.action, code=True, small="and paths are created and deleted for it")),
        (Cell("Question"), Cell(consent.about)),
        (Cell("At most"), Cell(f"{consent.maximum:,} analyses", small=stays)),
        (Cell("AWS charges at most"), Cell(f"${consent.cost_usd:.2f}", small=f"${spending.price_usd:.2f} each")),
        (Cell("Is sent to the network"), Cell("nothing: AWS reasons from the configuration")),
    ]
    return Table("What will happen with your consent", ("What", "Value"), tuple(rows))
