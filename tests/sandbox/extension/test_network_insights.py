import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runbook_lib.sandbox.analyzing.conduct import Conduct
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.faults import Fault, FaultKind, denials
from runbook_lib.sandbox.layout import Network, network
from runbook_lib.sandbox.rules import tags
from runbook_lib.sandbox.staging import analyze
from runbook_lib.sandbox.world import World
from tests.sandbox.analyzing.questions import interface_in, requested
from tests.sandbox.asking import filtered, one, refused

_PARTNER = "198.51.100.20"
_NO_PATH, _NO_ANALYSIS = "nip-0123456789abcdef0", "nia-0123456789abcdef0"


@pytest.fixture
def net(world: World) -> Network:
    made = network(world, "n")
    world.function("f", made.private, [world.security_group("lambda", made.vpc)])
    return made


@pytest.fixture
def source(net: Network, ec2: Any) -> str:
    return interface_in(ec2, net.private[0])


def _path(ec2: Any, source: str, destination: str = _PARTNER, **more: Any) -> str:
    made = ec2.create_network_insights_path(**requested(source, destination, **more))
    return str(made["NetworkInsightsPath"]["NetworkInsightsPathId"])


def _start(ec2: Any, path: str, **more: Any) -> str:
    begun = ec2.start_network_insights_analysis(NetworkInsightsPathId=path, **more)["NetworkInsightsAnalysis"]
    return str(begun["NetworkInsightsAnalysisId"])


def _described(ec2: Any, analysis: str) -> dict[str, Any]:
    return one(ec2.describe_network_insights_analyses(NetworkInsightsAnalysisIds=[analysis]), "NetworkInsightsAnalyses")


def _paths(ec2: Any, **more: Any) -> list[dict[str, Any]]:
    return list(ec2.describe_network_insights_paths(**more)["NetworkInsightsPaths"])


# -- paths -----------------------------------------------------------------------------------------------------------


def test_path_is_described_as_it_was_asked_for(ec2: Any, source: str, net: Network) -> None:
    ports = {"SourcePortRange": {"FromPort": 1024, "ToPort": 65535}}
    asked = requested(source, net.internet_gateway, FilterAtSource={"DestinationAddress": _PARTNER, **ports})
    made = ec2.create_network_insights_path(**asked, **tags("network-insights-path", "p"))["NetworkInsightsPath"]
    (found,) = _paths(ec2)
    assert found == made
    id_ = found.pop("NetworkInsightsPathId")
    assert re.fullmatch("nip-[0-9a-f]{17}", id_)
    assert abs(found.pop("CreatedDate") - datetime.now(UTC)) < timedelta(minutes=1)
    assert found == {
        **asked,
        "NetworkInsightsPathArn": f"arn:aws:ec2:ap-southeast-1:123456789012:network-insights-path/{id_}",
        "Tags": [{"Key": "Name", "Value": "p"}, {"Key": "managed-by", "Value": "terraform"}],
    }


def test_source_and_destination_may_be_arns(ec2: Any, source: str, net: Network) -> None:
    arns = [
        f"arn:aws:ec2:ap-southeast-1:123456789012:network-interface/{source}",
        f"arn:aws:ec2:ap-southeast-1:123456789012:internet-gateway/{net.internet_gateway}",
    ]
    path = _path(ec2, *arns)
    (found,) = _paths(ec2, NetworkInsightsPathIds=[path])
    ends = [found[name] for name in ("Source", "SourceArn", "Destination", "DestinationArn")]
    assert ends == [source, arns[0], net.internet_gateway, arns[1]]


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"Source": "arn:aws:lambda:ap-southeast-1:123456789012:function:f"}, "InvalidParameterValue", "source"),
        ({"Source": "nat-0123456789abcdef0"}, "InvalidParameterValue", "not supported"),
        ({"Source": "f"}, "InvalidParameterValue", "(f)"),
        ({"Source": "eni-0123456789abcdef0"}, "NetworkInsightsSource.NotFound", "eni-0123456789abcdef0"),
        ({"Destination": "subnet-0123456789abcdef0"}, "InvalidParameterValue", "destination"),
        ({"Destination": "vpc-0123456789abcdef0"}, "InvalidParameterValue", "destination"),
        ({"Destination": "igw-0123456789abcdef0"}, "NetworkInsightsDestination.NotFound", "igw-0123456789abcdef0"),
        ({"Destination": "i-0123456789abcdef0"}, "NetworkInsightsDestination.NotFound", ""),
        ({"Destination": "vpce-svc-0123456789abcdef0"}, "NetworkInsightsDestination.NotFound", ""),
        ({"Destination": "tgw-attach-0123456789abcdef0"}, "NetworkInsightsDestination.NotFound", ""),
        ({"Destination": "tgw-rtb-0123456789abcdef0"}, "InvalidParameterValue", "not supported"),
        ({"Protocol": "icmp"}, "InvalidParameterValue", "icmp"),
        ({"FilterAtSource": {}}, "MissingParameter", "FilterAtSource.DestinationAddress"),
        ({"DestinationPort": 443}, "InvalidParameterCombination", "DestinationPort"),
        ({"SourceIp": "10.0.0.1"}, "InvalidParameterCombination", "SourceIp"),
        (
            {"FilterAtDestination": {"SourceAddress": "10.0.0.1"}, "DestinationIp": _PARTNER},
            "InvalidParameterCombination",
            "DestinationIp",
        ),
        ({"FilterAtSource": {"DestinationAddress": "2001:db8::20"}}, "InvalidParameterValue", "2001:db8::20"),
        (
            {"FilterAtSource": {"DestinationAddress": _PARTNER, "DestinationPortRange": {"FromPort": 2, "ToPort": 1}}},
            "InvalidParameterValue",
            "DestinationPortRange",
        ),
        (tags("vpc", "p"), "InvalidParameterValue", "vpc"),
    ],
)
def test_what_is_no_path_is_refused(ec2: Any, source: str, changed: dict[str, Any], code: str, words: str) -> None:
    with refused(code, words):
        ec2.create_network_insights_path(**{**requested(source, _PARTNER), **changed})
    assert _paths(ec2) == []


def test_older_parameters_still_tell_a_path(ec2: Any, source: str, net: Network) -> None:
    older = {"SourceIp": "10.20.100.4", "DestinationIp": _PARTNER, "DestinationPort": 443}
    ec2.create_network_insights_path(Source=source, Destination=net.internet_gateway, Protocol="tcp", **older)
    (found,) = _paths(ec2)
    assert {name: found[name] for name in older} == older


def test_same_client_token_makes_one_path(ec2: Any, source: str) -> None:
    first, again = (_path(ec2, source, ClientToken="t") for _ in range(2))
    assert first == again != _path(ec2, source, ClientToken="u")
    assert len(_paths(ec2)) == 2
    with refused("IdempotentParameterMismatch"):
        _path(ec2, source, "198.51.100.21", ClientToken="t")
    begun = [_start(ec2, first, ClientToken="t") for _ in range(2)]
    assert begun[0] == begun[1] != _start(ec2, first)


def test_dry_run_makes_nothing(ec2: Any, source: str) -> None:
    with refused("DryRunOperation"):
        _path(ec2, source, DryRun=True)
    assert _paths(ec2) == []
    path = _path(ec2, source)
    with refused("DryRunOperation"):
        _start(ec2, path, DryRun=True)
    with refused("DryRunOperation"):
        ec2.delete_network_insights_path(NetworkInsightsPathId=path, DryRun=True)
    assert ec2.describe_network_insights_analyses()["NetworkInsightsAnalyses"] == []
    assert len(_paths(ec2)) == 1


@pytest.mark.parametrize(
    ("name", "matching", "other"),
    [
        ("source", None, "eni-0123456789abcdef0"),
        ("destination", None, "igw-0123456789abcdef0"),
        ("protocol", "tcp", "udp"),
        ("filter-at-source.destination-address", _PARTNER, "198.51.100.21"),
        ("filter-at-source.destination-port-range", "443-443", "443-444"),
        ("filter-at-source.source-port-range", "1024-65535", "1024-65534"),
        ("filter-at-source.source-address", "10.20.100.4", "10.20.100.5"),
        ("filter-at-destination.source-address", "10.20.0.4", "10.20.0.5"),
        ("filter-at-destination.destination-port-range", "443-443", "22-22"),
        ("tag:Name", "p", "q"),
        ("tag-key", "Name", "name"),
    ],
)
def test_filters_of_paths(ec2: Any, source: str, net: Network, name: str, matching: str | None, other: str) -> None:
    at_source = {"DestinationAddress": _PARTNER, "SourceAddress": "10.20.100.4"}
    at_source |= {"SourcePortRange": {"FromPort": 1024, "ToPort": 65535}}
    at_end = {"SourceAddress": "10.20.0.4", "DestinationPortRange": {"FromPort": 443, "ToPort": 443}}
    filters = {"FilterAtSource": at_source, "FilterAtDestination": at_end}
    path = _path(ec2, source, net.internet_gateway, **filters, **tags("network-insights-path", "p"))
    value = matching or {"source": source, "destination": net.internet_gateway}[name]
    for wanted, found in ((value, [path]), (other, [])):
        listed = _paths(ec2, Filters=[{"Name": name, "Values": [wanted]}])
        assert [item["NetworkInsightsPathId"] for item in listed] == found


def test_unknown_filters_are_refused(ec2: Any, source: str) -> None:
    for call, key, id_field in (
        (ec2.describe_network_insights_paths, "NetworkInsightsPaths", "NetworkInsightsPathId"),
        (ec2.describe_network_insights_analyses, "NetworkInsightsAnalyses", "NetworkInsightsAnalysisId"),
    ):
        with refused("InvalidParameterValue", "vpc-id"):
            filtered(call, key, id_field, vpc_id="vpc-1")


def test_pages_hold_every_path_and_analysis_once(ec2: Any, source: str) -> None:
    paths = [_path(ec2, source, f"198.51.100.{number}") for number in range(5)]
    analyses = [_start(ec2, path) for path in paths]
    for operation, key, id_field, made in (
        ("describe_network_insights_paths", "NetworkInsightsPaths", "NetworkInsightsPathId", paths),
        ("describe_network_insights_analyses", "NetworkInsightsAnalyses", "NetworkInsightsAnalysisId", analyses),
    ):
        pages = list(ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}))
        assert [len(page[key]) for page in pages] == [2, 2, 1]
        assert [item[id_field] for page in pages for item in page[key]] == made


def test_unknown_ids(ec2: Any, source: str) -> None:
    with refused("InvalidNetworkInsightsPathId.NotFound", _NO_PATH):
        _paths(ec2, NetworkInsightsPathIds=[_path(ec2, source), _NO_PATH])
    for call in (ec2.delete_network_insights_path, ec2.start_network_insights_analysis):
        with refused("InvalidNetworkInsightsPathId.NotFound", _NO_PATH):
            call(NetworkInsightsPathId=_NO_PATH)
        with refused("InvalidNetworkInsightsPathId.Malformed", "eni-1"):
            call(NetworkInsightsPathId="eni-1")
    with refused("InvalidNetworkInsightsAnalysisId.NotFound", _NO_ANALYSIS):
        ec2.delete_network_insights_analysis(NetworkInsightsAnalysisId=_NO_ANALYSIS)
    with refused("InvalidNetworkInsightsAnalysisId.NotFound", _NO_ANALYSIS):
        _described(ec2, _NO_ANALYSIS)
    with refused("InvalidNetworkInsightsAnalysisId.Malformed", _NO_PATH):
        _described(ec2, _NO_PATH)


def test_path_with_analyses_is_deleted_after_them(ec2: Any, source: str) -> None:
    path, other = _path(ec2, source), _path(ec2, source)
    analysis = _start(ec2, path)
    with refused("AnalysisExistsForNetworkInsightsPath", path):
        ec2.delete_network_insights_path(NetworkInsightsPathId=path)
    assert ec2.delete_network_insights_path(NetworkInsightsPathId=other)["NetworkInsightsPathId"] == other
    done = ec2.delete_network_insights_analysis(NetworkInsightsAnalysisId=analysis)
    assert done["NetworkInsightsAnalysisId"] == analysis
    ec2.delete_network_insights_path(NetworkInsightsPathId=path)
    assert _paths(ec2) == []
    assert ec2.describe_network_insights_analyses()["NetworkInsightsAnalyses"] == []


def test_paths_belong_to_their_region(aws: EmbeddedAws, ec2: Any, source: str) -> None:
    path = _path(ec2, source)
    elsewhere = aws.client("ec2", "eu-west-1")
    assert _paths(elsewhere) == []
    with refused("InvalidNetworkInsightsPathId.NotFound"):
        _start(elsewhere, path)


def test_tags_come_and_go(ec2: Any, source: str) -> None:
    path = _path(ec2, source)
    analysis = _start(ec2, path, **tags("network-insights-analysis", "a"))
    assert _described(ec2, analysis)["Tags"][0] == {"Key": "Name", "Value": "a"}
    for id_ in (path, analysis):
        ec2.create_tags(Resources=[id_], Tags=[{"Key": "run", "Value": "1"}])
    assert _paths(ec2)[0]["Tags"] == [{"Key": "run", "Value": "1"}]
    assert {"Key": "run", "Value": "1"} in _described(ec2, analysis)["Tags"]
    ec2.delete_tags(Resources=[path], Tags=[{"Key": "run"}])
    assert _paths(ec2)[0]["Tags"] == []


# -- analyses --------------------------------------------------------------------------------------------------------


def test_analysis_runs_and_then_has_an_answer(ec2: Any, source: str) -> None:
    path = _path(ec2, source)
    begun = ec2.start_network_insights_analysis(NetworkInsightsPathId=path)["NetworkInsightsAnalysis"]
    id_ = begun["NetworkInsightsAnalysisId"]
    assert re.fullmatch("nia-[0-9a-f]{17}", id_)
    started = begun.pop("StartDate")
    assert begun == {
        "NetworkInsightsAnalysisId": id_,
        "NetworkInsightsAnalysisArn": f"arn:aws:ec2:ap-southeast-1:123456789012:network-insights-analysis/{id_}",
        "NetworkInsightsPathId": path,
        "Status": "running",
        "Tags": [],
    }
    assert _described(ec2, id_) == {**begun, "StartDate": started}
    ended = _described(ec2, id_)
    assert (ended["Status"], ended["NetworkPathFound"], len(ended["ForwardPathComponents"])) == ("succeeded", True, 10)
    assert _described(ec2, id_) == ended


@pytest.mark.parametrize("polls", [0, 1, 3])
def test_analysis_runs_for_as_many_descriptions_as_wanted(world: World, ec2: Any, source: str, polls: int) -> None:
    world.analyzer(polls=polls)
    path = _path(ec2, source)
    analysis = _start(ec2, path)
    other = _start(ec2, path)
    seen = [_described(ec2, analysis)["Status"] for _ in range(polls + 1)]
    assert seen == ["running"] * polls + ["succeeded"]
    assert _described(ec2, other)["Status"] == ("running" if polls else "succeeded")


def test_answer_is_that_of_the_start(ec2: Any, source: str, net: Network) -> None:
    path = _path(ec2, source)
    before = _start(ec2, path)
    ec2.delete_route(RouteTableId=net.private_tables[0], DestinationCidrBlock="0.0.0.0/0")
    after = _start(ec2, path)
    ec2.describe_network_insights_analyses()
    assert [_described(ec2, id_)["NetworkPathFound"] for id_ in (before, after)] == [True, False]


def test_failed_analysis_says_why_and_nothing_about_the_path(aws: EmbeddedAws, ec2: Any, source: str) -> None:
    message = "The request failed due to throttling errors from ec2"
    analyze(aws.region, Conduct(polls=0, failure=message))
    found = _described(ec2, _start(ec2, _path(ec2, source)))
    assert (found["Status"], found["StatusMessage"]) == ("failed", message)
    assert not {"NetworkPathFound", "Explanations", "ForwardPathComponents"} & found.keys()


def test_recorded_answer_is_for_its_destination_only(aws: EmbeddedAws, ec2: Any, source: str, net: Network) -> None:
    told = {"NetworkPathFound": False, "Explanations": [{"ExplanationCode": "FIREWALL_RULES_RESTRICTION"}]}
    analyze(aws.region, Conduct(polls=0, recorded={net.internet_gateway: told}))
    recorded = _described(ec2, _start(ec2, _path(ec2, source, net.internet_gateway)))
    assert {name: recorded[name] for name in ("Status", *told)} == {"Status": "succeeded", **told}
    assert _described(ec2, _start(ec2, _path(ec2, source)))["NetworkPathFound"] is True


def test_components_to_pass_or_avoid_are_not_modelled(ec2: Any, source: str, net: Network) -> None:
    arn = f"arn:aws:ec2:ap-southeast-1:123456789012:internet-gateway/{net.internet_gateway}"
    for name in ("FilterInArns", "FilterOutArns"):
        analysis = _start(ec2, _path(ec2, source), **{name: [arn]})
        assert _described(ec2, analysis)[name] == [arn]
        found = _described(ec2, analysis)
        assert (found["Status"], found["StatusMessage"]) == (
            "failed",
            f"The network configuration is not supported: {name}.",
        )


def test_listings_of_analyses_are_narrowed(ec2: Any, source: str, net: Network) -> None:
    good, bad = _path(ec2, source), _path(ec2, source, "10.250.0.1")
    first, second = _start(ec2, good), _start(ec2, bad)
    ec2.describe_network_insights_analyses()

    def listed(**more: Any) -> list[str]:
        found = ec2.describe_network_insights_analyses(**more)["NetworkInsightsAnalyses"]
        return [item["NetworkInsightsAnalysisId"] for item in found]

    assert listed() == [first, second]
    assert listed(NetworkInsightsPathId=good) == [first]
    assert listed(NetworkInsightsPathId=_NO_PATH) == []
    for name, value, found in (
        ("path-found", "true", [first]),
        ("path-found", "false", [second]),
        ("status", "succeeded", [first, second]),
        ("status", "running", []),
    ):
        assert listed(Filters=[{"Name": name, "Values": [value]}]) == found
    now = datetime.fromtimestamp(time.time(), UTC)
    assert listed(AnalysisStartTime=now - timedelta(hours=1), AnalysisEndTime=now + timedelta(hours=1)) == [
        first,
        second,
    ]
    assert listed(AnalysisStartTime=now + timedelta(hours=1)) == []
    assert listed(AnalysisEndTime=now - timedelta(hours=1)) == []


def test_analyses_are_throttled_and_denied_like_every_call(aws: EmbeddedAws, ec2: Any, source: str) -> None:
    path = _path(ec2, source)
    aws.front.faults.set([Fault(action="ec2:StartNetworkInsightsAnalysis", kind=FaultKind.THROTTLED, times=1)])
    with refused("RequestLimitExceeded"):
        _start(ec2, path)
    assert _start(ec2, path).startswith("nia-")
    aws.front.faults.set(denials(["ec2:CreateNetworkInsightsPath"]))
    with refused("UnauthorizedOperation", "ec2:CreateNetworkInsightsPath"):
        _path(ec2, source)
    assert len(_paths(ec2)) == 1
