"""Sockets of live processes: the table of a namespace, who holds what, and the real options of a socket."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from runbook_lib.model.host import SocketOptions, TcpSocket, sockets_of_table

__all__ = ["descriptors_of", "table_of", "with_options"]

_PIDFD_GETFD = 438
"""The number of the system call on every architecture but Alpha, since Linux 5.6."""


def table_of(pid: int | str) -> tuple[TcpSocket, ...]:
    """The established and listening TCP sockets in the network namespace of a process; no permission is needed."""
    found: list[TcpSocket] = []
    for name in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{pid}/net/{name}", encoding="ascii") as file:
                found.extend(sockets_of_table(file.read()))
        except FileNotFoundError:
            if name == "tcp":
                raise
    return tuple(found)


def descriptors_of(pid: int) -> dict[int, int]:
    """Mapping inode → file descriptor of every socket a process holds. PermissionError when it does not let us see."""
    found: dict[int, int] = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found[int(target[8:-1])] = int(name)
    return found


def with_options(
    pid: int, held: dict[int, int], sockets: Collection[TcpSocket]
) -> tuple[tuple[TcpSocket, ...], OSError | None]:
    """The sockets with the options that the kernel tells, and why not where it does not; `held` is inode → descriptor.

    ProcessLookupError when the process has ended.
    A duplicate of each descriptor is asked and closed; the process and its socket stay as they are.
    Source: https://man7.org/linux/man-pages/man2/pidfd_getfd.2.html (read 2026-11-21)
    """
    told = {one.inode: one for one in sockets}
    try:
        with _pidfd(pid) as process:
            for one in sockets:
                with suppress(_Closed):
                    told[one.inode] = _asked(one, process, held[one.inode])
    except ProcessLookupError:
        raise
    except OSError as error:
        return tuple(told.values()), error
    return tuple(told.values()), None


class _Closed(Exception):
    """The descriptor was closed meanwhile, or is another one by now; that says nothing about the others."""


def _asked(one: TcpSocket, process: int, descriptor: int) -> TcpSocket:
    with _duplicate(process, descriptor) as twin:
        if os.fstat(twin.fileno()).st_ino != one.inode:
            raise _Closed
        options = SocketOptions(
            time_s=twin.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
            interval_s=twin.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
            probes=twin.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
        )
        is_on = bool(twin.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
    return replace(one, so_keepalive=is_on, options=options)


@contextmanager
def _pidfd(pid: int) -> Iterator[int]:
    process = os.pidfd_open(pid)
    try:
        yield process
    finally:
        os.close(process)


@contextmanager
def _duplicate(process: int, descriptor: int) -> Iterator[socket.socket]:
    libc = ctypes.CDLL(None, use_errno=True)
    number = libc.syscall(_PIDFD_GETFD, process, descriptor, 0)
    if number < 0:
        error = ctypes.get_errno()
        if error == errno.EBADF:
            raise _Closed
        raise OSError(error, os.strerror(error))
    with socket.socket(fileno=number) as twin:
        yield twin
