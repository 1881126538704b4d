"""Whatever happens to the lab: no process, no namespace, no file, no sysctl of the machine is changed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runbook_lib.errors import LabError
from runbook_lib.model.keepalive import Situation
from runbook_lib.natlab import Client, Condition, Forgotten, Kind, run_crowd, run_idle, table
from runbook_lib.natlab.condition import condition
from runbook_lib.natlab.launch import play
from tests.natlab.starting import KIT, REFUSED, ROOT, as_nobody

PATIENCE_S = 60


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait for something that must happen."""
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def descendants(pid: int) -> Iterator[int]:
    """Processes that a process started, and those that these started."""
    try:
        told = [children.read_text() for children in Path("/proc").glob(f"{pid}/task/*/children")]
    except OSError:  # it ended meanwhile
        return
    for child in (int(word) for line in told for word in line.split()):
        yield child
        yield from descendants(child)


def started_at(pid: int) -> str | None:
    """What tells a process from a later one with the same number; None when there is none, or only its exit code."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def machine() -> dict[str, str]:
    """The sysctls of this machine that a lab sets in its own namespaces, and the mounts and names of namespaces."""
    names = [*Path("/proc/sys/net/ipv4").glob("tcp_keepalive_*"), Path("/proc/sys/net/ipv4/ip_forward")]
    names += Path("/proc/sys/net/netfilter").glob("nf_conntrack_tcp_*")
    names += [Path("/proc/sys/user/max_user_namespaces"), Path("/proc/self/mountinfo")]
    told = {str(name): name.read_text() for name in names}
    return told | {"/run/netns": str(sorted(Path("/run").glob("netns/*")))}


@pytest.mark.netlab
def test_a_run_changes_nothing_on_this_machine(place: Condition) -> None:
    before, processes = machine(), set(descendants(os.getpid()))
    run_idle(place, 2, [case for case in table(2) if (case.client, case.situation) == (Client.SOCKET, Situation.REUSE)])
    run_crowd(place, 2, ports=1, clients=1)
    assert machine() == before
    assert set(descendants(os.getpid())) <= processes


@pytest.mark.netlab
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_when_it_is_ended(place: Condition, tmp_path: Path, sent: signal.Signals) -> None:
    end_in_the_middle((), sent, tmp_path)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_of_the_relay(tmp_path: Path, sent: signal.Signals) -> None:
    end_in_the_middle(REFUSED, sent, tmp_path)


def end_in_the_middle(prefix: tuple[str, ...], sent: signal.Signals, folder: Path) -> None:
    """End the command line while clients are idle, and see everything that it started go."""
    before = machine()
    environ = os.environ | {"TMPDIR": str(folder), "HOME": str(folder)}
    line = [*prefix, *KIT, "natlab", "idle", "--limit", "60", "--json"]
    with subprocess.Popen(line, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kit:
        until(lambda: any("children.sockets" in command(pid) for pid in descendants(kit.pid)), "it did not start")
        known = {pid: started_at(pid) for pid in descendants(kit.pid)}
        kit.send_signal(sent)
        out, said = kit.communicate(timeout=PATIENCE_S)
    until(lambda: not any(told and started_at(pid) == told for pid, told in known.items()), "processes are left")
    assert len(known) >= 5
    assert (kit.returncode, out) == ((-9, b"") if sent is signal.SIGKILL else (130, b""))
    assert said.decode().strip() == ("" if sent is signal.SIGKILL else "interrupted")
    assert list(folder.iterdir()) == []
    assert machine() == before


@pytest.mark.netlab
def test_nobody_may_run_it(place: Condition) -> None:
    line = [*as_nobody(), *KIT, "natlab", "saturation", "--ports", "2", "--clients", "3"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "6 of 6 rows came out as the model says" in done.stderr


def test_where_namespaces_are_refused_the_relay_says_so() -> None:
    line = [*REFUSED, *KIT, "natlab", "saturation", "--ports", "2", "--clients", "3"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    said = " ".join(done.stderr.split())
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert "2 of 2 rows came out as the model says; 3 could not be shown" in said
    assert "a relay on the loopback in place of the NAT gateway" in said
    assert "network namespaces cannot be had here" in said
    assert "since user.max_user_namespaces is 0" in said


def test_nothing_is_changed_outside_a_namespace_of_its_own() -> None:
    """A prefix that gives no namespace is noticed before anything is set."""
    before = machine()
    job = {"play": "nothing", "relay": False, "limit_s": 3, "ports": 3, "forgotten": Forgotten.RESET}
    with pytest.raises(LabError, match="not in a network namespace of its own"):
        play(("env",), job)
    assert machine() == before


def test_a_lab_that_cannot_start_says_why() -> None:
    with pytest.raises(LabError, match="ended without a word"):
        play(("false",), {})
    with pytest.raises(LabError, match="No such file"):
        play(("nsenter", "--net=/nowhere"), {})


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        (("sh", "-c", "sleep 600"), "it did not answer within 1 s"),
        (("sh", "-c", 'echo hello; exec "$0" "$@"'), "what started the lab talks between its lines"),
        (("no-such-program",), "no-such-program could not be started: No such file or directory"),
    ],
)
def test_what_starts_the_lab_may_hang_chatter_or_be_missing(prefix: tuple[str, ...], said: str) -> None:
    with pytest.raises(LabError, match=said):
        play(prefix, {}, most_s=1 if "sleep" in prefix[-1] else 60)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("sockets", "clients of the lab that never told how they ended: no keepalive"),
        ("pong", "pong of the lab ended before its clients"),
    ],
)
def test_a_program_that_dies_is_told_at_once(program: str, said: str) -> None:
    """Not after the time that its slowest case may take, and never as something that a client saw."""
    before = set(descendants(os.getpid()))
    with ThreadPoolExecutor(1) as pool:
        (case, *_) = table(600)
        run = pool.submit(run_idle, Condition(kind=Kind.RELAY), 600, [case])
        running: dict[str, int] = {}

        def is_started() -> bool:
            for pid in set(descendants(os.getpid())) - before:
                running[(command(pid).rpartition("children.")[2].split() or ["?"])[0]] = pid
            return {"sockets", "pong"} <= {*running}

        until(is_started, "it did not start")
        os.kill(running[program], signal.SIGKILL)
        with pytest.raises(LabError, match=said):
            run.result(timeout=PATIENCE_S)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            (),
            "ip, nft, unshare, nsenter, mount not found; "
            "install with: apt-get install iproute2 nftables util-linux mount",
        ),
        (("ip", "unshare", "nsenter", "mount"), "nft not found; install with: apt-get install nftables"),
        (("ip", "nft", "mount"), "unshare, nsenter not found; install with: apt-get install util-linux"),
    ],
)
def test_missing_tools_are_named_with_their_packages(tmp_path: Path, found: tuple[str, ...], said: str) -> None:
    for tool in found:
        (tmp_path / tool).touch(mode=0o755)
    assert condition(str(tmp_path)) == Condition(kind=Kind.RELAY, reason=said)
