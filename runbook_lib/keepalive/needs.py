"""What has to change for a client to survive, whatever the platform, and how it is written where no platform matters.

Only what is wrong or not known is changed. The first probe goes out after 60 s and the next ones 30 s apart: far below
6/7 of the limits of AWS (350 s for NAT gateways, interface endpoints and Network Load Balancers), so that lost and
late probes do not matter, at one small packet a minute. Below a limit of 140 s the time is half of what is sure.

Sources (read 2026-11-21)
    Fewer than 350 s, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    Late timers, https://github.com/torvalds/linux/blob/master/kernel/time/timer.c
    TCP_KEEPIDLE, TCP_KEEPINTVL, https://man7.org/linux/man-pages/man7/tcp.7.html
    botocore has no setting for them, https://github.com/boto/botocore/issues/2916
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, SYSCTLS
from runbook_lib.keepalive.verdict import is_late_prone
from runbook_lib.model.keepalive import KERNEL_DEFAULTS, KeepaliveSubject

__all__ = ["Needs", "Remedy", "client_title", "host_file", "needs_of", "on_host", "socket_options", "sysctl_title"]

_USUAL_TIME_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A change: its title, the exact text to put in place, and the subject as it reads afterwards.

    Where that is not safe yet, it is the socket option alone that decides, and the title says so.
    """

    title: str
    text: str
    changed: KeepaliveSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What has to change: sysctl → value, and whether the client has to set SO_KEEPALIVE.

    `time_s` and `interval_s` are those to write where both are written.
    """

    sysctls: Mapping[str, int]
    so_keepalive: bool
    time_s: int
    interval_s: int

    @property
    def title(self) -> str:
        """What is set, for the title of a change."""
        return " and ".join(filter(None, (sysctl_title(self), client_title(self))))


def sysctl_title(needs: Needs) -> str:
    """The sysctls that are set, in short."""
    return " and ".join(f"{name.removeprefix('net.ipv4.')}={value}" for name, value in needs.sysctls.items())


def client_title(needs: Needs) -> str:
    """The variable that is set, in short."""
    return f"{BOTOCORE_VARIABLE}=true" if needs.so_keepalive else ""


def needs_of(subject: KeepaliveSubject, limit_s: float) -> Needs | None:
    """What a subject needs to outlive `limit_s`; None when whole seconds are too coarse for that."""
    time_s = max(1, int(min(_USUAL_TIME_S, limit_s * 3 / 7)))
    if is_late_prone(time_s, limit_s):
        return None
    wanted = {"time_s": time_s, "interval_s": max(1, time_s // 2)}
    present = {"time_s": subject.time_s, "interval_s": subject.interval_s}
    sysctls = {
        SYSCTLS[field]: wanted[field]
        for field, value in present.items()
        if value is None or is_late_prone(value, limit_s)
    }
    if subject.probes == 0:
        sysctls[SYSCTLS["probes"]] = KERNEL_DEFAULTS[2]
    is_set = subject.so_keepalive is None and subject.place.get("Variable") is True
    return Needs(sysctls=sysctls, so_keepalive=subject.so_keepalive is not True and not is_set, **wanted)


def on_host(subject: KeepaliveSubject, needs: Needs, origin: str) -> KeepaliveSubject:
    """The subject in the namespace of a host that has the sysctls, the variable in its environment if it needs that.

    Whether SO_KEEPALIVE is on then depends on what its client is: that is not known.
    """
    fields = {name: field for field, name in SYSCTLS.items()}
    values = {fields[name]: value for name, value in needs.sysctls.items()}
    origins = dict(subject.origins) | dict.fromkeys(values, origin)
    place = dict(subject.place)
    if needs.so_keepalive:
        origins.pop("so_keepalive", None)
        place["Variable"] = True
    changed = replace(
        subject,
        time_s=values.get("time_s", subject.time_s),
        interval_s=values.get("interval_s", subject.interval_s),
        probes=values.get("probes", subject.probes),
        so_keepalive=None if needs.so_keepalive else subject.so_keepalive,
        origins=tuple(sorted(origins.items())),
        connection=None,
        gaps=(),
        place=place,
    )
    return replace(changed, raw=changed.to_raw())


def host_file(needs: Needs) -> str:
    """A file of sysctl.d with the settings; empty when none is needed."""
    lines = [f"{name} = {value}\n" for name, value in needs.sysctls.items()]
    return "# /etc/sysctl.d/99-tcp-keepalive.conf, then: sysctl --system\n" + "".join(lines) if lines else ""


def socket_options(subject: KeepaliveSubject, needs: Needs) -> Remedy:
    """The options on the client's own sockets: they hold in any namespace, and where no sysctl can be set (Lambda)."""
    text = f"""import socket

# botocore has no public setting for these; before the first request, and again after an update of botocore:
client._endpoint.http_session._socket_options += [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, {needs.time_s}),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, {needs.interval_s}),
]
"""
    changed = replace(
        subject,
        time_s=needs.time_s,
        interval_s=needs.interval_s,
        probes=KERNEL_DEFAULTS[2] if subject.probes == 0 else subject.probes,
        so_keepalive=True,
        origins=tuple(
            sorted(
                {
                    **dict(subject.origins),
                    "time_s": "TCP_KEEPIDLE",
                    "interval_s": "TCP_KEEPINTVL",
                    "so_keepalive": "SO_KEEPALIVE",
                }.items()
            )
        ),
        connection=None,
        gaps=(),
    )
    title = f"In the code of the client: SO_KEEPALIVE, TCP_KEEPIDLE={needs.time_s} and TCP_KEEPINTVL={needs.interval_s}"
    return Remedy(title=title, text=text, changed=replace(changed, raw=changed.to_raw()))
