"""What a JSON document of Terraform says: a state, what `output -json` printed, or what `show -json` printed.

State: https://developer.hashicorp.com/terraform/language/state. The printed forms:
https://developer.hashicorp.com/terraform/internals/json-format (read 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runbook_lib.collect.redact import REDACTED, redact, redact_text
from runbook_lib.errors import UsageError
from runbook_lib.model.fact import Raw

__all__ = ["Told", "items_of", "told_by"]

FORMAT = 4

# Shorter texts are words that anything may equal.
_SHORTEST = 4
# What a secret object also holds and everybody may see: ids, ARNs, addresses, Regions and zones.
_PUBLIC = re.compile(
    r"[a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17})|arn:aws[a-z-]*:\S+|\d+(?:\.\d+){3}(?:/\d+)?"
    r"|(?:[a-z]{2}|eusc)(?:-[a-z]+)+-\d[a-z]?"
)
# A number with fewer digits is also a port, a size or a part of an id: it is hidden where it is the whole value.
_LONG_NUMBER = re.compile(r"\d{6,}")
_ACCOUNT_DIGITS = 12
_ENVIRONMENT = re.compile(r"(?:^|_)(?:environment|env|env_vars|variables)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One document. `flaw` says why its outputs cannot be relied on, empty when they can.

    `outputs` maps names to objects with `value` and `sensitive`, secrets included: only `items_of` may leave this
    module's callers. `is_state` is False for what a command printed, which has no serial.
    """

    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    is_state: bool = False
    serial: int | None = None
    lineage: str | None = None
    terraform_version: str | None = None
    flaw: str = ""


def told_by(document: Any, place: str) -> Told:
    """What a document says; `place` is its name for messages. Raises UsageError when it is none of the three forms."""
    if not isinstance(document, Mapping):
        raise UsageError(
            f"{place}: expected a Terraform state or what `terraform output -json` printed for all outputs"
        )
    if "encrypted_data" in document:
        return Told(is_state=True, flaw="the state is encrypted; only the program that wrote it can read it")
    if isinstance(document.get("version"), int):
        return _state(document, place)
    if isinstance(document.get("format_version"), str):
        return _shown(document, place)
    if not document:
        raise UsageError(
            f"{place} holds no state: it is {{}}, which Terraform prints and reports success for where there is none; "
            "give the folder where `terraform apply` ran, or run `terraform output -json` there"
        )
    return Told(outputs=_outputs(document, place), secrets=_secret_outputs(document))


def items_of(outputs: Mapping[str, Any], secrets: Iterable[str]) -> tuple[Raw, ...]:
    """The outputs as the snapshot keeps them, by name.

    A sensitive one has no value. In the others everything that equals or holds one of `secrets`, or looks like a
    secret, is REDACTED, and so are values of environment variables. Of numbers only long ones are looked for inside a
    text, and the account of an ARN stays: else no id would be what it is.
    """
    known = frozenset(text for text in secrets if len(text) >= _SHORTEST and not _PUBLIC.fullmatch(text))
    return tuple(_item(name, outputs[name], known) for name in sorted(outputs))


def _item(name: str, output: Mapping[str, Any], secrets: frozenset[str]) -> Raw:
    if output.get("sensitive"):
        return {"Name": name, "Sensitive": True}
    value = redact("", {"Key": name, "Value": output.get("value")})["Value"]
    return {"Name": name, "Value": _hidden(value, secrets, _is_environment(name, value)), "Sensitive": False}


def _hidden(value: Any, secrets: frozenset[str], is_environment: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            _without(name, secrets): _hidden(item, secrets, is_environment or _is_environment(name, item))
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_hidden(item, secrets, is_environment) for item in value]
    if isinstance(value, str):
        return REDACTED if is_environment and value else _without(value, secrets)
    return REDACTED if _is_number(value) and (is_environment or str(value) in secrets) else value


def _is_environment(name: str, value: Any) -> bool:
    return isinstance(value, Mapping | list) and _ENVIRONMENT.search(name) is not None


def _without(text: str, secrets: frozenset[str]) -> str:
    if text in secrets:
        return REDACTED
    for number in (secret for secret in secrets if _LONG_NUMBER.fullmatch(secret)):
        # Between two colons twelve digits are the account of an ARN.
        found = rf"(?<!:){number}|{number}(?!:)" if len(number) == _ACCOUNT_DIGITS else number
        text = re.sub(found, REDACTED, text)
    return redact_text(text, (secret for secret in secrets if not secret.isdecimal()))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _state(document: Mapping[str, Any], place: str) -> Told:
    version = document["version"]
    serial, lineage, program = (document.get(name) for name in ("serial", "lineage", "terraform_version"))
    if version < FORMAT and "backend" in document:
        raise UsageError(f"{place} says where the state is kept, it is not the state itself")
    about: dict[str, Any] = {
        "is_state": True,
        "serial": serial if type(serial) is int else None,
        "lineage": lineage if isinstance(lineage, str) else None,
        "terraform_version": program if isinstance(program, str) else None,
    }
    if version != FORMAT:
        older = "an apply with Terraform 0.12 or later writes format 4" if version < FORMAT else "it is not known"
        return Told(**about, flaw=f"the state has format {version}, expected {FORMAT}; {older}")
    outputs = document.get("outputs")
    if not isinstance(outputs, Mapping):
        raise UsageError(f"{place}: a state of format {FORMAT} without its object of outputs")
    secrets = _secret_outputs(outputs) | frozenset(_texts(_secret_attributes(document)))
    return Told(**about, outputs=_outputs(outputs, place), secrets=secrets)


def _shown(document: Mapping[str, Any], place: str) -> Told:
    if "planned_values" in document or "resource_changes" in document:
        raise UsageError(f"{place} is a plan, not a state; outputs are those of `terraform output -json`")
    values = document.get("values")
    if not isinstance(values, Mapping):
        raise UsageError(f"{place} holds no state: `terraform show` found none; run it where `terraform apply` ran")
    outputs = values.get("outputs", {})
    if not isinstance(outputs, Mapping):
        raise UsageError(f"{place}: the outputs are not an object")
    secrets = _secret_outputs(outputs) | frozenset(_texts(_masked_resources(values.get("root_module"))))
    program = document.get("terraform_version")
    return Told(
        outputs=_outputs(outputs, place),
        secrets=secrets,
        terraform_version=program if isinstance(program, str) else None,
    )


def _outputs(document: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    for name, output in document.items():
        if not isinstance(output, Mapping) or not ("value" in output or "type" in output):
            raise UsageError(
                f"{place}: {name!r} is not an output with its value; expected a Terraform state or what "
                "`terraform output -json` printed"
            )
    return document


def _secret_outputs(outputs: Mapping[str, Any]) -> frozenset[str]:
    values = (output.get("value") for output in outputs.values() if isinstance(output, Mapping))
    marks = (output.get("sensitive") for output in outputs.values() if isinstance(output, Mapping))
    return frozenset(_texts(value for value, is_secret in zip(values, marks, strict=True) if is_secret))


def _secret_attributes(document: Mapping[str, Any]) -> Iterator[Any]:
    """The values that the paths in `sensitive_attributes` lead to."""
    for resource in _objects(document.get("resources")):
        for instance in _objects(resource.get("instances")):
            for path in instance.get("sensitive_attributes") or ():
                yield _at(instance.get("attributes"), path)


def _at(value: Any, path: Any) -> Any:
    """What a path leads to; where it leads into a set, everything there."""
    for step in path if isinstance(path, list) else ():
        key = step.get("value") if isinstance(step, Mapping) else None
        key = key.get("value") if isinstance(key, Mapping) else key
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return value if isinstance(value, list) else None
    return value


def _masked_resources(module: Any) -> Iterator[Any]:
    """The values that `sensitive_values` marks, in a module and those it calls."""
    if isinstance(module, Mapping):
        for resource in _objects(module.get("resources")):
            yield from _masked(resource.get("values"), resource.get("sensitive_values"))
        for child in _objects(module.get("child_modules")):
            yield from _masked_resources(child)


def _masked(value: Any, mask: Any) -> Iterator[Any]:
    if mask is True:
        yield value
    elif isinstance(mask, Mapping) and isinstance(value, Mapping):
        for name, part in mask.items():
            yield from _masked(value.get(name), part)
    elif isinstance(mask, list) and isinstance(value, list):
        for item, part in zip(value, mask, strict=False):
            yield from _masked(item, part)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else iter(())


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif _is_number(value):
            yield str(value)
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, list):
            yield from _texts(value)
