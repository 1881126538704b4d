"""What the checks of source code share: the files that were scanned, and what is not known about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.kinds import action_of
from runbook_lib.model.source import Language, SourceFile, SourcePlace, SourceRule
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["Asked", "judge_source"]

_CITED = 5


def _any(_: Language) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a check looks for.

    `clean` is the clause of the passing case, with `{files}` in it. `said` makes the sentence about a place after its
    file and line. `is_about` picks languages, `language` names them. With `in_handlers` nothing is decided unless a
    handler was recognised. `milder` are rules whose findings have a severity of their own.
    """

    rules: tuple[SourceRule, ...]
    clean: str
    said: Callable[[SourcePlace], str]
    is_about: Callable[[Language], bool] = _any
    language: str = "Python, JavaScript or TypeScript"
    in_handlers: bool = False
    milder: tuple[tuple[SourceRule, Severity], ...] = ()


def judge_source(meta: Meta, view: View, settings: Settings, asked: Asked) -> Iterator[Finding]:
    """A FAIL per place, an UNKNOWN for what was not read, and one PASS when all was read and nothing found."""
    target = settings.target
    listings = [item for (_, key), item in view.snapshot.listings.items() if key == SourceFile.KEY]
    if not listings:
        if any(call.key == SourceFile.KEY and call.error for call in view.snapshot.calls):
            yield meta.not_read(target.ref, FactMissing("its source code", action_of(SourceFile.KEY)))
        else:
            yield meta.not_applicable(target.ref, f"{target.name}: no folder with its source code was given.")
        return
    files = [file for file in view.snapshot.all(SourceFile) if file.language is None or asked.is_about(file.language)]
    read = [file for file in files if file.unread is None]
    failed = [finding for file in read for finding in _found(meta, file, asked)]
    gaps = [
        *_unread(meta, settings, files),
        *(_cut(meta, settings, item.incomplete) for item in listings if item.incomplete),
    ]
    yield from (*failed, *gaps)
    if failed or gaps:
        return
    if not read:
        yield meta.not_applicable(target.ref, f"{target.name}: its source code holds no {asked.language}.")
    elif asked.in_handlers and not any(file.handlers for file in read):
        said = (
            f"{target.name}: no handler was recognised in {_files(len(read))}; name it handler, or its arguments event"
        )
        yield meta.unknown(target.ref, f"{said} and context.", *_cited(read, "Handlers"), code="NO_HANDLER")
    else:
        said = asked.clean.format(files=_files(len(read)))
        yield meta.passed(target.ref, f"{target.name}: {said}.", *_cited(read, "Findings"))


def _found(meta: Meta, file: SourceFile, asked: Asked) -> Iterator[Finding]:
    severities = dict(asked.milder)
    for number, place in enumerate(file.places):
        if place.rule in asked.rules:
            message = f"{file.id}, line {place.line}: {asked.said(place)}."
            code = place.rule.name
            scope = f"line {place.line}" if len(asked.rules) == 1 else f"line {place.line} {place.rule.value}"
            finding = meta.failed(file, message, file.cite("Findings", number), code=code, scope=scope)
            yield replace(finding, severity=severities.get(place.rule, meta.severity))


def _unread(meta: Meta, settings: Settings, files: list[SourceFile]) -> Iterator[Finding]:
    unread = [file for file in files if file.unread is not None]
    if unread:
        first = unread[0]
        more = f", and {_files(len(unread) - 1)} more" if len(unread) > 1 else ""
        said = f"{settings.target.name}: {first.id} was not read ({first.unread}){more}."
        yield meta.unknown(settings.target.ref, said, *_cited(unread, "Unread"), code="NOT_READ", scope="unread files")


def _cut(meta: Meta, settings: Settings, why: str) -> Finding:
    said = f"{settings.target.name}: not all of its source code was scanned, since {why}."
    return meta.unknown(settings.target.ref, said, code="NOT_WHOLE", scope="listing")


def _cited(files: list[SourceFile], key: str) -> tuple[Evidence, ...]:
    return tuple(file.cite(key) for file in files[:_CITED])


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"
