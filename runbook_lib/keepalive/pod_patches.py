"""Changes to the specification of a pod, as strategic merge patches.

First choice are the sysctls of the pod. Where the kubelet is too old for them, or an init container writes other values
later, a privileged init container writes them after it.

Sources (read 2026-11-21)
    Custom resources take no strategic merge patch,
    https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
    Of a Pod that exists only the images and little else can be changed,
    https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
    The template of a Job is immutable, https://kubernetes.io/docs/concepts/workloads/controllers/job/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import yaml

from runbook_lib.keepalive.kubernetes import SAFE_SINCE
from runbook_lib.keepalive.needs import Needs, client_title, sysctl_title
from runbook_lib.keepalive.patches import ORDER, nested
from runbook_lib.keepalive.pods import REFERENCE, command_of, pod_of
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, SYSCTLS, canonical

__all__ = ["patch_text", "pod_patches"]

_WRITER = "tcp-keepalive"
_FIXED = frozenset({"Pod", "Job"})


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
            order = [item["name"] for item in changes.get(f"{ORDER}{key}", ())]
            # kubectl refuses a list in another order than the one that it sets
            changes[key].sort(key=lambda item: order.index(item["name"]) if item["name"] in order else len(order))
            words = [*words, client_title(needs)]
        if changes or spec.get("hostNetwork") is True:
            patch = {**head, **nested(path, changes)} if changes else {}
            yield ", ".join(words), patch


def patch_text(patch: Mapping[str, Any], file: str, *, custom: bool) -> str:
    """A patch as it is written down, with what has to be done with it; empty when there is nothing to do."""
    if not patch:
        return ""
    kind = patch.get("kind", "Pod")
    how = f"# merge into {file}, as kubectl patch --patch-file does\n"
    if custom:
        # without a schema nobody merges lists by name, so a person does
        said = [
            f"# change these parts of {kind} in {file}; kubectl patch cannot merge such lists of a custom resource\n"
        ]
        patch = _without_directives(patch, said)
        how = "".join(said)
    elif kind in _FIXED:
        how = (
            f"# merge into {file}, as kubectl patch --local -f {file} --patch-file does; a {kind} that exists takes no "
            f"such change:\n# delete it and create it again (kubectl replace --force -f {file})\n"
        )
    return f"{how}{yaml.safe_dump(dict(patch), sort_keys=False)}"


def _without_directives(value: Any, said: list[str]) -> Any:
    """A patch without what only kubectl understands; that is `said` in words."""
    if isinstance(value, list):
        gone = [item["name"] for item in value if isinstance(item, Mapping) and "$patch" in item]
        said += [f"# take {name} away\n" for name in gone]
        return [
            _without_directives(item, said) for item in value if not (isinstance(item, Mapping) and "$patch" in item)
        ]
    if not isinstance(value, Mapping):
        return value
    part = {}
    for key, inner in value.items():
        if key.startswith(ORDER):
            said.append(f"# {key.removeprefix(ORDER)} in this order: {', '.join(item['name'] for item in inner)}\n")
        elif inner is None:
            said.append(f"# without {key}\n")
        elif (kept := _without_directives(inner, said)) != [] or inner == []:
            part[key] = kept
    return part


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
    """A privileged init container after all others that write, and before sidecars that come after those."""
    context = spec.get("securityContext")
    listed = context.get("sysctls") if isinstance(context, Mapping) else None
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    others = [item for item in items if canonical(item["name"]) not in SYSCTLS.values()]
    own = {canonical(item["name"]): str(item["value"]) for item in items if item not in others}
    wanted = {**{name: int(value) for name, value in own.items() if value.isdecimal()}, **needs.sysctls}
    if not wanted:
        return [], {}
    others_user = isinstance(context, Mapping) and any(key.startswith("runAs") for key in context)
    writer = {
        "name": _WRITER,
        "image": "busybox",
        "command": ["sysctl", "-w", *(f"{name}={value}" for name, value in wanted.items())],
        "securityContext": {"privileged": True, **({"runAsUser": 0, "runAsNonRoot": False} if others_user else {})},
    }
    changes: dict[str, Any] = {"initContainers": [writer]}
    if writers := [str(item["name"]) for item in _writers(spec) if item["name"] != _WRITER]:
        names = [name for name in _names(spec, "initContainers") if name != _WRITER]
        names.insert(names.index(writers[-1]) + 1, _WRITER)
        changes[f"{ORDER}initContainers"] = [{"name": name} for name in names]
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
