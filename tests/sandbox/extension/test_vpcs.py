from typing import Any

from runbook_lib.sandbox.world import World
from tests.sandbox.asking import one


def test_empty_world_holds_nothing_of_the_default_vpc(ec2: Any, world: World) -> None:
    assert ec2.describe_vpcs()["Vpcs"] == []
    assert ec2.describe_subnets()["Subnets"] == []
    assert ec2.describe_network_acls()["NetworkAcls"] == []
    assert ec2.describe_route_tables()["RouteTables"] == []
    assert ec2.describe_security_groups()["SecurityGroups"] == []


def test_subnet_outside_the_default_vpc_hands_out_no_public_addresses(ec2: Any, world: World) -> None:
    world.subnet("s", world.vpc("v", "10.0.0.0/16"), "10.0.0.0/24", "a")
    subnet = one(ec2.describe_subnets(), "Subnets")
    assert (subnet["DefaultForAz"], subnet["MapPublicIpOnLaunch"]) == (False, False)


def test_subnet_of_the_default_vpc_does(ec2: Any) -> None:
    subnets = ec2.describe_subnets()["Subnets"]
    assert len(subnets) == 3
    assert all(subnet["DefaultForAz"] and subnet["MapPublicIpOnLaunch"] for subnet in subnets)


def test_ipv6_block_of_a_subnet_is_associated(ec2: Any, world: World) -> None:
    vpc = world.vpc("six", "10.0.0.0/16", ipv6=True)
    block = world.ipv6_block(vpc).replace("/56", "/64")
    world.subnet("six", vpc, "10.0.0.0/24", "a", ipv6_cidr=block)
    world.subnet("four", vpc, "10.0.1.0/24", "a")
    six, four = ec2.describe_subnets()["Subnets"]
    (association,) = six["Ipv6CidrBlockAssociationSet"]
    assert (association["Ipv6CidrBlock"], association["Ipv6CidrBlockState"]) == (block, {"State": "associated"})
    assert four["Ipv6CidrBlockAssociationSet"] == []


def test_default_group_admits_its_members_and_nobody_else(ec2: Any, world: World) -> None:
    world.vpc("v", "10.0.0.0/16")
    group = one(ec2.describe_security_groups(), "SecurityGroups")
    (rule,) = group["IpPermissions"]
    assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [group["GroupId"]]
    assert (rule["IpProtocol"], rule["IpRanges"], rule["Ipv6Ranges"]) == ("-1", [], [])


def test_new_group_admits_nobody(ec2: Any, world: World) -> None:
    group = world.security_group("g", world.vpc("v", "10.0.0.0/16"))
    assert one(ec2.describe_security_groups(GroupIds=[group]), "SecurityGroups")["IpPermissions"] == []


def test_deleted_subnet_leaves_its_acl(ec2: Any, world: World) -> None:
    vpc = world.vpc("v", "10.0.0.0/16")
    gone, kept = (world.subnet(z, vpc, f"10.0.{i}.0/24", z) for i, z in enumerate("ab"))
    ec2.delete_subnet(SubnetId=gone)
    acl = one(ec2.describe_network_acls(), "NetworkAcls")
    assert [item["SubnetId"] for item in acl["Associations"]] == [kept]


def test_peering_tells_all_blocks_of_both_sides(ec2: Any, world: World) -> None:
    left, right = world.vpc("left", "10.1.0.0/16"), world.vpc("right", "10.2.0.0/16")
    ec2.associate_vpc_cidr_block(VpcId=right, CidrBlock="10.3.0.0/16")
    world.peering("p", left, right)
    peering = one(ec2.describe_vpc_peering_connections(), "VpcPeeringConnections")
    blocks = [[b["CidrBlock"] for b in peering[f"{side}VpcInfo"]["CidrBlockSet"]] for side in ("Requester", "Accepter")]
    assert blocks == [["10.1.0.0/16"], ["10.2.0.0/16", "10.3.0.0/16"]]


def test_dns_attributes_are_those_asked_for(ec2: Any, world: World) -> None:
    on, off = world.vpc("on", "10.1.0.0/16"), world.vpc("off", "10.2.0.0/16", dns_support=False, dns_hostnames=False)
    for vpc, expected in ((on, True), (off, False)):
        for attribute, field in (
            ("enableDnsSupport", "EnableDnsSupport"),
            ("enableDnsHostnames", "EnableDnsHostnames"),
        ):
            assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)[field] == {"Value": expected}
