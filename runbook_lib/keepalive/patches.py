"""Changes as maps that are laid over a manifest, as `kubectl patch` and a second Compose file do.

Sources (read 2026-11-21)
    A new thing comes first in its list, and not last,
    https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
    `$setElementOrder` and `$patch`,
    https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["ORDER", "merged", "nested", "plain"]

ORDER = "$setElementOrder/"
"""Before the key of a list of named things in a patch: the order that the things have afterwards."""

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

    None takes a key away, `$patch: delete` a named thing out of its list. New things come first in a list, unless the
    patch sets an order.
    """
    if isinstance(patch, Mapping) and (base is None or isinstance(base, Mapping)):
        start = base or {}
        new = {
            name: _ordered(merged(start.get(name), value, name), patch.get(f"{ORDER}{name}", ()))
            for name, value in patch.items()
            if value is not None and not name.startswith("$")
        }
        return {name: value for name, value in {**start, **new}.items() if patch.get(name, value) is not None}
    if not isinstance(patch, list) or key not in _BY_NAME:
        return plain(patch)
    found = {str(item["name"]): item for item in base or () if isinstance(item, Mapping)} if base else {}
    added: dict[str, Any] = {}
    for item in patch:
        name = str(item["name"])
        if item.get("$patch") == "delete":
            found.pop(name, None)
        else:
            (found if name in found else added)[name] = merged(found.get(name), item)
    return [*added.values(), *found.values()]


def _ordered(value: Any, order: Iterable[Mapping[str, Any]]) -> Any:
    """A list of named things in an order; the rest comes after those."""
    names = [item["name"] for item in order]
    if not names:
        return value
    return sorted(value, key=lambda item: names.index(item["name"]) if item["name"] in names else len(names))
