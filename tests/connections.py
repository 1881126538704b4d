"""What worlds are connected with: interfaces, instances, peering, transit gateways, VPNs, load balancers, IPv6."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

__all__ = ["Connections"]

Json = dict[str, Any]


class Connections:
    """More of the builder in `tests.builders`; ids follow from names in the same way."""

    vpc_id: str
    _items: dict[str, list[Json]]

    def _find(self, key: str, id_: str) -> Json:
        raise NotImplementedError

    # -- clients ---------------------------------------------------------------------------------------------------

    def client(self, name: str = "client", **told: Any) -> Self:
        """A client that probes after 60 s with SO_KEEPALIVE on, except for what is told in keys of raw facts."""
        safe = {"Platform": "host", "TimeS": 60, "IntervalS": 15, "Probes": 9, "SoKeepalive": True}
        self._items["KeepaliveSubjects"].append({"Subject": name} | safe | told)
        return self

    # -- things with addresses -------------------------------------------------------------------------------------

    def interface(
        self,
        name: str,
        address: str,
        *,
        subnet: str = "a",
        groups: Iterable[str] = (),
        public: str | None = None,
        six: str | None = None,
        kind: str = "interface",
        more_addresses: Iterable[str] = (),
        **more: Any,
    ) -> Self:
        """A network interface `eni-<name>`, perhaps with a public or an IPv6 address."""
        listed: list[Json] = [{"PrivateIpAddress": address, "Primary": True}]
        listed += [{"PrivateIpAddress": other, "Primary": False} for other in more_addresses]
        if public:
            listed[0]["Association"] = {"PublicIp": public}
        made = {
            "NetworkInterfaceId": f"eni-{name}",
            "VpcId": self._find("Subnets", _id("subnet", subnet))["VpcId"],
            "SubnetId": _id("subnet", subnet),
            "InterfaceType": kind,
            "Status": "in-use",
            "Attachment": {"Status": "attached"},
            "SourceDestCheck": True,
            "Groups": [{"GroupId": _id("sg", group)} for group in groups],
            "PrivateIpAddress": address,
            "PrivateIpAddresses": listed,
            "Ipv6Addresses": [{"Ipv6Address": six}] if six else [],
        }
        self._items["NetworkInterfaces"].append(made | more)
        return self

    def instance(self, name: str, address: str, *, state: str = "running", **more: Any) -> Self:
        """An instance `i-<name>` with the interface `eni-<name>`."""
        attachment = {"InstanceId": f"i-{name}", "Status": "attached", "DeviceIndex": 0}
        self.interface(name, address, Attachment=attachment, **more)
        card = {"NetworkInterfaceId": f"eni-{name}", "Attachment": {"DeviceIndex": 0}}
        made = {"InstanceId": f"i-{name}", "State": {"Name": state}, "NetworkInterfaces": [card]}
        self._items["Instances"].append(made | {"VpcId": self._items["NetworkInterfaces"][-1]["VpcId"]})
        return self

    def balancer(
        self,
        name: str,
        address: str,
        *,
        subnet: str = "a",
        port: int = 443,
        targets: Iterable[tuple[str, int, str]] = (),
        cross_zone: bool = False,
        by_ip: bool = False,
        groups: Iterable[str] = (),
    ) -> Self:
        """A Network Load Balancer with the interface `eni-<name>`; targets are (instance or address, port, state)."""
        arn = f"arn:aws:elasticloadbalancing:r:1:loadbalancer/net/{name}/1"
        group = f"arn:aws:elasticloadbalancing:r:1:targetgroup/{name}/1"
        said = f"ELB net/{name}/1"
        self.interface(name, address, subnet=subnet, kind="network_load_balancer", Description=said, groups=groups)
        action = {"Type": "forward", "TargetGroupArn": group}
        listener = {"Port": port, "Protocol": "TCP", "DefaultActions": [action]}
        self._items["LoadBalancers"].append({"LoadBalancerArn": arn, "Type": "network"})
        self._items["LoadBalancerListeners"].append({"LoadBalancerArn": arn, "Listeners": [listener]})
        value = {"Key": "load_balancing.cross_zone.enabled", "Value": str(cross_zone).lower()}
        self._items["LoadBalancerAttributes"].append({"LoadBalancerArn": arn, "Attributes": [value]})
        kind = {"TargetType": "ip" if by_ip else "instance", "Protocol": "TCP", "Port": port, "VpcId": self.vpc_id}
        self._items["TargetGroups"].append({"TargetGroupArn": group, **kind})
        listed = [{"Target": {"Id": id_, "Port": at}, "TargetHealth": {"State": state}} for id_, at, state in targets]
        self._items["LoadBalancerTargetHealth"].append({"TargetGroupArn": group, "TargetHealthDescriptions": listed})
        return self

    # -- IPv6 --------------------------------------------------------------------------------------------------------

    def ipv6(self, vpc_cidr: str = "2001:db8::/56", **subnets: str) -> Self:
        """IPv6 blocks for the latest VPC (with its local route) and for subnets by name."""
        state = {"State": "associated"}
        vpc = self._find("Vpcs", self.vpc_id)
        vpc["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": vpc_cidr, "Ipv6CidrBlockState": state}]
        for table in self._items["RouteTables"]:
            if table["VpcId"] == self.vpc_id:
                table["Routes"].append({"DestinationIpv6CidrBlock": vpc_cidr, "GatewayId": "local", "State": "active"})
        for name, cidr in subnets.items():
            block = {"Ipv6CidrBlock": cidr, "Ipv6CidrBlockState": state}
            self._find("Subnets", f"subnet-{name}")["Ipv6CidrBlockAssociationSet"] = [block]
        for acl in self._items["NetworkAcls"]:
            if acl["VpcId"] == self.vpc_id and acl["IsDefault"]:
                both = [
                    {"RuleNumber": 101, "RuleAction": "allow", "Protocol": "-1", "Egress": e} for e in (True, False)
                ]
                acl["Entries"] += [{**entry, "Ipv6CidrBlock": "::/0"} for entry in both]
        return self

    def egress_only_gateway(self, name: str = "main") -> Self:
        """An egress-only internet gateway `eigw-<name>` attached to the latest VPC."""
        attached = [{"VpcId": self.vpc_id, "State": "attached"}]
        made = {"EgressOnlyInternetGatewayId": f"eigw-{name}", "Attachments": attached}
        self._items["EgressOnlyInternetGateways"].append(made)
        return self

    # -- between networks --------------------------------------------------------------------------------------------

    def peering(self, name: str, one: str, other: str, *, status: str = "active", regions: Iterable[str] = ()) -> Self:
        """A peering connection `pcx-<name>` between two VPCs, with their CIDR blocks."""
        sides = []
        for vpc, region in zip((one, other), tuple(regions) or (None, None), strict=True):
            blocks = self._find("Vpcs", f"vpc-{vpc}")["CidrBlockAssociationSet"]
            sides.append({"VpcId": f"vpc-{vpc}", "CidrBlockSet": [{"CidrBlock": b["CidrBlock"]} for b in blocks]})
            if region:
                sides[-1]["Region"] = region
        made = {"VpcPeeringConnectionId": f"pcx-{name}", "Status": {"Code": status}}
        self._items["VpcPeeringConnections"].append({**made, "RequesterVpcInfo": sides[0], "AccepterVpcInfo": sides[1]})
        return self

    def transit_gateway(self, name: str = "hub", *, references: bool = False) -> Self:
        """A transit gateway `tgw-<name>` with one route table `tgw-rtb-<name>`."""
        options = {"SecurityGroupReferencingSupport": "enable" if references else "disable"}
        self._items["TransitGateways"].append({"TransitGatewayId": f"tgw-{name}", "Options": options})
        table = {"TransitGatewayRouteTableId": f"tgw-rtb-{name}", "TransitGatewayId": f"tgw-{name}"}
        self._items["TransitGatewayRouteTables"].append(table)
        self._items["TransitGatewayStaticRoutes"].append({**table, "Routes": []})
        self._items["TransitGatewayPropagations"].append({**table, "TransitGatewayRouteTablePropagations": []})
        return self

    def attach(
        self,
        what: str,
        *,
        to: str = "hub",
        kind: str = "vpc",
        subnets: Iterable[str] = (),
        table: str | None = "hub",
        propagates: bool = True,
        state: str = "available",
        **options: str,
    ) -> Self:
        """Attach `<kind>-<what>` to a transit gateway as `tgw-attach-<what>`, associated with a table, propagating."""
        ids = {"TransitGatewayAttachmentId": f"tgw-attach-{what}", "TransitGatewayId": f"tgw-{to}", "State": state}
        prefix = {"vpc": "vpc", "vpn": "vpn", "peering": "tgw", "direct-connect-gateway": "dxgw"}[kind]
        seen = {**ids, "ResourceType": kind, "ResourceId": f"{prefix}-{what.removesuffix('-peer')}"}
        if table:
            seen["Association"] = {"TransitGatewayRouteTableId": f"tgw-rtb-{table}", "State": "associated"}
        self._items["TransitGatewayAttachments"].append(seen)
        if kind == "vpc":
            inside = [_id("subnet", subnet) for subnet in subnets]
            made = {**ids, "VpcId": f"vpc-{what}", "SubnetIds": inside, "Options": options}
            self._items["TransitGatewayVpcAttachments"].append(made)
        if table and propagates:
            listed = self._find("TransitGatewayPropagations", f"tgw-rtb-{table}")
            one = {"TransitGatewayAttachmentId": ids["TransitGatewayAttachmentId"], "State": "enabled"}
            entry = {**one, "ResourceType": kind, "ResourceId": seen["ResourceId"]}
            listed["TransitGatewayRouteTablePropagations"].append(entry)
        return self

    def transit_route(self, cidr: str, to: str | None, *, table: str = "hub", kind: str = "vpc") -> Self:
        """A static route of a transit gateway table to an attachment; `to` None is a blackhole."""
        made: Json = {"DestinationCidrBlock": cidr, "Type": "static", "State": "active" if to else "blackhole"}
        if to:
            seen = next(
                a
                for a in self._items["TransitGatewayAttachments"]
                if a["TransitGatewayAttachmentId"] == f"tgw-attach-{to}"
            )
            one = {"TransitGatewayAttachmentId": f"tgw-attach-{to}", "ResourceType": kind}
            made["TransitGatewayAttachments"] = [{**one, "ResourceId": seen["ResourceId"]}]
        self._find("TransitGatewayStaticRoutes", f"tgw-rtb-{table}")["Routes"].append(made)
        return self

    def vpn_gateway(self, name: str = "main", *, state: str = "available") -> Self:
        """A virtual private gateway `vgw-<name>` attached to the latest VPC."""
        attached = [{"VpcId": self.vpc_id, "State": "attached"}]
        self._items["VpnGateways"].append({"VpnGatewayId": f"vgw-{name}", "State": state, "VpcAttachments": attached})
        return self

    def vpn(
        self, name: str = "main", *, static: Iterable[str] | None = None, state: str = "available", **more: Any
    ) -> Self:
        """A VPN connection `vpn-<name>` of `vgw-<name>`: static routes, or BGP when None."""
        routes = [{"DestinationCidrBlock": cidr, "State": "available"} for cidr in static or ()]
        options = {"StaticRoutesOnly": static is not None}
        made = {"VpnConnectionId": f"vpn-{name}", "State": state, "Options": options, "Routes": routes}
        self._items["VpnConnections"].append({"VpnGatewayId": f"vgw-{name}", **made, **more})
        return self


def _id(prefix: str, name: str) -> str:
    return name if name.startswith(f"{prefix}-") else f"{prefix}-{name}"
