"""What a value that Terraform does not know yet will be: references followed through the plan's configuration.

Only simple ones are followed: a resource's `id` (or the few attributes in `DERIVED`), one with `each.key`, a module's
variable, a module's output. Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["Configuration", "Reference", "Undecided", "simple"]

Json = Mapping[str, Any]

_RESOURCE = re.compile(r"(?P<base>[a-z][a-z0-9_]*\.[A-Za-z_][\w-]*)(?P<index>\[[^\]]*\])?(?:\.(?P<attribute>\w+))?")
_OUTPUT = re.compile(r"(?P<call>module\.[A-Za-z_][\w-]*)(?P<index>\[[^\]]*\])?\.(?P<output>[\w-]+)")
_NOT_RESOURCES = ("var.", "local.", "data.", "each.", "count.", "path.", "terraform.", "self.", "module.")


class Undecided(Exception):
    """A value of the plan is known only after apply.

    `among` are the addresses of planned resources that it must come from (without an index for all instances), or
    None when it may be anything.
    """

    def __init__(self, what: str, among: tuple[str, ...] | None = None) -> None:
        super().__init__(what)
        self.among = among


class Reference(tuple[str, str]):
    """(resource address, attribute) that a value will be."""

    __slots__ = ()


class Configuration:
    """The `configuration` of a plan: expressions by resource, followed from module to module."""

    def __init__(self, raw: Json | None) -> None:
        self._root: Json = (raw or {}).get("root_module") or {}

    def expressions(self, module: str, address: str) -> Json | None:
        """The expressions of a resource (address within its module, without index); None when it is not there."""
        for resource in self._module(module).get("resources") or ():
            if resource.get("address") == address:
                return resource.get("expressions") or {}
        return None

    def follow(self, module: str, expression: Any, key: str | None = None) -> tuple[Reference, ...]:
        """The resource attributes an expression consists of; `key` is the instance key for `each.key`.

        Raises Undecided when it is not made of simple references alone.
        """
        leaves = simple(expression)
        if not leaves:
            raise Undecided("no reference")
        if key is not None and len(leaves) == 2 and "each.key" in leaves:
            base = next(leaf for leaf in leaves if leaf != "each.key")
            if _RESOURCE.fullmatch(base) and "[" not in base and base.count(".") == 1:
                return (Reference((f"{_in(module)}{base}[{key}]", "id")),)
        found: list[Reference] = []
        for leaf in leaves:
            found.extend(self._one(module, leaf, leaves))
        return tuple(dict.fromkeys(found))

    def _one(self, module: str, leaf: str, leaves: tuple[str, ...]) -> tuple[Reference, ...]:
        if leaf.startswith("var.") and module:
            parent, _, name = module.rpartition(".module.") if ".module." in module else ("", "", module[7:])
            call = self._calls(parent).get(_bare(name)) or {}
            return self.follow(parent, (call.get("expressions") or {}).get(leaf.split(".")[1]))
        output = _OUTPUT.fullmatch(leaf)
        if output:
            child = f"{_in(module)}{output['call']}{output['index'] or ''}"
            listed = self._module(child).get("outputs") or {}
            return self.follow(child, (listed.get(output["output"]) or {}).get("expression"))
        match = _RESOURCE.fullmatch(leaf)
        if match and match["attribute"] and not leaf.startswith(_NOT_RESOURCES):
            return (Reference((f"{_in(module)}{match['base']}{match['index'] or ''}", match["attribute"])),)
        raise Undecided(leaf, _among(module, leaves))

    def _module(self, module: str) -> Json:
        found: Json = self._root
        for name in re.findall(r"module\.([\w-]+)", module):
            found = ((found.get("module_calls") or {}).get(name) or {}).get("module") or {}
        return found

    def _calls(self, module: str) -> Json:
        return self._module(module).get("module_calls") or {}


def simple(expression: Any) -> tuple[str, ...]:
    """The most specific references of an expression, in order, once each."""
    listed = list(dict.fromkeys((expression or {}).get("references") or ())) if isinstance(expression, Mapping) else []
    return tuple(ref for ref in listed if not any(other.startswith((f"{ref}.", f"{ref}[")) for other in listed))


def _among(module: str, leaves: tuple[str, ...]) -> tuple[str, ...] | None:
    """The resources a value must come from, when it is made of nothing but resources and instance keys."""
    bases = []
    for leaf in leaves:
        match = _RESOURCE.fullmatch(leaf)
        if leaf.startswith(("count.", "each.")):
            continue
        if match is None or leaf.startswith(_NOT_RESOURCES):
            return None
        bases.append(f"{_in(module)}{match['base']}")
    return tuple(bases)


def _in(module: str) -> str:
    return f"{module}." if module else ""


def _bare(name: str) -> str:
    return name.split("[", 1)[0]
