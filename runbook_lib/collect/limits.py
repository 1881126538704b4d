"""What to collect, and how much patience to have."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.model.kinds import KINDS
from runbook_lib.model.window import Window

__all__ = ["Limits", "Observed", "Wanted"]

# A key whose calls are chosen by what other keys say.
_NEEDS = {
    "VpcAttributes": ("Functions", "Subnets", "Vpcs"),
    "PrefixLists": ("SecurityGroups", "RouteTables"),
    "TransitGatewayPropagations": ("TransitGatewayRouteTables",),
    "TransitGatewayStaticRoutes": ("TransitGatewayRouteTables",),
    "Roles": ("Functions",),
    "RolePolicies": ("Functions", "Roles"),
    "Queues": ("Functions", "EventSourceMappings", "EventInvokeConfigs"),
    "RestApis": ("FunctionPolicies",),
    "HttpApis": ("FunctionPolicies",),
    "DBProxyTargets": ("Functions", "DBProxies"),
    "DBParameters": ("Functions", "DBInstances"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the second stage reads in detail; the Region-wide listings are always whole.

    Functions are names or ARNs. VPC attributes are read for the VPCs named, those of the functions and subnets named,
    those that hold any function when `all_functions`, and for every VPC when nothing at all is named.
    `keys` restricts the whole collection to these snapshot keys and what they depend on; empty means all but the
    details of a function. Those (its policy, role, triggers, databases) are read when they are named in `keys` and
    exactly one function is named.
    """

    functions: tuple[str, ...] = ()
    vpc_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    all_functions: bool = False
    keys: tuple[str, ...] = ()

    @property
    def names_nothing(self) -> bool:
        """True when no function, VPC or subnet is singled out."""
        return not (self.functions or self.vpc_ids or self.subnet_ids or self.all_functions)

    @property
    def all_keys(self) -> frozenset[str]:
        """The snapshot keys to read, with those their calls depend on."""
        if not self.keys:
            return frozenset(KINDS)
        return frozenset(self.keys).union(*(_NEEDS.get(key, ()) for key in self.keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What to observe over a window of time: a function's logs, metrics and limits, and metrics of NAT gateways.

    `function` is a name or an ARN; `log_group` replaces the log group that its configuration names. At most
    `max_events` log events are kept, the earliest. Logs Insights costs money for the bytes it scans: it is asked only
    when allowed, for large log groups, and for `max_insights_gb` (10^9 bytes) at most. `keys` restricts the observation
    to these snapshot keys; empty means all.
    """

    window: Window
    function: str | None = None
    log_group: str | None = None
    nat_gateway_ids: tuple[str, ...] = ()
    max_events: int = 200_000
    allow_logs_insights: bool = False
    max_insights_gb: float = 5.0
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Patience: `deadline_s` for the whole collection, `call_timeout_s` to connect and to read one answer.

    `attempts` counts the first try; `page_cap` is the most pages of one listing; `workers` the calls under way at
    once; `retry_mode` is the SDK's (`adaptive` also slows down when AWS throttles).
    """

    deadline_s: float = 60.0
    call_timeout_s: float = 10.0
    attempts: int = 4
    page_cap: int = 1000
    workers: int = 16
    retry_mode: str = "adaptive"
