"""Database takes the connections that the function opens.

What is verified
    As many connections as the function may open at once fit into what each of its databases takes, or an RDS Proxy
    shares them out; and no invocation was refused for want of a connection.
Why it matters
    Every environment keeps connections of its own: as many as run at once, times what each opens. A database with none
    left refuses everybody, other applications too, and at once: that is no matter of the network. A proxy lets many
    clients share at most MaxConnectionsPercent of max_connections; requests wait (120 s unless set), and a session
    that changes its own state is pinned to one connection, so that nothing is shared.
How it is decided
    By what the log names; else by executions (those wanted, those reserved, or the most that ran, with what the account
    allows as the worst case: of low severity) times connections of each, against max_connections. What others connect
    is not counted. Databases that nobody named may be used where the path to them is open.
Unknown when
    Databases, proxies, parameter group or executions were not read; the class, the formula or the cluster's parameters
    are not known; the number lies where the memory that RDS takes decides; or a proxy may be passed by.
Sources
    Maximum number of database connections,
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections (read 2026-11-21)
    Amazon RDS Proxy, https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.howitworks.html and
    rds-proxy-connections.html (read 2026-11-21)
    Using Lambda with Amazon RDS, https://docs.aws.amazon.com/lambda/latest/dg/services-rds.html (from memory)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.function.common import of_function
from runbook_lib.checks.function.databases import CONNECTED, Refusals, Use, refusals_in, uses_of
from runbook_lib.checks.function.db_fits import judged
from runbook_lib.checks.function.db_limits import limit_of
from runbook_lib.checks.logs.common import events_seen
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.observations import AccountLimit, FunctionConcurrency
from runbook_lib.model.status import Severity
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="FUN014",
    title="Database takes the connections that the function opens",
    severity=Severity.HIGH,
    family="function",
    applies_to=Function.TYPE,
    needs=(*CONNECTED, AccountLimit.KEY, FunctionConcurrency.KEY),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per database of the function, or one for what its log tells."""
    return of_function(META, view, settings, lambda function: _judge(view, settings, function))


def _judge(view: View, settings: Settings, function: Function) -> Iterator[Finding]:
    if not function.vpc_id:
        yield META.not_applicable(function, f"{function.id} is in no VPC: no database there is known to be its own.")
        return
    function.need_place()
    uses, refused = uses_of(view, settings, function), refusals_in(view, function)
    if refused:
        yield _refused(view, function, uses, refused)
    elif not uses:
        said = f"{function.id}: no RDS database is in {function.vpc_id} or was named that it could open connections to."
        yield META.not_applicable(function, said)
    else:
        yield from META.each(
            uses,
            lambda _: function.ref,
            lambda use: [judged(META, view, settings, function, use)],
            lambda use: use.database.id,
        )


def _refused(view: View, function: Function, uses: tuple[Use, ...], refused: Refusals) -> Finding:
    count, whole = len(refused.failures), len(refused.observed.invocations)
    limits = [limit_of(view, use.database) for use in uses]
    by = " and ".join(refused.hosts) or "a database"
    said = f"{count:,} of {whole:,} invocations of {function.id} were refused by {by}"
    told = "; ".join(limit.words or limit.gap for limit in limits)
    seen = (events_seen(function, refused.observed), *(item for limit in limits for item in limit.evidence))
    message = f"{said}, which had no connection left{f'; {told}' if told else ''}."
    return META.failed(function, message, *seen, code="CONNECTIONS_REFUSED")
