"""Fixes for databases that run out of connections (FUN014): fewer executions at once, or an RDS Proxy before them.

Sources (not read again: the options are those of the AWS CLI as botocore's model has them)
    Reserved concurrency: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    CreateDBProxy and RegisterDBProxyTargets:
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBProxy.html
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RegisterDBProxyTargets.html
    What proxies cost and what pins a session: https://aws.amazon.com/rds/proxy/pricing/ and
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Settings
from runbook_lib.checks.function.databases import Use, uses_of
from runbook_lib.checks.function.db_limits import limit_of
from runbook_lib.fixes.base import Proposal
from runbook_lib.fixes.changes import aws, resource
from runbook_lib.fixes.edits import changed
from runbook_lib.model.databases import DbInstance
from runbook_lib.model.finding import Finding
from runbook_lib.model.interfaces import Function
from runbook_lib.model.observations import FunctionConcurrency
from runbook_lib.network.view import View

__all__ = ["spare_connections"]

_PAST = "Not tried: what the log shows has happened"
_NO_PROXY = "Not tried: how many connections clients of a proxy share only the proxy can tell."
_FAMILIES = {"mysql": "MYSQL", "mariadb": "MYSQL", "postgres": "POSTGRESQL", "sqlserver": "SQLSERVER"}


def spare_connections(view: View, settings: Settings, finding: Finding) -> Iterator[Proposal]:
    """FUN014: executions reserved so that their connections fit, and a proxy that shares connections out."""
    if finding.code == "PROXY_NOT_READY":
        return
    function = view.function(finding.resource.id)
    uses = [use for use in uses_of(view, settings, function) if finding.scope in ("", use.database.id)]
    if not settings.concurrency:
        yield from _fewer(view, settings, finding, function, uses)
    for use in uses:
        if use.proxies:
            yield _go_by(use)
        else:
            yield from _proxy(function, use.database)


def _fewer(view: View, settings: Settings, finding: Finding, function: Function, uses: list[Use]) -> Iterator[Proposal]:
    limits = [found.sure for use in uses for found in (limit_of(view, use.database),) if not found.gap]
    count = min(limits, default=0) // settings.connections_per_invocation
    own = view.find(FunctionConcurrency, function.id)
    if own is None or not count or (own.reserved is not None and own.reserved <= count):
        return
    is_past = finding.code == "CONNECTIONS_REFUSED"
    region, name = function.scope.region or "", function.id
    yield Proposal(
        title=f"Reserve {count:,} executions for {name}: their connections fit in any case",
        terraform=f"# in aws_lambda_function {name}:\n  reserved_concurrent_executions = {count}\n",
        cli=aws(
            "lambda put-function-concurrency", region, function_name=name, reserved_concurrent_executions=str(count)
        ),
        edits=() if is_past else (changed(own, ReservedConcurrentExecutions=count),),
        warnings=(
            "More at once are refused with 429: who invokes has to wait and try again, or a queue to hold them.",
            "They are taken from what the other functions of the account share.",
            "What else connects to the database is not counted.",
        ),
        untried=f"{_PAST}." if is_past else "",
    )


def _go_by(use: Use) -> Proposal:
    proxy = use.proxies[0]
    return Proposal(
        title=f"Let the function connect to {proxy.endpoint or proxy.id} in place of {use.database.id}",
        terraform=f"# where the function is told its database: the endpoint of aws_db_proxy {proxy.id}\n",
        cli=aws("rds describe-db-proxies", proxy.scope.region or "", db_proxy_name=proxy.id),
        edits=(),
        warnings=(
            "Its security groups have to admit the function, and its secret has to hold the user that connects.",
            "Settings that belong to a session pin it to a connection, and then nothing is shared.",
        ),
        untried=_NO_PROXY,
    )


def _proxy(function: Function, database: DbInstance) -> Iterator[Proposal]:
    family = next((value for key, value in _FAMILIES.items() if key in (database.engine or "")), None)
    if family is None:
        return
    name, region = f"{database.cluster_id or database.id}-proxy", database.scope.region or ""
    subnets, groups = sorted(function.subnet_ids), sorted(database.group_ids)
    cluster, instance = database.cluster_id, None if database.cluster_id else database.id
    auth = {"auth_scheme": "SECRETS", "secret_arn": "SECRET_ARN"}
    yield Proposal(
        title=f"Put an RDS Proxy before {cluster or instance}",
        terraform=resource(
            "aws_db_proxy",
            name,
            name=name,
            engine_family=family,
            role_arn="ROLE_ARN",
            vpc_subnet_ids=subnets,
            vpc_security_group_ids=groups,
            auth=auth,
        )
        + resource(
            "aws_db_proxy_target",
            name,
            db_proxy_name=name,
            target_group_name="default",
            db_cluster_identifier=cluster,
            db_instance_identifier=instance,
        ),
        cli=aws(
            "rds create-db-proxy",
            region,
            db_proxy_name=name,
            engine_family=family,
            auth=[{"AuthScheme": "SECRETS", "SecretArn": "SECRET_ARN"}],
            role_arn="ROLE_ARN",
            vpc_subnet_ids=subnets,
            vpc_security_group_ids=groups,
        )
        + aws(
            "rds register-db-proxy-targets",
            region,
            db_proxy_name=name,
            db_cluster_identifiers=cluster,
            db_instance_identifiers=instance,
        ),
        edits=(),
        warnings=(
            "SECRET_ARN holds user and password of the database, ROLE_ARN lets the proxy read it.",
            "The security groups have to admit the function to the proxy, and the proxy to the database.",
            "It is billed per vCPU of the database and hour; the function has to connect to its endpoint.",
            "Settings that belong to a session pin it to a connection, and then nothing is shared.",
        ),
        untried=_NO_PROXY,
    )
