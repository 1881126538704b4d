"""A runbook run from outside: parameters checked first, the notebook in its kernel, then the evidence bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.facade import handover
from runbook_lib.facade.checking import Question
from runbook_lib.facade.choosing import words_of
from runbook_lib.facade.files import folder_of
from runbook_lib.facade.judging import check_titles, new_run_id, severity_of, tool
from runbook_lib.facade.logs import Load
from runbook_lib.facade.sources import Source, open_source
from runbook_lib.facade.watching import Watch
from runbook_lib.holding import HeldFolder
from runbook_lib.invocations.capacity import Capacity, demand
from runbook_lib.model.finding import ResourceRef
from runbook_lib.model.interfaces import Function
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.result import RunResult
from runbook_lib.model.snapshot import Origin
from runbook_lib.model.status import Verdict
from runbook_lib.model.target import Target
from runbook_lib.parameters import Value, parameters_of, resolve_parameters

if TYPE_CHECKING:
    from runbook_lib.execute import ExecutedNotebook
    from runbook_lib.kernels import Kernels

__all__ = ["Done", "Job", "prepare", "run_job", "run_job_aside"]

_LONGEST = 400
_CELL_S = 600
_WAITS = ("burst_s", "log_wait_s", "metric_wait_s")
_BATCHES = 4  # analyses that AWS makes one after the other, each within the whole wait
_LAB_LIMITS = 4  # idle, then a slow answer, then the client's own timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A runbook with its resolved parameters and the folder its bundle goes to.

    `environ` is the environment of its kernel, None for that of this process.
    """

    runbook: str
    parameters: Mapping[str, Value]
    out: Path
    environ: Mapping[str, str] | None = None

    @property
    def is_acting(self) -> bool:
        """Whether somebody agreed that it invokes or changes something."""
        return bool(self.parameters.get("consent") or self.parameters.get("probe_consent"))

    def opened(self) -> Source:
        """The source that the parameters name. UsageError when they do not go together."""
        told = {name: str(self.parameters.get(name, "")) for name in ("region", "profile", "role_arn")}
        return open_source(str(self.parameters["source"]), **told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A finished run: its result and the folder of its bundle."""

    result: RunResult
    bundle: Path


def prepare(runbook: str, files: Iterable[str], given: Iterable[tuple[str, str]]) -> Job:
    """A job that is known to make sense, before any kernel starts. UsageError for whatever does not."""
    values = resolve_parameters(parameters_of(runbook), files, given)
    job = Job(runbook=runbook, parameters=values, out=folder_of(str(values.get("out") or "reports")))
    severity_of(str(values.get("fail_on", "medium")))
    Question(
        actions=words_of(str(values.get("actions", ""))),
        protocol=str(values.get("protocol", "")),
        port=int(values.get("port", 0)) or None,
    )
    _require_sense(values)
    source = job.opened()
    if "source_dir" in values:
        from runbook_lib.facade.function_run import require_patience
        from runbook_lib.facade.source_code import require_folder

        require_patience(float(values["caller_timeout_s"]))
        require_folder(str(values["source_dir"]))
    if "price_usd" in values:
        from runbook_lib.facade.analyzing import require_analyses

        require_analyses(values, source)
    elif "consent" in values:
        from runbook_lib.facade.deploying import require_sense

        require_sense(values, source)
    if "clients" in values:
        from runbook_lib.facade.keepalive_clients import require_clients

        require_clients(values, source.defaults)
    if source.kind == "snapshot":
        source.names()
    return job


def run_job(job: Job, progress: Progress = silent, kernels: Kernels | None = None) -> Done:
    """Run the notebook and publish its bundle, also when it ended early: then the verdict is UNKNOWN, or the FAIL seen.

    UsageError when the notebook stopped because something asked for does not exist; KeyboardInterrupt when its
    kernel was stopped from outside. Neither once something was invoked: then the bundle tells it, by what the notebook
    had kept by then and in the words of the journal.
    """
    from runbook_lib.act.journal import JOURNAL, read_journal
    from runbook_lib.execute import TimeLimits, execute
    from runbook_lib.render.bundle import write_bundle

    started = datetime.now(UTC)
    run_id = new_run_id(job.runbook, started)
    with HeldFolder("runbook-staging-", what="run", run_id=run_id, out=str(job.out.absolute())) as staging:
        limits = TimeLimits(cell_s=_CELL_S + _longest_wait_s(job.parameters))
        ran = execute(
            job.runbook,
            job.parameters,
            staging,
            progress,
            environ=job.environ,
            limits=limits,
            kernels=kernels,
        )
        _, doings = read_journal(staging / JOURNAL)
        if kernels is not None and kernels.stopped and not doings:
            raise KeyboardInterrupt
        if ran.error == UsageError.__name__ and not doings:
            raise UsageError(ran.said)
        left = handover.take(staging)
        kept = handover.kept(staging)
    result, snapshot = left or kept or (_without_result(job, run_id, started), None)
    result = _concluded(replace(result, run_id=run_id, finished_at=datetime.now(UTC)), ran)
    if left is None:
        result = handover.with_doings(result, doings)
    masked = bool(job.parameters.get("mask_accounts"))
    notebook = _without_secrets(ran.notebook, str(job.parameters.get("payload", "")))
    bundle = write_bundle(job.out, result, snapshot, notebook, mask_accounts=masked, titles=check_titles())
    return Done(result=result, bundle=bundle)


def run_job_aside(job: Job, progress: Progress, kernels: Kernels) -> Done:
    """The same in another thread, so that papermill does not take Ctrl-C for itself.

    Who interrupts twice kills the kernel; where something was invoked by then, the evidence of that is still written.
    """
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(run_job, job, progress, kernels)
        try:
            return run.result()
        except KeyboardInterrupt:
            kernels.stop()
            return run.result()
        except BaseException:
            kernels.stop()
            raise


def _require_sense(values: Mapping[str, Value]) -> None:
    """UsageError for a window, a load or an SDK that makes no sense, in the runbooks that have them."""
    Watch(
        since=str(values.get("since", "")),
        until=str(values.get("until", "")),
        max_events=int(values.get("max_log_events", 1)),
    )
    load = Load(
        connections=int(values.get("connections_per_invocation", 1)),
        sdk_name=str(values.get("sdk", "")),
        addresses=int(values.get("resolved_addresses", 0)),
    )
    demand(int(values.get("concurrency", 0)), load.connections)
    Capacity(addresses=int(values.get("nat_addresses", 0)) or 1)


def _longest_wait_s(values: Mapping[str, Value]) -> int:
    """The longest time that one cell is asked to wait, in seconds."""
    lab_s = _LAB_LIMITS * int(values["lab_limit_s"]) if values.get("lab") else 0
    analyses_s = _BATCHES * int(values.get("analysis_wait_s", 0))
    return max(lab_s, analyses_s, *(int(values.get(name, 0)) for name in _WAITS))


def _without_secrets(value: Any, payload: str) -> Any:
    """An executed notebook without what looks secret in a payload: papermill writes parameters into it as they are."""
    from runbook_lib.collect.redact import redact_text

    clean = redact_text(payload)
    if clean == payload:
        return value
    if isinstance(value, str):
        return value.replace(payload, clean).replace(_as_literal(payload), _as_literal(clean))
    if isinstance(value, Mapping):
        return {name: _without_secrets(item, payload) for name, item in value.items()}
    return [_without_secrets(item, payload) for item in value] if isinstance(value, list) else value


def _as_literal(text: str) -> str:
    """A text between the quotes that papermill puts around it."""
    return text.encode("unicode_escape").decode().replace('"', '\\"')


def _concluded(result: RunResult, ran: ExecutedNotebook) -> RunResult:
    """The result in the light of how the notebook ended: never better than that, and a FAIL that was seen stays."""
    if ran.problem is None and ran.verdict is result.verdict:
        return result
    problem = ran.problem or "The verdict shown in the notebook is not that of its result."
    early = problem if len(problem) <= _LONGEST else f"{problem[:_LONGEST]}…"
    if Verdict.FAIL in (ran.verdict, result.verdict):
        return replace(result, verdict=Verdict.FAIL, headline=f"{result.headline} {early}".strip())
    return replace(result, verdict=Verdict.UNKNOWN, headline=early)


def _without_result(job: Job, run_id: str, started: datetime) -> RunResult:
    """What is known of a run that left nothing."""
    source = job.opened()
    name = str(job.parameters.get("function_name") or job.parameters.get("vpc_id") or source.default_function or "–")
    region = str(job.parameters.get("region", "")) or None
    return RunResult(
        runbook=job.runbook,
        run_id=run_id,
        started_at=started,
        finished_at=started,
        tool=tool(),
        origin=Origin(kind=source.kind, region=region, scenario=source.scenario),
        parameters=job.parameters,
        target=Target(
            kind="function",
            name=name,
            ref=ResourceRef(type=Function.TYPE, id=name),
            placements=(),
            unresolved=FactMissing("the target"),
        ),
        verdict=Verdict.UNKNOWN,
        headline="",
        fail_on=severity_of(str(job.parameters.get("fail_on", "medium"))),
        findings=(),
    )
