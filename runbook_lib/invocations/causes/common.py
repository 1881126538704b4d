"""What the causes share: the answer when nothing failed, and causes that an error message names outright."""

from __future__ import annotations

from collections.abc import Iterable

from runbook_lib.invocations.base import ErrorClass, Plausibility
from runbook_lib.invocations.case import HIDING, Case, Scale, Weighed

__all__ = ["by_class", "nothing_failed", "of_failures"]


def nothing_failed(case: Case, cause: str) -> Weighed | None:
    """The answer when no failure was seen, ruled out if the log is whole with every end; None if some failed."""
    if case.failures:
        return None
    if case.is_quiet:
        return Scale().minus(f"All {len(case.successes)} invocations succeeded.").says(cause, Plausibility.RULED_OUT)
    if not case.invocations:
        said = "No invocation was seen."
    elif case.unknown:
        said = f"No failure was seen, but {len(case.unknown)} of {len(case.invocations)} invocations have no end."
    else:
        said = "No failure was seen, but the log is not whole."
    return Scale().minus(said).says(cause, Plausibility.CANNOT_TELL)


def by_class(case: Case, cause: str, classes: Iterable[ErrorClass], what: str) -> Weighed:
    """Weigh a cause that error messages name: likely when most failures name it, ruled out when all name others."""
    quiet = nothing_failed(case, cause)
    if quiet is not None:
        return quiet
    wanted = frozenset(classes)
    found, hidden = case.failing(wanted), case.failing(HIDING - wanted)
    scale = Scale()
    if found:
        scale = scale.proof(case.kinds(wanted))
        is_most = 2 * len(found) > len(case.failures)
        return scale.says(cause, Plausibility.LIKELY if is_most else Plausibility.POSSIBLE)
    if hidden:
        verb = "does" if len(hidden) == 1 else "do"
        scale = scale.minus(f"{of_failures(case, len(hidden))} {verb} not name what went wrong.")
        return scale.says(cause, Plausibility.CANNOT_TELL)
    return scale.minus(f"No failure names {what}.").says(cause, Plausibility.RULED_OUT)


def of_failures(case: Case, count: int) -> str:
    """`3 of 5 failures`, or `The only failure`."""
    return "The only failure" if len(case.failures) == 1 else f"{count} of {len(case.failures)} failures"
