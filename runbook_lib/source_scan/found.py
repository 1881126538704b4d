"""What a scan gathers, and which literals look like secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from runbook_lib.model.source import SourcePlace, SourceRule

__all__ = ["Found", "SecretKind", "Unparsed", "words_of_comment"]

SecretKind = Callable[[str, str], str | None]
"""From the name that a value is given, empty when it has none, and the value, to what it looks like; None: harmless."""

_SHORTEST = 8
_LONGEST = 4096
_FILLED_IN = re.compile(
    r"\$?\{[^{}]*\}|<[^<>]*>|%\(\w+\)s|%s|\*{3,}|x{4,}|(?<=:)(?:pass(?:w(?:or)?d)?|pwd|secret)(?=@)", re.IGNORECASE
)
# What manuals and templates write where a secret goes.
_STAND_INS = ("example", "your", "dummy", "placeholder", "changeme", "change-me", "change_me", "redacted", "fixme")
# Those of one word say nothing of the next: a host named example is no reason to overlook the password before it.
_WORD = re.compile(r"[^\s@;,]+")
# Whoever hands keys to a client writes them out, be they those of a manual.
_IS_AWS_KEY = re.compile(r"(?:aws_?)?(?:access_?key(?:_?id)?|secret_?access_?key|session_?token)", re.IGNORECASE)
_MADE_UP = re.compile(r"(?=.*[A-Za-z])(?=.*[\d!@#$%^&*+=])[^\s\\()\[\]|]+")
# Names that are as sure as this: a cookie, a signature or a session may be named in any code.
_SURE_NAME = re.compile(
    r"[\w.-]*(?:passw|passphrase|pwd|secret|token|credential|(?:api|auth|access|private)[_.-]?key)[\w.-]*",
    re.IGNORECASE,
)


class Unparsed(Exception):
    """Source that is not what its file name says; the text is the reason, with the line."""


@dataclass(slots=True)
class Found:
    """What was found in one file so far. `secret_kind` tells what a literal looks like."""

    secret_kind: SecretKind
    handlers: list[str] = field(default_factory=list)
    _details: dict[tuple[int, SourceRule], list[str]] = field(default_factory=dict)

    def add(self, line: int, rule: SourceRule, detail: str) -> None:
        """A place; what is said twice of a line is kept once."""
        told = self._details.setdefault((line, rule), [])
        if detail not in told:
            told.append(detail)

    def literal(self, line: int, label: str, value: str) -> None:
        """A text of the source under the name it is given; kept as what it looks like, without the text."""
        if _IS_AWS_KEY.fullmatch(label) and (kind := self.secret_kind("", value[:_LONGEST])) is not None:
            self.add(line, SourceRule.SECRET, f"{label} looks like this: {kind}")
            return
        shown = _WORD.sub(_without_stand_ins, _FILLED_IN.sub(" ", value[:_LONGEST]))
        if len(shown.strip()) < _SHORTEST:
            return
        kind = self.secret_kind("", shown)
        if kind is not None:
            self.add(line, SourceRule.SECRET, f"{label or 'a text'} looks like this: {kind}")
        elif _SURE_NAME.fullmatch(label) and _MADE_UP.fullmatch(shown) and self.secret_kind(label, shown) is not None:
            self.add(line, SourceRule.SECRET, f"{label} announces a secret and is written out")

    @property
    def places(self) -> tuple[SourcePlace, ...]:
        """One place per line and rule, in order."""
        return tuple(
            SourcePlace(line=line, rule=rule, detail="; ".join(details))
            for (line, rule), details in sorted(self._details.items())
        )


def _without_stand_ins(word: re.Match[str]) -> str:
    lowered = word[0].lower()
    return " " if any(stand_in in lowered for stand_in in _STAND_INS) else word[0]


def words_of_comment(text: str) -> Iterator[str]:
    """The words of a comment, without the quotes around them."""
    for word in text.split():
        yield word.strip("\"'`,;()[]")
