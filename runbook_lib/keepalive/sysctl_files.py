"""Files of sysctl.d → one subject per host: its network namespace after it has read them.

Sources (read 2026-11-21)
    Format, globs, directories, and that the file whose name sorts last wins,
    https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
    /etc/sysctl.conf comes last with `sysctl --system`, https://man7.org/linux/man-pages/man8/sysctl.8.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.settings import SYSCTLS, Asked, Write, assemble, canonical, told_by, write_of
from runbook_lib.model.keepalive import KeepaliveSubject, Platform

__all__ = ["folder_of", "is_sysctl_conf", "is_sysctl_file", "read_sysctl_files", "sysctl_hosts"]

_LINE = re.compile(r"\s*(?P<dash>-?)\s*(?P<key>[\w*?\[\]!@:-]+[./][\w*?\[\]!./@:-]+)\s*(?:=\s*(?P<value>.*?))?\s*")
_ROOTS = frozenset({"abi", "crypto", "debug", "dev", "fs", "kernel", "net", "sunrpc", "user", "vm"})
_ORDER = ("etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d", "lib/sysctl.d", "sysctl.d")
_PATH = re.compile(rf"(?:(?P<root>.*?)/)??(?P<folder>{'|'.join(_ORDER)}|etc(?=/sysctl\.conf$))/(?P<base>[^/]+)")
_CONF = "sysctl.conf"
_NOTE = "This is the host's own namespace: containers and pods start from the kernel's defaults, not from it."
_LEFT = "What this file leaves out is the kernel's default here; another file of the host may set it."


def is_sysctl_file(text: str, name: str = "") -> bool:
    """True when it gives a value to a sysctl, and most other lines that are no comments do so too.

    One that `name` puts into a folder of a host may hold comments only: it hides those of the same name.
    """
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#;"]
    found = [one for one in map(_LINE.fullmatch, lines) if one]
    given = [canonical(line["key"]) for line in found if line["value"] is not None]
    if not lines and folder_of(name):
        return True
    return 2 * len(found) >= len(lines) and any(key.partition(".")[0] in _ROOTS for key in given)


def is_sysctl_conf(name: str) -> bool:
    """True for /etc/sysctl.conf, which no folder of sysctl.d holds."""
    return name.rpartition("/")[2] == _CONF


def folder_of(name: str) -> str:
    """What holds the etc, usr, run or sysctl.d that a file is in, with a slash; `./` for the start, empty for none."""
    path = _PATH.fullmatch(name)
    return "" if path is None else "./" if path["root"] is None else f"{path['root']}/"


def sysctl_hosts(files: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    """The files of each host, in the order given: those below the same folder that holds etc, usr, run or sysctl.d."""
    hosts: dict[str, dict[str, str]] = {}
    for name, text in files.items():
        hosts.setdefault(folder_of(name), {})[name] = text
    return tuple(hosts.values())


def read_sysctl_files(files: Mapping[str, str], *, asked: Asked) -> KeepaliveSubject:
    """The subject of a host that reads these files, given as name → text. UsageError for a line that is no setting.

    A file hides those of the same name in directories that come later (/etc, /run, /usr/local/lib, /usr/lib, /lib); the
    rest are read in the order of their names, wherever they are. `sysctl --system` reads sysctl.conf last; at boot it
    is not read at all beside those of sysctl.d, so that a setting on which the two differ is not known.
    """
    order = _in_order(files)
    in_folders = [name for name in order if not is_sysctl_conf(name)]
    settled = _settled(files, order)
    writes = dict(settled)
    if in_folders and len(in_folders) < len(order):
        at_boot = _settled(files, in_folders)
        for key, write in settled.items():
            other = at_boot.get(key)
            if other is None or other.value != write.value:
                writes[key] = _of_two(write, other)
    title = ", ".join(order)
    return assemble(
        subject=f"{title}: the host's own network namespace",
        platform=Platform.SYSCTL_FILE,
        writes=writes.values(),
        told=told_by(asked.so_keepalive),
        notes=[_NOTE] if len(writes) == len(SYSCTLS) else [_NOTE, _LEFT],
        place={"File": title, "Text": _kept(files, order), **asked.to_place()},
    )


def _settled(files: Mapping[str, str], order: Iterable[str]) -> dict[str, Write]:
    """The last write of each sysctl when the files are read in this order; those by name outrank those by glob."""
    exact: dict[str, Write] = {}
    globs: dict[str, Write] = {}
    excluded: set[str] = set()
    for name in order:
        for number, dash, key, value in _settings(files[name], name):
            place = f"{name}, line {number}"
            if value is None:
                excluded |= set(_matching(key)) if dash else set()
                continue
            for matched in _matching(key):
                write = write_of(matched, _as_kernel(value), origin=place, place=place)
                if write is not None:
                    (exact if matched == key else globs)[matched] = write
    return {**{key: write for key, write in globs.items() if key not in excluded}, **exact}


def _of_two(last: Write, at_boot: Write | None) -> Write:
    told = "leaves it out" if at_boot is None else f"gives {at_boot.value} ({at_boot.origin})"
    gap = (
        f"{SYSCTLS[last.field]}: sysctl --system gives {last.value} ({last.origin}), but sysctl.d, which is all that "
        f"systemd reads at boot, {told}."
    )
    return Write(field=last.field, value=None, origin=last.origin, gap=gap)


def _as_kernel(value: str) -> str:
    """The value as the kernel takes it: the first number, also in base 16 and 8; anything else stays as it is.

    Source: proc_get_long in https://github.com/torvalds/linux/blob/master/kernel/sysctl.c (read 2026-11-21)
    """
    found = re.fullmatch(r"(0[xX][0-9a-fA-F]{1,16}|0[0-7]{1,20}|\d{1,20})(?:\s.*)?", value.strip())
    if found is None:
        return value
    number = found[1]
    base = 16 if number[:2].lower() == "0x" else 8 if number.startswith("0") else 10
    return value if base == 8 and not re.fullmatch("[0-7]+", number) else str(int(number, base))


def _in_order(files: Iterable[str]) -> list[str]:
    """The names of the files that count, in the order in which they are read."""
    hidden: dict[str, str] = {}
    for name in sorted(files, key=lambda name: (_directory(name), name)):
        known = _directory(name) < len(_ORDER)
        hidden.setdefault(name.rpartition("/")[2] if known else name, name)
    return sorted(hidden.values(), key=lambda name: (is_sysctl_conf(name), name.rpartition("/")[2], name))


def _directory(name: str) -> int:
    """The place of its folder among those that are read, the first of which wins; the number of all when it is none."""
    path = _PATH.fullmatch(name)
    return _ORDER.index(path["folder"]) if path and path["folder"] in _ORDER else len(_ORDER)


def _settings(text: str, name: str) -> Iterable[tuple[int, bool, str, str | None]]:
    """Line number, whether a dash stands before it, sysctl, and value (None: none is given)."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise UsageError(f"{name}, line {number}: expected a setting such as net.ipv4.tcp_keepalive_time = 60")
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
            for number, _, key, _ in _settings(files[name], name)
            for line in [files[name].splitlines()[number - 1]]
            if _matching(key)
        )
        for name in order
    }
