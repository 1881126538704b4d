"""Files of sysctl.d → one subject: the network namespace of a host after it has read them.

Sources (read 2026-11-21)
    Format, globs, and that the file whose name sorts last wins,
    https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
    /etc/sysctl.conf comes last with `sysctl --system`, https://man7.org/linux/man-pages/man8/sysctl.8.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from runbook_lib.keepalive.settings import SYSCTLS, Asked, Write, assemble, canonical, told_by, write_of
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["is_sysctl_file", "read_sysctl_files"]

_LINE = re.compile(r"\s*(?P<dash>-?)\s*(?P<key>[\w*?\[\]!@:-]+[./][\w*?\[\]!./@:-]+)\s*(?:=\s*(?P<value>.*?))?\s*")
_ROOTS = frozenset({"abi", "crypto", "debug", "dev", "fs", "kernel", "net", "sunrpc", "user", "vm"})
_ORDER = ("/etc/", "/run/", "/usr/local/lib/", "/usr/lib/", "/lib/")
_NOTE = "This is the host's own namespace: containers and pods start from the kernel's defaults, not from it."
_LEFT = "What this file leaves out is the kernel's default here; another file of the host may set it."


def is_sysctl_file(text: str) -> bool:
    """True when every line is a comment or a setting, and at least one gives a value to a sysctl."""
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#;"]
    found = [_LINE.fullmatch(line) for line in lines]
    given = [canonical(line["key"]) for line in found if line and line["value"] is not None]
    return all(found) and any(key.partition(".")[0] in _ROOTS for key in given)


def read_sysctl_files(files: Mapping[str, str], *, asked: Asked) -> KeepaliveSubject:
    """The subject of a host that reads these files, given as name → text.

    A file hides those of the same name in directories that come later (/etc, /run, /usr/local/lib, /usr/lib, /lib); the
    rest are read in the order of their names, wherever they are, and sysctl.conf last.
    """
    order = _in_order(files)
    exact: dict[str, Write] = {}
    globs: dict[str, Write] = {}
    excluded: set[str] = set()
    for name in order:
        for number, dash, key, value in _settings(files[name]):
            place = f"{name}, line {number}"
            if value is None:
                excluded |= set(_matching(key)) if dash else set()
                continue
            for matched in _matching(key):
                write = write_of(matched, value, origin=place, place=place)
                if write is not None:
                    (exact if matched == key else globs)[matched] = write
    by_glob = {key: write for key, write in globs.items() if key not in excluded}
    title = ", ".join(order)
    return assemble(
        subject=f"{title}: the host's own network namespace",
        platform=Platform.SYSCTL_FILE,
        writes=({**by_glob, **exact}).values(),
        told=told_by(asked.so_keepalive),
        notes=[_NOTE] if len({**by_glob, **exact}) == len(SYSCTLS) else [_NOTE, _LEFT],
        place={"File": title, "Text": _kept(files, order), **asked.to_place()},
    )


def _in_order(files: Iterable[str]) -> list[str]:
    """The names of the files that count, in the order in which they are read."""
    hidden: dict[str, str] = {}
    for name in sorted(files, key=_directory):
        base = name.rpartition("/")[2]
        known = any(name.startswith(start) for start in _ORDER) and "/sysctl.d/" in name
        hidden.setdefault(base if known else name, name)
    return sorted(hidden.values(), key=lambda name: (name.endswith("sysctl.conf"), name.rpartition("/")[2], name))


def _directory(name: str) -> tuple[int, str]:
    return next((at for at, start in enumerate(_ORDER) if name.startswith(start)), len(_ORDER)), name


def _settings(text: str) -> Iterable[tuple[int, bool, str, str | None]]:
    """Line number, whether a dash stands before it, sysctl, and value (None: none is given)."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        if found := _LINE.fullmatch(line):
            yield number, bool(found["dash"]), canonical(found["key"]), found["value"]


def _matching(key: str) -> list[str]:
    """The keepalive sysctls that a name or a glob is about; a glob does not reach across a dot."""
    depth = key.count(".")
    return [name for name in SYSCTLS.values() if name.count(".") == depth and fnmatchcase(name, key)]


def _kept(files: Mapping[str, str], order: Iterable[str]) -> dict[str, str]:
    """The lines about keepalive of each file."""
    return {
        name: "".join(
            f"{line.strip()}\n"
            for number, _, key, _ in _settings(files[name])
            for line in [files[name].splitlines()[number - 1]]
            if _matching(key)
        )
        for name in order
    }
