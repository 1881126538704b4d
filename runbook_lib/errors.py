"""Every error the kit raises on purpose, in one tree.

A message says what was expected, what was found and what to do, in one line.
"""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "CollectionError",
    "ConsentError",
    "FactMissing",
    "ForbiddenOperation",
    "LabError",
    "RunFailed",
    "RunbookError",
    "SandboxError",
    "UsageError",
    "unknown_name",
]


class RunbookError(Exception):
    """Base of all errors raised on purpose; its text is fit to be shown to a person."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it: the sentence, without a traceback."""
        return [str(self)]


class UsageError(RunbookError):
    """The caller asked for something that does not exist or is malformed (exit code 2)."""


def unknown_name(kind: str, word: str, known: Iterable[str]) -> UsageError:
    """The error for a name that does not exist, with the three nearest that do."""
    names = sorted(known)
    near = get_close_matches(word, names, n=3, cutoff=0.0) if names else []
    hint = f"nearest: {', '.join(near)}" if near else "there is none"
    return UsageError(f"unknown {kind} {word!r}; {hint}")


class FactMissing(RunbookError):
    """A question needs a fact that was not read, was truncated, or is referenced but absent.

    `actions` are the IAM actions that would read it, `what` names the fact in words. The engine turns this
    into an UNKNOWN finding; it never becomes a pass.
    """

    def __init__(self, what: str, *actions: str) -> None:
        super().__init__(f"{what} could not be read" + (f" (needs {', '.join(actions)})" if actions else ""))
        self.what = what
        self.actions = actions


class CollectionError(RunbookError):
    """Nothing could be collected at all: endpoint unreachable, no credentials."""


class ForbiddenOperation(RunbookError):
    """The client-side guard refused an AWS operation that is not in the table of read-only operations."""


class ConsentError(RunbookError):
    """An action needs a consent that was not given or that names something else."""


class SandboxError(RunbookError):
    """The embedded AWS did not start or died."""


class LabError(RunbookError):
    """The lab with its NAT gateway did not start or died."""


class RunFailed(RunbookError):
    """A notebook run ended without reaching its verdict."""
