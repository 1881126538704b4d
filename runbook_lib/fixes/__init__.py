"""Which proposer answers which check's FAIL.

A check without one has no fix inside the network (END014), needs another resource (NAT002), or is a stage of a path,
which PTH010 heals as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from runbook_lib.fixes import (
    attributes,
    creation,
    databases,
    failures,
    filters,
    function,
    keepalive,
    nat,
    path,
    permissions,
    policies,
    refusals,
    routes,
    triggers,
)
from runbook_lib.fixes.base import Proposer

__all__ = ["PROPOSERS"]

PROPOSERS: Mapping[str, Proposer] = {
    "END001": creation.create_endpoint,
    "END002": creation.wait_or_renew,
    "END003": routes.associate,
    "END004": routes.restore_route,
    "END005": filters.open_egress,
    "END006": filters.open_acl,
    "END007": policies.permit,
    "END008": attributes.switch_dns_on,
    "END009": attributes.cover_zones,
    "END010": filters.admit_target,
    "END011": attributes.give_private_dns,
    "END012": attributes.leave_name,
    "END013": attributes.carry_ipv6,
    "PTH010": path.propose,
    "NAT001": nat.heal_ways,
    "NAT003": nat.heal_ways,
    "NAT004": nat.heal_ways,
    "NAT005": nat.heal_ways,
    "NAT007": nat.relieve,
    "NAT011": nat.relieve,
    "NAT013": nat.use_endpoint,
    "FUN002": function.give_time,
    "FUN003": function.outlast_sdk,
    "FUN004": function.let_callers_wait,
    "FUN005": function.give_memory,
    "FUN007": failures.keep,
    "FUN010": triggers.break_loop,
    "FUN011": triggers.admit,
    "FUN012": permissions.allow,
    "FUN013": function.prepare,
    "FUN014": databases.spare_connections,
    "FUN016": refusals.answer,
    "FUN017": permissions.narrow,
    "KAL001": keepalive.settle,
    "KAL002": keepalive.settle,
}
