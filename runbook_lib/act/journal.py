"""What is sent and made with consent, on the disk before it happens: all that a killed run leaves of its doings."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.holding import hold
from runbook_lib.model.consent import Consent

__all__ = ["JOURNAL", "Doing", "Journal", "read_journal", "state_folder"]

JOURNAL = "journal.jsonl"
"""How the name of every journal ends."""

_STATE_VARIABLE = "XDG_STATE_HOME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """One action of a run: `sent` of the `asked` requests were about to leave, from `first` to `last`.

    What was noted may not have left in the end, what was not noted did not. `made` names what was about to be made in
    the account. `consent` is what somebody had agreed to, as the evidence records it. With `is_kept` what came of it is
    in the facts that the run has kept so far.
    """

    purpose: str
    asked: int
    consent: Mapping[str, Any]
    sent: int = 0
    first: str = ""
    last: str = ""
    made: tuple[str, ...] = ()
    is_kept: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether it ended before anything was sent or made."""
        return not self.sent and not self.made

    @property
    def short(self) -> str:
        """How many of how many, in a few words."""
        requests = "request" if max(self.asked, self.sent) == 1 else "requests"
        return f"up to {self.sent:,} of {max(self.asked, self.sent):,} {requests} ({self.purpose})"

    @property
    def text(self) -> str:
        """What was done, when, and under which consent, as a clause."""
        consent = self.consent
        when = f" from {self.first} to {self.last}" if self.sent else ""
        payload = f", payload SHA-256 {consent['payload_sha256'][:12]}…" if consent.get("payload_sha256") else ""
        made = f"; {', '.join(self.made)} may have been made: runbook doctor --leftovers looks" if self.made else ""
        return (
            f"{self.short} were sent{when} and their answers are not known; agreed to was {consent.get('action')} on "
            f"{consent.get('function_arn')}, at most {consent.get('maximum'):,} times{payload}{made}"
        )

    def to_json(self) -> dict[str, Any]:
        """What the evidence records."""
        return {
            "purpose": self.purpose,
            "asked": self.asked,
            "sent_at_most": self.sent,
            "first": self.first,
            "last": self.last,
            "made_at_most": [*self.made],
            "answers": "kept" if self.is_kept else "lost",
            "consent": dict(self.consent),
        }


class Journal:
    """Notes in a file what is about to be done; the file comes into being with the first action and is held from then.

    Every note is one write, so that it outlives the process at once; only losing the machine may lose the last notes.
    """

    def __init__(self, path: Path, **told: str) -> None:
        self._path = path
        self._told = told
        self._file = self._lock = -1

    def begin(self, consent: Consent, purpose: str, asked: int) -> None:
        """An action is about to begin. UsageError when that cannot be noted: then nothing may be done."""
        try:
            if self._file < 0:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                self._lock = hold(self._path)
                self._write({"pid": os.getpid(), "since": _now(), **self._told})
            self._write({"purpose": purpose, "asked": asked, "consent": consent.to_json()})
            os.fsync(self._file)
        except OSError as error:
            why = error.strerror or error
            raise UsageError(
                f"nothing is sent, because it cannot be noted in {self._path} ({why}); set {_STATE_VARIABLE} to a "
                "folder that can be written"
            ) from None

    def sent(self, number: str) -> None:
        """A request is about to leave. OSError when that cannot be noted: then it must not."""
        self._write({"sent": number, "at": _now()})

    def made(self, name: str) -> None:
        """Something is about to be made in the account. OSError when that cannot be noted: then it must not."""
        self._write({"made": name})

    def refused(self, name: str) -> None:
        """What was about to be made was not: AWS has refused it."""
        self._write({"refused": name})

    def kept(self) -> None:
        """What came of everything so far is kept elsewhere on the disk."""
        self._write({"kept": True})

    def end(self) -> None:
        """The evidence is written: the journal goes. Without a journal this does nothing."""
        if self._file >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            os.close(self._lock)
            self._file = self._lock = -1

    def _write(self, said: Mapping[str, Any]) -> None:
        if self._file >= 0:
            os.write(self._file, (json.dumps(said) + "\n").encode())


def read_journal(path: Path) -> tuple[Mapping[str, Any], tuple[Doing, ...]]:
    """Who wrote a journal, and what was or may have been done; empty when there is none. A cut last line is left out.

    An action that ended before anything was sent or made is left out too.
    """
    told: Mapping[str, Any] = {}
    doings: list[Doing] = []
    for line in _lines(path):
        if "consent" in line:
            doings.append(Doing(purpose=str(line["purpose"]), asked=int(line["asked"]), consent=line["consent"]))
        elif "sent" in line and doings:
            doings[-1] = _one_more(doings[-1], str(line["at"]))
        elif "made" in line and doings:
            doings[-1] = replace(doings[-1], made=tuple(dict.fromkeys((*doings[-1].made, str(line["made"])))))
        elif "refused" in line and doings:
            doings[-1] = replace(doings[-1], made=tuple(name for name in doings[-1].made if name != line["refused"]))
        elif "kept" in line:
            doings = [replace(doing, is_kept=True) for doing in doings]
        elif "pid" in line:
            told = line
    return told, tuple(doing for doing in doings if not doing.is_nothing)


def state_folder() -> Path:
    """Where notebooks that run interactively keep their journals: below XDG_STATE_HOME, else ~/.local/state.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    named = os.environ.get(_STATE_VARIABLE, "")
    return (Path(named) if os.path.isabs(named) else Path("~/.local/state").expanduser()) / "runbook-kit"


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, Mapping):
            yield said


def _one_more(doing: Doing, at: str) -> Doing:
    return replace(doing, sent=doing.sent + 1, first=doing.first or at, last=at)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
