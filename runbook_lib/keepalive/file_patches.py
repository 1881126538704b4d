"""Changes to the files of sysctl.d of a host: a file that is read after all others, and /etc/sysctl.conf with it."""

from __future__ import annotations

from collections.abc import Mapping

from runbook_lib.keepalive.needs import Needs
from runbook_lib.keepalive.settings import canonical
from runbook_lib.keepalive.sysctl_files import folder_of, is_sysctl_conf

__all__ = ["changed_files"]

_NAMES = ("99-tcp-keepalive.conf", "99-zz-tcp-keepalive.conf", "zz-tcp-keepalive.conf")


def changed_files(files: Mapping[str, str], needs: Needs) -> dict[str, str]:
    """The lines to add to each file; one that is not among `files` is new.

    A file that stands in no folder of sysctl.d may be called anything on its host, so the lines go to its own end.
    """
    lines = "".join(f"{name} = {value}\n" for name, value in needs.sysctls.items())
    if not lines:
        return {}
    folders = {name: folder for name in files if (folder := folder_of(name))}
    if not folders:
        return {list(files)[-1]: lines}
    added = {_last(list(folders), next(iter(folders.values()))): lines}
    for name, text in files.items():
        if is_sysctl_conf(name) and any(_names(line) in needs.sysctls for line in text.splitlines()):
            added[name] = lines
    return added


def _last(names: list[str], root: str) -> str:
    """The name of a new file that sorts behind all others."""
    last = max((name.rpartition("/")[2] for name in names if not is_sysctl_conf(name)), default="")
    base = next((name for name in _NAMES if name > last), f"z{last}")
    return f"{root}etc/sysctl.d/{base}"


def _names(line: str) -> str:
    return canonical(line.partition("=")[0].strip().lstrip("-"))
