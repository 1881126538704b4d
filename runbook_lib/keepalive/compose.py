"""Docker Compose files → one subject per service.

Sources (read 2026-11-21)
    sysctls, network_mode, environment, extends, post_start,
    https://docs.docker.com/reference/compose-file/services/
    include, https://docs.docker.com/reference/compose-file/include/
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, Asked, assemble, told_by
from runbook_lib.keepalive.sharing import Container, subjects_of
from runbook_lib.keepalive.sysctl_commands import commands_in
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["read_compose"]

_PAIRS = ("sysctls", "environment")


def read_compose(document: Mapping[str, Any], *, file: str, asked: Asked) -> tuple[KeepaliveSubject, ...]:
    """One subject per service, in the order of the file, and one for each file that it includes, which is not read."""
    written = {str(name): told for name, told in document["services"].items() if isinstance(told, Mapping)}
    services = {name: _extended(name, written, file, ()) for name in written}
    aliases = {str(told["container_name"]): name for name, told in services.items() if told.get("container_name")}
    containers = [_container(name, told, aliases, file) for name, told in services.items()]
    kept = {container.name: _kept(container) for container in containers}

    def place_of(group: Sequence[Container]) -> dict[str, Any]:
        return {"Manifest": {"services": {container.name: kept[container.name] for container in group}}}

    found = subjects_of(containers, Platform.COMPOSE, place_of, file=file, asked=asked)
    return (*found, *(_not_read(path, file, asked) for path in _included(document.get("include"))))


def _included(told: Any) -> Iterator[str]:
    """The files that `include` names."""
    for item in told if isinstance(told, list) else [told] if told else []:
        paths = item.get("path") if isinstance(item, Mapping) else item
        yield from (str(path) for path in (paths if isinstance(paths, list) else [paths]) if path)


def _not_read(path: str, file: str, asked: Asked) -> KeepaliveSubject:
    gap = f"{file} includes {path}, whose services are not read: docker compose config prints them all."
    place = {"File": file, **asked.to_place()}
    title = f"{file}: services of {path}"
    told = told_by(asked.so_keepalive)
    return assemble(subject=title, platform=Platform.COMPOSE, writes=(), told=told, place=place, unset=gap)


def _extended(name: str, services: Mapping[str, Mapping[str, Any]], file: str, seen: tuple[str, ...]) -> dict[str, Any]:
    """A service with what it extends in the same file; `extends` is left where that stands elsewhere."""
    told = dict(services[name])
    extends = told.get("extends")
    if not extends:
        return told
    other = str(extends.get("service") if isinstance(extends, Mapping) else extends)
    if (isinstance(extends, Mapping) and extends.get("file")) or other not in services or other in (*seen, name):
        return told
    base = _extended(other, services, file, (*seen, name))
    del told["extends"]
    merged = {**base, **told}
    for key in _PAIRS:
        if key in base and key in told:
            pairs = [*_pairs(base[key], f"{file}: {key} of {other}"), *_pairs(told[key], f"{file}: {key} of {name}")]
            merged[key] = dict(pairs)
    hooks = [hook for each in (base, told) for hook in _hooks(each)]
    return merged | ({"post_start": hooks} if hooks else {})


def _hooks(told: Mapping[str, Any]) -> list[Any]:
    return told["post_start"] if isinstance(told.get("post_start"), list) else []


def _container(name: str, told: Mapping[str, Any], aliases: Mapping[str, str], file: str) -> Container:
    network = str(told.get("network_mode") or "")
    kind, _, other = network.partition(":")
    environment = _pairs(told.get("environment"), f"{file}: environment of {name}")
    # a name without a value is taken from the shell that starts Compose
    variables = [value for key, value in environment if key == BOTOCORE_VARIABLE]
    unsure = f"{name} extends a service that is not in this file: docker compose config prints what it gets."
    privileged = told.get("privileged")
    return Container(
        name=name,
        title=f"{file}: service {name}",
        sysctls=tuple((key, value) for key, value in _pairs(told.get("sysctls"), f"{file}: sysctls of {name}")),
        variable=("${the shell}" if variables[-1] is None else variables[-1]) if variables else None,
        command=(*_words(told.get("entrypoint")), *_words(told.get("command"))),
        network=network,
        joins=other if kind == "service" else aliases.get(other, other) if kind == "container" else "",
        privileged=privileged is True,
        user="" if told.get("user") is None else str(told["user"]),
        hooks=tuple(
            _words(hook.get("command"))
            for hook in _hooks(told)
            if isinstance(hook, Mapping) and (privileged or hook.get("privileged"))
        ),
        unsure=unsure if told.get("extends") else "",
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
        part |= {"user": container.user} if container.user else {}
    if hooks := [commands_in(hook) for hook in container.hooks]:
        scripts = [{"command": hook.script(), "privileged": True} for hook in hooks if hook.writes]
        part |= {"post_start": scripts} if scripts else {}
    if container.unsure:
        part["extends"] = {"file": "another", "service": "another"}
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
