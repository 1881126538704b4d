"""What a run looks at: a function, a VPC, hand-placed subnets and groups, or everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runbook_lib.errors import FactMissing
from runbook_lib.model.finding import ResourceRef

__all__ = ["Placement", "Target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where code runs: a set of subnets with one set of security groups, and the functions that share it.

    Both id tuples are sorted. `group_ids` is empty when no group is known (a VPC looked at as a whole).
    """

    vpc_id: str
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    functions: tuple[str, ...] = ()
    ipv6_dual_stack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The subject of a run.

    `kind` is function, vpc, placement or all; `placements` are distinct (subnets, groups) pairs, so that work grows
    with networks and not with functions. `outside_vpc` names functions that are in no VPC. `unresolved` is set when
    where the target runs could not be read: then nothing about it can be judged.
    """

    kind: str
    name: str
    ref: ResourceRef
    placements: tuple[Placement, ...]
    outside_vpc: tuple[str, ...] = ()
    unresolved: FactMissing | None = None

    @property
    def vpc_ids(self) -> tuple[str, ...]:
        """The VPCs of all placements, sorted."""
        return tuple(sorted({placement.vpc_id for placement in self.placements}))

    @property
    def subnet_ids(self) -> tuple[str, ...]:
        """The subnets of all placements, sorted."""
        return tuple(sorted({subnet for placement in self.placements for subnet in placement.subnet_ids}))

    @property
    def group_sets(self) -> tuple[tuple[str, ...], ...]:
        """The distinct non-empty security-group sets, sorted."""
        return tuple(sorted({placement.group_ids for placement in self.placements if placement.group_ids}))

    def subnets_of(self, vpc_id: str) -> tuple[str, ...]:
        """The subnets used in one VPC, sorted."""
        return tuple(
            sorted({s for placement in self.placements if placement.vpc_id == vpc_id for s in placement.subnet_ids})
        )

    def to_json(self) -> dict[str, Any]:
        """The `target` object of result.json."""
        return {
            "kind": self.kind,
            "name": self.name,
            "vpc_ids": list(self.vpc_ids),
            "subnet_ids": list(self.subnet_ids),
            "security_group_ids": sorted({g for groups in self.group_sets for g in groups}),
            "functions": sorted(
                {f for placement in self.placements for f in placement.functions} | set(self.outside_vpc)
            ),
        }
