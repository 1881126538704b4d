"""Where in a shell script containers are started: every `docker run` (also `podman`, `nerdctl`, and `create`).

No shell is imitated: a command is found at its usual places, also behind `&&`, `;` or `then`, and inside `$(...)` and
quotes. One that is mentioned elsewhere is told as a line that is not understood.

Source: https://docs.docker.com/reference/cli/docker/container/run/ (read 2026-11-21)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runbook_lib.errors import UsageError

__all__ = ["MANY", "Line", "lines_of"]

MANY = "\x01"
"""Begins a word that the shell may replace by several words, or by none."""

_PROGRAMS = frozenset({"docker", "podman", "nerdctl"})
_VERBS = frozenset({"run", "create"})
_MENTION = re.compile(
    r"\b(?:docker|podman|nerdctl)\b(?:\s+-\S+(?:\s+[^\s-]\S*)?)*?\s+(?:container\s+)?(?:run|create)\b"
)
_STARTS = frozenset(
    (
        "!", "$", "chronic", "command", "do", "doas", "elif", "else", "env", "eval", "exec", "if", "nice", "nohup",
        "ssh", "su", "sudo", "then", "time", "timeout", "until", "watch", "while", "xargs", "{",
    )
)  # fmt: skip
_SAYS = frozenset({"echo", "printf", "log", "logger", "die", "alias", "#"})
_ASSIGNED = re.compile(r"\w+=.*", re.S)
_OUTPUT = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_SPREAD = re.compile(r"(?<!\S)(\$\w+|\$\{[^}\s]*\}|\$[@*])(?=[\s;&|)]|$)|\"(\$@|\$\{\w+\[@\]\})\"")
_BREAKS = frozenset(";&|()\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A command that starts a container: its line, and the words behind `run`; None when it is not understood."""

    number: int
    words: tuple[str, ...] | None


def lines_of(text: str, file: str) -> tuple[Line, ...]:
    """The commands that start containers, in order. UsageError with the line for one that cannot be taken apart."""
    joined = re.sub(r"\\\r?\n", lambda found: "\0" * len(found.group()), text)
    found: list[Line] = []
    start = 0
    for line in joined.split("\n"):
        number = text.count("\n", 0, start) + 1
        start += len(line) + 1
        plain = line.replace("\0", " ")
        if _MENTION.search(plain) is None or plain.lstrip().startswith("#"):
            continue
        try:
            found += (Line(number=number, words=words) for words in _started(plain))
        except ValueError as error:
            raise UsageError(f"{file}, line {number}: not a command line ({error})") from None
    return tuple(found)


def _started(text: str, depth: int = 0) -> Iterator[tuple[str, ...] | None]:
    """The words behind each `docker run` in a text; None for one that is not at a place where it is understood."""
    for words in _commands(text):
        if words[0] in _SAYS:
            continue
        at = next((at for at, word in enumerate(words) if word.rpartition("/")[2] in _PROGRAMS), len(words))
        rest = _behind_run(words[at + 1 :])
        if rest is None:
            for word in words:
                if word.strip() != text.strip() and _MENTION.search(word) and depth < 3:
                    yield from _started(word, depth + 1)
        elif at == 0 or words[0] in _STARTS or _ASSIGNED.fullmatch(words[0]):
            yield rest
        else:
            yield None


def _behind_run(words: Sequence[str]) -> tuple[str, ...] | None:
    """The words behind `run` when global options and nothing else stand before it."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        has_value = "=" not in words[at] and at + 1 < len(words) and not words[at + 1].startswith("-")
        at += 2 if has_value and words[at + 1] not in {"container", *_VERBS} else 1
    at += words[at : at + 1] == ["container"]
    return tuple(words[at + 1 :]) if at < len(words) and words[at] in _VERBS else None


def _commands(text: str) -> Iterator[list[str]]:
    """The words of each simple command, without redirections."""
    text = _SPREAD.sub(lambda found: f"'{MANY}{found[1] or found[2]}'", _OUTPUT.sub(_output, text))
    try:
        tokens = _tokens(text)
    except ValueError:
        before, mark, _ = text.partition(" #")
        if not mark:
            raise
        tokens = _tokens(before)
    words: list[str] = []
    is_target = False
    for token in [*tokens, ";"]:
        if set(token) <= _BREAKS or token.startswith("#"):
            if words:
                yield words
            words = []
            if token.startswith("#"):
                return
        elif set(token) <= _BREAKS | {"<", ">"}:
            is_target = True
            continue
        elif not is_target:
            words.append(token)
        is_target = False


def _output(found: re.Match[str]) -> str:
    """What stands for the output of a command; one that starts a container stands for itself."""
    inner = found[1] if found[1] is not None else found[2]
    return f" ; {inner} ; " if _MENTION.search(inner) else "${output}"


def _tokens(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|()<>\n")
    lexer.whitespace_split = True
    lexer.whitespace = " \t\r"
    lexer.commenters = ""
    return list(lexer)
