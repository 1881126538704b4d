"""Docker Compose files → one subject per service.

Source: https://docs.docker.com/reference/compose-file/services/ (sysctls, network_mode, environment; read 2026-11-21)
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, Asked
from runbook_lib.keepalive.sharing import Container, subjects_of
from runbook_lib.keepalive.sysctl_commands import commands_in
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["read_compose"]

_EXTENDS = "the service extends another one, which may set the keepalive sysctls."


def read_compose(document: Mapping[str, Any], *, file: str, asked: Asked) -> tuple[KeepaliveSubject, ...]:
    """One subject per service, in the order of the file."""
    services = {str(name): told for name, told in document["services"].items() if isinstance(told, Mapping)}
    aliases = {str(told["container_name"]): name for name, told in services.items() if told.get("container_name")}
    containers = [_container(name, told, aliases, file) for name, told in services.items()]
    kept = {container.name: _kept(container) for container in containers}

    def place_of(group: Sequence[Container]) -> dict[str, Any]:
        return {"Manifest": {"services": {container.name: kept[container.name] for container in group}}}

    return subjects_of(containers, Platform.COMPOSE, place_of, file=file, asked=asked)


def _container(name: str, told: Mapping[str, Any], aliases: Mapping[str, str], file: str) -> Container:
    network = str(told.get("network_mode") or "")
    kind, _, other = network.partition(":")
    environment = _pairs(told.get("environment"), f"{file}: environment of {name}")
    # a name without a value is taken from the shell that starts Compose
    variables = [value for key, value in environment if key == BOTOCORE_VARIABLE]
    return Container(
        name=name,
        title=f"{file}: service {name}",
        sysctls=tuple((key, value) for key, value in _pairs(told.get("sysctls"), f"{file}: sysctls of {name}")),
        variable=("${the shell}" if variables[-1] is None else variables[-1]) if variables else None,
        command=(*_words(told.get("entrypoint")), *_words(told.get("command"))),
        network=network,
        joins=other if kind == "service" else aliases.get(other, other) if kind == "container" else "",
        privileged=told.get("privileged") is True,
        unset=_EXTENDS if told.get("extends") else "",
    )


def _kept(container: Container) -> dict[str, Any]:
    """What decides the keepalive settings of a service, in the shape of a Compose file."""
    part: dict[str, Any] = {}
    if container.network:
        part["network_mode"] = container.network
        if container.network.startswith("container:"):
            part["network_mode"] = f"container:{container.joins}"
    if container.sysctls:
        part["sysctls"] = dict(container.sysctls)
    if container.variable is not None:
        part["environment"] = {BOTOCORE_VARIABLE: container.variable}
    if container.privileged:
        part["privileged"] = True
    command = commands_in(container.command)
    if command.writes:
        part["command"] = command.script()
    if container.unset:
        part["extends"] = "another"
    return part


def _pairs(told: Any, place: str) -> list[tuple[str, Any]]:
    """Names and values of a map, or of a list of `name=value`; a value that is not given is None."""
    if told is None or isinstance(told, str):
        return [] if told is None else [(told, told)]
    if isinstance(told, Mapping):
        return [(str(key), value) for key, value in told.items()]
    if not isinstance(told, list) or any(isinstance(item, list | Mapping) for item in told):
        raise UsageError(f"{place}: expected a map, or a list of name=value")
    found = []
    for item in told:
        key, equals, value = str(item).partition("=")
        found.append((key.strip(), value if equals else None))
    return found


def _words(told: Any) -> tuple[str, ...]:
    if isinstance(told, list):
        return tuple(str(item) for item in told if isinstance(item, str | int))
    try:
        return tuple(shlex.split(told)) if isinstance(told, str) else ()
    except ValueError:
        return ("sh", "-c", told)
