"""The lab's network: clients, a gateway and a server, each in a network namespace of its own.

```
client 0  10.78.0.2 ── 10.78.0.1 ┐
client 1  10.78.1.2 ── 10.78.1.1 ┤ gateway 10.77.2.1 ── 10.77.2.2 server  (S3 is 10.77.100.1 on its loopback)
…                                ┘
client 0  10.77.3.2 ──────── the "gateway endpoint" ─────── 10.77.3.1 server
```

There is no link to the machine's own network and no route out. Everything here runs in a private user, network, mount
and process namespace (`launch.py`), so all of it is gone when its first process is.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from runbook_lib.errors import LabError
from runbook_lib.natlab import rules
from runbook_lib.natlab.cases import Forgotten, Timers
from runbook_lib.natlab.workers import Worker, Workers

__all__ = ["MOST_CLIENT_HOSTS", "SERVER_ADDRESS", "Namespaces", "require_own_namespace"]

SERVER_ADDRESS = "10.77.100.1"
MOST_CLIENT_HOSTS = 200
_GATEWAY_ADDRESS = "10.77.2.1"
_GATEWAY, _SERVER = "gateway", "server"
_STAT = "/proc/net/stat/nf_conntrack"


def require_own_namespace(outer: str) -> None:
    """LabError when this process is in the network namespace it was started from: nothing there may be changed."""
    if os.readlink("/proc/self/ns/net") == outer:
        raise LabError("the lab is not in a network namespace of its own, so it changes nothing")


class Namespaces:
    """The hosts of one lab: a gateway, a server, and one for clients per setting of their keepalive sysctls."""

    has_endpoint_route = True

    def __init__(self, workers: Workers, limit_s: int, ports: int, forgotten: Forgotten) -> None:
        self._workers = workers
        self._clients: list[Timers] = []
        _run("mount", "-t", "tmpfs", "tmpfs", "/run")
        Path("/run/netns").mkdir()
        self._add_host(_GATEWAY)
        self._add_host(_SERVER)
        self._links(
            f"link add {rules.OUTSIDE} netns {_GATEWAY} type veth peer name gw netns {_SERVER}",
            *_up(_GATEWAY, rules.OUTSIDE, f"{_GATEWAY_ADDRESS}/24"),
            *_up(_SERVER, "gw", "10.77.2.2/24"),
            f"-n {_SERVER} address add {SERVER_ADDRESS}/32 dev lo",
            f"-n {_GATEWAY} route add {SERVER_ADDRESS}/32 via 10.77.2.2",
        )
        _run(*_inside(_GATEWAY), "nft", "-f", "-", told=rules.gateway_rules(_GATEWAY_ADDRESS, ports, forgotten))
        self._set(_GATEWAY, rules.gateway_sysctls(limit_s, forgotten))

    def client_host(self, sysctls: Timers) -> str:
        """The host of clients with these keepalive sysctls; made when there is none yet."""
        if sysctls not in self._clients:
            self._add_client(len(self._clients), sysctls)
            self._clients.append(sysctls)
        return f"client{self._clients.index(sysctls)}"

    def start(self, host: str, program: str, job: dict[str, object]) -> Worker:
        """Start a program on a host."""
        return self._workers.start(program, job, _inside(host))

    def serve(self, program: str) -> tuple[str, int]:
        """Start a server; its address and port, once it listens."""
        worker = self.start(_SERVER, program, {"host": SERVER_ADDRESS})
        return SERVER_ADDRESS, int(worker.next()["port"])

    def add_endpoint_route(self, host: str) -> None:
        """Give a client's host the more specific route that a gateway endpoint puts into a route table."""
        number = int(host.removeprefix("client"))
        self._links(
            f"link add ep netns {host} type veth peer name ep netns {_SERVER}",
            *_up(host, "ep", "10.77.3.2/24"),
            *_up(_SERVER, "ep", "10.77.3.1/24"),
            f"-n {_SERVER} route add 10.78.{number}.0/24 via 10.77.3.2",
            f"-n {host} route add {SERVER_ADDRESS}/32 via 10.77.3.1 src 10.78.{number}.2",
        )

    def counters(self) -> dict[str, int]:
        """What the gateway counted: the rules' packets, and new connections that found no free port."""
        told = json.loads(_run(*_inside(_GATEWAY), "nft", "-j", "list", "counters"))["nftables"]
        packets = {item["counter"]["name"]: item["counter"]["packets"] for item in told if "counter" in item}
        heads, *rows = (line.split() for line in _run(*_inside(_GATEWAY), "cat", _STAT).splitlines())
        return packets | {"no_free_port": sum(int(row[heads.index("insert_failed")], 16) for row in rows)}

    def _add_host(self, name: str) -> None:
        self._links(f"netns add {name}", f"-n {name} link set lo up")

    def _add_client(self, number: int, sysctls: Timers) -> None:
        if number == MOST_CLIENT_HOSTS:
            raise LabError(f"the lab has room for {MOST_CLIENT_HOSTS} different settings of sysctls")
        host, inside = f"client{number}", f"{rules.INSIDE}{number}"
        self._add_host(host)
        self._links(
            f"link add gw netns {host} type veth peer name {inside} netns {_GATEWAY}",
            *_up(host, "gw", f"10.78.{number}.2/24"),
            *_up(_GATEWAY, inside, f"10.78.{number}.1/24"),
            f"-n {host} route add default via 10.78.{number}.1",
        )
        names = ("tcp_keepalive_time", "tcp_keepalive_intvl", "tcp_keepalive_probes")
        values = (sysctls.time_s, sysctls.interval_s, sysctls.probes)
        self._set(host, {f"ipv4/{name}": value for name, value in zip(names, values, strict=True)})

    def _links(self, *commands: str) -> None:
        for command in commands:
            _run("ip", *command.split())

    def _set(self, host: str, values: Mapping[str, int]) -> None:
        """Write sysctls of a host's namespace; /proc/sys/net shows those of the process that looks."""
        lines = "\n".join(f"echo {value} > /proc/sys/net/{name}" for name, value in values.items())
        _run(*_inside(host), "sh", "-e", told=lines)


def _up(host: str, device: str, address: str) -> tuple[str, str]:
    return f"-n {host} address add {address} dev {device}", f"-n {host} link set {device} up"


def _inside(host: str) -> Sequence[str]:
    return ("nsenter", f"--net=/run/netns/{host}")


def _run(*command: str, told: str = "") -> str:
    done = subprocess.run(command, input=told, capture_output=True, text=True)
    if done.returncode:
        reason = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise LabError(f"{' '.join(command)}: {reason[0]}")
    return done.stdout
