"""The run that asks Reachability Analyzer: planned and priced for nothing, asked with consent, held against the kit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lib.checks.analyzer.common import Asked
from runbook_lib.checks.base import Settings
from runbook_lib.checks.path.cited import path_words
from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.facade import handover
from runbook_lib.facade.acting_run import how_to_consent
from runbook_lib.facade.analyzing import Spending, asked_of, consent_table, merged, plans_of
from runbook_lib.facade.joining import with_analyses
from runbook_lib.facade.journals import journal_of
from runbook_lib.facade.notebook import Run
from runbook_lib.facade.views import Shown
from runbook_lib.model.analysis_plan import AnalysisPlan
from runbook_lib.model.analyzer import Analyzer
from runbook_lib.model.interfaces import Function
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.network.insights.answered import answer_to
from runbook_lib.network.view import View
from runbook_lib.render.analyzer_tables import Answered, Beside, answers_table, beside_table, plan_table
from runbook_lib.widgets.consent import ConsentForm
from runbook_lib.widgets.progress import notebook_bar

if TYPE_CHECKING:
    from runbook_lib.act import Journal
    from runbook_lib.model.consent import Consent
    from runbook_lib.widgets.picker import Picker

__all__ = ["AnalyzerRun"]

_DOES = ("ask AWS about the paths of {name}", "ask AWS nothing")
_NO_FUNCTION = "No single function is looked at, and consent names one: AWS is asked nothing."
_SAVED = "Saved facts are shown as they are; AWS is asked nothing."
_NO_ANALYSIS = "There is nothing to ask AWS: no subnet has a network interface to start at."


class AnalyzerRun(Run):
    """A run that asks AWS about paths with consent; without, it plans and prices, and says how to agree.

    The source stays open until the report: what was made in it is removed in the same AWS.
    """

    _spending = Spending()
    _form: ConsentForm | None = None
    _word = ""
    _consent: Consent | None = None
    _journal: Journal | None = None
    _is_done = False

    def pick(self, **picked: Any) -> Picker:
        """Choose the function and the destination; consent for another pick no longer counts."""
        self._forget()
        return super().pick(**picked)

    def collect(self) -> Shown:
        """Read the facts, and the analyses that somebody has made before, with progress."""
        self._forget()
        return super().collect()

    def plan(
        self,
        *,
        price: tuple[float, float] = (0.10, 1.0),
        wait_s: int = 300,
        keep: bool = False,
        reuse_hours: float = 24.0,
    ) -> Any:
        """What AWS would be asked and what that costs; nothing is asked here.

        `price` is that of one analysis and the spend cap, in US dollars.
        """
        self._forget()
        self._spending = Spending(
            price_usd=price[0], max_cost_usd=price[1], wait_s=wait_s, keep=keep, reuse_hours=reuse_hours
        )
        try:
            plans = plans_of(self._view, self._settings)
        except FactMissing as gap:
            return Shown(f"Nothing can be planned: {gap}.")
        _ = self._flows  # what cannot be traced is refused before anybody pays
        most = self._spending.of(merged(plans)).most
        price_usd, cap_usd = self._spending.price_usd, self._spending.max_cost_usd
        return plan_table(plans, self._label, price_usd=price_usd, most=most, cap_usd=cap_usd)

    def consent(self, word: str = "") -> Any:
        """Exactly what will happen, and the field that takes consent."""
        from runbook_lib.act import analysis_consent

        self._forget()
        self._word = word.strip()
        function, plan = self._function, self._plan
        if function is None or not function.arn or self._source.kind == "snapshot":
            return Shown(_SAVED if self._source.kind == "snapshot" else _NO_FUNCTION)
        if not plan.analyses:
            return Shown(_NO_ANALYSIS)
        self._consent = analysis_consent(function.arn, self._spending.of(plan))
        if self._word and not self._consent.is_given_by(self._word):
            raise UsageError(f"consent is for {self._word}, but this would be done: {self._consent.text}")
        told = consent_table(self._consent, self._spending)
        self._form = ConsentForm(
            told,
            name=function.id,
            how=how_to_consent(function),
            given=bool(self._word),
            alive=self._staging is None,
            does=_DOES,
        )
        return self._form

    def analyse(self) -> Shown:
        """Ask AWS, once per consent, with progress; say how many analyses were made and what they cost."""
        from runbook_lib.act import run_analyses

        consent, function = self._consent, self._function
        if consent is None or function is None or not self._is_agreed:
            how = f" To agree, {how_to_consent(function)}." if function and self._source.kind != "snapshot" else ""
            return Shown(f"AWS was asked nothing.{how}")
        if self._is_done:
            return Shown("AWS was asked already; agree anew to ask again.")
        request = self._spending.of(self._plan)
        with notebook_bar(self._staging is None) as progress:
            connection = self._source.connection(progress)
            if self._journal is None:
                self._journal = journal_of(self._staging, self._runbook, self._started, self._source.words)
            journal = self._journal
            found = run_analyses(connection, consent, consent.function_arn, request, progress, journal=journal)
        self._is_done = True
        self._hold(with_analyses(self._view.snapshot, found, function.scope))
        spent = found.started * self._spending.price_usd
        stopped = f" It ended early: {found.stopped}." if found.stopped else ""
        return Shown(
            f"{found.started} {'analysis was' if found.started == 1 else 'analyses were'} made for ${spent:.2f}, "
            f"{found.reused} taken over from before.{stopped}"
        )

    def answers(self) -> Any:
        """The table of what AWS answered for every subnet, in plain words, whole and by stretch."""
        found = self._asked_flows
        if isinstance(found, Shown):
            return found
        rows = tuple(row for asked in found for row in self._answered(asked))
        return answers_table(rows, self._label, is_linked=not self._view.snapshot.origin.is_simulated)

    def side_by_side(self) -> Any:
        """The table of the kit's trace beside AWS's analysis, hop by hop."""
        found = self._asked_flows
        if isinstance(found, Shown):
            return found
        return beside_table(tuple(self._beside(asked) for asked in found), self._label)

    def report(self, *, out: str = "", mask_accounts: bool = False) -> Shown:
        """Write the evidence bundle and say where, then let go of the source; the journal is kept until it is written.

        That of a headless run goes with the folder of the process that started it.
        """
        try:
            said = super().report(out=out, mask_accounts=mask_accounts)
        finally:
            self._source.close()
        if self._journal and not self._staging:
            self._journal.end()
        return said

    def _answered(self, asked: Asked) -> Iterator[Answered]:
        """The whole path, then its stretches where AWS was asked about them."""
        if asked.planned is None:
            return
        yield Answered(planned=asked.planned, analysis=asked.analysis, missing=_reason(asked))
        for part in asked.planned.parts:
            analysis = answer_to(self._view, part)
            if analysis:
                yield Answered(planned=part, analysis=analysis)

    def _beside(self, asked: Asked) -> Beside:
        flow, analysis = asked.traced.flow, asked.analysis
        compared = asked.comparison(analysis) if analysis and asked.planned else None
        return Beside(subnet_id=flow.subnet_id, to=flow.to, comparison=compared, missing=_reason(asked))

    def _forget(self) -> None:
        """What was agreed to no longer counts: something else is picked, read or planned."""
        self._form, self._consent, self._is_done = None, None, False
        self._results.clear()

    def _hold(self, snapshot: Snapshot) -> None:
        """Take these facts; headless they are kept with what follows from them, should the kernel die."""
        self._held = View(snapshot)
        self._results.clear()
        if self._staging:
            handover.keep(Path(self._staging), self._result, snapshot)
            if self._journal:
                self._journal.kept()

    def _label(self, id_: str) -> str:
        return path_words(self._view, [{"id": id_}])

    def _reading(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def _settings_on(self, snapshot: Snapshot) -> Settings:
        settings = super()._settings_on(snapshot)
        named = (item for item in snapshot.all(Function) if item.id == settings.target.name)
        how = how_to_consent(next(named, None))
        return replace(settings, analyzer=Analyzer(consented=self._is_agreed, how_to_consent=how))

    @property
    def _asked_flows(self) -> tuple[Asked, ...] | Shown:
        try:
            return asked_of(self._view, self._settings)
        except FactMissing as gap:
            return Shown(f"Nothing can be compared: {gap}.")

    @property
    def _plan(self) -> AnalysisPlan:
        """The plan for everything asked about; empty when the facts do not tell."""
        try:
            return merged(plans_of(self._view, self._settings))
        except FactMissing:
            return merged(())

    @property
    def _function(self) -> Function | None:
        """The function that is looked at, None when it is not exactly one."""
        name = self._choice.function
        return self._view.function_called(name) if name else None

    @property
    def _is_agreed(self) -> bool:
        return self._form is not None and self._form.is_given

    @property
    def _parameters(self) -> dict[str, Any]:
        agreed = {"agreed_to": self._consent.to_json()} if self._is_agreed and self._consent else {}
        given = self._consent.function_arn if agreed and self._consent else self._word
        return {**super()._parameters, **self._spending.to_json(), "consent": given, **agreed}


def _reason(asked: Asked) -> str:
    """Why AWS gave no verdict, as a sentence; empty when it did."""
    _, said = asked.missing
    return f"{said[0].upper()}{said[1:]}." if said else ""
