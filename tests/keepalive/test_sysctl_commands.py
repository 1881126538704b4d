"""What the commands of containers do to keepalive settings."""

from __future__ import annotations

import pytest

from runbook_lib.keepalive.sysctl_commands import Commands, commands_in

TIME = "net.ipv4.tcp_keepalive_time"
INTERVAL = "net.ipv4.tcp_keepalive_intvl"
SIXTY = ((TIME, "60"),)


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
        (script(f"if [ -w /proc/sys ]; then sysctl -w {TIME}=60; fi"), Commands(settings=SIXTY, does_more=True)),
        (script("echo 60 > /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(settings=SIXTY)),
        (script("echo -n '60' >/host/proc/sys/net/ipv4/tcp_keepalive_time"), Commands(settings=SIXTY)),
        (script("printf '60\\n' > /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(settings=SIXTY)),
        (script("echo 60 | tee /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(settings=SIXTY)),
        (script("cat /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(does_more=True)),
        (script("sed -i s/1/2/ /proc/sys/net/ipv4/tcp_keepalive_time"), Commands(is_unreadable=True, does_more=True)),
        (script("for k in time intvl; do sysctl -w net.ipv4.tcp_keepalive_$k=60; done"),
         Commands(is_unreadable=True, does_more=True)),
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
    "told",
    [
        Commands(settings=SIXTY),
        Commands(settings=(*SIXTY, (INTERVAL, "$X")), does_more=True),
        Commands(settings=SIXTY, is_unreadable=True, on_node=True),
    ],
)
def test_the_script_of_commands_does_the_same(told: Commands) -> None:
    assert commands_in(told.script()) == told
