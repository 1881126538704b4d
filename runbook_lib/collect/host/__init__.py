"""What this machine tells about TCP keepalive: network namespaces, sockets and their options; nothing is changed."""

from __future__ import annotations

from runbook_lib.collect.host.namespaces import require_proc
from runbook_lib.model.host import Host

__all__ = ["read_host", "read_pid"]

# psutil prints a traceback when it is imported where there is no /proc, so that is found out first.


def read_host() -> Host:
    """Our own network namespace with every socket in it. CollectionError where there is no /proc."""
    require_proc()
    from runbook_lib.collect.host.live import host_here

    return host_here()


def read_pid(pid: int) -> Host:
    """The network namespace of a process with the sockets it holds and the listening ones around it.

    UsageError when there is no such process or its sockets may not be seen; CollectionError where there is no /proc.
    """
    require_proc()
    from runbook_lib.collect.host.live import host_of

    return host_of(pid)
