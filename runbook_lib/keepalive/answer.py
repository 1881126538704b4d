"""Every subject with its verdict and the changes that would make it safe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runbook_lib.keepalive.remedies import remedies
from runbook_lib.keepalive.verdict import USUAL_LIMIT_S, Judged, Safety, judge, overall
from runbook_lib.model.keepalive import KeepaliveSubject

__all__ = ["Answer", "Answered", "ProvenFix", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenFix:
    """A change for one platform as text, and whether the subject is safe once it is read again with it."""

    title: str
    text: str
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One subject, the verdict on it, and its fixes; none where it is safe."""

    subject: KeepaliveSubject
    judged: Judged
    fixes: tuple[ProvenFix, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that `runbook keepalive --json` gives for a subject."""
        told = self.subject
        return {
            "subject": told.id,
            "time_s": told.time_s,
            "interval_s": told.interval_s,
            "probes": told.probes,
            "so_keepalive": told.so_keepalive,
            "effective_period_s": told.period_s,
            "verdict": self.judged.safety.value,
            "reason": self.judged.reason,
            "fixes": [{"title": fix.title, "text": fix.text, "proven": fix.proven} for fix in self.fixes],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All subjects in the order in which they were read, behind a device that forgets after `limit_s`."""

    limit_s: float
    subjects: tuple[Answered, ...]

    @property
    def safety(self) -> Safety:
        """The verdict on all of them."""
        return overall(one.judged for one in self.subjects)

    def to_json(self) -> dict[str, Any]:
        """What `runbook keepalive --json` prints."""
        return {"subjects": [one.to_json() for one in self.subjects], "verdict": self.safety.value}


def answer(subjects: Iterable[KeepaliveSubject], limit_s: float = USUAL_LIMIT_S) -> Answer:
    """Judge subjects and try their fixes. UsageError unless the limit is above 0."""
    return Answer(limit_s=limit_s, subjects=tuple(_answered(one, limit_s) for one in subjects))


def _answered(subject: KeepaliveSubject, limit_s: float) -> Answered:
    judged = judge(subject, limit_s)
    fixes = () if judged.safety is Safety.SAFE else remedies(subject, limit_s)
    tried = (
        ProvenFix(title=fix.title, text=fix.text, proven=judge(fix.changed, limit_s).safety is Safety.SAFE)
        for fix in fixes
    )
    return Answered(subject=subject, judged=judged, fixes=tuple(tried))
