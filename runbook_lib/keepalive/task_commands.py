"""What the commands of an ECS task's containers do to the keepalive settings once they run.

ECS starts a container with its systemControls; a command that writes the same settings does so when the containers of
the task may have connections already. Only root in a privileged container can.

Source: privileged (not on Fargate), user, entryPoint and command,
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook_lib.keepalive.settings import SYSCTLS, Write, is_open, write_of
from runbook_lib.keepalive.sysctl_commands import commands_in

__all__ = ["PUT_IN", "command_part", "value_of", "writes_of"]

PUT_IN = "${...}"
"""The value of what is put in elsewhere."""

_ROOT = ("", "0", "root")


def value_of(told: Any, key: str) -> Any:
    """The value of a key in the spelling of the API, of CloudFormation or of Terraform; None when it is not there."""
    if not isinstance(told, Mapping):
        return None
    if key in told:
        return told[key]
    wanted = key.lower()
    return next((value for name, value in told.items() if str(name).replace("_", "").lower() == wanted), None)


def command_part(container: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a container's command: what it does to the settings, and who runs it; nothing of any other."""
    words = [word for key in ("entryPoint", "command") for word in _words(value_of(container, key))]
    commands = commands_in(words)
    if not commands.writes:
        return {}
    told = {key: value_of(container, key) for key in ("privileged", "user")}
    kept = {key: value if isinstance(value, str | int) else PUT_IN for key, value in told.items() if value is not None}
    return {**kept, "command": commands.script()}


def writes_of(container: Mapping[str, Any], place: str, *, is_fargate: bool) -> tuple[list[Write], str]:
    """The writes of a container's command, and why it has no effect (empty: it has, or writes nothing)."""
    commands = commands_in(container.get("command", ()))
    if not commands.writes:
        return [], ""
    name, who = container["name"], f"the command of {container['name']}"
    privileged, user = container.get("privileged", False), str(container.get("user", ""))
    if is_fargate or str(privileged).lower() in ("false", "0"):
        why = "Fargate runs no privileged containers" if is_fargate else f"{name} is not privileged"
        return [], f"{why}: /proc/sys is read-only in it, and its sysctl has no effect."
    if not is_open(user) and user.partition(":")[0] not in _ROOT:
        return [], f"{name} runs as user {user}: only root may write sysctls, and its sysctl has no effect."
    if commands.is_unreadable or commands.on_node or is_open(privileged) or is_open(user):
        gap = f"{name} runs sysctl with values, or as a user, that are not in this file."
        return [Write(field=field, value=None, origin=who, gap=gap) for field in SYSCTLS], ""
    found = [write_of(key, value, origin=who, place=place) for key, value in commands.settings]
    return [write for write in found if write], ""


def _words(told: Any) -> list[str]:
    return [str(word) for word in told if isinstance(word, str | int)] if isinstance(told, list) else []
