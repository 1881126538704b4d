"""Network namespaces: whose is ours, and what each is set to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from runbook_lib.collect.host import inside
from runbook_lib.errors import CollectionError
from runbook_lib.model.host import NamespaceSettings

__all__ = ["is_kernel_thread", "is_ours", "require_proc", "settings_here", "settings_of"]

_LONGEST_S = 20
_KERNEL_THREAD = 0x00200000
"""PF_KTHREAD in https://github.com/torvalds/linux/blob/master/include/linux/sched.h (read 2026-11-21)."""


def require_proc() -> None:
    """CollectionError where there is no /proc of Linux to read."""
    if not os.path.exists("/proc/self/net/tcp"):
        raise CollectionError(
            "live keepalive facts come from /proc of Linux, which is not here; run this on the Linux host or inside "
            "the container, or pass the output of sysctl -a and ss -tnoe from there to --bundle"
        )


def is_ours(pid: int) -> bool:
    """True when a process is in the network namespace of this one; no permission is needed. OSError when it is gone.

    Every namespace has a /proc/net of its own, so the same file means the same namespace.
    """
    return os.path.samestat(os.stat(f"/proc/{pid}/net/tcp"), os.stat("/proc/self/net/tcp"))


def is_kernel_thread(stat: str) -> bool:
    """Whether the text of a `/proc/<pid>/stat` is that of a thread of the kernel; flags stand behind name and state.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (read 2026-11-21)
    """
    fields = stat.rpartition(")")[2].split()
    return bool(int(fields[6]) & _KERNEL_THREAD)


def settings_here() -> tuple[NamespaceSettings, str]:
    """The settings of our own network namespace, and what could not be read (empty: nothing)."""
    return _parsed(inside.here())


def settings_of(pid: int) -> tuple[NamespaceSettings, str]:
    """The settings of the network namespace of a process, and what could not be read. OSError when it is gone."""
    if is_ours(pid):
        return settings_here()
    command = [sys.executable, "-I", "-S", inside.__file__, str(pid)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST_S, check=True)
        told = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        told = {"error": str(error)}
    if "error" in told:
        return NamespaceSettings(), (
            f"the keepalive settings of its network namespace were not read, since it could not be entered "
            f"({told['error']}); as root, or inside the container, they can be"
        )
    return _parsed(told)


def _parsed(found: Mapping[str, int]) -> tuple[NamespaceSettings, str]:
    time_s, interval_s, probes, retries2 = (found.get(name) for name in inside.SETTINGS)
    missing = [f"net.ipv4.{name}" for name in inside.SETTINGS[:3] if name not in found]
    settings = NamespaceSettings(time_s=time_s, interval_s=interval_s, probes=probes, retries2=retries2)
    return settings, f"this kernel does not show {', '.join(missing)}" if missing else ""
