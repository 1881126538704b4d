"""Which checks of a function's configuration run when nobody selected any: those that cost a fixed number of calls."""

from __future__ import annotations

from collections.abc import Collection

from runbook_lib.checks.base import Meta
from runbook_lib.model.databases import DbInstance, DbMaxConnections, DbProxy, DbProxyTargets
from runbook_lib.model.functions import (
    EventInvokeConfig,
    FunctionConfiguration,
    FunctionPolicy,
    FunctionRecursion,
    ProvisionedConcurrency,
)
from runbook_lib.model.observations import EVENTS_KEY, AccountLimit, FunctionConcurrency, Quota
from runbook_lib.model.roles import Role, RolePolicy
from runbook_lib.model.target import Target
from runbook_lib.model.triggers import BucketNotifications, EventSourceMapping, HttpApi, Queue, RestApi

__all__ = ["is_passive", "why_held_back"]

# One call each, whatever the function is connected with.
_FIXED = frozenset(
    fact.KEY
    for fact in (
        FunctionConfiguration,
        FunctionPolicy,
        EventInvokeConfig,
        FunctionRecursion,
        EventSourceMapping,
        ProvisionedConcurrency,
        FunctionConcurrency,
        AccountLimit,
    )
)
# As many calls as there are policies, queues, APIs and databases; and the log.
_FOLLOWED = frozenset(
    {EVENTS_KEY}
    | {
        fact.KEY
        for fact in (
            Role,
            RolePolicy,
            Queue,
            RestApi,
            HttpApi,
            BucketNotifications,
            DbInstance,
            DbMaxConnections,
            DbProxy,
            DbProxyTargets,
            Quota,
        )
    }
)
_ONE_FUNCTION = "reads what AWS tells of one function; pick a function"
# Else a pass of its configuration would answer a question about its network.
_NO_VPC = "the function is in no VPC, which is what a check without a selection is about; select it to run it"
_MORE_CALLS = "reads more about the function than a check without a selection does; select it to run it"
_NOT_COLLECTED = "what it reads about the function was not collected; select it to be told what it needs"


def is_passive(meta: Meta) -> bool:
    """False for a check of the configuration that follows what the function is connected with, or reads its log."""
    return meta.family != "function" or _FOLLOWED.isdisjoint(meta.needs)


def why_held_back(meta: Meta, target: Target, asked: Collection[str]) -> str:
    """Why a check of the configuration is not run without being selected; empty when it is run.

    `asked` are the snapshot keys that were read or tried.
    """
    if meta.family != "function":
        return ""
    about_one = (_FIXED | _FOLLOWED) & frozenset(meta.needs)
    if about_one and target.kind != "function":
        return _ONE_FUNCTION
    if target.outside_vpc:
        return _NO_VPC
    if not is_passive(meta):
        return _MORE_CALLS
    return "" if about_one <= frozenset(asked) else _NOT_COLLECTED
