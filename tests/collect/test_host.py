"""Live facts from real processes: socket options, timers, and the settings of the right network namespace."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from runbook_lib.collect.host import read_host, read_pid
from runbook_lib.collect.host.namespaces import is_kernel_thread
from runbook_lib.errors import UsageError
from runbook_lib.model.host import Host, NamespaceSettings, SocketOptions, TcpSocket
from tests.live import client, listening, namespace, python_of_nobody

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc of a Linux kernel")

ENTER = () if os.geteuid() == 0 else ("-U", "--preserve-credentials")
NAMES = ("tcp_keepalive_time", "tcp_keepalive_intvl", "tcp_keepalive_probes", "tcp_retries2")


def settings_now() -> list[int]:
    return [int(Path("/proc/sys/net/ipv4", name).read_text()) for name in NAMES]


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    before = settings_now()
    yield
    assert settings_now() == before


def own(host: Host) -> list[TcpSocket]:
    """The connections without what differs from run to run."""
    return [replace(one, inode=0, timer_left_s=None) for one in host.sockets if not one.is_listening]


def test_options_of_a_socket_are_those_that_were_set() -> None:
    with listening() as port, client(port, time_s=61, interval_s=17) as (pid, its_port):
        host = read_pid(pid)
    _, _, probes, _ = settings_now()
    assert own(host) == [
        TcpSocket(
            local=f"127.0.0.1:{its_port}",
            peer=f"127.0.0.1:{port}",
            so_keepalive=True,
            options=SocketOptions(time_s=61, interval_s=17, probes=probes),
        )
    ]
    (left,) = [one.timer_left_s for one in host.sockets if not one.is_listening]
    assert left is not None
    assert 0 <= left <= 61
    assert (host.name.endswith(f"(pid {pid})"), host.is_process, host.gaps) == (True, True, ())


def test_a_socket_without_the_option_has_no_timer_and_the_settings_of_its_namespace() -> None:
    time_s, interval_s, probes, _ = settings_now()
    with listening() as port, client(port, on=False) as (pid, its_port):
        host = read_pid(pid)
    assert own(host) == [
        TcpSocket(
            local=f"127.0.0.1:{its_port}",
            peer=f"127.0.0.1:{port}",
            so_keepalive=False,
            options=SocketOptions(time_s=time_s, interval_s=interval_s, probes=probes),
        )
    ]


def test_a_connection_of_ipv6_that_carries_ipv4_is_told_as_ipv4() -> None:
    with listening() as port, socket.socket(socket.AF_INET6) as one:
        one.connect(("::ffff:127.0.0.1", port))
        found = [each.peer for each in own(read_pid(os.getpid()))]
    assert f"127.0.0.1:{port}" in found


def test_asking_leaves_a_connection_as_it_was() -> None:
    with listening() as port, socket.create_connection(("127.0.0.1", port)) as one:
        read_pid(os.getpid())
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
        before = set(os.listdir("/proc/self/fd"))
        read_pid(os.getpid())
        assert set(os.listdir("/proc/self/fd")) == before
        one.sendall(b"still there")


def test_a_process_in_a_namespace_of_its_own_has_that_namespaces_settings() -> None:
    here = settings_now()
    with namespace(61, 7, 5) as (pid, _):
        host = read_pid(pid)
        through_its_root = int(Path(f"/proc/{pid}/root/proc/sys/net/ipv4/tcp_keepalive_time").read_text())
    assert host.settings == NamespaceSettings(time_s=61, interval_s=7, probes=5, retries2=15)
    assert (host.sockets, host.gaps) == ((), ())
    # The path that looks right shows the namespace of whoever reads it.
    assert through_its_root == here[0] != 61


def test_a_namespace_of_an_unprivileged_user_is_entered_by_that_user() -> None:
    with namespace(62, 8, 4, on=True, python=python_of_nobody("unshare", "-Urn")) as (pid, port):
        program = f"from runbook_lib.collect.host import read_pid; print(read_pid({pid}).settings)"
        command = [*python_of_nobody(), "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        host = read_pid(pid)
    settings = NamespaceSettings(time_s=62, interval_s=8, probes=4, retries2=15)
    assert (done.stdout, host.settings) == (f"{settings}\n", settings)
    assert own(host)[0] == TcpSocket(
        local=f"10.77.1.2:{port}",
        peer="10.77.1.2:5000",
        so_keepalive=True,
        options=SocketOptions(time_s=62, interval_s=8, probes=4),
    )
    assert [one.local for one in host.sockets if one.is_listening] == ["10.77.1.2:5000"]


def test_the_host_has_its_settings_and_the_connections_of_its_processes() -> None:
    time_s, interval_s, probes, retries2 = settings_now()
    with listening() as port, client(port, time_s=61) as (pid, its_port), namespace(63, 9, 3, on=True):
        host = read_host()
    assert host.settings == NamespaceSettings(time_s=time_s, interval_s=interval_s, probes=probes, retries2=retries2)
    (found,) = [one for one in host.sockets if one.local == f"127.0.0.1:{its_port}"]
    assert found.options == SocketOptions(time_s=61, interval_s=interval_s, probes=probes)
    assert found.owner.endswith(f"(pid {pid})")
    assert not [one for one in host.sockets if one.local.startswith("10.77.1.2:")]
    assert any("network namespaces with settings of their own" in note for note in host.notes)


def test_a_process_whose_children_hold_the_connections_names_them() -> None:
    command = ("unshare", "--fork", "-n") if os.geteuid() == 0 else ("unshare", "--fork", "-Urn")
    with namespace(61, 7, 5, on=True, python=(*command, sys.executable)) as (parent, _):
        (child,) = (each.pid for each in psutil.Process(parent).children())
        # The parent stays outside; a shell inside stands for the first process of a container.
        host = read_pid(child)
        shell = subprocess.Popen(
            ["nsenter", "-t", str(child), "-n", *ENTER, "sh", "-c", "sleep 60 & echo ready; wait"],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert shell.stdout is not None
        shell.stdout.readline()
        beside = read_pid(shell.pid)
        (sleeping,) = (each.pid for each in psutil.Process(shell.pid).children())
        os.killpg(shell.pid, signal.SIGKILL)
        shell.communicate()
    note = f"other processes hold 2 connections in its network namespace; its children, for --pid: {sleeping}"
    assert (note in beside.notes, note in host.notes) == (True, False)


def test_connections_of_other_users_keep_what_their_timers_tell() -> None:
    with listening() as port, client(port, time_s=61) as (_, its_port):
        program = (
            "from runbook_lib.collect.host import read_host\n"
            "host = read_host()\n"
            f"print([one.so_keepalive for one in host.sockets if one.local == '127.0.0.1:{its_port}'], host.notes)"
        )
        told = subprocess.run([*python_of_nobody(), "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.startswith("[True] ")
    assert os.geteuid() != 0 or "not told, as of processes of other users; as root they can be" in told


def test_a_process_that_ended_is_told() -> None:
    with client(0) as (pid, _):
        pass
    with pytest.raises(UsageError, match=f"^no process {pid}: it has ended, or it was never there$"):
        read_pid(pid)


def test_a_process_that_ended_but_was_not_awaited_is_told() -> None:
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(UsageError, match=f"^no process {process.pid}: "):
        read_pid(process.pid)
    process.wait()


@pytest.mark.parametrize("pid", [10**12, 2**22 + 1, -1])
def test_numbers_that_no_process_has(pid: int) -> None:
    with pytest.raises(UsageError, match=f"^no process {pid}: "):
        read_pid(pid)


def test_a_thread_of_the_kernel_is_told_from_a_process_by_its_flags() -> None:
    assert is_kernel_thread("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0\n")
    assert is_kernel_thread("9 (odd ) name) S 2 0 0 0 -1 69238880 0 0 0\n")
    assert not is_kernel_thread("9 (odd ) 2129984) S 2 0 0 0 -1 4194304 0 0 0\n")
    assert not is_kernel_thread(Path("/proc/self/stat").read_text())


def test_no_thread_of_the_kernel_is_taken_for_a_client() -> None:
    """A machine may show none, as a container does; each one that it shows is refused."""
    for pid in psutil.pids():
        try:
            found = is_kernel_thread(Path(f"/proc/{pid}/stat").read_text(errors="replace"))
        except OSError:
            continue
        if found:
            with pytest.raises(UsageError, match=f"process {pid} is a thread of the kernel"):
                read_pid(pid)
            break
