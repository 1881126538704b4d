"""Kubernetes workloads → one subject per container, with the values that the pod's network namespace will have.

A pod has its own network namespace, which starts at the kernel's defaults whatever the node says, unless it uses the
node's (`hostNetwork`). All containers of a pod share it. Settings come from the security context of the pod, then from
privileged init containers in order; what is written last stands. What sidecars and containers write themselves comes
when clients may be connected already.

Sources (read 2026-11-21)
    Safe sysctls and the versions since which they are, https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/
    and https://kubernetes.io/docs/reference/node/kernel-version-requirements
    What the kubelet refuses, https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/sysctl/allowlist.go
    "may not be specified when 'hostNetwork' is true", no name twice, values are texts:
    https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go
    Pods do not inherit the node's values, https://github.com/kubernetes/kubernetes/issues/71358
    The form of a name, https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go
    postStart runs beside the command of its container,
    https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
    Sidecars, https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runbook_lib.keepalive.pods import command_of, cut_out, hook_of, pod_of
from runbook_lib.keepalive.powers import power_of
from runbook_lib.keepalive.settings import SYSCTLS, Asked, Write, assemble, canonical, is_open, later, told_by, write_of
from runbook_lib.keepalive.sysctl_commands import Commands
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["SAFE_SINCE", "read_workload"]

SAFE_SINCE: Mapping[str, tuple[int, int]] = {
    "kernel.shm_rmid_forced": (1, 4),
    "net.ipv4.ip_local_port_range": (1, 4),
    "net.ipv4.tcp_syncookies": (1, 4),
    "net.ipv4.ping_group_range": (1, 21),
    "net.ipv4.ip_unprivileged_port_start": (1, 22),
    "net.ipv4.ip_local_reserved_ports": (1, 27),
    "net.ipv4.tcp_keepalive_time": (1, 29),
    "net.ipv4.tcp_fin_timeout": (1, 29),
    "net.ipv4.tcp_keepalive_intvl": (1, 29),
    "net.ipv4.tcp_keepalive_probes": (1, 29),
    "net.ipv4.tcp_rmem": (1, 32),
    "net.ipv4.tcp_wmem": (1, 32),
}
"""Sysctl → the version of Kubernetes since which every pod may set it."""

_NODE_DECIDES = "hostNetwork is true: the node's own settings decide, and they are not in this file."
_WINDOWS = (
    "Windows has no sysctls: its registry (KeepAliveTime) or the socket option decides, which is not in this file."
)
_NAME = re.compile(r"(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?")
_ON_NODE = "sets the node's own value, which pods with a network namespace of their own do not inherit"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """What a command does, the container that runs it, and its name for people."""

    told: Commands
    container: Mapping[str, Any]
    who: str


@dataclass(slots=True)
class _Pod:
    """What was found out about the namespace of one pod; `sidecars` are those that start after so many writes."""

    is_host: bool = False
    is_windows: bool = False
    unset: str = ""
    writes: list[Write] = field(default_factory=list)
    sidecars: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_workload(
    document: Mapping[str, Any], path: tuple[str, ...], *, file: str, index: int, asked: Asked
) -> tuple[KeepaliveSubject, ...]:
    """One subject per container and sidecar of a workload whose pods are specified at `path`; none if it has none."""
    manifest = cut_out(document, path)
    spec = pod_of(manifest, path) or {}
    metadata = manifest["metadata"]
    title = "/".join(metadata[key] for key in ("namespace", "name") if key in metadata) or "without a name"
    kind = manifest.get("kind", "Pod")
    pod = _pod(spec, f"{file}: {kind} {title}", asked)
    found = []
    for container in _clients(spec):
        name = container["name"]
        env = next((item["value"] for item in container.get("env", ())), None)
        found.append(
            assemble(
                subject=f"{file}: {kind} {title}, container {name}",
                platform=Platform.KUBERNETES,
                writes=_seen_by(name, pod),
                told=told_by(asked.so_keepalive, env, where=f"the environment of container {name}"),
                unset=pod.unset,
                refused=" ".join(pod.refused) or None,
                notes=pod.notes,
                place={"File": file, "Document": index, "Kind": kind, "Name": title, "Container": name,
                       "Path": list(path), "Manifest": manifest, **asked.to_place()},
            )
        )  # fmt: skip
    return tuple(found)


def _seen_by(name: str, pod: _Pod) -> list[Write]:
    """The writes as one container sees them: a sidecar may have connections when later init containers write."""
    start = pod.sidecars.get(name, len(pod.writes))
    before = pod.writes[:start]
    return before + [later(before, write, write.origin, unset=pod.unset) for write in pod.writes[start:]]


def _clients(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The containers that run as long as the pod does; init containers only when they are sidecars."""
    for container in _items(spec, "initContainers"):
        if container.get("restartPolicy") == "Always":
            yield container
    containers = spec.get("containers")
    if isinstance(containers, str):
        yield {"name": containers}
    for container in _items(spec, "containers"):
        yield container


def _items(spec: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The containers under a key; one that a template prints has its expression as its name."""
    told = spec.get(key)
    items = told if isinstance(told, list) else []
    return [item if isinstance(item, Mapping) else {"name": item} for item in items]


def _pod(spec: Mapping[str, Any], place: str, asked: Asked) -> _Pod:
    told = spec.get("hostNetwork")
    pod = _Pod(is_host=told is True)
    named = spec.get("os", {}).get("name") or spec.get("nodeSelector", {}).get("kubernetes.io/os")
    pod.is_windows = named == "windows"
    if pod.is_windows:
        pod.unset = _WINDOWS
    elif pod.is_host:
        pod.unset = _NODE_DECIDES
    else:
        pod.unset = _put_in(spec)
    _sysctls(pod, spec, place, asked)
    _commands(pod, spec, place)
    if pod.is_windows:
        pod.writes.clear()
    elif isinstance(told, str) and is_open(told):
        gap = f"hostNetwork is {told}, put in elsewhere: if it is true, the node's own settings decide."
        pod.writes = _all_open(gap, "hostNetwork")
    elif told is not None and not isinstance(told, bool):
        pod.refused.append(
            f"hostNetwork is {str(told)[:40]!r} and neither true nor false: the API server refuses the pod."
        )
    return pod


def _put_in(spec: Mapping[str, Any]) -> str:
    """Why a setting that is not seen may be set all the same, or an empty text: a template prints more there."""
    context = spec.get("securityContext")
    sysctls = context.get("sysctls") if isinstance(context, Mapping) else context
    printed = [key for key in (*spec, *(context if isinstance(context, Mapping) else ())) if "{{" in key]
    if isinstance(sysctls, list):
        names = [item if isinstance(item, str) else item["name"] for item in sysctls]
        printed += [name for name in names if is_open(name)]
    elif sysctls:
        printed.append(sysctls)
    inits = spec.get("initContainers")
    printed += [inits] if isinstance(inits, str) else [item for item in inits or () if isinstance(item, str)]
    return f"the keepalive sysctls may be in {printed[0]}, put in elsewhere." if printed else ""


def _sysctls(pod: _Pod, spec: Mapping[str, Any], place: str, asked: Asked) -> None:
    """The writes of the security context, and what the API server or the kubelet refuses."""
    context = spec.get("securityContext")
    listed = context.get("sysctls") if isinstance(context, Mapping) else None
    seen: set[str] = set()
    for item in listed if isinstance(listed, list) else ():
        if not isinstance(item, Mapping):
            continue
        name, value = canonical(item["name"]), item["value"]
        if not is_open(name) and not _NAME.fullmatch(item["name"]):
            pod.refused.append(f"{item['name'][:60]!r} is no name of a sysctl: the API server refuses the pod.")
        write = write_of(name, value, origin="securityContext.sysctls", place=place)
        if reason := _refusal(name, value, pod, asked, is_second=name in seen):
            pod.refused.append(reason)
        seen.add(name)
        if write and not pod.is_host:
            pod.writes.append(write)
            if asked.kubelet is None and not pod.is_windows:
                pod.notes.append(
                    "A kubelet before 1.29 refuses the keepalive sysctls; the kernel must be 4.5 or later."
                )


def _refusal(name: str, value: object, pod: _Pod, asked: Asked, *, is_second: bool) -> str:
    """Why the pod would not start with this sysctl, or an empty text."""
    if is_open(name):
        return ""
    if pod.is_windows:
        return f"the API server refuses {name} in a pod for Windows."
    if is_second and not is_open(value):
        return f"{name} stands twice in securityContext.sysctls: the API server refuses the pod."
    if not isinstance(value, str):
        return f"the value of {name} must be a text in quotes: the API server refuses a number."
    if pod.is_host and name.startswith("net."):
        return f"the API server refuses {name} beside hostNetwork: true."
    since = SAFE_SINCE.get(name)
    if since is None:
        return (
            f"{name} is not a safe sysctl: the kubelet refuses the pod (SysctlForbidden) unless "
            "--allowed-unsafe-sysctls names it."
        )
    if asked.kubelet and asked.kubelet < since:
        return (
            f"{name} is safe since Kubernetes {since[0]}.{since[1]}: a kubelet {asked.kubelet[0]}.{asked.kubelet[1]} "
            "refuses the pod unless --allowed-unsafe-sysctls names it."
        )
    return ""


def _commands(pod: _Pod, spec: Mapping[str, Any], place: str) -> None:
    """The writes of the commands: of init containers in their order, then of what runs beside the clients."""
    beside: list[_Command] = []
    for key, word in (("initContainers", "init container"), ("containers", "container")):
        for container in _items(spec, key):
            command = _Command(told=command_of(container), container=container, who=f"{word} {container['name']}")
            if key == "initContainers" and container.get("restartPolicy") != "Always":
                pod.writes += _writes(pod, spec, command, place)
            else:
                if key == "initContainers":
                    pod.sidecars[str(container["name"])] = len(pod.writes)
                hook = _Command(told=hook_of(container), container=container, who=f"postStart of {command.who}")
                beside += [command, hook]
    before = tuple(pod.writes)
    for command in beside:
        found = _writes(pod, spec, command, place)
        pod.writes += [later(before, write, command.who, unset=pod.unset) for write in found]


def _writes(pod: _Pod, spec: Mapping[str, Any], command: _Command, place: str) -> list[Write]:
    """The writes of one command, where its container has the power to write."""
    told, who = command.told, command.who
    if not told.writes:
        return []
    power, reason = power_of(command.container, spec)
    if power is False:
        pod.refused.append(f"{who} {reason}, and its sysctl has no effect.")
        return []
    if told.on_node or pod.is_host:
        pod.notes.append(f"{who} {_ON_NODE}.")
        if not pod.is_host:
            return []
    read = [write_of(name, value, origin=who, place=place) for name, value in told.settings]
    found = [write for write in read if write]
    if told.is_unreadable:
        found = [*_all_open(f"{who} runs sysctl with values that are not in this file.", who), *found]
    if power is None:
        gap = f"{who} writes it if it {reason}, which is put in elsewhere."
        found = [Write(field=write.field, value=None, origin=who, gap=gap) for write in found]
    return found


def _all_open(gap: str, origin: str) -> list[Write]:
    return [Write(field=field, value=None, origin=origin, gap=gap) for field in SYSCTLS]
