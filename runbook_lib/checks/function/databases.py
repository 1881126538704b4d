"""Which databases a function connects to, and whether it goes by an RDS Proxy.

Nothing in a function's configuration names its database: its environment values are never kept. So one is used when
somebody said so (a destination) or the log names it; else every database of its VPC that the path model does not stop
it from reaching may be used.

Source: the network interface of a database carries the security groups of the database,
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html (read 2026-11-21)
"""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.checks.base import Settings
from runbook_lib.checks.logs.common import LOGGED
from runbook_lib.checks.path.common import TRACED, Flow, answer_of
from runbook_lib.errors import FactMissing
from runbook_lib.invocations.base import ErrorClass, Invocation
from runbook_lib.invocations.observed import Observed, observed
from runbook_lib.model.databases import DbInstance, DbMaxConnections, DbProxy, DbProxyTargets, ProxyTarget
from runbook_lib.model.interfaces import Function, NetworkInterface
from runbook_lib.network.view import View

__all__ = ["CONNECTED", "Refusals", "Use", "host_of", "hosts_logged", "leads_to", "refusals_in", "uses_of"]

CONNECTED = tuple(
    dict.fromkeys((*TRACED, *LOGGED, DbInstance.KEY, DbMaxConnections.KEY, DbProxy.KEY, DbProxyTargets.KEY))
)
"""The snapshot keys that a check of the databases of a function may read."""

_PORTS = {"mysql": 3306, "mariadb": 3306, "aurora-mysql": 3306, "postgres": 5432, "aurora-postgresql": 5432}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A database that a function connects to, or may connect to.

    `proxies` are the proxies before it. `is_named` tells that somebody or the log named the database itself, `by` is
    the proxy that was named instead, or the one way there is because the database lets nobody else in.
    """

    database: DbInstance
    proxies: tuple[DbProxy, ...] = ()
    is_named: bool = False
    by: DbProxy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Invocations that a database refused because it had no connection left, and the hosts that the log names."""

    observed: Observed
    failures: tuple[Invocation, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that refused, without ports, as far as the log names them; sorted."""
        return tuple(sorted({host_of(item.destination) for item in self.failures if item.destination}))


def refusals_in(view: View, function: Function) -> Refusals | None:
    """What the log tells of databases without a connection left; None when it tells nothing or was not read."""
    try:
        found = observed(view, function)
    except FactMissing:
        return None
    failures = tuple(item for item in found.invocations if item.error_class is ErrorClass.TOO_MANY_CONNECTIONS)
    return Refusals(observed=found, failures=failures) if failures else None


def uses_of(view: View, settings: Settings, function: Function) -> tuple[Use, ...]:
    """The databases that a function connects to, by id: those named, else those that it may reach.

    Raises FactMissing when databases, proxies or what they stand before were not read.
    """
    view.need(DbInstance, function.scope)
    view.need(DbProxy, function.scope)
    hosts = {host_of(word) for word in settings.destinations} | hosts_logged(view, function)
    uses = [_use(view, item, hosts) for item in view.snapshot.all(DbInstance) if item.scope == function.scope]
    named = [use for use in uses if use.is_named or use.by]
    found = named or [use for one in uses if (use := _reachable(view, function, one))]
    return tuple(sorted(found, key=lambda use: use.database.id))


def host_of(destination: str) -> str:
    """The host of `host` or `host:port`, in lower case."""
    head, colon, port = destination.rpartition(":")
    host = head if colon and port.isdigit() and not head.endswith(":") else destination
    return host.strip("[]").rstrip(".").lower()


def hosts_logged(view: View, function: Function) -> frozenset[str]:
    """The hosts that the log names as what invocations tried to reach; none when it was not read."""
    try:
        found = observed(view, function)
    except FactMissing:
        return frozenset()
    return frozenset(host_of(item.destination) for item in found.invocations if item.destination)


def _use(view: View, database: DbInstance, hosts: set[str]) -> Use:
    proxies = tuple(proxy for proxy in view.snapshot.all(DbProxy) if _stands_before(view, proxy, database))
    named = [proxy for proxy in proxies if any(_is_proxy(host, proxy) for host in hosts)]
    return Use(
        database=database,
        proxies=proxies,
        is_named=any(_is_database(view, host, database) for host in hosts),
        by=named[0] if named else None,
    )


def _stands_before(view: View, proxy: DbProxy, database: DbInstance) -> bool:
    if proxy.scope != database.scope or proxy.vpc_id != database.vpc_id:
        return False
    return any(leads_to(target, database) for target in view.get(DbProxyTargets, proxy.id).targets)


def leads_to(target: ProxyTarget, database: DbInstance) -> bool:
    """Whether a target of a proxy is this database, or the cluster that it belongs to."""
    ids = {target.resource_id, target.cluster_id} - {None}
    return not ids.isdisjoint({database.id, database.cluster_id})


def _is_proxy(host: str, proxy: DbProxy) -> bool:
    """Its own endpoint, or another one of it: `<endpoint>.endpoint.proxy-<code>.<region>.rds.amazonaws.com`."""
    own = (proxy.endpoint or "").lower()
    return bool(own) and (host == own or host.partition(".endpoint.")[2] == own.partition(".")[2])


def _is_database(view: View, host: str, database: DbInstance) -> bool:
    first, _, rest = host.partition(".")
    if database.address and host == database.address.lower():
        return True
    if database.cluster_id and first == database.cluster_id.lower() and rest.startswith("cluster-"):
        return True
    own = _interfaces(view, database)
    return any(host == item.id or host in map(str, item.private_ips) for item in own)


def _interfaces(view: View, database: DbInstance) -> list[NetworkInterface]:
    """The network interfaces that may be a database's: those that RDS made there with the same security groups."""
    return [
        item
        for item in view.snapshot.all(NetworkInterface)
        if item.vpc_id == database.vpc_id
        and item.description.startswith("RDSNetworkInterface")
        and set(item.group_ids) == set(database.group_ids)
    ]


def _reachable(view: View, function: Function, use: Use) -> Use | None:
    """The use as far as the network allows it: None for a database elsewhere or one that lets the function not in."""
    database = use.database
    if database.vpc_id != function.vpc_id:
        return None
    if not view.is_complete(NetworkInterface, database.scope):  # another interface of it may let the function in
        return use
    port = database.port or _PORTS.get(database.engine or "")
    flows = [
        Flow(
            subnet_id=subnet_id,
            group_ids=tuple(sorted(function.group_ids)),
            to=item.id,
            protocol="tcp",
            port=port,
            is_service=False,
            is_dual_stack=function.ipv6_dual_stack,
            is_ipv4_only=not function.ipv6_dual_stack,
        )
        for item in _interfaces(view, database)
        for subnet_id in sorted(function.subnet_ids)
        if port
    ]
    if flows and all(answer_of(view, flow).blockers for flow in flows):
        return Use(database=database, proxies=use.proxies, by=use.proxies[0]) if use.proxies else None
    return use
