"""Routes turn into blackholes when what they point to is gone; unknown targets are refused."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.route_tables import Route
from moto.ec2.responses import EC2Response

from runbook_lib.sandbox.extension.patching import replace_property, wrap

__all__ = ["apply"]


def apply() -> None:
    """Patch Route.state, CreateRoute and ReplaceRoute."""
    replace_property(Route, "state", _state)
    wrap(EC2Response, "create_route", _known_targets)
    wrap(EC2Response, "replace_route", _known_targets)


def _state(route: Any) -> str:
    backend = route.route_table.ec2_backend
    vpc_id = route.route_table.vpc_id
    return "active" if route.local or _lives(route, backend, vpc_id) else "blackhole"


def _lives(route: Any, backend: Any, vpc_id: str) -> bool:
    if route.gateway is not None:
        return _gateway_lives(route.gateway.id, backend, vpc_id)
    if route.nat_gateway is not None:
        return _in_state(backend.nat_gateways, route.nat_gateway, "state", ("available",))
    if route.vpc_pcx is not None:
        peering = backend.vpc_pcxs.get(route.vpc_pcx.id)
        return peering is not None and peering._status.code == "active"
    if route.interface is not None:
        return route.interface.id in backend.enis and _instance_lives(route.interface.instance)
    if route.instance is not None:
        return _instance_lives(route.instance)
    if route.egress_only_igw is not None:
        return route.egress_only_igw.id in backend.egress_only_internet_gateways
    if route.transit_gateway is not None:
        return _transit_lives(route.transit_gateway, backend, vpc_id)
    if route.vpc_endpoint_id is not None:
        return _gateway_lives(route.vpc_endpoint_id, backend, vpc_id)
    return route.carrier_gateway is not None


def _gateway_lives(gateway_id: str, backend: Any, vpc_id: str) -> bool:
    if gateway_id.startswith("igw-"):
        gateway = backend.internet_gateways.get(gateway_id)
        return gateway is not None and gateway.vpc is not None and gateway.vpc.id == vpc_id
    if gateway_id.startswith("vgw-"):
        gateway = backend.vpn_gateways.get(gateway_id)
        return gateway is not None and vpc_id in gateway.attachments
    endpoint = backend.vpc_end_points.get(gateway_id)
    return endpoint is not None and endpoint.state not in ("deleted", "failed", "rejected", "expired")


def _instance_lives(instance: Any) -> bool:
    return instance is None or instance.state == "running"


def _in_state(known: dict[str, Any], item: Any, field: str, states: tuple[str, ...]) -> bool:
    return item.id in known and getattr(known[item.id], field) in states


def _transit_lives(gateway: Any, backend: Any, vpc_id: str) -> bool:
    attached = any(
        attachment.transit_gateway_id == gateway.id and attachment.vpc_id == vpc_id and attachment.state == "available"
        for attachment in backend.transit_gateway_attachments.values()
        if attachment.resource_type == "vpc"
    )
    return attached and _in_state(backend.transit_gateways, gateway, "state", ("available",))


_TARGETS = (
    ("NatGatewayId", "nat_gateways", "InvalidNatGatewayID.NotFound", "The natGateway ID '{}' does not exist"),
    (
        "TransitGatewayId",
        "transit_gateways",
        "InvalidTransitGatewayID.NotFound",
        "The transitGateway ID '{}' does not exist.",
    ),
    (
        "DestinationPrefixListId",
        "managed_prefix_lists",
        "InvalidPrefixListID.NotFound",
        "The prefix list ID '{}' does not exist",
    ),
)


def _known_targets(original: Any, response: Any) -> Any:
    for parameter, store, code, message in _TARGETS:
        wanted = response._get_param(parameter)
        if wanted and wanted not in getattr(response.ec2_backend, store):
            raise EC2ClientError(code, message.format(wanted))
    return original(response)
