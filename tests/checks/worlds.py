"""Whole worlds that the tests of several areas judge: healthy ones and ones with a known fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.builders import World, acl_entry, rule, world

__all__ = ["ANSWERS_ONLY", "BROKEN", "HEALTHY", "two_zones"]

ANSWERS_ONLY = (
    acl_entry(100, ports=(1024, 65535)),
    acl_entry(100, egress=True, ports=(443, 443)),
    acl_entry(110, egress=True, ports=(1024, 65535)),
    acl_entry(110, ports=(443, 443)),
)


def two_zones() -> World:
    """A VPC with two private subnets on the main route table, a calm NAT gateway, an open group and a safe client."""
    made = world().vpc().subnet(az="a").subnet(az="b").subnet("public", az="a").internet_gateway()
    made.table("public", subnets=["public"]).route("public", "0.0.0.0/0", "igw-main").nat(subnet="public").metrics()
    return made.route("main", "0.0.0.0/0", "nat-main").group().client()


def _function(made: World, **more: object) -> World:
    return made.function(subnets=["a", "b"], **more).invoked().throttled(0)  # type: ignore[arg-type]


def gateway() -> World:
    """An S3 gateway endpoint on the main route table."""
    return _function(two_zones()).gateway_endpoint("s3", tables=["main"]).bucket()


def own_tables() -> World:
    """Each subnet has a route table of its own, and both have the endpoints of S3 and DynamoDB."""
    made = two_zones().table("a", subnets=["a"]).table("b", subnets=["b"])
    made.gateway_endpoint("s3", tables=["a", "b"]).gateway_endpoint("dynamodb", tables=["a", "b"])
    return _function(made).bucket()


def tight() -> World:
    """Egress only to the S3 prefix list, network ACLs with just what is needed."""
    made = two_zones().group("tight", egress=[rule("pl-s3")]).acl("tight", *ANSWERS_ONLY, subnets=["a", "b"])
    return _function(made, groups=["tight"]).gateway_endpoint("s3", tables=["main"]).bucket()


def interface() -> World:
    """S3 through a gateway endpoint, Secrets Manager through an interface endpoint that admits the function's group."""
    made = gateway().group("endpoint", ingress=[rule("sg-fn")])
    return made.interface_endpoint("secretsmanager", subnets=["a", "b"])


def on_premises() -> World:
    """An S3 interface endpoint for networks outside, closed to the function, beside the gateway endpoint."""
    made = gateway().group("outside", ingress=[rule("192.168.0.0/16")])
    return made.interface_endpoint("s3", name="outside", groups=["outside"], private_dns=False)


def no_endpoint() -> World:
    """S3 is reached through the NAT gateway only."""
    return _function(two_zones()).bucket()


def half_attached() -> World:
    """The route table of subnet b was forgotten."""
    made = two_zones().table("b", subnets=["b"]).route("b", "0.0.0.0/0", "nat-main")
    return _function(made).gateway_endpoint("s3", tables=["main"]).bucket()


def shadowed() -> World:
    """A more specific route to the NAT gateway takes half of one CIDR of S3."""
    return gateway().route("main", "3.5.146.0/24", "nat-main")


def closed() -> World:
    """The function's group has no egress rule to S3."""
    made = two_zones().group("closed", egress=[rule("10.0.0.0/16")])
    return _function(made, groups=["closed"]).gateway_endpoint("s3", tables=["main"]).bucket()


def ephemeral_hole() -> World:
    """The network ACL of subnet b lets back only the upper half of the ephemeral ports."""
    made = two_zones().acl("hole", acl_entry(100, ports=(32768, 65535)), acl_entry(100, egress=True), subnets=["b"])
    return _function(made).gateway_endpoint("s3", tables=["main"]).bucket()


def refused() -> World:
    """The endpoint policy denies uploads, and the interface endpoint for Secrets Manager admits nobody."""
    deny = {"Sid": "NoUploads", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    made = _function(two_zones()).group("endpoint").bucket()
    made.gateway_endpoint("s3", tables=["main"], PolicyDocument={"Statement": [allow, deny]})
    return made.interface_endpoint("secretsmanager", private_dns=False)


def elsewhere() -> World:
    """DNS is off, the bucket is in another Region, an IPv4-only endpoint serves a dual-stack function."""
    made = world().vpc(dns_support=False).subnet(az="a").group().function(dual_stack=True)
    return made.gateway_endpoint("s3", tables=["main"], State="Failed").bucket(region="us-east-1")


def name_taken() -> World:
    """The S3 interface endpoint takes the name from the gateway endpoint."""
    return gateway().group("endpoint", ingress=[rule("10.0.0.0/16")]).interface_endpoint("s3", name="s3-interface")


HEALTHY: Mapping[str, Callable[[], World]] = {
    made.__name__: made for made in (gateway, own_tables, tight, interface, on_premises)
}
BROKEN: Mapping[str, Callable[[], World]] = {
    made.__name__: made
    for made in (no_endpoint, half_attached, shadowed, closed, ephemeral_hole, refused, elsewhere, name_taken)
}
