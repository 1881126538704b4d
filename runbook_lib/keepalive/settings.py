"""Keepalive settings as they stand in a manifest, and the subject that they add up to.

Every reader collects writes in the order in which they take effect; what nobody writes is the default of a new network
namespace, unless the namespace is not a new one.

Sources (read 2026-11-21)
    The settings, https://docs.kernel.org/networking/ip-sysctl.html (tcp_keepalive_time, _intvl, _probes)
    Names with dots and slashes, https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
    BOTOCORE_TCP_KEEPALIVE, https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html and botocore's
    configprovider.py: only "true", in any case, means true
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runbook_lib.errors import UsageError
from runbook_lib.model.fact import Scope
from runbook_lib.model.keepalive import KERNEL_DEFAULTS, KeepaliveSubject, Platform

__all__ = [
    "BOTOCORE_VARIABLE",
    "PERHAPS",
    "SYSCTLS",
    "Asked",
    "Told",
    "Write",
    "agreed",
    "assemble",
    "canonical",
    "is_open",
    "later",
    "told_by",
    "write_of",
]

SYSCTLS = {
    "time_s": "net.ipv4.tcp_keepalive_time",
    "interval_s": "net.ipv4.tcp_keepalive_intvl",
    "probes": "net.ipv4.tcp_keepalive_probes",
}
"""Field of a subject → the sysctl that sets it."""

BOTOCORE_VARIABLE = "BOTOCORE_TCP_KEEPALIVE"

PERHAPS = "$perhaps"
"""The value of a setting that a command may write, and may not."""

_FIELDS = {name: field for field, name in SYSCTLS.items()}
_DEFAULTS = dict(zip(SYSCTLS, KERNEL_DEFAULTS, strict=True))
_DEFAULT_ORIGIN = "the default of a new network namespace"
_RAW = {"time_s": "TimeS", "interval_s": "IntervalS", "probes": "Probes"}
# Seconds are kept as ticks in an int, with up to 1,000 ticks a second; probes in a byte.
_HIGHEST = {"time_s": 2_147_483, "interval_s": 2_147_483, "probes": 255}
_LOWEST = {"time_s": 1, "interval_s": 1, "probes": 0}
_UNITS = {"time_s": "seconds", "interval_s": "seconds", "probes": "probes"}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_OPEN = re.compile(r"\{\{|\$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One setting written somewhere: the field of the subject, its value, and where it stands.

    `value` None is a value that the file does not tell; `gap` says why.
    """

    field: str
    value: int | None
    origin: str
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known about SO_KEEPALIVE, and from where; None is not known. `note` is for people.

    `variable` is what the environment variable of botocore says. It never counts alone: a manifest does not tell which
    clients an image holds, and only boto3 and the AWS CLI read it.
    """

    value: bool | None = None
    variable: bool | None = None
    origin: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person told beside the file: SO_KEEPALIVE, and the version of the kubelets as (1, 29); None: not told."""

    so_keepalive: bool | None = None
    kubelet: tuple[int, int] | None = None

    def to_place(self) -> dict[str, Any]:
        """What a fix needs to read the changed file on the same terms."""
        return {"SoKeepalive": self.so_keepalive, "Kubelet": self.kubelet and list(self.kubelet)}

    @classmethod
    def of_place(cls, place: Mapping[str, Any]) -> Asked:
        """What `to_place` kept."""
        major_minor = place.get("Kubelet")
        return cls(
            so_keepalive=place.get("SoKeepalive"), kubelet=(major_minor[0], major_minor[1]) if major_minor else None
        )


def canonical(name: str) -> str:
    """The sysctl name with dots: when the first separator is a slash, dots and slashes change places."""
    name = name.strip()
    first = re.search(r"[./]", name)
    return name.translate(str.maketrans("./", "/.")) if first and first.group() == "/" else name


def is_open(value: object) -> bool:
    """True for a value that is put in later: a template expression, a variable, a reference, a list or a map."""
    return isinstance(value, Mapping | list) or (isinstance(value, str) and bool(_OPEN.search(value)))


def write_of(name: str, value: object, *, origin: str, place: str) -> Write | None:
    """The write of one sysctl, or None when it is not a keepalive setting.

    UsageError, beginning with `place`, when the kernel would not take the value.
    """
    field = _FIELDS.get(canonical(name))
    if field is None:
        return None
    if value == PERHAPS:
        gap = f"{SYSCTLS[field]} is written by a command that may not run."
        return Write(field=field, value=None, origin=origin, gap=gap)
    if is_open(value):
        shown = " ".join(value.split()) if isinstance(value, str) else "an expression"
        return Write(field=field, value=None, origin=origin, gap=f"{SYSCTLS[field]} is {shown}, put in elsewhere.")
    low, high = _LOWEST[field], _HIGHEST[field]
    text = "" if value is None or isinstance(value, bool) else str(value).strip()
    if not _NUMBER.fullmatch(text) or not low <= int(text) <= high:
        shown = repr(value if value is None or isinstance(value, bool) else text)[:40]
        raise UsageError(f"{place}: {SYSCTLS[field]} must be a whole number of {_UNITS[field]} from {low} to {high}, "
                         f"found {shown}")  # fmt: skip
    return Write(field=field, value=int(text), origin=origin)


def agreed(writes: Iterable[tuple[str, Write]]) -> list[Write]:
    """One write per field from the containers of one namespace, given as (container, write) in file order.

    The container that starts last decides, and nothing tells which that is: values that differ are not known.
    """
    by_field: dict[str, dict[str, Write]] = {}
    for container, write in writes:
        by_field.setdefault(write.field, {})[container] = write
    found = []
    for field, by_container in by_field.items():
        seen = tuple(by_container.values())
        if len({write.value for write in seen}) == 1:
            found.append(seen[0])
            continue
        said = " and ".join(
            f"{'?' if write.value is None else write.value} ({name})" for name, write in by_container.items()
        )
        gap = f"{SYSCTLS[field]} is set to {said} in one network namespace, and the container that starts last decides."
        found.append(Write(field=field, value=None, origin=seen[-1].origin, gap=gap))
    return found


def later(before: Iterable[Write], write: Write, who: str, *, unset: str = "") -> Write:
    """A write after clients may have connected: as it is when nothing changes by it, else not known.

    `before` are the writes until then, `unset` says why a setting that nobody writes is not the default. Connections
    that are open keep the timers that they have.
    """
    found = {each.field: each for each in before}.get(write.field) or _default(write.field, unset)
    if found.value is not None and found.value == write.value:
        return found
    name = SYSCTLS[write.field]
    gap = write.gap or f"{who} sets {name} to {write.value} when connections may be open, and those keep what was set."
    return Write(field=write.field, value=None, origin=write.origin, gap=gap)


def told_by(so_keepalive: bool | None, variable: object = None, *, where: str = "") -> Told:
    """What is known of SO_KEEPALIVE: what a person told, and a note on the environment variable of botocore.

    `variable` None: it is not set.
    """
    stands, origin = f"{BOTOCORE_VARIABLE} in {where}", "told" if so_keepalive is not None else ""
    if variable is None:
        return Told(value=so_keepalive, origin=origin)
    if is_open(variable):
        note = f"{stands} is put in elsewhere; only boto3 and the AWS CLI read it."
        return Told(value=so_keepalive, origin=origin, note=note)
    value = str(variable).lower() == "true"
    told = f"{stands} turns it {'on' if value else 'off'} for boto3 and the AWS CLI alone"
    if so_keepalive is not None and so_keepalive is not value:
        return Told(value=so_keepalive, variable=value, origin=origin, note=f"{told}; what was told counts.")
    note = f"{told}; Config(tcp_keepalive=...) in the code outranks it."
    return Told(value=so_keepalive, variable=value, origin=origin, note=note)


def assemble(
    *,
    subject: str,
    platform: Platform,
    writes: Iterable[Write],
    told: Told,
    place: Mapping[str, Any],
    unset: str = "",
    refused: str | None = None,
    notes: Iterable[str] = (),
    gaps: Iterable[str] = (),
) -> KeepaliveSubject:
    """The subject that `writes`, in the order in which they take effect, add up to.

    `unset` says why a setting that nobody writes is not the default; empty: it is.
    """
    last = {write.field: write for write in writes}
    raw: dict[str, Any] = {
        "Subject": subject,
        "Platform": platform.value,
        "Refused": refused,
        "Place": {**place, "Variable": told.variable},
    }
    origins: dict[str, str] = {}
    reasons = list(gaps)
    for field in SYSCTLS:
        write = last.get(field) or _default(field, unset)
        raw[_RAW[field]] = write.value
        origins[field] = write.origin
        reasons += [write.gap] if write.gap else []
    if told.origin:
        origins["so_keepalive"] = told.origin
    raw |= {
        "SoKeepalive": told.value,
        "Origins": origins,
        "Notes": list(dict.fromkeys([*notes, *([told.note] if told.note else [])])),
        "Gaps": list(dict.fromkeys(reasons)),
    }
    return KeepaliveSubject.read(raw, Scope(), "")


def _default(field: str, unset: str) -> Write:
    if unset:
        return Write(field=field, value=None, origin="not in this file", gap=unset)
    return Write(field=field, value=_DEFAULTS[field], origin=_DEFAULT_ORIGIN)
