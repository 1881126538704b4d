"""Options that several verbs of the command line share, and the completion of names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from runbook_lib import runbook
from runbook_lib.model.status import Severity

__all__ = [
    "FAIL_ON",
    "JUNIT",
    "PLAN",
    "SOURCE",
    "ManyValues",
    "complete_function",
    "complete_runbook",
    "complete_scenario",
    "source_options",
    "split",
]

SOURCE = "sandbox:incident"

Decorator = Callable[..., Any]


class ManyValues(click.Command):
    """A command whose list options take `a b` or the option again."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        many = {name for option in self.params if option.multiple and option.nargs == 1 for name in option.opts}
        folded: list[str] = []
        listing = ""
        for word in args:
            if word.startswith("-") and len(word) > 1:
                listing = word if word in many else ""
            elif listing and folded[-1] != listing:
                folded.append(listing)
            folded.append(word)
        return super().parse_args(ctx, folded)


def split(_: click.Context, __: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    """The words of values that may be comma-separated."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


# completion of names


def complete_runbook(_: click.Context, __: click.Parameter, word: str) -> list[str]:
    """Runbook names that begin with a word."""
    return [book.name for book in runbook.runbook_list() if book.name.startswith(word)]


def complete_scenario(_: click.Context, __: click.Parameter, word: str) -> list[str]:
    """Scenario names that begin with a word."""
    return [scenario.name for scenario in runbook.scenario_list() if scenario.name.startswith(word)]


def _complete_source(_: click.Context, __: click.Parameter, word: str) -> list[str]:
    known = ["aws", "snapshot:", *(f"sandbox:{scenario.name}" for scenario in runbook.scenario_list())]
    return [source for source in known if source.startswith(word)]


def complete_function(ctx: click.Context, _: click.Parameter, word: str) -> list[str]:
    """Function names of the source named so far that begin with a word."""
    where = {name: ctx.params.get(name) or "" for name in ("region", "profile", "role_arn")}
    names = runbook.function_names(source=ctx.params.get("source") or SOURCE, **where)
    return [name for name in names if name.startswith(word)]


# options


def _options(*options: Decorator) -> Decorator:
    def decorate(function: Decorator) -> Decorator:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def source_options(default: str | None) -> Decorator:
    """`--source` and what goes with it; without a default, what is not given is None."""
    shown = f" [default: {default}]" if default else ""
    told = f"aws, sandbox:<scenario> or snapshot:<folder>.{shown}"
    unset = None if default is None else ""
    return _options(
        click.option("--source", default=default, metavar="SOURCE", shell_complete=_complete_source, help=told),
        click.option("--region", default=unset, help="AWS Region. [default: the SDK's own configuration]"),
        click.option("--profile", default=unset, help="AWS profile. [default: the SDK's own configuration]"),
        click.option("--role-arn", default=unset, metavar="ARN", help="Role to assume for reading."),
    )


FAIL_ON = click.option(
    "--fail-on",
    metavar="SEVERITY",
    type=click.Choice([severity.value for severity in Severity], case_sensitive=False),
    help="Least severity that fails: critical, high, medium, low or info. [default: medium]",
)
JUNIT = click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Also write a JUnit file.")
PLAN = click.option(
    "--plan",
    type=click.Path(path_type=Path),
    metavar="PLAN.json",
    help="Judge a copy with a Terraform plan applied (terraform show -json).",
)
