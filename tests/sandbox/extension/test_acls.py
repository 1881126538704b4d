from typing import Any

from runbook_lib.sandbox.rules import AclRule
from runbook_lib.sandbox.world import World
from tests.sandbox.asking import one, refused


def _entries(acl: dict[str, Any]) -> set[tuple[int, bool, str, str]]:
    return {
        (
            entry["RuleNumber"],
            entry["Egress"],
            entry["RuleAction"],
            entry.get("CidrBlock") or entry.get("Ipv6CidrBlock"),
        )
        for entry in acl["Entries"]
    }


_DENY = {(32767, True, "deny", "0.0.0.0/0"), (32767, False, "deny", "0.0.0.0/0")}
_DENY6 = {(32768, True, "deny", "::/0"), (32768, False, "deny", "::/0")}


def test_custom_acl_ends_in_deny_entries_in_both_directions(ec2: Any, world: World) -> None:
    vpc = world.vpc("v", "10.0.0.0/16")
    acl = world.network_acl("a", vpc, [], [AclRule(100, True, "0.0.0.0/0", 443)])
    found = _entries(one(ec2.describe_network_acls(NetworkAclIds=[acl]), "NetworkAcls"))
    assert found == _DENY | {(100, True, "allow", "0.0.0.0/0")}


def test_default_acl_has_each_entry_once(ec2: Any, world: World) -> None:
    world.vpc("v", "10.0.0.0/16")
    acl = one(ec2.describe_network_acls(), "NetworkAcls")
    assert len(acl["Entries"]) == 4
    assert _entries(acl) == _DENY | {(100, True, "allow", "0.0.0.0/0"), (100, False, "allow", "0.0.0.0/0")}


def test_ipv6_entries_exist_in_an_ipv6_vpc_only(ec2: Any, world: World) -> None:
    vpc = world.vpc("six", "10.0.0.0/16", ipv6=True)
    default = _entries(one(ec2.describe_network_acls(), "NetworkAcls"))
    assert {(101, True, "allow", "::/0"), (101, False, "allow", "::/0")} | _DENY6 < default
    custom = world.network_acl("a", vpc, [], [])
    assert _entries(one(ec2.describe_network_acls(NetworkAclIds=[custom]), "NetworkAcls")) == _DENY | _DENY6


def test_rule_32767_cannot_be_added_twice(ec2: Any, world: World) -> None:
    acl = world.network_acl("a", world.vpc("v", "10.0.0.0/16"), [], [])
    with refused("NetworkAclEntryAlreadyExists"):
        ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=32767, Protocol="-1", RuleAction="deny", Egress=True, CidrBlock="0.0.0.0/0"
        )


def test_unknown_acl_is_an_error_about_acls(ec2: Any, world: World) -> None:
    with refused("InvalidNetworkAclID.NotFound", "acl-0123456789abcdef0"):
        ec2.describe_network_acls(NetworkAclIds=["acl-0123456789abcdef0"])
