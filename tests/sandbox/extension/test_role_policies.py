"""The two AWS managed policies of execution roles are there, and no others."""

import pytest

from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.extension.role_policies import BASIC_EXECUTION, VPC_ACCESS_EXECUTION
from tests.sandbox.asking import refused

PREFIX = "arn:aws:iam::aws:policy/service-role/"


@pytest.mark.parametrize(("name", "makes_interfaces"), [(BASIC_EXECUTION, False), (VPC_ACCESS_EXECUTION, True)])
def test_managed_policies_of_execution_roles(aws: EmbeddedAws, name: str, makes_interfaces: bool) -> None:
    iam = aws.client("iam")
    version = iam.get_policy(PolicyArn=PREFIX + name)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=PREFIX + name, VersionId=version)["PolicyVersion"]["Document"]
    (statement,) = document["Statement"]
    assert "logs:PutLogEvents" in statement["Action"]
    assert ("ec2:CreateNetworkInterface" in statement["Action"]) == makes_interfaces


def test_other_policies_and_versions_are_not_there(aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    with refused("NoSuchEntity"):
        iam.get_policy(PolicyArn=f"{PREFIX}{BASIC_EXECUTION}s")
    with refused("NoSuchEntity"):
        iam.get_policy_version(PolicyArn=PREFIX + BASIC_EXECUTION, VersionId="v9")
