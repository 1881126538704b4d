"""`runbook keepalive`: the answer of the contract, live and from files, and one line for whatever is wrong."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.cli import run_command
from tests.keepalive.test_bundles import HEADER, ss, sysctl
from tests.live import client, listening, namespace, python_of_nobody, without_call

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
SUBJECT = {
    "subject",
    "time_s",
    "interval_s",
    "probes",
    "so_keepalive",
    "effective_period_s",
    "verdict",
    "reason",
    "fixes",
}
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc of a Linux kernel")


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Json]:
    capsys.readouterr()
    code = run_command(["keepalive", "--json", *words])
    answer: Json = json.loads(capsys.readouterr().out)
    assert answer.keys() == {"subjects", "verdict"}
    assert all(one.keys() == SUBJECT for one in answer["subjects"])
    return code, answer


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[tuple[Any, ...]]:
    _, answer = ask(capsys, *words)
    return [(one["subject"], one["time_s"], one["so_keepalive"], one["verdict"]) for one in answer["subjects"]]


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run_command(["keepalive", *words]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    return printed.err.strip()


def saved(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


class TestBundles:
    def test_the_answer_has_the_shape_of_the_contract(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        name = saved(tmp_path, "web.txt", sysctl(7200))
        code, answer = ask(capsys, "--bundle", name, "--so-keepalive", "on")
        (one,) = answer["subjects"]
        fixes = one.pop("fixes")
        assert (code, answer["verdict"]) == (1, "UNSAFE")
        assert one == {
            "subject": name,
            "time_s": 7200,
            "interval_s": 75,
            "probes": 9,
            "so_keepalive": True,
            "effective_period_s": 7200,
            "verdict": "UNSAFE",
            "reason": "first probe at 7200 s, path drops at 350 s.",
        }
        assert all(fix.keys() == {"title", "text", "proven"} for fix in fixes)
        (sysctls, *_) = fixes
        assert "net.ipv4.tcp_keepalive_time = " in sysctls["text"]
        assert {fix["proven"] for fix in fixes} == {True}

    @pytest.mark.parametrize(
        ("time_s", "words", "code"),
        [
            (300, ("--so-keepalive", "on"), 0),
            (300, (), 3),
            (301, ("--so-keepalive", "on"), 3),
            (60, ("--so-keepalive", "off"), 1),
            (350, (), 1),
            (60, ("--so-keepalive", "on", "--idle-limit", "70"), 0),
            (60, ("--so-keepalive", "on", "--idle-limit", "69.9"), 3),
            (60, ("--so-keepalive", "on", "--idle-limit", "60"), 1),
        ],
    )
    def test_exit_codes(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], time_s: int, words: tuple[str, ...], code: int
    ) -> None:
        name = saved(tmp_path, "web", sysctl(time_s, 15))
        assert ask(capsys, "--bundle", name, *words)[0] == code

    def test_safe_has_no_fix(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        _, answer = ask(capsys, "--bundle", saved(tmp_path, "web", sysctl(60)), "--so-keepalive", "on")
        assert (answer["verdict"], answer["subjects"][0]["fixes"]) == ("SAFE", [])

    def test_standard_input(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        text = sysctl(60) + ss("timer:(keepalive,56sec,0)")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert said(capsys, "--bundle", "-", "-") == [
            ("standard input", 60, True, "SAFE"),
            ("standard input: 10.77.1.2:36340 → 10.77.100.1:5000", 60, True, "SAFE"),
        ]

    def test_several_files_are_hosts_of_their_own(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        names = [saved(tmp_path, name, sysctl(value)) for name, value in (("a,1", 60), ("b 2", 7200))]
        told = [(names[0], 60, True, "SAFE"), (names[1], 7200, True, "UNSAFE")]
        assert said(capsys, "--bundle", *names, "--so-keepalive", "on") == told
        assert said(capsys, "--bundle", names[0], "--so-keepalive", "on", "--bundle", names[1]) == told

    def test_files_that_are_parts_are_one_host(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        names = [saved(tmp_path, "sysctl", sysctl(60)), saved(tmp_path, "ss", ss("timer:(keepalive,56sec,0)"))]
        assert said(capsys, "--bundle", *names)[0] == (", ".join(names), 60, True, "SAFE")

    def test_a_folder_has_a_host_per_file_or_folder(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        fleet = tmp_path / "fleet"
        a, b = (saved(fleet, name, sysctl(value)) for name, value in (("a.txt", 60), ("b.txt", 7200)))
        saved(fleet, "c/sysctl.txt", sysctl(120))
        saved(fleet, "c/deeper/ss.txt", f"$ ss -tnoe\n{ss('')}")
        empty = saved(fleet, "d.txt", "ssh: connect to host d port 22: Connection timed out\n")
        saved(fleet, ".hidden", sysctl(1))
        c = str(fleet / "c")
        assert said(capsys, "--bundle", str(fleet), "--so-keepalive", "on") == [
            (a, 60, True, "SAFE"),
            (b, 7200, True, "UNSAFE"),
            (empty, None, True, "CANNOT_TELL"),
            (c, 120, True, "SAFE"),
            (f"{c}: 10.77.1.2:36340 → 10.77.100.1:5000", 120, False, "UNSAFE"),
        ]

    def test_a_folder_of_parts_is_one_host(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        saved(tmp_path, "sysctl.txt", sysctl(60))
        saved(tmp_path, "ss.txt", ss("timer:(keepalive,56sec,0)"))
        assert said(capsys, "--bundle", str(tmp_path))[0] == (str(tmp_path), 60, True, "SAFE")

    def test_text_of_other_encodings(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for encoding in ("utf-16", "utf-8-sig"):
            path = tmp_path / encoding
            path.write_text(sysctl(60).replace("\n", "\r\n"), encoding=encoding)
            assert said(capsys, "--bundle", str(path)) == [(str(path), 60, None, "CANNOT_TELL")]

    def test_five_thousand_sockets(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rows = "".join(ss("timer:(keepalive,56sec,0)", port) for port in range(10_000, 15_000))
        code, answer = ask(capsys, "--bundle", saved(tmp_path, "web", sysctl(60) + HEADER + rows))
        assert (code, len(answer["subjects"])) == (0, 5001)


class TestManifests:
    POD = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  securityContext:\n    sysctls:\n"
        '    - {name: net.ipv4.tcp_keepalive_time, value: "60"}\n  containers: [{name: app, image: app}]\n'
    )

    def test_one_file_and_a_folder(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        good = saved(tmp_path, "chart/web.yaml", self.POD)
        saved(tmp_path, "chart/deep/worker.yml", self.POD.replace('"60"', '"7200"').replace("web", "worker"))
        saved(tmp_path, "chart/README.md", "# not a manifest")
        assert ask(capsys, "--manifest", good, "--so-keepalive", "on")[0] == 0
        code, answer = ask(capsys, "--manifest", str(tmp_path / "chart"), "--so-keepalive", "on")
        assert code == 1
        assert sorted(one["time_s"] for one in answer["subjects"]) == [60, 7200]
        unsafe = next(one for one in answer["subjects"] if one["time_s"] == 7200)
        assert [fix["proven"] for fix in unsafe["fixes"]]
        assert all(fix["proven"] for fix in unsafe["fixes"])

    def test_what_stands_beside_workloads_in_a_folder_is_passed_over(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        alone = saved(tmp_path, "chart/service.yaml", service)
        saved(tmp_path, "chart/values.yaml", "replicas: 2\n")
        assert "found Service" in complaint(capsys, "--manifest", alone)
        assert complaint(capsys, "--manifest", str(tmp_path / "chart")).endswith(
            "nothing in its 2 files has containers"
        )
        saved(tmp_path, "chart/web.yaml", self.POD)
        assert [one[1:] for one in said(capsys, "--manifest", str(tmp_path / "chart"), "--so-keepalive", "on")] == [
            (60, True, "SAFE")
        ]
        broken = saved(tmp_path, "chart/worker.yaml", "kind: Pod\n  a: [\n")
        assert complaint(capsys, "--manifest", str(tmp_path / "chart")).startswith(f"error: {broken}")

    @pytest.mark.parametrize(
        ("text", "word"),
        [("kind: Pod\n  a: [\n", "line 2"), ("kind: Surprise\napiVersion: v1\n", "Surprise"), ("", "empty")],
    )
    def test_what_is_no_manifest(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, word: str
    ) -> None:
        assert word in complaint(capsys, "--manifest", saved(tmp_path, "a.yaml", text))


@LINUX
class TestLive:
    @pytest.mark.parametrize(
        ("on", "time_s", "verdict"),
        [(True, 60, "SAFE"), (True, 320, "CANNOT_TELL"), (True, 350, "UNSAFE"), (False, 60, "UNSAFE")],
    )
    def test_a_socket_of_a_process(
        self, capsys: pytest.CaptureFixture[str], on: bool, time_s: int, verdict: str
    ) -> None:
        with listening() as port, client(port, on=on, time_s=time_s, interval_s=15) as (pid, its_port):
            ((subject, *rest),) = said(capsys, "--pid", str(pid), "--so-keepalive", "on")
        assert subject.endswith(f"(pid {pid}): 127.0.0.1:{its_port} → 127.0.0.1:{port}")
        assert rest == [time_s, on, verdict]

    def test_a_container_is_a_process_in_a_namespace_of_its_own(self, capsys: pytest.CaptureFixture[str]) -> None:
        with namespace(61, 7, 5, on=True) as (pid, port), namespace(7200, 75, 9) as (default, _):
            ((subject, *rest),) = said(capsys, "--pid", str(pid))
            ((_, *bare),) = said(capsys, "--pid", str(default), "--so-keepalive", "on")
        assert (subject.partition(": ")[2], rest) == (f"10.77.1.2:{port} → 10.77.1.2:5000", [61, True, "SAFE"])
        assert bare == [7200, True, "UNSAFE"]

    def test_the_host_has_its_namespace_first(self, capsys: pytest.CaptureFixture[str]) -> None:
        here = int(Path("/proc/sys/net/ipv4/tcp_keepalive_time").read_text())
        assert said(capsys, "--host", "--so-keepalive", "off")[0] == ("this host", here, False, "UNSAFE")

    def test_what_the_text_of_ss_says_is_what_the_kernel_says(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with namespace(61, 7, 5, on=True) as (pid, _):
            inside = ["nsenter", "-t", str(pid), "-n", *(() if os.geteuid() == 0 else ("-U", "--preserve-credentials"))]
            text = subprocess.run(
                [*inside, "sh", "-c", "sysctl net.ipv4; ss -tnoe; ss -tln; cat /proc/net/tcp"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            live = said(capsys, "--pid", str(pid))
        ours = said(capsys, "--bundle", saved(tmp_path, "web", text))
        assert [one[1:] for one in ours] == [(61, True, "SAFE"), (61, True, "SAFE")]
        assert ours[1][0].partition(": ")[2] == live[0][0].partition(": ")[2]

    def test_a_process_that_ended(self, capsys: pytest.CaptureFixture[str]) -> None:
        with client(0) as (pid, _):
            pass
        assert complaint(capsys, "--pid", str(pid)) == f"error: no process {pid}: it has ended, or it was never there"


def run(*words: str) -> tuple[int, str, str]:
    """Exit code and output of a real command line, with other words than `python -m` before it."""
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


@LINUX
class TestDenied:
    def test_another_users_process_says_what_can_still_be_read(self) -> None:
        here = [
            Path(f"/proc/sys/net/ipv4/tcp_keepalive_{name}").read_text().strip() for name in ("time", "intvl", "probes")
        ]
        with client(0, dumpable=False) as (pid, _):
            code, out, err = run(*python_of_nobody(), "-m", "runbook_lib", "keepalive", "--pid", str(pid))
        assert (code, out) == (2, "")
        assert err == (
            f"error: process {pid}: this user may not see which sockets it holds (Permission denied); its network "
            f"namespace is that of this host, set to {here[0]} s, then every {here[1]} s, {here[2]} probes, and --host "
            "reads what is in it; run as root or as the user of the process for the rest\n"
        )

    def test_what_can_still_be_read_of_another_namespace_is_read(self) -> None:
        me = python_of_nobody()
        with namespace(61, 7, 5, on=True, closed=True) as (pid, port):
            code, _, err = run(*me, "-m", "runbook_lib", "keepalive", "--pid", str(pid))
            assert (code, err.count("\n")) == (2, 1)
            tables = [f"/proc/{pid}/net/tcp", f"/proc/{pid}/net/tcp6"]
            assert f"--bundle {' '.join(tables)};" in err
            code, out, _ = run(*me, "-m", "runbook_lib", "keepalive", "--json", "--bundle", tables[0])
        (one,) = json.loads(out)["subjects"]
        assert (code, one["so_keepalive"], one["verdict"]) == (3, True, "CANNOT_TELL")
        assert one["subject"].endswith(f"10.77.1.2:{port} → 10.77.1.2:5000")

    @pytest.mark.parametrize(("on", "code"), [(True, 3), (False, 1)])
    def test_without_socket_options_the_timers_tell(self, on: bool, code: int) -> None:
        with listening() as port, client(port, on=on, time_s=60) as (pid, _):
            words = (*without_call("pidfd_getfd"), "keepalive", "--json", "--pid", str(pid))
            found, out, _ = run(*words)
        (one,) = json.loads(out)["subjects"]
        assert (found, one["so_keepalive"]) == (code, on)
        if on:
            here = Path("/proc/sys/net/ipv4/tcp_keepalive_time").read_text().strip()
            assert f"and the network namespace says {here} s, but a shorter TCP_KEEPIDLE" in one["reason"]
            assert "pidfd_getfd: Operation not permitted" in one["reason"]

    def test_a_namespace_that_may_not_be_entered_is_a_gap(self) -> None:
        with namespace(61, 7, 5) as (pid, _):
            code, out, _ = run(*without_call("setns"), "keepalive", "--json", "--pid", str(pid), "--so-keepalive", "on")
        (one,) = json.loads(out)["subjects"]
        assert (code, one["time_s"], one["verdict"]) == (3, None, "CANNOT_TELL")
        assert one["reason"] == (
            "the keepalive settings of its network namespace were not read, since it could not be entered (Operation "
            "not permitted); as root, or inside the container, they can be"
        )

    @pytest.mark.parametrize("words", [("--host",), ("--pid", "1")])
    def test_without_proc_one_line_says_so(self, words: tuple[str, ...]) -> None:
        script = 'mount -t tmpfs none /proc && exec "$@"'
        command = (sys.executable, "-m", "runbook_lib", "keepalive", *words)
        code, out, err = run("unshare", "-Urm", "sh", "-c", script, "sh", *command)
        assert (code, out) == (3, "")
        assert err == (
            "error: live keepalive facts come from /proc of Linux, which is not here; run this on the Linux host or "
            "inside the container, or pass the output of sysctl -a and ss -tnoe from there to --bundle\n"
        )


class TestUsage:
    @pytest.mark.parametrize(
        ("words", "error"),
        [
            ((), "name one of --host, --pid, --bundle and --manifest; none is named"),
            (("--host", "--pid", "1"), "name one of --host, --pid, --bundle and --manifest; several are named"),
            (
                ("--bundle", "a", "--manifest", "b"),
                "name one of --host, --pid, --bundle and --manifest; several are named",
            ),
            (("--pid", "0"), "the number of a process is above 0, found 0"),
            (("--pid", "-4"), "the number of a process is above 0, found -4"),
            (("--pid", "me"), "Invalid value for '--pid': 'me' is not a valid integer."),
            (("--host", "--idle-limit", "0"), "the idle limit must be more than 0 seconds, not 0.0"),
            (("--host", "--idle-limit", "-1"), "the idle limit must be more than 0 seconds, not -1.0"),
            (("--host", "--idle-limit", "nan"), "the idle limit must be more than 0 seconds, not nan"),
            (("--host", "--idle-limit", "inf"), "the idle limit must be a finite number of seconds, not inf"),
            (("--host", "--idle-limit", "1e309"), "the idle limit must be a finite number of seconds, not inf"),
            (
                ("--host", "--so-keepalive", "yes"),
                "Invalid value for '--so-keepalive': 'yes' is not one of 'on', 'off'.",
            ),
            (("--bundle", "/nowhere"), "cannot read /nowhere: No such file or directory"),
            (("--manifest", "/nowhere"), "cannot read /nowhere: No such file or directory"),
        ],
    )
    def test_one_line(self, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], error: str) -> None:
        assert complaint(capsys, *words) == f"error: {error}"

    @pytest.mark.parametrize("option", ["--bundle", "--manifest"])
    def test_a_pipe_that_nobody_writes_to_is_not_waited_for(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
    ) -> None:
        pipe = tmp_path / "pipe.yaml"
        os.mkfifo(pipe)
        assert complaint(capsys, option, str(pipe)) == (
            f"error: {pipe} is no regular file; standard input is read with -"
        )

    def test_files_that_are_none(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        binary = tmp_path / "core"
        binary.write_bytes(b"\x7fELF\x00\x01")
        assert complaint(capsys, "--bundle", str(binary)) == f"error: {binary} is no text file"
        text = saved(tmp_path, "note", "hello\n")
        nothing = "no output of sysctl -a, ss -tnoe or /proc/net/tcp was found in it"
        assert complaint(capsys, "--bundle", text) == f"error: {text}: {nothing}"
        (tmp_path / "empty").mkdir()
        assert complaint(capsys, "--bundle", str(tmp_path / "empty")).endswith(
            "is an empty folder; expected bundles, one host per file or sub-folder"
        )
        assert "holds no file that ends in" in complaint(capsys, "--manifest", str(tmp_path / "empty"))


class TestPeople:
    def test_the_table_is_on_standard_error(self, tmp_path: Path) -> None:
        name = saved(tmp_path, "web", sysctl(7200) + ss("") + ss("timer:(keepalive,119min,0)", 2))
        code, out, err = run(sys.executable, "-m", "runbook_lib", "keepalive", "--bundle", name)
        assert (code, out) == (1, "")
        text = " ".join(err.split())
        assert "3 clients behind a path that drops idle connections at 350 s" in text
        for part in ("UNSAFE", "7,200 s", "SO_KEEPALIVE", "✓ proven", "Fix: ", "net.ipv4.tcp_keepalive_time = "):
            assert part in text
        assert text.count("Fix: Host") == len({line for line in err.splitlines() if line.startswith("Fix: Host")})

    def test_many_are_shown_worst_first(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rows = "".join(ss("timer:(keepalive,56sec,0)", port) for port in range(10_000, 10_050))
        name = saved(tmp_path, "web", sysctl(60) + rows + ss("", 9_999))
        assert run_command(["keepalive", "--bundle", name]) == 1
        told = capsys.readouterr().err
        assert "20 of 52, worst first" in told
        assert "1 unsafe, 1 cannot tell, 50 safe" in told

    def test_help_has_examples_and_says_how_a_container_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run_command(["keepalive", "--help"]) == 0
        told = capsys.readouterr().out
        for part in (
            "Examples:",
            "docker inspect",
            "crictl inspect",
            "--idle-limit",
            "0 safe, 1 unsafe, 3 cannot tell",
        ):
            assert part in told

    def test_options_are_completed(self) -> None:
        variables = {
            **os.environ,
            "_RUNBOOK_COMPLETE": "bash_complete",
            "COMP_WORDS": "runbook keepalive --s",
            "COMP_CWORD": "2",
        }
        program = "import sys; from runbook_lib.cli import commands; commands.main(prog_name='runbook')"
        done = subprocess.run([sys.executable, "-c", program], env=variables, cwd=ROOT, capture_output=True, text=True)
        assert done.stdout.split() == ["plain,--so-keepalive"]
