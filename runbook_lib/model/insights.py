"""What VPC Reachability Analyzer says: the paths that were asked about and their analyses, in the shapes of AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope, flag, tags, texts

__all__ = [
    "KIT_VALUE",
    "AnalysisStatus",
    "Explanation",
    "NetworkInsightsAnalysis",
    "NetworkInsightsPath",
    "PathTag",
    "is_the_first",
    "moment_of",
]


class AnalysisStatus(StrEnum):
    """How far an analysis came. `failed` says nothing about the network."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PathTag(StrEnum):
    """The tags of a path that the kit made.

    `STRETCH` is one of model.analysis_plan.Stretch; `KEEP` is there only on a path that is to stay.
    """

    KIT = "runbook-kit"
    RUN = "runbook-kit-run"
    FUNCTION = "runbook-kit-function"
    SUBNET = "runbook-kit-subnet"
    STRETCH = "runbook-kit-stretch"
    FINGERPRINT = "runbook-kit-fingerprint"
    KEEP = "runbook-kit-keep"


KIT_VALUE = "analysis"
"""What the tag `PathTag.KIT` says."""

# Requests may be throttled and sent again.
_AT_ONCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a path was not found: the code, the direction (`egress`, `ingress` or None), and all that AWS says."""

    code: str
    direction: str | None
    raw: Raw

    @property
    def component_id(self) -> str | None:
        """The id of the component that it is about, the first of several, or None when AWS names none."""
        for key in ("Acl", "SecurityGroup", "SecurityGroups", "RouteTable", "Component"):
            found = self.raw.get(key)
            for one in found if isinstance(found, list | tuple) else (found,):
                if isinstance(one, Mapping) and one.get("Id"):
                    return str(one["Id"])
        return None

    @property
    def named_ids(self) -> frozenset[str]:
        """The ids of all components that it names, but for where they are: subnets and VPCs."""
        found = (one for value in self.raw.values() for one in (value if isinstance(value, list | tuple) else (value,)))
        ids = (str(one["Id"]) for one in found if isinstance(one, Mapping) and one.get("Id"))
        return frozenset(id_ for id_ in ids if not id_.startswith(("subnet-", "vpc-")))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInsightsPath(Fact):
    """A path that was asked about; `source` and `destination` are ids or ARNs as they were given."""

    KEY: ClassVar[str] = "NetworkInsightsPaths"
    OPERATION: ClassVar[str] = "ec2:DescribeNetworkInsightsPaths"
    TYPE: ClassVar[str] = "AWS::EC2::NetworkInsightsPath"

    source: str
    destination: str | None
    protocol: str

    def tag(self, tag: PathTag) -> str | None:
        """The value of a tag of the kit, None on a path that others made."""
        return tags(self.raw).get(tag)

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        return cls(
            id=raw["NetworkInsightsPathId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            source=raw["Source"],
            destination=raw.get("Destination"),
            protocol=raw["Protocol"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInsightsAnalysis(Fact):
    """One analysis of a path.

    `path_found` is None unless the analysis succeeded. `forward_ids` and `return_ids` are the ids of the components in
    the order of the path; AWS gives none for a path that it did not find, or only some.
    """

    KEY: ClassVar[str] = "NetworkInsightsAnalyses"
    OPERATION: ClassVar[str] = "ec2:DescribeNetworkInsightsAnalyses"
    TYPE: ClassVar[str] = "AWS::EC2::NetworkInsightsAnalysis"

    path_id: str
    status: AnalysisStatus
    status_message: str
    path_found: bool | None
    explanations: tuple[Explanation, ...]
    forward_ids: tuple[str, ...]
    return_ids: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        status = AnalysisStatus(raw["Status"])
        return cls(
            id=raw["NetworkInsightsAnalysisId"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            path_id=raw["NetworkInsightsPathId"],
            status=status,
            status_message=raw.get("StatusMessage") or "",
            path_found=flag(raw, "NetworkPathFound", None) if status is AnalysisStatus.SUCCEEDED else None,
            explanations=tuple(_explanation(item) for item in raw.get("Explanations") or ()),
            forward_ids=texts(_in_order(raw.get("ForwardPathComponents")), _component),
            return_ids=texts(_in_order(raw.get("ReturnPathComponents")), _component),
        )

    @property
    def arns(self) -> Mapping[str, str]:
        """Mapping id → ARN of every component that AWS tells the ARN of."""
        return dict(_arns(self.raw))


def is_the_first(path: Raw, analysis: Raw) -> bool:
    """Whether an analysis was started with its path: what a tag says of the configuration holds for that one alone.

    Anybody may analyse a path that was kept once more, when the network has changed.
    """
    made, started = moment_of(path, "CreatedDate"), moment_of(analysis, "StartDate")
    return made is not None and started is not None and abs(started - made) <= _AT_ONCE


def moment_of(raw: Raw, key: str) -> datetime | None:
    """The time under a key, as boto3 or a file gives it; None when there is none."""
    told = raw.get(key)
    if not told:
        return None
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _explanation(raw: Raw) -> Explanation:
    return Explanation(code=raw["ExplanationCode"], direction=raw.get("Direction"), raw=raw)


def _in_order(steps: list[Raw] | None) -> list[Raw]:
    return sorted(steps or (), key=lambda step: step.get("SequenceNumber") or 0)


def _arns(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if value.get("Id") and value.get("Arn"):
            yield str(value["Id"]), str(value["Arn"])
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _arns(item)


def _component(step: Mapping[str, Any]) -> str | None:
    return (step.get("Component") or {}).get("Id")
