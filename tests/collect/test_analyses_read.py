"""Paths and analyses of Reachability Analyzer are read when their keys are named, and only then."""

from runbook_lib.collect.aws import collect
from runbook_lib.collect.limits import Limits, Wanted
from runbook_lib.model.fact import Scope
from runbook_lib.model.insights import AnalysisStatus, NetworkInsightsAnalysis, NetworkInsightsPath

from .fake_aws import ACCOUNT, REGION, FakeAws, always

PATH = {"NetworkInsightsPathId": "nip-1", "Source": "eni-1", "Destination": "igw-1", "Protocol": "tcp"}
ANALYSIS = {"NetworkInsightsAnalysisId": "nia-1", "NetworkInsightsPathId": "nip-1", "Status": "succeeded"}
KEYS = (NetworkInsightsPath.KEY, NetworkInsightsAnalysis.KEY)


def test_named_keys_are_read(aws: FakeAws, limits: Limits) -> None:
    aws.answers["ec2:DescribeNetworkInsightsPaths"] = {"NetworkInsightsPaths": [PATH]}
    found = ANALYSIS | {"NetworkPathFound": False, "Explanations": [{"ExplanationCode": "NO_PATH"}]}
    aws.answers["ec2:DescribeNetworkInsightsAnalyses"] = {"NetworkInsightsAnalyses": [found]}
    snapshot = collect(aws.connection, Wanted(keys=KEYS), limits)
    (path,), (analysis,) = snapshot.all(NetworkInsightsPath), snapshot.all(NetworkInsightsAnalysis)
    assert (path.id, path.source, path.destination) == ("nip-1", "eni-1", "igw-1")
    assert (analysis.status, analysis.path_found) == (AnalysisStatus.SUCCEEDED, False)
    assert [item.code for item in analysis.explanations] == ["NO_PATH"]
    assert set(aws.sent) == {
        "sts:GetCallerIdentity",
        "ec2:DescribeNetworkInsightsPaths",
        "ec2:DescribeNetworkInsightsAnalyses",
    }


def test_every_other_collection_leaves_them_alone(aws: FakeAws, limits: Limits) -> None:
    snapshot = collect(aws.connection, Wanted(), limits)
    assert not [name for name in aws.sent if "NetworkInsights" in name]
    assert not [key for key in KEYS if (Scope(ACCOUNT, REGION), key) in snapshot.listings]


def test_denied_is_a_gap_and_no_empty_list(aws: FakeAws, limits: Limits) -> None:
    operation = "ec2:DescribeNetworkInsightsAnalyses"
    aws.faults[operation] = always("ec2", 403, "UnauthorizedOperation")
    snapshot = collect(aws.connection, Wanted(keys=KEYS), limits)
    assert [gap.action for gap in snapshot.gaps] == [operation]
    assert (Scope(ACCOUNT, REGION), NetworkInsightsAnalysis.KEY) not in snapshot.listings
