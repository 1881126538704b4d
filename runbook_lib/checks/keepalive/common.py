"""What the keepalive checks share: the subjects, and the idle limit that they have to survive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.path.common import TRACED, answer_of, flows
from runbook_lib.errors import FactMissing
from runbook_lib.keepalive.device import Device
from runbook_lib.keepalive.devices import Limit, devices_of, limit_of
from runbook_lib.keepalive.verdict import require_limit
from runbook_lib.model.fact import Fact
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import NatGateway, VpcEndpoint
from runbook_lib.model.interfaces import Instance
from runbook_lib.model.keepalive import KeepaliveSubject
from runbook_lib.model.kinds import action_of
from runbook_lib.network.view import View

__all__ = ["READ", "Idle", "each_subject", "idle_of"]

READ = (KeepaliveSubject.KEY, *TRACED, "LoadBalancerAttributes", "LoadBalancerListeners")
"""The snapshot keys that deciding about idle connections may read."""


_DESCRIBED: Mapping[str, type[Fact]] = {"nat-gateway": NatGateway, "vpc-endpoint": VpcEndpoint, "instance": Instance}


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """The idle limit that connections have to survive.

    `told_s` is what somebody told, and then nothing else counts. Else `limit` is that of the traced paths, `devices`
    all that forget on them, and `where` the paths in words; `missing` says what kept a path from being traced.
    """

    told_s: float | None
    limit: Limit
    devices: tuple[Device, ...] = ()
    where: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def known_s(self) -> float | None:
        """The smallest limit that is known, or None."""
        if self.told_s is not None:
            return self.told_s
        return self.limit.device.idle_limit_s if self.limit.device else None

    @property
    def worst_s(self) -> float | None:
        """A limit below which nothing on the path forgets; None when that is not known, or nothing forgets at all."""
        return self.told_s if self.told_s is not None else None if self.missing else self.limit.worst_s

    def evidence(self, view: View) -> tuple[Evidence, ...]:
        """The device with the smallest limit as AWS describes it, where the facts hold it."""
        device = self.limit.device
        kind = _DESCRIBED.get(device.kind) if device else None
        found = view.find(kind, device.id) if device and kind else None
        return (found.cite(),) if found else ()

    @property
    def doubts(self) -> str:
        """Why the limit of the path is not known, as clauses; empty when it is."""
        return "; ".join(dict.fromkeys((*self.missing, *(item.doubt for item in self.limit.unknown))))


def each_subject(
    meta: Meta, view: View, settings: Settings, judge: Callable[[KeepaliveSubject], Iterable[Finding]]
) -> Iterator[Finding]:
    """Judge every client whose keepalive settings were read, ordered by place and id."""
    listings = [item for (_, key), item in view.snapshot.listings.items() if key == KeepaliveSubject.KEY]
    subjects = view.snapshot.all(KeepaliveSubject)
    target, action = settings.target.ref, action_of(KeepaliveSubject.KEY)
    yield from meta.each(subjects, lambda subject: subject.ref, judge)
    if not listings:
        yield meta.not_read(target, FactMissing("the keepalive settings of its clients", action))
    for listing in listings:
        if listing.incomplete:
            gap = FactMissing(f"the keepalive settings of every client ({listing.incomplete})", action)
            yield meta.not_read(target, gap, scope=listing.scope.pointer or "clients")
    if listings and not subjects and not any(listing.incomplete for listing in listings):
        yield meta.not_applicable(target, f"{settings.target.name}: no client was given to judge.")


def idle_of(view: View, settings: Settings) -> Idle:
    """The idle limit of a run, traced once per view. UsageError for a told limit that is not above 0."""
    told_s = settings.keepalive.idle_limit_s if settings.keepalive else None
    if told_s is not None:
        require_limit(told_s)
        return Idle(told_s=told_s, limit=limit_of(()))
    asked = flows(settings)
    key = ("idle", asked)
    found = view.memo.get(key)
    if not isinstance(found, Idle):
        found = view.memo[key] = _traced(view, settings)
    return found


def _traced(view: View, settings: Settings) -> Idle:
    devices: list[Device] = []
    where: list[str] = []
    missing: list[str] = []
    places = {(subnet, one.group_ids): one for one in settings.target.placements for subnet in one.subnet_ids}
    for flow in flows(settings):
        runs_functions = bool(places[flow.subnet_id, flow.group_ids].functions)
        try:
            traced = answer_of(view, flow)
        except FactMissing as gap:
            missing.append(f"{gap.what} could not be read; allow {' and '.join(gap.actions)} and run again")
            continue
        where.append(traced.words)
        for part in traced.parts:
            whole = {**part, "missing": part.get("missing") or list(traced.missing)}
            devices += devices_of(whole, view.snapshot, runs_functions=runs_functions)
    if not where and not missing:
        missing.append(f"{settings.target.name} names no path: tell an idle limit, or where the clients run")
    unique = tuple({(item.kind, item.id): item for item in devices}.values())
    return Idle(told_s=None, limit=limit_of(unique), devices=unique, where=tuple(where), missing=tuple(missing))
