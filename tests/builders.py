"""Small worlds for tests: AWS-shaped JSON made by a few fluent calls.

    world().vpc().subnet(az="a").subnet(az="b").group().function().gateway_endpoint("s3", tables=["main"]).snapshot()

Ids follow from names, so that a test reads like a drawing: `subnet("a")` is `subnet-a`, `group("fn")` is `sg-fn`,
`gateway_endpoint("s3")` is `vpce-s3`. Wherever an id is expected the bare name will do. Every listing is present and
whole unless `denied` or `truncated` says otherwise, so what was not built is known to be absent.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, Self

from runbook_lib.checks.base import Settings
from runbook_lib.model.fact import Scope
from runbook_lib.model.finding import Finding
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.snapshot import CallError, CallRecord, Origin, Snapshot, listing_of
from runbook_lib.model.target import Target
from runbook_lib.network import targets
from runbook_lib.network.view import View
from tests.connections import Connections
from tests.deployments import Deployments

__all__ = ["ACCOUNT", "DYNAMODB_CIDRS", "REGION", "S3_CIDRS", "World", "acl_entry", "rule", "world"]

ACCOUNT = "111122223333"
REGION = "ap-southeast-1"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
S3_CIDRS = ("3.5.146.0/23", "52.219.40.0/22")
DYNAMODB_CIDRS = ("52.94.11.0/24",)

Json = dict[str, Any]


def world(region: str = REGION, account: str | None = ACCOUNT) -> World:
    """An empty account and Region that knows the prefix lists of S3 (`pl-s3`) and DynamoDB (`pl-dynamodb`)."""
    made = World(Scope(account, region))
    made.prefix_list("s3", S3_CIDRS, name=f"com.amazonaws.{region}.s3")
    return made.prefix_list("dynamodb", DYNAMODB_CIDRS, name=f"com.amazonaws.{region}.dynamodb")


def rule(peer: str = "0.0.0.0/0", port: int | tuple[int, int] | None = 443, protocol: str = "tcp") -> Json:
    """One security-group rule; `peer` is a CIDR, a `pl-` or an `sg-` id, `port` None means all ports."""
    made: Json = {"IpProtocol": protocol, "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    if peer.startswith("pl-"):
        made["PrefixListIds"] = [{"PrefixListId": peer}]
    elif peer.startswith("sg-"):
        made["UserIdGroupPairs"] = [{"GroupId": peer, "UserId": ACCOUNT}]
    elif ":" in peer:
        made["Ipv6Ranges"] = [{"CidrIpv6": peer}]
    else:
        made["IpRanges"] = [{"CidrIp": peer}]
    if port is not None:
        low, high = port if isinstance(port, tuple) else (port, port)
        made |= {"FromPort": low, "ToPort": high}
    return made


def acl_entry(
    number: int,
    action: str = "allow",
    cidr: str = "0.0.0.0/0",
    *,
    egress: bool = False,
    ports: tuple[int, int] | None = None,
    protocol: str = "-1",
) -> Json:
    """One network ACL entry; ports make it TCP unless a protocol is named."""
    family = "Ipv6CidrBlock" if ":" in cidr else "CidrBlock"
    made: Json = {
        "RuleNumber": number,
        "RuleAction": action,
        family: cidr,
        "Egress": egress,
        "Protocol": "6" if ports and protocol == "-1" else protocol,
    }
    if ports:
        made["PortRange"] = {"From": ports[0], "To": ports[1]}
    return made


class World(Deployments, Connections):
    """A builder; every method returns the builder. The latest VPC is where things are put."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.vpc_id = ""
        self._items: dict[str, list[Json]] = {key: [] for key in KINDS}
        self._denied: set[str] = set()
        self._truncated: dict[str, str] = {}
        self._mix: random.Random | None = None

    # -- network -------------------------------------------------------------------------------------------------

    def vpc(
        self,
        name: str = "main",
        cidrs: Sequence[str] = ("10.0.0.0/16",),
        *,
        dns_support: bool | None = True,
        dns_hostnames: bool | None = True,
    ) -> Self:
        """A VPC with its main route table `rtb-<name>` (local routes) and its default ACL `acl-<name>` (all open)."""
        self.vpc_id = f"vpc-{name}"
        blocks = [{"CidrBlock": cidr, "CidrBlockState": {"State": "associated"}} for cidr in cidrs]
        self._add("Vpcs", VpcId=self.vpc_id, CidrBlock=cidrs[0], CidrBlockAssociationSet=blocks)
        attributes: Json = {"VpcId": self.vpc_id}
        for field, value in (("EnableDnsSupport", dns_support), ("EnableDnsHostnames", dns_hostnames)):
            if value is not None:
                attributes[field] = {"Value": value}
        self._items["VpcAttributes"].append(attributes)
        local = [{"DestinationCidrBlock": cidr, "GatewayId": "local", "State": "active"} for cidr in cidrs]
        self._add("RouteTables", RouteTableId=f"rtb-{name}", VpcId=self.vpc_id, Associations=[{"Main": True}])
        self._items["RouteTables"][-1]["Routes"] = local
        return self._acl(name, [acl_entry(100), acl_entry(100, egress=True)], subnets=(), default=True)

    def subnet(self, name: str | None = None, *, az: str = "a", cidr: str | None = None) -> Self:
        """A subnet `subnet-<name>` (named like its zone letter unless said) on the main route table."""
        number = len(self._items["Subnets"])
        return self._add(
            "Subnets",
            SubnetId=f"subnet-{name or az}",
            VpcId=self.vpc_id,
            AvailabilityZone=f"{self.scope.region}{az}",
            CidrBlock=cidr or f"10.0.{number}.0/24",
            AvailableIpAddressCount=251,
        )

    def table(self, name: str, *, subnets: Iterable[str] = ()) -> Self:
        """A route table `rtb-<name>` with a local route, explicitly associated with subnets."""
        vpc = next(item for item in self._items["Vpcs"] if item["VpcId"] == self.vpc_id)
        return self._add(
            "RouteTables",
            RouteTableId=f"rtb-{name}",
            VpcId=self.vpc_id,
            Associations=[{"Main": False, "SubnetId": _id("subnet", subnet)} for subnet in subnets],
            Routes=[{"DestinationCidrBlock": vpc["CidrBlock"], "GatewayId": "local", "State": "active"}],
        )

    def route(self, table: str, destination: str, target: str, state: str = "active", **more: Any) -> Self:
        """A route; the kind of destination (CIDR or `pl-`) and of target (`nat-`, `igw-`) follow from their texts."""
        field = {"nat": "NatGatewayId", "tgw": "TransitGatewayId", "pcx": "VpcPeeringConnectionId"}
        field |= {"eni": "NetworkInterfaceId", "eigw": "EgressOnlyInternetGatewayId", "i": "InstanceId"}
        kind = "DestinationPrefixListId" if destination.startswith("pl-") else "DestinationCidrBlock"
        kind = "DestinationIpv6CidrBlock" if ":" in destination else kind
        made = {kind: destination, field.get(target.split("-")[0], "GatewayId"): target, "State": state, **more}
        self._find("RouteTables", _id("rtb", table))["Routes"].append(made)
        return self

    def acl(self, name: str, *entries: Json, subnets: Iterable[str] = ()) -> Self:
        """A network ACL `acl-<name>` with exactly these entries, associated with subnets."""
        return self._acl(name, entries, subnets=subnets, default=False)

    def group(self, name: str = "fn", *, egress: Iterable[Json] | None = None, ingress: Iterable[Json] = ()) -> Self:
        """A security group `sg-<name>`; egress is all open unless given."""
        return self._add(
            "SecurityGroups",
            GroupId=f"sg-{name}",
            GroupName=name,
            VpcId=self.vpc_id,
            IpPermissions=list(ingress),
            IpPermissionsEgress=[rule(port=None, protocol="-1")] if egress is None else list(egress),
        )

    def prefix_list(self, list_id: str, cidrs: Iterable[str] | None, *, name: str | None = None) -> Self:
        """A prefix list `pl-<list_id>`; `cidrs` None means that its entries were not read."""
        made: Json = {"PrefixListId": _id("pl", list_id), "PrefixListName": name or list_id}
        if cidrs is not None:
            made["Cidrs"] = list(cidrs)
        self._items["PrefixLists"].append(made)
        return self

    # -- doors ---------------------------------------------------------------------------------------------------

    def nat(self, name: str = "main", *, subnet: str = "a", state: str = "available") -> Self:
        """A public NAT gateway `nat-<name>` with the interface `eni-nat-<name>` at .5 of a subnet."""
        where = _id("subnet", subnet)
        private = f"{self._find('Subnets', where)['CidrBlock'].rsplit('.', 1)[0]}.5"
        public = f"192.0.2.{10 + len(self._items['NatGateways'])}"
        addresses = {"PrivateIp": private, "PublicIp": public, "NetworkInterfaceId": f"eni-nat-{name}"}
        self._items["NetworkInterfaces"].append(
            {
                "NetworkInterfaceId": f"eni-nat-{name}",
                "VpcId": self.vpc_id,
                "SubnetId": where,
                "InterfaceType": "nat_gateway",
                "Groups": [],
                "SourceDestCheck": False,
                "PrivateIpAddresses": [
                    {"PrivateIpAddress": private, "Primary": True, "Association": {"PublicIp": public}}
                ],
            }
        )
        return self._add(
            "NatGateways",
            NatGatewayId=f"nat-{name}",
            VpcId=self.vpc_id,
            SubnetId=where,
            State=state,
            ConnectivityType="public",
            NatGatewayAddresses=[addresses],
        )

    def metrics(
        self,
        nat: str = "main",
        *,
        zone: str | None = None,
        minutes: int = 60,
        missing: Iterable[int] = (),
        status: str = "Complete",
        **values: float,
    ) -> Self:
        """Every metric of a NAT gateway, one value a minute up to NOON, as calm as an idle gateway's.

        `values` name the metrics that are not: the value stands in the first minute. `missing` are minutes (0 is the
        first) without any value; `zone` is the Availability Zone letter of a regional NAT gateway. Metrics of the
        same NAT gateway and zone that were there are replaced.
        """
        dimensions = [{"Name": "NatGatewayId", "Value": _id("nat", nat)}]
        dimensions += [{"Name": "AvailabilityZone", "Value": f"{self.scope.region}{zone}"}] if zone else []
        start = NOON - timedelta(minutes=minutes)
        kept = [minute for minute in range(minutes) if minute not in set(missing)]
        listed = self._items["MetricDataResults"]
        listed[:] = [item for item in listed if item["Dimensions"] != dimensions]
        for metric, (stat, calm) in NAT_METRICS.items():
            told = [values.get(metric, calm) if minute == 0 else calm for minute in range(minutes)]
            self._items["MetricDataResults"].append(
                {
                    "Id": f"m_{_id('nat', nat)}_{zone or ''}_{metric}".replace("-", "_"),
                    "Namespace": "AWS/NATGateway",
                    "MetricName": metric,
                    "Dimensions": dimensions,
                    "Stat": stat,
                    "Period": 60,
                    "StartTime": start.isoformat(),
                    "EndTime": NOON.isoformat(),
                    "Timestamps": [(start + timedelta(minutes=minute)).isoformat() for minute in kept],
                    "Values": [told[minute] for minute in kept],
                    "StatusCode": status,
                }
            )
        return self

    def internet_gateway(self, name: str = "main") -> Self:
        """An internet gateway `igw-<name>` attached to the VPC."""
        attachments = [{"VpcId": self.vpc_id, "State": "available"}]
        return self._add("InternetGateways", InternetGatewayId=f"igw-{name}", Attachments=attachments)

    def gateway_endpoint(
        self,
        service: str = "s3",
        *,
        tables: Iterable[str] = (),
        name: str | None = None,
        routed: bool = True,
        **more: Any,
    ) -> Self:
        """A gateway endpoint `vpce-<service>` with its prefix-list route in each table (unless not `routed`).

        A policy may be given as an object under `PolicyDocument`; the default one allows everything.
        """
        table_ids = [_id("rtb", table) for table in tables]
        endpoint_id = f"vpce-{name or service}"
        for table_id in table_ids if routed else ():
            self.route(table_id, f"pl-{service}", endpoint_id)
        made = {"VpcEndpointType": "Gateway", "RouteTableIds": table_ids, "SubnetIds": [], "PrivateDnsEnabled": False}
        return self._endpoint(endpoint_id, service, made | more)

    def interface_endpoint(
        self,
        service: str,
        *,
        subnets: Iterable[str] = ("a",),
        groups: Iterable[str] = ("endpoint",),
        private_dns: bool = True,
        name: str | None = None,
        **more: Any,
    ) -> Self:
        """An interface endpoint `vpce-<service>` with an interface `eni-<service>-<subnet>` at .10 in each subnet."""
        label = name or service
        group_ids = [_id("sg", group) for group in groups]
        interfaces = [self._endpoint_interface(label, _id("subnet", subnet), group_ids) for subnet in subnets]
        made = {
            "VpcEndpointType": "Interface",
            "SubnetIds": [item["SubnetId"] for item in interfaces],
            "Groups": [{"GroupId": group_id} for group_id in group_ids],
            "NetworkInterfaceIds": [item["NetworkInterfaceId"] for item in interfaces],
            "PrivateDnsEnabled": private_dns,
            "RouteTableIds": [],
        }
        return self._endpoint(f"vpce-{label}", service, made | more)

    # -- what runs there -----------------------------------------------------------------------------------------

    def function(
        self,
        name: str = "worker",
        *,
        subnets: Iterable[str] | None = None,
        groups: Iterable[str] = ("fn",),
        dual_stack: bool = False,
        in_vpc: bool = True,
    ) -> Self:
        """A Lambda function in subnets (all of the VPC unless said) with security groups."""
        here = [item["SubnetId"] for item in self._items["Subnets"] if item["VpcId"] == self.vpc_id]
        config = {
            "VpcId": self.vpc_id,
            "SubnetIds": here if subnets is None else [_id("subnet", subnet) for subnet in subnets],
            "SecurityGroupIds": [_id("sg", group) for group in groups],
            "Ipv6AllowedForDualStack": dual_stack,
        }
        arn = f"arn:aws:lambda:{self.scope.region}:{self.scope.account}:function:{name}"
        made: Json = {"FunctionName": name, "FunctionArn": arn, "Timeout": 30}
        self._items["Functions"].append(made | ({"VpcConfig": config} if in_vpc else {}))
        return self

    def invoked(self, name: str = "worker", *ends: str) -> Self:
        """The log of a function: one invocation a second, in one burst, that ends with each word, `ok` unless given.

        `ok` is a report, `timeout` a task that timed out, `open` one whose end is not in the log.
        """
        for number, end in enumerate(ends or ("ok",)):
            id_ = f"{number:08d}-0000-4000-8000-000000000000"
            start = NOON - timedelta(minutes=10) + timedelta(seconds=number)
            lines = [f"START RequestId: {id_} Version: $LATEST"]
            if end == "timeout":
                lines.append(
                    f"{start + timedelta(seconds=30):%Y-%m-%dT%H:%M:%S.000Z} {id_} Task timed out after 30.00 seconds"
                )
            if end != "open":
                lines += [
                    f"END RequestId: {id_}",
                    f"REPORT RequestId: {id_}\tDuration: 30000.00 ms\tBilled Duration: 30000 ms\t"
                    "Memory Size: 128 MB\tMax Memory Used: 64 MB",
                ]
            for line, message in enumerate(lines):
                moment = start if line == 0 else start + timedelta(seconds=30, milliseconds=line)
                self._items["Events"].append(
                    {
                        "eventId": f"{name}-{number:04d}-{line}",
                        "timestamp": int(moment.timestamp() * 1000),
                        "logStreamName": f"2026/11/21/[$LATEST]{name}",
                        "logGroupName": f"/aws/lambda/{name}",
                        "message": f"{message}\n",
                    }
                )
        return self

    def throttled(self, *counts: float, name: str = "worker", status: str = "Complete") -> Self:
        """Throttles of a function: one value a minute, the first an hour before NOON, none where it was not called."""
        start = NOON - timedelta(minutes=60)
        return self.item(
            "MetricDataResults",
            Id=f"throttles_{name}",
            Namespace="AWS/Lambda",
            MetricName="Throttles",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            Stat="Sum",
            Period=60,
            StartTime=start.isoformat(),
            EndTime=NOON.isoformat(),
            Timestamps=[(start + timedelta(minutes=minute)).isoformat() for minute in range(len(counts))],
            Values=list(counts),
            StatusCode=status,
        )

    def bucket(self, name: str = "reports", region: str | None = None) -> Self:
        """A bucket whose Region was read."""
        self._items["BucketLocations"].append({"Bucket": name, "LocationConstraint": region or self.scope.region})
        return self

    def item(self, key: str, **fields: Any) -> Self:
        """Any AWS object under any key, as it is."""
        self._items[key].append(fields)
        return self

    # -- what could not be read, and what is changed ---------------------------------------------------------------

    def denied(self, *keys: str) -> Self:
        """The calls behind these keys were refused: their listings are not there."""
        self._denied.update(keys)
        return self

    def truncated(self, key: str, why: str = "page cap reached") -> Self:
        """The listing of a key is not whole."""
        self._truncated[key] = why
        return self

    def changed(self, key: str, id_: str, change: Callable[[Json], Any]) -> Self:
        """Change one AWS object in place."""
        change(self._find(key, id_))
        return self

    def shuffled(self, seed: int) -> Self:
        """Listings, routes, rules and entries come in another order."""
        self._mix = random.Random(seed)
        return self

    # -- results ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The world as a snapshot."""
        listings = {}
        for key, items in self._items.items():
            if key not in self._denied:
                raws = json.loads(json.dumps(items))
                if self._mix:
                    _shuffle(raws, self._mix)
                made = listing_of(key, self.scope, raws)[0]
                listings[self.scope, key] = replace(made, incomplete=self._truncated.get(key) or made.incomplete)
        return Snapshot(
            origin=Origin(kind="snapshot", account=self.scope.account, region=self.scope.region),
            collected_at=NOON,
            listings=listings,
            calls=tuple(self._refused(key) for key in sorted(self._denied)),
        )

    def view(self) -> View:
        """The world as a view."""
        return View(self.snapshot())

    def target(self, function: str | None = None) -> Target:
        """The target: the function named, else the first one built, else the latest VPC."""
        view = View(replace(self.snapshot(), listings={**self._whole().listings}))
        names = [item["FunctionName"] for item in self._items["Functions"]]
        if function or names:
            return targets.of_function(view, function or names[0])
        return targets.of_vpc(view, self.vpc_id)

    def settings(self, *services: str, function: str | None = None, **more: Any) -> Settings:
        """Settings for the target; S3 is asked for unless services are named."""
        return Settings(target=self.target(function), services=services or ("s3",), **more)

    def ask(self, check: ModuleType, *services: str, **more: Any) -> tuple[Finding, ...]:
        """Everything a check says about the world."""
        return tuple(check.check(self.view(), self.settings(*services, **more)))

    # -- inside ----------------------------------------------------------------------------------------------------

    def _whole(self) -> Snapshot:
        denied, self._denied = self._denied, set()
        try:
            return self.snapshot()
        finally:
            self._denied = denied

    def _add(self, key: str, **fields: Any) -> Self:
        self._items[key].append({**fields, "OwnerId": self.scope.account} if self.scope.account else fields)
        return self

    def _find(self, key: str, id_: str) -> Json:
        return next(item for item in self._items[key] if item[KINDS[key].id_field] == id_)

    def _acl(self, name: str, entries: Iterable[Json], *, subnets: Iterable[str], default: bool) -> Self:
        return self._add(
            "NetworkAcls",
            NetworkAclId=f"acl-{name}",
            VpcId=self.vpc_id,
            IsDefault=default,
            Associations=[{"SubnetId": _id("subnet", subnet)} for subnet in subnets],
            Entries=list(entries),
        )

    def _endpoint(self, endpoint_id: str, service: str, fields: Json) -> Self:
        policy = fields.pop("PolicyDocument", ALLOW_ALL)
        made = {
            "VpcEndpointId": endpoint_id,
            "VpcId": self.vpc_id,
            "ServiceName": service if "." in service else f"com.amazonaws.{self.scope.region}.{service}",
            "State": "available",
            "IpAddressType": "ipv4",
        }
        if policy is not None:
            made["PolicyDocument"] = policy if isinstance(policy, str) else json.dumps(policy)
        return self._add("VpcEndpoints", **{**made, **fields})

    def _endpoint_interface(self, label: str, subnet_id: str, group_ids: list[str]) -> Json:
        cidr = self._find("Subnets", subnet_id)["CidrBlock"]
        number = sum(item["InterfaceType"] == "vpc_endpoint" for item in self._items["NetworkInterfaces"])
        address = f"{cidr.rsplit('.', 1)[0]}.{10 + number}"
        made = {
            "NetworkInterfaceId": f"eni-{label}-{subnet_id.removeprefix('subnet-')}",
            "VpcId": self.vpc_id,
            "SubnetId": subnet_id,
            "InterfaceType": "vpc_endpoint",
            "Groups": [{"GroupId": group_id} for group_id in group_ids],
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True}],
        }
        self._items["NetworkInterfaces"].append(made)
        return made

    def _refused(self, key: str) -> CallRecord:
        kind = KINDS[key]
        error = CallError(code="UnauthorizedOperation", message="You are not authorized to perform this operation.")
        return CallRecord(operation=kind.operation, action=kind.iam_action, key=key, scope=self.scope, error=error)


_CALM_SUMS = {
    "BytesInFromDestination": 4_000.0,
    "BytesInFromSource": 2_000.0,
    "BytesOutToDestination": 2_000.0,
    "BytesOutToSource": 4_000.0,
    "ConnectionAttemptCount": 2.0,
    "ConnectionEstablishedCount": 2.0,
    "ErrorPortAllocation": 0.0,
    "IdleTimeoutCount": 0.0,
    "PacketsDropCount": 0.0,
    "PacketsInFromDestination": 40.0,
    "PacketsInFromSource": 20.0,
    "PacketsOutToDestination": 20.0,
    "PacketsOutToSource": 40.0,
}
_CALM_PEAKS = {"ActiveConnectionCount": 3.0, "PeakBytesPerSecond": 900.0, "PeakPacketsPerSecond": 9.0}
NAT_METRICS = {name: ("Sum", calm) for name, calm in _CALM_SUMS.items()}
NAT_METRICS |= {name: ("Maximum", calm) for name, calm in _CALM_PEAKS.items()}
"""Mapping metric of a NAT gateway → statistic asked for, value of a calm minute."""

ALLOW_ALL = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def _id(prefix: str, name: str) -> str:
    return name if name.startswith(f"{prefix}-") else f"{prefix}-{name}"


def _shuffle(value: Any, mix: random.Random) -> None:
    """Shuffle lists whose order AWS does not promise, at any depth; texts stay, and values stay with their times."""
    if isinstance(value, dict) and "Timestamps" in value:
        pairs = list(zip(value["Timestamps"], value["Values"], strict=True))
        mix.shuffle(pairs)
        value["Timestamps"], value["Values"] = [list(side) for side in zip(*pairs, strict=True)] or [[], []]
        return
    if isinstance(value, list):
        mix.shuffle(value)
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _shuffle(child, mix)
