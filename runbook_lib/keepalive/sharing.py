"""Containers of Docker, by the command line or by Compose: who shares whose network namespace, and what it will hold.

Sources (read 2026-11-21)
    Namespaced sysctls, and none of the network's with the host's network,
    https://docs.docker.com/reference/cli/docker/container/run/#sysctl and
    https://github.com/opencontainers/runc/blob/main/libcontainer/configs/validate/validator.go
    `host`, `service:` and `container:`, https://docs.docker.com/reference/compose-file/services/#network_mode
    /proc/sys is read-only unless privileged, https://github.com/moby/moby/pull/5529
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
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
from runbook_lib.keepalive.sysctl_commands import Commands, commands_in
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["Container", "subjects_of"]

_HOST = "network mode host: the host's own settings decide, and they are not in this file."
_NO_NETWORK = "Network mode none: it has no connections to the outside."


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container as its file describes it.

    `network` is the mode as written, `joins` the name of the container in this file whose namespace it uses. `user` is
    who its command runs as, empty where the image decides. `hooks` are commands that run beside it once it has
    started. `unsure` says why whatever is written here may not be what it gets.
    """

    name: str
    title: str
    sysctls: tuple[tuple[str, Any], ...]
    variable: Any
    command: tuple[str, ...] = ()
    network: str = ""
    joins: str = ""
    privileged: bool = False
    user: str = ""
    hooks: tuple[tuple[str, ...], ...] = ()
    unsure: str = ""


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
                writes=[] if _is_host(host) else _in_time(_writes(group, file), {owner, container.name}),
                told=told_by(asked.so_keepalive, container.variable, where=f"the environment of {container.name}"),
                unset=_unset(host),
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
        made = _made(container, container.sysctls, "sysctls", file)
        command = commands_in(container.command)
        if container.privileged and _is_root(container) is not False:
            if doubt := _doubt(container, command):
                made += _all_open(f"{container.name} {doubt}.", "its command")
            else:
                made += _made(container, command.settings, "its command", file)
        if any(commands_in(hook).writes for hook in container.hooks):
            made += _all_open(f"post_start of {container.name} writes it when clients may be connected.", "post_start")
        if container.unsure:
            made += _all_open(container.unsure, container.name)
        found += [(container.name, write) for write in made]
    return found


def _doubt(container: Container, command: Commands) -> str:
    """Why what its command writes is not known, or not in time; empty: it is."""
    if command.is_unreadable:
        return "runs sysctl with values that are not in this file"
    if command.settings and _is_root(container) is None:
        return "runs sysctl as a user that is not in this file"
    return "runs sysctl after something else, whose connections keep what was set before" if command.is_late else ""


def _in_time(writes: Sequence[tuple[str, Write]], early: Set[str]) -> list[Write]:
    """What all agree on. The owner of a namespace, and a client itself, write before it connects; others may not."""
    found = []
    for write in agreed(writes):
        names = [name for name, each in writes if each.field == write.field]
        if early.isdisjoint(names):
            gap = f"{SYSCTLS[write.field]} is set by {names[-1]} alone, which starts when connections may be open."
            write = Write(field=write.field, value=None, origin=write.origin, gap=write.gap or gap)
        found.append(write)
    return found


def _made(container: Container, listed: Iterable[tuple[str, Any]], where: str, file: str) -> list[Write]:
    place, origin = f"{file}: {container.name}", f"{where} of {container.name}"
    made = (write_of(name, value, origin=origin, place=place) for name, value in listed)
    return [write for write in made if write]


def _all_open(gap: str, origin: str) -> list[Write]:
    return [Write(field=field, value=None, origin=origin, gap=gap) for field in SYSCTLS]


def _is_root(container: Container) -> bool | None:
    """Whether its command runs as root, as it must to write below /proc/sys; None where the user is put in elsewhere.

    Nobody else has the right, even in a privileged container: such a user has no capabilities.
    """
    if is_open(container.user):
        return None
    return container.user.partition(":")[0] in ("", "0", "root")


def _unset(host: Container) -> str:
    """Why what nobody in the namespace writes is not the default, or an empty text."""
    if _is_host(host):
        return _HOST
    if is_open(host.network):
        return f"the network mode is {host.network}, put in elsewhere."
    if host.joins:
        return f"it uses the network namespace of {host.joins}, which is not in this file."
    return ""


def _refused(host: Container, group: Sequence[Container]) -> str | None:
    """Why Docker would not start it, or why what it does has no effect."""
    reasons = []
    for container in group:
        named = [canonical(name) for name, _ in container.sysctls]
        if _is_host(host) and any(name.startswith("net.") for name in named):
            reasons.append(f"Docker does not start {container.name}: it refuses net.* sysctls in the host's network.")
        if not commands_in(container.command).settings:
            continue
        if not container.privileged:
            reasons.append(
                f"{container.name} is not privileged: /proc/sys is read-only in it, and its sysctl has no effect."
            )
        elif _is_root(container) is False:
            reasons.append(f"{container.name} runs as user {container.user}: only root may write sysctls.")
    return " ".join(reasons) or None


def _notes(container: Container, host: Container) -> list[str]:
    notes = [] if host is container else [f"It shares the network namespace of {host.name}, and so its settings."]
    return [*notes, _NO_NETWORK] if host.network == "none" else notes
