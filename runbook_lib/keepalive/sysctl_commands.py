"""What a container's command does to the keepalive settings: `sysctl -w`, and writes to files below /proc/sys.

Read: the command as a list, and scripts of `sh -c` with several commands. A write that may not run, and one whose value
is a variable, leave the setting open; whatever else names the settings, or reads them from a file (`sysctl -p`), leaves
all of them open.

Source: https://man7.org/linux/man-pages/man8/sysctl.8.html (read 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from runbook_lib.keepalive.scripts import SHELLS, Step, program_of, steps_of
from runbook_lib.keepalive.settings import PERHAPS, SYSCTLS, canonical

__all__ = ["Commands", "commands_in"]

_PREFIXES = frozenset({"sudo", "exec", "env", "if", "then", "do", "else", "!", "{", "busybox", "command", "time"})
_NOTHING = frozenset({"fi", "done", "true", ":", "set", "esac", "}", "export", "exit"})
_PRINTERS = frozenset({"echo", "printf"})
_READERS = frozenset({"cat", "grep", "test", "[", "[[", "which", "type", "-v", "apk", "apt-get", "yum", "dnf"})
_FROM_FILE = re.compile(r"-[a-zA-Z]*[pf].*|--load.*|--system")
_OPTION = re.compile(r"-[qenNiw]+|--(?:quiet|ignore|values|names|write)")
_SHOWS = re.compile(r"-[aA]+|--(?:all|help|version)|-[hVd]")
_PROC = re.compile(r"(?:/[\w.-]+)*/proc/sys/(net/ipv4/tcp_keepalive_\w+)")
_TOUCHES = re.compile(r"ipv4[./]tcp_keepalive|tcp_keepalive_|(?:^|[\s/;])sysctl(?:\s|$)")
_ASSIGNED = re.compile(r"\w+=.*(?:tcp_keepalive_|/proc/sys|\bsysctl\b)")
_WRITES = re.compile(r"[=>]|tee|-w")
_NAMES = frozenset(SYSCTLS.values())
_VARIABLE = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}|\$\(\([^)]*\)\)|\$\([^)]*\)|\$\w+")
_BRANCH = re.compile(r"\{\{-?\s*(?:if|with|range)\b")
_ENTERS = re.compile(r"-[muinpCUTaFrwtSGe]+\d*|--(?!net-socket)[a-z-]*(?:=.*)?")
_NETWORK = re.compile(r"-[a-zA-Z]*[na][a-zA-Z]*|--net(=.*)?|--all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The keepalive settings that a command writes, in order, as (sysctl, value); `PERHAPS` where it may not.

    `is_unreadable`: before that it may write any of them, from a file or a variable. `on_node`: it enters the
    namespaces of the node first (`nsenter`). `does_more`: it runs something else too; `is_late`: all of that before its
    last setting.
    """

    settings: tuple[tuple[str, str], ...] = ()
    is_unreadable: bool = False
    on_node: bool = False
    does_more: bool = False
    is_late: bool = False

    @property
    def writes(self) -> bool:
        """True when it writes keepalive settings, or may."""
        return bool(self.settings) or self.is_unreadable

    def script(self) -> list[str]:
        """A command that does the same to the settings, and says only that."""
        enter = "nsenter -t 1 -n " if self.on_node else ""
        parts = [f"{enter}sysctl -p"] if self.is_unreadable else []
        parts += [f"{enter}sysctl -w {name}={value}" for name, value in self.settings]
        if self.does_more:
            parts = ["other", *parts] if self.is_late else [*parts, "exec other"]
        return ["sh", "-c", "; ".join(parts)]


_OPEN = Commands(is_unreadable=True, does_more=True)


def commands_in(argv: Sequence[str]) -> Commands:
    """What a command with its arguments does; one without anything about sysctl does nothing."""
    text = " ".join(argv)
    if not any(word in text for word in ("sysctl", "tcp_keepalive", "/proc/sys")):
        return Commands(does_more=True)
    if any(_is_hidden_write(found.group()) for found in _VARIABLE.finditer(text)):
        return _OPEN
    try:
        steps = steps_of([_VARIABLE.sub(_short, word) for word in argv])
    except ValueError:  # a quote that is never closed
        return _OPEN
    return _together(_read(steps), has_branches=_BRANCH.search(text) is not None)


def _is_hidden_write(text: str) -> bool:
    """True for `$(sysctl -w ...)` and its like."""
    return text.startswith("$(") and _TOUCHES.search(text) is not None and _WRITES.search(text) is not None


def _short(found: re.Match[str]) -> str:
    """A variable or an expression as one word that the rest of a command line cannot be mixed up with."""
    name = re.match(r"\$\{?(\w+)", found.group())
    return f"${name[1]}" if name else "$expression"


def _read(steps: Iterable[Step]) -> list[Commands]:
    """What each step does. After `&&` only a setting is sure that stands behind another that is."""
    found: list[Commands] = []
    before = Step(words=())
    was_sure = False
    for step in steps:
        one = _one(step, before)
        is_sure = step.is_sure
        if step.after == "|":
            is_sure = is_sure and was_sure
        elif step.after == "&&":
            is_sure = is_sure and was_sure and bool(found[-1].settings)
        if not is_sure:
            one = replace(one, settings=tuple((name, PERHAPS) for name, _ in one.settings))
        found.append(one)
        before, was_sure = step, is_sure
    return found


def _together(found: Sequence[Commands], *, has_branches: bool) -> Commands:
    """What all steps do; a step on the node counts only when none is about the container itself."""
    here = [one for one in found if one.writes and not one.on_node]
    writers = here or [one for one in found if one.writes]
    # what an unreadable step leaves of the settings before it is not known
    last = max((at for at, one in enumerate(writers) if one.is_unreadable), default=0)
    settings = tuple(
        (name, "$branch" if has_branches else value) for one in writers[last:] for name, value in one.settings
    )
    return Commands(
        settings=settings,
        is_unreadable=any(one.is_unreadable for one in writers),
        on_node=not here and any(one.on_node for one in found),
        does_more=any(one.does_more for one in found),
        is_late=_is_late(found),
    )


def _is_late(found: Sequence[Commands]) -> bool:
    """True when something else runs before the last step that writes, and nothing with it or after it."""
    last = max((at for at, one in enumerate(found) if one.writes), default=0)
    return any(one.does_more for one in found[:last]) and not any(one.does_more for one in found[last:])


def _one(step: Step, before: Step) -> Commands:
    """What one step does; `before` is the one whose output it may take."""
    if any(_ASSIGNED.match(word) for word in step.words):
        return _OPEN
    rest = list(step.words)
    while rest and (rest[0] in _PREFIXES or re.match(r"\w+=", rest[0])):
        rest = rest[1:]
    program = program_of(rest)
    if program == "chroot":
        return _one(replace(step, words=tuple(rest[2:])), before)
    if program in _PRINTERS and step.targets:
        return _written(rest[1:], step.targets)
    if any(_TOUCHES.search(target) or "/proc/sys/$" in target for target in step.targets):
        return _OPEN
    if not rest or program in _NOTHING:
        return Commands()
    if program == "nsenter":
        return _entered(rest)
    if program == "sysctl":
        return _sysctl(rest[1:])
    if program == "tee" and step.after == "|" and program_of(before.words) in _PRINTERS and not before.targets:
        return _written(before.words[1:], [word for word in rest[1:] if not word.startswith("-")])
    if program == "cd" and any("/proc/sys" in word for word in rest):
        return _OPEN
    if program in _PRINTERS:
        return Commands()
    takes = [*rest, *(before.words if step.after == "|" and program_of(before.words) in _PRINTERS else ())]
    is_about = program not in _READERS and any(_TOUCHES.search(word) for word in takes)
    return Commands(does_more=program not in _READERS, is_unreadable=is_about)


def _entered(words: Sequence[str]) -> Commands:
    """What `nsenter` does with the command behind its options."""
    start = next((at for at, word in enumerate(words) if program_of([word]) in {"sysctl", *SHELLS}), len(words))
    options = [word for word in words[1:start] if word.startswith("-")]
    on_node = any(_NETWORK.fullmatch(word) for word in options)
    if start == len(words) or not all(_ENTERS.fullmatch(word) for word in options):
        is_about = any(_TOUCHES.search(word) for word in words)
        return Commands(is_unreadable=is_about, on_node=on_node and is_about)
    inner = commands_in(words[start:])
    return Commands(settings=inner.settings, is_unreadable=inner.is_unreadable, on_node=on_node)


def _sysctl(arguments: Sequence[str]) -> Commands:
    """The settings of one `sysctl`; `key = value` with spaces is one setting, as busybox and people write it."""
    if "--dry-run" in arguments:
        return Commands()
    if any(_FROM_FILE.fullmatch(word) for word in arguments):
        return Commands(is_unreadable=True)
    joined = re.sub(r"\s+=\s+", "=", " ".join(arguments))
    settings: list[tuple[str, str]] = []
    unreadable = more = shows = False
    for word in joined.split():
        name, equals, value = word.partition("=")
        shows = shows or _SHOWS.fullmatch(word) is not None
        if canonical(name) in _NAMES and equals:
            settings.append((canonical(name), value.strip("\"'")))
        elif "$" in word or (word.startswith("-") and not (_OPTION.fullmatch(word) or shows)):
            unreadable = True
        elif equals:
            more = True
    if shows and settings:
        return _OPEN
    return Commands(settings=() if unreadable else tuple(settings), is_unreadable=unreadable, does_more=more)


def _written(words: Sequence[str], targets: Sequence[str]) -> Commands:
    """The settings of `echo value > /proc/sys/...`, and of the same with `tee`."""
    paths = [_PROC.fullmatch(target) for target in targets]
    values = [word for word in words if not word.startswith("-")]
    if not any(_TOUCHES.search(target) or "/proc/sys/$" in target for target in targets):
        return Commands(does_more=True)
    if len(values) != 1 or not all(paths):
        return _OPEN
    return Commands(settings=tuple((canonical(path[1]), values[0].strip("\\n")) for path in paths if path))
