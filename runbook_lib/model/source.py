"""What a scan of a function's source code found: file by file, never a value that may be a secret."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope, listed, texts

__all__ = ["Language", "SourceFile", "SourcePlace", "SourceRule"]


class Language(StrEnum):
    """The languages that are read."""

    PYTHON = "python"
    JAVASCRIPT = "javascript"
    TYPESCRIPT = "typescript"

    @property
    def runs_on_node(self) -> bool:
        """True for what the Node.js runtimes run."""
        return self is not Language.PYTHON


class SourceRule(StrEnum):
    """What is looked for in source code."""

    SECRET = "secret"
    SDK_V2 = "sdk-v2"
    EVENT_LOOP = "event-loop"
    CLIENT_IN_HANDLER = "client-in-handler"
    NO_TIMEOUT = "no-timeout"
    DEFAULT_TIMEOUT = "default-timeout"
    NO_ERROR_HANDLING = "no-error-handling"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SourcePlace:
    """A place where a rule found something; `detail` is a clause about it, without any literal of the source."""

    line: int
    rule: SourceRule
    detail: str

    def to_raw(self) -> dict[str, Any]:
        """The object of a snapshot that reads back as this."""
        return {"Line": self.line, "Rule": self.rule.value, "Detail": self.detail}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile(Fact):
    """One file of source code; `id` is its path inside the folder that was scanned.

    `handlers` are the names of the functions that look like a Lambda handler, `places` what was found, by line.
    `unread` says why the file was not read, with the line where there is one; then nothing is known about it.
    `language` is None for a folder that was not read.
    """

    KEY: ClassVar[str] = "SourceFindings"
    OPERATION: ClassVar[str] = "source:Scan"
    TYPE: ClassVar[str] = "Source::File"

    language: Language | None
    handlers: tuple[str, ...]
    places: tuple[SourcePlace, ...]
    unread: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["File"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            language=Language(raw["Language"]) if raw["Language"] is not None else None,
            handlers=texts(raw.get("Handlers")),
            places=tuple(
                SourcePlace(line=int(item["Line"]), rule=SourceRule(item["Rule"]), detail=item["Detail"])
                for item in listed(raw, "Findings")
            ),
            unread=raw.get("Unread"),
        )

    def to_raw(self) -> dict[str, Any]:
        """The object of a snapshot that reads back as this."""
        return {
            "File": self.id,
            "Language": self.language.value if self.language else None,
            "Handlers": list(self.handlers),
            "Unread": self.unread,
            "Findings": [place.to_raw() for place in self.places],
        }
