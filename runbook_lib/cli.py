"""The `runbook` command: it reads options, calls the facade, and turns a verdict into an exit code.

Machine output goes to standard output, everything for people to standard error. What a verb needs is imported when
the verb runs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from runbook_lib import __version__, runbook
from runbook_lib.cli_doctor import doctor
from runbook_lib.cli_keepalive import keepalive
from runbook_lib.cli_logs import logs
from runbook_lib.cli_natlab import natlab
from runbook_lib.cli_options import (
    FAIL_ON,
    JUNIT,
    PLAN,
    SOURCE,
    ManyValues,
    complete_function,
    complete_runbook,
    complete_scenario,
    source_options,
    split,
)
from runbook_lib.cli_trace import trace
from runbook_lib.cli_triage import triage
from runbook_lib.errors import RunbookError, UsageError
from runbook_lib.model.status import Severity

__all__ = ["main", "run_command"]

_USAGE, _UNKNOWN, _INTERRUPTED = 2, 3, 130


def main() -> None:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """The exit code of a command line; errors are one line on standard error."""
    try:
        code = commands.main(list(arguments), prog_name="runbook", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message(), err=True)
        return _USAGE
    except click.ClickException as error:
        return _complain(error.format_message(), _USAGE)
    except UsageError as error:
        return _complain(str(error), _USAGE)
    except RunbookError as error:
        return _complain(str(error), _UNKNOWN)
    except (click.Abort, KeyboardInterrupt):
        return _complain("interrupted", _INTERRUPTED, "")
    except BrokenPipeError:
        _forget_output()
        return 0


def _complain(message: str, code: int, prefix: str = "error: ") -> int:
    click.echo(prefix + " ".join(message.split()), err=True)
    return code


def _say(text: str) -> None:
    """Print machine output; a reader that went away does not change the exit code."""
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()


def _forget_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(
    commands=[doctor, keepalive, logs, natlab, trace, triage],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="runbook")
def commands() -> None:
    """Why does my Lambda function in a VPC not reach what it needs? Runbooks with proof, interactive and headless.

    \b
    Exit codes: 0 PASS, 1 FAIL, 2 wrong usage or parameters, 3 UNKNOWN.
    Completion: eval "$(_RUNBOOK_COMPLETE=bash_source runbook)"   (or zsh_source, fish_source)
    """


@commands.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """The runbooks, the question each answers, and their parameters.

    \b
    Examples:
      runbook list
      runbook list --json | jq '.[].name'
    """
    books = runbook.runbook_list()
    if as_json:
        _say(json.dumps([book.to_json() for book in books], ensure_ascii=False, indent=2))
        return
    for book in books:
        _say(f"{book.name}\n  {book.question}")
        for parameter in book.parameters:
            unit = f" ({parameter.unit})" if parameter.unit else ""
            shown = json.dumps(parameter.default, ensure_ascii=False)
            _say(f"    {parameter.name}: {parameter.type} = {shown}  {parameter.help}{unit}")


@commands.command()
@click.argument("name", metavar="NAME", shell_complete=complete_runbook)
@click.option("-f", "--file", "files", multiple=True, metavar="FILE", help="YAML file of parameters; the last wins.")
@click.option("-p", "--parameter", "pairs", multiple=True, nargs=2, metavar="KEY VALUE", help="One parameter.")
@source_options(None)
@click.option("--out", metavar="DIR", help="Folder for the evidence bundle. [default: reports]")
@FAIL_ON
@JUNIT
@click.option("--mask-accounts", is_flag=True, help="Hide account ids in the bundle.")
def run(
    name: str,
    files: tuple[str, ...],
    pairs: tuple[tuple[str, str], ...],
    out: str | None,
    junit: Path | None,
    mask_accounts: bool,
    **options: str | None,
) -> int:
    """Run a runbook headless and write its evidence bundle; prints the bundle's folder.

    \b
    Examples:
      runbook run vpc_endpoints
      runbook run vpc_endpoints --source aws --region eu-west-1 -p function_name my-function
      runbook run vpc_endpoints -f parameters/vpc_endpoints.yaml --out /tmp/reports --fail-on high
    """
    given = [*pairs, *((key, value) for key, value in options.items() if value is not None)]
    given += [("out", out)] if out is not None else []
    given += [("mask_accounts", "true")] if mask_accounts else []
    job = runbook.prepare(name, files, given)
    with runbook.progress_bar() as progress:
        done = runbook.execute(job, progress)
    if done.bundle is not None:
        runbook.show(done.result)
        _say(str(done.bundle))
    if junit:
        runbook.write_junit(done.result, junit)
    return done.result.verdict.exit_code


@commands.command(cls=ManyValues)
@source_options(SOURCE)
@click.option("--function", default="", metavar="NAME", shell_complete=complete_function, help="A Lambda function.")
@click.option("--vpc", default="", metavar="VPC", help="A VPC: every function in it, or all its subnets.")
@click.option("--subnets", multiple=True, callback=split, metavar="ID…", help="Subnets code would run in.")
@click.option("--security-groups", multiple=True, callback=split, metavar="ID…", help="Its security groups.")
@click.option("--all", "everything", is_flag=True, help="Every function of the account and Region.")
@click.option("--select", multiple=True, callback=split, metavar="ID|FAMILY…", help="Only these checks.")
@click.option("--services", multiple=True, callback=split, metavar="NAME…", help="What it must reach. [default: s3]")
@click.option("--bucket", default="", help="The bucket it uses.")
@click.option(
    "--destination", multiple=True, callback=split, metavar="TO…", help="Trace paths there. [default: services]"
)
@click.option("--protocol", default="", help="tcp, udp, icmp, all or a number, for those paths. [default: tcp]")
@click.option("--port", type=int, help="Destination port of those paths. [default: 443]")
@FAIL_ON
@PLAN
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on standard output.")
@JUNIT
def check(
    function: str,
    vpc: str,
    subnets: tuple[str, ...],
    security_groups: tuple[str, ...],
    everything: bool,
    select: tuple[str, ...],
    services: tuple[str, ...],
    bucket: str,
    destination: tuple[str, ...],
    protocol: str,
    port: int | None,
    fail_on: str | None,
    plan: Path | None,
    as_json: bool,
    junit: Path | None,
    **where: str,
) -> int:
    """Check one function, a VPC, subnets with security groups, or everything; no notebook, no files.

    \b
    Examples:
      runbook check
      runbook check --source aws --region eu-west-1 --function my-function --services s3,dynamodb
      runbook check --source snapshot:facts --vpc vpc-0a1b2c3d --json
      runbook check --source snapshot:facts --subnets subnet-1 subnet-2 --security-groups sg-1
      runbook check --source snapshot:facts --function my-function --select path --destination 10.0.8.20 --port 5432
    """
    choice = runbook.choice_of(function, vpc, subnets, security_groups, everything)
    judged = fail_on or Severity.MEDIUM.value
    question = runbook.question_of(services, bucket, (), select, judged, destination, protocol, port)
    with runbook.open_source(**where) as source, runbook.progress_bar() as progress:
        result, _ = runbook.check(source, choice, question, progress, plan)
    if junit:
        runbook.write_junit(result, junit)
    if as_json:
        _say(runbook.result_json(result))
    else:
        runbook.show(result)
    return result.verdict.exit_code


@commands.command()
@source_options(SOURCE)
@click.option("--out", required=True, metavar="DIR", help="A new folder for the facts.")
def collect(out: str, **where: str) -> int:
    """Save the facts only, redacted, as a folder that `--source snapshot:DIR` reads. Exit 3 when there are gaps.

    \b
    Examples:
      runbook collect --source aws --region eu-west-1 --profile prod --out facts
      runbook check --source snapshot:facts --all
    """
    with runbook.open_source(**where) as source, runbook.progress_bar() as progress:
        folder, gaps = runbook.collect_to(source, out, progress)
    for gap in gaps:
        click.echo(f"not read: {gap}", err=True)
    _say(str(folder))
    return _UNKNOWN if gaps else 0


@commands.command()
@click.argument("bundle", metavar="DIR", type=click.Path(path_type=Path))
def verify(bundle: Path) -> int:
    """Hold a bundle against its manifest: 0 intact, 1 something differs.

    \b
    Example:
      runbook verify reports/20261121T120000Z-vpc_endpoints-1f2e
    """
    problems = runbook.verify(bundle)
    for problem in problems:
        click.echo(problem, err=True)
    if not problems:
        click.echo(f"{bundle} is intact", err=True)
    return 1 if problems else 0


@commands.group()
def sandbox() -> None:
    """The embedded AWS and its scenarios."""


@sandbox.command("list")
def sandbox_list() -> None:
    """The scenarios and what is wrong in each.

    \b
    Example:
      runbook sandbox list
    """
    for scenario in runbook.scenario_list():
        _say(f"{scenario.name}\n  {scenario.title}")


@sandbox.command("serve")
@click.option("--scenario", default="incident", show_default=True, shell_complete=complete_scenario)
def sandbox_serve(scenario: str) -> int:
    """Serve a scenario until Ctrl-C; prints the shell lines that bind a terminal to it.

    \b
    Example:
      runbook sandbox serve --scenario incident
    """
    click.echo(f"Serving {scenario}; paste these lines into another terminal. Ctrl-C ends it.", err=True)
    return runbook.serve(scenario)


@commands.command()
@click.option("--out", default="reports", show_default=True, metavar="DIR", help="Folder for the reports.")
def demo(out: str) -> int:
    """The seed incident on the embedded AWS, before and after the fix: every runbook, one report index.

    Exit 0 only when exactly the verdicts came out that the scenarios declare.

    \b
    Example:
      runbook demo --out /tmp/reports
    """
    index, rows = runbook.demo(out)
    for row in rows:
        word = row.verdict or "none"
        mark = "✓" if row.is_as_declared else "✕"
        click.echo(f"{mark} {row.scenario:<21} {row.runbook:<22} declared {row.expected:<8} got {word:<8}", err=True)
        click.echo(f"  {row.headline}", err=True)
    click.echo("Open in a browser:", err=True)
    _say(str(index.resolve()))
    return 0 if rows and all(row.is_as_declared for row in rows) else 1
