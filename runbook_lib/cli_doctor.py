"""The verb `doctor`: what works here, what is missing, and what probes, analyses and killed runs have left behind."""

from __future__ import annotations

import sys

import click

from runbook_lib import runbook
from runbook_lib.cli_options import source_options
from runbook_lib.errors import UsageError

__all__ = ["doctor"]

_INCOMPLETE = 3
_ANY = "any"


@click.command()
@source_options("aws")
@click.option("--policy", is_flag=True, help="Print the smallest IAM policy instead, as JSON.")
@click.option(
    "--with-actions",
    "actions_on",
    is_flag=False,
    flag_value=_ANY,
    default="",
    metavar="[ARN]",
    help="With --policy: also what needs consent, on this function or on any.",
)
@click.option("--leftovers", is_flag=True, help="List what killed runs, probes and analyses have left behind instead.")
@click.option(
    "--consent",
    default="",
    metavar="ARN",
    help="With --leftovers: remove what is left of this probe, or of analyses for this function.",
)
def doctor(policy: bool, actions_on: str, leftovers: bool, consent: str, **where: str) -> int:
    """Python, packages, credentials, and every permission tried. Exit 3 when something is missing or left behind.

    \b
    Examples:
      runbook doctor --policy > policy.json
      runbook doctor --policy --with-actions arn:aws:lambda:eu-west-1:111122223333:function:my-function
      runbook doctor --source aws --region eu-west-1 --profile prod
      runbook doctor --leftovers --region eu-west-1
    """
    if policy:
        function_arn = "" if actions_on == _ANY else actions_on
        sys.stdout.write(runbook.policy_json(acts=bool(actions_on), function_arn=function_arn) + "\n")
        return 0
    if actions_on:
        raise UsageError("--with-actions goes with --policy")
    if consent and not leftovers:
        raise UsageError("--consent goes with --leftovers")
    return _leftovers(consent, where) if leftovers else _examination(where)


def _examination(where: dict[str, str]) -> int:
    with runbook.open_source(**where) as source, runbook.progress_bar() as progress:
        rows = runbook.doctor(source, progress)
    is_clean = _remains()
    for row in rows:
        click.echo(f"{row.condition:<9}  {row.name:<48}  {row.detail}", err=True)
    missing = sorted({row.action for row in rows if row.condition == "denied" and row.action})
    if missing:
        click.echo(f"missing permissions: {', '.join(missing)}", err=True)
    is_fine = is_clean and all(row.condition not in ("denied", "failed") for row in rows)
    return 0 if is_fine else _INCOMPLETE


def _remains() -> bool:
    """List what killed runs left on this computer; True when there is nothing."""
    found = runbook.remains()
    for thing in found:
        click.echo(f"left behind: {thing.what}", err=True)
        for doing in thing.doings:
            click.echo(f"  it had invoked: {doing.text}", err=True)
        click.echo(f"  to remove it: {thing.remedy}", err=True)
    return not found


def _leftovers(consent: str, where: dict[str, str]) -> int:
    """List what is left, on this computer first; with a consent remove that of a probe before."""
    is_clean = _remains()
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
    if is_clean and not found.leftovers and not found.gaps:
        click.echo("nothing was left behind", err=True)
    return 0 if is_clean and not found.leftovers and not found.gaps else _INCOMPLETE
