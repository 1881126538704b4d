"""What a database takes: numbers, formulas over the memory of a class, and what is not known."""

from __future__ import annotations

import pytest

from runbook_lib.checks.function.db_limits import class_memory_gib, limit_of, most_connections
from runbook_lib.errors import FactMissing
from runbook_lib.model.databases import DbInstance
from tests.checks.function.data import POSTGRES, database
from tests.checks.path.flows import bare

AURORA_MYSQL = "GREATEST({log(DBInstanceClassMemory/805306368)*45},{log(DBInstanceClassMemory/8187281408)*1000})"


@pytest.mark.parametrize(
    ("instance_class", "gib"),
    [
        ("db.t3.micro", 1),
        ("db.t4g.small", 2),
        ("db.t3.medium", 4),
        ("db.m5.large", 8),
        ("db.r5.large", 16),
        ("db.r6g.xlarge", 32),
        ("db.r6i.16xlarge", 512),
        ("db.r4.8xlarge", 244),
        ("db.m4.10xlarge", 160),
        ("db.x2g.16xlarge", 1024),
        ("db.z1d.3xlarge", 96),
        ("db.serverless", None),
        ("db.r6g.medium", None),
        ("db.r5.large.tpc1.mem2x", None),
        ("db.u7i.large", None),
        ("", None),
    ],
)
def test_memory_of_a_class(instance_class: str, gib: float | None) -> None:
    assert class_memory_gib(instance_class) == gib


@pytest.mark.parametrize(
    ("value", "gib", "expected"),
    [
        ("100", None, 100),
        (POSTGRES, 1, 112),
        (POSTGRES, 16, 1802),
        (POSTGRES, 64, 5000),
        ("{DBInstanceClassMemory/12582880}", 16, 1365),
        ("{DBInstanceClassMemory*2/12582880}", 16, 2730),
        (AURORA_MYSQL, 4, 108),
        (AURORA_MYSQL, 16, 1069),
        ("SUM({DBInstanceClassMemory/1073741824},10)", 2, 12),
        (POSTGRES, None, None),
        ("IF({DBInstanceClassMemory/100},1,2)", 16, None),
        ("{DBInstanceClassMemory/0}", 16, None),
        ("LEAST({AllocatedStorage/5},5000)", 16, None),
        ("LEAST({DBInstanceClassMemory/5,5000)", 16, None),
        ("log(0)", 16, None),
        ("LEAST()", 16, None),
        ("{log(DBInstanceClassMemory/8187281408)*1000}", 1, None),
        ("", 16, None),
    ],
)
def test_value_of_the_parameter(value: str, gib: float | None, expected: int | None) -> None:
    assert most_connections(value, gib) == expected


def limit(**fields: str) -> tuple[int, int, str, str]:
    made = database(bare(), **fields)  # type: ignore[arg-type]
    found = limit_of(made.view(), made.view().get(DbInstance, "orders"))
    return found.most, found.sure, found.words, found.gap


def test_a_number_is_the_limit_less_what_postgres_keeps() -> None:
    kept = "less 5 that PostgreSQL and RDS keep for superusers"
    assert limit(value="100") == (95, 95, f"orders takes 95 (max_connections 100, {kept})", "")
    assert limit(value="100", engine="mysql") == (100, 100, "orders takes 100 (max_connections 100)", "")


def test_a_formula_is_the_most_there_can_be_and_half_of_it_is_sure() -> None:
    over = f"{POSTGRES} over all 4 GiB of db.t3.medium, of which RDS takes some"
    words = f"orders takes at most 445 ({over}, less 5 that PostgreSQL and RDS keep for superusers)"
    assert limit() == (445, 220, words, "")


@pytest.mark.parametrize(
    ("fields", "gap"),
    [
        ({"instance_class": "db.serverless"}, "the memory of db.serverless is not known here"),
        ({"value": "IF(1,2,3)"}, "max_connections of orders is no formula that is read here: IF(1,2,3)"),
        ({"value": None}, "no parameter group of orders tells its max_connections"),
        (
            {"DBClusterIdentifier": "ledger"},
            "max_connections of orders is that of its cluster's parameter group, which was not read",
        ),
        (
            {"status": "pending-reboot"},
            "parameters of orders wait for a reboot, so that what is set may not be in force",
        ),
    ],
)
def test_what_is_not_known_is_said(fields: dict[str, str], gap: str) -> None:
    assert limit(**fields) == (0, 0, "", gap)


def test_what_somebody_set_for_an_instance_of_a_cluster_counts() -> None:
    assert limit(value="200", source="user", DBClusterIdentifier="ledger")[:2] == (195, 195)


def test_a_group_that_was_not_read_is_missing() -> None:
    made = database(bare()).denied("DBParameters")
    with pytest.raises(FactMissing, match="orders-parameters"):
        limit_of(made.view(), made.view().get(DbInstance, "orders"))
