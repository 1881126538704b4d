"""What the commands of containers do to keepalive settings."""

from __future__ import annotations

import pytest

from runbook_lib.keepalive.settings import PERHAPS
from runbook_lib.keepalive.sysctl_commands import Commands, commands_in

TIME = "net.ipv4.tcp_keepalive_time"
INTERVAL = "net.ipv4.tcp_keepalive_intvl"
SIXTY = ((TIME, "60"),)
MAYBE = ((TIME, PERHAPS),)
PATH = "/proc/sys/net/ipv4/tcp_keepalive_time"
WRITE = f"sysctl -w {TIME}=60"


def script(text: str) -> list[str]:
    return ["sh", "-c", text]


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], Commands(does_more=True)),
        (["app", "--listen", "80"], Commands(does_more=True)),
        (["sysctl", "-w", f"{TIME}=60"], Commands(settings=SIXTY)),
        (["/sbin/sysctl", f"{TIME}=60"], Commands(settings=SIXTY)),
        (["sysctl", "-w", "net/ipv4/tcp_keepalive_time=60"], Commands(settings=SIXTY)),
        (["sysctl", "-w", f"{TIME}=60", f"{INTERVAL}=5"], Commands(settings=(*SIXTY, (INTERVAL, "5")))),
        (["sysctl", "-w", f"{TIME}=60", "-w", "net.core.somaxconn=9"], Commands(settings=SIXTY, does_more=True)),
        (["sysctl", TIME], Commands()),
        (["sysctl", "-p"], Commands(is_unreadable=True)),
        (["sysctl", "--system"], Commands(is_unreadable=True)),
        (["sysctl", "-w", "$SETTING"], Commands(is_unreadable=True)),
        (["sysctl", "-w", f"{TIME}=$(TIME)"], Commands(settings=((TIME, "$expression"),))),
        (["sysctl", "-w", f"{TIME}={{{{ .Values.a | quote }}}}"], Commands(settings=((TIME, "$expression"),))),
        (script(f"sysctl -w {TIME}=60"), Commands(settings=SIXTY)),
        (["/bin/bash", "-ec", f"sudo sysctl -w '{TIME} = 60' 2>/dev/null || true"], Commands(settings=SIXTY)),
        (["busybox", "sh", "-c", f"sysctl -w {TIME}=60"], Commands(settings=SIXTY)),
        (script(f"sysctl -w {TIME}=600; sysctl -w {TIME}=60"), Commands(settings=((TIME, "600"), *SIXTY))),
        (script(f"sysctl -w {TIME}=60 && exec app"), Commands(settings=SIXTY, does_more=True)),
        (script(f"# sysctl -w {TIME}=9\nsysctl -w \\\n  {TIME}=60\n"), Commands(settings=SIXTY)),
        (script(f"if [ -w /proc/sys ]; then sysctl -w {TIME}=60; fi"), Commands(settings=MAYBE)),
        (script("echo 60 > /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(settings=SIXTY)),
        (script("echo -n '60' >/host/proc/sys/net/ipv4/tcp_keepalive_time"), Commands(settings=SIXTY)),
        (script("printf '60\\n' > /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(settings=SIXTY)),
        (script("echo 60 | tee /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(settings=SIXTY)),
        (script("cat /proc/sys/net/ipv4/tcp_keepalive_time"), Commands()),
        (script(f"app; {WRITE}"), Commands(settings=SIXTY, does_more=True, is_late=True)),
        (script(f"install procps; {WRITE}; exec app"), Commands(settings=SIXTY, does_more=True)),
        (script("sed -i s/1/2/ /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(is_unreadable=True, does_more=True)),
        (script("for k in time intvl; do sysctl -w net.ipv4.tcp_keepalive_$k=60; done"),
         Commands(is_unreadable=True, does_more=True, is_late=True)),
        (script("sysctl -w 'never closed"), Commands(is_unreadable=True, does_more=True)),
        (["nsenter", "-t", "1", "-n", "sysctl", "-w", f"{TIME}=60"], Commands(settings=SIXTY, on_node=True)),
        (["nsenter", "--mount=/proc/1/ns/mnt", "--", "sysctl", "-w", f"{TIME}=60"], Commands(settings=SIXTY)),
        (["nsenter", "-t1", "-a", "--", "sh", "-c", f"sysctl -w {TIME}=60"], Commands(settings=SIXTY, on_node=True)),
        (["chroot", "/host", "sysctl", "-w", f"{TIME}=60"], Commands(settings=SIXTY)),
        (["app", "--tcp_keepalive=60"], Commands(does_more=True)),
    ],
)  # fmt: skip
def test_commands(argv: list[str], expected: Commands) -> None:
    assert commands_in(argv) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"echo 60 > {PATH} 2>/dev/null",
        f"echo 60 >> {PATH} 2>&1",
        f"echo 60 | tee {PATH} >/dev/null",
        f"echo 60 | sudo tee -a {PATH} > /dev/null 2>&1",
        f"{WRITE} >/dev/null",
        f"{WRITE} # keep it short",
        f"# don't wait\n{WRITE}",
        f"sysctl -w {TIME}=7200\n# then\n{WRITE}",
        f"echo start # {TIME}\n{WRITE}",
        f"{WRITE} || true",
        f"{WRITE} || sysctl -w {INTERVAL}=5; {WRITE}",
        f"false && sysctl -w {TIME}=7200; {WRITE}",
        f"sysctl -p; {WRITE}",
    ],
)
def test_a_write_that_is_sure_to_run_decides(text: str) -> None:
    found = commands_in(script(text))
    assert dict(found.settings)[TIME] == "60"


@pytest.mark.parametrize(
    "text",
    [
        f"if x; then {WRITE}; fi",
        f"case $X in a) {WRITE};; esac",
        f"tune() {{ {WRITE}; }}; sleep 1",
        f"while x; do {WRITE}; done",
        f"({WRITE})",
        f"false && {WRITE}",
        f"false &&\n\n {WRITE}",
        f"false && \n {WRITE}",
        f"false && echo 60 | tee {PATH}",
        f"false && {WRITE} && {WRITE}",
        f"true || {WRITE}",
        f"exit 0; {WRITE}",
        f"[ -w /proc/sys ] || exit 0\n{WRITE}",
        f"exec app; {WRITE}",
        f"java & {WRITE}",
        f"{WRITE} &",
        f"cat <<END\n{WRITE}\nEND",
    ],
)
def test_a_write_that_may_not_run_leaves_the_setting_open(text: str) -> None:
    found = commands_in(script(text))
    assert dict(found.settings) == dict(MAYBE)
    assert not found.is_unreadable


@pytest.mark.parametrize(
    "argv",
    [
        script("cd /proc/sys/net/ipv4; echo 7200 > tcp_keepalive_time"),
        script("cd /proc/sys/net/ipv4; echo 7200 > $FILE"),
        script("for f in time; do echo 7200 > /proc/sys/net/ipv4/tcp_keepalive_$f; done"),
        script(f"FILE={PATH}; echo 7200 > $FILE"),
        script("export DIR=/proc/sys/net/ipv4; echo 7200 > $DIR/$NAME"),
        script(f"S=sysctl; $S -w {TIME}=7200"),
        script(f"cat value > {PATH}"),
        script(f"echo 7200 | cat > {PATH}"),
        script(f"echo 7200 2> {PATH}"),
        script(f"printf %s 7200 > {PATH}"),
        script(f"echo 7200 | dd of={PATH}"),
        script(f"echo sysctl -w {TIME}=7200 | sh"),
        script(f"X=$(sysctl -w {TIME}=7200)"),
        script(f"timeout 5 sysctl -w {TIME}=7200"),
        script(f"sh -c 'sysctl -w {TIME}=7200'"),
        script(f"su root -c 'sysctl -w {TIME}=7200'"),
        script(f"eval 'sysctl -w {TIME}=7200'"),
        script(f"{WRITE}; sysctl -p"),
        script(f"{WRITE} # don't\nsysctl -w {TIME}=7200 # don't"),
        ["su-exec", "app", "sh", "-c", WRITE],
        ["python", "-c", f'open("{PATH}","w").write("7200")'],
        ["nsenter", "-m", "-t", "1", "tee", PATH],
        ["nsenter", "--target", "1", "-N", "--", "sysctl", "-w", f"{TIME}=60"],
        ["sysctl", "-a", "-w", f"{TIME}=60"],
    ],
)
def test_whatever_else_names_the_settings_leaves_all_open(argv: list[str]) -> None:
    found = commands_in(argv)
    assert (found.is_unreadable, found.settings) == (True, ())


@pytest.mark.parametrize(
    "argv",
    [
        ["sysctl", "--dry-run", "-w", f"{TIME}=60"],
        script(f"sysctl -n {TIME} && exit 0"),
        script(f"echo was $(sysctl -n {TIME})"),
        script("apk add procps sysctl; command -v sysctl"),
        script("cat /proc/sys/net/core/somaxconn > /dev/null"),
        script("echo 9 > /proc/sys/net/core/somaxconn"),
    ],
)
def test_what_writes_nothing(argv: list[str]) -> None:
    assert not commands_in(argv).writes


def test_what_is_done_to_the_node_does_not_hide_what_is_done_here() -> None:
    text = f"sysctl -w {TIME}=7200; nsenter -t 1 -n sysctl -w {TIME}=60"
    assert commands_in(script(text)) == Commands(settings=((TIME, "7200"),))


@pytest.mark.parametrize(
    "told",
    [
        Commands(settings=SIXTY),
        Commands(settings=(*SIXTY, (INTERVAL, "$X")), does_more=True),
        Commands(settings=SIXTY, is_unreadable=True, on_node=True),
        Commands(settings=SIXTY, does_more=True, is_late=True),
    ],
)
def test_the_script_of_commands_does_the_same(told: Commands) -> None:
    assert commands_in(told.script()) == told
