"""What a container's command does to the keepalive settings: `sysctl -w`, and writes to files below /proc/sys.

Read: the command as a list, and scripts of `sh -c` with several commands. A setting whose value is a variable, or
that comes from a file (`sysctl -p`), cannot be told.

Source: https://man7.org/linux/man-pages/man8/sysctl.8.html (read 2026-11-21)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runbook_lib.keepalive.settings import SYSCTLS, canonical

__all__ = ["Commands", "commands_in"]

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "busybox"})
_PREFIXES = frozenset({"sudo", "exec", "env", "if", "then", "do", "else", "!", "{", "(", "busybox", "command", "time"})
_READERS = frozenset({"cat", "grep", "test", "[", "[["})
_FROM_FILE = re.compile(r"-[a-zA-Z]*p|--load|--system")
_BREAKS = frozenset(";&|\n()")
_PROC = re.compile(r"(?:/[\w.-]+)*/proc/sys/(net/ipv4/tcp_keepalive_\w+)")
_NAMES = frozenset(SYSCTLS.values())
_VARIABLE = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+")
_BRANCH = re.compile(r"\{\{-?\s*(?:if|with|range)\b")
_NETWORK = re.compile(r"-[a-zA-Z]*[na][a-zA-Z]*|--net(=.*)?|--all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The keepalive settings that a command writes, in order, as (sysctl, value).

    `is_unreadable`: it may write more, from a file or a variable. `on_node`: it enters the namespaces of the node
    first (`nsenter`). `does_more`: it runs something else too.
    """

    settings: tuple[tuple[str, str], ...] = ()
    is_unreadable: bool = False
    on_node: bool = False
    does_more: bool = False

    @property
    def writes(self) -> bool:
        """True when it writes keepalive settings, or may."""
        return bool(self.settings) or self.is_unreadable

    def script(self) -> list[str]:
        """A command that does the same to the settings, and says only that."""
        enter = "nsenter -t 1 -n " if self.on_node else ""
        parts = [f"{enter}sysctl -p"] if self.is_unreadable else []
        parts += [f"{enter}sysctl -w {name}={value}" for name, value in self.settings]
        return ["sh", "-c", "; ".join([*parts, *(["exec other"] if self.does_more else [])])]


def commands_in(argv: Sequence[str]) -> Commands:
    """What a command with its arguments does; one without anything about sysctl does nothing."""
    has_branches = _BRANCH.search(" ".join(argv)) is not None
    argv = [_VARIABLE.sub(_short, word) for word in argv]
    text = " ".join(argv)
    if "sysctl" not in text and "tcp_keepalive" not in text:
        return Commands(does_more=True)
    found: list[Commands] = []
    before: Sequence[str] = ()
    try:
        for words in _simple_commands(argv):
            found.append(_one(words, before))
            before = words
    except ValueError:  # a quote that is never closed
        return Commands(is_unreadable=True, does_more=True)
    settings = tuple((name, "$branch" if has_branches else value) for one in found for name, value in one.settings)
    return Commands(
        settings=settings,
        is_unreadable=any(one.is_unreadable for one in found),
        on_node=any(one.on_node for one in found),
        does_more=any(one.does_more for one in found),
    )


def _short(found: re.Match[str]) -> str:
    """A variable or an expression as one word that the rest of a command line cannot be mixed up with."""
    name = re.match(r"\$\{?(\w+)", found.group())
    return f"${name[1]}" if name else "$expression"


def _simple_commands(argv: Sequence[str]) -> Iterator[list[str]]:
    """The words of each command; scripts of a shell are taken apart. ValueError for one that cannot be."""
    script = _script(argv)
    if script is None:
        yield list(argv)
        return
    lexer = shlex.shlex(script.replace("\\\n", " "), posix=True, punctuation_chars=";&|()\n<>")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    words: list[str] = []
    for token in lexer:
        if set(token) <= _BREAKS:
            yield words
            words = []
        else:
            words.append(token)
    yield words


def _script(argv: Sequence[str]) -> str | None:
    """The script given to a shell with -c, or None."""
    words = list(argv)
    shells = [at for at, word in enumerate(words) if word.rpartition("/")[2] in _SHELLS]
    if not shells:
        return None
    for at in range(shells[-1] + 1, len(words) - 1):
        if re.fullmatch(r"-[a-z]*c[a-z]*", words[at]):
            prefix = " ".join(shlex.quote(word) for word in words[: shells[0]])
            return f"{prefix} {words[at + 1]}" if "nsenter" in prefix else words[at + 1]
        if not words[at].startswith("-"):
            return None
    return None


def _one(words: Sequence[str], before: Sequence[str]) -> Commands:
    """What one command does; `before` is the one whose output it may take."""
    rest = list(words)
    while rest and (rest[0] in _PREFIXES or re.match(r"\w+=", rest[0])):
        rest = rest[1:]
    if not rest or rest[0] in ("fi", "done", "true", ":", "set", "esac"):
        return Commands()
    program = rest[0].rpartition("/")[2]
    if program == "nsenter":
        start = next((at for at, word in enumerate(rest) if word.endswith(("sysctl", "sh"))), len(rest))
        inner = commands_in(rest[start:])
        on_node = any(_NETWORK.fullmatch(word) for word in rest[1:start])
        return Commands(settings=inner.settings, is_unreadable=inner.is_unreadable, on_node=on_node)
    if program == "chroot":
        return _one(rest[2:], before)
    if program == "sysctl":
        return _sysctl(rest[1:])
    if program in ("echo", "printf"):
        return _echo(rest[1:])
    if program == "tee" and before and before[0].rpartition("/")[2] in ("echo", "printf"):
        return _echo([*before[1:], ">", *(word for word in rest[1:] if not word.startswith("-"))])
    is_about = any("ipv4.tcp_keepalive" in canonical(word) for word in rest)
    return Commands(does_more=True, is_unreadable=is_about and program not in _READERS)


def _sysctl(arguments: Sequence[str]) -> Commands:
    """The settings of one `sysctl`; `key = value` with spaces is one setting, as busybox and people write it."""
    if any(_FROM_FILE.fullmatch(word) for word in arguments):
        return Commands(is_unreadable=True)
    joined = re.sub(r"\s+=\s+", "=", " ".join(word for word in arguments if word not in (">", "2", "1")))
    settings: list[tuple[str, str]] = []
    unreadable = more = False
    for word in joined.split():
        name, equals, value = word.partition("=")
        if canonical(name) in _NAMES and equals:
            settings.append((canonical(name), value.strip("\"'")))
        elif "$" in word:
            unreadable = True
        elif equals and not word.startswith("-"):
            more = True
    return Commands(settings=tuple(settings), is_unreadable=unreadable, does_more=more)


def _echo(words: Sequence[str]) -> Commands:
    """The setting of `echo value > /proc/sys/...`."""
    if not any(word.startswith(">") for word in words):
        return Commands()
    path = _PROC.fullmatch(words[-1])
    values = [word for word in words if not word.startswith((">", "-")) and word != words[-1]]
    if path is None or not values:
        return Commands(does_more=True)
    return Commands(settings=((canonical(path[1]), values[0].strip("\\n")),))
