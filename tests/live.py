"""Real processes with real sockets, in namespaces of their own or beside us, for tests of live facts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache

_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()

OWN_NAMESPACE = ("unshare", "-n") if os.geteuid() == 0 else ("unshare", "-Urn")

_CLIENT = """
import ctypes, socket, sys
PORT, ON, TIME, INTERVAL, DUMPABLE = map(int, sys.argv[1:])
if not DUMPABLE:
    ctypes.CDLL(None).prctl(4, 0)
held = []
if PORT:
    one = socket.create_connection(("127.0.0.1", PORT))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, ON)
    if TIME:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, TIME)
    if INTERVAL:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, INTERVAL)
    held.append(one)
    print(one.getsockname()[1], flush=True)
else:
    print(0, flush=True)
sys.stdin.read()
"""

_NAMESPACE = """
import ctypes, os, socket, subprocess, sys
if sys.argv[5] == "0":
    # Entered without a new program, so that not even the owner of the user namespace may look into a closed process.
    me = f"0 {os.geteuid()} 1"
    assert ctypes.CDLL(None).unshare(0x10000000 | 0x40000000) == 0
    with open("/proc/self/uid_map", "w") as file:
        file.write(me)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for name, value in zip(("time", "intvl", "probes"), sys.argv[1:4]):
    with open(f"/proc/sys/net/ipv4/tcp_keepalive_{name}", "w") as file:
        file.write(value)
held = []
if sys.argv[5] == "0":
    ctypes.CDLL(None).prctl(4, 0)
if sys.argv[4] != "-":
    subprocess.run(["ip", "address", "add", "10.77.1.2/32", "dev", "lo"], check=True)
    server = socket.create_server(("10.77.1.2", 5000))
    one = socket.create_connection(("10.77.1.2", 5000))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(sys.argv[4]))
    held += [server, one, server.accept()[0]]
    print(one.getsockname()[1], flush=True)
else:
    print(0, flush=True)
sys.stdin.read()
"""


@cache
def python_of_nobody(*before: str) -> tuple[str, ...]:
    """Words that start a Python like ours without any privilege, with `before` between; a home may be closed to it."""
    version = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    packages = os.pathsep.join(path for path in ("", *sys.path) if not path or "site-packages" in path)
    for python in (sys.executable, "/usr/bin/python3"):
        words = (*_NOBODY, *before, "env", f"PYTHONPATH={packages}", python)
        if subprocess.run([*words, "-c", version], capture_output=True).returncode == 0:
            return words
    raise AssertionError(f"no Python {sys.version_info[:2]} that a user without privilege may run, with {before}")


@contextmanager
def started(*words: str) -> Iterator[tuple[int, int]]:
    """A process that prints a number once it is ready and lives until the block ends: its pid and that number."""
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
    finally:
        with suppress(BrokenPipeError):
            process.communicate("")


@contextmanager
def client(
    port: int,
    *,
    on: bool = True,
    time_s: int = 0,
    interval_s: int = 0,
    dumpable: bool = True,
) -> Iterator[tuple[int, int]]:
    """A process connected to a port of loopback (0: not connected); its pid and the port at its end."""
    options = map(str, (port, int(on), time_s, interval_s, int(dumpable)))
    with started(sys.executable, "-I", "-c", _CLIENT, *options) as found:
        yield found


@contextmanager
def namespace(
    time_s: int,
    interval_s: int,
    probes: int,
    *,
    on: bool | None = None,
    closed: bool = False,
    python: Sequence[str] = (*OWN_NAMESPACE, sys.executable),
) -> Iterator[tuple[int, int]]:
    """A process in a network namespace with settings of its own, and one connection unless `on` is None.

    When it is `closed`, no other process without privilege may look into it.
    """
    settings = map(str, (time_s, interval_s, probes, "-" if on is None else int(on), int(not closed)))
    with started(*((sys.executable,) if closed else python), "-I", "-c", _NAMESPACE, *settings) as found:
        yield found


@contextmanager
def listening() -> Iterator[int]:
    """The port of loopback where this process listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


_WITHOUT_CALL = """
import ctypes, platform, runpy, struct, sys
NUMBER = {"pidfd_getfd": {}, "setns": {"x86_64": 308, "aarch64": 268}}[sys.argv.pop(1)].get(platform.machine(), 438)
rows = [(0x20, 0, 0, 0), (0x15, 0, 1, NUMBER), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Filter(len(rows), ctypes.addressof(program)))) == 0, ctypes.get_errno()
sys.argv[0] = "runbook"
runpy.run_module("runbook_lib", run_name="__main__", alter_sys=True)
"""


def without_call(name: str) -> tuple[str, ...]:
    """Words before the arguments of `runbook` that let the kernel refuse one system call, as containers do."""
    return (sys.executable, "-c", _WITHOUT_CALL, name)
