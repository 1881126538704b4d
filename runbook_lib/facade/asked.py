"""What a step is about, and AWS CLI commands as lines for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from runbook_lib.errors import FactMissing
from runbook_lib.model.target import Target
from runbook_lib.network.view import View

__all__ = ["Asked", "aws", "filter_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a step is about: the facts, the target, the services and the bucket asked for, and the profile in use.

    `hops` are the components that traced paths pass, as (hop kind, id), in their order.
    """

    view: View
    target: Target
    services: tuple[str, ...]
    bucket: str = ""
    profile: str = ""
    hops: tuple[tuple[str, str], ...] = ()


def aws(
    asked: Asked, vpc_id: str, command: str, *arguments: str, also: Sequence[Sequence[str]] = (), query: str = ""
) -> str:
    """One command, an option to a line; `command` ends with the option that the arguments belong to, if any.

    `also` are further lines of options.
    """
    words, _, option = command.rpartition(" ") if arguments else (command, "", "")
    options = [[option, *arguments]] if arguments else []
    options += [[*line] for line in also]
    with suppress(FactMissing):
        options.append(["--region", asked.view.region_of(vpc_id)])
    options += [["--profile", asked.profile]] if asked.profile else []
    options += [["--query", query]] if query else []
    return " \\\n    ".join([f"aws {words}", *(shlex.join(option) for option in options)])


def filter_words(name: str, values: Sequence[str]) -> str:
    """One filter of a describe command."""
    return f"Name={name},Values={','.join(values)}"
