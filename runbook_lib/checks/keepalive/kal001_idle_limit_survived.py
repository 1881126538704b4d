"""TCP connection outlives the idle limit of its path.

What is verified
    The client's keepalive probes come often enough for every device on the path that forgets idle connections.
Why it matters
    A NAT gateway, an interface endpoint and a Network Load Balancer forget a connection after 350 idle seconds. A
    client that waits for a slow answer then waits for ever, and one that uses the connection again is reset.
How it is decided
    SO_KEEPALIVE on; the longer of the time to the first probe and the interval below the smallest limit of the
    traced path, or below the limit that was told; and not so near that the kernel's late timers miss it (beyond 6/7).
    An Application Load Balancer counts data only: no probe helps. What may be smaller but is not known is taken at
    its smallest.
Unknown when
    The socket option or a setting is not known, a limit was not read, or the path is not known to its end.
Sources
    Troubleshoot NAT gateways, https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
    (read 2026-11-21)
    Sources of every device: runbook_lib/keepalive/devices.py
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.keepalive.common import READ, Idle, each_subject, idle_of
from runbook_lib.keepalive.verdict import Safety, judge
from runbook_lib.model.finding import Finding
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="KAL001",
    title="TCP connection outlives the idle limit of its path",
    severity=Severity.HIGH,
    family="keepalive",
    applies_to=KeepaliveSubject.TYPE,
    needs=READ,
    is_anywhere=True,
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per client."""
    return each_subject(META, view, settings, lambda subject: _judge(view, subject, idle_of(view, settings)))


def _judge(view: View, subject: KeepaliveSubject, idle: Idle) -> Iterator[Finding]:
    told = (subject.cite(key) for key in ("TimeS", "IntervalS", "Probes", "SoKeepalive"))
    seen = (*told, *idle.evidence(view))
    deaf = next((item for item in idle.devices if not item.counts_probes), None)
    known, worst = idle.known_s, idle.worst_s
    if deaf is not None and deaf.idle_limit_s is not None:
        said = f"{subject.id}: {deaf.label} closes a connection after {deaf.idle_limit_s} s without data, and probes "
        yield META.failed(subject, f"{said}carry none: send data earlier, or raise its limit.", *seen, code="ONLY_DATA")
    elif known is not None and (at_known := judge(subject, known)).safety is Safety.UNSAFE:
        yield META.failed(subject, _said(subject, at_known.reason, idle), *seen, code="UNSAFE")
    elif worst is not None and deaf is None and (at_worst := judge(subject, worst)).safety is Safety.SAFE:
        at_limit = at_worst if known is None else judge(subject, known)
        yield META.passed(subject, _said(subject, at_limit.reason, idle), *seen)
    elif not idle.doubts and idle.told_s is None and not idle.devices:
        where = " and ".join(idle.where)
        yield META.not_applicable(subject, f"{subject.id}: no device on the path forgets idle connections ({where}).")
    else:
        yield _cannot_tell(subject, idle)


def _cannot_tell(subject: KeepaliveSubject, idle: Idle) -> Finding:
    """UNKNOWN: for what is not known of the client, else for what is not known of the path."""
    if idle.known_s is not None and (judged := judge(subject, idle.known_s)).safety is Safety.CANNOT_TELL:
        return META.unknown(subject, _said(subject, judged.reason, idle), code="CANNOT_TELL")
    said = f"{subject.id}: the idle limit is not known, since {idle.doubts.rstrip('.')}."
    return META.unknown(subject, said, code="LIMIT_UNKNOWN")


def _said(subject: KeepaliveSubject, reason: str, idle: Idle) -> str:
    device = idle.limit.device
    by = f" ({device.label})" if device is not None else ""
    return f"{subject.id}: {reason.rstrip('.')}{by}."
