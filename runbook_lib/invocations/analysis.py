"""From invocations and what is known beside them to bursts, a pattern and ranked causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from runbook_lib.invocations.base import Burst, Hypothesis, Invocation, Outcome, Pattern, Plausibility, is_whole
from runbook_lib.invocations.bursts import bursts_of
from runbook_lib.invocations.case import Case, Weighed
from runbook_lib.invocations.causes import CAUSES
from runbook_lib.invocations.known import Known
from runbook_lib.invocations.patterns import pattern_of

__all__ = ["Analysis", "analyse"]

_ORDER = tuple(Plausibility)
_SHOWN = 120
_HIDDEN = "No START was seen at all: what succeeded may have left no line, so nothing tells how failures are spread."
_TITLES = {cause.name: cause.title for cause in CAUSES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What the log and the facts beside it say.

    `explanation` says how the pattern was decided; `hypotheses` are ranked, `proofs` counts what speaks for each and
    for nothing else, by cause.
    """

    invocations: tuple[Invocation, ...]
    bursts: tuple[Burst, ...]
    pattern: Pattern
    p_value: float | None
    explanation: str
    hypotheses: tuple[Hypothesis, ...]
    proofs: dict[str, int]
    gaps: tuple[str, ...]
    unplaced_failures: int = 0

    def count(self, outcome: Outcome) -> int:
        """How many invocations ended this way."""
        return sum(item.outcome is outcome for item in self.invocations)

    @property
    def exit_code(self) -> int:
        """0 healthy, 1 failures found (or proven where the log does not show them), 3 could not tell."""
        has_failed = self.count(Outcome.FAILURE) or self.unplaced_failures
        if has_failed or any(item.verdict is Plausibility.LIKELY for item in self.hypotheses):
            return 1
        return 0 if self.pattern is Pattern.HEALTHY and is_whole(self.gaps) else 3

    @property
    def leading(self) -> tuple[Hypothesis, ...]:
        """The causes that fit best and equally well: one is an answer, several are an ambiguity, none is no answer."""
        fitting = [item for item in self.hypotheses if item.verdict in (Plausibility.LIKELY, Plausibility.POSSIBLE)]
        best = [item for item in fitting if item.verdict is fitting[0].verdict]
        most = max((self.proofs[item.cause] > 0 for item in best), default=False)
        return tuple(item for item in best if (self.proofs[item.cause] > 0) == most)

    @property
    def conclusion(self) -> str:
        """One sentence: the cause, the ambiguity, or that it cannot be told."""
        titles = [_TITLES[item.cause] for item in self.leading]
        if not titles:
            return self._without_cause()
        if len(titles) > 1:
            return f"Ambiguous: {', '.join(titles[:-1])} and {titles[-1]} fit equally well."
        word = "The likely cause" if self.leading[0].verdict is Plausibility.LIKELY else "A possible cause"
        return f"{word} is {titles[0]}."

    def _without_cause(self) -> str:
        if self.count(Outcome.FAILURE):
            last = Counter(item.detail for item in self.invocations if item.outcome is Outcome.FAILURE and item.detail)
            most = f" Most failures say: {last.most_common(1)[0][0][:_SHOWN]}" if last else ""
            return f"Nothing that was read tells the cause.{most}"
        if self.unplaced_failures:
            return "At least one invocation failed; which one, the log does not tell."
        if self.exit_code == 0:
            return "Nothing failed."
        if not self.invocations:
            return "No invocation was seen."
        unknown = [item for item in self.invocations if item.outcome is Outcome.UNKNOWN]
        in_doubt = sum(item.detail is not None for item in unknown)
        reasons = [f"{in_doubt} logged an error that may or may not have been handled"] if in_doubt else []
        reasons += [f"{len(unknown) - in_doubt} ends were not seen"] if len(unknown) > in_doubt else []
        return f"No failure was seen, but {' and '.join(reasons) or 'the log is not whole'}."

    def to_json(self) -> dict[str, Any]:
        """The logs answer of the contract, with `conclusion` beside it."""
        return {
            "invocations": [item.to_json() for item in self.invocations],
            "bursts": [burst.to_json() for burst in self.bursts],
            "pattern": self.pattern.value,
            "hypotheses": [item.to_json() for item in self.hypotheses],
            "gaps": list(self.gaps),
            "conclusion": self.conclusion,
        }


def analyse(invocations: Iterable[Invocation], gaps: Iterable[str], known: Known) -> Analysis:
    """The analysis of invocations in any order; `gaps` are what could not be read or understood."""
    bursts = bursts_of(invocations)
    listed = tuple(item for burst in bursts for item in burst.invocations)
    judged = pattern_of(bursts)
    if known.log_hides_successes:
        judged = replace(judged, pattern=Pattern.TOO_FEW, p_value=None, text=_HIDDEN)
        bursts = tuple(replace(burst, pattern=Pattern.TOO_FEW, p_value=None) for burst in bursts)
    case = Case(invocations=listed, bursts=bursts, pattern=judged.pattern, known=known)
    weighed = _ranked(cause.weigh(case) for cause in CAUSES)
    return Analysis(
        invocations=listed,
        bursts=bursts,
        pattern=judged.pattern,
        p_value=judged.p_value,
        explanation=judged.text,
        hypotheses=tuple(replace(item.hypothesis, rank=rank) for rank, item in enumerate(weighed, 1)),
        proofs={item.hypothesis.cause: item.proofs for item in weighed},
        gaps=tuple(gaps),
        unplaced_failures=known.unplaced_failures,
    )


def _ranked(weighed: Iterable[Weighed]) -> list[Weighed]:
    """Best supported first: by verdict, then proofs, then what speaks for and against; equal ones keep their order."""

    def order(item: Weighed) -> tuple[int, int, int]:
        hypothesis = item.hypothesis
        balance = len(hypothesis.opposing) - len(hypothesis.supporting)
        return (_ORDER.index(hypothesis.verdict), -item.proofs, balance)

    return sorted(weighed, key=order)
