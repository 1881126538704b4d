"""FUN014: do the databases take the connections that the function opens?"""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.checks.function import fun014_database_connections as fun014
from runbook_lib.model.status import Severity, Status
from tests.builders import World
from tests.checks.function.about import cited, config, logged
from tests.checks.function.data import HOST, PROXY_HOST, admitted, database, proxy, reserved
from tests.checks.path.flows import bare
from tests.checks.worlds import two_zones

FULL = "[ERROR] OperationalError: FATAL:  sorry, too many clients already"
NAMED = {"destinations": (HOST,)}
BY_PROXY = {"destinations": (f"{PROXY_HOST}:5432",)}


def answer(made: World, **settings: Any) -> tuple[Status, str]:
    (found,) = made.ask(fun014, **settings)
    return found.status, found.code


def hundred(made: World, count: int | None = None, **more: Any) -> World:
    """A database with max_connections 100, and executions reserved."""
    return reserved(database(made, "100", source="user", **more), count)


def test_reserved_executions_fit() -> None:
    made = hundred(bare(), 95)
    said = (
        "worker opens up to 95 connections (95 executions reserved x 1 each), and orders takes 95 (max_connections 100,"
        " less 5 that PostgreSQL and RDS keep for superusers)."
    )
    concurrency = cited("FunctionConcurrencies", "lambda:GetFunctionConcurrency", "/ReservedConcurrentExecutions", 95)
    group = cited("DBParameters", "rds:DescribeDBParameters", "/ParameterValue", "100")
    kind = cited("DBInstances", "rds:DescribeDBInstances", "/DBInstanceClass", "db.t3.medium")
    worker = made.view().function("worker")
    expected = fun014.META.passed(worker, said, concurrency, group, kind, scope="orders")
    assert made.ask(fun014, **NAMED) == (expected,)


@pytest.mark.parametrize(
    ("count", "each", "code"), [(95, 1, "OK"), (96, 1, "TOO_MANY_CONNECTIONS"), (48, 2, "TOO_MANY_CONNECTIONS")]
)
def test_the_boundary_of_a_number(count: int, each: int, code: str) -> None:
    assert answer(hundred(bare(), count), **NAMED, connections_per_invocation=each)[1] == code


@pytest.mark.parametrize(
    ("count", "code"), [(220, "OK"), (221, "MEMORY_NOT_TOLD"), (445, "MEMORY_NOT_TOLD"), (446, "")]
)
def test_the_boundaries_of_a_formula(count: int, code: str) -> None:
    found = answer(reserved(database(bare()), count), **NAMED)
    assert (
        found
        == {
            "OK": (Status.PASS, "OK"),
            "MEMORY_NOT_TOLD": (Status.UNKNOWN, "MEMORY_NOT_TOLD"),
            "": (Status.FAIL, "TOO_MANY_CONNECTIONS"),
        }[code]
    )


def test_what_is_wanted_counts_before_what_is_reserved() -> None:
    made = hundred(bare(), 10)
    (found,) = made.ask(fun014, **NAMED, concurrency=96)
    assert (found.status, found.code, found.severity) == (Status.FAIL, "TOO_MANY_CONNECTIONS", Severity.HIGH)
    assert found.message.startswith("worker opens up to 96 connections (96 executions wanted at once x 1 each), and")


@pytest.mark.parametrize(
    ("free", "expected"),
    [(95, (Status.PASS, "OK", Severity.HIGH)), (96, (Status.FAIL, "CONNECTIONS_NOT_BOUNDED", Severity.LOW))],
)
def test_what_ran_fits_and_only_the_account_limits_it(free: int, expected: tuple[Status, str, Severity]) -> None:
    made = reserved(database(bare(), "100"), free=free).counted(ConcurrentExecutions=7)
    (found,) = made.ask(fun014, **NAMED)
    assert (found.status, found.code, found.severity) == expected
    if found.status is Status.FAIL:
        assert found.message.endswith(
            "; nothing keeps it from 96: it has 96 executions that it shares with every function without reserved ones."
        )


def test_what_ran_was_more_than_the_database_takes() -> None:
    made = hundred(bare()).counted(ConcurrentExecutions=96)
    assert answer(made, **NAMED) == (Status.FAIL, "TOO_MANY_CONNECTIONS")


def test_the_database_refused_as_the_log_shows() -> None:
    made = logged(logged(hundred(config(), 10), 1.0, 1.0), 0.1, line=FULL)
    (found,) = made.ask(fun014)
    assert (found.status, found.code, found.scope) == (Status.FAIL, "CONNECTIONS_REFUSED", "")
    assert found.message == (
        "1 of 3 invocations of worker were refused by a database, which had no connection left; orders takes 95 "
        "(max_connections 100, less 5 that PostgreSQL and RDS keep for superusers)."
    )


def test_a_database_that_refused_and_is_not_known() -> None:
    line = '[ERROR] OperationalError: connection to server at "db.internal", port 5432 failed: FATAL:  sorry, too many '
    (found,) = logged(config(), 0.1, line=f"{line}clients already").ask(fun014)
    said = "1 of 1 invocations of worker were refused by db.internal, which had no connection left."
    assert (found.status, found.message) == (Status.FAIL, said)


def test_other_failures_in_the_log_are_no_refusal() -> None:
    made = logged(hundred(config(), 10), 0.1, line="[ERROR] OperationalError: connection refused")
    assert answer(made, **NAMED) == (Status.PASS, "OK")


@pytest.mark.parametrize(
    ("health", "status", "expected"),
    [
        ("AVAILABLE", "available", (Status.PASS, "OK")),
        ("UNAVAILABLE", "available", (Status.FAIL, "PROXY_NOT_READY")),
        ("AVAILABLE", "creating", (Status.FAIL, "PROXY_NOT_READY")),
        ("REGISTERING", "available", (Status.UNKNOWN, "PROXY_HEALTH_NOT_TOLD")),
        (None, "available", (Status.UNKNOWN, "PROXY_HEALTH_NOT_TOLD")),
    ],
)
def test_by_a_proxy(health: str | None, status: str, expected: tuple[Status, str]) -> None:
    assert answer(proxy(hundred(bare(), 900), health=health, status=status), **BY_PROXY) == expected


def test_a_proxy_means_that_connections_are_shared() -> None:
    (found,) = proxy(hundred(bare(), 900)).ask(fun014, **BY_PROXY)
    said = "worker goes by pool, which shares the connections of orders out among its clients; pinned sessions keep one"
    assert found.message == f"{said} each."


def test_another_endpoint_of_the_proxy_is_the_proxy_too() -> None:
    other = PROXY_HOST.replace("pool.", "reads.endpoint.")
    assert answer(proxy(hundred(bare(), 900)), destinations=(other,)) == (Status.PASS, "OK")


def test_a_proxy_that_is_passed_by() -> None:
    (found,) = proxy(hundred(bare(), 900)).ask(fun014, **NAMED)
    assert (found.status, found.code) == (Status.FAIL, "TOO_MANY_CONNECTIONS")
    assert found.message.endswith("; pool stands before it and is passed by.")


def test_whether_it_goes_by_the_proxy_is_not_known() -> None:
    assert answer(proxy(hundred(bare(), 95))) == (Status.PASS, "OK")
    assert answer(proxy(hundred(bare(), 96))) == (Status.UNKNOWN, "WAY_NOT_TOLD")
    assert answer(proxy(reserved(database(bare()), 221))) == (Status.UNKNOWN, "WAY_NOT_TOLD")


def test_a_proxy_of_another_vpc_helps_nobody() -> None:
    made = proxy(hundred(bare(), 96)).changed("DBProxies", "pool", lambda raw: raw.update(VpcId="vpc-other"))
    assert answer(made) == (Status.FAIL, "TOO_MANY_CONNECTIONS")


def test_a_proxy_and_its_database_that_are_both_named() -> None:
    made = proxy(hundred(bare(), 96))
    assert answer(made, destinations=(HOST, PROXY_HOST)) == (Status.FAIL, "TOO_MANY_CONNECTIONS")


def test_the_endpoint_of_a_cluster_names_its_instances() -> None:
    made = database(hundred(bare(), 96, DBClusterIdentifier="ledger"), "100", name="other", source="user")
    for host in ("ledger.cluster-c0ffee.example", "ledger.cluster-ro-c0ffee.example"):
        assert [item.scope for item in made.ask(fun014, destinations=(host,))] == ["orders"]
    assert len(made.ask(fun014, destinations=("ledger.example",))) == 2


def test_an_interface_of_something_else_with_the_same_group_is_not_the_database() -> None:
    made = admitted(hundred(bare(), 96), admits="sg-x")
    other = {"VpcId": "vpc-main", "SubnetId": "subnet-a", "InterfaceType": "interface", "PrivateIpAddress": "10.0.0.41"}
    made.item("NetworkInterfaces", NetworkInterfaceId="eni-app", Groups=[{"GroupId": "sg-db"}], **other)
    assert answer(made, destinations=("10.0.0.41",))[0] is Status.NOT_APPLICABLE


def test_a_proxy_before_another_database_helps_nobody() -> None:
    assert answer(proxy(hundred(bare(), 96), target="ledger")) == (Status.FAIL, "TOO_MANY_CONNECTIONS")


@pytest.mark.parametrize(
    ("admits", "expected"), [("sg-fn", (Status.FAIL, "TOO_MANY_CONNECTIONS")), ("sg-x", (Status.NOT_APPLICABLE, None))]
)
def test_a_database_that_nobody_named_counts_where_the_path_is_open(
    admits: str, expected: tuple[Status, str | None]
) -> None:
    status, code = answer(admitted(hundred(bare(), 96), admits=admits))
    assert (status, code if expected[1] else None) == expected


def test_a_database_of_which_not_all_interfaces_were_read_may_be_reached() -> None:
    made = admitted(hundred(bare(), 96), admits="sg-x")
    assert answer(made.truncated("NetworkInterfaces")) == (Status.FAIL, "TOO_MANY_CONNECTIONS")


def test_a_database_that_lets_only_its_proxy_in() -> None:
    assert answer(proxy(admitted(hundred(bare(), 96), admits="sg-x"))) == (Status.PASS, "OK")


@pytest.mark.parametrize("word", ["10.0.0.40", "eni-db", HOST.upper(), f"{HOST}:5432"])
def test_each_name_of_a_database_names_it(word: str) -> None:
    made = admitted(hundred(bare(), 96), admits="sg-x")
    assert answer(made, destinations=(word,)) == (Status.FAIL, "TOO_MANY_CONNECTIONS")


def test_each_database_is_judged_and_a_named_one_alone() -> None:
    made = database(hundred(bare(), 96), "500", name="ledger", source="user")
    found = {item.scope: item.status for item in made.ask(fun014)}
    assert found == {"ledger": Status.PASS, "orders": Status.FAIL}
    assert [item.scope for item in made.ask(fun014, **NAMED)] == ["orders"]


def test_what_is_not_known_of_the_limit_is_no_pass() -> None:
    assert answer(reserved(database(bare(), None), 1), **NAMED) == (Status.UNKNOWN, "LIMIT_NOT_KNOWN")


@pytest.mark.parametrize(
    "key", ["DBInstances", "DBProxies", "DBParameters", "FunctionConcurrencies", "AccountLimit", "MetricDataResults"]
)
def test_what_was_not_read_is_no_pass(key: str) -> None:
    made = hundred(bare()).counted(ConcurrentExecutions=7).denied(key)
    assert answer(made, **NAMED) == (Status.UNKNOWN, "NOT_READ")


def test_targets_of_a_proxy_that_were_not_read_are_no_pass() -> None:
    assert answer(proxy(hundred(bare(), 9)).denied("DBProxyTargets"), **NAMED) == (Status.UNKNOWN, "NOT_READ")


def test_metrics_that_are_not_whole_are_no_pass() -> None:
    made = hundred(bare()).counted(ConcurrentExecutions=7, status="PartialData")
    assert answer(made, **NAMED) == (Status.UNKNOWN, "NOT_READ")


def test_no_database_no_vpc_and_no_function() -> None:
    assert answer(bare())[0] is Status.NOT_APPLICABLE
    assert answer(hundred(bare(), 96, vpc="vpc-other"))[0] is Status.NOT_APPLICABLE
    assert answer(two_zones())[0] is Status.NOT_APPLICABLE


def test_the_health_of_an_instance_behind_a_proxy_is_its_own() -> None:
    made = database(hundred(bare(), DBClusterIdentifier="ledger"), "100", name="reader", DBClusterIdentifier="ledger")
    made = proxy(made)
    reader = {"RdsResourceId": "reader", "TrackedClusterId": "ledger", "TargetHealth": {"State": "UNAVAILABLE"}}
    writer = {"RdsResourceId": "orders", "TrackedClusterId": "ledger", "TargetHealth": {"State": "AVAILABLE"}}
    made.changed("DBProxyTargets", "pool", lambda raw: raw.update(Targets=[reader, writer]))
    found = {item.scope: (item.status, item.code) for item in made.ask(fun014, **BY_PROXY)}
    assert found == {"orders": (Status.PASS, "OK"), "reader": (Status.FAIL, "PROXY_NOT_READY")}
