"""The `trace` verb: one flow or a stream of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from runbook_lib import runbook
from runbook_lib.cli_options import PLAN, SOURCE, ManyValues, complete_function, source_options, split
from runbook_lib.errors import UsageError

__all__ = ["trace"]

_FILE = click.Path(path_type=Path)


@click.command(cls=ManyValues)
@source_options(SOURCE)
@click.option(
    "--from",
    "start",
    metavar="FROM",
    shell_complete=complete_function,
    help="Function, eni-…, i-…, subnet-… or address.",
)
@click.option("--to", metavar="TO", help="Address, CIDR, eni-…, i-…, s3, dynamodb, service or host name.")
@click.option("--protocol", default="tcp", show_default=True, help="tcp, udp, icmp, all or a number.")
@click.option("--port", type=int, default=443, show_default=True, help="Destination port.")
@click.option("--source-port", type=int, help="The sender's own port. [default: every port 1024-65535]")
@click.option("--security-groups", multiple=True, callback=split, metavar="ID…", help="Groups, when FROM is a subnet.")
@click.option(
    "--what-if", "change", type=_FILE, metavar="CHANGE.json", help="Try a change (AWS-shaped JSON) on a copy."
)
@PLAN
@click.option("--resolve", is_flag=True, help="Look up a host name live when the facts do not tell its addresses.")
@click.option("--batch", type=click.File("r", encoding="utf-8"), metavar="FLOWS.jsonl", help="Many flows; - is stdin.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON on standard output.")
def trace(
    start: str | None,
    to: str | None,
    protocol: str,
    port: int,
    source_port: int | None,
    security_groups: tuple[str, ...],
    change: Path | None,
    plan: Path | None,
    resolve: bool,
    batch: Any,
    as_json: bool,
    **where: str,
) -> int:
    """Can it reach that, and does the answer come back? Every blocker is named. 0 reachable, 1 blocked, 3 unknown.

    \b
    Examples:
      runbook trace --from render-invoice-pdf --to s3
      runbook trace --from my-function --to 10.0.8.20 --port 5432 --source snapshot:facts --json
      runbook trace --from subnet-1 --security-groups sg-1 --to 203.0.113.9 --port 22 --what-if change.json
      runbook trace --source snapshot:facts --batch flows.jsonl > answers.jsonl
    """
    if batch is not None:
        if start or to:
            raise UsageError("--batch brings its own flows; leave --from and --to out")
        return _many(batch, where)
    if not start or not to:
        raise UsageError("a flow needs --from and --to (or --batch FLOWS.jsonl)")
    flow: dict[str, Any] = {"from": start, "to": to, "protocol": protocol, "port": port}
    flow |= {"source_port": source_port} if source_port is not None else {}
    flow |= {"security_groups": list(security_groups)} if security_groups else {}
    with runbook.open_source(**where) as source, runbook.progress_bar() as progress:
        done = runbook.trace(source, flow, change=change, plan=plan, resolve=resolve, progress=progress)
    if as_json:
        click.echo(json.dumps(done.answer, ensure_ascii=False, indent=2))
    else:
        runbook.show_trace(flow, done)
    return done.exit_code


def _many(batch: Any, where: dict[str, str]) -> int:
    """2 if a line was malformed, else 1, 3 or 0 by the worst verdict, 3 for no flow; well-formed lines are answered.

    A sender that waits for an answer before it asks again gets it: what comes from standard input is answered at once.
    """
    seen: set[str] = set()
    at_once = batch is sys.stdin or getattr(batch, "name", "") == "<stdin>"
    with runbook.open_source(**where) as source:
        for answer in runbook.trace_lines(source, batch):
            sys.stdout.write(answer.text)
            if at_once:
                sys.stdout.flush()
            seen.add("malformed" if answer.error else answer.verdict)
            if answer.error:
                click.echo(f"error: {answer.error}", err=True)
    sys.stdout.flush()
    if not seen:
        click.echo("no flow was given", err=True)
        return 3
    order = (("malformed", 2), ("blocked", 1), ("unknown", 3))
    return next((code for word, code in order if word in seen), 0)
