"""Tables of idle connections: what forgets them on the path, and the keepalive settings of every client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from runbook_lib.invocations.callers import Joined
from runbook_lib.keepalive.device import Device
from runbook_lib.keepalive.verdict import Judged
from runbook_lib.model.callers import CallEnd
from runbook_lib.model.keepalive import KeepaliveSubject, Platform
from runbook_lib.model.status import Status
from runbook_lib.render.frames import OUTCOMES
from runbook_lib.render.keepalive_figure import SAFETIES
from runbook_lib.render.tables import Cell, Table

__all__ = ["calls_table", "clients_table", "devices_table"]

_MANY = 60
_SWITCH: Mapping[bool | None, str] = {True: "on", False: "off", None: "not known"}
_ENDS: Mapping[CallEnd, Status] = {
    CallEnd.ANSWERED: Status.PASS,
    CallEnd.TIMED_OUT: Status.FAIL,
    CallEnd.RESET: Status.FAIL,
    CallEnd.FAILED: Status.FAIL,
    CallEnd.OPEN: Status.UNKNOWN,
}
_PLATFORMS: Mapping[Platform, str] = {
    Platform.HOST: "host",
    Platform.KUBERNETES: "Kubernetes",
    Platform.ECS: "Amazon ECS",
    Platform.COMPOSE: "Docker Compose",
    Platform.DOCKER_RUN: "docker run",
    Platform.SYSCTL_FILE: "sysctl file",
    Platform.PYTHON: "Python code",
}


def devices_table(devices: Sequence[Device], where: Iterable[str], doubts: str = "") -> Table:
    """One row per device on the path that forgets idle connections, the smallest limit first.

    `where` are the paths in words, `doubts` why the limit of a path is not known; both stand below the table.
    """
    listed = sorted(devices, key=lambda item: item.at_least_s if item.idle_limit_s is None else item.idle_limit_s)
    rows = tuple(
        (
            Cell(item.noun, small=item.id),
            _limit(item),
            Cell(item.happens or "–"),
            Cell("every packet" if item.counts_probes else "data only: no probe helps"),
            Cell(item.source or "–", code=bool(item.source)),
        )
        for item in listed
    )
    paths = "; ".join(words.rstrip(".") for words in where)
    note = " ".join([*([f"Looked at: {paths}."] if paths else []), *([f"Not known: {doubts}."] if doubts else [])])
    caption = "What forgets an idle connection on the path" if rows else "No device on the path is known to forget"
    return Table(caption, ("Device", "Forgets after", "And then", "What keeps it alive", "Source"), rows, note)


def clients_table(clients: Sequence[tuple[KeepaliveSubject, Judged]], note: str = "") -> Table:
    """One row per client with every setting and where it comes from, in the order given, at most sixty."""
    shown = clients[:_MANY]
    of = f"{len(shown)} of {len(clients):,}" if len(shown) < len(clients) else str(len(clients))
    caption = f"{of} client{'' if len(clients) == 1 else 's'}, worst first" if clients else "No client was given"
    columns = ("Client", "Survives", "Settings", "SO_KEEPALIVE", "A packet", "Why")
    return Table(caption, columns, tuple(_client(subject, judged) for subject, judged in shown), note)


def calls_table(joined: Sequence[Joined], function: str) -> Table:
    """One row per call: what the log of the function says beside that of its caller, lost answers first."""
    listed = sorted(joined, key=lambda item: not item.is_lost)[:_MANY]
    lost = sum(item.is_lost for item in joined)
    of = f"{len(listed)} of {len(joined):,}" if len(listed) < len(joined) else str(len(joined))
    caption = (
        f"{of} call{'' if len(joined) == 1 else 's'} of {function}, {lost:,} answer{'' if lost == 1 else 's'} lost"
    )
    columns = ("Called (UTC)", "What the function did", "What the caller got", "Answer")
    return Table(caption, columns, tuple(_call(item) for item in listed))


def _call(item: Joined) -> tuple[Cell, ...]:
    call, invocation, lasted_s = item.call, item.invocation, item.lasted_s()
    worked = Cell(status=Status.UNKNOWN, word="not seen in its log")
    if invocation is not None:
        took = f"after {lasted_s:,.0f} s" if lasted_s is not None else ""
        worked = Cell(took, OUTCOMES[invocation.outcome], small=invocation.request_id, word=invocation.outcome.value)
    waited = f"after {call.waited_s:,.0f} s" if call.waited_s is not None else ""
    lost = Cell(status=Status.FAIL, word="lost") if item.is_lost else Cell("–")
    arrived = Cell(status=Status.PASS, word="arrived")
    return (
        Cell(call.started.strftime("%Y-%m-%d %H:%M:%S") if call.started else "not told"),
        worked,
        Cell(waited, _ENDS[call.end], small=call.error or "", word=call.end.value),
        arrived if call.end is CallEnd.ANSWERED else lost,
    )


def _limit(device: Device) -> Cell:
    if device.idle_limit_s is not None:
        return Cell(f"{device.idle_limit_s:,} s")
    least = f"{device.at_least_s:,} s or more" if device.at_least_s else "not known"
    return Cell(least, status=Status.UNKNOWN, word="Unknown:", small=device.gap)


def _client(subject: KeepaliveSubject, judged: Judged) -> tuple[Cell, ...]:
    ends = subject.connection
    kind = _PLATFORMS[subject.platform]
    period = None if subject.so_keepalive is False or subject.probes == 0 else subject.period_s
    return (
        Cell(subject.id, small=f"{ends.local} to {ends.peer}" if ends else kind),
        Cell(status=SAFETIES[judged.safety], word=judged.safety.value.replace("_", " ").lower()),
        Cell(lines=tuple(_setting(subject, name, value, words) for name, value, words in _settings(subject))),
        Cell(_SWITCH[subject.so_keepalive], small=_origin(subject, "so_keepalive")),
        _rhythm(subject, period),
        Cell(judged.reason, lines=subject.notes),
    )


def _rhythm(subject: KeepaliveSubject, period: int | None) -> Cell:
    if period is not None:
        return Cell(f"every {period:,} s", small="if SO_KEEPALIVE is on" if subject.so_keepalive is None else "")
    return Cell("never" if subject.so_keepalive is False or subject.probes == 0 else "not known")


def _settings(subject: KeepaliveSubject) -> tuple[tuple[str, int | None, str], ...]:
    """Field, value and words of every setting."""
    return (
        ("time_s", subject.time_s, "first probe after {} s"),
        ("interval_s", subject.interval_s, "interval {} s"),
        ("probes", subject.probes, "{} probes"),
    )


def _setting(subject: KeepaliveSubject, name: str, value: int | None, words: str) -> str:
    said = words.format("?" if value is None else f"{value:,}")
    origin = _origin(subject, name)
    return f"{said} ({origin})" if origin else said


def _origin(subject: KeepaliveSubject, name: str) -> str:
    return dict(subject.origins).get(name, "")
