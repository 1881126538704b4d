"""The run that proves a deployment: Terraform against AWS, requests against their log, and what they show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runbook_lib.checks.base import Settings
from runbook_lib.checks.deploy.common import as_agreed
from runbook_lib.errors import UsageError
from runbook_lib.facade.acting_run import NO_FUNCTION, ActingRun, how_to_consent
from runbook_lib.facade.deploying import Purpose, outputs_named, probed_names, with_terraform
from runbook_lib.facade.headlines import deployment_headline
from runbook_lib.facade.joining import agreed_item, with_agreed
from runbook_lib.facade.observed_run import ObservedRun
from runbook_lib.facade.views import Shown
from runbook_lib.invocations.base import Outcome
from runbook_lib.invocations.requests import Request
from runbook_lib.model.actions import InvokeResult, ProbeResult
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.fact import Scope
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.render.deploy_tables import outputs_table, probe_consent_table, probe_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook_lib.collect.terraform import TerraformRead
    from runbook_lib.model.consent import Consent
    from runbook_lib.widgets.consent import ConsentForm
    from runbook_lib.widgets.picker import Picker

__all__ = ["DeployRun"]

_NO_PROBE = "No probe is asked for."


class DeployRun(ActingRun):
    """A run that holds the outputs of Terraform against AWS, and the requests it sends against their log."""

    _terraform: tuple[str, str, str] = ("", "", "")
    _read: TerraformRead | None = None
    _probe_form: ConsentForm | None = None
    _probe_asked: tuple[str, str] = ("", "")
    _probe: Consent | None = None

    def __init__(self, runbook: str, **opened: Any) -> None:
        self._outputs: Mapping[str, str] = {}
        super().__init__(runbook, **opened)

    def pick(self, *, function_name: str = "", **picked: Any) -> Picker:
        """Choose the function that was deployed; consent for another one no longer counts."""
        self._forget()
        return super().pick(function_name=function_name, **picked)

    def collect(self, *, terraform: str = "", workspace: str = "", outputs: str = "") -> Shown:  # type: ignore[override]
        """Read the outputs of Terraform, then what AWS has, with progress.

        `terraform` is a folder, a state file, or a file with printed outputs; `outputs` maps what they tell to names.
        """
        from runbook_lib.collect.terraform import read_terraform

        self._terraform = (terraform, workspace, outputs)
        self._read = read_terraform(terraform, workspace=workspace) if terraform else None
        self._outputs = outputs_named(outputs, self._read)
        self._forget()
        return super(ObservedRun, self).collect()

    def outputs(self) -> Any:
        """The table of what Terraform told against what AWS has."""
        function = self._function
        if not self._outputs:
            return Shown("No Terraform folder or file is looked at.")
        return outputs_table(self._view, function, self._outputs) if function else Shown(NO_FUNCTION)

    def timeline(self) -> Any:
        """The figure of the requests from sending to answer, by the client's clock."""
        from runbook_lib.render.deploy_figures import request_timeline

        if not self._rows:
            return Shown(self._why)
        return request_timeline(self._rows, self._window_ms, simulated=self._view.snapshot.origin.is_simulated)

    def histogram(self) -> Any:
        """The figure of how long the requests took, with the window they should take."""
        from runbook_lib.render.deploy_figures import duration_histogram

        rows = [row for row in self._rows if row.result.purpose not in {"event", "wake"} and not row.only_woke]
        return duration_histogram(rows, self._window_ms) if rows else Shown(self._why)

    def confidence(self) -> Any:
        """The figure of what so many runs show about the success rate."""
        from runbook_lib.render.deploy_figures import confidence_figure

        rows = [row for row in self._rows if row.result.purpose == "burst"]
        good = sum(row.outcome is Outcome.SUCCESS for row in rows)
        asked = self._errand.burst if self._sent else 0
        return confidence_figure(good, max(len(rows), asked), self._errand.wanted_rate) if rows else Shown(self._why)

    def causes(self) -> Shown:
        """Every cause of the failed requests with what speaks for and against it, or that none failed."""
        if self._has_failed:
            return super().causes()
        if any(row.outcome is Outcome.FAILURE for row in self._rows):
            return Shown("Every request that failed was answered, but not as asserted: its code decides, no network.")
        return Shown("No request failed." if self._rows else self._why)

    def agree_to_probe(self, word: str = "", *, destinations: str = "") -> Any:
        """What a probe would do, and the field that takes consent to it."""
        from runbook_lib.act import probe_consent

        self._probe_asked, self._probe_form, self._probe = (destinations, word.strip()), None, None
        self._results.clear()
        names, function = probed_names(destinations), self._function
        if not names or function is None or not function.arn or self._source.kind == "snapshot":
            return Shown(NO_FUNCTION if names and function is None else _NO_PROBE)
        self._probe = probe_consent(function.arn, names, len(function.subnet_ids))
        if word.strip() and not self._probe.is_given_by(word):
            raise UsageError(f"probe_consent is for {word.strip()}, but this would be done: {self._probe.text}")
        told = probe_consent_table(self._probe, names, function)
        self._probe_form = self._form_of(told, function, given=bool(word.strip()))
        return self._probe_form

    def probe(self) -> Any:
        """Deploy the probe, let it look, remove it, and show what it saw."""
        from runbook_lib.act import Probe, run_probe

        names, form = probed_names(self._probe_asked[0]), self._probe_form
        if form and form.is_given and self._probe and not self._is_over and Purpose.PROBE not in self._sent:
            wanted = Probe(destinations=names)
            agreed = agreed_item(Purpose.PROBE, self._probe, self._probe.maximum, Destinations=[*names])
            self._hold(with_agreed(self._view.snapshot, self._scope, [agreed]))
            self._do(
                self._probe,
                lambda to, agreed, word, bar, noted: run_probe(to, agreed, word, wanted, bar, journal=noted),
            )
            self._sent.add(Purpose.PROBE)
        found = self._view.snapshot.all(ProbeResult)
        gaps = [gap.reason for gap in self._view.snapshot.gaps if gap.what == ProbeResult.KEY]
        if found:
            return probe_table(found, gaps)
        return Shown("; ".join(gaps) or (form.line if form else _NO_PROBE))

    def _observed(self, snapshot: Snapshot, progress: Progress) -> Snapshot:
        """Nothing is observed before something was sent; what Terraform told joins what AWS has."""
        origin = snapshot.origin
        scopes = (function.scope for function in snapshot.all(Function) if function.id == self._choice.function)
        own = next(scopes, Scope(account=origin.account, region=origin.region))
        return with_terraform(snapshot, self._read, own, self._outputs)

    def _settings_on(self, snapshot: Snapshot) -> Settings:
        errand, settings = self._errand, super()._settings_on(snapshot)
        functions = (item for item in snapshot.all(Function) if item.id == settings.target.name)
        deploy = Deploy(
            outputs=self._outputs,
            burst=errand.burst,
            at_once=errand.salvo.concurrency if errand.salvo else 0,
            events=errand.events,
            probed=probed_names(self._probe_asked[0]),
            shortest_ms=errand.shortest_ms,
            longest_ms=errand.longest_ms or None,
            wanted_rate=errand.wanted_rate,
            consented=self._is_agreed or bool(snapshot.all(InvokeResult)),
            how_to_consent=how_to_consent(next(functions, None)),
        )
        return replace(settings, deploy=deploy)

    @property
    def _window_ms(self) -> tuple[float, float | None]:
        """The time that a request should take, in the saved facts and in what is asked now."""
        asked = self._settings_on(self._view.snapshot).deploy
        function = self._function
        if asked is None or function is None:
            return 0.0, None
        agreed = as_agreed(self._view, function, asked)
        return agreed.shortest_ms, agreed.longest_ms

    @property
    def _asked(self) -> str:
        return "does what was deployed work"

    @property
    def _parameters(self) -> dict[str, Any]:
        terraform, workspace, outputs = self._terraform
        named = ",".join(f"{role}={name}" for role, name in self._outputs.items())
        probe, probe_consent = self._probe_asked
        return {
            **super(ObservedRun, self)._parameters,
            **self._errand.to_json(),
            "consent": self._consents[Purpose.WHOLE].function_arn if self._is_agreed else self._word,
            "terraform": terraform,
            "workspace": workspace,
            "outputs": outputs or named,
            "log_wait_s": self._patience.log_s,
            "metric_wait_s": self._patience.metric_s,
            "probe": probe,
            "probe_consent": probe_consent,
            **self._agreed_to,
        }

    @property
    def _agreed_to(self) -> dict[str, Any]:
        """What somebody agreed to, whole, for the evidence; empty when nobody did."""
        sent = len(self._view.snapshot.all(InvokeResult))
        agreed = {"agreed_to": {**self._consents[Purpose.WHOLE].to_json(), "sent": sent}} if self._is_agreed else {}
        if self._probe and self._probe_form and self._probe_form.is_given:
            agreed["probe_agreed_to"] = self._probe.to_json()
        return agreed

    @property
    def _result(self) -> RunResult:
        """The result; causes are weighed only where a request failed otherwise than by a wrong answer."""
        result = super()._result
        result = replace(result, headline=deployment_headline(result, self._rows))
        return result if self._has_failed else replace(result, hypotheses=())

    @property
    def _has_failed(self) -> bool:
        """Whether a request failed otherwise than by a wrong answer: those have causes to weigh."""
        return any(row.outcome is Outcome.FAILURE and not _is_wrong(row) for row in self._rows)


def _is_wrong(row: Request) -> bool:
    """Whether all that is known to have failed is the assertion."""
    result = row.result
    shows_more = result.error_code or result.function_error or row.error_class
    return result.assertion == "failed" and not shows_more
