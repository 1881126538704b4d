"""What moto lacks or does differently from AWS, one module per gap, for exactly one version of moto."""

from __future__ import annotations

import functools

from runbook_lib.sandbox.extension.patching import require_version

__all__ = ["apply"]


@functools.cache
def apply() -> None:
    """Patch moto in this process; further calls change nothing."""
    require_version()
    from runbook_lib.sandbox.extension import (
        acls,
        apis,
        block_public_access,
        callers,
        databases,
        endpoints,
        functions,
        interfaces,
        invocations,
        listings,
        logs,
        metrics,
        nat_gateways,
        network_insights,
        prefix_lists,
        provisioned,
        queues,
        quotas,
        recursion,
        role_policies,
        routes,
        simulations,
        transit_gateways,
        unsupported,
        vpcs,
    )

    for module in (
        unsupported,
        vpcs,
        routes,
        acls,
        interfaces,
        endpoints,
        nat_gateways,
        prefix_lists,
        block_public_access,
        network_insights,
        callers,
        transit_gateways,
        functions,
        logs,
        metrics,
        quotas,
        provisioned,
        recursion,
        role_policies,
        simulations,
        queues,
        apis,
        databases,
        listings,
        invocations,
    ):
        module.apply()
