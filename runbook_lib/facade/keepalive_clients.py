"""The clients that a runbook is asked about: from words to subjects, and from subjects into the facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runbook_lib.collect.redact import redact_text
from runbook_lib.errors import UsageError, unknown_name
from runbook_lib.facade.choosing import words_of
from runbook_lib.facade.keepalive import Clients, subjects_of
from runbook_lib.facade.keepalive_calls import is_file, read_caller_file
from runbook_lib.facade.keepalive_code import agreed, clients_in, sources_of
from runbook_lib.keepalive.verdict import USUAL_LIMIT_S, require_limit
from runbook_lib.model.fact import Scope
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.model.snapshot import Gap, Snapshot, listing_of

__all__ = ["ClientsAsked", "require_clients", "with_clients"]

_SWITCH = {"on": True, "off": False, "": None}
_KINDS = ("bundle", "manifest", "python")
_MANIFESTS = frozenset({".yaml", ".yml", ".json", ".conf", ".sh"})
_NONE = (
    "no client is named: set the parameter clients to host, pid:<number>, or files and folders that describe clients"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsAsked:
    """What a runbook is told about clients, in the words of its parameters.

    `words` are separated by commas: `host`, `pid:<number>`, or a file or folder, whose kind (`bundle:`, `manifest:`,
    `python:`) is told before it or by its name. `so_keepalive` is on, off or empty; `idle_limit_s` 0 is that of the
    path. UsageError for what makes no sense.
    """

    words: str = ""
    so_keepalive: str = ""
    idle_limit_s: float = 0.0

    def __post_init__(self) -> None:
        if self.so_keepalive not in _SWITCH:
            raise UsageError(f"so_keepalive must be on, off or empty, found {self.so_keepalive!r}")
        if self.idle_limit_s:
            require_limit(self.idle_limit_s)
        for word in words_of(self.words):
            _Word.of(word)

    def of(self, defaults: Mapping[str, str]) -> ClientsAsked:
        """The same with what a scenario sets where nothing was said."""
        return replace(
            self,
            words=self.words or defaults.get("clients", ""),
            so_keepalive=self.so_keepalive or defaults.get("so_keepalive", ""),
        )

    @property
    def told_limit_s(self) -> float | None:
        """The idle limit that was told by hand, None for that of the path."""
        return self.idle_limit_s or None

    def read(self) -> tuple[KeepaliveSubject, ...]:
        """The clients as they are now, with names that differ and without secrets.

        Python code that is named beside other clients runs with their settings, and tells their SO_KEEPALIVE where
        `so_keepalive` is empty and all of the code agrees. UsageError for what cannot be read or makes no sense,
        CollectionError where this machine cannot tell.
        """
        words = [_Word.of(word) for word in words_of(self.words)]
        code = [source for word in words if word.kind == "python" for source in sources_of(word.path)]
        told = _SWITCH[self.so_keepalive]
        parents = [f"{word.path.parent}/" for word in words if word.is_path]
        listed = _clients(words, agreed(code) if told is None else told)
        limit_s = self.told_limit_s or USUAL_LIMIT_S
        found = [_for_evidence(one, parents) for clients in listed for one in subjects_of(clients, limit_s)]
        made = [_for_evidence(one, parents) for one in clients_in(code, found, told)]
        return tuple(_named_apart([*found, *made]))


@dataclass(frozen=True, slots=True)
class _Word:
    """One word: its kind, and the path or number behind it."""

    kind: str
    rest: str

    @classmethod
    def of(cls, word: str) -> _Word:
        if word == "host":
            return cls("host", "")
        kind, colon, rest = word.partition(":")
        if colon and kind == "pid":
            if not re.fullmatch(r"[1-9]\d*", rest):
                raise UsageError(f"{word!r} names no process; expected pid:<number>")
            return cls(kind, rest)
        if colon and kind in _KINDS:
            if not rest:
                raise UsageError(f"{word!r} names no file or folder")
            return cls(kind, rest)
        if colon and re.fullmatch(r"[a-z_]+", kind) and not Path(word).expanduser().exists():
            raise unknown_name("kind of client", kind, ("pid", *_KINDS))
        return cls(_kind_of(Path(word).expanduser()), word)

    @property
    def is_path(self) -> bool:
        return self.kind in _KINDS

    @property
    def path(self) -> Path:
        return Path(self.rest).expanduser()


def require_clients(values: Mapping[str, Any], defaults: Mapping[str, str]) -> None:
    """UsageError when the parameters of a runbook name clients, a caller's log or a lab that cannot be had.

    Everything is read once to find out; what is judged is read again by the run.
    """
    ClientsAsked(
        words=str(values["clients"]),
        so_keepalive=str(values["so_keepalive"]),
        idle_limit_s=float(values["idle_limit_s"]),
    ).of(defaults).read()
    if is_file(str(values["caller_log"])):
        read_caller_file(str(values["caller_log"]))
    if values["lab"]:
        from runbook_lib.natlab.cases import require_lab_limit

        require_lab_limit(int(values["lab_limit_s"]))


def with_clients(snapshot: Snapshot, subjects: Iterable[KeepaliveSubject] | None) -> Snapshot:
    """The snapshot with these clients instead of any it holds; None: nobody named one.

    A snapshot that was saved with clients keeps them then, and any other gets a gap.
    """
    scope = next(iter(snapshot.scopes), Scope(account=snapshot.origin.account, region=snapshot.origin.region))
    kept = {place: listing for place, listing in snapshot.listings.items() if place[1] != KeepaliveSubject.KEY}
    if subjects is None:
        if len(kept) < len(snapshot.listings):
            return snapshot
        return replace(snapshot, gaps=(*snapshot.gaps, Gap(what=KeepaliveSubject.KEY, reason=_NONE)))
    listing, problems = listing_of(KeepaliveSubject.KEY, scope, [subject.to_raw() for subject in subjects])
    kept[scope, KeepaliveSubject.KEY] = listing
    return replace(snapshot, listings=kept, gaps=(*snapshot.gaps, *problems))


def _kind_of(path: Path) -> str:
    """What a file or folder holds, by the names of the files in it."""
    names = (
        {file.suffix.lower() for file in path.rglob("*") if file.is_file()} if path.is_dir() else {path.suffix.lower()}
    )
    if ".py" in names:
        return "python"
    is_manifest = bool(names) and names <= _MANIFESTS
    return "manifest" if is_manifest or (path.is_dir() and names & {".yaml", ".yml"}) else "bundle"


def _clients(words: Iterable[_Word], so_keepalive: bool | None) -> Iterator[Clients]:
    """The places where the words say that clients are described, code apart; files of one kind together."""
    paths: dict[str, list[Path]] = {kind: [] for kind in _KINDS}
    for word in words:
        if word.kind == "host":
            yield Clients(host=True, so_keepalive=so_keepalive)
        elif word.kind == "pid":
            yield Clients(pid=int(word.rest), so_keepalive=so_keepalive)
        else:
            paths[word.kind].append(word.path)
    if paths["bundle"]:
        yield Clients(bundles=tuple(paths["bundle"]), so_keepalive=so_keepalive)
    if paths["manifest"]:
        yield Clients(manifests=tuple(paths["manifest"]), so_keepalive=so_keepalive)


def _for_evidence(subject: KeepaliveSubject, parents: Iterable[str]) -> KeepaliveSubject:
    """The client without secrets, and with the name of its file instead of the whole path to it."""
    raw = _redacted(subject.to_raw())
    folder = next((one for one in parents if subject.id.startswith(one)), "")
    raw["Subject"] = raw["Subject"].removeprefix(folder)
    if isinstance(raw["Place"].get("File"), str):
        raw["Place"]["File"] = raw["Place"]["File"].removeprefix(folder)
    return KeepaliveSubject.read(raw, subject.scope, subject.pointer)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {name: _redacted(item) for name, item in value.items()}
    return [_redacted(item) for item in value] if isinstance(value, list) else value


def _named_apart(subjects: Iterable[KeepaliveSubject]) -> Iterator[KeepaliveSubject]:
    """The subjects, each with a name of its own: facts are kept by their names."""
    seen: Counter[str] = Counter()
    for subject in subjects:
        seen[subject.id] += 1
        count = seen[subject.id]
        raw = subject.to_raw()
        named = raw if count == 1 else raw | {"Subject": f"{subject.id} ({count})"}
        yield KeepaliveSubject.read(named, subject.scope, subject.pointer)
