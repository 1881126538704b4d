"""The verb `doctor`: what works here, what is missing, and what probes have left behind."""

from __future__ import annotations

import sys

import click

from runbook_lib import runbook
from runbook_lib.cli_options import source_options
from runbook_lib.errors import UsageError

__all__ = ["doctor"]

_INCOMPLETE = 3


@click.command()
@source_options("aws")
@click.option("--policy", is_flag=True, help="Print the smallest IAM policy instead, as JSON.")
@click.option("--leftovers", is_flag=True, help="List what probes have left behind instead.")
@click.option("--consent", default="", metavar="ARN", help="With --leftovers: remove what is left of this probe.")
def doctor(policy: bool, leftovers: bool, consent: str, **where: str) -> int:
    """Python, packages, credentials, and every permission tried. Exit 3 when something is missing or left behind.

    \b
    Examples:
      runbook doctor --policy > policy.json
      runbook doctor --source aws --region eu-west-1 --profile prod
      runbook doctor --leftovers --region eu-west-1
    """
    if policy:
        sys.stdout.write(runbook.policy_json() + "\n")
        return 0
    if consent and not leftovers:
        raise UsageError("--consent goes with --leftovers")
    return _leftovers(consent, where) if leftovers else _examination(where)


def _examination(where: dict[str, str]) -> int:
    with runbook.open_source(**where) as source, runbook.progress_bar() as progress:
        rows = runbook.doctor(source, progress)
    for row in rows:
        click.echo(f"{row.condition:<9}  {row.name:<48}  {row.detail}", err=True)
    missing = sorted({row.action for row in rows if row.condition == "denied" and row.action})
    if missing:
        click.echo(f"missing permissions: {', '.join(missing)}", err=True)
    return _INCOMPLETE if any(row.condition in ("denied", "failed") for row in rows) else 0


def _leftovers(consent: str, where: dict[str, str]) -> int:
    """List what is left; with a consent remove that first."""
    with runbook.open_source(**where) as source, runbook.progress_bar() as progress:
        found = runbook.leftovers(source, progress)
        if consent:
            for line in runbook.remove_leftover(source, found, consent, progress):
                click.echo(line, err=True)
            found = runbook.leftovers(source, progress)
    for leftover in found.leftovers:
        click.echo(leftover.text, err=True)
        if leftover.kinds:
            click.echo(f"  to remove it: runbook doctor --leftovers --consent {leftover.function_arn}", err=True)
    for gap in found.gaps:
        click.echo(f"not read: {gap.text}{f' (needs {gap.action})' if gap.action else ''}", err=True)
    if not found.leftovers and not found.gaps:
        click.echo("nothing was left behind", err=True)
    return _INCOMPLETE if found.leftovers or found.gaps else 0
