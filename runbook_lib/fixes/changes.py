"""One change that could heal a path, and the Terraform and AWS CLI statements it is written in."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from runbook_lib.fixes.text import hcl, tf_name
from runbook_lib.model.fact import Network
from runbook_lib.network.whatif import Edit

__all__ = ["Change", "Limit", "aws", "resource"]


class Limit(Enum):
    """How narrow a kind of change can be made: to a port, to addresses (a stateless way back), to a route."""

    PORT = "port"
    ADDRESS = "address"
    ROUTE = "route"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change with its texts and what it does to a snapshot (`edits` empty: the snapshot cannot express it).

    `meant` are destinations that the change cannot but open beside the one asked for (a prefix list); `receivers` is
    the security group or network ACL behind which others receive the flow too: it names senders only. `untried` says
    why a change without edits could not be tried.
    """

    title: str
    terraform: str
    cli: str
    edits: tuple[Edit, ...] = ()
    warnings: tuple[str, ...] = ()
    untried: str = ""
    limit: Limit = Limit.PORT
    meant: tuple[Network, ...] = ()
    receivers: str | None = None


Value = str | int | bool | Iterable[str] | Mapping[str, Any] | None


def resource(kind: str, name: str, /, **arguments: Value) -> str:
    """A Terraform resource block; arguments that are None are left out, mappings become nested blocks."""
    body = _body({key: value for key, value in arguments.items() if value is not None}, "  ")
    return f'resource "{kind}" "{tf_name(name)}" {{\n{body}}}\n'


def _body(arguments: Mapping[str, Any], indent: str) -> str:
    plain = {key: value for key, value in arguments.items() if not isinstance(value, Mapping)}
    width = max((len(key) for key in plain), default=0)
    lines = [f"{indent}{key:<{width}} = {hcl(value)}\n" for key, value in plain.items()]
    for key, value in arguments.items():
        if isinstance(value, Mapping):
            lines.append(f"{indent}{key} {{\n{_body(value, indent + '  ')}{indent}}}\n")
    return "".join(lines)


def aws(command: str, region: str, **options: Any) -> str:
    """An AWS CLI command such as `ec2 create-route`; True is a bare flag, mappings and lists of them become JSON."""
    words = ["aws", *command.split(), "--region", region]
    for key, value in options.items():
        if value is None:
            continue
        words.append(f"--{key.replace('_', '-')}")
        if value is True:
            continue
        if isinstance(value, Mapping) or (isinstance(value, list) and value and isinstance(value[0], Mapping)):
            words.append(json.dumps(value))
        else:
            words.extend(str(item) for item in (value if isinstance(value, list | tuple) else [value]))
    return " ".join(shlex.quote(word) for word in words) + "\n"
