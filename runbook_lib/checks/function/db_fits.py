"""Whether the connections of a function fit into one of its databases.

Sources (read 2026-11-21)
    RDS Proxy rejects what exceeds its limits, and its targets are healthy when AVAILABLE,
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.howitworks.html
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_TargetHealth.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import executions_of, series_of
from runbook_lib.checks.function.databases import Use, leads_to
from runbook_lib.checks.function.db_limits import limit_of
from runbook_lib.errors import FactMissing
from runbook_lib.model.databases import DbProxy, DbProxyTargets
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.kinds import action_of
from runbook_lib.model.observations import MetricSeries
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["judged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demand:
    """How many environments open connections at once: `usual` of them, `worst` when nothing but a limit holds."""

    usual: int
    worst: int
    words: str
    worst_words: str = ""
    evidence: tuple[Evidence, ...] = ()


def judged(meta: Meta, view: View, settings: Settings, function: Function, use: Use) -> Finding:
    """The finding about one database. Raises FactMissing when what decides was not read."""
    if use.by and not use.is_named:
        return _by_proxy(meta, view, function, use, use.by)
    demand, limit = _demand_of(view, settings, function), limit_of(view, use.database)
    each, scope = settings.connections_per_invocation, use.database.id
    usual, worst = demand.usual * each, demand.worst * each
    proxies = " and ".join(proxy.id for proxy in use.proxies)
    seen = (*demand.evidence, *limit.evidence)
    opens = f"{function.id} opens up to {usual:,} connection{'' if usual == 1 else 's'} ({demand.words} x {each} each)"
    beside = f"; {proxies} stands before it and is passed by" if proxies and use.is_named else ""
    may = "" if use.is_named else ", which it may reach"
    if limit.gap:
        said = f"{opens}, but {limit.gap}{beside}; SHOW max_connections in the database tells."
        return meta.unknown(function, said, *seen, code="LIMIT_NOT_KNOWN", scope=scope)
    said = f"{opens}, and {limit.words}{may}{beside}"
    if usual > limit.sure and proxies and not use.is_named:
        said = f"{said}; whether it goes by {proxies} is not known: name the destination."
        return meta.unknown(function, said, *seen, code="WAY_NOT_TOLD", scope=scope)
    if usual > limit.most:
        return meta.failed(function, f"{said}.", *seen, code="TOO_MANY_CONNECTIONS", scope=scope)
    if usual > limit.sure:
        said = f"{said}: what RDS takes of the memory decides; SHOW max_connections in the database tells."
        return meta.unknown(function, said, *seen, code="MEMORY_NOT_TOLD", scope=scope)
    if worst > limit.most and not proxies:
        said = f"{said}; nothing keeps it from {worst:,}: {demand.worst_words}."
        found = meta.failed(function, said, *seen, code="CONNECTIONS_NOT_BOUNDED", scope=scope)
        return replace(found, severity=Severity.LOW)
    return meta.passed(function, f"{said}.", *seen, scope=scope)


def _demand_of(view: View, settings: Settings, function: Function) -> _Demand:
    if settings.concurrency:
        count = settings.concurrency
        return _Demand(usual=count, worst=count, words=f"{count:,} executions wanted at once")
    allowed = executions_of(view, function)
    if allowed.is_reserved:
        words = f"{allowed.count:,} executions reserved"
        return _Demand(usual=allowed.count, worst=allowed.count, words=words, evidence=(allowed.evidence,))
    running = series_of(view, function, "ConcurrentExecutions")
    if not running.is_complete:
        raise FactMissing(f"the whole of ConcurrentExecutions of {function.id}", action_of(MetricSeries.KEY))
    peak = int(max(running.values, default=0))
    return _Demand(
        usual=peak,
        worst=allowed.count,
        words=f"at most {peak:,} executions ran at once",
        worst_words=f"it has {allowed.words}",
        evidence=(running.cite("Values"), allowed.evidence),
    )


def _by_proxy(meta: Meta, view: View, function: Function, use: Use, proxy: DbProxy) -> Finding:
    found, scope = view.get(DbProxyTargets, proxy.id), use.database.id
    before = [target for target in found.targets if leads_to(target, use.database)]
    own = [target for target in before if target.resource_id == scope]
    health = {target.health for target in own or before} - {None}
    seen = (found.cite("Targets"), proxy.cite("Status"))
    if proxy.status != "available" or health - {"AVAILABLE", "REGISTERING"}:
        states = ", ".join(sorted(filter(None, health))) or "not told"
        said = f"{function.id} goes by {proxy.id} (status {proxy.status}) to {scope}, whose health there is {states}."
        return meta.failed(function, said, *seen, code="PROXY_NOT_READY", scope=scope)
    if health != {"AVAILABLE"}:
        said = f"{function.id} goes by {proxy.id} to {scope}, and whether that is healthy there is not told."
        return meta.unknown(function, said, *seen, code="PROXY_HEALTH_NOT_TOLD", scope=scope)
    said = f"{function.id} goes by {proxy.id}, which shares the connections of {scope} out among its clients"
    return meta.passed(function, f"{said}; pinned sessions keep one each.", *seen, scope=scope)
