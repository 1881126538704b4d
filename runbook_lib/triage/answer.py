"""The answer: what was seen, and the runbooks that come next, each with why, how sure, and how to start it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from runbook_lib.triage.reading import Seen
from runbook_lib.triage.rows import Confidence, Entry, Priority, Step
from runbook_lib.triage.symptoms import BY_PATTERN, Signal, Symptom
from runbook_lib.triage.table import TABLE, UNKNOWN

__all__ = ["Given", "Proposal", "Triage", "triage"]

# What stands in a command line for what nobody told.
_TO_TELL = {"function_name": "FUNCTION", "clients": "CLIENTS"}
# Runbooks about the way through a VPC: they have nothing to say of a function outside.
_IN_VPC = frozenset({"vpc_endpoints", "nat_gateway", "network_path", "tcp_keepalive", "reachability_analyzer"})
_CONFIDENCES, _PRIORITIES = tuple(Confidence), tuple(Priority)
# What a network can be blamed for; the way failures are arranged tells nothing beside an error of another kind.
_OF_THE_NETWORK = frozenset(
    {
        *(Symptom.CONNECT_TIMEOUT, Symptom.READ_TIMEOUT, Symptom.CONNECTION_RESET, Symptom.CONNECTION_CLOSED),
        *(Symptom.ENDPOINT_UNREACHABLE, Symptom.RETRIES_EXHAUSTED, Symptom.FUNCTION_TIMEOUT),
        Symptom.APPLICATION_ERROR,
    }
)
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_PATTERNS = frozenset(BY_PATTERN.values())
_MOST_REASONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is known beside the text: the function and the source it was read from, with the options of the source."""

    function: str = ""
    source: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A runbook to run next; `parameters` are those to start with, `command` is the line for a shell.

    `to_tell` are parameters that nobody told: in the command stands a word in capitals for each.
    """

    runbook: str
    why: str
    confidence: Confidence
    parameters: Mapping[str, str | int]
    to_tell: tuple[str, ...]
    command: str

    def to_json(self) -> dict[str, Any]:
        """Mapping runbook, why, confidence, parameters, to_tell, command."""
        return {
            "runbook": self.runbook,
            "why": self.why,
            "confidence": self.confidence.value,
            "parameters": dict(self.parameters),
            "to_tell": list(self.to_tell),
            "command": self.command,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """What was seen and what comes next, best first; `is_known` is False when nothing in the text is known."""

    is_known: bool
    headline: str
    priority: Priority
    signals: tuple[Signal, ...]
    proposals: tuple[Proposal, ...]
    look_at: tuple[str, ...]
    notes: tuple[str, ...]
    gaps: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Mapping known, headline, priority, symptoms, next, look_at, notes, gaps; `next` is ranked from 1."""
        return {
            "known": self.is_known,
            "headline": self.headline,
            "priority": self.priority.value,
            "symptoms": [
                {
                    "symptom": one.symptom.value,
                    "means": TABLE[one.symptom].means,
                    "count": one.count,
                    "words": one.words,
                    "destination": one.destination,
                }
                for one in self.signals
            ],
            "next": [{"rank": rank, **one.to_json()} for rank, one in enumerate(self.proposals, 1)],
            "look_at": list(self.look_at),
            "notes": list(self.notes),
            "gaps": list(self.gaps),
        }


def triage(seen: Seen, given: Given, books: Mapping[str, Collection[str]]) -> Triage:
    """The answer to what was seen; `books` maps the runbooks there are to the names of their parameters."""
    signals = seen.signals
    deciding: list[tuple[Signal | None, Entry]] = [(one, TABLE[one.symptom]) for one in _deciding(signals)]
    deciding = deciding or [(None, UNKNOWN)]
    entries = [entry for _, entry in deciding]
    is_outside = any(signal.symptom is Symptom.OUTSIDE_VPC for signal in signals)
    there = {name: book for name, book in books.items() if not (is_outside and name in _IN_VPC)}
    proposals = tuple(_proposals(deciding, given, there))
    return Triage(
        is_known=bool(signals),
        headline=_headline(signals, proposals),
        priority=min((entry.priority for entry in entries), key=_PRIORITIES.index),
        signals=signals,
        proposals=proposals,
        look_at=_unique(item for entry in entries for item in entry.look_at),
        notes=_unique(entry.note for entry in entries if entry.note),
        gaps=seen.gaps,
    )


def _deciding(signals: Iterable[Signal]) -> list[Signal]:
    """The signals without patterns, where something else is named that is not open to the network's fault."""
    listed = list(signals)
    others = [signal for signal in listed if signal.symptom not in _PATTERNS]
    return listed if not others or others[0].symptom in _OF_THE_NETWORK else others


def _headline(signals: tuple[Signal, ...], proposals: tuple[Proposal, ...]) -> str:
    if not signals:
        said = "This is not known here: no error, pattern or situation of the table is in it"
        return f"{said}; {proposals[0].runbook} is a place to begin." if proposals else f"{said}."
    means = TABLE[signals[0].symptom].means
    if not proposals:
        return f"{means[0].upper()}{means[1:]}; no runbook here answers that."
    return f"{means[0].upper()}{means[1:]}; run {proposals[0].runbook} next."


def _proposals(
    signals: Iterable[tuple[Signal | None, Entry]], given: Given, books: Mapping[str, Collection[str]]
) -> Iterator[Proposal]:
    """Every runbook that exists once, the most likely to tell first; equal ones keep the order of the table."""
    confidence: dict[str, Confidence] = {}
    reasons: dict[str, list[str]] = {}
    destinations: dict[str, str] = {}
    for signal, entry in signals:
        destination = signal.destination if signal else None
        for step in entry.steps:
            sure = _sure(step, destination)
            if sure is None or step.runbook not in books:
                continue
            confidence[step.runbook] = min(confidence.get(step.runbook, sure), sure, key=_CONFIDENCES.index)
            reasons.setdefault(step.runbook, []).append(step.why)
            if destination:
                destinations.setdefault(step.runbook, destination)
    for runbook in sorted(confidence, key=lambda name: _CONFIDENCES.index(confidence[name])):
        known = _parameters(destinations.get(runbook), given)
        parameters = {name: value for name, value in known.items() if name in books[runbook]}
        to_tell = tuple(name for name in _TO_TELL if name in books[runbook] and name not in parameters)
        yield Proposal(
            runbook=runbook,
            why="; ".join(_unique(reasons[runbook])[:_MOST_REASONS]),
            confidence=confidence[runbook],
            parameters=parameters,
            to_tell=to_tell,
            command=_command(runbook, parameters, given, to_tell),
        )


def _sure(step: Step, destination: str | None) -> Confidence | None:
    """How sure a step is towards a destination; None where it makes no sense."""
    if step.aws_only and destination is None:
        return max(step.confidence, Confidence.POSSIBLE, key=_CONFIDENCES.index)
    if step.aws_only and not _host(destination).endswith(_AWS):
        return None
    if step.public_only and _is_private(_host(destination)):
        return None
    if step.ipv4_only and ":" in _host(destination):
        return None
    return step.confidence


def _host(destination: str | None) -> str:
    host, colon, port = (destination or "").rpartition(":")
    return (host if colon and port.isdigit() else destination or "").strip("[]").lower()


def _is_private(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return False


def _parameters(destination: str | None, given: Given) -> dict[str, str | int]:
    """Parameters of any runbook that are known."""
    found: dict[str, str | int] = {}
    if given.function:
        found["function_name"] = given.function
    host = _host(destination)
    if host:
        found["destination"] = host
        port = (destination or "").rpartition(":")[2]
        if port.isdigit() and (destination or "") != host:
            found["port"] = int(port)
        found |= _service(host)
    return found


def _service(host: str) -> dict[str, str | int]:
    """The service and bucket that a name of S3 or DynamoDB stands for: those have gateway endpoints."""
    if not host.endswith(_AWS):
        return {}
    labels = host.split(".")
    service = next((label for label in labels if label in ("s3", "dynamodb")), None)
    if service is None:
        return {}
    bucket = ".".join(labels[: labels.index(service)])
    return {"services": service, **({"bucket": bucket} if bucket and service == "s3" else {})}


def _command(runbook: str, parameters: Mapping[str, str | int], given: Given, to_tell: Iterable[str]) -> str:
    words = ["runbook", "run", runbook, "--source", given.source or "aws"]
    for name, told in given.options.items():
        words += [f"--{name.replace('_', '-')}", told] if told else []
    for name in to_tell:
        words += ["-p", name, _TO_TELL[name]]
    for name, value in parameters.items():
        words += ["-p", name, str(value)]
    return shlex.join(words)


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
