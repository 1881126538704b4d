"""Changes to the specification of a pod, as strategic merge patches.

First choice are the sysctls of the pod. Where the kubelet is too old for them, or a container writes other values
later, a privileged init container writes them last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from runbook_lib.keepalive.kubernetes import SAFE_SINCE
from runbook_lib.keepalive.needs import Needs, client_title, sysctl_title
from runbook_lib.keepalive.patches import nested
from runbook_lib.keepalive.pods import REFERENCE, command_of, pod_of
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, SYSCTLS, canonical

__all__ = ["pod_patches"]

_WRITER = "tcp-keepalive"


def pod_patches(
    manifest: Mapping[str, Any], path: tuple[str, ...], container: str, needs: Needs
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Title and patch of each way to change a workload, the better one first."""
    spec = pod_of(manifest, path) or {}
    head = {key: manifest[key] for key in ("apiVersion", "kind", "metadata") if key in manifest}
    for words, changes in ((_by_sysctls(spec, needs)), (_by_init_container(spec, needs))):
        if needs.so_keepalive:
            key = "initContainers" if container in _names(spec, "initContainers") else "containers"
            changes.setdefault(key, []).append({"name": container, "env": [_variable(spec, key, container)]})
            words = [*words, client_title(needs)]
        if changes or spec.get("hostNetwork") is True:
            patch = {**head, **nested(path, changes)} if changes else {}
            yield ", ".join(words), patch


def _by_sysctls(spec: Mapping[str, Any], needs: Needs) -> tuple[list[str], dict[str, Any]]:
    """The sysctls of the pod, without those that keep it from starting."""
    changes: dict[str, Any] = {}
    context = spec.get("securityContext")
    listed = context.get("sysctls") if isinstance(context, Mapping) else None
    present = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    is_host = spec.get("hostNetwork") is True
    kept: dict[str, str] = {}
    for item in present:
        name = canonical(item["name"])
        if name in SAFE_SINCE and not (is_host and name.startswith("net.")):
            kept[name] = str(item["value"])
    dropped = [canonical(item["name"]) for item in present if canonical(item["name"]) not in kept]
    if not is_host:
        kept |= {name: str(value) for name, value in needs.sysctls.items()}
    wanted = [{"name": name, "value": value} for name, value in kept.items()]
    words = [*filter(None, [sysctl_title(needs)])] if not is_host else []
    if wanted != present:
        changes["securityContext"] = {"sysctls": wanted}
    if dropped:
        words.append(f"without {', '.join(dict.fromkeys(dropped))}")
    useless = [item["name"] for item in _writers(spec) if not command_of(item).does_more]
    if useless and not is_host:
        changes["initContainers"] = [{"$patch": "delete", "name": name} for name in useless]
        words.append(f"without init container {', '.join(useless)}")
    return words, changes


def _by_init_container(spec: Mapping[str, Any], needs: Needs) -> tuple[list[str], dict[str, Any]]:
    """A privileged init container after all others."""
    context = spec.get("securityContext")
    listed = context.get("sysctls") if isinstance(context, Mapping) else None
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    others = [item for item in items if canonical(item["name"]) not in SYSCTLS.values()]
    own = {canonical(item["name"]): str(item["value"]) for item in items if item not in others}
    wanted = {**{name: int(value) for name, value in own.items() if value.isdecimal()}, **needs.sysctls}
    if not wanted:
        return [], {}
    writer = {
        "name": _WRITER,
        "image": "busybox",
        "command": ["sysctl", "-w", *(f"{name}={value}" for name, value in wanted.items())],
        "securityContext": {"privileged": True},
    }
    changes: dict[str, Any] = {"initContainers": [writer]}
    if own:
        changes["securityContext"] = {"sysctls": others}
    return [sysctl_title(replace(needs, sysctls=wanted)), "by a privileged init container"], changes


def _writers(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The init containers that write keepalive settings."""
    listed = spec.get("initContainers")
    found = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    return [item for item in found if command_of(item).writes and item.get("restartPolicy") != "Always"]


def _variable(spec: Mapping[str, Any], key: str, container: str) -> dict[str, Any]:
    """The variable of botocore; a reference that it has now must go, since it may not stand beside a value."""
    listed = spec.get(key)
    client = next((item for item in listed or () if isinstance(item, Mapping) and item["name"] == container), {})
    is_reference = any(item["value"] == REFERENCE for item in client.get("env", ()))
    return {"name": BOTOCORE_VARIABLE, "value": "true", **({"valueFrom": None} if is_reference else {})}


def _names(spec: Mapping[str, Any], key: str) -> list[str]:
    listed = spec.get(key)
    return [str(item["name"]) for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
