"""Clients in Python code: with the settings of what the code runs in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.scan import scan_python
from runbook_lib.model.keepalive import KeepaliveSubject

__all__ = ["agreed", "clients_in", "sources_of"]

Code = Sequence[tuple[str, str]]
"""Name and text of every file."""


def sources_of(path: Path) -> Code:
    """A Python file, or every one in a folder but those of installed packages. UsageError when it cannot be read."""
    files = [path]
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*.py") if file.is_file())
        files = [file for file in inside if not any(map(_is_foreign, file.relative_to(path).parts))]
    try:
        return [(str(file), file.read_text(encoding="utf-8-sig")) for file in files]
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None


def agreed(code: Code) -> bool | None:
    """What all clients made in the code say about SO_KEEPALIVE; None when they differ or do not tell."""
    said = {one.so_keepalive for name, text in code for one in scan_python(text, name)}
    return said.pop() if len(said) == 1 else None


def clients_in(code: Code, others: Iterable[KeepaliveSubject], so_keepalive: bool | None) -> list[KeepaliveSubject]:
    """The clients made in the code, once for all settings that `others` run with.

    `so_keepalive` is what somebody told where the code does not tell. UsageError when the code makes no client.
    """
    places = {(one.time_s, one.interval_s, one.probes): one for one in reversed(list(others))}
    listed: list[KeepaliveSubject | None] = [*reversed(places.values())]
    found = [one for place in listed or [None] for one in _in_place(code, place, len(places) > 1)]
    if code and not found:
        more = " and the files beside it" if len(code) > 1 else ""
        raise UsageError(f"no client of boto3 or botocore is made in {code[0][0]}{more}")
    return [_told(one, so_keepalive) for one in found]


def _in_place(code: Code, place: KeepaliveSubject | None, is_named: bool) -> Iterator[KeepaliveSubject]:
    """The clients with the settings of another; with kernel defaults when there is none."""
    times = None
    if place and place.time_s is not None and place.interval_s is not None and place.probes is not None:
        times = (place.time_s, place.interval_s, place.probes)
    for name, text in code:
        for one in scan_python(text, name, times=times):
            raw = one.to_raw()
            if place and is_named:
                raw["Subject"] = f"{one.id} in {place.id}"
            if place:
                origin = f"as in {place.id}"
                raw["Origins"] |= {"time_s": origin, "interval_s": origin, "probes": origin}
            if place and times is None:
                gap = f"the settings of {place.id} are not known"
                raw |= {"TimeS": None, "IntervalS": None, "Probes": None, "Gaps": [*raw["Gaps"], gap]}
            yield KeepaliveSubject.read(raw, one.scope, one.pointer)


def _told(subject: KeepaliveSubject, so_keepalive: bool | None) -> KeepaliveSubject:
    if so_keepalive is None or subject.so_keepalive is not None:
        return subject
    raw = subject.to_raw()
    raw |= {"SoKeepalive": so_keepalive, "Origins": raw["Origins"] | {"so_keepalive": "told"}}
    return KeepaliveSubject.read(raw, subject.scope, subject.pointer)


def _is_foreign(part: str) -> bool:
    return part.startswith(".") or part in ("site-packages", "node_modules", "__pycache__")
