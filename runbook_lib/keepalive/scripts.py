"""The command of a container as the simple commands in it, and which of them are sure to run.

No shell is imitated. Commands that follow each other are told apart; with a branch, a loop, a function, a subshell or a
here-document anywhere in the script, it is only known of each that it may run.

Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html (shell grammar; read 2026-11-21)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["SHELLS", "Step", "program_of", "steps_of"]

SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_BEFORE_SHELL = frozenset({"busybox", "exec", "sudo", "env", "tini", "dumb-init", "--"})
_WITH_SCRIPT = re.compile(r"-[eufxlivo]*c[eufxliv]*")
_SHELL_OPTION = re.compile(r"[-+][eufxliv]+|[-+]o|pipefail|errexit|nounset|--login")
_BREAKS = frozenset(";&|\n()")
_BETWEEN = frozenset({"", ";", "&&", "||", "|", "&"})
_COMPOUND = frozenset({"if", "for", "while", "until", "case", "select", "function", "{"})
_ENDS = frozenset({"exit", "exec", "return", "break", "continue"})
_QUIET = re.compile(r"(?<=\s)(?:2>>?\s*/dev/null|2>\s*&\s*1)(?![^\s;&|()])")
_OTHER_NUMBER = re.compile(r"(?<![^\s;&|()])\d[<>]")
_COMMENT = re.compile(r"^[ \t]*#.*$|(?<=[\s;&|()])#[^\n'\"]*$", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One simple command: its words without redirections, and the files that its output goes to.

    `is_sure`: it runs when the steps before it have come to their end. `after` is what stands before it: `&&`, `||` or
    `|`; else it runs on its own.
    """

    words: tuple[str, ...]
    targets: tuple[str, ...] = ()
    is_sure: bool = True
    after: str = ""


@dataclass(slots=True)
class _Open:
    """A simple command while it is being read."""

    after: str = ""
    words: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)


def program_of(words: Sequence[str]) -> str:
    """The name of the program without its folder; empty when there is none."""
    return words[0].rpartition("/")[2] if words else ""


def steps_of(argv: Sequence[str]) -> tuple[Step, ...]:
    """The steps of a command; the script of a shell is taken apart. ValueError for one that cannot be."""
    script = _script(argv)
    if script is None:
        return (Step(words=tuple(argv)),)
    text = _QUIET.sub(" ", f" {_without_comments(script)} ")
    found = list(_taken_apart(text))
    odd = "<<" in text or "`" in text or _OTHER_NUMBER.search(text) is not None
    odd = odd or any(one.after not in _BETWEEN or _COMPOUND.intersection(one.words[:1]) for one in found)
    return tuple(_steps(found, is_odd=odd))


def _script(argv: Sequence[str]) -> str | None:
    """The script given to a shell with -c, or None."""
    at = next((at for at, word in enumerate(argv) if program_of([word]) in SHELLS), len(argv))
    if any(program_of([word]) not in _BEFORE_SHELL for word in argv[:at]):
        return None
    at += 1
    while at < len(argv) and _SHELL_OPTION.fullmatch(argv[at]):
        at += 1
    return argv[at + 1] if at + 1 < len(argv) and _WITH_SCRIPT.fullmatch(argv[at]) else None


def _without_comments(script: str) -> str:
    """The script without comments. ValueError where quotes leave open whether one is a comment."""
    script = script.replace("\\\n", " ")
    kept = ""
    end = 0
    for found in _COMMENT.finditer(script):
        kept += script[end : found.start()]
        end = found.end()
        if "\\'" in kept or '\\"' in kept or any(kept.count(quote) % 2 for quote in "'\""):
            raise ValueError("a comment that may stand inside quotes")
    return kept + script[end:]


def _taken_apart(text: str) -> Iterator[_Open]:
    """The simple commands of a script, in order."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|()\n<>")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    now = _Open()
    is_target = False
    for token in lexer:
        marks = set(token)
        if token.startswith("#"):
            raise ValueError("a comment with a quote in it")
        if marks <= _BREAKS:
            told = token.replace("\n", "")
            if now.words or now.targets:
                yield now
                now = _Open(after=told)
            else:
                now.after += told
        elif marks <= _BREAKS | {"<", ">"}:
            is_target = True
            continue
        else:
            (now.targets if is_target else now.words).append(token)
        is_target = False
    yield now


def _steps(found: Sequence[_Open], *, is_odd: bool) -> Iterator[Step]:
    is_over = is_odd
    for one, after in zip(found, [*(each.after for each in found[1:]), ""], strict=True):
        is_over = is_over or one.after == "&"
        is_sure = not is_over and one.after != "||" and after != "&"
        yield Step(words=tuple(one.words), targets=tuple(one.targets), is_sure=is_sure, after=one.after)
        is_over = is_over or bool(_ENDS.intersection(one.words[:1]))
