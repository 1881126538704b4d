"""From the signs of one invocation to its outcome and the root of its failure.

The rule, strongest first:

1. Lambda's own word: a status other than success, `Task timed out`, `RequestId: … Error: …`, a failed initialisation.
2. The runtime's record of an uncaught exception. It makes a failure even beside a status `success`, because Lambda
   counts a returned exception as a finished invocation.
3. An error of the taxonomy that was logged at ERROR or above, or as the record of an exception without a level, and
   that does not speak of another attempt: the handler gave up on something and returned. For whoever waits for the
   upload this is a failure.
4. An error that may or may not have been dealt with (`DOUBTFUL` in `applications`): unknown, with that line.
5. Otherwise an invocation with a whole end is a success. A retry logged as a warning that then went well is one.
6. No end, half an end, a line that breaks off where a failure would be named, an error that may belong to it or to
   another: unknown.

The class names the root: an error of the taxonomy before `endpoint_unreachable`, that before `retries_exhausted`, that
before `function_timeout` and the other ends. What was only logged as a retry explains a timeout or an exhausted budget;
what was in doubt explains an exception of no known class too. Among equals the strongest sign counts, then the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runbook_lib.invocations.applications import Sign, Strength
from runbook_lib.invocations.base import ErrorClass, Outcome
from runbook_lib.invocations.platform import Report
from runbook_lib.invocations.taxonomy import ROOTS

__all__ = ["Verdict", "has_run_out_of_memory", "verdict_of"]


class Verdict(NamedTuple):
    """The outcome, and for a failure its root. The detail of an unknown one is the error that leaves it in doubt."""

    outcome: Outcome
    error_class: ErrorClass | None = None
    destination: str | None = None
    detail: str | None = None


_SUCCESS = Verdict(Outcome.SUCCESS)
_SPECIFIC = ROOTS - {ErrorClass.ENDPOINT_UNREACHABLE}
_EXPLAINED_BY_RETRIES = frozenset(
    {ErrorClass.FUNCTION_TIMEOUT, ErrorClass.RETRIES_EXHAUSTED, ErrorClass.ENDPOINT_UNREACHABLE}
)
_VAGUE = (
    ErrorClass.ENDPOINT_UNREACHABLE,
    ErrorClass.RETRIES_EXHAUSTED,
    ErrorClass.INIT_FAILURE,
    ErrorClass.FUNCTION_TIMEOUT,
    ErrorClass.APPLICATION_ERROR,
    ErrorClass.RUNTIME_EXIT,
)
_NEARLY_ALL = 0.95


def verdict_of(signs: Sequence[Sign], *, is_ended: bool, is_certain: bool) -> Verdict:
    """The outcome; `signs` in the order of their lines, `is_certain` False when a failure may have gone unseen."""
    if not signs and is_ended and is_certain:
        return _SUCCESS
    failing = [sign for sign in signs if sign.strength > Strength.DOUBTFUL]
    doubtful = [sign for sign in signs if sign.strength is Strength.DOUBTFUL]
    if not failing and doubtful:
        return Verdict(Outcome.UNKNOWN, detail=doubtful[-1].detail)
    if not failing:
        return Verdict(Outcome.SUCCESS if is_ended and is_certain else Outcome.UNKNOWN)
    root = _root(failing, signs)
    return Verdict(Outcome.FAILURE, root.error_class, _destination(root, signs), root.detail)


def has_run_out_of_memory(report: Report, was_killed: bool) -> bool:
    """Whether a runtime that exited did so for want of memory: all of it was used, or nearly all and it was killed."""
    used, size = report.memory_used_mb, report.memory_size_mb
    return bool(used and size) and (used or 0) >= (size or 0) * (_NEARLY_ALL if was_killed else 1)


def _root(failing: Sequence[Sign], signs: Sequence[Sign]) -> Sign:
    specific = [sign for sign in failing if sign.error_class in _SPECIFIC]
    if not specific:
        least = _least_that_explains(failing)
        specific = [sign for sign in signs if sign.error_class in _SPECIFIC and sign.strength >= least]
    if specific:
        strongest = max(sign.strength for sign in specific)
        return [sign for sign in specific if sign.strength == strongest][-1]
    vaguest = min(_VAGUE.index(sign.error_class) for sign in failing)
    return [sign for sign in failing if sign.error_class is _VAGUE[vaguest]][-1]


def _least_that_explains(failing: Sequence[Sign]) -> Strength:
    """How strong a sign must be to name the root of failures that name none themselves."""
    classes = {sign.error_class for sign in failing}
    if classes <= _EXPLAINED_BY_RETRIES:
        return Strength.QUIET
    return Strength.DOUBTFUL if classes <= {*_EXPLAINED_BY_RETRIES, ErrorClass.APPLICATION_ERROR} else Strength.LOGGED


def _destination(root: Sign, signs: Sequence[Sign]) -> str | None:
    """The destination of the root; failing that, of another sign of the same error or of the same chain of errors."""
    kin = {root.error_class, *(_CHAINED if root.error_class in _NETWORK else ())}
    named = [sign.destination for sign in signs if sign.destination and sign.error_class in kin]
    return root.destination or (named[-1] if named else None)


_CHAINED = (ErrorClass.ENDPOINT_UNREACHABLE, ErrorClass.RETRIES_EXHAUSTED)
_NETWORK = frozenset(
    {
        ErrorClass.CONNECT_TIMEOUT,
        ErrorClass.READ_TIMEOUT,
        ErrorClass.CONNECTION_RESET,
        ErrorClass.CONNECTION_REFUSED,
        ErrorClass.CONNECTION_CLOSED,
        ErrorClass.DNS,
        ErrorClass.TLS,
        *_CHAINED,
    }
)
