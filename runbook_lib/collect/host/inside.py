"""The keepalive settings of the network namespace of a process, told by a child that enters it.

Run as a script, with the number of a process: `/proc/sys/net` shows the namespace of whoever reads it, and no path
under `/proc/<pid>` shows that of another process. Prints one JSON object, setting to value, or {"error": reason}.
Entering a namespace of an unprivileged user takes that user's own user namespace first.
Source: https://man7.org/linux/man-pages/man2/setns.2.html (read 2026-11-21)
"""

from __future__ import annotations

import ctypes
import json
import os
import sys

__all__ = ["SETTINGS", "here"]

SETTINGS = ("tcp_keepalive_time", "tcp_keepalive_intvl", "tcp_keepalive_probes", "tcp_retries2")


def here() -> dict[str, int]:
    """The settings of the namespace of this very process; what cannot be read is left out."""
    found: dict[str, int] = {}
    for name in SETTINGS:
        try:
            with open(f"/proc/sys/net/ipv4/{name}", encoding="ascii") as file:
                found[name] = int(file.read())
        except (OSError, ValueError):
            continue
    return found


def _enter(pid: int) -> None:
    """Join the network namespace of a process; OSError when that is not permitted."""
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    try:
        _join(network)
    except PermissionError as denied:
        user = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)
        try:
            _join(user)
        except OSError:
            raise denied from None
        _join(network)


def _join(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _main() -> None:
    told: dict[str, int] | dict[str, str]
    try:
        _enter(int(sys.argv[1]))
        told = here()
    except OSError as error:
        told = {"error": error.strerror or str(error)}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _main()
