"""Paths that analyses left: found by tag beside what probes left, and removed with their own consent."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.act import Analyze, LeftPaths, analysis_consent, leftovers, removal_consent, remove, run_analyses
from runbook_lib.errors import ConsentError, UsageError
from runbook_lib.model.snapshot import Gap
from runbook_lib.network.insights.plan import whole
from tests.collect.fake_aws import ACCOUNT, REGION, always, response
from tests.network.insights.worlds import asked, sftp_world, view_of

from .fake_analyzer import FakeAnalyzer, denied

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"


@pytest.fixture
def analyzer() -> FakeAnalyzer:
    """An AWS without probes."""
    made = FakeAnalyzer()
    made.answers["lambda:ListFunctions"] = {"Functions": []}
    made.answers["logs:DescribeLogGroups"] = {"logGroups": []}
    made.faults["iam:ListRoles"] = lambda request, attempt: _no_roles()
    return made


def _no_roles() -> Any:
    return response(200, "<R><ListRolesResult><Roles/><IsTruncated>false</IsTruncated></ListRolesResult></R>")


def leave(analyzer: FakeAnalyzer, **more: Any) -> str:
    """A run that may not delete what it made; the id of the path."""
    delete = "ec2:DeleteNetworkInsightsPath"
    known = {*analyzer.paths}
    analyzer.faults[delete] = lambda request, attempt: denied(delete)
    request = Analyze(plan=whole(view_of(sftp_world()), asked()), reuse_hours=0, **more)
    run_analyses(analyzer.connection, analysis_consent(ARN, request), ARN, request, pause=lambda _: None)
    del analyzer.faults[delete]
    (path_id,) = {*analyzer.paths} - known
    return path_id


def test_paths_that_were_left_are_found_and_removed_with_consent(analyzer: FakeAnalyzer) -> None:
    first, second = sorted([leave(analyzer), leave(analyzer)])
    (left,) = leftovers(analyzer.connection).leftovers
    assert left == LeftPaths(function_arn=ARN, path_ids=(first, second))
    assert left.text == f"2 network insights paths of worker: {first}, {second}"
    given = removal_consent(left)
    assert given.text == (
        f"ec2:DeleteNetworkInsightsPath on {ARN} in account {ACCOUNT}, {REGION} ({first}, {second}), at most 2 times; "
        "AWS charges about $0.0000."
    )
    with pytest.raises(ConsentError):
        remove(analyzer.connection, left, given, "")
    with pytest.raises(UsageError, match="but this would be done"):
        remove(analyzer.connection, left, given, "worker")
    with pytest.raises(UsageError, match="consent is for"):
        remove(analyzer.connection, LeftPaths(function_arn=ARN, path_ids=("nip-other",)), given, ARN)
    assert len(analyzer.paths) == 2
    outcome = remove(analyzer.connection, left, given, ARN, pause=lambda _: None)
    assert (outcome.left_behind, analyzer.paths, analyzer.analyses) == ((), {}, {})
    assert "ec2:DeleteNetworkInsightsPath" in {call.operation for call in outcome.calls}
    found = leftovers(analyzer.connection)
    assert (found.leftovers, found.gaps) == ((), ())


def test_what_cannot_be_removed_is_told(analyzer: FakeAnalyzer) -> None:
    path_id = leave(analyzer)
    (left,) = leftovers(analyzer.connection).leftovers
    operation = "ec2:DeleteNetworkInsightsPath"
    analyzer.faults[operation] = lambda request, attempt: denied(operation)
    outcome = remove(analyzer.connection, left, removal_consent(left), ARN, pause=lambda _: None)
    assert outcome.left_behind[0].startswith(f"network insights path {path_id} is still there (UnauthorizedOperation")


def test_kept_paths_and_those_of_others_are_not_left(analyzer: FakeAnalyzer) -> None:
    leave(analyzer)
    (path,) = analyzer.paths.values()
    path["Tags"] = [{"Key": "runbook-kit", "Value": "another"}]
    assert leftovers(analyzer.connection).leftovers == ()
    path["Tags"] = [{"Key": "runbook-kit", "Value": "analysis"}, {"Key": "runbook-kit-keep", "Value": "yes"}]
    assert leftovers(analyzer.connection).leftovers == ()


@pytest.mark.parametrize("tag", [[], [{"Key": "runbook-kit-function", "Value": "worker"}]])
def test_path_whose_function_is_not_known_is_told_and_left_alone(
    analyzer: FakeAnalyzer, tag: list[dict[str, str]]
) -> None:
    path_id = leave(analyzer)
    analyzer.paths[path_id]["Tags"] = [{"Key": "runbook-kit", "Value": "analysis"}, *tag]
    (left,) = leftovers(analyzer.connection).leftovers
    assert left.kinds == frozenset()
    assert left.text == f"1 network insights path of no function that its tag names, left alone: {path_id}"


def test_what_could_not_be_listed_is_a_gap_but_for_a_region_without_the_service(analyzer: FakeAnalyzer) -> None:
    operation = "ec2:DescribeNetworkInsightsPaths"
    analyzer.faults[operation] = lambda request, attempt: denied(operation)
    gap = Gap(what="leftovers of analyses", reason="UnauthorizedOperation", action=operation)
    assert leftovers(analyzer.connection).gaps == (gap,)
    analyzer.faults[operation] = always("ec2", 400, "UnsupportedOperation")
    assert leftovers(analyzer.connection).gaps == ()
