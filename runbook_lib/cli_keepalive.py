"""The `keepalive` verb: whether clients survive an idle period behind a NAT gateway, PrivateLink or load balancer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from runbook_lib import runbook
from runbook_lib.cli_options import ManyValues

__all__ = ["keepalive"]

_FILE = click.Path(path_type=Path, allow_dash=True)


@click.command(cls=ManyValues)
@click.option("--host", is_flag=True, help="This network namespace: its settings and its connections.")
@click.option("--pid", type=int, metavar="P", help="A process: its connections, or the settings of its namespace.")
@click.option(
    "--bundle",
    multiple=True,
    type=_FILE,
    metavar="FILE…",
    help="Output of sysctl -a, ss -tnoe or /proc/net/tcp collected elsewhere, one host per file; folders hold one host "
    "per file or sub-folder; - is stdin.",
)
@click.option(
    "--manifest",
    multiple=True,
    type=_FILE,
    metavar="FILE…",
    help="Kubernetes YAML, ECS task definition, Compose file, docker run command or sysctl.d file; folders of them; "
    "- is stdin.",
)
@click.option(
    "--so-keepalive",
    type=click.Choice(["on", "off"]),
    help="Whether clients set SO_KEEPALIVE; only what live sockets show outranks it. [default: not known]",
)
@click.option(
    "--idle-limit",
    type=float,
    default=350.0,
    show_default=True,
    metavar="S",
    help="Seconds after which the path forgets an idle connection: 350 for NAT gateways, PrivateLink and, unless "
    "configured, Network Load Balancers.",
)
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON on standard output.")
def keepalive(
    host: bool,
    pid: int | None,
    bundle: tuple[Path, ...],
    manifest: tuple[Path, ...],
    so_keepalive: str | None,
    idle_limit: float,
    as_json: bool,
) -> int:
    """Do TCP connections survive an idle period? 0 safe, 1 unsafe, 3 cannot tell.

    A probe must be sent before the path forgets the connection: SO_KEEPALIVE has to be on for the socket, and both
    tcp_keepalive_time and tcp_keepalive_intvl of its own network namespace (or its own options) short enough.

    A container is a process: its number is printed by

    \b
      docker inspect --format '{{.State.Pid}}' NAME
      crictl inspect --output go-template --template '{{.info.pid}}' ID

    Only reads; needs no root for one's own processes.

    \b
    Examples:
      runbook keepalive --pid 4711
      runbook keepalive --host --so-keepalive on
      ssh worker-7 'sysctl -a; echo "$ ss -tnoe"; ss -tnoe' | runbook keepalive --bundle -
      runbook keepalive --bundle fleet/ --json | jq '.subjects[] | select(.verdict == "UNSAFE").subject'
      helm template chart | runbook keepalive --manifest - --so-keepalive on
    """
    clients = runbook.clients_of(host=host, pid=pid, bundles=bundle, manifests=manifest, so_keepalive=so_keepalive)
    answer = runbook.keepalive(clients, idle_limit)
    if as_json:
        sys.stdout.write(json.dumps(answer.to_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        runbook.show_keepalive(answer)
    return answer.safety.exit_code
