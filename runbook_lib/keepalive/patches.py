"""Changes as maps that are laid over a manifest, as `kubectl patch` and a second Compose file do.

Source: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["merged", "nested", "plain"]

_BY_NAME = frozenset({"containers", "initContainers", "env", "containerDefinitions", "environment"})


def plain(value: Any) -> Any:
    """A copy in dictionaries and lists, whatever kind of map or sequence it was kept in."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def nested(path: tuple[str, ...], inner: Any) -> Any:
    """`inner` at a path of keys."""
    for key in reversed(path):
        inner = {key: inner}
    return inner


def merged(base: Any, patch: Any, key: str = "") -> Any:
    """What `base` is after a patch: maps grow together, lists of named things by their names, all else is replaced.

    None takes a key away, `$patch: delete` a named thing out of its list.
    """
    if isinstance(base, Mapping) and isinstance(patch, Mapping):
        gone = {name for name, value in patch.items() if value is None}
        new = {name: merged(base.get(name), value, name) for name, value in patch.items() if name not in gone}
        return {**{name: value for name, value in base.items() if name not in gone}, **new}
    if not isinstance(patch, list) or key not in _BY_NAME:
        return plain(patch)
    found = {str(item["name"]): item for item in base or () if isinstance(item, Mapping)} if base else {}
    for item in patch:
        name = str(item["name"])
        if item.get("$patch") == "delete":
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), item)
    return list(found.values())
