"""Builds the network of a scenario through the AWS API; every resource gets a Name tag, ids repeat from run to run."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from runbook_lib.sandbox.analyzing.conduct import Conduct as AnalyzerConduct
from runbook_lib.sandbox.deployment import CODE, ROLE, archive
from runbook_lib.sandbox.load.jobs import Answer, Done
from runbook_lib.sandbox.load.play import Function
from runbook_lib.sandbox.load.records import LogRecord
from runbook_lib.sandbox.load.ways import PORTS_PER_ADDRESS
from runbook_lib.sandbox.rules import AclRule, Rule, permissions, tags
from runbook_lib.sandbox.running.conduct import Conduct
from runbook_lib.sandbox.staging import analyze, behave, keep_log_group
from runbook_lib.sandbox.surroundings import Surroundings

__all__ = ["World"]

_AGE_S = 200 * 86_400

ClientOf = Callable[[str], Any]
Stage = Callable[[str, Mapping[str, Any]], None]


class World:
    """Creates resources and returns their ids.

    `client_of` makes a boto3 client for a service, `stage` sets fields no API can set. The default VPC is removed:
    an empty world holds no VPC. `now_s` is the moment at which the world is built: what happened lies before it.
    `functions` is mapping name → what a load needs to know of the function, `done` what became of its invocations.
    `terraform_state` is the content of the state file that Terraform left, None when there is none.
    """

    def __init__(self, client_of: ClientOf, stage: Stage, region: str) -> None:
        self._client = functools.cache(client_of)
        self.stage = stage
        self.region = region
        self.now_s = float(int(time.time()))
        self.functions: dict[str, Function] = {}
        self.done: list[Done] = []
        self.terraform_state: dict[str, Any] | None = None
        self._remove_default_vpc()

    @property
    def ec2(self) -> Any:
        """The EC2 client, for what the builder has no word for."""
        return self._client("ec2")

    def vpc(
        self, name: str, cidr: str, *, dns_support: bool = True, dns_hostnames: bool = True, ipv6: bool = False
    ) -> str:
        """A VPC; its main route table and default NACL and group are named after it."""
        made = self.ec2.create_vpc(CidrBlock=cidr, AmazonProvidedIpv6CidrBlock=ipv6, **tags("vpc", name))
        vpc_id = str(made["Vpc"]["VpcId"])
        self.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": dns_support})
        self.ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": dns_hostnames})
        self.name(self.main_table(vpc_id), f"{name}-main")
        for key, field in (("NetworkAcls", "NetworkAclId"), ("SecurityGroups", "GroupId")):
            describe = self.ec2.describe_network_acls if key == "NetworkAcls" else self.ec2.describe_security_groups
            for item in describe(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])[key]:
                self.name(item[field], f"{name}-default")
        return vpc_id

    def main_table(self, vpc_id: str) -> str:
        """The main route table of a VPC."""
        listed = self.ec2.describe_route_tables(
            Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
        )
        return str(listed["RouteTables"][0]["RouteTableId"])

    def subnet(self, name: str, vpc_id: str, cidr: str, zone: str, *, ipv6_cidr: str | None = None) -> str:
        """A subnet in zone `a`, `b` or `c` of the Region."""
        extra = {"Ipv6CidrBlock": ipv6_cidr} if ipv6_cidr else {}
        made = self.ec2.create_subnet(
            VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=f"{self.region}{zone}", **tags("subnet", name), **extra
        )
        return str(made["Subnet"]["SubnetId"])

    def ipv6_block(self, vpc_id: str) -> str:
        """The IPv6 block of a VPC that was made with one."""
        vpc = self.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
        return str(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])

    def route_table(self, name: str, vpc_id: str, subnets: Sequence[str] = ()) -> str:
        """A route table associated with the subnets."""
        made = self.ec2.create_route_table(VpcId=vpc_id, **tags("route-table", name))
        table_id = str(made["RouteTable"]["RouteTableId"])
        for subnet_id in subnets:
            self.ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
        return table_id

    def route(self, table_id: str, destination: str, **target: str) -> None:
        """A route; `target` is one of CreateRoute's target parameters, for example `NatGatewayId=…`."""
        field = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
        self.ec2.create_route(RouteTableId=table_id, **{field: destination}, **target)

    def internet_gateway(self, name: str, vpc_id: str) -> str:
        """An internet gateway attached to the VPC."""
        made = self.ec2.create_internet_gateway(**tags("internet-gateway", name))
        gateway_id = str(made["InternetGateway"]["InternetGatewayId"])
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
        return gateway_id

    def egress_only_gateway(self, name: str, vpc_id: str) -> str:
        """An egress-only internet gateway of the VPC."""
        made = self.ec2.create_egress_only_internet_gateway(VpcId=vpc_id, **tags("egress-only-internet-gateway", name))
        return str(made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"])

    def nat(self, name: str, subnet_id: str) -> str:
        """A public zonal NAT gateway with one Elastic IP."""
        address = self.ec2.allocate_address(Domain="vpc", **tags("elastic-ip", name))
        made = self.ec2.create_nat_gateway(
            SubnetId=subnet_id, AllocationId=address["AllocationId"], **tags("natgateway", name)
        )
        return self._is_old(str(made["NatGateway"]["NatGatewayId"]))

    def regional_nat(self, name: str, vpc_id: str) -> str:
        """A regional NAT gateway."""
        made = self.ec2.create_nat_gateway(VpcId=vpc_id, AvailabilityMode="regional", **tags("natgateway", name))
        self.name(made["NatGateway"]["RouteTableId"], f"{name}-table")
        return self._is_old(str(made["NatGateway"]["NatGatewayId"]))

    def service(self, short: str) -> str:
        """The full name of an AWS service in this Region: `s3` → `com.amazonaws.ap-southeast-1.s3`."""
        return f"com.amazonaws.{self.region}.{short}"

    def prefix_list(self, short: str) -> str:
        """The id of the AWS prefix list of `s3` or `dynamodb`."""
        listed = self.ec2.describe_prefix_lists()["PrefixLists"]
        return next(str(item["PrefixListId"]) for item in listed if item["PrefixListName"] == self.service(short))

    def gateway_endpoint(
        self,
        name: str,
        vpc_id: str,
        short: str,
        tables: Sequence[str],
        policy: Mapping[str, Any] | None = None,
        ip_address_type: str = "ipv4",
    ) -> str:
        """A gateway endpoint for `s3` or `dynamodb`, associated with the route tables; no policy is full access."""
        extra = {"PolicyDocument": json.dumps(policy)} if policy else {}
        made = self.ec2.create_vpc_endpoint(
            VpcEndpointType="Gateway",
            VpcId=vpc_id,
            ServiceName=self.service(short),
            RouteTableIds=list(tables),
            IpAddressType=ip_address_type,
            **tags("vpc-endpoint", name),
            **extra,
        )
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    def interface_endpoint(
        self,
        name: str,
        vpc_id: str,
        short: str,
        subnets: Sequence[str],
        groups: Sequence[str],
        *,
        private_dns: bool = True,
    ) -> str:
        """An interface endpoint with one network interface per subnet."""
        made = self.ec2.create_vpc_endpoint(
            VpcEndpointType="Interface",
            VpcId=vpc_id,
            ServiceName=self.service(short),
            SubnetIds=list(subnets),
            SecurityGroupIds=list(groups),
            PrivateDnsEnabled=private_dns,
            **tags("vpc-endpoint", name),
        )
        endpoint = made["VpcEndpoint"]
        for interface_id in endpoint["NetworkInterfaceIds"]:
            self.name(interface_id, f"{name}-interface")
        return str(endpoint["VpcEndpointId"])

    def security_group(
        self, name: str, vpc_id: str, *, ingress: Sequence[Rule] = (), egress: Sequence[Rule] | None = None
    ) -> str:
        """A security group; `egress` None keeps AWS's rule that lets everything out."""
        made = self.ec2.create_security_group(
            GroupName=name, Description=f"{name} (managed by Terraform)", VpcId=vpc_id, **tags("security-group", name)
        )
        group_id = str(made["GroupId"])
        if ingress:
            self.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions(ingress))
        if egress is not None:
            self._drop_egress(group_id)
        if egress:
            self.ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=permissions(egress))
        return group_id

    def network_acl(self, name: str, vpc_id: str, subnets: Sequence[str], rules: Sequence[AclRule]) -> str:
        """A network ACL with the rules, used by the subnets."""
        made = self.ec2.create_network_acl(VpcId=vpc_id, **tags("network-acl", name))
        acl_id = str(made["NetworkAcl"]["NetworkAclId"])
        for rule in rules:
            self.ec2.create_network_acl_entry(NetworkAclId=acl_id, **rule.request())
        listed = self.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["NetworkAcls"]
        for association in [item for acl in listed for item in acl["Associations"]]:
            if association["SubnetId"] in subnets:
                self.ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl_id
                )
        return acl_id

    def peering(self, name: str, requester: str, accepter: str) -> str:
        """An active peering connection between two VPCs."""
        made = self.ec2.create_vpc_peering_connection(
            VpcId=requester, PeerVpcId=accepter, **tags("vpc-peering-connection", name)
        )
        peering_id = str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])
        self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
        return peering_id

    def bucket(self, name: str) -> None:
        """An S3 bucket in this Region."""
        self._client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.region})

    def database(self, name: str, subnet_id: str, groups: Sequence[str], address: str = "") -> str:
        """The network interface of a running database, at a given address of its subnet or at any."""
        fixed = {"PrivateIpAddress": address} if address else {}
        made = self.ec2.create_network_interface(
            SubnetId=subnet_id, Groups=list(groups), Description=f"RDSNetworkInterface {name}", **fixed
        )
        interface_id = str(made["NetworkInterface"]["NetworkInterfaceId"])
        held = {"DeviceIndex": 1, "InstanceOwnerId": "amazon-rds", "Status": "attached"}
        self.stage(interface_id, {"ManagedAttachment": held, "RequesterManaged": True, "Status": "in-use"})
        self.name(interface_id, name)
        return interface_id

    def function(
        self,
        name: str,
        subnets: Sequence[str] = (),
        groups: Sequence[str] = (),
        *,
        timeout_s: int = 60,
        memory_mb: int = 512,
        variables: Mapping[str, str] | None = None,
        dual_stack: bool = False,
        runtime: str = "python3.13",
        log_group: bool = True,
        code: str = CODE,
        role: str = "",
    ) -> None:
        """A function, in a VPC when subnets are given; it has an empty log group unless told otherwise.

        `role` is the ARN of a role of its own in place of the one that all functions share.
        """
        placement: dict[str, Any] = {"SubnetIds": list(subnets), "SecurityGroupIds": list(groups)}
        if dual_stack:
            placement["Ipv6AllowedForDualStack"] = True
        self._client("lambda").create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="app.handler",
            Role=role or self._role(),
            Code={"ZipFile": archive(code)},
            Timeout=timeout_s,
            MemorySize=memory_mb,
            Environment={"Variables": {"LOG_LEVEL": "INFO", **(variables or {})}},
            Tags={"Name": name},
            **({"VpcConfig": placement} if subnets else {}),
        )
        self.functions[name] = Function(
            name=name, subnets=tuple(subnets), timeout_s=timeout_s, memory_mb=memory_mb, runtime=runtime
        )
        if log_group:
            self.log_group(name)

    def log_group(self, function: str, events: Sequence[LogRecord] = (), retention_days: int | None = None) -> None:
        """The log group of a function, older than any window, with further events sorted by time."""
        created_s, name = self.now_s - _AGE_S, f"/aws/lambda/{function}"
        keep_log_group(self.region, name, created_s=created_s, retention_days=retention_days, events=events)

    def container_log(self, name: str, events: Sequence[LogRecord]) -> None:
        """A log group that a container runtime writes to, older than any window, with events sorted by time."""
        keep_log_group(self.region, name, created_s=self.now_s - _AGE_S, events=events)

    def reserve_concurrency(self, function: str, executions: int) -> None:
        """At most so many executions of a function at the same time."""
        reserve = self._client("lambda").put_function_concurrency
        reserve(FunctionName=function, ReservedConcurrentExecutions=executions)

    def behave(self, function: str, *answers: Answer, log_delay_s: float | None = None) -> None:
        """What invocations of a function will meet from now on: answers of the far side in turn, late log events."""
        given = {"log_delay_s": log_delay_s} if log_delay_s is not None else {}
        behave(function, Conduct(answers=answers or (Answer(),), **given))

    def analyzer(self, **conduct: Any) -> None:
        """How Reachability Analyzer answers: the fields of `analyzing.conduct.Conduct`."""
        analyze(self.region, AnalyzerConduct(**conduct))

    def hold_ports(self, nat_gateway_id: str, free: int) -> None:
        """Let other workloads hold all ports of a NAT gateway's address but some, towards every destination."""
        self.stage(nat_gateway_id, {"HeldPorts": PORTS_PER_ADDRESS - free})

    def terraform(self, outputs: Mapping[str, str], sensitive: Mapping[str, str]) -> None:
        """The state file that Terraform left, with these outputs; the values of the sensitive ones are secret."""
        told = {name: {"value": value, "type": "string"} for name, value in outputs.items()}
        hidden = {name: {"value": value, "type": "string", "sensitive": True} for name, value in sensitive.items()}
        self.terraform_state = {
            "version": 4,
            "terraform_version": "1.11.4",
            "serial": 12,
            "lineage": "6b0e6c1e-7d0b-4a53-9a3e-0c5d8f1b2a47",
            "outputs": told | hidden,
            "resources": [],
            "check_results": None,
        }

    def name(self, resource_id: str, name: str) -> None:
        """Give an EC2 resource its Name tag."""
        self.tag(resource_id, "Name", name)

    def tag(self, resource_id: str, key: str, value: str) -> None:
        """One more tag on an EC2 resource."""
        self.ec2.create_tags(Resources=[resource_id], Tags=[{"Key": key, "Value": value}])

    def _drop_egress(self, group_id: str) -> None:
        group = self.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
        self.ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=group["IpPermissionsEgress"])

    @property
    def surroundings(self) -> Surroundings:
        """What is around a function: roles, queues, APIs, databases and their proxies."""
        return Surroundings(self._client, self.region)

    @functools.cache  # noqa: B019 - a world lives as long as the process that serves it
    def _role(self) -> str:
        return self.surroundings.role(ROLE)

    def _is_old(self, nat_gateway_id: str) -> str:
        # Its metrics reach back for days, so it must have been there for longer.
        created = datetime.fromtimestamp(self.now_s - _AGE_S, UTC).replace(tzinfo=None)
        self.stage(nat_gateway_id, {"_created_at": created})
        return nat_gateway_id

    def _remove_default_vpc(self) -> None:
        for vpc in self.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]:
            inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
            for subnet in self.ec2.describe_subnets(Filters=inside)["Subnets"]:
                self.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
            self.ec2.delete_vpc(VpcId=vpc["VpcId"])
