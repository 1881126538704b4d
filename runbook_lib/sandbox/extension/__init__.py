"""What moto lacks or does differently from AWS, one module per gap, for exactly one version of moto."""

from __future__ import annotations

import functools

from runbook_lib.sandbox.extension.patching import require_version

__all__ = ["apply"]


@functools.cache
def apply() -> None:
    """Patch moto in this process; further calls change nothing."""
    require_version()
    from runbook_lib.sandbox.extension import acls, endpoints, functions, interfaces, nat_gateways, routes

    for module in (routes, acls, interfaces, endpoints, nat_gateways, functions):
        module.apply()
