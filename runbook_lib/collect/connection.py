"""A connection to AWS: who asks, where, with which patience; every client is guarded."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConfigParseError, ProfileNotFound

from runbook_lib import __version__
from runbook_lib.collect.failures import CALL_FAILURES, EXPIRED, REFUSED, UNREACHABLE, call_error
from runbook_lib.collect.guard import guard
from runbook_lib.collect.limits import Limits
from runbook_lib.errors import UsageError, unknown_name
from runbook_lib.model.snapshot import CallError

__all__ = ["AssumedRole", "Clients", "Connection", "Credentials"]


# How botocore names credentials that the files under ~/.aws gave.
_FROM_FILES = frozenset({"shared-credentials-file", "config-file", "sso", "assume-role", "custom-process", "login"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """Explicit access keys, for the sandbox and for hosts that have their own; never shown."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """Where and as whom to ask. What is None follows the SDK's own environment and configuration rules.

    `session` is a ready boto3 session for hosts that bring their own; then `profile` and `credentials` are ignored.
    """

    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    credentials: Credentials | None = None
    session: Any = field(default=None, repr=False, compare=False)

    def clients(self, limits: Limits | None = None) -> Clients:
        """Guarded clients of one Region.

        Raises UsageError in one line for an unknown profile or Region, absent or expired credentials, a role that
        cannot be assumed and an endpoint that cannot be reached.
        """
        return Clients(self, limits or Limits())


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """The one call that is made before the collection: which role, AWS's request id, and how long it took."""

    role_arn: str
    request_id: str | None
    duration_ms: int


class Clients:
    """The clients of one connection, one per service.

    `region` is the Region in effect, `secrets` the credentials in use (to be masked wherever text is kept), `assumed`
    the role that was taken on, or None.
    """

    def __init__(self, connection: Connection, limits: Limits) -> None:
        self._connection = connection
        self._config = _config(connection, limits)
        self._made: dict[str, Any] = {}
        self._session = connection.session or _session(connection)
        self.region = _region(self._session, connection.region)
        self.secrets: tuple[str | None, ...] = ()
        self.assumed: AssumedRole | None = None
        self._method: str | None = None
        self._take_credentials()
        if connection.role_arn:
            self._assume(connection.role_arn)

    def get(self, service: str) -> Any:
        """The client of a service, made at the first call (not thread-safe; the client is)."""
        if service not in self._made:
            self._made[service] = guard(self._client(service, self._config))
        return self._made[service]

    def under(self, rules: Callable[[Any], Any], service: str, config: Config) -> Any:
        """A client of its own that `rules` guards in place of the read-only rules; `config` overrides the settings."""
        return rules(self._client(service, self._config.merge(config)))

    def _client(self, service: str, config: Config) -> Any:
        try:
            return self._session.client(
                service,
                region_name=self.region,
                endpoint_url=self._connection.endpoint_url,
                config=config,
            )
        except ValueError as error:
            raise UsageError(f"cannot connect to AWS: {error}") from None
        except BotoCoreError as error:
            raise self.problem(call_error(error, self.secrets)) from None

    @property
    def endpoint(self) -> str:
        """The URL that EC2 calls go to."""
        return str(self.get("ec2").meta.endpoint_url)

    def problem(self, error: CallError) -> UsageError:
        """The one-line error for a failure that leaves nothing to collect."""
        if error.code in EXPIRED:
            return UsageError(f"credentials of {self._who} have expired; {self._renew} ({error.code})")
        if error.code in UNREACHABLE:
            return UsageError(f"endpoint {self.endpoint} unreachable: {error.message}")
        if error.code in REFUSED:
            return UsageError(f"AWS does not accept the credentials of {self._who} in {self.region}: {error.message}")
        return UsageError(f"cannot use {self._who} in {self.region}: {error.code}: {error.message}")

    @property
    def _profile(self) -> str | None:
        """The profile that the credentials came from, or None when they came from elsewhere."""
        if self._connection.credentials or self._method in ("env", "explicit"):
            return None
        named = self._connection.profile or self._session._session.profile
        return str(named) if named else ("default" if self._method in _FROM_FILES else None)

    @property
    def _who(self) -> str:
        if self._profile:
            return f"profile {self._profile!r}"
        return "the environment" if self._method == "env" else "this session"

    @property
    def _renew(self) -> str:
        return f"run aws sso login --profile {self._profile}" if self._profile else "set new ones"

    def _take_credentials(self) -> None:
        try:
            found = self._session.get_credentials()
            self._method = self._method or getattr(found, "method", None)
            frozen = found.get_frozen_credentials() if found else None
        except CALL_FAILURES as error:
            raise self.problem(call_error(error)) from None
        if frozen is None:
            raise UsageError(
                "no AWS credentials found; give --profile, set AWS_PROFILE or AWS_ACCESS_KEY_ID, or run aws configure"
            )
        self.secrets = (*self.secrets, frozen.secret_key, frozen.token)

    def _assume(self, role_arn: str) -> None:
        began = time.monotonic()
        try:
            answer = self.get("sts").assume_role(RoleArn=role_arn, RoleSessionName="runbook")
            given = answer["Credentials"]
        except CALL_FAILURES as error:
            found = call_error(error, self.secrets)
            if found.code in EXPIRED | REFUSED | UNREACHABLE:
                raise self.problem(found) from None
            raise UsageError(f"{self._who} cannot assume role {role_arn}: {found.code}: {found.message}") from None
        request_id = (answer.get("ResponseMetadata") or {}).get("RequestId")
        self.assumed = AssumedRole(role_arn, request_id, round((time.monotonic() - began) * 1000))
        self._made.clear()
        self._session = boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            botocore_session=_without_profile(),
        )
        self._take_credentials()


def _config(connection: Connection, limits: Limits) -> Config:
    ours: dict[str, Any] = {}
    if connection.endpoint_url:
        # An endpoint given by hand is meant literally: no FIPS or dual-stack variant of it.
        ours = {"use_fips_endpoint": False, "use_dualstack_endpoint": False}
        if urlsplit(connection.endpoint_url).hostname in ("127.0.0.1", "localhost", "::1"):
            ours["proxies"] = {}
    return Config(
        connect_timeout=limits.call_timeout_s,
        read_timeout=limits.call_timeout_s,
        max_pool_connections=limits.workers,
        retries={"mode": limits.retry_mode, "total_max_attempts": limits.attempts},
        user_agent_extra=f"runbook-kit/{__version__}",
        **ours,
    )


def _session(connection: Connection) -> Any:
    given = connection.credentials
    if given:
        return boto3.Session(
            aws_access_key_id=given.access_key_id,
            aws_secret_access_key=given.secret_access_key,
            aws_session_token=given.session_token,
            botocore_session=_without_profile(),
        )
    try:
        return boto3.Session(profile_name=connection.profile)
    except ProfileNotFound as error:
        wanted = connection.profile or str(error.kwargs.get("profile"))
        raise unknown_name("profile", wanted, botocore.session.Session().available_profiles) from None
    except ConfigParseError as error:
        raise UsageError(f"AWS configuration cannot be read: {' '.join(str(error).split())}") from None


def _without_profile() -> Any:
    """A session that no AWS_PROFILE of the environment can break: its keys are given."""
    return botocore.session.Session(session_vars={"profile": (None, None, None, None)})


def _region(session: Any, asked: str | None) -> str:
    region = asked or session.region_name
    if not region:
        raise UsageError("no Region configured; give --region, set AWS_DEFAULT_REGION, or add one to the profile")
    known = {
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("ec2", partition_name=partition)
    }
    if region not in known:
        raise unknown_name("Region", region, known)
    return str(region)
