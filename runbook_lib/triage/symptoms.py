"""Everything that can be seen of a failing function, and what a signal of it carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from runbook_lib.invocations.base import ErrorClass, Pattern

__all__ = ["BY_CAUSE", "BY_ERROR", "BY_PATTERN", "BY_STATE", "Signal", "Symptom"]


class Symptom(StrEnum):
    """What is seen: an error, how failures are arranged, a proven cause, a state, or a situation."""

    CONNECT_TIMEOUT = "connect_timeout"
    READ_TIMEOUT = "read_timeout"
    CONNECTION_RESET = "connection_reset"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_CLOSED = "connection_closed"
    DNS = "dns"
    TLS = "tls"
    ENDPOINT_UNREACHABLE = "endpoint_unreachable"
    THROTTLED = "throttled"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    ACCESS_DENIED = "access_denied"
    RETRIES_EXHAUSTED = "retries_exhausted"
    FUNCTION_TIMEOUT = "function_timeout"
    OUT_OF_MEMORY = "out_of_memory"
    RUNTIME_EXIT = "runtime_exit"
    INIT_FAILURE = "init_failure"
    APPLICATION_ERROR = "application_error"

    FIRST_N_THEN_FAIL = "first_n_then_fail"
    SCATTERED = "scattered"
    ALL_FAIL = "all_fail"
    INTERMITTENT = "intermittent"

    PATH_BLOCKED = "path_blocked"
    ONE_SUBNET = "one_subnet"
    NAT_PORTS = "nat_ports"
    RETURN_PORTS = "return_ports"
    IDLE = "idle"
    DOWNSTREAM = "downstream"
    COLD_START = "cold_start"
    RETRY_BUDGET = "retry_budget"
    PAYLOAD = "payload"
    CALLER_GAVE_UP = "caller_gave_up"

    NOT_ACTIVE = "not_active"
    NO_ADDRESSES = "no_addresses"
    NO_INTERFACES = "no_interfaces"
    INTERFACES_REFUSED = "interfaces_refused"
    RECURSION = "recursion"

    BEFORE_DEPLOY = "before_deploy"
    AFTER_DEPLOY = "after_deploy"
    NEW_ENDPOINT = "new_endpoint"
    MORE_CONCURRENCY = "more_concurrency"
    SLOW = "slow"
    OUTSIDE_VPC = "outside_vpc"
    HEALTHY = "healthy"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A symptom that was seen: how often, in which words, and what it tried to reach, `host` or `host:port`."""

    symptom: Symptom
    count: int = 1
    words: str = ""
    destination: str | None = None


BY_ERROR: Mapping[ErrorClass, Symptom] = {one: Symptom(one.value) for one in ErrorClass}

BY_PATTERN: Mapping[Pattern, Symptom] = {
    Pattern.FIRST_N_THEN_FAIL: Symptom.FIRST_N_THEN_FAIL,
    Pattern.SCATTERED: Symptom.SCATTERED,
    Pattern.ALL_FAIL: Symptom.ALL_FAIL,
    Pattern.INTERMITTENT: Symptom.INTERMITTENT,
}
"""What a pattern is seen as; one that is healthy, or that too few invocations leave open, is no symptom."""

BY_CAUSE: Mapping[str, Symptom] = {
    "network_path_blocked": Symptom.PATH_BLOCKED,
    "subnet_or_zone": Symptom.ONE_SUBNET,
    "nat_port_exhaustion": Symptom.NAT_PORTS,
    "nacl_ephemeral_ports": Symptom.RETURN_PORTS,
    "permissions": Symptom.ACCESS_DENIED,
    "dns": Symptom.DNS,
    "idle_timeout": Symptom.IDLE,
    "concurrency_throttling": Symptom.THROTTLED,
    "downstream": Symptom.DOWNSTREAM,
    "memory": Symptom.OUT_OF_MEMORY,
    "payload": Symptom.PAYLOAD,
    "cold_start": Symptom.COLD_START,
    "sdk_retry_budget": Symptom.RETRY_BUDGET,
    "function_timeout": Symptom.FUNCTION_TIMEOUT,
}
"""What a cause of `invocations.causes`, weighed over a log with the facts beside it, is seen as."""

BY_STATE: Mapping[str, Symptom] = {
    "SubnetOutOfIPAddresses": Symptom.NO_ADDRESSES,
    "EniLimitExceeded": Symptom.NO_INTERFACES,
    "InsufficientRolePermissions": Symptom.INTERFACES_REFUSED,
    "DisallowedByVpcEncryptionControl": Symptom.INTERFACES_REFUSED,
}
"""What the reason code of a function's state is seen as, where it says more than that the function is not active.

Source, StateReasonCode: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
(read 2026-11-21)
"""
