"""What a check says: findings, the evidence they point to, and the fixes attached to them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from runbook_lib.model.status import Severity, Status

__all__ = ["Evidence", "Finding", "Fix", "ResourceRef", "told_again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRef:
    """The resource a finding is about. `type` is the CloudFormation-style kind, for example `AWS::EC2::Subnet`."""

    type: str
    id: str
    arn: str | None = None
    region: str | None = None
    account: str | None = None
    name: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Mapping type, id, arn, region, account."""
        return {"type": self.type, "id": self.id, "arn": self.arn, "region": self.region, "account": self.account}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One raw fact behind a finding.

    `pointer` is a JSON pointer (RFC 6901) into the snapshot: its folders `accounts/<id>/<region>` when there are
    any, then the AWS key and the index, for example `/accounts/123456789012/eu-west-1/RouteTables/2/Routes/1`.
    `operation` is `service:Operation`; `request_id` is None for facts that came from files.
    """

    operation: str
    pointer: str
    value: Any
    request_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Mapping operation, pointer, value, request_id."""
        return {
            "operation": self.operation,
            "pointer": self.pointer,
            "value": self.value,
            "request_id": self.request_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A proposed change.

    `proven` is True only if on a changed copy the finding passed and nothing that had passed failed.
    `reason` says how it was proven, or why it could not be tried. `cli` holds AWS CLI commands, or the text of a change
    that is made elsewhere than in AWS.
    """

    title: str
    terraform: str
    cli: str
    proven: bool
    reason: str
    warnings: tuple[str, ...] = ()

    @property
    def cli_label(self) -> str:
        """What `cli` is, for a heading above it."""
        return "AWS CLI" if re.search(r"^aws ", self.cli, re.MULTILINE) else "Change"

    def to_json(self) -> dict[str, Any]:
        """Mapping title, terraform, cli, proven, reason, warnings."""
        return {
            "title": self.title,
            "terraform": self.terraform,
            "cli": self.cli,
            "proven": self.proven,
            "reason": self.reason,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One answer of one check about one resource.

    `code` is a short stable word for the situation (Reachability Analyzer's vocabulary where it has one).
    `scope` tells two findings of one check on one resource apart, for example the service asked for.
    `blames` are the faults it rests on, each a code and a component, so that a fault that several checks come upon
    is told once.
    """

    check_id: str
    status: Status
    severity: Severity
    resource: ResourceRef
    message: str
    code: str
    evidence: tuple[Evidence, ...] = ()
    fixes: tuple[Fix, ...] = ()
    scope: str = ""
    blames: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """Stable identity across runs: check, resource and scope, never the status."""
        return ":".join(part for part in (self.check_id, self.resource.id, self.scope) if part)

    @property
    def digest(self) -> str:
        """SHA-256 over what the finding says, without request ids and fixes; equal facts give equal digests."""
        said = {
            "key": self.key,
            "status": self.status,
            "severity": self.severity,
            "message": self.message,
            "code": self.code,
            "evidence": [[e.operation, e.value] for e in self.evidence],
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The object under `findings` in result.json."""
        return {
            "check_id": self.check_id,
            "status": self.status.value,
            "severity": self.severity.value,
            "resource": self.resource.to_json(),
            "message": self.message,
            "code": self.code,
            "evidence": [e.to_json() for e in self.evidence],
            "fixes": [f.to_json() for f in self.fixes],
            "key": self.key,
            "digest": self.digest,
        }


def told_again(failed: Sequence[Finding]) -> frozenset[str]:
    """The keys of the findings that tell the cause of the first one again, for another resource or by another check.

    They have its code and are of its family, or blame nothing but what those blame. Another scope of the same check
    and resource (another service, another destination) is a finding of its own.
    """
    if not failed:
        return frozenset()
    first = failed[0]
    subject = (first.check_id, first.resource.id)
    others = [finding for finding in failed[1:] if (finding.check_id, finding.resource.id) != subject]
    alike = [item for item in others if item.code == first.code and item.check_id[:3] == first.check_id[:3]]
    blamed = {fault for item in (first, *alike) for fault in item.blames}
    return frozenset(item.key for item in others if item in alike or (item.blames and blamed.issuperset(item.blames)))
