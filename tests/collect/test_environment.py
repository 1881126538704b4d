"""What values of environment variables look like: told by kind, never by value, and never where nobody looked."""

from typing import Any

import pytest

from runbook_lib.collect.environment import SECRET_NAME, with_findings
from runbook_lib.collect.redact import redact
from runbook_lib.collect.shapes import take_apart
from runbook_lib.model.fact import Scope
from runbook_lib.model.functions import FunctionConfiguration

OPERATION = "lambda:GetFunctionConfiguration"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def found(**variables: str) -> dict[str, str]:
    told = with_findings({"Environment": {"Variables": variables}})
    return {item["Name"]: item["Pattern"] for item in told["EnvironmentFindings"]}


@pytest.mark.parametrize(
    ("kind", "value", "harmless"),
    [
        ("PEM private key", "-----BEGIN RSA PRIVATE KEY-----\nMII", "-----BEGIN CERTIFICATE-----\nMII"),
        ("AWS access key id", "AKIA" + "A" * 16, "AKIA" + "A" * 15),
        ("AWS secret access key", "aB3/" * 10, "aB3/" * 9),
        ("GitHub token", "ghp_" + LETTERS, "ghp_short"),
        ("Slack token", "xoxb-" + LETTERS, "xoxb-1"),
        ("Stripe key", "sk_live_" + LETTERS, "sk_dead_" + LETTERS),
        ("Google API key", "AIza" + LETTERS, "AIza"),
        ("JSON Web Token", "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "eyJhbGciOiJI"),
        ("URL with a password", "postgres://app:hunter2@db.test/shop", "postgres://app@db.test/shop"),
        ("connection string with a password", "Server=db;Password=hunter2", "Server=db;Port=1433"),
    ],
)
def test_a_value_is_known_by_its_form(kind: str, value: str, harmless: str) -> None:
    assert found(SETTING=value) == {"SETTING": kind}
    assert found(SETTING=harmless) == {}


@pytest.mark.parametrize("name", ["DB_PASSWORD", "API_TOKEN", "STRIPE_SECRET", "PGPASS"])
def test_a_name_may_announce_a_secret(name: str) -> None:
    assert found(**{name: "hunter2"}) == {name: SECRET_NAME}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_SECRET_ARN", "hunter2"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "/shop/prod/password"),
        ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop"),
        ("DB_PASSWORD", "{{resolve:secretsmanager:shop}}"),
        ("TOKEN_CHECK", "true"),
        ("MAX_TOKENS", "4096"),
        ("SECRET_NAME", "shop/prod"),
        ("COMMIT", "d" * 40),
        ("COMMIT", "a1b2" * 10),
    ],
)
def test_what_only_points_at_a_secret_is_none(name: str, value: str) -> None:
    assert found(**{name: value}) == {}


def configuration(**raw: Any) -> FunctionConfiguration:
    return FunctionConfiguration.read(redact(OPERATION, {"FunctionName": "f", **raw}), Scope(), "")


def test_findings_come_with_the_redaction_and_stay() -> None:
    once = redact(OPERATION, {"FunctionName": "f", "Environment": {"Variables": {"API_TOKEN": "canary", "A": "1"}}})
    assert once == {
        "FunctionName": "f",
        "Environment": {"Variables": {"API_TOKEN": "REDACTED", "A": "REDACTED"}},
        "EnvironmentFindings": [{"Name": "API_TOKEN", "Pattern": SECRET_NAME}],
    }
    assert redact(OPERATION, once) == redact("", once) == once


def test_a_file_with_one_configuration_is_looked_at_before_its_values_go() -> None:
    document = {"FunctionName": "f", "FunctionArn": "arn", "Environment": {"Variables": {"K": "AKIA" + "A" * 16}}}
    (raw,) = take_apart(document).items["FunctionConfigurations"]
    assert raw["EnvironmentFindings"] == [{"Name": "K", "Pattern": "AWS access key id"}]


def test_nothing_to_look_at_is_told_from_not_looked() -> None:
    assert (configuration().variables, configuration().findings) == ((), ())
    fine = configuration(Environment={"Variables": {"A": "1"}})
    assert (fine.variables, fine.findings) == (("A",), ())
    gone = configuration(Environment={"Variables": {"API_TOKEN": "REDACTED"}})
    assert (gone.variables, gone.findings) == (("API_TOKEN",), None)
    closed = configuration(Environment={"Error": {"ErrorCode": "AccessDeniedException", "Message": "canary"}})
    assert (closed.variables, closed.findings) == (None, None)
    assert "canary" not in repr(closed.raw)
