"""The part of a run that invokes: consent first, then the requests, then the wait for what AWS delivers late."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lib.errors import UsageError
from runbook_lib.facade import handover
from runbook_lib.facade.awaiting import Wait, rows_of
from runbook_lib.facade.deploying import Errand, Patience, Purpose
from runbook_lib.facade.joining import joined, with_agreed
from runbook_lib.facade.journals import journal_of
from runbook_lib.facade.judging import keys_needed
from runbook_lib.facade.measuring import gateways_of
from runbook_lib.facade.observed_run import ObservedRun
from runbook_lib.facade.views import Shown
from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.requests import Request
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.fact import Scope
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.progress import Progress
from runbook_lib.model.snapshot import Gap, Snapshot
from runbook_lib.network.view import View
from runbook_lib.render.deploy_tables import consent_table, request_table
from runbook_lib.widgets.consent import ConsentForm
from runbook_lib.widgets.progress import notebook_bar

if TYPE_CHECKING:
    from runbook_lib.act import Journal
    from runbook_lib.act import Outcome as Acted
    from runbook_lib.collect.connection import Connection
    from runbook_lib.model.consent import Consent

__all__ = ["NO_FUNCTION", "Act", "ActingRun", "how_to_consent"]

NO_FUNCTION = "No function was read, so there is nothing to invoke."
_INTERRUPTED = "interrupted"
_SAVED = "Saved facts are shown as they are; nothing is invoked."
_NOTHING = "Nothing was invoked"
_NO_MORE = "Nothing more was invoked"
_CAUSES = ("path", "nat")
_REQUEST = (
    *("payload", "assertion", "qualifier"),
    *("burst", "concurrency", "events"),
    *("seconds", "max_cost_usd", "allow_production"),
    *("shortest_ms", "longest_ms", "wanted_rate"),
)

Act = Callable[["Connection", "Consent", str, Progress, "Journal"], "Acted"]


class ActingRun(ObservedRun):
    """A run that invokes a function with consent; without, every step that would do so says how to agree.

    The source stays open until the report: what was invoked is looked for in the log of the same AWS.
    """

    _errand = Errand()
    _patience = Patience()
    _form: ConsentForm | None = None
    _word = ""
    _is_over = False
    _is_noted = False

    def __init__(self, runbook: str, **opened: Any) -> None:
        self._sent: set[str] = set()
        self._consents: dict[Purpose, Consent] = {}
        self._journal: Journal | None = None
        super().__init__(runbook, **opened)

    def consent(
        self,
        word: str = "",
        *,
        request: tuple[str, str, str] = ("{}", "", ""),
        amount: tuple[int, int, int] = (10, 0, 0),
        bounds: tuple[float, float, bool] = (300.0, 1.0, False),
        wanted: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Any:
        """What will be invoked, and the field that takes consent.

        `request` is payload, assertion, and version or alias; `amount` how many in the burst, at the same time, and as
        events; `bounds` the seconds a burst may take, its cost in US dollars, and whether production is allowed;
        `wanted` the shortest and longest duration in milliseconds and the success rate to be shown.
        """
        self._forget()
        told: dict[str, Any] = dict(zip(_REQUEST, (*request, *amount, *bounds, *wanted), strict=True))
        self._errand = Errand(**told).of(self._source)
        self._word = word.strip()
        function = self._function
        if function is None or self._source.kind == "snapshot":
            return Shown(_SAVED if function else NO_FUNCTION)
        self._consents = self._errand.consents(function)
        whole = self._consents[Purpose.WHOLE]
        if self._word and not whole.is_given_by(self._word):
            raise UsageError(f"consent is for {self._word}, but this would be done: {whole.text}")
        self._form = self._form_of(consent_table(whole, self._errand.told), function, given=bool(self._word))
        return self._form

    def smoke(self) -> Any:
        """Invoke once and show what came back."""
        from runbook_lib.act import run_smoke

        request = self._errand.smoke
        self._send(
            Purpose.SMOKE,
            lambda to, agreed, word, bar, noted: run_smoke(to, agreed, word, request, bar, journal=noted),
        )
        return self._shown("smoke", "wake")

    def burst(self) -> Any:
        """Invoke many times at the same moment and show each request."""
        from runbook_lib.act import run_burst

        salvo = self._errand.salvo
        if salvo is None:
            return Shown("No burst is asked for.")
        self._send_more(
            Purpose.BURST,
            lambda to, agreed, word, bar, noted: run_burst(to, agreed, word, salvo, bar, journal=noted),
        )
        return self._shown("burst")

    def events(self) -> Any:
        """Queue the asynchronous invocations and show each."""
        from runbook_lib.act import run_burst

        queue = self._errand.queue
        if queue is None:
            return Shown("No event is asked for.")
        self._send_more(
            Purpose.EVENT,
            lambda to, agreed, word, bar, noted: run_burst(to, agreed, word, queue, bar, journal=noted),
        )
        return self._shown("event")

    def wait_for_log(self, patience_s: int = 600) -> Shown:
        """Wait until the log has told everything about every request, with progress; say how far it came."""
        self._patience = replace(self._patience, log_s=patience_s)
        self._wait(lambda wait, bar: wait.for_logs(self._view.snapshot, self._left_of(patience_s), bar))
        told = sum(row.has_report for row in self._rows)
        return Shown(f"The log holds the end of {told} of {len(self._rows)} requests." if self._rows else self._why)

    def wait_for_metrics(self, patience_s: int = 300) -> Shown:
        """Wait until CloudWatch has counted every request, with progress; say how far it came."""
        self._patience = replace(self._patience, metric_s=patience_s)
        self._wait(lambda wait, bar: wait.for_metrics(self._view.snapshot, self._left_of(patience_s), bar))
        series = [item for item in self._view.snapshot.all(MetricSeries) if item.metric == "Invocations"]
        counted = sum(sum(item.values) for item in series)
        return Shown(f"CloudWatch has counted {counted:,.0f} invocations." if self._rows else self._why)

    def requests(self) -> Any:
        """The table with one row per request: what the client saw, what the log says, and what follows."""
        return request_table(self._rows) if self._rows else Shown(self._why)

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

    def _form_of(self, told: Any, function: Function, *, given: bool) -> ConsentForm:
        how = how_to_consent(function)
        return ConsentForm(told, name=function.id, how=how, given=given, alive=self._staging is None)

    def _send(self, purpose: Purpose, act: Act) -> None:
        """Do what was agreed to, once per consent; after an interrupt nothing more is done.

        All that is agreed to joins the facts before the first of it is done, so that none of it is forgotten.
        """
        if self._is_agreed and not self._is_noted:
            self._is_noted = True
            self._hold(with_agreed(self._view.snapshot, self._scope, self._errand.agreed(self._consents)))
        if self._is_agreed and purpose not in self._sent and not self._is_over:
            self._do(self._consents[purpose], act)
            self._sent.add(purpose)

    def _send_more(self, purpose: Purpose, act: Act) -> None:
        """Do it only where the first request has not failed: what fails alone needs no burst to be found."""
        first = [row for row in self._rows if row.result.purpose == Purpose.SMOKE]
        last = max(first, key=lambda row: row.result.started, default=None)
        if last is None or last.outcome is not Outcome.FAILURE or purpose in self._sent:
            self._send(purpose, act)
        elif self._is_agreed and not self._is_over:
            gap = Gap(
                what=InvokeResult.KEY, reason=f"the first request, {last.result.id}, failed, so no more were sent"
            )
            known = self._view.snapshot
            self._hold(replace(known, gaps=tuple(dict.fromkeys((*known.gaps, gap)))))

    def _do(self, consent: Consent, act: Act) -> None:
        """Act, and let what it learned join the facts."""
        with notebook_bar(self._staging is None) as progress:
            try:
                connection, word = self._source.connection(progress), consent.function_arn
                outcome = act(connection, consent, word, progress, self._noted)
            except UsageError as error:
                self._keep(error)
                return
        self._is_over = outcome.stopped == _INTERRUPTED
        self._hold(joined(self._view.snapshot, outcome, self._scope))

    def _wait(self, wait_for: Callable[[Wait, Progress], Snapshot]) -> None:
        """Look until everything is there; saved facts and a run that sent nothing have nothing to wait for."""
        function = self._function
        if function is None or not self._sent:
            return
        gateways = tuple(nat.id for nat in gateways_of(self._view, self._settings).listed)
        wait = Wait(source=self._source, function=function, gateways=gateways)
        with notebook_bar(self._staging is None) as progress:
            try:
                found = wait_for(wait, progress)
            except KeyboardInterrupt:
                self._is_over = True
                found = wait_for(wait, progress)
            except UsageError as error:
                self._keep(error)
                return
            self._hold(found)

    def _keep(self, error: UsageError) -> None:
        """Once something was invoked nothing may end the run without its evidence: the problem becomes a gap.

        Raises the error while nothing was invoked yet.
        """
        if not self._sent:
            raise error
        self._is_over = True
        gap = Gap(what=InvokeResult.KEY, reason=str(error), action=action_of(InvokeResult.KEY))
        self._hold(replace(self._view.snapshot, gaps=(*self._view.snapshot.gaps, gap)))

    def _left_of(self, patience_s: float) -> float:
        """The patience, none once somebody interrupted: then what is there is read, and no more."""
        return 0.0 if self._is_over else patience_s

    def _hold(self, snapshot: Snapshot) -> None:
        """Take these facts; headless they are kept with what follows from them, should the kernel die."""
        self._held = View(snapshot)
        self._results.clear()
        if self._staging:
            handover.keep(Path(self._staging), self._result, snapshot)
            if self._journal:
                self._journal.kept()

    def _forget(self) -> None:
        """What was agreed to no longer counts: something else is picked, read or asked."""
        self._form, self._is_over, self._is_noted = None, False, False
        self._consents = {}
        self._sent.clear()
        self._results.clear()

    def _shown(self, *purposes: str) -> Any:
        """The requests of these purposes as they stand, or why there are none."""
        rows = [row for row in self._rows if row.result.purpose in purposes]
        return request_table(rows) if rows else Shown(self._why)

    @property
    def _keys(self) -> frozenset[str]:
        """What the causes of a failed request are weighed by is read too."""
        return super()._keys | keys_needed(_CAUSES)

    def _reading(self) -> AbstractContextManager[Any]:
        return nullcontext()

    @property
    def _why(self) -> str:
        """Why nothing was invoked."""
        reasons = [gap.reason for gap in self._view.snapshot.gaps if gap.what == InvokeResult.KEY]
        nothing = _NO_MORE if self._rows else _NOTHING
        if reasons:
            return f"{nothing}: {'; '.join(reasons)}."
        if self._is_over:
            return f"{nothing}: the run was interrupted."
        if self._source.kind == "snapshot":
            return f"{_NOTHING} when these facts were saved."
        return f"{_NOTHING}." if self._is_agreed else f"{_NOTHING}. To agree, {how_to_consent(self._function)}."

    @property
    def _noted(self) -> Journal:
        """The journal of this run: beside the result of a headless one, else where the user's programs keep state."""
        if self._journal is None:
            self._journal = journal_of(self._staging, self._runbook, self._started, self._source.words)
        return self._journal

    @property
    def _is_agreed(self) -> bool:
        return self._form is not None and self._form.is_given

    @property
    def _rows(self) -> tuple[Request, ...]:
        """Every request with what its log says, put together once per view."""
        function = self._function
        if function is None:
            return ()
        key = ("rows", function.id)
        found = self._view.memo.get(key)
        if not isinstance(found, tuple):
            found = self._view.memo[key] = rows_of(self._view, function)
        return found

    @property
    def _scope(self) -> Scope:
        function = self._function
        return function.scope if function else Scope()


def how_to_consent(function: Function | None) -> str:
    """What somebody who agrees has to do."""
    if function is None:
        return "set the parameter consent to the ARN of the function"
    return f"set the parameter consent to {function.arn}, or type {function.id} in the notebook"
