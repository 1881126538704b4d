"""How a status looks: always a symbol and a word, colour only on top."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.model.status import Status, Verdict
from runbook_lib.render.html import Markup, escape

__all__ = ["COLOURS", "MARKS", "Mark", "mark_of"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Symbol, word and the suffix of the style classes of one status."""

    symbol: str
    word: str
    style: str

    @property
    def text(self) -> str:
        """Symbol and word, for plain text and figures."""
        return f"{self.symbol} {self.word}"

    def html(self, word: str = "") -> Markup:
        """The mark as a small label, with another word if one is given; screen readers hear the word only."""
        return Markup(
            '<span class="rb-mark rb-{}"><span class="rb-symbol" aria-hidden="true">{}</span> {}</span>'
        ).format(self.style, self.symbol, escape(word or self.word))


MARKS: dict[Status, Mark] = {
    Status.FAIL: Mark("✕", "Fail", "fail"),
    Status.UNKNOWN: Mark("?", "Unknown", "unknown"),
    Status.PASS: Mark("✓", "Pass", "pass"),
    Status.NOT_APPLICABLE: Mark("–", "Not applicable", "na"),
}

# Middle tones that stand out on white and on near-black alike (at least 3:1 on both), for lines and symbols in figures.
COLOURS: dict[Status, str] = {
    Status.FAIL: "#e5484d",
    Status.UNKNOWN: "#b7791f",
    Status.PASS: "#2f9e62",
    Status.NOT_APPLICABLE: "#7d8793",
}


def mark_of(status: Status | Verdict) -> Mark:
    """The mark of a finding's status or of a verdict."""
    return MARKS[Status(status.value)]
