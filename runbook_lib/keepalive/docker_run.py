"""Command lines of `docker run` (and `podman`, `nerdctl`, and `create`) → one subject per command.

Source: https://docs.docker.com/reference/cli/docker/container/run/ (--sysctl, --network, --env; read 2026-11-21)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, Asked
from runbook_lib.keepalive.sharing import Container, subjects_of
from runbook_lib.keepalive.sysctl_commands import commands_in
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["command_line", "is_docker_run", "read_docker_run"]

_RUN = re.compile(
    r"^\s*(?:\$\s+)?(?:\w+=\S*\s+|sudo\s+|exec\s+)*(?:docker|podman|nerdctl)\s+(?:-\S+\s+)*?(?:container\s+)?(?:run|create)\b(?P<rest>.*)$",
    re.M,
)
_YAML = re.compile(r"---|[{\[]|\s*[\w.\"'/-]+\s*:(\s|$)|- ")
_FLAGS = frozenset(
    f"--{name}"
    for name in (
        "detach", "disable-content-trust", "help", "init", "interactive", "no-healthcheck", "no-hosts",
        "oom-kill-disable", "privileged", "publish-all", "quiet", "read-only", "replace", "rm", "sig-proxy",
        "tls-verify", "tty",
    )
)  # fmt: skip
_SHORT_FLAGS = frozenset("ditPq")
_LONG = {"-e": "--env", "--net": "--network"}


def is_docker_run(text: str) -> bool:
    """True when a text holds a command that starts a container, and does not begin like YAML or JSON."""
    lines = (line for line in text.splitlines() if line.strip())
    first = next((line for line in lines if not line.startswith("#")), "")
    return not _YAML.match(first) and _RUN.search(_joined(text)) is not None


def read_docker_run(text: str, *, file: str, asked: Asked) -> tuple[KeepaliveSubject, ...]:
    """One subject per command, in order. UsageError with the line for a command that cannot be taken apart."""
    containers: list[Container] = []
    kept: dict[str, dict[str, Any]] = {}
    for number, found in enumerate(_RUN.finditer(_joined(text)), 1):
        line = text.count("\n", 0, found.start()) + 1
        try:
            words = shlex.split(found["rest"].replace("\0", " "), comments=True)
        except ValueError as error:
            raise UsageError(f"{file}, line {line}: not a command line ({error})") from None
        container, options = _container(words, file, number)
        if container.name in kept:
            raise UsageError(f"{file}, line {line}: a second container is called {container.name!r}")
        containers.append(container)
        kept[container.name] = _kept(container, options)

    def place_of(group: Sequence[Container]) -> dict[str, Any]:
        return {"Commands": {container.name: kept[container.name] for container in group}}

    return subjects_of(containers, Platform.DOCKER_RUN, place_of, file=file, asked=asked)


def _joined(text: str) -> str:
    """The text with continued lines joined; every character keeps its place."""
    return re.sub(r"\\\r?\n", lambda found: "\0" * len(found.group()), text)


def _container(words: list[str], file: str, number: int) -> tuple[Container, list[str]]:
    """The container that a command starts, and how the command names it: its option and its image."""
    told: dict[str, list[str]] = {}
    image, command = "", []
    for option, value in _options(words):
        if option == "":
            image, *command = value
        else:
            told.setdefault(option, []).append(str(value))
    network = told.get("--network", [""])[-1]
    joins = network.partition(":")[2] if network.startswith("container:") else ""
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
        joins=joins,
        privileged=told.get("--privileged", ["false"])[-1] == "true",
    )
    return container, [*(["--name", name] if "--name" in told else []), image]


def _options(words: list[str]) -> Iterator[tuple[str, Any]]:
    """Options with their values; at last the empty option with the image and its command."""
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("-") or word == "-":
            yield "", words[at - 1 :]
            return
        name, equals, value = word.partition("=")
        if name in _FLAGS:
            yield name, value if equals else "true"
        elif not name.startswith("--") and set(name[1:]) <= _SHORT_FLAGS:
            continue
        elif equals and name.startswith("--"):
            yield _LONG.get(name, name), value
        elif not name.startswith("--") and len(short := word.lstrip("-" + "".join(_SHORT_FLAGS))) > 1:
            yield _LONG.get(f"-{short[0]}", f"-{short[0]}"), short[1:]  # -eNAME=value, -p80:80
        elif at < len(words):
            last = name if name.startswith("--") else f"-{name[-1]}"  # -it, and then -e in one word
            yield _LONG.get(last, last), words[at]
            at += 1


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
    }


def command_line(kept: Mapping[str, Any]) -> str:
    """The command line of what was kept of one."""
    words = ["docker", "run", *kept["named"]]
    words += ["--network", kept["network"]] if kept["network"] else []
    words += [f"--sysctl={key}={value}" for key, value in kept["sysctls"].items()]
    words += [f"--env={BOTOCORE_VARIABLE}={kept['variable']}"] if kept["variable"] is not None else []
    words += ["--privileged"] if kept["privileged"] else []
    words += ["--entrypoint", "sh"] if kept["script"] else []
    return shlex.join([*words, *([kept["image"]] if kept["image"] else []), *kept["script"]])
