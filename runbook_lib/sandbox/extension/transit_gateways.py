"""Transit gateways: routes name their attachments, propagated routes are found, default tables can be switched off."""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.transit_gateway_attachments import TransitGatewayAttachment

from runbook_lib.sandbox.extension.patching import replace, replace_property, wrap

__all__ = ["apply"]


def apply() -> None:
    """Patch attachments, their association, and the search for routes."""
    wrap(EC2Backend, "create_transit_gateway", _create_gateway)
    wrap(EC2Backend, "get_all_transit_gateway_route_tables", _tables)
    replace_property(TransitGatewayAttachment, "association", _association)
    wrap(EC2Backend, "create_transit_gateway_vpc_attachment", _attach)
    wrap(EC2Backend, "create_transit_gateway_route", _create_route)
    replace(EC2Backend, "search_transit_gateway_routes", _search)


_SWITCHES = ("DefaultRouteTableAssociation", "DefaultRouteTablePropagation")


def _create_gateway(original: Any, backend: Any, *args: Any, **kwargs: Any) -> Any:
    gateway = original(backend, *args, **kwargs)
    gateway.options.setdefault("SecurityGroupReferencingSupport", "disable")
    for switch, table in zip(_SWITCHES, ("Association", "Propagation"), strict=True):
        if gateway.options[switch] == "disable":
            del gateway.options[f"{table}DefaultRouteTableId"]
    return gateway


def _tables(original: Any, backend: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """Without default association and propagation a gateway has no default table; moto keeps one all the same."""
    unwanted = {
        gateway.default_route_table.id
        for gateway in backend.transit_gateways.values()
        if all(gateway.options[switch] == "disable" for switch in _SWITCHES)
    }
    return [table for table in original(backend, *args, **kwargs) if table.id not in unwanted]


def _association(attachment: Any) -> dict[str, str] | None:
    for table in attachment.ec2_backend.transit_gateways_route_tables.values():
        if attachment.id in table.route_table_associations:
            return {"State": "associated", "TransitGatewayRouteTableId": table.id}
    return None


def _attach(original: Any, backend: Any, **kwargs: Any) -> Any:
    zones = [backend.get_subnet(subnet_id).availability_zone for subnet_id in kwargs["subnet_ids"]]
    if len(set(zones)) < len(zones):
        raise EC2ClientError("DuplicateSubnetsInSameZone", "Specify one subnet per Availability Zone.")
    attachment = original(backend, **kwargs)
    options = backend.transit_gateways[attachment.transit_gateway_id].options
    default = attachment.transit_gateway_route_table
    if options["DefaultRouteTableAssociation"] == "disable":
        default.route_table_associations.pop(attachment.id, None)
    if options["DefaultRouteTablePropagation"] == "enable":
        backend.set_route_table_propagation(attachment.id, default.id)
    return attachment


def _create_route(original: Any, backend: Any, table_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
    attachment_id = kwargs.get("transit_gateway_attachment_id")
    if attachment_id and attachment_id not in backend.transit_gateway_attachments:
        raise EC2ClientError(
            "InvalidTransitGatewayAttachmentID.NotFound", f"Transit Gateway Attachment {attachment_id} was not found."
        )
    route = original(backend, *([table_id] if table_id else []), *args, **kwargs)
    route["transitGatewayAttachments"] = [_named(backend, attachment_id)] if attachment_id else []
    return route


def _named(backend: Any, attachment_id: str) -> dict[str, str]:
    attachment = backend.transit_gateway_attachments[attachment_id]
    return {
        "resourceId": attachment.resource_id,
        "resourceType": attachment.resource_type,
        "transitGatewayAttachmentId": attachment_id,
    }


def _search(backend: Any, transit_gateway_route_table_id: str, filters: Any, max_results: Any = None) -> list[Any]:
    table = backend.transit_gateways_route_tables.get(transit_gateway_route_table_id)
    if table is None:
        raise EC2ClientError(
            "InvalidRouteTableID.NotFound",
            f"Transit Gateway Route Table {transit_gateway_route_table_id} was deleted or does not exist.",
        )
    for name in filters:
        if name not in _FILTERS and not name.startswith("attachment."):
            raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
    routes = {**_propagated(backend, table), **table.routes}
    ordered = sorted(routes.values(), key=lambda route: ipaddress.ip_network(route["destinationCidrBlock"]))
    found = [route for route in ordered if all(_passes(route, name, values) for name, values in filters.items())]
    if "route-search.longest-prefix-match" in filters and found:
        found = [max(found, key=lambda route: ipaddress.ip_network(route["destinationCidrBlock"]).prefixlen)]
    return found[: int(max_results)] if max_results else found


def _propagated(backend: Any, table: Any) -> dict[str, Any]:
    routes = {}
    for propagation in table.route_table_propagation:
        attachment = backend.transit_gateway_attachments.get(propagation.transitGatewayAttachmentId)
        if attachment is None or attachment.resource_type != "vpc":
            continue
        for block in backend.get_vpc(attachment.resource_id).cidr_block_association_set:
            routes[_cidr(block)] = {
                "destinationCidrBlock": _cidr(block),
                "state": "active",
                "type": "propagated",
                "transitGatewayAttachments": [_named(backend, attachment.id)],
            }
    return routes


def _cidr(block: Any) -> str:
    return str(block.get("CidrBlock") or block.get("cidrBlock") or block["cidr_block"])


_FILTERS = (
    "prefix-list-id",
    "route-search.exact-match",
    "route-search.longest-prefix-match",
    "route-search.subnet-of-match",
    "route-search.supernet-of-match",
    "state",
    "type",
)


def _passes(route: Any, name: str, values: list[str]) -> bool:
    block: Any = ipaddress.ip_network(route["destinationCidrBlock"])
    if name in ("state", "type"):
        return route[name] in values
    if name == "route-search.exact-match":
        return str(block) in values
    if name.startswith("route-search."):
        others: list[Any] = [ipaddress.ip_network(value, strict=False) for value in values]
        if name == "route-search.subnet-of-match":
            return any(block.subnet_of(other) for other in others)
        return any(other.subnet_of(block) for other in others)
    field = {
        "attachment.transit-gateway-attachment-id": "transitGatewayAttachmentId",
        "attachment.resource-id": "resourceId",
        "attachment.resource-type": "resourceType",
    }.get(name, "")
    return any(item.get(field) in values for item in route["transitGatewayAttachments"])
