"""Sets what no API can set: a pending endpoint, a failed NAT gateway, an idle function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runbook_lib.errors import SandboxError

__all__ = ["limit_pages", "stage"]


def stage(resource_id: str, fields: Mapping[str, Any]) -> None:
    """Set response fields of a resource in any Region: `stage("vpce-…", {"State": "pending"})`.

    Endpoints, NAT gateways, network interfaces and peering connections take fields of their description, functions
    those of GetFunctionConfiguration. SandboxError when there is no such resource.
    """
    from botocore import xform_name

    for backend, function in _functions(resource_id):
        from runbook_lib.sandbox.extension.functions import settle

        function.staged_state = dict(fields)
        settle(backend, function)
        return
    for resource in _networks(resource_id):
        for name, value in fields.items():
            setattr(resource, xform_name(name), value)
        return
    raise SandboxError(f"no resource {resource_id!r} to set {', '.join(fields)} on")


def limit_pages(size: int | None) -> None:
    """Answer listings in pages of at most `size` items; None restores the page sizes of AWS."""
    from runbook_lib.sandbox.extension import functions, listings

    listings.set_largest_page(size or listings.LARGEST_PAGE)
    functions.set_largest_page(size or functions.LARGEST_PAGE)


def _functions(name: str) -> Iterator[tuple[Any, Any]]:
    from moto.awslambda.models import lambda_backends

    for account in lambda_backends.values():
        for backend in account.values():
            yield from ((backend, function) for function in backend.list_functions() if function.function_name == name)


def _networks(resource_id: str) -> Iterator[Any]:
    from moto.ec2.models import ec2_backends

    for account in ec2_backends.values():
        for backend in account.values():
            for store in (backend.vpc_end_points, backend.nat_gateways, backend.enis):
                if resource_id in store:
                    yield store[resource_id]
