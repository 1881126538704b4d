"""What an invocation is told to do, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runbook_lib.sandbox.deployment import ROLE

__all__ = ["Answer", "Done", "Failure", "FailureKind", "Job", "Sdk"]


class FailureKind(StrEnum):
    """What an invocation failed with."""

    CONNECT_TIMEOUT = "connect_timeout"
    READ_TIMEOUT = "read_timeout"
    RESET = "reset"
    REFUSED = "refused"
    CLOSED = "closed"
    DNS = "dns"
    TLS = "tls"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    ACCESS_DENIED = "access_denied"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    FUNCTION_TIMEOUT = "function_timeout"
    OUT_OF_MEMORY = "out_of_memory"
    RUNTIME_EXIT = "runtime_exit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """How patient the client is: it tries every address of the name with the full connect timeout, in each attempt.

    `keeps_open` says that an environment keeps its connection for the next invocation.
    """

    connect_timeout_s: float = 60.0
    read_timeout_s: float = 60.0
    attempts: int = 3
    addresses: int = 1
    keeps_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the far side does with a request: answers after some seconds, perhaps with an error of its own."""

    after_s: float = 1.6
    failure: FailureKind | None = None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One kind of work: `before_s` of it on its own, then `connections` to a destination, one request on each.

    `init_ms` is what a cold start takes, None for less than half a second.
    The n-th invocation meets `answers[n]`, and so on in a circle. Where an answer is a refusal, `role` is who was
    refused, and `refused` what AWS says why.
    """

    host: str
    address: str
    port: int = 443
    service: str = "S3"
    operation: str = "PutObject"
    resource: str = ""
    before_s: float = 0.35
    init_ms: float | None = None
    connections: int = 1
    answers: tuple[Answer, ...] = (Answer(),)
    sdk: Sdk = Sdk()
    role: str = ROLE
    refused: str = "because no identity-based policy allows the {prefix}:{operation} action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an invocation failed; `code` is the AWS error code where there is one."""

    kind: FailureKind
    job: Job
    attempts: int = 1
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One invocation that ran. Moments are seconds since the epoch; `init_ms` belongs to a cold start.

    `attempts` are the moments at which the client began to connect.
    """

    request_id: str
    number: int
    stream: str
    subnet_id: str
    start_s: float
    duration_ms: float
    init_ms: float | None
    memory_used_mb: int
    job: Job
    failure: Failure | None = None
    attempts: tuple[float, ...] = ()

    @property
    def end_s(self) -> float:
        """When it ended."""
        return self.start_s + self.duration_ms / 1000
