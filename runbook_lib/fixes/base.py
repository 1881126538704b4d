"""The shape of a proposed fix before it has been tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from runbook_lib.checks.base import Settings
from runbook_lib.model.finding import Finding
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit

__all__ = ["Proposal", "Proposer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change with its Terraform and AWS CLI text.

    `edits` are what the change does to a snapshot; empty when the snapshot cannot express it, and then `untried` says
    why it could not be tried. `moves` tells that the target may use another resource afterwards: then the question
    about the old one falls away, and the answer about the new one counts.
    """

    title: str
    terraform: str
    cli: str
    edits: tuple[Edit, ...]
    warnings: tuple[str, ...] = ()
    untried: str = ""
    moves: bool = False


Proposer = Callable[[View, Settings, Finding], Iterable[Proposal]]
