"""Command lines of `docker run` (and `podman`, `nerdctl`, and `create`) → one subject per command.

Sources (read 2026-11-21)
    --sysctl, --network, --env and the options without a value,
    https://docs.docker.com/reference/cli/docker/container/run/
    https://docs.podman.io/en/latest/markdown/podman-run.1.html
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.docker_lines import MANY, Line, lines_of
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, Asked
from runbook_lib.keepalive.sharing import Container, subjects_of
from runbook_lib.keepalive.sysctl_commands import commands_in
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["command_line", "is_docker_run", "read_docker_run"]

_YAML = re.compile(r"---|[{\[]|\s*[\w.\"'/-]+\s*:(\s|$)|- ")
_FLAGS = frozenset(
    f"--{name}"
    for name in (
        "detach", "disable-content-trust", "env-host", "help", "http-proxy", "init", "interactive",
        "no-healthcheck", "no-hostname", "no-hosts", "oom-kill-disable", "passwd", "privileged", "publish-all",
        "quiet", "read-only", "read-only-tmpfs", "replace", "rm", "rmi", "rootfs", "sig-proxy", "tls-verify",
        "tty", "unsetenv-all", "use-api-socket",
    )
)  # fmt: skip
_WITH_VALUE = frozenset(
    f"--{name}"
    for name in (
        "add-host", "annotation", "arch", "attach", "authfile", "blkio-weight", "blkio-weight-device", "cap-add",
        "cap-drop", "cgroup-conf", "cgroup-parent", "cgroupns", "cgroups", "chrootdirs", "cidfile",
        "conmon-pidfile", "cpu-count", "cpu-percent", "cpu-period", "cpu-quota", "cpu-rt-period",
        "cpu-rt-runtime", "cpu-shares", "cpus", "cpuset-cpus", "cpuset-mems", "creds", "decryption-key",
        "detach-keys", "device", "device-cgroup-rule", "device-read-bps", "device-read-iops",
        "device-write-bps", "device-write-iops", "dns", "dns-opt", "dns-option", "dns-search", "domainname",
        "entrypoint", "env", "env-file", "env-merge", "expose", "gidmap", "gpus", "group-add", "group-entry",
        "health-cmd", "health-interval", "health-on-failure", "health-retries", "health-start-interval",
        "health-start-period", "health-timeout", "hostname", "hostuser", "image-volume", "init-ctr",
        "init-path", "io-maxbandwidth", "io-maxiops", "ip", "ip6", "ipc", "isolation", "kernel-memory", "label",
        "label-file", "link", "link-local-ip", "log-driver", "log-opt", "mac-address", "memory",
        "memory-reservation", "memory-swap", "memory-swappiness", "mount", "name", "network", "network-alias",
        "oom-score-adj", "os", "passwd-entry", "personality", "pid", "pidfile", "pids-limit", "platform", "pod",
        "pod-id-file", "preserve-fd", "preserve-fds", "publish", "pull", "rdt-class", "requires", "restart",
        "retry", "retry-delay", "runtime", "sdnotify", "seccomp-policy", "secret", "security-opt", "shm-size",
        "shm-size-systemd", "stop-signal", "stop-timeout", "storage-opt", "subgidname", "subuidname", "sysctl",
        "systemd", "timeout", "tmpfs", "tz", "uidmap", "ulimit", "umask", "unsetenv", "user", "userns", "uts",
        "variant", "volume", "volume-driver", "volumes-from", "workdir",
    )
)  # fmt: skip
_SHORT_FLAGS = frozenset("ditPq")
_SHORT = {
    "a": "--attach", "c": "--cpu-shares", "e": "--env", "h": "--hostname", "l": "--label", "m": "--memory",
    "p": "--publish", "u": "--user", "v": "--volume", "w": "--workdir",
}  # fmt: skip
_LONG = {"--net": "--network", "--net-alias": "--network-alias"}
_UNKNOWN = "?"
"""The name that an option gets which is not known, or of which only the shell knows what it is."""


def is_docker_run(text: str) -> bool:
    """True when a text holds a command that starts a container, and does not begin like YAML or JSON."""
    lines = (line for line in text.splitlines() if line.strip())
    first = next((line for line in lines if not line.startswith("#")), "")
    if _YAML.match(first):
        return False
    try:
        return any(line.words is not None for line in lines_of(text, ""))
    except UsageError:
        return True


def read_docker_run(text: str, *, file: str, asked: Asked) -> tuple[KeepaliveSubject, ...]:
    """One subject per command, in order. UsageError with the line for a command that cannot be taken apart."""
    containers: list[Container] = []
    kept: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines_of(text, file), 1):
        container, options = _container(line, file, number)
        if container.name in kept:
            raise UsageError(f"{file}, line {line.number}: a second container is called {container.name!r}")
        containers.append(container)
        kept[container.name] = _kept(container, options)

    def place_of(group: Sequence[Container]) -> dict[str, Any]:
        return {"Commands": {container.name: kept[container.name] for container in group}}

    return subjects_of(containers, Platform.DOCKER_RUN, place_of, file=file, asked=asked)


def _container(line: Line, file: str, number: int) -> tuple[Container, list[str]]:
    """The container that a command starts, and how the command names it: its option and its image."""
    told: dict[str, list[str]] = {}
    image, command = "", []
    for option, value in _options(line.words or ()):
        if option == "":
            image, *command = value
        else:
            told.setdefault(option, []).append(value)
    if "=" in image:  # no image has one: it may be the value of an option that is not known, and secret
        told.setdefault(_UNKNOWN, []).append("an option is not known here")
        image = ""
    network = told.get("--network", [""])[-1]
    name = told.get("--name", [f"{image or 'container'} ({number})"])[-1]
    variables = [pair.partition("=") for pair in told.get("--env", ())]
    last = [value if equals else "${the shell}" for key, equals, value in variables if key == BOTOCORE_VARIABLE]
    container = Container(
        name=name,
        title=f"{file}: docker run {name}",
        sysctls=tuple((pair.partition("=")[0], pair.partition("=")[2]) for pair in told.get("--sysctl", ())),
        variable=last[-1] if last else None,
        command=(*told.get("--entrypoint", ()), *command),
        network=network,
        joins=network.partition(":")[2] if network.startswith("container:") else "",
        privileged=told.get("--privileged", ["false"])[-1] == "true",
        user=told.get("--user", [""])[-1],
        unsure=_unsure(line, told),
    )
    return container, [*(["--name", name] if "--name" in told else []), image]


def _unsure(line: Line, told: Mapping[str, Sequence[str]]) -> str:
    """Why the settings that a command writes may not be what its container gets; empty: they are."""
    if line.words is None:
        return f"line {line.number}: a container is started in a way that is not understood."
    if _UNKNOWN in told:
        return f"line {line.number}: {told[_UNKNOWN][0]}, and may change what it gets."
    if any("$" in pair.partition("=")[0] for pair in told.get("--sysctl", ())):
        return f"line {line.number}: the name of a sysctl is put in elsewhere."
    if "--pod" in told or told.get("--network", [""])[-1].startswith("ns:"):
        return "it joins a network namespace that is made elsewhere."
    return ""


def _options(words: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Options with their values; at last the empty option with the image and its command."""
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word.startswith(MANY) and at < len(words):
            yield _UNKNOWN, "a variable with options is put in elsewhere"
            continue
        if not word.startswith("-") or word == "-":
            yield "", [each.replace(MANY, "") for each in words[at - 1 :]]
            return
        name, equals, value = _split(word)
        if name in _FLAGS:
            yield name, value if equals else "true"
        elif name in _WITH_VALUE and (equals or at < len(words)):
            yield name, (value if equals else words[at]).replace(MANY, "")
            at += not equals
        elif name not in _WITH_VALUE:
            yield _UNKNOWN, f"the option {name} is not known here"


def _split(word: str) -> tuple[str, bool, str]:
    """An option by its long name, whether a value is part of the word, and that value."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return _LONG.get(name, name), bool(equals), value
    rest = word[1:].lstrip("".join(_SHORT_FLAGS))  # -it, and -ite NAME=value in one word
    if not rest or rest[0] == "=":
        return "--tty", True, "true"
    return _SHORT.get(rest[0], f"-{rest[0]}"), len(rest) > 1, rest[1:].removeprefix("=")


def _kept(container: Container, named: list[str]) -> dict[str, Any]:
    """What decides the keepalive settings of a command; `command_line` writes it out again."""
    command = commands_in(container.command)
    return {
        "named": named[:-1],
        "image": named[-1],
        "network": container.network,
        "sysctls": dict(container.sysctls),
        "variable": container.variable,
        "privileged": container.privileged,
        "script": command.script()[1:] if command.writes else [],
        "user": container.user if command.writes else "",
        "unsure": bool(container.unsure),
    }


def command_line(kept: Mapping[str, Any]) -> str:
    """The command line of what was kept of one."""
    words = [*kept["named"]]
    words += ["--network", kept["network"]] if kept["network"] else []
    words += [f"--sysctl={key}={value}" for key, value in kept["sysctls"].items()]
    words += [f"--env={BOTOCORE_VARIABLE}={kept['variable']}"] if kept["variable"] is not None else []
    words += ["--privileged"] if kept["privileged"] else []
    words += ["--user", kept["user"]] if kept["user"] else []
    words += ["--entrypoint", "sh"] if kept["script"] else []
    start = "docker run $OPTIONS " if kept["unsure"] else "docker run "
    return start + shlex.join([*words, *([kept["image"]] if kept["image"] else []), *kept["script"]])
