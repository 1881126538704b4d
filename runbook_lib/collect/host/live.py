"""A live host or process as one network namespace with its settings and sockets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil

from runbook_lib.collect.host.namespaces import is_kernel_thread, is_ours, settings_here, settings_of
from runbook_lib.collect.host.sockets import descriptors_of, table_of, with_options
from runbook_lib.errors import UsageError
from runbook_lib.model.host import Host, NamespaceSettings, TcpSocket

__all__ = ["host_here", "host_of"]

_NAMED = 10


def host_here() -> Host:
    """Our own network namespace with every socket in it.

    Sockets of processes that this user may not look into keep what the table of the namespace tells of them.
    """
    settings, gap = settings_here()
    sockets = {one.inode: one for one in table_of("self")}
    wanted = {inode for inode, one in sockets.items() if inode and not one.is_listening}
    elsewhere = 0
    for pid in psutil.pids():
        try:
            if not is_ours(pid):
                elsewhere += 1
            elif wanted:
                held = {inode: number for inode, number in descriptors_of(pid).items() if inode in wanted}
                found, _ = _asked(pid, held, sockets)
                sockets |= {one.inode: replace(one, owner=_label(pid)) for one in found}
                wanted -= held.keys()
        except (OSError, psutil.Error):
            continue
    silent = sum(not one.is_listening and one.options is None for one in sockets.values())
    notes = (*_retries(settings), *_unseen(silent, elsewhere))
    return Host(
        name="this host", settings=settings, sockets=tuple(sockets.values()), notes=notes, gaps=(gap,) if gap else ()
    )


def host_of(pid: int) -> Host:
    """The network namespace of a process with the sockets it holds and the listening ones around it.

    UsageError when there is no such process, when it is a thread of the kernel, or when its sockets may not be seen.
    """
    try:
        process = psutil.Process(pid)
        if is_kernel_thread(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")):
            raise UsageError(f"process {pid} is a thread of the kernel, and no client: it opens no connections")
        settings, gap = settings_of(pid)
        table = table_of(pid)
        held = descriptors_of(pid)
        own, denied = _asked(pid, held, {one.inode: one for one in table if one.inode in held})
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            raise _gone(pid)
        name = _label(pid)
        children = [child.pid for child in process.children(recursive=True)]
    except PermissionError as error:
        raise _hidden(pid, error) from None
    except (OSError, ValueError, OverflowError, psutil.NoSuchProcess):
        raise _gone(pid) from None
    listening = tuple(one for one in table if one.is_listening and one.inode not in held)
    gaps = tuple(text for text in (gap, denied) if text)
    others = sum(not one.is_listening and not one.is_loopback and one.inode not in held for one in table)
    notes = (*_retries(settings), *_beside(others, children))
    return Host(name=name, settings=settings, sockets=own + listening, is_process=True, notes=notes, gaps=gaps)


def _asked(pid: int, held: dict[int, int], sockets: dict[int, TcpSocket]) -> tuple[tuple[TcpSocket, ...], str]:
    """The sockets a process holds with their options, and what could not be asked."""
    mine = [sockets[inode] for inode in held if inode in sockets]
    if not mine:
        return (), ""
    found, problem = with_options(pid, held, mine)
    if problem is None:
        return found, ""
    return found, (
        f"socket options were not read (pidfd_getfd: {problem.strerror}): whether SO_KEEPALIVE is on, and the time "
        "left, come from the timers of the kernel; as root the options can be read"
    )


def _unseen(silent: int, elsewhere: int) -> Iterator[str]:
    """Notes about connections whose options were not told, and about processes in other namespaces."""
    if silent:
        noun = "connection was" if silent == 1 else "connections were"
        yield f"the options of {silent} {noun} not told, as of processes of other users; as root they can be"
    if elsewhere:
        verb = "process runs" if elsewhere == 1 else "processes run"
        yield f"{elsewhere} {verb} in network namespaces with settings of their own, as containers do: ask with --pid"


def _beside(others: int, children: Sequence[int]) -> Iterator[str]:
    """A note about connections that its children may hold, as those of the first process of a container do."""
    if others and children:
        noun = "connection" if others == 1 else "connections"
        named = ", ".join(map(str, children[:_NAMED])) + (", …" if len(children) > _NAMED else "")
        yield f"other processes hold {others} {noun} in its network namespace; its children, for --pid: {named}"


def _label(pid: int) -> str:
    return f"{psutil.Process(pid).name()} (pid {pid})"


def _retries(settings: NamespaceSettings) -> tuple[str, ...]:
    if settings.retries2 is None:
        return ()
    return (
        f"net.ipv4.tcp_retries2 is {settings.retries2}: how often data without an answer is sent again before the "
        "connection ends",
    )


def _gone(pid: int) -> UsageError:
    return UsageError(f"no process {pid}: it has ended, or it was never there")


def _hidden(pid: int, error: OSError) -> UsageError:
    """What to say when a process does not let us look, with what can be read all the same."""
    who = f"process {pid}: this user may not see which sockets it holds ({error.strerror})"
    try:
        shares = is_ours(pid)
    except OSError:
        return UsageError(f"{who}, and nothing else of it; run as root or as the user of the process")
    if shares:
        settings, _ = settings_here()
        values = f"{settings.time_s} s, then every {settings.interval_s} s, {settings.probes} probes"
        still = f"its network namespace is that of this host, set to {values}, and --host reads what is in it"
    else:
        still = (
            "its network namespace is another one; the connections in it can still be read, with their timers: "
            f"--bundle /proc/{pid}/net/tcp /proc/{pid}/net/tcp6"
        )
    return UsageError(f"{who}; {still}; run as root or as the user of the process for the rest")
