"""Whom and where: every way a connection can be wrong is one line that says what to do."""

from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

from runbook_lib.collect.aws import Limits, Wanted, collect
from runbook_lib.collect.connection import Clients, Connection, Credentials
from runbook_lib.errors import UsageError
from runbook_lib.model.snapshot import CallError

from .fake_aws import REGION, FakeAws, always

KEYS = Credentials("AKIAFAKEFAKEFAKEFAKE", "fake-secret-access-key")


def problem(connection: Connection) -> str:
    with pytest.raises(UsageError) as caught:
        connection.clients()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def write_profiles(home: Path, text: str) -> None:
    (home / "config").write_text(text)


def test_explicit_settings_win() -> None:
    clients = Connection("us-east-2", endpoint_url="http://127.0.0.1:9", credentials=KEYS).clients(Limits(workers=7))
    client = clients.get("ec2")
    assert clients.region == client.meta.region_name == "us-east-2"
    assert clients.endpoint == "http://127.0.0.1:9"
    assert client.meta.config.max_pool_connections == 7
    assert client.meta.config.retries == {"mode": "adaptive", "total_max_attempts": 4}
    assert (client.meta.config.connect_timeout, client.meta.config.read_timeout) == (10.0, 10.0)
    assert clients.get("ec2") is client


def test_sdk_environment_rules_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    clients = Connection().clients()
    assert (clients.region, clients.endpoint) == ("eu-central-1", "http://127.0.0.1:4566")


def test_profile_gives_region_and_keys(no_aws_settings: Path) -> None:
    write_profiles(
        no_aws_settings,
        "[profile work]\nregion=sa-east-1\naws_access_key_id=a\naws_secret_access_key=bbbbbbbbbbbbbbbb\n",
    )
    clients = Connection(profile="work").clients()
    assert clients.region == "sa-east-1"
    assert "bbbbbbbbbbbbbbbb" in clients.secrets


def test_unknown_profile_names_the_nearest(no_aws_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_profiles(no_aws_settings, "[profile production]\nregion=eu-west-1\n")
    assert problem(Connection(REGION, profile="prodution")) == "unknown profile 'prodution'; nearest: production"
    monkeypatch.setenv("AWS_PROFILE", "prodction")
    assert "unknown profile 'prodction'" in problem(Connection(REGION))


def test_given_keys_do_not_need_the_profile_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    assert Connection(REGION, credentials=KEYS).clients().get("ec2").meta.region_name == REGION


def test_unknown_region_names_the_nearest() -> None:
    assert problem(Connection("eu-wset-1", credentials=KEYS)).startswith(
        "unknown Region 'eu-wset-1'; nearest: eu-west-1"
    )


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "ap-southeast-1"])
def test_every_partition_is_known(region: str) -> None:
    assert Connection(region, credentials=KEYS).clients().region == region


def test_no_region() -> None:
    assert problem(Connection(credentials=KEYS)).startswith("no Region configured")


def test_no_credentials() -> None:
    assert problem(Connection(REGION)).startswith("no AWS credentials found")


@pytest.mark.parametrize("text", ["[profile x\n", "region = eu-west-1\n"])
def test_broken_configuration_file(no_aws_settings: Path, text: str) -> None:
    write_profiles(no_aws_settings, text)
    assert "cannot be read" in problem(Connection(REGION))


def test_half_a_pair_of_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    assert "does not accept the credentials of" in problem(Connection(REGION))


def test_expired_sso_names_the_profile(no_aws_settings: Path) -> None:
    write_profiles(
        no_aws_settings,
        "[profile work]\nsso_start_url=https://example.invalid/start\nsso_region=eu-west-1\n"
        "sso_account_id=111122223333\nsso_role_name=reader\nregion=eu-west-1\n",
    )
    said = problem(Connection(profile="work"))
    assert "credentials of profile 'work' have expired; run aws sso login --profile work" in said


@pytest.mark.parametrize("named", ["parameter", "environment"])
def test_expired_keys_name_the_profile(no_aws_settings: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    write_profiles(no_aws_settings, "[profile work]\naws_access_key_id=a\naws_secret_access_key=b\n")
    if named == "environment":
        monkeypatch.setenv("AWS_PROFILE", "work")
    session = boto3.Session(profile_name="work" if named == "parameter" else None)
    clients = Connection(REGION, profile="work" if named == "parameter" else None, session=session).clients()
    assert expired(clients) == (
        "credentials of profile 'work' have expired; run aws sso login --profile work (ExpiredToken)"
    )


def expired(clients: Clients) -> str:
    return str(clients.problem(CallError(code="ExpiredToken", message="gone")))


def test_expired_keys_of_other_origins(monkeypatch: pytest.MonkeyPatch, no_aws_settings: Path) -> None:
    assert "this session have expired; set new ones" in expired(Connection(REGION, credentials=KEYS).clients())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    assert "the environment have expired; set new ones" in expired(Connection(REGION).clients())
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    (no_aws_settings / "credentials").write_text("[default]\naws_access_key_id=a\naws_secret_access_key=b\n")
    assert "profile 'default'" in expired(Connection(REGION).clients())


@pytest.mark.parametrize("url", ["foo", "http://"])
def test_malformed_endpoint(url: str) -> None:
    with pytest.raises(UsageError, match="cannot connect to AWS"):
        collect(Connection(REGION, endpoint_url=url, credentials=KEYS), Wanted())


def test_nothing_listens(slept: list[float]) -> None:
    dead = Connection(REGION, endpoint_url="http://127.0.0.1:9", credentials=KEYS)
    with pytest.raises(UsageError, match=r"endpoint http://127\.0\.0\.1:9 unreachable"):
        collect(dead, Wanted(), Limits(retry_mode="standard", attempts=2))


def test_a_proxy_does_not_swallow_a_loopback_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    client = Connection(REGION, endpoint_url="http://127.0.0.1:9", credentials=KEYS).clients().get("ec2")
    assert client.meta.config.proxies == {}


def test_fips_setting_does_not_break_a_given_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    clients = Connection(REGION, endpoint_url="http://127.0.0.1:9", credentials=KEYS).clients()
    assert clients.endpoint == "http://127.0.0.1:9"


def test_credentials_are_never_shown() -> None:
    shown = repr(Connection(REGION, credentials=Credentials("AKIACANARY", "canary-secret", "canary-token")))
    assert "canary" not in shown.lower()


class RoleAws(FakeAws):
    """Answers AssumeRole, and everything after it through whichever session asks."""

    ROLE = "arn:aws:iam::222233334444:role/reader"

    def __init__(self) -> None:
        super().__init__()
        self.answers["sts:AssumeRole"] = {
            "Credentials": {
                "AccessKeyId": "ASIAFAKEFAKEFAKEFAKE",
                "SecretAccessKey": "assumed-secret-key",
                "SessionToken": "canary-assumed-token",
                "Expiration": "2099-01-01T00:00:00Z",
            }
        }

    @property
    def connection(self) -> Connection:
        return Connection(REGION, role_arn=self.ROLE, session=self.session)


def test_a_role_is_assumed_and_its_keys_are_used(slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    aws = RoleAws()
    made = botocore.session.Session

    def answered(*args: Any, **kwargs: Any) -> Any:
        core = made(*args, **kwargs)
        core.get_component("event_emitter").register_first("before-send", aws._answer)
        return core

    monkeypatch.setattr("botocore.session.Session", answered)
    clients = aws.connection.clients()
    assert clients.secrets[-2:] == ("assumed-secret-key", "canary-assumed-token")
    snapshot = collect(aws.connection, Wanted(keys=("Vpcs",)), Limits(retry_mode="standard"))
    assert aws.sent["sts:AssumeRole"] == 2
    assert "canary" not in repr(snapshot)
    assert (snapshot.calls[0].operation, snapshot.calls[0].request) == ("sts:AssumeRole", {"RoleArn": RoleAws.ROLE})


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "cannot assume role arn:aws:iam::222233334444:role/reader: AccessDenied"),
        ("ExpiredToken", "have expired"),
        ("InvalidClientTokenId", "does not accept the credentials"),
    ],
)
def test_a_role_that_cannot_be_assumed(slept: list[float], code: str, said: str) -> None:
    aws = RoleAws()
    aws.faults["sts:AssumeRole"] = always("sts", 403, code)
    assert said in problem(aws.connection)


def test_a_malformed_role(slept: list[float]) -> None:
    aws = FakeAws()
    assert "cannot assume role x" in problem(Connection(REGION, role_arn="x", session=aws.session))
