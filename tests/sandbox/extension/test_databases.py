"""Parameter groups tell max_connections as AWS does; what is not there is not found."""

from typing import Any

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from tests.sandbox.asking import refused


@pytest.fixture
def rds(aws: EmbeddedAws) -> Any:
    return aws.client("rds")


def max_connections(rds: Any, group: str) -> tuple[str, str] | None:
    found = rds.describe_db_parameters(DBParameterGroupName=group)["Parameters"]
    told = [(item["ParameterValue"], item["Source"]) for item in found if item["ParameterName"] == "max_connections"]
    return told[0] if told else None


@pytest.mark.parametrize(
    ("group", "value"),
    [
        ("default.postgres16", "LEAST({DBInstanceClassMemory/9531392},5000)"),
        ("default.aurora-postgresql16", "LEAST({DBInstanceClassMemory/9531392},5000)"),
        ("default.mysql8.0", "{DBInstanceClassMemory/12582880}"),
    ],
)
def test_default_groups_hold_a_formula(rds: Any, group: str, value: str) -> None:
    assert max_connections(rds, group) == (value, "system")


def test_engines_without_the_parameter_have_none(rds: Any) -> None:
    assert max_connections(rds, "default.sqlserver-ee-16.0") is None


def test_a_value_that_somebody_set_replaces_the_formula(rds: Any) -> None:
    rds.create_db_parameter_group(DBParameterGroupName="own", DBParameterGroupFamily="mysql8.0", Description="d")
    assert max_connections(rds, "own") == ("{DBInstanceClassMemory/12582880}", "system")
    wanted = {"ParameterName": "max_connections", "ParameterValue": "80", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName="own", Parameters=[wanted])
    assert max_connections(rds, "own") == ("80", "user")


def test_unknown_groups_and_proxies_are_not_found(rds: Any) -> None:
    with refused("DBParameterGroupNotFound"):
        rds.describe_db_parameters(DBParameterGroupName="unknown")
    with refused("DBProxyNotFoundFault"):
        rds.describe_db_proxy_targets(DBProxyName="unknown")
