"""Secrets in lines of a log go; the rest of the line, and every line without one, stays as it was."""

from __future__ import annotations

import base64
import json

import pytest

from runbook_lib.collect.redact import LOG_EVENTS, redact, redact_text

BEGIN, END = "-----BEGIN RSA PRIVATE" + " KEY-----", "-----END RSA PRIVATE" + " KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiJjYW5hcnkifQ" + ".canary-signature"
PAIR = base64.b64encode(b"app:canary").decode()
KEY_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7canary" + "aB3+/9"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfi" + "canaryKEY012"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (
            "environ({'DB_PASSWORD': 'canary', 'AWS_SECRET_ACCESS_KEY': 'canary', 'LANG': \"ca'nary\"}) done",
            "environ({'DB_PASSWORD': 'REDACTED', 'AWS_SECRET_ACCESS_KEY': 'REDACTED', 'LANG': 'REDACTED'}) done",
        ),
        ("{'password': \"can'ary\", 'Pin': 4321, 'n': 4}", "{'password': \"REDACTED\", 'Pin': 'REDACTED', 'n': 4}"),
        ("{'STRIPE_KEY': 'canary', 'OBJECT_KEY': 'a.pdf'}", "{'STRIPE_KEY': 'REDACTED', 'OBJECT_KEY': 'a.pdf'}"),
        ("export STRIPE_KEY=canary S3_KEY=a.pdf", "export STRIPE_KEY=REDACTED S3_KEY=a.pdf"),
        ("{b'token': b'canary', 'a': [1]}", "{b'token': b'REDACTED', 'a': [1]}"),
        ('{"pin": 4321, "max_tokens": 4096}', '{"pin": "REDACTED", "max_tokens": 4096}'),
        ('{"password": "a,b:\\"canary", "x": "y"}', '{"password": "REDACTED", "x": "y"}'),
        ('{"password":"canary\\\\","x":"y"}', '{"password":"REDACTED","x":"y"}'),
        (
            '{"message": "got {\\"password\\": \\"canary\\", \\"n\\": 1}", "level": "ERROR"}',
            '{"message": "got {\\"password\\": \\"REDACTED\\", \\"n\\": 1}", "level": "ERROR"}',
        ),
        ('{"message": "login password=\\"canary 2\\" done"}', '{"message": "login password=REDACTED done"}'),
        ('{"body": "cut", "password": "canary and no end', '{"body": "cut", "password": "REDACTED"'),
        ('{:password=>"canary", "token"=>"canary"}', '{:password=>"canary", "token"=>"REDACTED"}'),
        ("config = { password: 'canary', apiKey: \"canary\" }", "config = { password: REDACTED, apiKey: REDACTED }"),
        ("config {password='canary', apiKey=canary}", "config {password=REDACTED, apiKey=REDACTED"),
        ('password="a,b: canary" x', "password=REDACTED x"),
        ("password:canary", "password:REDACTED"),
        ("db_password:canary, db_user:app", "db_password:REDACTED, db_user:app"),
        (f"{BEGIN}\nMIIcanary\nab+/==\n{END}\ndone", f"{BEGIN}REDACTED{END}\ndone"),
        (f"{BEGIN}\nMIIcanary\nab+/==\nTraceback (most recent", f"{BEGIN}REDACTED\nTraceback (most recent"),
        (f'{{"pem": "{BEGIN}\\nMIIcanary\\n{END}\\n"}}', f'{{"pem": "{BEGIN}REDACTED{END}\\n"}}'),
        (f"{BEGIN}\ncanary", f"{BEGIN}REDACTED"),
        (KEY_LINE, "REDACTED"),
        (f"Authorization: Basic {PAIR}", "Authorization: REDACTED"),
        (f'{{"Authorization":"Basic {PAIR}"}}', '{"Authorization":"REDACTED"}'),
        (f"sent header Basic {PAIR} to host", "sent header Basic REDACTED to host"),
        ("Authorization: Bearer canary.x-y1 sent", "Authorization: REDACTED sent"),
        (f"jwt {JWT} expired", "jwt REDACTED expired"),
        ("github ghp_" + "canary0123456789abcdefghij push", "github REDACTED push"),
        ("stripe sk_" + "live_canary0123456789 charge", "stripe REDACTED charge"),
        ("bot xoxb" + "-123456789-canary", "bot REDACTED"),
        ("maps AIza" + "SyCanary-0123456789abcdefghijklmnop ok", "maps REDACTED ok"),
        (
            "post https://hooks.slack.com/services/T000/B000/canary failed",
            "post https://hooks.slack.com/services/REDACTED failed",
        ),
        (
            "post https://discord.com/api/webhooks/1/canary failed",
            "post https://discord.com/api/webhooks/REDACTED failed",
        ),
        ("redis://:canary@cache:6379/0", "redis://REDACTED@cache:6379/0"),
        ("amqp://app:can@ary@mq:5672 is down", "amqp://REDACTED@mq:5672 is down"),
        ("https://0123456789abcdef0123canary@sentry.example/1", "https://REDACTED@sentry.example/1"),
        ("run --db-password canary --port 5432", "run --db-password REDACTED --port 5432"),
        ("mysql -u app -pcanary db", "mysql -u app -pREDACTED db"),
        ("sshpass -p canary ssh app@host", "sshpass -p REDACTED ssh app@host"),
        ("curl -s -u user:canary https://host/x", "curl -s -u user:REDACTED https://host/x"),
        ("curl --user 'user:canary' https://host/x", "curl --user 'user:REDACTED' https://host/x"),
        ("login with passphrase canary1x ok", "login with passphrase REDACTED ok"),
        ("password is 'canary'", "password is 'REDACTED'"),
        ("the password was canary99.", "the password was REDACTED"),
        ("kennwort=canary mot_de_passe=canary", "kennwort=REDACTED mot_de_passe=REDACTED"),
        ("contrase\u00f1a: canary", "contrase\u00f1a: REDACTED"),
        ("Set-Cookie: session=canary; id=canary; HttpOnly", "Set-Cookie: REDACTED"),
        (f"AKIA{'IOSFODNN7EXAMPLE'} with {SECRET_KEY} refused", "REDACTED with REDACTED refused"),
    ],
)
def test_secrets_go_and_the_rest_of_the_line_stays(line: str, kept: str) -> None:
    assert redact_text(line) == kept
    assert redact_text(kept) == kept
    assert redact(LOG_EVENTS, {"message": line, "timestamp": 1}) == {"message": kept, "timestamp": 1}


@pytest.mark.parametrize(
    "line",
    [
        "password authentication failed for user app",
        "the password is incorrect",
        "password is required, passphrase was empty",
        "password must have 8 characters",
        "password 2026-11-21T10:00:00Z rotated",
        "Basic authentication failed",
        "Basic settings loaded",
        "basic ABCDEFGH",
        "Bearer authentication failed",
        "no bearer token.",
        "[ERROR] ExpiredTokenException: The security token included in the request is expired",
        "[ERROR] NoCredentialsError: Unable to locate credentials",
        "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        "SignatureDoesNotMatch: The request signature we calculated does not match",
        "com.example.InvalidToken: it is old",
        "[INFO]\t2026-01-05T10:00:00.123Z\tFound credentials in environment variables.",
        "not authorized to perform: secretsmanager:GetSecretValue on resource: "
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-AbCdEf",
        "pulled registry.example/my-secret:latest and https://host:443/token:x",
        '{"max_tokens": 4096, "session_duration": 3600, "password": null, "hasToken": true}',
        "max_tokens=4096 token_count=7 sessionTimeout=30",
        "ssh://git@host.example/team/project.git",
        "GET https://host:8443/path?mail=me@host.example",
        "sha256 " + "ab12cd34" * 8,
        "ab12cd34" * 8,
        "AB12CD34" * 8,
        "-----BEGIN CERTIFICATE-----",
        "expected -----BEGIN PRIVATE" + " KEY-----, found nothing",
        "SHA1 da39a3ee5e6b4b0d3255bfef95601890afd80709 AKIA",
        "task-runner sk-learn models_test_run eyJ",
        "curl -u is missing",
        "mysql: connect to db.internal port 3306 timed out",
        "mkdir -p /tmp/a && mysqldump done",
        "--password",
        "it's 'a': 'b', isn't it",
        '{"message": "the password", "level": "ERROR", "object": "uploads/a.pdf"}',
    ],
)
def test_lines_without_a_secret_stay(line: str) -> None:
    assert redact_text(line) == line


def test_a_line_of_json_stays_json() -> None:
    said = {
        "level": "ERROR",
        "message": 'login {"password": "canary \\" 1"} token=canary; header "x-api-key: canary"',
        "env": {"DB_PASSWORD": "canary", "n": [1]},
        "errorMessage": "ConnectTimeoutError: Connect timeout on endpoint URL",
    }
    cleaned = redact_text(json.dumps(said))
    assert "canary" not in cleaned
    read = json.loads(cleaned)
    assert {**read, "message": None} == {
        "level": "ERROR",
        "message": None,
        "env": {"DB_PASSWORD": "REDACTED", "n": [1]},
        "errorMessage": "ConnectTimeoutError: Connect timeout on endpoint URL",
    }
