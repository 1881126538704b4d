"""The `triage` verb: which runbook comes next, and why."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from runbook_lib import runbook
from runbook_lib.cli_options import SOURCE, complete_function, source_options
from runbook_lib.errors import UsageError

__all__ = ["triage"]


@click.command()
@click.argument("text", nargs=-1, metavar="[TEXT]...")
@click.option("--file", type=click.Path(path_type=Path), metavar="LOG", help="A saved log; - reads standard input.")
@source_options("")
@click.option("--function", default="", metavar="NAME", shell_complete=complete_function, help="A Lambda function.")
@click.option("--since", default="", metavar="T", help="Of its log: 90s, 30m, 3h, 2d ago or ISO 8601. [default: 3h]")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON on standard output.")
def triage(text: tuple[str, ...], file: Path | None, function: str, since: str, as_json: bool, **where: str) -> int:
    """Which runbook comes next, and why: for an error, a log, or a function.

    TEXT is an error message, a traceback, lines of a log, or a few words about what happens; - reads standard input.
    What it names is recognised as `runbook logs` does. A text that nobody knows is told so, with what to look at.
    With --function its log and configuration are read from --source. Exit code: 0.

    \b
    Examples:
      runbook triage 'Connect timeout on endpoint URL: "https://s3.eu-west-1.amazonaws.com/"'
      runbook triage first five succeed, last five time out
      pbpaste | runbook triage -
      runbook triage --file export.json --json | jq -r '.next[0].command'
      runbook triage --source aws --region eu-west-1 --function my-function --since 2h
    """
    is_function = bool(function or where["source"])
    if sum((bool(text), file is not None, is_function)) != 1:
        raise UsageError("give one of a TEXT (- for standard input), --file LOG, or --function with its --source")
    if not is_function and (since or any(where.values())):
        raise UsageError("--since, --region, --profile and --role-arn go with --function")
    simulated = False
    if is_function:
        where = {**where, "source": where["source"] or SOURCE}
        with runbook.open_source(**where) as source, runbook.progress_bar() as progress:
            options = {name: value for name, value in where.items() if name != "source"}
            answer, simulated = runbook.triage_function(source, function, since, options, progress=progress)
    elif file is not None:
        answer = runbook.triage_file(file)
    else:
        answer = runbook.triage_text(_read() if text == ("-",) else " ".join(text))
    if as_json:
        sys.stdout.write(json.dumps(answer.to_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        runbook.show_triage(answer, simulated=simulated)
    return 0


def _read() -> str:
    """Standard input, whatever its encoding."""
    return sys.stdin.buffer.read().decode("utf-8", "replace")
