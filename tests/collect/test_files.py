"""The source snapshot:<dir>: real data loads, odd data is reported, nothing that was not read looks read."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runbook_lib.collect.files import load
from runbook_lib.errors import UsageError
from runbook_lib.model.fact import Scope
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.gateways import VpcBlockPublicAccess
from runbook_lib.model.interfaces import Function, Instance
from runbook_lib.model.kinds import KINDS
from runbook_lib.model.transit import VirtualInterface
from runbook_lib.model.vpc import PrefixList, RouteTable, Subnet, Vpc, VpcAttributes

REAL = os.environ.get("RUNBOOK_REAL_VPCS")
needs_real = pytest.mark.skipif(not REAL, reason="RUNBOOK_REAL_VPCS does not name the folder of real VPC data")
FLAT = Scope()


def write(folder: Path, **files: object) -> Path:
    """Write each keyword as `<name>.json`; `__` in a name is a folder separator."""
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def subnet(id_: str = "subnet-1", **more: object) -> dict[str, object]:
    return {"SubnetId": id_, "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", **more}


def real_folders() -> list[str]:
    return sorted(entry.name for entry in Path(REAL).iterdir() if entry.is_dir()) if REAL else []


@needs_real
def test_all_real_folders_are_present() -> None:
    assert len([name for name in real_folders() if name != "unit-fixtures"]) == 29


@needs_real
@pytest.mark.parametrize("name", real_folders())
def test_real_folder_loads_every_object(name: str) -> None:
    snapshot = load(Path(REAL or "", name))
    assert snapshot.listings
    assert not snapshot.calls
    for (scope, key), listing in snapshot.listings.items():
        assert listing.scope == scope
        assert [str(fact.raw) for fact in listing.facts] == [str(raw) for raw in listing.raws if KINDS[key].fact]
        if name != "unit-fixtures":
            assert listing.incomplete is None


@needs_real
def test_real_folder_counts_and_origin() -> None:
    snapshot = load(Path(REAL or "", "test-vpc-endpoint-gateway"))
    files = Path(REAL or "", "test-vpc-endpoint-gateway").glob("**/*.json")
    listed = {key: value for file in files for key, value in json.loads(file.read_text()).items()}
    assert [snapshot.origin.account] == list({vpc["OwnerId"] for vpc in listed["Vpcs"]})
    assert snapshot.origin.region == "us-east-1"
    for key in ("Subnets", "RouteTables", "SecurityGroups", "VpcEndpoints", "NetworkInterfaces"):
        assert len(snapshot.listings[(Scope(region="us-east-1"), key)].facts) == len(listed[key])
    assert len(snapshot.all(Instance)) == sum(len(r["Instances"]) for r in listed["Reservations"])


@needs_real
def test_real_accounts_become_scopes() -> None:
    snapshot = load(Path(REAL or "", "test-transit-gateway-multi-account"))
    accounts = sorted(os.listdir(Path(REAL or "", "test-transit-gateway-multi-account", "accounts")))
    assert snapshot.scopes == tuple(Scope(account, "us-east-1") for account in accounts)
    assert len(accounts) == 2
    assert (snapshot.origin.account, snapshot.origin.region) == (None, "us-east-1")
    assert any(f"NetworkAcls in accounts/{accounts[1]}/us-east-1" in gap.what for gap in snapshot.gaps)


@needs_real
def test_real_missing_kinds_are_gaps() -> None:
    snapshot = load(Path(REAL or "", "cloudmapper-demo"))
    assert {gap.what for gap in snapshot.gaps} == {"RouteTables", "NetworkAcls"}
    assert {gap.action for gap in snapshot.gaps} == {"ec2:DescribeRouteTables", "ec2:DescribeNetworkAcls"}
    assert (FLAT, "RouteTables") not in snapshot.listings
    assert snapshot.all(Function)


@needs_real
def test_everything_at_once_loads() -> None:
    assert load(Path(REAL or "")).listings


def test_names_are_free_and_files_are_merged(tmp_path: Path) -> None:
    write(tmp_path, one={"Subnets": [subnet("subnet-2")]}, deep__two={"Subnets": [subnet("subnet-1")], "Vpcs": []})
    snapshot = load(tmp_path)
    assert [fact.id for fact in snapshot.all(Subnet)] == ["subnet-1", "subnet-2"]
    assert snapshot.all(Subnet)[1].pointer == "/Subnets/1"
    assert snapshot.listings[(FLAT, "Vpcs")].facts == ()
    assert (FLAT, "RouteTables") not in snapshot.listings


def test_folders_give_account_and_region(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "accounts__111__eu-west-1__x": {"Subnets": [subnet()]},
            "us-gov-west-1__x": {"Subnets": [subnet()]},
            "accounts__222__x": {"Subnets": [subnet()]},
        },
    )
    assert set(load(tmp_path).scopes) == {
        Scope("111", "eu-west-1"),
        Scope(None, "us-gov-west-1"),
        Scope("222", None),
    }


def test_the_same_id_in_two_accounts_is_kept_twice(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "accounts__111__eu-west-1__x": {"Subnets": [subnet(OwnerId="111", MapPublicIpOnLaunch=True)]},
            "accounts__222__eu-west-1__x": {"Subnets": [subnet(OwnerId="111")]},
        },
    )
    snapshot = load(tmp_path)
    assert len(snapshot.all(Subnet)) == 2
    assert all(listing.incomplete is None for listing in snapshot.listings.values())


def test_identical_twins_are_one(tmp_path: Path) -> None:
    write(tmp_path, one={"Subnets": [subnet(), subnet()]}, two={"Subnets": [subnet()]})
    snapshot = load(tmp_path)
    assert len(snapshot.all(Subnet)) == 1
    assert snapshot.listings[(FLAT, "Subnets")].incomplete is None


def test_contradiction_drops_the_fact_and_names_the_files(tmp_path: Path) -> None:
    write(tmp_path, one={"Subnets": [subnet(), subnet("subnet-9")]}, two={"Subnets": [subnet(CidrBlock="10.9.0.0/24")]})
    snapshot = load(tmp_path)
    assert [fact.id for fact in snapshot.all(Subnet)] == ["subnet-9"]
    assert "subnet-1" in (snapshot.listings[(FLAT, "Subnets")].incomplete or "")
    gap = next(gap for gap in snapshot.gaps if gap.what == "Subnets/subnet-1")
    assert gap.reason == "described differently in one.json and two.json"
    assert gap.action == "ec2:DescribeSubnets"


def test_parts_of_a_prefix_list_and_of_vpc_attributes_are_joined(tmp_path: Path) -> None:
    write(
        tmp_path,
        a={"PrefixLists": [{"PrefixListId": "pl-1", "PrefixListName": "n", "Cidrs": ["192.0.2.0/24"]}]},
        b={"PrefixLists": [{"PrefixListId": "pl-1", "PrefixListName": "n", "AddressFamily": "IPv4"}]},
        c={"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}},
        d={"VpcId": "vpc-1", "EnableDnsHostnames": {"Value": False}},
    )
    snapshot = load(tmp_path)
    (attributes,) = snapshot.all(VpcAttributes)
    assert (attributes.dns_support, attributes.dns_hostnames) == (True, False)
    (prefix_list,) = snapshot.all(PrefixList)
    assert prefix_list.raw["AddressFamily"] == "IPv4"
    assert len(prefix_list.cidrs or ()) == 1
    assert not [gap for gap in snapshot.gaps if "PrefixLists" in gap.what]


@pytest.mark.parametrize(
    "mark", [{"NextToken": "t"}, {"nextToken": "t"}, {"NextMarker": "m"}, {"Marker": "m"}, {"IsTruncated": True}]
)
def test_a_page_mark_means_truncated(tmp_path: Path, mark: dict[str, object]) -> None:
    write(tmp_path, page={"Subnets": [subnet()], **mark})
    listing = load(tmp_path).listings[(FLAT, "Subnets")]
    assert "truncated: page.json" in (listing.incomplete or "")
    assert len(listing.facts) == 1


@pytest.mark.parametrize("mark", [{"NextToken": None}, {"NextToken": ""}, {"IsTruncated": False}])
def test_an_empty_page_mark_means_whole(tmp_path: Path, mark: dict[str, object]) -> None:
    write(tmp_path, page={"Subnets": [subnet()], **mark})
    snapshot = load(tmp_path)
    assert snapshot.listings[(FLAT, "Subnets")].incomplete is None
    assert snapshot.unknown_keys == ()


def test_unknown_keys_are_listed(tmp_path: Path) -> None:
    write(tmp_path, a={"Subnets": [], "Zoo": [1], "Apes": None})
    assert load(tmp_path).unknown_keys == ("Apes", "Zoo")


@pytest.mark.parametrize(
    ("value", "said"),
    [({"a": 1}, "an object"), ("x", "text"), (None, "null"), (3, "a number"), (True, "true or false")],
)
def test_a_value_that_is_no_list_was_not_read(tmp_path: Path, value: object, said: str) -> None:
    write(tmp_path, a={"Subnets": value, "Vpcs": []})
    snapshot = load(tmp_path)
    assert (FLAT, "Subnets") not in snapshot.listings
    assert any(said in gap.reason and "a.json" in gap.reason for gap in snapshot.gaps if gap.what == "Subnets")


def test_a_list_of_odd_items_is_not_an_empty_list(tmp_path: Path) -> None:
    write(
        tmp_path,
        a={
            "Subnets": ["subnet-1", None],
            "RouteTables": [["x"], {"RouteTableId": "rtb-1", "VpcId": "v", "Routes": [], "Associations": []}],
        },
    )
    snapshot = load(tmp_path)
    assert (FLAT, "Subnets") not in snapshot.listings
    assert "a.json" in (snapshot.listings[(FLAT, "RouteTables")].incomplete or "")
    assert len(snapshot.all(RouteTable)) == 1


def test_a_malformed_object_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, a={"Subnets": [subnet(), subnet("subnet-2", CidrBlock="10.0.0.0/99"), {"SubnetId": "subnet-3"}]})
    snapshot = load(tmp_path)
    assert [fact.id for fact in snapshot.all(Subnet)] == ["subnet-1"]
    assert {"Subnets/subnet-2", "Subnets/subnet-3"} <= {gap.what for gap in snapshot.gaps}
    assert snapshot.listings[(FLAT, "Subnets")].incomplete


@pytest.mark.parametrize("reservations", [None, {}, ["x"], [{}], [{"Instances": None}], [{"Instances": ["i"]}]])
def test_odd_reservations_never_mean_no_instances(tmp_path: Path, reservations: object) -> None:
    write(tmp_path, a={"Reservations": reservations, "Vpcs": []})
    snapshot = load(tmp_path)
    assert (FLAT, "Instances") not in snapshot.listings
    assert any(gap.what == "Instances" for gap in snapshot.gaps)


def test_no_reservations_mean_no_instances(tmp_path: Path) -> None:
    write(tmp_path, a={"Reservations": []})
    assert load(tmp_path).listings[(FLAT, "Instances")].incomplete is None


def test_a_file_that_is_no_object_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, a=[subnet()], b={"Vpcs": []})
    assert any(gap.what == "a.json" for gap in load(tmp_path).gaps)


def test_single_outputs(tmp_path: Path) -> None:
    write(
        tmp_path,
        bpa={"VpcBlockPublicAccessOptions": {"AwsRegion": "eu-west-1", "InternetGatewayBlockMode": "off"}},
        fn={"FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f", "State": "Active"},
        dx={"virtualInterfaces": [{"virtualInterfaceId": "dxvif-1", "authKey": "hunter2"}]},
    )
    snapshot = load(tmp_path)
    assert snapshot.all(VpcBlockPublicAccess)[0].mode == "off"
    assert snapshot.all(FunctionConfiguration)[0].state == "Active"
    assert snapshot.all(VirtualInterface)[0].raw["authKey"] == "REDACTED"
    assert snapshot.all(Function)[0].id == "f"
    assert snapshot.listings[(FLAT, "Functions")].incomplete
    assert (snapshot.origin.account, snapshot.origin.region) == ("111122223333", "eu-west-1")


def test_get_function_output_beside_a_list_of_functions(tmp_path: Path) -> None:
    one = {"FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}
    write(
        tmp_path,
        fn={"Configuration": {**one, "State": "Inactive"}, "Code": {"Location": "https://x/?X-Amz-Signature=abc"}},
        all={"Functions": [one]},
    )
    snapshot = load(tmp_path)
    assert snapshot.all(FunctionConfiguration)[0].state == "Inactive"
    assert snapshot.listings[(FLAT, "Functions")].incomplete is None


def test_secrets_in_files_do_not_enter_the_snapshot(tmp_path: Path) -> None:
    write(
        tmp_path,
        f={"Functions": [{"FunctionName": "f", "Environment": {"Variables": {"DB": "canary-1"}}}]},
        s={"Subnets": [subnet(Tags=[{"Key": "password", "Value": "canary-2"}])]},
    )
    snapshot = load(tmp_path)
    assert "canary" not in str([listing.raws for listing in snapshot.listings.values()])
    assert snapshot.all(Function)[0].raw["Environment"]["Variables"] == {"DB": "REDACTED"}


def test_two_owners_leave_the_account_open(tmp_path: Path) -> None:
    write(tmp_path, a={"Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111"}, {"VpcId": "vpc-2", "OwnerId": "222"}]})
    assert load(tmp_path).origin.account is None


def test_local_zones_name_their_region(tmp_path: Path) -> None:
    write(tmp_path, a={"Subnets": [subnet(AvailabilityZone="us-west-2-lax-1a")]})
    assert load(tmp_path).origin.region == "us-west-2"


def test_the_newest_file_dates_foreign_facts(tmp_path: Path) -> None:
    write(tmp_path, a={"Vpcs": []}, b={"Subnets": []})
    os.utime(tmp_path / "a.json", (1_700_000_000, 1_700_000_000))
    os.utime(tmp_path / "b.json", (1_600_000_000, 1_600_000_000))
    assert load(tmp_path).collected_at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_the_kits_own_files_are_restored(tmp_path: Path) -> None:
    scope = {"account": "111", "region": "eu-west-1"}
    origin = {"kind": "sandbox", **scope, "caller_arn": "arn:x", "scenario": "incident"}
    write(
        tmp_path,
        **{"accounts__111__eu-west-1__Subnets": {"Subnets": [subnet()]}},
        snapshot={
            "schema": "runbook-snapshot/1",
            "origin": origin,
            "collected_at": "2026-01-02T03:04:05+00:00",
            "gaps": [{"what": "Vpcs", "reason": "denied", "action": "ec2:DescribeVpcs"}],
            "incomplete": [{**scope, "key": "Subnets", "reason": "deadline"}],
            "unknown_keys": [],
        },
    )
    call = {"operation": "ec2:DescribeVpcs", "action": "ec2:DescribeVpcs", "key": "Vpcs", "scope": scope}
    failed = {**call, "error": {"code": "UnauthorizedOperation", "message": "no"}, "request_ids": ["r1"], "pages": 2}
    (tmp_path / "calls.jsonl").write_text(json.dumps(failed) + "\n\n")
    snapshot = load(tmp_path)
    assert snapshot.origin.kind == "snapshot"
    assert (snapshot.origin.scenario, snapshot.origin.caller_arn) == ("incident", "arn:x")
    assert snapshot.collected_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert snapshot.listings[(Scope("111", "eu-west-1"), "Subnets")].incomplete == "deadline"
    assert [gap.text for gap in snapshot.gaps] == ["Vpcs: denied"]
    (restored,) = snapshot.calls
    assert restored.error is not None
    assert restored.error.is_denied
    assert (restored.scope, restored.pages, restored.request_ids) == (Scope("111", "eu-west-1"), 2, ("r1",))


def test_failed_calls_without_a_meta_file_are_gaps(tmp_path: Path) -> None:
    write(tmp_path, a={"Subnets": []})
    call = {"operation": "ec2:DescribeVpcs", "action": "ec2:DescribeVpcs", "key": "Vpcs"}
    (tmp_path / "calls.jsonl").write_text(json.dumps({**call, "error": {"code": "Throttling", "message": "no"}}))
    assert "Vpcs: ec2:DescribeVpcs failed: Throttling" in [gap.text for gap in load(tmp_path).gaps]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"Subnets": [\n  {"SubnetId": }\n]}', "bad.json, line 2: broken JSON"),
        ("", "bad.json, line 1: empty"),
        ("[" * 200_000, "bad.json"),
    ],
)
def test_broken_json_names_file_and_line(tmp_path: Path, content: str, said: str) -> None:
    write(tmp_path, bad=content)
    with pytest.raises(UsageError, match=said):
        load(tmp_path)


@pytest.mark.parametrize("line", ["{", "[]", '{"operation": "x"}'])
def test_broken_call_record_names_file_and_line(tmp_path: Path, line: str) -> None:
    write(tmp_path, a={"Subnets": []})
    (tmp_path / "calls.jsonl").write_text("\n" + line)
    with pytest.raises(UsageError, match=r"calls\.jsonl, line 2"):
        load(tmp_path)


def test_broken_meta_is_named(tmp_path: Path) -> None:
    write(tmp_path, a={"Subnets": []}, snapshot={"schema": "runbook-snapshot/1"})
    with pytest.raises(UsageError, match=r"snapshot\.json"):
        load(tmp_path)


def test_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"Subnets": "\xff"}')
    with pytest.raises(UsageError, match=r"a\.json: not UTF-8"):
        load(tmp_path)


def test_a_dangling_link_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to(tmp_path / "nowhere.json")
    with pytest.raises(UsageError, match=r"a\.json"):
        load(tmp_path)


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"Vpcs": [{"VpcId": "vpc-1"}]}', encoding="utf-8-sig")
    assert load(tmp_path).all(Vpc)[0].id == "vpc-1"


def test_hidden_copies_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, **{"a": {"Vpcs": []}, ".ipynb_checkpoints__a": {"Subnets": []}})
    assert (FLAT, "Subnets") not in load(tmp_path).listings


@pytest.mark.parametrize("files", [{}, {"a": {"Zoo": []}}, {"a": []}, {"a": {"Subnets": 3}}])
def test_no_known_key_is_an_error(tmp_path: Path, files: dict[str, object]) -> None:
    write(tmp_path, **files)
    with pytest.raises(UsageError, match="no known key"):
        load(tmp_path)


def test_missing_folder_and_file_instead_of_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load(tmp_path / "none")
    with pytest.raises(UsageError, match="is a file"):
        load(write(tmp_path, a={"Vpcs": []}) / "a.json")


def test_order_of_files_does_not_matter(tmp_path: Path) -> None:
    group = {"GroupId": "sg-1", "VpcId": "v"}
    other = {"GroupId": "sg-0", "VpcId": "v"}
    write(tmp_path / "x", a={"SecurityGroups": [group]}, b={"SecurityGroups": [other]})
    write(tmp_path / "y", a={"SecurityGroups": [other]}, b={"SecurityGroups": [group]})
    assert load(tmp_path / "x").all(SecurityGroup) == load(tmp_path / "y").all(SecurityGroup)


def test_files_need_no_aws_sdk() -> None:
    code = "import sys, runbook_lib.collect.files, runbook_lib.collect.policy; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("tokens", "incomplete"),
    [(("eyJ", None), None), ((None, "eyJ"), "truncated: events.json holds a nextToken"), ((None, None), None)],
)
def test_pages_of_log_events_one_after_the_other(
    tmp_path: Path, tokens: tuple[str | None, ...], incomplete: str | None
) -> None:
    pages = [
        {"events": [{"message": f"line {number}", "logStreamName": "s"}], "nextToken": token}
        for number, token in enumerate(tokens)
    ]
    (tmp_path / "events.json").write_text("\n".join(map(json.dumps, pages)))
    listing = load(tmp_path).listings[(FLAT, "Events")]
    assert [raw["message"] for raw in listing.raws] == ["line 0", "line 1"]
    assert listing.incomplete == incomplete


def test_other_documents_one_after_the_other_stay_broken(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"events": []}\n{"Vpcs": []}')
    with pytest.raises(UsageError, match=r"a\.json, line 2: broken JSON \(Extra data\)"):
        load(tmp_path)


def test_events_that_are_no_text_are_a_gap(tmp_path: Path) -> None:
    whole = {"message": "line", "logStreamName": "s"}
    write(tmp_path, events={"events": [whole, {"message": "x", "logStreamName": ["x"]}, {"message": 3}]})
    listing = load(tmp_path).listings[(FLAT, "Events")]
    assert list(listing.raws) == [whole]
    assert listing.incomplete == (
        "events.json: Events: 2 events whose message or logStreamName is no text were left out"
    )
