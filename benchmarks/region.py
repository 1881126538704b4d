"""A synthetic Region of any size, and flows to ask about it. Everything is deterministic."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from runbook_lib.model.fact import Scope
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.snapshot import Origin, Snapshot, listing_of

__all__ = ["flows", "neighbours", "region"]

REGION, ACCOUNT = "eu-west-1", "111122223333"
SCOPE = Scope(ACCOUNT, REGION)
ZONES = ("a", "b", "c")
S3, DYNAMODB = ["3.5.64.0/21", "18.34.240.0/22", "52.218.0.0/17"], ["52.94.5.0/24", "52.119.240.0/21"]
PORTS = (22, 80, 443, 3306, 5432, 6379, 8080, 9092)
Items = dict[str, list[dict[str, Any]]]


def region(vpcs: int = 50, functions: int = 1000, interfaces: int = 5000) -> Snapshot:
    """A snapshot with this many VPCs, functions and network interfaces, spread evenly.

    Every VPC has three zones with a private and a public subnet each, NAT gateways, endpoints, groups that refer to
    each other and filtered ACLs; it peers with the next one and is attached to one transit gateway.
    """
    items: Items = defaultdict(list, {key: [] for key in KINDS})
    for service, cidrs in (("s3", S3), ("dynamodb", DYNAMODB)):
        name = f"com.amazonaws.{REGION}.{service}"
        items["PrefixLists"].append({"PrefixListId": f"pl-{service}", "PrefixListName": name, "Cidrs": cidrs})
    items["TransitGateways"].append({"TransitGatewayId": "tgw-hub", "OwnerId": ACCOUNT, "State": "available"})
    for number in range(vpcs):
        _vpc(items, number, vpcs)
        _endpoints(items, number)
        for index in range(number, interfaces, vpcs):
            _interface(items, number, index // vpcs, index)
        for index in range(number, functions, vpcs):
            _function(items, number, index)
    _hub(items, vpcs)
    listings = {(SCOPE, key): listing_of(key, SCOPE, raws)[0] for key, raws in items.items()}
    origin = Origin(kind="snapshot", account=ACCOUNT, region=REGION)
    return Snapshot(origin=origin, collected_at=datetime(2026, 11, 21, tzinfo=UTC), listings=listings)


def flows(snapshot: Snapshot, count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Questions as a batch file holds them, drawn at random with their source ports, so that hardly any comes twice.

    Half go from interface to interface of one VPC, a tenth to another VPC, a seventh to the internet, a quarter from
    functions to services and to addresses of their VPC.
    """
    mix = random.Random(seed)
    homes = {raw["FunctionName"]: raw["VpcConfig"]["VpcId"] for raw in snapshot.listings[SCOPE, "Functions"].raws}
    names = list(homes)
    plain = [raw for raw in snapshot.listings[SCOPE, "NetworkInterfaces"].raws if raw["InterfaceType"] == "interface"]
    near: dict[str, list[str]] = defaultdict(list)
    for raw in plain:
        near[raw["VpcId"]].append(raw["PrivateIpAddress"])
    for number in range(count):
        raw, draw = mix.choice(plain), mix.random()
        asked = {"id": str(number), "from": raw["NetworkInterfaceId"], "protocol": "tcp", "port": mix.choice(PORTS)}
        if draw < 0.5:
            asked["to"] = mix.choice(near[raw["VpcId"]])
        elif draw < 0.6:
            asked["to"] = mix.choice(plain)["PrivateIpAddress"]
        elif draw < 0.75:
            asked["to"] = f"{mix.randrange(60, 90)}.{mix.randrange(256)}.{mix.randrange(256)}.7"
        else:
            asked["from"] = mix.choice(names)
            own = mix.choice(near[homes[asked["from"]]])
            asked |= {"to": mix.choice(("s3", "dynamodb", "secretsmanager", own)), "port": mix.choice((443, 5432))}
        if mix.random() < 0.9:
            asked["source_port"] = mix.randrange(1024, 65536)
        yield asked


def neighbours(snapshot: Snapshot, count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Questions from interfaces to interfaces in other subnets, no two alike: the same mix in a VPC of any size.

    The first ones meet every interface at both ends; the others are drawn at random.
    """
    mix = random.Random(seed)
    plain = [raw for raw in snapshot.listings[SCOPE, "NetworkInterfaces"].raws if raw["InterfaceType"] == "interface"]
    homes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for raw in plain:
        homes[raw["SubnetId"]].append(raw)
    away = {home: [raw for other in homes if other != home for raw in homes[other]] for home in homes}
    met = (pair for one in plain for other in away[one["SubnetId"]][:1] for pair in ((one, other), (other, one)))
    drawn = ((one, mix.choice(away[one["SubnetId"]])) for one in iter(lambda: mix.choice(plain), None))
    for number, (one, other) in enumerate(islice(chain(met, drawn), count)):
        ends = {"from": one["NetworkInterfaceId"], "to": other["PrivateIpAddress"]}
        ports = {"port": PORTS[number % len(PORTS)], "source_port": 1024 + number % 64512}
        yield {"id": f"{number:06}", **ends, "protocol": "tcp", **ports}


# -- one VPC -----------------------------------------------------------------------------------------------------------


def _cidr(number: int, third: int, length: int) -> str:
    return f"10.{number}.{third}.0/{length}"


def _vpc(items: Items, number: int, vpcs: int) -> None:
    vpc = f"vpc-{number}"
    cidr = _cidr(number, 0, 16)
    items["Vpcs"].append({"VpcId": vpc, "OwnerId": ACCOUNT, "CidrBlockAssociationSet": [{"CidrBlock": cidr}]})
    both = {"EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": True}}
    items["VpcAttributes"].append({"VpcId": vpc, **both})
    attached = [{"VpcId": vpc, "State": "available"}]
    items["InternetGateways"].append({"InternetGatewayId": f"igw-{number}", "Attachments": attached})
    local = {"DestinationCidrBlock": cidr, "GatewayId": "local", "State": "active"}
    onward = [{"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-hub", "State": "active"}]
    for other in {(number + 1) % vpcs, (number - 1) % vpcs} - {number}:
        pcx = f"pcx-{min(number, other)}-{max(number, other)}"
        route = {"DestinationCidrBlock": _cidr(other, 0, 16), "VpcPeeringConnectionId": pcx, "State": "active"}
        onward.append(route)
    default = {"DestinationCidrBlock": "0.0.0.0/0", "State": "active"}
    _table(items, vpc, f"public-{number}", [local, {**default, "GatewayId": f"igw-{number}"}], number, "public")
    for place, zone in enumerate(ZONES):
        _subnet(items, number, place, zone)
        services = [
            {"DestinationPrefixListId": f"pl-{s}", "GatewayId": f"vpce-{s}-{number}", "State": "active"}
            for s in ("s3", "dynamodb")
        ]
        nat = {**default, "NatGatewayId": f"nat-{number}-{zone}"}
        _table(items, vpc, f"private-{number}-{zone}", [local, *services, *onward, nat], number, zone)
    _groups(items, number)
    _acls(items, number)


def _table(items: Items, vpc: str, name: str, routes: list[dict[str, Any]], number: int, zone: str) -> None:
    public = zone == "public"
    subnets = [f"subnet-{number}-{z}-public" for z in ZONES] if public else [f"subnet-{number}-{zone}"]
    links: list[dict[str, Any]] = [{"SubnetId": subnet, "Main": False} for subnet in subnets]
    if public:
        links.append({"Main": True})
    items["RouteTables"].append({"RouteTableId": f"rtb-{name}", "VpcId": vpc, "Associations": links, "Routes": routes})


def _subnet(items: Items, number: int, place: int, zone: str) -> None:
    home = {"VpcId": f"vpc-{number}", "AvailabilityZone": f"{REGION}{zone}", "OwnerId": ACCOUNT}
    private, public = f"subnet-{number}-{zone}", f"subnet-{number}-{zone}-public"
    items["Subnets"].append({"SubnetId": private, "CidrBlock": _cidr(number, place * 64, 18), **home})
    items["Subnets"].append({"SubnetId": public, "CidrBlock": _cidr(number, 192 + place, 24), **home})
    own, seen = f"10.{number}.{192 + place}.5", f"198.51.{number}.{place}"
    card = f"eni-nat-{number}-{zone}"
    address = {"PrivateIp": own, "PublicIp": seen, "NetworkInterfaceId": card, "IsPrimary": True}
    items["NatGateways"].append(
        {
            "NatGatewayId": f"nat-{number}-{zone}",
            "VpcId": f"vpc-{number}",
            "SubnetId": public,
            "State": "available",
            "NatGatewayAddresses": [address],
        }
    )
    _card(items, card, number, public, own, [], kind="nat_gateway", public_ip=seen)


def _groups(items: Items, number: int) -> None:
    anywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    for index in range(10):
        rules = [
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": _cidr(number, 0, 16)}]}
            for port in PORTS[index % 4 :: 2]
        ]
        pair = [{"GroupId": f"sg-{number}-{(index + 1) % 10}", "UserId": ACCOUNT}]
        rules.append({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": pair})
        items["SecurityGroups"].append(
            {
                "GroupId": f"sg-{number}-{index}",
                "GroupName": f"group-{index}",
                "VpcId": f"vpc-{number}",
                "IpPermissions": rules,
                "IpPermissionsEgress": anywhere,
            }
        )


def _acls(items: Items, number: int) -> None:
    def entry(rule: int, egress: bool, cidr: str, ports: tuple[int, int] | None, action: str) -> dict[str, Any]:
        made: dict[str, Any] = {"RuleNumber": rule, "Egress": egress, "CidrBlock": cidr, "RuleAction": action}
        return made | (
            {"Protocol": "6", "PortRange": {"From": ports[0], "To": ports[1]}} if ports else {"Protocol": "-1"}
        )

    inside = _cidr(number, 0, 16)
    entries = [entry(32767, egress, "0.0.0.0/0", None, "deny") for egress in (True, False)]
    for egress in (True, False):
        entries.append(entry(90, egress, "10.99.0.0/16", None, "deny"))
        entries.append(entry(100, egress, inside, None, "allow"))
        entries.append(entry(110, egress, "0.0.0.0/0", (443, 443), "allow"))
        entries.append(entry(120, egress, "0.0.0.0/0", (1024, 65535), "allow"))
    links = [{"SubnetId": f"subnet-{number}-{zone}-public"} for zone in ZONES]
    made = {"VpcId": f"vpc-{number}", "IsDefault": False, "Associations": links, "Entries": entries}
    items["NetworkAcls"].append({"NetworkAclId": f"acl-public-{number}", **made})
    whole = [entry(100, egress, "0.0.0.0/0", None, "allow") for egress in (True, False)]
    links = [{"SubnetId": f"subnet-{number}-{zone}"} for zone in ZONES]
    made = {"VpcId": f"vpc-{number}", "IsDefault": True, "Associations": links, "Entries": whole}
    items["NetworkAcls"].append({"NetworkAclId": f"acl-{number}", **made})


def _endpoints(items: Items, number: int) -> None:
    for service in ("s3", "dynamodb"):
        made = {"VpcEndpointId": f"vpce-{service}-{number}", "VpcEndpointType": "Gateway", "State": "available"}
        tables = [f"rtb-private-{number}-{zone}" for zone in ZONES]
        name = f"com.amazonaws.{REGION}.{service}"
        items["VpcEndpoints"].append({**made, "VpcId": f"vpc-{number}", "ServiceName": name, "RouteTableIds": tables})
    cards = [f"eni-secrets-{number}-{zone}" for zone in ZONES]
    for place, (zone, card) in enumerate(zip(ZONES, cards, strict=True)):
        own = f"10.{number}.{place * 64}.9"
        _card(items, card, number, f"subnet-{number}-{zone}", own, [f"sg-{number}-0"], kind="vpc_endpoint")
    items["VpcEndpoints"].append(
        {
            "VpcEndpointId": f"vpce-secrets-{number}",
            "VpcEndpointType": "Interface",
            "VpcId": f"vpc-{number}",
            "ServiceName": f"com.amazonaws.{REGION}.secretsmanager",
            "State": "available",
            "PrivateDnsEnabled": True,
            "NetworkInterfaceIds": cards,
            "Groups": [{"GroupId": f"sg-{number}-0"}],
        }
    )


def _interface(items: Items, number: int, place: int, index: int) -> None:
    zone = ZONES[place % 3]
    host = 16 + place // 3
    own = f"10.{number}.{(place % 3) * 64 + host // 256}.{host % 256}"
    groups = [f"sg-{number}-{place % 10}", f"sg-{number}-{(place * 7 + 3) % 10}"]
    _card(items, f"eni-{index:05}", number, f"subnet-{number}-{zone}", own, sorted(set(groups)))


def _card(
    items: Items,
    card: str,
    number: int,
    subnet: str,
    own: str,
    groups: list[str],
    *,
    kind: str = "interface",
    public_ip: str | None = None,
) -> None:
    address: dict[str, Any] = {"PrivateIpAddress": own, "Primary": True}
    if public_ip:
        address["Association"] = {"PublicIp": public_ip}
    items["NetworkInterfaces"].append(
        {
            "NetworkInterfaceId": card,
            "VpcId": f"vpc-{number}",
            "SubnetId": subnet,
            "InterfaceType": kind,
            "Status": "in-use",
            "Attachment": {"Status": "attached"},
            "PrivateIpAddress": own,
            "PrivateIpAddresses": [address],
            "Groups": [{"GroupId": group} for group in groups],
        }
    )


def _function(items: Items, number: int, index: int) -> None:
    config = {
        "VpcId": f"vpc-{number}",
        "SubnetIds": [f"subnet-{number}-{zone}" for zone in ZONES],
        "SecurityGroupIds": [f"sg-{number}-{index // 50 % 4}"],
    }
    items["Functions"].append({"FunctionName": f"function-{index}", "VpcConfig": config})


# -- between VPCs ------------------------------------------------------------------------------------------------------


def _hub(items: Items, vpcs: int) -> None:
    routes = []
    for number in range(vpcs):
        attachment, vpc = f"tgw-attach-{number}", f"vpc-{number}"
        common = {"TransitGatewayAttachmentId": attachment, "TransitGatewayId": "tgw-hub", "State": "available"}
        association = {"TransitGatewayRouteTableId": "tgw-rtb-hub", "State": "associated"}
        seen = {**common, "ResourceType": "vpc", "ResourceId": vpc, "Association": association}
        items["TransitGatewayAttachments"].append(seen)
        subnets = [f"subnet-{number}-{zone}" for zone in ZONES]
        items["TransitGatewayVpcAttachments"].append({**common, "VpcId": vpc, "SubnetIds": subnets})
        via = {"TransitGatewayAttachmentId": attachment, "ResourceType": "vpc", "ResourceId": vpc}
        one = {"DestinationCidrBlock": _cidr(number, 0, 16), "Type": "propagated", "State": "active"}
        routes.append({**one, "TransitGatewayAttachments": [via]})
        other = (number + 1) % vpcs
        if other != number:
            _peering(items, min(number, other), max(number, other))
    table = {"TransitGatewayRouteTableId": "tgw-rtb-hub", "TransitGatewayId": "tgw-hub"}
    items["TransitGatewayRouteTables"].append(table)
    items["TransitGatewayStaticRoutes"].append({**table, "Routes": routes})


def _peering(items: Items, one: int, two: int) -> None:
    id_ = f"pcx-{one}-{two}"
    if any(item["VpcPeeringConnectionId"] == id_ for item in items["VpcPeeringConnections"]):
        return
    sides = [
        {"VpcId": f"vpc-{n}", "Region": REGION, "CidrBlockSet": [{"CidrBlock": _cidr(n, 0, 16)}]} for n in (one, two)
    ]
    items["VpcPeeringConnections"].append(
        {
            "VpcPeeringConnectionId": id_,
            "Status": {"Code": "active"},
            "RequesterVpcInfo": sides[0],
            "AccepterVpcInfo": sides[1],
        }
    )
