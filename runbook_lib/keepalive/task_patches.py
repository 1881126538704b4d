"""Changes to an ECS task definition: the parts of a new revision that differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from runbook_lib.keepalive.needs import Needs, client_title, sysctl_title
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, canonical

__all__ = ["task_patch", "task_text"]

_PLATFORM = "1.4.0"


def task_patch(task: Mapping[str, Any], container: str, needs: Needs) -> tuple[str, dict[str, Any]]:
    """Title and patch. The containers of a task in awsvpc get the same values, where they set any."""
    is_host = str(task.get("networkMode", "")).lower() == "host" and not task.get("platformVersion")
    words: list[str] = []
    patches = []
    for item in task["containerDefinitions"]:
        change: dict[str, Any] = {"name": item["name"]}
        controls = _controls(item, needs, is_client=item["name"] == container, is_host=is_host)
        if controls is not None:
            change["systemControls"] = controls
            words = ["without network systemControls" if is_host else sysctl_title(needs)]
        if needs.so_keepalive and item["name"] == container:
            change["environment"] = [{"name": BOTOCORE_VARIABLE, "value": "true"}]
        patches += [change] if len(change) > 1 else []
    words += [client_title(needs)] if needs.so_keepalive else []
    patch: dict[str, Any] = {"containerDefinitions": patches} if patches else {}
    version = str(task.get("platformVersion", ""))
    if version[:1].isdigit() and version != _PLATFORM:
        patch["platformVersion"] = _PLATFORM
        words.append(f"platform version {_PLATFORM}")
    return ", ".join(words), patch


def task_text(task: Mapping[str, Any], patch: Mapping[str, Any]) -> str:
    """The patch as it is written down: JSON of the API, or YAML for the resource of a CloudFormation template."""
    version = patch.get("platformVersion")
    part = {key: value for key, value in patch.items() if key != "platformVersion"}
    after = f"# and in the service that runs it: platform version {version}\n" if version else ""
    if not part:
        return after
    if logical_id := task.get("logicalId"):
        resource = {"Resources": {logical_id: {"Properties": _capital(part)}}}
        return yaml.safe_dump(resource, sort_keys=False) + after
    return json.dumps(part, indent=2) + "\n" + after


def _capital(value: Any) -> Any:
    """The same with keys as CloudFormation spells them."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: _capital(item) for key, item in value.items()}
    return [_capital(item) for item in value] if isinstance(value, list) else value


def _controls(item: Mapping[str, Any], needs: Needs, *, is_client: bool, is_host: bool) -> list[dict[str, Any]] | None:
    """The system controls that a container gets, or None when they stay."""
    told = item.get("systemControls", [])
    present = [dict(control) for control in told if isinstance(control, Mapping)]
    if is_host:
        kept = [control for control in present if not canonical(control["namespace"]).startswith("net.")]
        return kept if kept != present else None
    kept = [control for control in present if canonical(control["namespace"]) not in needs.sysctls]
    if not needs.sysctls or not (is_client or len(kept) < len(present) or not isinstance(told, list)):
        return None
    wanted = kept + [{"namespace": name, "value": str(value)} for name, value in needs.sysctls.items()]
    return wanted if wanted != told else None
