"""Fixes for databases that run out of connections: reserved executions are tried, a proxy cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.model.finding import Fix
from tests.builders import REGION, World
from tests.checks.function.about import config, logged
from tests.checks.function.data import HOST, database, proxy, reserved
from tests.checks.path.flows import bare
from tests.fixes.test_function import PAST, fixes

NAMED = {"destinations": (HOST,)}
NO_PROXY = "Not tried: how many connections clients of a proxy share only the proxy can tell."


def hundred(made: World, count: int | None = 96, **more: Any) -> World:
    return reserved(database(made, "100", source="user", **more), count)


def told(made: World, **settings: Any) -> list[tuple[str, bool, str]]:
    return [(fix.title, fix.proven, fix.reason) for fix in fixes(made, "FUN014", **settings)]


def test_fewer_executions_are_proven() -> None:
    first, second = fixes(hundred(bare()), "FUN014", **NAMED)
    assert first == Fix(
        title="Reserve 95 executions for worker: their connections fit in any case",
        terraform="# in aws_lambda_function worker:\n  reserved_concurrent_executions = 95\n",
        cli=(
            f"aws lambda put-function-concurrency --region {REGION} --function-name worker "
            "--reserved-concurrent-executions 95\n"
        ),
        proven=True,
        reason="Tried on a copy of the network: FUN014:worker:orders passes and nothing else begins to fail.",
        warnings=(
            "More at once are refused with 429: who invokes has to wait and try again, or a queue to hold them.",
            "They are taken from what the other functions of the account share.",
            "What else connects to the database is not counted.",
        ),
    )
    assert (second.title, second.proven, second.reason) == ("Put an RDS Proxy before orders", False, NO_PROXY)


def test_the_statements_that_make_a_proxy() -> None:
    made = fixes(hundred(bare()), "FUN014", **NAMED)[1]
    assert made.terraform == (
        'resource "aws_db_proxy" "orders_proxy" {\n'
        '  name                   = "orders-proxy"\n'
        '  engine_family          = "POSTGRESQL"\n'
        '  role_arn               = "ROLE_ARN"\n'
        '  vpc_subnet_ids         = ["subnet-a"]\n'
        '  vpc_security_group_ids = ["sg-db"]\n'
        "  auth {\n"
        '    auth_scheme = "SECRETS"\n'
        '    secret_arn  = "SECRET_ARN"\n'
        "  }\n"
        "}\n"
        'resource "aws_db_proxy_target" "orders_proxy" {\n'
        '  db_proxy_name          = "orders-proxy"\n'
        '  target_group_name      = "default"\n'
        '  db_instance_identifier = "orders"\n'
        "}\n"
    )
    assert made.cli == (
        f"aws rds create-db-proxy --region {REGION} --db-proxy-name orders-proxy --engine-family POSTGRESQL --auth "
        '\'[{"AuthScheme": "SECRETS", "SecretArn": "SECRET_ARN"}]\' --role-arn ROLE_ARN --vpc-subnet-ids subnet-a '
        "--vpc-security-group-ids sg-db\n"
        f"aws rds register-db-proxy-targets --region {REGION} --db-proxy-name orders-proxy --db-instance-identifiers "
        "orders\n"
    )


def test_a_cluster_is_the_target_of_its_proxy() -> None:
    made = hundred(bare(), 101, DBClusterIdentifier="ledger", engine="aurora-mysql")
    last = fixes(made, "FUN014", **NAMED)[-1]
    assert last.title == "Put an RDS Proxy before ledger"
    assert "--engine-family MYSQL" in last.cli
    assert last.cli.endswith("--db-proxy-name ledger-proxy --db-cluster-identifiers ledger\n")


def test_an_engine_that_no_proxy_speaks() -> None:
    titles = [title for title, _, _ in told(hundred(bare(), 101, engine="oracle-ee"), **NAMED)]
    assert titles == ["Reserve 100 executions for worker: their connections fit in any case"]


def test_a_proxy_that_is_there() -> None:
    found = told(proxy(hundred(bare())), **NAMED)
    assert found[1] == (
        "Let the function connect to pool.proxy-c0ffee.ap-southeast-1.rds.amazonaws.com in place of orders",
        False,
        NO_PROXY,
    )


def test_what_is_wanted_at_once_is_not_cut() -> None:
    assert [title for title, _, _ in told(hundred(bare()), **NAMED, concurrency=96)] == [
        "Put an RDS Proxy before orders"
    ]


def test_what_only_the_account_limits_is_bounded() -> None:
    made = hundred(bare(), None).counted(ConcurrentExecutions=7)
    first = told(made, **NAMED)[0]
    assert first[:2] == ("Reserve 95 executions for worker: their connections fit in any case", True)


@pytest.mark.parametrize(("each", "titles"), [(95, 2), (96, 1)])
def test_where_not_even_one_execution_fits(each: int, titles: int) -> None:
    assert len(told(hundred(bare()), **NAMED, connections_per_invocation=each)) == titles


def test_refusals_in_the_log_have_happened() -> None:
    made = logged(
        hundred(config(), None), 0.1, line="[ERROR] OperationalError: FATAL:  sorry, too many clients already"
    )
    assert told(made, **NAMED)[0] == (
        "Reserve 95 executions for worker: their connections fit in any case",
        False,
        f"{PAST}.",
    )


def test_a_proxy_that_is_not_ready_has_no_fix_here() -> None:
    by = {"destinations": ("pool.proxy-c0ffee.ap-southeast-1.rds.amazonaws.com",)}
    assert told(proxy(hundred(bare()), health="UNAVAILABLE"), **by) == []
