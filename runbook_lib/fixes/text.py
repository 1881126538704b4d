"""Terraform and AWS CLI text from templates, with every value quoted for the language it enters."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["cli", "hcl", "terraform", "tf_name"]


def terraform(template: str, **values: Any) -> str:
    """The Terraform text of `templates/<template>.tf.j2`."""
    return _aligned(_environment().get_template(f"{template}.tf.j2").render(values).strip()) + "\n"


def cli(template: str, **values: Any) -> str:
    """The AWS CLI text of `templates/<template>.sh.j2`."""
    return _environment().get_template(f"{template}.sh.j2").render(values).strip() + "\n"


def hcl(value: str | int | bool | Iterable[str]) -> str:
    """A value as an HCL literal; in texts quotes, control characters and template sequences lose their meaning."""
    if isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, str):
        quoted = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        return quoted.replace("${", "$${").replace("%{", "%%{")
    return "[" + ", ".join(hcl(item) for item in value) + "]"


def tf_name(text: str) -> str:
    """A Terraform resource name made from any text."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    return name if re.match(r"[A-Za-z]", name) else f"r_{name}"


def _aligned(text: str) -> str:
    """Equal signs of neighbouring arguments in one column, as `terraform fmt` leaves them."""
    lines, block = text.split("\n"), list[int]()
    for number, line in enumerate([*lines, ""]):
        if re.match(r" +\w+ += ", line):
            block.append(number)
            continue
        width = max((len(lines[at].split(" = ", 1)[0].rstrip()) for at in block), default=0)
        for at in block:
            name, value = lines[at].split(" = ", 1)
            lines[at] = f"{name.rstrip():<{width}} = {value}"
        block = []
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())


def _words(values: Iterable[str]) -> str:
    return " ".join(shlex.quote(value) for value in values)


@cache
def _environment() -> Environment:
    # HTML escaping would corrupt HCL and shell; reports escape the whole text when they show it.
    made = Environment(
        loader=PackageLoader("runbook_lib.fixes"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"hcl": hcl, "tf": tf_name, "sh": shlex.quote, "words": _words, "line": _line}
    return made
