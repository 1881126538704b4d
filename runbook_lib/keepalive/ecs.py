"""Amazon ECS task definitions → one subject per container.

Read: what `register-task-definition` takes and `describe-task-definition` prints, a list of container definitions, a
CloudFormation template with its tasks and services, and the same names in the spelling of Terraform.

Sources (read 2026-11-21)
    systemControls: in awsvpc they are the whole task's, and the container started last decides; not supported with
    host, with Windows, and on Fargate before platform version 1.4.0,
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SystemControl.html
    The mode is bridge unless given, and awsvpc on Fargate,
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
    LATEST is 1.4.0, https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from runbook_lib.keepalive.settings import (
    BOTOCORE_VARIABLE,
    Asked,
    Write,
    agreed,
    assemble,
    canonical,
    is_open,
    later,
    told_by,
    write_of,
)
from runbook_lib.keepalive.task_commands import PUT_IN, command_part, value_of, writes_of
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["read_tasks", "tasks_in"]

_HOST = "network mode host: the instance's own settings decide, and they are not in this file."
_WINDOWS = (
    "Windows has no sysctls: its registry (KeepAliveTime) or the socket option decides, which is not in this file."
)
_LOST = "the keepalive sysctls may be in the systemControls of"
_FARGATE = "On Fargate this needs platform version 1.4.0 or later (LATEST is)."


def tasks_in(document: Any) -> list[dict[str, Any]]:
    """What decides the keepalive settings of each task definition in a document, in one spelling."""
    if isinstance(document, list):
        if _are_containers(document):
            return [_cut_out({"containerDefinitions": document}, "")]
        return [task for item in document if isinstance(item, Mapping) for task in tasks_in(item)]
    if not isinstance(document, Mapping):
        return []
    found = value_of(document, "taskDefinition")
    if isinstance(found, Mapping) and value_of(found, "containerDefinitions"):
        return [_cut_out({**found, **_beside(document)}, "")]
    if value_of(document, "containerDefinitions"):
        return [_cut_out(document, "")]
    resources = document.get("Resources")
    return list(_of_template(resources)) if isinstance(resources, Mapping) else []


def read_tasks(document: Any, *, file: str, index: int, asked: Asked) -> tuple[KeepaliveSubject, ...]:
    """One subject per container of every task definition in a document; none if it holds none."""
    return tuple(subject for task in tasks_in(document) for subject in _read(task, file=file, index=index, asked=asked))


def _read(task: Mapping[str, Any], *, file: str, index: int, asked: Asked) -> Iterator[KeepaliveSubject]:
    mode = _mode(task)
    title = task.get("logicalId") or task.get("family") or "without a family"
    containers = task["containerDefinitions"]
    by_container = {
        item["name"]: _writes(item, f"{file}: task {title}, container {item['name']}") for item in containers
    }
    shared = agreed((name, write) for name, writes in by_container.items() for write in writes)
    unset, refused = _unset(task, mode), _refused(task, mode)
    is_applied = not unset and not refused
    if not unset and (lost := [item["name"] for item in containers if _is_put_in(item)]):
        unset = f"{_LOST} {lost[0]}, put in elsewhere."
    made = {item["name"]: writes_of(item, f"{file}: task {title}", is_fargate=_is_fargate(task)) for item in containers}
    useless = " ".join(filter(None, [refused, *(reason for _, reason in made.values())]))
    for item in containers:
        name = item["name"]
        writes = shared if mode == "awsvpc" else by_container[name]
        sharers = made if mode == "awsvpc" else [name]
        late = [later(writes, write, write.origin, unset=unset) for each in sharers for write in made[each][0]]
        env = next((pair["value"] for pair in item.get("environment", ())), None)
        yield assemble(
            subject=f"{file}: task {title}, container {name}",
            platform=Platform.ECS,
            writes=[*writes, *late] if is_applied else (),
            told=told_by(asked.so_keepalive, env, where=f"the environment of container {name}"),
            unset=unset,
            refused=useless or None,
            notes=_notes(task, mode, writes),
            place={"File": file, "Document": index, "Name": title, "Container": name, "Manifest": task,
                   **asked.to_place()},
        )  # fmt: skip


def _of_template(resources: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The task definitions of a CloudFormation template, with the platform version of the services that use them."""
    typed = [(str(name), told) for name, told in resources.items() if isinstance(told, Mapping)]
    services = [told.get("Properties") for _, told in typed if told.get("Type") == "AWS::ECS::Service"]
    for name, told in typed:
        properties = told.get("Properties")
        if told.get("Type") != "AWS::ECS::TaskDefinition" or not isinstance(properties, Mapping):
            continue
        used = [item for item in services if isinstance(item, Mapping) and _refers(item.get("TaskDefinition"), name)]
        seen: list[dict[str, Any]] = []
        for beside in map(_beside, used or [{}]):
            if beside not in seen:
                seen.append(beside)
                yield _cut_out({**properties, **beside}, name)


def _refers(told: Any, name: str) -> bool:
    """True for a reference to a resource, as JSON or as YAML writes it."""
    return re.search(rf"\b{re.escape(name)}\b", json.dumps(told, default=str)) is not None


def _cut_out(task: Mapping[str, Any], logical_id: str) -> dict[str, Any]:
    """A task definition with what decides its keepalive settings, in the API's spelling; the rest stays away."""
    part: dict[str, Any] = {"logicalId": logical_id} if logical_id else {}
    for key in ("family", "networkMode", "platformVersion"):
        if (value := value_of(task, key)) is not None:
            part[key] = value if isinstance(value, str) else PUT_IN
    types = (
        value_of(task, "requiresCompatibilities")
        or value_of(task, "compatibilities")
        or value_of(task, "launchType")
        or []
    )
    part["requiresCompatibilities"] = [str(item).upper() for item in (types if isinstance(types, list) else [types])]
    platform = value_of(task, "runtimePlatform")
    platform = platform[0] if isinstance(platform, list) and platform else platform
    family = value_of(platform, "operatingSystemFamily") if isinstance(platform, Mapping) else None
    part |= {"runtimePlatform": {"operatingSystemFamily": str(family)}} if family else {}
    part["containerDefinitions"] = [_container(item, at) for at, item in enumerate(_containers(task), 1)]
    return part


def _containers(task: Mapping[str, Any]) -> list[Any]:
    """The container definitions; Terraform's state and plan hold them as JSON in a text."""
    told = value_of(task, "containerDefinitions")
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except (ValueError, RecursionError):
            return [told]
    return [item for item in told if item] if isinstance(told, list) else [told]


def _container(item: Any, number: int) -> dict[str, Any]:
    """One container definition; `${...}` stands for system controls that are put in elsewhere."""
    if not isinstance(item, Mapping) or not (value_of(item, "name") or value_of(item, "image")):
        return {"name": f"({number})", "systemControls": PUT_IN}
    part: dict[str, Any] = {"name": str(value_of(item, "name") or f"({number})")}
    controls = value_of(item, "systemControls")
    if isinstance(controls, list):
        part["systemControls"] = [_control(control) for control in controls]
    elif controls is not None:
        part["systemControls"] = PUT_IN
    part |= command_part(item)
    environment = value_of(item, "environment")
    for pair in environment if isinstance(environment, list) else ():
        if isinstance(pair, Mapping) and value_of(pair, "name") == BOTOCORE_VARIABLE:
            value = value_of(pair, "value")
            known = str(value) if isinstance(value, str | bool) else PUT_IN
            part["environment"] = [{"name": BOTOCORE_VARIABLE, "value": known}]
    return part


def _control(control: Any) -> dict[str, Any] | str:
    name, value = value_of(control, "namespace"), value_of(control, "value")
    if not isinstance(name, str) or is_open(name):
        return PUT_IN
    return {"namespace": name, "value": value if isinstance(value, str | int) else PUT_IN}


def _controls(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The system controls of a container that are in the file."""
    told = item.get("systemControls", ())
    return [dict(control) for control in told if isinstance(control, Mapping)]


def _is_put_in(item: Mapping[str, Any]) -> bool:
    """True when a container has system controls that are not in the file."""
    told = item.get("systemControls", ())
    return told == PUT_IN or PUT_IN in told


def _writes(item: Mapping[str, Any], place: str) -> list[Write]:
    found = [
        write_of(control["namespace"], control["value"], origin=f"systemControls of {item['name']}", place=place)
        for control in _controls(item)
    ]
    return [write for write in found if write]


def _mode(task: Mapping[str, Any]) -> str:
    """The network mode that the tasks will have."""
    return "awsvpc" if _is_fargate(task) else str(task.get("networkMode") or "bridge").lower()


def _is_fargate(task: Mapping[str, Any]) -> bool:
    return task["requiresCompatibilities"] == ["FARGATE"] or bool(task.get("platformVersion"))


def _unset(task: Mapping[str, Any], mode: str) -> str:
    """Why the values are not in the file at all, or an empty text."""
    family = task.get("runtimePlatform", {}).get("operatingSystemFamily", "")
    if family.upper().startswith("WINDOWS"):
        return _WINDOWS
    version = task.get("platformVersion")
    if is_open(version) and _named(task):
        return f"the platform version is {version}, put in elsewhere; before 1.4.0 Fargate applies no systemControls."
    if is_open(mode):
        return f"the network mode is {mode}, put in elsewhere; with host, the instance's own settings decide."
    return _HOST if mode == "host" else ""


def _refused(task: Mapping[str, Any], mode: str) -> str | None:
    """Why ECS does not apply the system controls, or None."""
    if not _named(task):
        return None
    if mode == "host":
        return "ECS does not support network systemControls in network mode host."
    if task.get("runtimePlatform", {}).get("operatingSystemFamily", "").upper().startswith("WINDOWS"):
        return "ECS does not support systemControls in Windows containers."
    version = re.fullmatch(r"(\d+)\.(\d+)(?:\.\d+)?", task.get("platformVersion", ""))
    if version and (int(version[1]), int(version[2])) < (1, 4):
        return f"Fargate platform version {version.group()} does not support systemControls; 1.4.0 and later do."
    return None


def _named(task: Mapping[str, Any]) -> list[str]:
    """The system controls of the network in all containers of a task."""
    named = [canonical(control["namespace"]) for item in task["containerDefinitions"] for control in _controls(item)]
    return [name for name in named if name.startswith("net.")]


def _notes(task: Mapping[str, Any], mode: str, writes: list[Write]) -> list[str]:
    notes = [_FARGATE] if _is_fargate(task) and writes and not task.get("platformVersion") else []
    if mode == "none":
        notes.append("Network mode none: it has no connections to the outside.")
    if mode == "awsvpc" and writes and len(task["containerDefinitions"]) > 1:
        notes.append("The containers of the task share one network namespace, and so these settings.")
    return notes


def _beside(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a service says of the tasks it starts."""
    keys = ("platformVersion", "launchType")
    found = {key: value_of(told, key) for key in keys}
    return {key: value if isinstance(value, str) else PUT_IN for key, value in found.items() if value is not None}


def _are_containers(told: list[Any]) -> bool:
    return bool(told) and all(
        isinstance(item, Mapping) and value_of(item, "name") and value_of(item, "image") for item in told
    )
