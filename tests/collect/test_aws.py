"""A collection from a healthy AWS: what is asked, how often, and what becomes of the answers."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from runbook_lib.collect.aws import Limits, Wanted, collect
from runbook_lib.collect.connection import Connection, Credentials
from runbook_lib.collect.files import load
from runbook_lib.collect.operation import Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.model.fact import Scope
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function, Instance
from runbook_lib.model.progress import Step
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.transit import TransitGatewayPropagations, TransitGatewayRoutes
from runbook_lib.model.vpc import PrefixList, Subnet, VpcAttributes
from runbook_lib.render.snapshot_files import save_snapshot

from .fake_aws import ACCOUNT, REGION, WORLD, FakeAws

HERE = Scope(ACCOUNT, REGION)
EVERYTHING = Wanted(functions=("upload",), buckets=("uploads",))
ROWS = [row for row in OPERATIONS if not (row.is_observed or row.is_detail)]


def functions(count: int) -> list[dict[str, Any]]:
    (one, _) = WORLD["lambda:ListFunctions"]["Functions"]
    return [{**one, "FunctionName": f"f{number:03}"} for number in range(count)]


def listing(snapshot: Snapshot, key: str) -> Any:
    return snapshot.listings.get((HERE, key))


def test_everything_is_read_and_recorded(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, EVERYTHING, limits)
    assert snapshot.gaps == ()
    assert {key for _, key in snapshot.listings} == {row.key for row in ROWS if row.key}
    assert all(found.incomplete is None for found in snapshot.listings.values())
    assert Counter(call.operation for call in snapshot.calls) == aws.sent == Counter(row.id for row in ROWS)
    for call in snapshot.calls:
        assert call.error is None
        assert (call.scope, call.pages) == (HERE, 1)
        assert call.request_ids or call.operation.startswith("sts")
    assert snapshot.origin.to_json() == {
        "kind": "aws",
        "account": ACCOUNT,
        "region": REGION,
        "caller_arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/me",
        "scenario": None,
    }


def test_answers_become_sorted_facts(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, EVERYTHING, limits)
    assert [fact.id for fact in snapshot.all(Subnet)] == ["subnet-1", "subnet-2"]
    assert snapshot.all(Subnet)[0].pointer == f"/accounts/{ACCOUNT}/{REGION}/Subnets/0"
    assert [fact.id for fact in snapshot.all(Instance)] == ["i-1"]
    assert [(fact.id, fact.state) for fact in snapshot.all(FunctionConfiguration)] == [("upload", "Active")]
    assert [(a.id, a.dns_support, a.dns_hostnames) for a in snapshot.all(VpcAttributes)] == [("vpc-1", True, True)]
    assert [fact.id for fact in snapshot.all(TransitGatewayPropagations)] == ["tgw-rtb-1"]
    assert [fact.complete for fact in snapshot.all(TransitGatewayRoutes)] == [True]


def test_scenario_and_kind_are_kept(aws: FakeAws, limits: Limits) -> None:
    origin = collect(aws.connection, Wanted(), limits, origin_kind="sandbox", scenario="incident").origin
    assert (origin.kind, origin.scenario, origin.is_simulated) == ("sandbox", "incident", True)


def test_secrets_never_enter(aws: FakeAws, limits: Limits) -> None:
    aws.faults["ec2:DescribeVpcs"] = lambda request, attempt: (_ for _ in ()).throw(
        ValueError("signed with canary-session-token")
    )
    snapshot = collect(aws.connection, EVERYTHING, limits)
    kept = [[found.raws for found in snapshot.listings.values()], snapshot.calls, snapshot.gaps, snapshot.origin]
    assert "canary" not in repr(kept)
    assert snapshot.all(Function)[1].raw["Environment"] == {"Variables": {"DB_URL": "REDACTED"}}


def test_facts_are_plain_json_and_survive_the_disk(aws: FakeAws, limits: Limits, tmp_path: Path) -> None:
    aws.answers["ec2:DescribeNatGateways"] = {
        "NatGateways": [{"NatGatewayId": "nat-1", "CreateTime": "2026-01-02T03:04:05Z", "State": "available"}]
    }
    aws.faults["ec2:DescribeVpcEndpoints"] = lambda request, attempt: (_ for _ in ()).throw(ValueError("no"))
    snapshot = collect(aws.connection, EVERYTHING, limits)
    json.dumps([found.raws for found in snapshot.listings.values()])
    save_snapshot(snapshot, tmp_path)
    again = load(tmp_path)
    assert again.listings == snapshot.listings
    assert again.calls == snapshot.calls
    assert again.gaps == snapshot.gaps
    assert again.collected_at == snapshot.collected_at
    assert replace(again.origin, kind="aws") == snapshot.origin


@pytest.mark.parametrize("wanted", [Wanted(functions=("f001",)), Wanted(all_functions=True), Wanted()])
def test_calls_do_not_grow_with_the_number_of_functions(aws: FakeAws, limits: Limits, wanted: Wanted) -> None:
    counts = []
    for size in (5, 60):
        aws.answers["lambda:ListFunctions"] = {"Functions": functions(size)}
        before = aws.sent.total()
        snapshot = collect(aws.connection, wanted, limits)
        assert len(snapshot.all(Function)) == size
        counts.append((aws.sent.total() - before, len(snapshot.calls)))
    assert counts[0] == counts[1]


def test_one_function_costs_two_calls_beyond_the_listings(aws: FakeAws, limits: Limits) -> None:
    aws.answers["ec2:DescribeTransitGatewayRouteTables"] = {"TransitGatewayRouteTables": []}
    aws.answers["ec2:DescribeSecurityGroups"] = {"SecurityGroups": []}
    collect(aws.connection, Wanted(functions=("upload",)), limits)
    listings = sum(row.per in (Per.REGION, Per.CALLER) for row in ROWS)
    assert aws.sent.total() == listings + 3  # two DNS attributes and the function's State


@pytest.mark.parametrize(
    ("wanted", "vpcs"),
    [
        (Wanted(functions=("upload",)), {"vpc-1"}),
        (Wanted(functions=(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:upload",)), {"vpc-1"}),
        (Wanted(functions=("outside",)), set()),
        (Wanted(vpc_ids=("vpc-2",)), {"vpc-2"}),
        (Wanted(subnet_ids=("subnet-2",)), {"vpc-2"}),
        (Wanted(functions=("upload",), vpc_ids=("vpc-2",)), {"vpc-1", "vpc-2"}),
        (Wanted(all_functions=True), {"vpc-1"}),
        (Wanted(), {"vpc-1", "vpc-2"}),
    ],
)
def test_dns_attributes_are_read_where_wanted(aws: FakeAws, limits: Limits, wanted: Wanted, vpcs: set[str]) -> None:
    snapshot = collect(aws.connection, wanted, limits)
    asked = {call.request["VpcId"] for call in snapshot.calls if call.operation == "ec2:DescribeVpcAttribute"}
    assert asked == vpcs
    assert aws.sent["ec2:DescribeVpcAttribute"] == 2 * len(vpcs)
    assert listing(snapshot, "VpcAttributes").incomplete is None


def test_what_was_not_asked_is_not_read_and_what_is_absent_is_empty(aws: FakeAws, limits: Limits) -> None:
    aws.answers["ec2:DescribeTransitGatewayRouteTables"] = {"TransitGatewayRouteTables": []}
    snapshot = collect(aws.connection, Wanted(vpc_ids=("vpc-1",)), limits)
    assert listing(snapshot, "FunctionConfigurations") is None
    assert listing(snapshot, "BucketLocations") is None
    assert listing(snapshot, "TransitGatewayPropagations").facts == ()
    assert listing(snapshot, "TransitGatewayStaticRoutes").incomplete is None
    assert listing(snapshot, "NatGateways").facts == ()


def test_keys_restrict_the_collection(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, Wanted(keys=("PrefixLists", "NatGateways")), limits)
    assert {key for _, key in snapshot.listings} == {"PrefixLists", "NatGateways", "SecurityGroups", "RouteTables"}
    assert len(snapshot.all(PrefixList)) == 2


def test_prefix_list_entries_are_fetched_only_where_missing(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, Wanted(), limits)
    lists = {fact.id: [str(cidr) for cidr in fact.cidrs or ()] for fact in snapshot.all(PrefixList)}
    assert lists == {"pl-s3": ["192.0.2.0/24"], "pl-own": ["198.51.100.0/24"]}
    assert aws.sent["ec2:GetManagedPrefixListEntries"] == 1
    aws.answers["ec2:DescribeSecurityGroups"] = {"SecurityGroups": []}
    collect(aws.connection, Wanted(), limits)
    assert aws.sent["ec2:DescribeManagedPrefixLists"] == aws.sent["ec2:GetManagedPrefixListEntries"] == 1


def test_progress_counts_to_the_end(aws: FakeAws, limits: Limits) -> None:
    steps: list[Step] = []
    collect(aws.connection, EVERYTHING, limits, steps.append)
    assert [step.done for step in steps] == list(range(1, len(ROWS) + 1))
    assert steps[-1].done == steps[-1].total
    assert {step.label for step in steps} == {row.id for row in ROWS}


def test_order_of_calls_and_answers_does_not_depend_on_timing(aws: FakeAws, limits: Limits) -> None:
    one = collect(aws.connection, EVERYTHING, limits)
    two = collect(aws.connection, EVERYTHING, replace(limits, workers=1))
    assert one.listings == two.listings
    assert [call.operation for call in one.calls] == [call.operation for call in two.calls]


def test_the_emulator_answers_every_row_it_implements(limits: Limits) -> None:
    with mock_aws():
        keys = Credentials("AKIAFAKEFAKEFAKEFAKE", "fake")
        snapshot = collect(Connection("eu-west-1", credentials=keys), Wanted(), limits)
    assert {call.operation for call in snapshot.calls if call.error} <= {
        "ec2:DescribeVpcBlockPublicAccessExclusions",
        "ec2:DescribeVpcBlockPublicAccessOptions",
    }
    assert len(snapshot.all(Subnet)) == 3
    assert snapshot.origin.account == "123456789012"
    assert all(fact.cidrs for fact in snapshot.all(PrefixList) if fact.list_name == "com.amazonaws.eu-west-1.s3")
