"""A changed copy of a snapshot, and what it may not pretend."""

from __future__ import annotations

import pytest

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.network.view import View
from runbook_lib.network.whatif import Edit, apply, edits_of
from tests.builders import world


def test_replace_add_and_delete_leave_the_original_alone() -> None:
    made = world().vpc().subnet(az="a")
    before = made.snapshot()
    raw = {**before.listings[made.scope, "Subnets"].raws[0], "CidrBlock": "10.0.7.0/24"}
    added = {"SubnetId": "subnet-new", "VpcId": "vpc-main", "CidrBlock": "10.0.8.0/24"}
    after = apply(
        before,
        [
            Edit(key="Subnets", scope=made.scope, id="subnet-a", value=raw),
            Edit(key="Subnets", scope=made.scope, id="subnet-new", value=added),
            Edit(key="NetworkAcls", scope=made.scope, id="acl-main", value=None),
        ],
    )
    assert [str(s.cidrs[0]) for s in View(after).subnets_in("vpc-main")] == ["10.0.7.0/24", "10.0.8.0/24"]
    assert View(after).snapshot.listings[made.scope, "NetworkAcls"].facts == ()
    assert [str(s.cidrs[0]) for s in View(before).subnets_in("vpc-main")] == ["10.0.0.0/24"]
    assert len(before.listings[made.scope, "NetworkAcls"].facts) == 1


@pytest.mark.parametrize("gone", ["denied", "truncated"])
def test_an_addition_does_not_make_an_unread_listing_whole(gone: str) -> None:
    made = getattr(world().vpc().subnet(az="a"), gone)("VpcEndpoints")
    raw = {"VpcEndpointId": "vpce-new", "VpcId": "vpc-main", "ServiceName": "com.amazonaws.ap-southeast-1.s3"}
    after = View(apply(made.snapshot(), [Edit(key="VpcEndpoints", scope=made.scope, id="vpce-new", value=raw)]))
    assert after.endpoint("vpce-new").id == "vpce-new"
    with pytest.raises(FactMissing):
        after.endpoints_in("vpc-main")


def test_edits_from_a_document() -> None:
    snapshot = world().vpc().subnet(az="a").snapshot()
    document = {
        "Subnets": [{"SubnetId": "subnet-a", "CidrBlock": "10.0.9.0/24"}],
        "delete": {"NetworkAcls": ["acl-main"]},
    }
    after = View(apply(snapshot, edits_of(snapshot, document)))
    assert str(after.subnet("subnet-a").cidrs[0]) == "10.0.9.0/24"
    assert after.subnet("subnet-a").vpc_id == "vpc-main"
    with pytest.raises(FactMissing):
        after.acl_of("subnet-a")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "JSON object"),
        ({"Subnet": []}, "nearest: Subnets"),
        ({"Subnets": [{"CidrBlock": "10.0.0.0/8"}]}, "SubnetId"),
        ({"Subnets": {}}, "list of objects"),
        ({"delete": {"Nonsense": ["x"]}}, "unknown key in the change"),
        ({"delete": ["acl-main"]}, "delete in the change must be an object"),
        ({"delete": {"NetworkAcls": "acl-main"}}, "must be a list of ids"),
        ({"delete": {"NetworkAcls": ["acl-mian"]}}, "unknown NetworkAclId to delete 'acl-mian'; nearest: acl-main"),
        ({"RouteTables": [{"RouteTableId": "rtb-main", "Routes": "x"}]}, "RouteTables rtb-main in the change is malf"),
        ({"RouteTables": [{"RouteTableId": "rtb-new"}]}, "KeyError: 'VpcId'"),
    ],
)
def test_malformed_documents(document: object, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        edits_of(world().vpc().snapshot(), document)
