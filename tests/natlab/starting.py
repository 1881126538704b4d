"""Commands that start the kit with fewer rights than the tests have."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KIT = (sys.executable, "-B", "-m", "runbook_lib")

_NO_USERS = ("unshare", "--user", "--map-root-user", "sh", "-c")
_SWITCH = "echo 0 > /proc/sys/user/max_user_namespaces && exec"

REFUSED = (*_NO_USERS, f'{_SWITCH} setpriv --bounding-set=-all "$@"', "sh")
"""Starts a command that has no capabilities and may make no user namespace: the setting is that of its own one."""

AS_ROOT_WITHOUT_USERS = (*_NO_USERS, f'{_SWITCH} "$@"', "sh")
"""Starts a command that may make no user namespace, but is root in its own one and may make network namespaces."""


def as_nobody() -> tuple[str, ...]:
    """Starts a command as a user without rights: as it is for one of those, and as nobody for root.

    Folders that only root may enter are replaced, in a mount namespace of its own, by ones with nothing in them but
    what the kit needs.
    """
    if os.geteuid():
        return ()
    steps = "\n".join(["set -e", "mount --make-rprivate /", *_opened()])
    return (
        "unshare",
        "--mount",
        "sh",
        "-c",
        steps + '\nexec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"',
        "sh",
    )


def _opened() -> Iterator[str]:
    needed = {ROOT, Path(sys.prefix), Path(sys.base_prefix)}
    closed = {parent for path in needed for parent in path.parents if not parent.stat().st_mode & 0o001}
    for outer in sorted(parent for parent in closed if not closed.intersection(parent.parents)):
        kept = {f"/mnt/{number}": path for number, path in enumerate(needed) if outer in path.parents}
        yield "mount -t tmpfs tmpfs /mnt"
        yield from (f"mkdir {aside} && mount --bind {shlex.quote(str(path))} {aside}" for aside, path in kept.items())
        yield f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(outer))}"
        for aside, path in kept.items():
            yield f"mkdir -p {shlex.quote(str(path))} && mount --bind {aside} {shlex.quote(str(path))}"
