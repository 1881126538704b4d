"""Secrets go, everything else stays."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.collect.redact import redact, redact_text


@pytest.mark.parametrize("operation", ["lambda:ListFunctions", ""])
def test_environment_values_go_and_names_stay(operation: str) -> None:
    raw = {"FunctionName": "f", "Environment": {"Variables": {"URL": "canary", "N": "1", "EMPTY": ""}}}
    assert redact(operation, raw)["Environment"] == {"Variables": {"URL": "REDACTED", "N": "REDACTED", "EMPTY": ""}}


@pytest.mark.parametrize(
    "name",
    ["password", "DB_PASSWORD", "dbPwd", "ApiKey", "api-key", "x-token", "Secret", "aws:credentials", "private_key"],
)
def test_tags_and_fields_that_look_secret_lose_their_value(name: str) -> None:
    raw = {"Tags": [{"Key": name, "Value": "canary"}, {"Key": "Name", "Value": "web"}], name: "canary"}
    cleaned = redact("ec2:DescribeVpcs", raw)
    assert "canary" not in str(cleaned)
    assert cleaned["Tags"] == [{"Key": name, "Value": "REDACTED"}, {"Key": "Name", "Value": "web"}]
    assert redact("ec2:DescribeVpcs", {"Tags": {name: "canary"}}) == {"Tags": {name: "REDACTED"}}
    lower = {"tags": [{"key": name, "value": "canary"}]}
    assert redact("", lower) == {"tags": [{"key": name, "value": "REDACTED"}]}


def test_everything_below_a_secret_name_goes() -> None:
    raw = {"Credentials": {"AccessKeyId": "canary", "Expiry": 5, "Deep": [{"x": "canary"}], "On": True, "None": None}}
    assert redact("", raw)["Credentials"] == {
        "AccessKeyId": "REDACTED",
        "Expiry": "REDACTED",
        "Deep": [{"x": "REDACTED"}],
        "On": True,
        "None": None,
    }


@pytest.mark.parametrize("name", ["CustomerGatewayConfiguration", "PreSharedKey", "authKey", "customerRouterConfig"])
def test_vpn_and_bgp_keys_go(name: str) -> None:
    assert redact("", {"Options": [{name: "<psk>canary</psk>"}]}) == {"Options": [{name: "REDACTED"}]}


def test_harmless_things_stay() -> None:
    raw = {
        "MetadataOptions": {"HttpTokens": "required"},
        "KeyName": "operator",
        "PolicyDocument": '{"Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-AbCdEf"}',
        "Description": "HTTPS from 10.0.0.0/16",
        "Count": 3,
        "Enabled": False,
        "Nothing": None,
    }
    assert redact("ec2:DescribeInstances", raw) == raw


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("key AKIAIOSFODNN7EXAMPLE is bad", "key REDACTED is bad"),
        ("ASIAIOSFODNN7EXAMPLE", "REDACTED"),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=canary%2Fx&X-Amz-Signature=canary&X-Amz-Date=1",
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED&X-Amz-Date=1",
        ),
        ("token " + "IQoJ" + "b3JpZ2lu" * 10, "token REDACTED"),
        ("password=canary, next", "password=REDACTED, next"),
        ("db_password: canary", "db_password: REDACTED"),
        ('{"card": "4111 1111", "cvv": 123, "discard": 1}', '{"card": "REDACTED", "cvv": "REDACTED", "discard": 1}'),
        ("postgres://app:canary@db:5432/x", "postgres://REDACTED@db:5432/x"),
        ("arn:aws:iam::111122223333:user/x is not authorized", "arn:aws:iam::111122223333:user/x is not authorized"),
    ],
)
def test_text(text: str, kept: str) -> None:
    assert redact_text(text) == kept
    assert redact("", {"Message": text}) == {"Message": kept}
    assert redact_text(kept) == kept


def test_known_secrets_are_masked_but_short_ones_would_garble() -> None:
    assert redact_text("your canary-session-token is bad", ["canary-session-token", None]) == "your REDACTED is bad"
    assert redact_text("this test failed", ["test"]) == "this test failed"


def test_answers_become_plain_data() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert redact("", {"At": moment, "Pair": (1, 2), "Blob": b"x"}) == {
        "At": "2026-01-02T00:00:00+00:00",
        "Pair": [1, 2],
        "Blob": "REDACTED",
    }


def test_redacting_twice_changes_nothing_and_the_input_is_left_alone() -> None:
    raw = {"Environment": {"Variables": {"A": "canary"}}, "Tags": [{"Key": "token", "Value": "canary"}]}
    once = redact("", raw)
    assert redact("", once) == once
    assert raw["Environment"] == {"Variables": {"A": "canary"}}


_PEOPLES_NAMES = [
    "DB_PASS",
    "db-pass",
    "pass",
    "pgpass",
    "passcode",
    "pwd_db",
    "Authorization",
    "auth",
    "bearer",
    "jwt",
    "session",
    "cookie",
    "ssh-key",
    "encryption-key",
    "client_key",
    "license-key",
    "PAT",
    "otp",
    "dsn",
    "connstr",
    "webhook",
    "sig",
    "signature",
    "salt",
    "sas",
    "dbPass2",
    "app.auth",
    "SSHKey",
]


@pytest.mark.parametrize("name", _PEOPLES_NAMES)
def test_tags_that_people_name_in_short_lose_their_value(name: str) -> None:
    for tags in ([{"Key": name, "Value": "canary"}], {name: "canary"}):
        assert "canary" not in str(redact("ec2:DescribeVpcs", {"Tags": tags}))
    policy = f'{{"Condition": {{"StringEquals": {{"aws:RequestTag/{name}": "canary", "aws:SourceVpc": "vpc-1"}}}}}}'
    assert redact_text(policy) == policy.replace("canary", "REDACTED")
    assert redact("", {"StringEquals": {f"aws:RequestTag/{name}": ["canary"]}}) == {
        "StringEquals": {f"aws:RequestTag/{name}": ["REDACTED"]}
    }


@pytest.mark.parametrize(
    "name",
    ["compass", "passenger", "Pathway", "author", "keyboard", "Name", "aws:cloudformation:stack-name", "monkey"],
)
def test_tags_with_harmless_names_stay(name: str) -> None:
    raw = {"Tags": [{"Key": name, "Value": "kept"}], "AuthType": "NONE", "Text": f"{name}=kept"}
    assert redact("", raw) == raw


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('then "password": "canary", "port": "5432"', 'then "password": "REDACTED", "port": "5432"'),
        (r"then \"db_pass\": \"canary\" x", r"then \"db_pass\": \"REDACTED\" x"),
        ("curl with Bearer canary.x-y", "curl with Bearer REDACTED"),
        ("pwd=canary;secret='canary two'", "pwd=REDACTED;secret=REDACTED"),
        ('{"Bool": {"aws:MultiFactorAuthPresent": "true"}}', '{"Bool": {"aws:MultiFactorAuthPresent": "true"}}'),
    ],
)
def test_secrets_in_free_text(text: str, kept: str) -> None:
    assert redact_text(text) == kept
    assert redact_text(kept) == kept


def test_the_error_of_a_functions_environment_goes() -> None:
    raw = {"Environment": {"Error": {"ErrorCode": "AccessDenied", "Message": "canary"}}}
    cleaned = redact("lambda:ListFunctions", raw)
    assert cleaned == {"Environment": {"Error": {"ErrorCode": "AccessDenied", "Message": "REDACTED"}}}


_PIECES = [
    "password=canary",
    "db_pass: canary",
    "p-i-n=canary",
    "S.A.S: canary",
    "conn_str = canary",
    '"api key": "canary"',
    '"p in": ["canary"]',
    r"\"o.t.p\": \"canary\"",
    '{"aws:RequestTag/web_hook": "canary"}',
    '"customerRouterConfig": "canary"',
    "Authorization: Bearer canary-canary",
    "AKIAIOSFODNN7EXAMPLE",
    "FwoG" + "a" * 44,
    "s3://me:canary@host/path",
    "https://host/path?x=1",
    "X-Amz-Signature=canary",
    "pa\u017f\u017fword=canary",
    "to\u212aen: canary",
    "REPORT RequestId: 8f3c Duration: 1.2 ms",
    'File "/var/task/app.py", line 3',
    "cookie",
    "= canary",
    ": canary",
    '"',
    "Sessions",
    "'p in': 'canary'",
    "mot_de_passe=canary",
    "kennwort:canary",
    "senha=canary",
    "redis://:canary@host",
    "https://hooks.slack.com/services/canary",
    "api.telegram.org/bot1:canary",
    "Basic YXBwOmNhbmFyeQ==",
    "eyJhbGciOiJIUzI1NiJ9.canary",
    "ghp_canary0123456789abcdefghij",
    "SG.canary0123456789abcd.canary0123456789abcd",
    "sk_live_canary0123456789",
    "curl -u me:canary",
    "mysql -pcanary",
    "--token canary",
    "passphrase is canary1x",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7canaryaB3+/9",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=4), st.sampled_from(["", " ", "_", "\n"]))
def test_what_is_passed_over_quickly_holds_nothing_secret(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    alone = redact_text(text)
    # Other alphabets are always looked into: so this line makes the rest be looked into as well.
    thorough = redact_text(f"\u2713\n{text}")
    assert f"\u2713\n{alone}" == thorough


@given(st.text(alphabet="pinatsoekyPIN_-.=: \"'\n", max_size=30))
def test_no_odd_spelling_is_passed_over(text: str) -> None:
    assert f"\u2713\n{redact_text(text)}" == redact_text(f"\u2713\n{text}")
