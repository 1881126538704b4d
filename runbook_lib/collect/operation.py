"""One row of the table of AWS calls: what it asks, how often, and which snapshot key it fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["Operation", "Per"]


class Per(Enum):
    """How often a call is made: once, or once for each of something."""

    CALLER = "once, to learn who asks"
    REGION = "once per Region, unfiltered"
    VPC = "once per VPC that is looked at"
    FUNCTION = "once per function named by the user"
    BUCKET = "once per bucket named by the user"
    TRANSIT_TABLE = "once per transit gateway route table"
    UNREAD_LISTS = "once, when a prefix list is used whose entries DescribePrefixLists does not give"
    UNREAD_LIST = "once per prefix list whose entries DescribePrefixLists does not give"
    OBSERVATION = "once, when logs and metrics are read"
    OBSERVED_FUNCTION = "once, for the function whose logs are read"
    LOG_GROUP = "once, for the log group that is read"
    LOG_SLICE = "once per slice of the time that is looked at"
    FLOW_LOG = "once per flow log and network interface of the function"
    QUERY = "once per slice of the time, when Logs Insights is allowed and the log group is large"
    METRICS = "once per 500 metrics"
    QUOTA = "once per quota"
    ANALYSES = "when paths are analysed by Reachability Analyzer, and when the keys are named"
    SIMULATION = "once per service and kind of resource, when what the role may do is simulated"
    PICKED = "once, for the function that was picked"
    PICKED_REGION = "once per Region, when a function was picked"
    PICKED_BUCKET = "once per bucket named by the user, when a function was picked"
    ROLE = "once, for the role of the function that was picked"
    ROLE_POLICY = "once per policy of that role"
    QUEUE = "once per queue that the function that was picked reads from, or that its failed events go to"
    API = "once per API that the policy of the function that was picked names"
    DATABASES = "once per parameter group and proxy of the databases in the VPC of the function that was picked"


_OBSERVED = frozenset(
    {
        Per.OBSERVATION,
        Per.OBSERVED_FUNCTION,
        Per.LOG_GROUP,
        Per.LOG_SLICE,
        Per.FLOW_LOG,
        Per.QUERY,
        Per.METRICS,
        Per.QUOTA,
        Per.ANALYSES,
        Per.SIMULATION,
    }
)
_DETAILS = frozenset(
    {
        Per.PICKED,
        Per.PICKED_REGION,
        Per.PICKED_BUCKET,
        Per.ROLE,
        Per.ROLE_POLICY,
        Per.QUEUE,
        Per.API,
        Per.DATABASES,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row: which call fills which snapshot key, and how.

    `result` is the path to the items in the answer; it must be present, else the answer is malformed. With an
    `argument` (the request field that names the one thing asked about) the whole answer, joined over its pages,
    becomes one item that carries that argument; `is_whole` says the same of a call that has none. `action` is the IAM
    action where it differs from `service:name`. `page_size` is sent where AWS recommends one. `absent` are the error
    codes by which AWS says that there is none: the item then holds the argument alone.
    """

    service: str
    name: str
    key: str
    result: tuple[str, ...]
    doc: str
    per: Per = Per.REGION
    argument: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    page_size: int | None = None
    action: str = ""
    is_whole: bool = False
    absent: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """`service:Operation`, for example `ec2:DescribeVpcs`."""
        return f"{self.service}:{self.name}"

    @property
    def is_one_object(self) -> bool:
        """True when the whole answer is one item, not a list of items."""
        return self.argument is not None or self.is_whole

    @property
    def is_observed(self) -> bool:
        """True when the call belongs to the reading of logs, metrics, analyses or simulations, not to a collection."""
        return self.per in _OBSERVED

    @property
    def is_detail(self) -> bool:
        """True when the call is only made for one function that was picked, and only for keys that were named."""
        return self.per in _DETAILS

    @property
    def iam_action(self) -> str:
        """The IAM action that allows the call."""
        return self.action or self.id
