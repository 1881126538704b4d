"""A process that forks execution environments on demand and takes them along when it ends.

It is told what to do through a socket and ends when the other end of it closes, however the server dies. Every
environment is killed by the kernel when this process is gone.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import ssl
from typing import Any

from runbook_lib.sandbox.running.child import network
from runbook_lib.sandbox.running.child.runtime import Channel, run

__all__ = ["main"]

# What a handler is likely to import is there before the first fork: environments share it.
_SHARED = (http.client, ssl)
_Socket = socket.socket
_LARGEST_MESSAGE = 256 * 1024
_DIE_WITH_PARENT = 1
_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000


def main(control_fd: int, folder: str) -> None:
    """Fork and end environments until the socket closes; then remove `folder` and everything that was forked."""
    libc = ctypes.CDLL(None, use_errno=True)
    # A network of its own, without even a loopback, where the kernel allows that; the audit hook stands in any case.
    if libc.unshare(_NEW_USERS | _NEW_NETWORK):
        libc.unshare(_NEW_NETWORK)
    control = _Socket(fileno=control_fd)
    network.take_over(ssl)
    pids: dict[int, int] = {}
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _LARGEST_MESSAGE, 1)
        if not message:
            break
        order = json.loads(message)
        if "end" in order:
            control.send(json.dumps({"status": _end(pids.pop(order["end"]))}).encode())
            continue
        pid = os.fork()
        if pid == 0:
            control.detach()
            os.close(control_fd)
            _become_environment(libc, descriptors[0], order)
        os.close(descriptors[0])
        pids[order["environment"]] = pid
        control.send(b"{}")
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _end(pid: int) -> int:
    """End a child, or find out how it ended; its exit code, negative for a signal."""
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _become_environment(libc: Any, descriptor: int, order: dict[str, Any]) -> None:
    parent = os.getppid()
    libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent or parent == 1:
        os._exit(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The interpreter takes more than Lambda's would; what it took until here is not the function's.
    most = _address_space() + order["memory_mb"] * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    run(Channel(_Socket(fileno=descriptor)), order)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as pages:
        return int(pages.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
