"""The part of a Kubernetes workload that decides its keepalive settings, cut out of the rest.

A manifest holds much that is nobody's business here, secrets in its environment among it. What is kept is what the
verdict reads, in the same shape, so that the part can be changed, written as YAML and read again.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ (read 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE
from runbook_lib.keepalive.sysctl_commands import Commands, commands_in

__all__ = ["POD_PATHS", "REFERENCE", "command_of", "cut_out", "hook_of", "is_custom", "pod_of"]

REFERENCE = "${valueFrom}"
"""The value of a variable that is taken from a ConfigMap, a Secret or a field."""

_TEMPLATE = ("spec", "template", "spec")

POD_PATHS: Mapping[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "Deployment": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "ReplicaSet": _TEMPLATE,
    "ReplicationController": _TEMPLATE,
    "Job": _TEMPLATE,
    "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
    "PodTemplate": ("template", "spec"),
}
"""Kind → where the specification of its pods stands."""

_CUSTOM = re.compile(r"(?!.*\.k8s\.io/).*\..*/.*")
_USER = ("runAsUser", "runAsNonRoot")


def is_custom(version: str) -> bool:
    """True for an API version that is not one of Kubernetes itself, such as `argoproj.io/v1alpha1`."""
    return _CUSTOM.fullmatch(version) is not None


def pod_of(document: Mapping[str, Any], path: Iterable[str]) -> Any:
    """What stands at a path, or None."""
    found: Any = document
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def cut_out(document: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The document with its kind, its name and what decides the keepalive settings of its pods."""
    told = document.get("metadata")
    metadata = {key: str(told[key]) for key in ("name", "namespace") if isinstance(told, Mapping) and told.get(key)}
    part: dict[str, Any] = _pod(pod_of(document, path))
    for key in reversed(path):
        part = {key: part}
    head = {key: str(document[key]) for key in ("apiVersion", "kind") if document.get(key)}
    return {**head, "metadata": metadata, **part}


def command_of(container: Mapping[str, Any]) -> Commands:
    """What the command of a container does."""
    return commands_in([*_words(container.get("command")), *_words(container.get("args"))])


def hook_of(container: Mapping[str, Any]) -> Commands:
    """What the command does that runs as soon as a container has started."""
    return commands_in(_words(pod_of(container, ("lifecycle", "postStart", "exec", "command"))))


def _pod(spec: Any) -> dict[str, Any]:
    if not isinstance(spec, Mapping):
        return {"containers": _marker(spec)} if spec else {}
    part: dict[str, Any] = _expressions(spec)
    if "hostNetwork" in spec:
        part["hostNetwork"] = _scalar(spec["hostNetwork"])
    for key, inner in (("os", "name"), ("nodeSelector", "kubernetes.io/os")):
        if isinstance(spec.get(key), Mapping) and inner in spec[key]:
            part[key] = {inner: _scalar(spec[key][inner])}
    if context := _context(spec.get("securityContext")):
        part["securityContext"] = context
    for key in ("initContainers", "containers"):
        if isinstance(spec.get(key), list):
            part[key] = [_container(item) for item in spec[key] if item]
        elif spec.get(key):
            part[key] = _marker(spec[key])
    return part


def _context(context: Any) -> Any:
    """The sysctls and the user of a pod's security context; a text where a template puts them in."""
    if not isinstance(context, Mapping):
        return _marker(context) if context else None
    part: dict[str, Any] = _expressions(context) | {key: _scalar(context[key]) for key in _USER if key in context}
    sysctls = context.get("sysctls")
    if isinstance(sysctls, list):
        part["sysctls"] = [_sysctl(item) for item in sysctls if item]
    elif sysctls:
        part["sysctls"] = _marker(sysctls)
    return part


def _sysctl(item: Any) -> Any:
    if not isinstance(item, Mapping) or "name" not in item:
        return _marker(item)
    return {"name": str(_scalar(item["name"])), "value": _scalar(item.get("value"))}


def _container(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return _marker(item)
    part: dict[str, Any] = {"name": str(_scalar(item.get("name")) or "?"), **_expressions(item)}
    if item.get("restartPolicy"):
        part["restartPolicy"] = _scalar(item["restartPolicy"])
    context = item.get("securityContext")
    if isinstance(context, Mapping):
        known = {key: _scalar(context[key]) for key in ("privileged", "procMount", *_USER) if key in context}
        part |= {"securityContext": {**_expressions(context), **known}} if known or _expressions(context) else {}
    elif context:
        part["securityContext"] = _marker(context)
    command = command_of(item)
    if command.writes:
        part["command"] = command.script()
    hook = hook_of(item)
    if hook.writes:
        part["lifecycle"] = {"postStart": {"exec": {"command": hook.script()}}}
    if environment := _environment(item.get("env")):
        part["env"] = environment
    return part


def _environment(env: Any) -> list[dict[str, Any]]:
    """The variable of botocore, where a container sets it; the last one counts."""
    found = [item for item in env if isinstance(item, Mapping)] if isinstance(env, list) else []
    values = [item for item in found if item.get("name") == BOTOCORE_VARIABLE]
    if not values:
        return []
    last = values[-1]
    value = REFERENCE if last.get("valueFrom") else _scalar(last.get("value"))
    return [{"name": BOTOCORE_VARIABLE, "value": "" if value is None else str(value)}]


def _words(told: Any) -> list[str]:
    items = told if isinstance(told, list) else [told] if told else []
    return [str(item) for item in items if isinstance(item, str | int)]


def _expressions(spec: Mapping[str, Any]) -> dict[str, str]:
    """The expressions that print more keys into a map."""
    return {str(key): str(key) for key in spec if isinstance(key, str) and "{{" in key}


def _scalar(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else "${...}"


def _marker(value: Any) -> str:
    """A text for what is put in where a list or map was expected."""
    inner = next(iter(value), "") if isinstance(value, Mapping) else value
    return inner if isinstance(inner, str) and "{{" in inner else "${...}"
