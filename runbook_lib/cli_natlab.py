"""The verb `natlab`: a real NAT gateway on this machine, and the model's prediction beside what it does."""

from __future__ import annotations

import json
from typing import Any

import click

from runbook_lib import runbook

__all__ = ["natlab"]

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="The outcomes as JSON on standard output.")

_PORTS = click.option(
    "--ports", default=20, show_default=True, metavar="N", type=int, help="Ports of the NAT gateway, at most 128."
)
_CLIENTS = click.option(
    "--clients", default=40, show_default=True, metavar="M", type=int, help="boto3 clients at once, at most 500."
)


@click.group()
def natlab() -> None:
    """A NAT gateway in network namespaces of its own: no root, no route out, nothing left behind.

    Exit 0 only when a real kernel did what the model says; 1 when not; 3 when something could not be shown here.
    """


@natlab.command()
@click.option("--limit", default=3, show_default=True, metavar="S", type=int, help="Idle limit in whole seconds.")
@_PORTS
@_CLIENTS
@_AS_JSON
def idle(limit: int, ports: int, clients: int, as_json: bool) -> int:
    """Sockets and boto3 clients that stay idle: which connections survive, which are reset, which hang.

    Takes 1.4 times the limit and some 8 seconds: 12 s for 3, 8 minutes for the 350 that AWS has. --ports and --clients
    are for saturation; here a port is always free.

    \b
    Examples:
      runbook natlab idle
      runbook natlab idle --limit 350
      runbook natlab idle --json | jq '.rows[] | select(.agrees | not)'
    """
    with runbook.progress_bar() as progress:
        table = runbook.natlab_idle(limit, progress)
    return _told(table, as_json)


@natlab.command()
@click.option("--limit", default=350, show_default=True, metavar="S", type=int, help="Idle limit in whole seconds.")
@_PORTS
@_CLIENTS
@_AS_JSON
def saturation(limit: int, ports: int, clients: int, as_json: bool) -> int:
    """More boto3 clients than ports: the last ones time out, until the route of a gateway endpoint is added.

    \b
    Examples:
      runbook natlab saturation
      runbook natlab saturation --ports 50 --clients 60 --json
    """
    with runbook.progress_bar() as progress:
        table = runbook.natlab_saturation(limit, ports, clients, progress)
    return _told(table, as_json)


def _told(table: Any, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(table.to_json(), ensure_ascii=False, indent=2))
    else:
        runbook.show_lab(table)
    return int(table.exit_code)
