import ipaddress
from typing import Any

from runbook_lib.sandbox.world import World
from tests.sandbox.asking import filtered, one, refused


def test_lists_of_aws_services_tell_their_cidrs(ec2: Any, world: World) -> None:
    listed = {item["PrefixListName"]: item for item in ec2.describe_prefix_lists()["PrefixLists"]}
    for short in ("s3", "dynamodb"):
        cidrs = listed[world.service(short)]["Cidrs"]
        assert cidrs
        assert all(ipaddress.ip_network(cidr).is_global for cidr in cidrs)
    assert listed[world.service("s3")]["Cidrs"] != listed[world.service("dynamodb")]["Cidrs"]


def test_list_is_found_by_name_and_by_id(ec2: Any, world: World) -> None:
    wanted = world.prefix_list("s3")
    assert one(ec2.describe_prefix_lists(PrefixListIds=[wanted]), "PrefixLists")["PrefixListId"] == wanted
    call, key, field = ec2.describe_prefix_lists, "PrefixLists", "PrefixListId"
    assert filtered(call, key, field, prefix_list_name="com.amazonaws.ap-southeast-1.s3") == [wanted]
    assert filtered(call, key, field, prefix_list_name="com.amazonaws.us-east-1.s3") == []


def test_list_of_a_customer_is_managed_only(ec2: Any) -> None:
    made = ec2.create_managed_prefix_list(
        PrefixListName="office", AddressFamily="IPv4", MaxEntries=5, Entries=[{"Cidr": "198.51.100.0/24"}]
    )["PrefixList"]["PrefixListId"]
    assert made not in [item["PrefixListId"] for item in ec2.describe_prefix_lists()["PrefixLists"]]
    assert made in [item["PrefixListId"] for item in ec2.describe_managed_prefix_lists()["PrefixLists"]]
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=made)["Entries"]
    assert [entry["Cidr"] for entry in entries] == ["198.51.100.0/24"]


def test_unknown_list_is_an_error(ec2: Any) -> None:
    for call in (ec2.describe_prefix_lists, ec2.describe_managed_prefix_lists):
        with refused("InvalidPrefixListID.NotFound", "pl-0123456789abcdef0"):
            call(PrefixListIds=["pl-0123456789abcdef0"])
    with refused("InvalidPrefixListID.NotFound"):
        ec2.get_managed_prefix_list_entries(PrefixListId="pl-0123456789abcdef0")
