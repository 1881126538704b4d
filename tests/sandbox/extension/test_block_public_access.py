from typing import Any

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import refused


def _mode(ec2: Any) -> str:
    return str(
        ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"]
    )


def test_mode_is_off_until_switched_on_in_its_region(aws: EmbeddedAws, ec2: Any) -> None:
    assert _mode(ec2) == "off"
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")
    assert _mode(ec2) == "block-bidirectional"
    assert _mode(aws.client("ec2", "eu-west-1")) == "off"


def test_unknown_mode_is_refused(ec2: Any) -> None:
    with refused("InvalidParameterValue", "block-all"):
        ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-all")
    assert _mode(ec2) == "off"


def test_exclusions_name_what_they_exclude(ec2: Any, world: World) -> None:
    assert ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"] == []
    vpc = world.vpc("v", "10.0.0.0/16")
    ec2.create_vpc_block_public_access_exclusion(VpcId=vpc, InternetGatewayExclusionMode="allow-egress")
    (found,) = ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
    assert found["ResourceArn"].endswith(f":vpc/{vpc}")
    assert found["InternetGatewayExclusionMode"] == "allow-egress"
    with refused("InvalidVpcID.NotFound"):
        ec2.create_vpc_block_public_access_exclusion(
            VpcId="vpc-0123456789abcdef0", InternetGatewayExclusionMode="allow-egress"
        )
