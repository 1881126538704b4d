"""The facade: everything that notebooks and the command line may call.

Nothing heavy is imported before it is needed, so that listing the runbooks costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lib.lean import import_jsonschema
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.status import Severity

if TYPE_CHECKING:
    from runbook_lib.act import Found
    from runbook_lib.collect.doctor import Row
    from runbook_lib.facade.checking import Question
    from runbook_lib.facade.choosing import Choice
    from runbook_lib.facade.demo import DemoRow
    from runbook_lib.facade.keepalive import Clients
    from runbook_lib.facade.lab import LabTable
    from runbook_lib.facade.logs import Load
    from runbook_lib.facade.notebook import Run
    from runbook_lib.facade.remains import Remains
    from runbook_lib.facade.running import Done, Job
    from runbook_lib.facade.sources import Source
    from runbook_lib.facade.tracing import AnsweredLine, Traced
    from runbook_lib.facade.watching import Watch
    from runbook_lib.invocations.analysis import Analysis
    from runbook_lib.keepalive.answer import Answer
    from runbook_lib.model.result import RunResult
    from runbook_lib.model.snapshot import Snapshot
    from runbook_lib.parameters import Runbook
    from runbook_lib.sandbox.scenario import Scenario
    from runbook_lib.triage.answer import Triage

__all__ = [
    "check",
    "choice_of",
    "clients_of",
    "collect_to",
    "demo",
    "doctor",
    "execute",
    "function_names",
    "keepalive",
    "leftovers",
    "load_of",
    "log_of_file",
    "log_of_function",
    "natlab_idle",
    "natlab_saturation",
    "open_run",
    "open_source",
    "policy_json",
    "prepare",
    "progress_bar",
    "question_of",
    "remains",
    "remove_leftover",
    "result_json",
    "runbook_list",
    "scenario_list",
    "serve",
    "show",
    "show_keepalive",
    "show_lab",
    "show_log",
    "show_trace",
    "show_triage",
    "trace",
    "trace_lines",
    "triage_file",
    "triage_function",
    "triage_text",
    "verify",
    "watch_of",
    "write_junit",
]


# for notebooks


def open_run(runbook: str, **parameters: Any) -> Run:
    """The run that the cells of a notebook work with; showing it says who asks, where, and how old the facts are.

    `parameters` are source, region, profile and role_arn of the notebook. A runbook that looks at logs and metrics gets
    an ObservedRun, one that invokes a DeployRun, one that asks AWS an AnalyzerRun, the one about idle connections a
    KeepaliveRun, and the one about a function's configuration a FunctionRun.
    """
    # plotly brings it into the kernel with the first figure
    import_jsonschema()
    if runbook == "reachability_analyzer":
        from runbook_lib.facade.analyzer_run import AnalyzerRun

        return AnalyzerRun(runbook, **parameters)
    if runbook == "tcp_keepalive":
        from runbook_lib.facade.keepalive_run import KeepaliveRun

        return KeepaliveRun(runbook, **parameters)
    if runbook == "function_configuration":
        from runbook_lib.facade.function_run import FunctionRun

        return FunctionRun(runbook, **parameters)
    if runbook == "post_deploy":
        from runbook_lib.facade.deploy_run import DeployRun

        return DeployRun(runbook, **parameters)
    from runbook_lib.facade.notebook import Run
    from runbook_lib.facade.observed_run import OBSERVING, ObservedRun

    return (ObservedRun if runbook in OBSERVING else Run)(runbook, **parameters)


# for the command line


def runbook_list() -> tuple[Runbook, ...]:
    """Every runbook with its question and parameters, in the order of their numbers."""
    from runbook_lib.parameters import runbooks

    return runbooks()


def scenario_list() -> tuple[Scenario, ...]:
    """Every sandbox scenario, in the order of the demo."""
    from runbook_lib.sandbox.scenarios import SCENARIOS

    return tuple(SCENARIOS.values())


def open_source(source: str, region: str = "", profile: str = "", role_arn: str = "") -> Source:
    """The source of facts named by `aws`, `sandbox:<scenario>` or `snapshot:<folder>`; nothing is read yet."""
    from runbook_lib.facade.sources import open_source as opened

    return opened(source, region, profile, role_arn)


def choice_of(
    function: str = "", vpc: str = "", subnets: Sequence[str] = (), groups: Sequence[str] = (), everything: bool = False
) -> Choice:
    """What to look at. UsageError when several things are named at once."""
    from runbook_lib.facade.choosing import Choice

    return Choice(function=function, vpc=vpc, subnets=tuple(subnets), groups=tuple(groups), everything=everything)


def question_of(
    services: Sequence[str] = (),
    bucket: str = "",
    actions: Sequence[str] = (),
    select: Sequence[str] = (),
    fail_on: str = Severity.MEDIUM.value,
    destinations: Sequence[str] = (),
    protocol: str = "",
    port: int | None = None,
) -> Question:
    """What to ask of it. UsageError for a severity, check, family, protocol or port that does not exist."""
    from runbook_lib.facade.checking import Question
    from runbook_lib.facade.judging import keys_needed, severity_of

    keys_needed(select)
    return Question(
        services=tuple(services),
        bucket=bucket,
        actions=tuple(actions),
        destinations=tuple(destinations),
        protocol=protocol,
        port=port,
        select=tuple(select),
        fail_on=severity_of(fail_on),
    )


def check(
    source: Source, choice: Choice, question: Question, progress: Progress = silent, plan: Path | None = None
) -> tuple[RunResult, Snapshot]:
    """The result for a target of a source and the facts it rests on; with a Terraform plan, as it would be after it."""
    from runbook_lib.facade.checking import check as checked

    return checked(source, choice, question, progress=progress, plan=plan)


def result_json(result: RunResult) -> str:
    """The result as `check --json` prints it."""
    from runbook_lib.render.text import plain

    return json.dumps(result.to_json(with_artifacts=False), default=plain, ensure_ascii=False, indent=2)


def show(result: RunResult) -> None:
    """Print the result for people, on standard error."""
    from runbook_lib.facade.judging import check_titles
    from runbook_lib.render.terminal import show_result

    show_result(result, titles=check_titles())


def write_junit(result: RunResult, path: Path) -> None:
    """Write the result as a JUnit file. UsageError when the place cannot be written."""
    from runbook_lib.facade.files import write_text
    from runbook_lib.render.junit import junit_xml

    write_text(path, junit_xml(result))


def progress_bar() -> AbstractContextManager[Progress]:
    """A progress bar on standard error while a block runs; nothing when that is not a terminal."""
    from runbook_lib.render.progress import one_bar

    return one_bar()


def collect_to(source: Source, out: str, progress: Progress = silent) -> tuple[Path, tuple[str, ...]]:
    """Save everything a source tells in a new folder; that folder and the gaps in words."""
    from runbook_lib.collect.limits import Wanted
    from runbook_lib.facade.files import folder_of, save_facts

    folder = folder_of(out)
    snapshot = source.collect(Wanted(), progress)
    save_facts(snapshot, folder)
    return folder, tuple(gap.text for gap in snapshot.gaps)


def verify(bundle: Path) -> tuple[str, ...]:
    """What differs between a bundle and its manifest. UsageError when there is no such folder."""
    from runbook_lib.errors import UsageError
    from runbook_lib.render.bundle import verify_bundle

    if not bundle.is_dir():
        raise UsageError(f"bundle {str(bundle)!r} is not a folder")
    return verify_bundle(bundle)


def prepare(runbook: str, files: Iterable[str] = (), given: Iterable[tuple[str, str]] = ()) -> Job:
    """A run whose parameters make sense, before any kernel starts. UsageError for whatever does not."""
    from runbook_lib.facade.running import prepare as prepared

    return prepared(runbook, files, given)


def execute(job: Job, progress: Progress = silent) -> Done:
    """Run a notebook headless and publish its evidence bundle; Ctrl-C leaves nothing behind.

    Where somebody agreed to invoke, the first Ctrl-C ends only what is under way, and the bundle tells what was done.
    """
    from runbook_lib.facade.running import run_job, run_job_aside
    from runbook_lib.kernels import Kernels

    kernels = Kernels()
    with kernels.stopped_by_control_c(gently=job.is_acting):
        return (run_job_aside if job.is_acting else run_job)(job, progress, kernels)


def demo(out: str) -> tuple[Path, tuple[DemoRow, ...]]:
    """Run the demo with a progress bar per run; the index page and what came out."""
    from runbook_lib.facade.demo import run_demo
    from runbook_lib.render.progress import many_bars

    with many_bars() as bar:
        return run_demo(out, bar)


def doctor(source: Source, progress: Progress = silent) -> tuple[Row, ...]:
    """What works here: Python and packages, credentials, and every permission tried."""
    from runbook_lib.collect.doctor import Condition, Row, environment, examine

    if source.kind != "snapshot":
        return examine(source.connection(progress), progress=progress)
    gaps = source.names().gaps
    rows = (
        Row(area="snapshot", name=g.what, condition=Condition.FAILED, detail=g.reason, action=g.action) for g in gaps
    )
    return (*environment(), *rows)


def leftovers(source: Source, progress: Progress = silent) -> Found:
    """What probes and analyses have left behind in the account and Region of a source. UsageError for a snapshot."""
    from runbook_lib.act import leftovers as found

    return found(source.connection(progress))


def remains() -> tuple[Remains, ...]:
    """What runs that were killed left on this computer, and what they had invoked by then."""
    from runbook_lib.facade.remains import remains as found

    return found()


def remove_leftover(source: Source, found: Found, consent: str, progress: Progress = silent) -> tuple[str, ...]:
    """Remove the one leftover that a consent names; what was done, and what was not seen to be gone, as lines.

    UsageError when the consent names none of them.
    """
    from runbook_lib.act import removal_consent, remove
    from runbook_lib.errors import unknown_name

    known = {leftover.function_arn: leftover for leftover in found.leftovers}
    if consent not in known:
        raise unknown_name("leftover", consent, known)
    chosen = known[consent]
    outcome = remove(source.connection(progress), chosen, removal_consent(chosen), consent)
    return (f"removed {chosen.name}", *(f"still there: {thing}" for thing in outcome.left_behind))


def trace(
    source: Source,
    flow: Mapping[str, Any],
    *,
    change: Path | None = None,
    plan: Path | None = None,
    resolve: bool = False,
    progress: Progress = silent,
) -> Traced:
    """The answer to one flow question, on the facts or on a copy changed by a what-if or a Terraform plan."""
    from runbook_lib.facade.tracing import trace as traced

    return traced(source, flow, change=change, plan=plan, resolve=resolve, progress=progress)


def trace_lines(source: Source, lines: Iterable[str]) -> Iterator[AnsweredLine]:
    """One answer per line of flow questions, in order and as they come."""
    from runbook_lib.facade.tracing import trace_lines as traced

    return traced(source, lines)


def show_trace(flow: Mapping[str, Any], traced: Traced) -> None:
    """Print a path answer for people, on standard error."""
    from runbook_lib.render.path_terminal import show_path

    show_path(flow, traced.answer, simulated=traced.simulated)


def load_of(connections: int, sdk: str = "", addresses: int = 0) -> Load:
    """What an invocation opens and how its client retries. UsageError for what makes no sense."""
    from runbook_lib.facade.logs import Load

    return Load(connections=connections, sdk_name=sdk, addresses=addresses)


def watch_of(
    since: str = "", until: str = "", log_group: str = "", max_events: int = 200_000, logs_insights: bool = False
) -> Watch:
    """Which window of a log is read. UsageError for one that is reversed, empty or in the future."""
    from runbook_lib.facade.watching import Watch

    return Watch(
        since=since, until=until, log_group=log_group, max_events=max_events, allow_logs_insights=logs_insights
    )


def log_of_file(path: Path, load: Load) -> Analysis:
    """What a saved log says by itself. UsageError for a file that is no log."""
    from runbook_lib.facade.logs import log_of_file as analysed

    return analysed(path, load)


def log_of_function(
    source: Source,
    function: str,
    watch: Watch,
    load: Load,
    destination: str = "",
    *,
    ask: Callable[[str], bool],
    progress: Progress = silent,
) -> tuple[Analysis, bool]:
    """What the log of a function says with the facts beside it, and whether it is simulated."""
    from runbook_lib.facade.logs import log_of_function as analysed

    return analysed(source, function, watch, load, destination, ask=ask, progress=progress)


def show_log(analysis: Analysis, *, simulated: bool = False) -> None:
    """Print what a log says for people, on standard error."""
    from runbook_lib.render.log_terminal import show_log as shown

    shown(analysis, simulated=simulated)


def triage_text(text: str) -> Triage:
    """Which runbook comes next for an error message, a traceback, lines of a log, or a few words."""
    from runbook_lib.facade.triage import triage_text as answered

    return answered(text)


def triage_file(path: Path) -> Triage:
    """Which runbook comes next for a saved log, `-` for standard input. UsageError for a file that is no log."""
    import sys

    from runbook_lib.facade.triage import triage_file as answered

    return answered(sys.stdin.buffer if str(path) == "-" else path)


def triage_function(
    source: Source, function: str, since: str, options: Mapping[str, str], progress: Progress = silent
) -> tuple[Triage, bool]:
    """Which runbook comes next for a function by its log and configuration, and whether it is simulated."""
    from runbook_lib.facade.triage import triage_function as answered

    return answered(source, function, watch_of(since), options, ask=lambda _: False, progress=progress)


def show_triage(answer: Triage, *, simulated: bool = False) -> None:
    """Print which runbook comes next for people, on standard error."""
    from runbook_lib.render.triage_terminal import show_triage as shown

    shown(answer.to_json(), simulated=simulated)


def natlab_idle(limit_s: int = 3, progress: Progress = silent) -> LabTable:
    """Idle clients behind a real NAT gateway on this machine, beside what the model says of them.

    UsageError for a limit that no kernel can keep; LabError, with the reason, when the lab cannot run here.
    """
    from runbook_lib.facade.lab import idle_table

    return idle_table(limit_s, progress)


def natlab_saturation(limit_s: int = 350, ports: int = 20, clients: int = 40, progress: Progress = silent) -> LabTable:
    """boto3 clients through few ports, then through a gateway endpoint, beside what the model says of them.

    UsageError for numbers that make no sense; LabError, with the reason, when the lab cannot run here.
    """
    from runbook_lib.facade.lab import saturation_table

    return saturation_table(limit_s, ports, clients, progress)


def show_lab(table: LabTable) -> None:
    """Print what the lab came to for people, on standard error."""
    from runbook_lib.render.lab_terminal import show_lab as shown

    shown(table.to_json())


def clients_of(
    *,
    host: bool = False,
    pid: int | None = None,
    bundles: Iterable[Path] = (),
    manifests: Iterable[Path] = (),
    so_keepalive: str | None = None,
) -> Clients:
    """Where clients are described, and whether they set SO_KEEPALIVE (on, off, None: not known).

    UsageError unless exactly one place is named.
    """
    from runbook_lib.facade.keepalive import Clients

    told = None if so_keepalive is None else so_keepalive == "on"
    return Clients(host=host, pid=pid, bundles=tuple(bundles), manifests=tuple(manifests), so_keepalive=told)


def keepalive(clients: Clients, limit_s: float) -> Answer:
    """Whether connections survive idle periods behind a device that forgets after `limit_s`.

    UsageError for what cannot be read or makes no sense, CollectionError where this machine cannot tell.
    """
    from runbook_lib.facade.keepalive import keepalive as answered

    return answered(clients, limit_s)


def show_keepalive(answer: Answer) -> None:
    """Print the answer about clients for people, on standard error."""
    from runbook_lib.render.keepalive_terminal import show_keepalive as shown

    shown(answer)


def policy_json(*, acts: bool = False, function_arn: str = "") -> str:
    """The smallest IAM policy that lets the kit read, as JSON; with `acts` also what needs consent, on one function."""
    from runbook_lib.collect.policy import minimal_policy

    policy = minimal_policy()
    if acts:
        from runbook_lib.act.permissions import acting_statements

        policy["Statement"] += acting_statements(function_arn)
    return json.dumps(policy, indent=2)


def serve(scenario: str) -> int:
    """Serve a scenario until Ctrl-C; writes shell lines that bind a terminal to it."""
    from runbook_lib.sandbox.server import serve_forever

    return serve_forever(scenario)


def function_names(**where: str) -> tuple[str, ...]:
    """Function names for completion, quickly and quietly: empty when they cannot be read."""
    from runbook_lib.collect.limits import Limits
    from runbook_lib.errors import RunbookError
    from runbook_lib.model.interfaces import Function

    try:
        source = open_source(**where)
        if source.default_function:
            return (source.default_function,)
        snapshot = source.names(limits=Limits(deadline_s=3, call_timeout_s=2, attempts=1))
    except RunbookError:
        return ()
    return tuple(function.id for function in snapshot.all(Function))
