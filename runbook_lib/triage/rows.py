"""What a row of the decision table is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "BEGIN",
    "POSSIBLE",
    "SILENT",
    "Confidence",
    "Entry",
    "Priority",
    "Step",
    "analyzer",
    "configuration",
    "endpoint",
    "idle",
    "nat",
    "path",
]


class Confidence(StrEnum):
    """How likely a runbook is to tell the cause, most likely first."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    BEGIN = "a place to begin"


class Priority(StrEnum):
    """How soon to look."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Step:
    """A runbook and why it comes next.

    `aws_only`, `public_only` and `ipv4_only` say what the destination must be for it to make sense.
    """

    runbook: str
    why: str
    confidence: Confidence = Confidence.LIKELY
    aws_only: bool = False
    public_only: bool = False
    ipv4_only: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: what the symptom means, the runbooks in their order, what else to look at, what folklore has wrong."""

    means: str
    priority: Priority
    steps: tuple[Step, ...]
    look_at: tuple[str, ...] = ()
    note: str = ""


POSSIBLE, BEGIN = Confidence.POSSIBLE, Confidence.BEGIN
SILENT = "Security groups and network ACLs drop silently: they make timeouts, never a refusal."


def endpoint(why: str, confidence: Confidence = POSSIBLE) -> Step:
    """Runbook vpc_endpoints, where a service of AWS is called."""
    return Step("vpc_endpoints", why, confidence, aws_only=True)


def nat(why: str, confidence: Confidence = POSSIBLE) -> Step:
    """Runbook nat_gateway, where a public address is called."""
    return Step("nat_gateway", why, confidence, public_only=True)


def path(why: str, confidence: Confidence = Confidence.LIKELY) -> Step:
    """Runbook network_path."""
    return Step("network_path", why, confidence)


def idle(why: str, confidence: Confidence = POSSIBLE) -> Step:
    """Runbook tcp_keepalive."""
    return Step("tcp_keepalive", why, confidence)


def configuration(why: str, confidence: Confidence = Confidence.LIKELY) -> Step:
    """Runbook function_configuration."""
    return Step("function_configuration", why, confidence)


def analyzer(why: str = "AWS's own analysis of the same path, at a price and with consent") -> Step:
    """Runbook reachability_analyzer, where IPv4 is used."""
    return Step("reachability_analyzer", why, POSSIBLE, ipv4_only=True)
