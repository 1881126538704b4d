"""Containers of Docker, by the command line or by Compose: who shares whose network namespace, and what it will hold.

Sources (read 2026-11-21)
    Namespaced sysctls, and none of the network's with the host's network,
    https://docs.docker.com/reference/cli/docker/container/run/#sysctl and
    https://github.com/opencontainers/runc/blob/main/libcontainer/configs/validate/validator.go
    `host`, `service:` and `container:`, https://docs.docker.com/reference/compose-file/services/#network_mode
    /proc/sys is read-only unless privileged, https://github.com/moby/moby/pull/5529
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runbook_lib.keepalive.settings import (
    SYSCTLS,
    Asked,
    Write,
    agreed,
    assemble,
    canonical,
    is_open,
    told_by,
    write_of,
)
from runbook_lib.keepalive.sysctl_commands import commands_in
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["Container", "subjects_of"]

_HOST = "network mode host: the host's own settings decide, and they are not in this file."
_NO_NETWORK = "Network mode none: it has no connections to the outside."


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container as its file describes it.

    `network` is the mode as written, `joins` the name of the container in this file whose namespace it uses. `unset`
    says why a setting that is not here may be set all the same.
    """

    name: str
    title: str
    sysctls: tuple[tuple[str, Any], ...]
    variable: Any
    command: tuple[str, ...] = ()
    network: str = ""
    joins: str = ""
    privileged: bool = False
    unset: str = ""


def subjects_of(
    containers: Sequence[Container],
    platform: Platform,
    place_of: Callable[[Sequence[Container]], Mapping[str, Any]],
    *,
    file: str,
    asked: Asked,
) -> tuple[KeepaliveSubject, ...]:
    """One subject per container, in the order given; `place_of` is what a fix needs of those that share a namespace."""
    by_name = {container.name: container for container in containers}
    owners = {container.name: _owner(container, by_name) for container in containers}
    found = []
    groups: dict[str, list[Container]] = {}
    for container in containers:
        groups.setdefault(owners[container.name], []).append(container)
    for container in containers:
        owner = owners[container.name]
        group = groups[owner]
        host = by_name.get(owner, container)
        found.append(
            assemble(
                subject=container.title,
                platform=platform,
                writes=[] if _is_host(host) else agreed(_writes(group, file)),
                told=told_by(asked.so_keepalive, container.variable, where=f"the environment of {container.name}"),
                unset=_unset(host, group),
                refused=_refused(host, group),
                notes=_notes(container, host),
                place={**place_of(group), "File": file, "Container": container.name, **asked.to_place()},
            )
        )
    return tuple(found)


def _owner(container: Container, by_name: Mapping[str, Container]) -> str:
    """The name of the container whose namespace it uses at last; one outside the file keeps its mode as name."""
    seen = {container.name}
    while container.joins in by_name and container.joins not in seen:
        container = by_name[container.joins]
        seen.add(container.name)
    return container.network if container.joins and container.joins not in by_name else container.name


def _is_host(container: Container) -> bool:
    return container.network == "host"


def _writes(group: Sequence[Container], file: str) -> list[tuple[str, Write]]:
    """The writes of all that share a namespace, those of a command after those of its container."""
    found = []
    for container in group:
        place = f"{file}: {container.name}"
        command = commands_in(container.command)
        listed = [*((name, value, "sysctls") for name, value in container.sysctls)]
        if container.privileged:
            listed += [(name, value, "its command") for name, value in command.settings]
        made = [
            (write_of(name, value, origin=f"{where} of {container.name}", place=place)) for name, value, where in listed
        ]
        if container.privileged and command.is_unreadable:
            gap = f"{container.name} runs sysctl with values that are not in this file."
            made += [Write(field=field, value=None, origin="its command", gap=gap) for field in SYSCTLS]
        found += [(container.name, write) for write in made if write]
    return found


def _unset(host: Container, group: Sequence[Container]) -> str:
    """Why what nobody in the namespace writes is not the default, or an empty text."""
    if _is_host(host):
        return _HOST
    if is_open(host.network):
        return f"the network mode is {host.network}, put in elsewhere."
    if host.joins:
        return f"it uses the network namespace of {host.joins}, which is not in this file."
    return next((container.unset for container in group if container.unset), "")


def _refused(host: Container, group: Sequence[Container]) -> str | None:
    """Why Docker would not start it, or why what it does has no effect."""
    reasons = []
    for container in group:
        named = [canonical(name) for name, _ in container.sysctls]
        if _is_host(host) and any(name.startswith("net.") for name in named):
            reasons.append(f"Docker does not start {container.name}: it refuses net.* sysctls in the host's network.")
        if commands_in(container.command).settings and not container.privileged:
            reasons.append(
                f"{container.name} is not privileged: /proc/sys is read-only in it, and its sysctl has no effect."
            )
    return " ".join(reasons) or None


def _notes(container: Container, host: Container) -> list[str]:
    notes = [] if host is container else [f"It shares the network namespace of {host.name}, and so its settings."]
    return [*notes, _NO_NETWORK] if host.network == "none" else notes
