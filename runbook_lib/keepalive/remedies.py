"""Changes that make a subject safe, as exact text for its platform, each tried by reading the changed file again.

A change for a manifest is a patch: only what is different. It is laid over what was kept of the manifest, written as
YAML and read again like any manifest; a change that does not hold then is not proposed. Where nobody told whether a
client sets SO_KEEPALIVE, no manifest can: such a change is proposed with that condition in its title, and not proven.
Connections that are open already keep their timers: clients have to be started again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import yaml

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.docker_patches import changed_commands, service_patch
from runbook_lib.keepalive.docker_run import command_line
from runbook_lib.keepalive.file_patches import changed_files
from runbook_lib.keepalive.manifests import read_manifest, read_manifests
from runbook_lib.keepalive.needs import (
    Needs,
    Remedy,
    client_title,
    host_file,
    needs_of,
    on_host,
    socket_options,
    sysctl_title,
)
from runbook_lib.keepalive.patches import merged, plain
from runbook_lib.keepalive.pod_patches import patch_text, pod_patches
from runbook_lib.keepalive.pods import is_custom
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, SYSCTLS, Asked
from runbook_lib.keepalive.task_patches import task_patch, task_text
from runbook_lib.keepalive.verdict import USUAL_LIMIT_S, Safety, judge
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["Remedy", "remedies"]

_FILE = "/etc/sysctl.d/99-tcp-keepalive.conf"
_CONFIG = """from botocore.config import Config

client = boto3.client(..., config=Config(tcp_keepalive=True))
"""
_CONDITION = " (if its clients are boto3 or the AWS CLI: else the socket option decides)"
_VARIABLE = f"# in the environment of the client, for boto3 and the AWS CLI:\n# {BOTOCORE_VARIABLE}=true\n"


def remedies(subject: KeepaliveSubject, limit_s: float = USUAL_LIMIT_S) -> tuple[Remedy, ...]:
    """Changes after which the subject outlives `limit_s`: the platform's best one, then one in the client's code.

    After the first one the socket option may still decide; its title says so then, and `changed` is not safe. Empty for
    a subject that is safe already, and where no change can be shown to help: below 7/6 of a second, or where the
    platform refuses the client for another reason. UsageError unless the limit is above 0.
    """
    if judge(subject, limit_s).safety is Safety.SAFE:
        return ()
    needs = needs_of(subject, limit_s)
    if needs is None:
        return ()
    has_to_change = needs.sysctls or needs.so_keepalive or subject.refused
    written = _WRITERS[subject.platform](subject, needs) if has_to_change else ()
    tried = (_tried(one, limit_s) for one in written if one.text)
    holding = islice((one for one in tried if one), 1)
    return tuple(one for one in (*holding, _tried(socket_options(subject, needs), limit_s)) if one)


def _tried(remedy: Remedy, limit_s: float) -> Remedy | None:
    """The remedy when its subject is safe afterwards; with a condition when that hangs on the socket option alone."""
    changed = remedy.changed
    if judge(changed, limit_s).safety is Safety.SAFE:
        return remedy
    if changed.so_keepalive is None and judge(replace(changed, so_keepalive=True), limit_s).safety is Safety.SAFE:
        return replace(remedy, title=f"{remedy.title}{_CONDITION}")
    return None


def _of_pod(subject: KeepaliveSubject, needs: Needs) -> Iterator[Remedy]:
    """A patch for the workload; with hostNetwork, also the file for its nodes."""
    place = plain(subject.place)
    if "Manifest" not in place:
        return
    spec_path = tuple(place["Path"])
    for told, patch in pod_patches(place["Manifest"], spec_path, place["Container"], needs):
        text = patch_text(patch, place["File"], custom=is_custom(str(place["Manifest"].get("apiVersion") or "v1")))
        yield from _patched(subject, needs, patch, (f"{place['Kind']} {place['Name']}", told), text)


def _of_task(subject: KeepaliveSubject, needs: Needs) -> Iterator[Remedy]:
    place = plain(subject.place)
    if "Manifest" in place:
        told, patch = task_patch(place["Manifest"], place["Container"], needs)
        text = task_text(place["Manifest"], patch)
        yield from _patched(subject, needs, patch, (f"Task {place['Name']}", told), text)


def _of_service(subject: KeepaliveSubject, needs: Needs) -> Iterator[Remedy]:
    """A second Compose file."""
    place = plain(subject.place)
    services = place.get("Manifest", {}).get("services", {})
    if (name := place.get("Container")) in services:
        told, patch = service_patch(services, name, needs)
        text = _as_yaml(patch, f"# a second file: docker compose -f {place['File']} -f SECOND up")
        text = text.replace("sysctls: null", "sysctls: !reset null")
        yield from _patched(subject, needs, patch, (f"Service {name}", told), text)


def _patched(
    subject: KeepaliveSubject, needs: Needs, patch: dict[str, Any], title: tuple[str, str], shown: str
) -> Iterator[Remedy]:
    """The remedy of a patch, read again; on a host's network together with the file for the host.

    `title` is what is changed, and how; an empty text when nothing but its form is.
    """
    what, told = title
    place = plain(subject.place)
    changed = _again(subject, needs, yaml.safe_dump(merged(place["Manifest"], patch), sort_keys=False))
    if changed is None:
        return
    if _is_host(changed):
        changed = on_host(changed, needs, _FILE)
        shown = f"# on every machine that runs it\n{host_file(needs)}" + (f"\n{shown}" if shown else "")
        told = ", ".join(filter(None, (told, f"on every machine that runs it {sysctl_title(needs)}")))
    yield Remedy(title=f"{what}: {told or 'sysctls in the form that is taken'}", text=shown, changed=changed)


def _as_yaml(patch: dict[str, Any], how: str) -> str:
    return f"{how}\n{yaml.safe_dump(patch, sort_keys=False)}" if patch else ""


def _again(subject: KeepaliveSubject, needs: Needs, text: str) -> KeepaliveSubject | None:
    """The subject as it reads from the changed text, or None when the text does not hold it any more."""
    place = plain(subject.place)
    asked = Asked.of_place(place)
    # a client that was told to be off although the variable says on is not mended by the variable
    told = None if needs.so_keepalive and not place.get("Variable") else asked.so_keepalive
    version = ".".join(str(part) for part in asked.kubelet) if asked.kubelet else None
    try:
        found = read_manifest(text, place["File"], so_keepalive=told, kubelet_version=version)
    except UsageError:
        return None
    # a command without a name is known by its position
    names = list(place["Commands"]) if "Commands" in place else [one.place["Container"] for one in found]
    if place["Container"] not in names:
        return None
    same = found[names.index(place["Container"])]
    changed = replace(same, id=subject.id, pointer=subject.pointer, scope=subject.scope)
    return replace(changed, raw=changed.to_raw())


def _of_command(subject: KeepaliveSubject, needs: Needs) -> Iterator[Remedy]:
    """The commands with the options to add; on the host's network the file for the host instead of sysctls."""
    place = plain(subject.place)
    if "Commands" not in place:
        return
    commands = changed_commands(place["Commands"], place["Container"], needs)
    changed = _again(subject, needs, "\n".join(command_line(command) for command in commands.values()))
    if changed is None:
        return
    texts = [command_line(new) for name, new in commands.items() if new != place["Commands"][name]]
    text = "".join(f"{line}\n" for line in texts) + ("# and all other options as they are\n" if texts else "")
    if _is_host(changed):
        changed = on_host(changed, needs, _FILE)
        text = f"# on the host\n{host_file(needs)}{text}"
        told = ", ".join(filter(None, (client_title(needs), f"on its host {sysctl_title(needs)}")))
    else:
        told = needs.title
    yield Remedy(title=f"docker run {place['Container']}: {told}", text=text, changed=changed)


def _is_host(subject: KeepaliveSubject) -> bool:
    """True when a host's settings decide."""
    return subject.time_s is None and not subject.refused and any("own settings decide" in gap for gap in subject.gaps)


def _of_file(subject: KeepaliveSubject, needs: Needs) -> Iterator[Remedy]:
    """A file of sysctl.d that is read last; the files are read again with it."""
    files: dict[str, str] = plain(subject.place).get("Text", {})
    if not files:
        return
    added = changed_files(files, needs)
    texts = {**files, **{name: files.get(name, "") + lines for name, lines in added.items()}}
    read = read_manifests([(name, text) for name, text in texts.items() if text], so_keepalive=subject.so_keepalive)
    changed = on_host(replace(read[-1], id=subject.id), replace(needs, sysctls={}), "")
    blocks = [
        f"# {name}{', at its end' if name in files else ', a new file'}; then: sysctl --system\n{lines}"
        for name, lines in added.items()
    ]
    text = "\n".join(blocks) + (_VARIABLE if needs.so_keepalive else "")
    yield Remedy(title=f"{', '.join(added) or subject.place['File']}: {needs.title}", text=text, changed=changed)


def _of_host(subject: KeepaliveSubject, needs: Needs) -> Iterator[Remedy]:
    """A file of sysctl.d, and the variable of botocore; nothing where options of the socket win over the sysctls."""
    own = {SYSCTLS[field] for field, origin in subject.origins if field in SYSCTLS and origin.startswith("TCP_KEEP")}
    if not own.isdisjoint(needs.sysctls):
        return
    text = host_file(needs) + (_VARIABLE if needs.so_keepalive else "")
    changed = on_host(subject, needs, _FILE)
    yield Remedy(title=f"Host: {needs.title}", text=text, changed=changed)


def _of_code(subject: KeepaliveSubject, needs: Needs) -> Iterator[Remedy]:
    """`Config(tcp_keepalive=True)`, with a file of sysctl.d where the times are not safe as they are."""
    config = _CONFIG if needs.so_keepalive else ""
    file = host_file(needs)
    text = config + ("\n" if config and file else "") + "".join(f"# {line}\n" for line in file.splitlines())
    title = " and ".join(
        [*(["Config(tcp_keepalive=True)"] if config else []), *(["the sysctls of its host"] if file else [])]
    )
    changed = on_host(subject, needs, _FILE)
    if config:
        origins = dict(changed.origins) | {"so_keepalive": "Config(tcp_keepalive=True)"}
        changed = replace(changed, so_keepalive=True, origins=tuple(sorted(origins.items())))
    yield Remedy(title=title, text=text, changed=replace(changed, raw=changed.to_raw()))


_WRITERS: Mapping[Platform, Callable[[KeepaliveSubject, Needs], Iterator[Remedy]]] = {
    Platform.HOST: _of_host,
    Platform.KUBERNETES: _of_pod,
    Platform.ECS: _of_task,
    Platform.COMPOSE: _of_service,
    Platform.DOCKER_RUN: _of_command,
    Platform.SYSCTL_FILE: _of_file,
    Platform.PYTHON: _of_code,
}
