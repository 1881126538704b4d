"""Terraform plans in the shape of `terraform show -json`, made by hand: the provider is not needed.

    plan(made("aws_route.out", {"route_table_id": "rtb-main"}, nat_gateway_id="aws_nat_gateway.main.id"))

Keyword arguments are values known only after apply, given as the reference that the configuration has for them: a
text, a list of texts, or None for one that AWS computes.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["changed", "gone", "kept", "made", "plan", "replaced"]

Json = dict[str, Any]


def made(address: str, after: Json | None = None, **unknown: Any) -> Json:
    """A resource that is created; its id is unknown."""
    return _change(address, ["create"], None, after or {}, {"id": None, **unknown})


def changed(address: str, before: Json, after: Json, **unknown: Any) -> Json:
    """A resource that is updated in place; `after` is laid over `before`."""
    return _change(address, ["update"], before, {**before, **after}, unknown)


def replaced(address: str, before: Json, after: Json, **unknown: Any) -> Json:
    """A resource that is destroyed and made anew."""
    kept_ = {key: value for key, value in before.items() if key != "id"}
    return _change(address, ["delete", "create"], before, {**kept_, **after}, {"id": None, **unknown})


def gone(address: str, before: Json) -> Json:
    """A resource that is destroyed."""
    return _change(address, ["delete"], before, None, {})


def kept(address: str, values: Json) -> Json:
    """A resource without changes."""
    return _change(address, ["no-op"], values, values, {})


def plan(*changes: Json, calls: Json | None = None, **more: Any) -> Json:
    """A plan of changes; `calls` are expressions of module calls, as module name → argument → reference."""
    root: Json = {"resources": [], "module_calls": {}}
    for change in changes:
        module = _module(root, change["resource"].get("module_address") or "", calls or {})
        listed = [resource["address"] for resource in module["resources"]]
        if change["configuration"]["address"] not in listed:
            module["resources"].append(change["configuration"])
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [change["resource"] for change in changes],
        "configuration": {"root_module": root},
        **more,
    }


def _change(address: str, actions: list[str], before: Json | None, after: Json | None, unknown: Json) -> Json:
    module, own = re.fullmatch(r"(?:(module\..+)\.)?(aws_\w+\..+)", address).groups()  # type: ignore[union-attr]
    base = re.sub(r"\[[^\]]*\]$", "", own)
    index = re.search(r'\[(?:"([^"]*)"|(\d+))\]$', own)
    resource: Json = {
        "address": address,
        "mode": "managed",
        "type": base.split(".")[0],
        "name": base.split(".")[1],
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {name: _mark(value) for name, value in unknown.items()},
        },
    }
    if module:
        resource["module_address"] = module
    if index:
        resource["index"] = index[1] if index[1] is not None else int(index[2])
    constants = {name: {"constant_value": value} for name, value in (after or {}).items()}
    references = {name: _expression(value) for name, value in unknown.items() if value is not None}
    return {"resource": resource, "configuration": {"address": base, "expressions": {**constants, **references}}}


def _mark(value: Any) -> Any:
    return value["unknown"] if isinstance(value, dict) else True


def _expression(value: Any) -> Any:
    if isinstance(value, dict):
        return value["expressions"]
    listed = [value] if isinstance(value, str) else value
    return {"references": [part for reference in listed for part in _with_prefixes(reference)]}


def _with_prefixes(reference: str) -> list[str]:
    """`aws_x.y[0].id` → itself, `aws_x.y[0]`, `aws_x.y`, as Terraform lists them."""
    found = re.fullmatch(r"((?:data\.)?(?:aws_\w+|module)\.[\w-]+)(\[[^\]]*\])?(\.\w+)?", reference)
    if not found:
        return [reference]
    base, index, attribute = found.groups()
    parts = [base, *([base + index] if index else []), *([reference] if attribute else [])]
    return list(dict.fromkeys(reversed(parts)))


def _module(root: Json, address: str, calls: Json) -> Json:
    found = root
    for name in re.findall(r"module\.([\w-]+)", address):
        expressions = {argument: _expression(value) for argument, value in calls.get(name, {}).items()}
        call = {"expressions": expressions, "module": {"resources": [], "module_calls": {}}}
        found = found["module_calls"].setdefault(name, call)["module"]
    return found
