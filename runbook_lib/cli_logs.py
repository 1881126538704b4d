"""The `logs` verb: what a log says about invocations, patterns and causes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from runbook_lib import runbook
from runbook_lib.cli_options import SOURCE, complete_function, source_options
from runbook_lib.errors import UsageError

__all__ = ["logs"]


_MOST = 200_000


@click.command()
@click.option("--file", type=click.Path(path_type=Path), metavar="FILE", help="A saved log; - reads standard input.")
@source_options("")
@click.option("--function", default="", metavar="NAME", shell_complete=complete_function, help="A Lambda function.")
@click.option("--since", default="", metavar="T", help="90s, 30m, 3h, 2d ago or ISO 8601. [default: 3h]")
@click.option(
    "--until", default="", metavar="T", help="Like --since, or now. [default: 2m, since log events arrive late]"
)
@click.option("--log-group", default="", metavar="NAME", help="Read this log group instead of the function's own.")
@click.option("--yes", is_flag=True, help="Read a log group that is not the function's own without asking.")
@click.option("--max-events", type=int, help="The most log events to read. [default: 200000]")
@click.option(
    "--logs-insights", is_flag=True, help="Allow CloudWatch Logs Insights for large logs; AWS charges for it."
)
@click.option("--destination", default="", metavar="TO", help="What it tries to reach. [default: what the log names]")
@click.option("--sdk", default="", help="boto3, boto3-legacy, go, java or node: how it retries. [default: not known]")
@click.option("--addresses", type=int, default=0, help="How many addresses its name has. [default: not known]")
@click.option("--connections", type=int, default=1, show_default=True, help="Connections per invocation.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON on standard output.")
def logs(
    file: Path | None,
    function: str,
    since: str,
    until: str,
    log_group: str,
    yes: bool,
    max_events: int | None,
    logs_insights: bool,
    destination: str,
    sdk: str,
    addresses: int,
    connections: int,
    as_json: bool,
    **where: str,
) -> int:
    """Invocations, bursts, the failure pattern and ranked causes, from a saved log or from a source.

    A saved log is what `aws logs filter-log-events` prints, JSON lines of events, or text as the console exports it.
    Exit codes: 0 healthy, 1 failures found, 3 could not tell.

    \b
    Examples:
      runbook logs --file export.json
      aws logs tail /aws/lambda/my-function --since 1h | runbook logs --file -
      runbook logs --source aws --region eu-west-1 --function my-function --since 2h
      runbook logs --source sandbox:incident --json | jq '.hypotheses[0]'
    """
    if file is not None and any((function, since, until, log_group, *where.values())):
        raise UsageError("--file is read by itself; leave out --source, --function, --since, --until and --log-group")
    if file is not None and (destination or yes or logs_insights or max_events is not None):
        raise UsageError("--file is read by itself; leave out --destination, --max-events, --logs-insights and --yes")
    load = runbook.load_of(connections, sdk, addresses)
    if file is not None:
        analysis, simulated = runbook.log_of_file(file, load), False
    else:
        watch = runbook.watch_of(since, until, log_group, _MOST if max_events is None else max_events, logs_insights)
        where = {**where, "source": where["source"] or SOURCE}
        with runbook.open_source(**where) as source, runbook.progress_bar() as progress:
            analysis, simulated = runbook.log_of_function(
                source, function, watch, load, destination, ask=_always if yes else _ask, progress=progress
            )
    if as_json:
        sys.stdout.write(json.dumps(analysis.to_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        runbook.show_log(analysis, simulated=simulated)
    return analysis.exit_code


def _always(_: str) -> bool:
    return True


def _ask(question: str) -> bool:
    """The answer of the person at the terminal; no where there is none."""
    return sys.stdin.isatty() and click.confirm(question, err=True)
