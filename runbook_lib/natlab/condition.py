"""What this machine lets the lab be: a gateway in network namespaces, a relay on the loopback, or nothing, and why.

Sources
    https://man7.org/linux/man-pages/man7/user_namespaces.7.html (read 2026-11-21)
    https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces (read 2026-11-21)
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from runbook_lib.errors import LabError
from runbook_lib.natlab.cases import Forgotten
from runbook_lib.natlab.launch import SEARCHED, play
from runbook_lib.natlab.rules import MANY_PORTS
from runbook_lib.natlab.segments import can_count_segments

__all__ = ["Condition", "Kind", "condition"]

_PACKAGES = {"ip": "iproute2", "nft": "nftables", "unshare": "util-linux", "nsenter": "util-linux", "mount": "mount"}
_APART = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_ELSEWHERE = (
    "run it on a Linux machine or in a container with --cap-add NET_ADMIN --cap-add SYS_ADMIN "
    "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
)

_SWITCHES = (
    ("user.max_user_namespaces", "0"),
    ("kernel.unprivileged_userns_clone", "0"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1"),
)
_MOST_S = 10.0
_NOTHING = {"play": "nothing", "relay": False, "limit_s": 3, "ports": MANY_PORTS, "forgotten": Forgotten.RESET}


class Kind(StrEnum):
    """How much of the lab can be had."""

    NAMESPACES = "namespaces"
    RELAY = "relay"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the lab can be here; `reason` says why it is not more, and what to do about it. `prefix` starts it."""

    kind: Kind
    reason: str = ""
    prefix: tuple[str, ...] = ()


def condition(path: str = SEARCHED) -> Condition:
    """What the lab can be here: tried, not guessed. `path` are the folders to look for tools in."""
    if not sys.platform.startswith("linux"):
        return Condition(kind=Kind.NONE, reason=f"it needs Linux, and this is {sys.platform}; {_ELSEWHERE}")
    reason = _missing(path)
    for prefix in () if reason else tuple(_ways()):
        try:
            play(prefix, _NOTHING, most_s=_MOST_S)
        except LabError as error:
            reason = reason or f"network namespaces cannot be had here ({error}{_switched_off()}); {_ELSEWHERE}"
        else:
            return Condition(kind=Kind.NAMESPACES, prefix=prefix)
    if can_count_segments():
        return Condition(kind=Kind.RELAY, reason=reason)
    return Condition(kind=Kind.NONE, reason=f"{reason}; and no relay, since this kernel does not count segments")


def _missing(path: str) -> str:
    """Which tools are not there, and how to get them; empty when all are."""
    missing = [tool for tool in _PACKAGES if shutil.which(tool, path=path) is None]
    if not missing:
        return ""
    packages = " ".join(dict.fromkeys(_PACKAGES[tool] for tool in missing))
    return f"{', '.join(missing)} not found; install with: apt-get install {packages}"


def _switched_off() -> str:
    """Which setting of the system refuses user namespaces, where one is known to."""
    for name, refusing in _SWITCHES:
        place = Path("/proc/sys") / name.replace(".", "/")
        if place.is_file() and place.read_text().strip() == refusing:
            return f", since {name} is {refusing}"
    return ""


def _ways() -> Iterator[tuple[str, ...]]:
    """Commands that give a lab its namespaces, the one that needs no rights first."""
    yield ("unshare", "--user", "--map-root-user", *_APART)
    if os.geteuid() == 0:
        yield ("unshare", *_APART)
