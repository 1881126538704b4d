"""Analyses with consent: whole paths first, split only where there is no path, paid for once, and removed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.act import JOURNAL, Analyze, Analyzed, Journal, analysis_consent, read_journal, run_analyses
from runbook_lib.act.insights import Insights
from runbook_lib.act.outcome import Ledger
from runbook_lib.errors import ConsentError, ForbiddenOperation, UsageError
from runbook_lib.facade.joining import with_analyses
from runbook_lib.model.analysis_plan import AnalysisPlan
from runbook_lib.model.fact import Scope
from runbook_lib.model.insights import AnalysisStatus, NetworkInsightsAnalysis, NetworkInsightsPath, PathTag
from runbook_lib.model.progress import Step
from runbook_lib.model.snapshot import Gap
from runbook_lib.network.insights.plan import whole
from tests.builders import World, world
from tests.collect.fake_aws import ACCOUNT, REGION, always, failure, first
from tests.network.insights.worlds import asked, hyperplane, sftp_world, view_of

from .fake_analyzer import NOW, FakeAnalyzer, denied

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"
TO_IGW, TO_NAT, FROM_NAT = ("eni-fn", "igw-main"), ("eni-fn", "eni-nat-main"), ("eni-nat-main", "igw-main")
CREATE, START = "ec2.CreateNetworkInsightsPath", "ec2.StartNetworkInsightsAnalysis"
ANALYSES = "ec2.DescribeNetworkInsightsAnalyses"
PATHS = "ec2.DescribeNetworkInsightsPaths"
REMOVED = [ANALYSES, "ec2.DeleteNetworkInsightsAnalysis", "ec2.DeleteNetworkInsightsPath", PATHS]
WHOLE = "whole path in subnet-a: eni-fn → igw-main for 198.51.100.22, tcp port 22"
KEY = NetworkInsightsAnalysis.KEY


@pytest.fixture
def analyzer() -> FakeAnalyzer:
    return FakeAnalyzer()


def planned(made: World | None = None) -> AnalysisPlan:
    return whole(view_of(made or sftp_world()), asked())


def three_subnets() -> World:
    made = world().vpc().subnet("a").subnet("b").subnet("c").group().internet_gateway().function()
    for number, zone in enumerate("abc"):
        hyperplane(made, zone, subnet=zone, address=f"10.0.{number}.20")
    return made


def run(aws: FakeAnalyzer, plan: AnalysisPlan | None = None, *, word: str = ARN, **more: Any) -> Analyzed:
    named = {name: more.pop(name) for name in ("progress", "journal") if name in more}
    request = Analyze(plan=plan or planned(), **more)
    given = analysis_consent(ARN, request)
    return run_analyses(aws.connection, given, word, request, pause=lambda _: None, clock=lambda: NOW, **named)


def verdicts(found: Analyzed) -> dict[tuple[str, str], bool | None]:
    """Source and destination of each analysis, and whether a path was found."""
    paths = {raw["NetworkInsightsPathId"]: raw for raw in found.paths}
    return {
        (path["Source"], path["Destination"]): raw.get("NetworkPathFound")
        for raw in found.analyses
        for path in [paths[raw["NetworkInsightsPathId"]]]
    }


def test_path_that_is_found_needs_one_analysis_and_nothing_is_left(analyzer: FakeAnalyzer) -> None:
    found = run(analyzer)
    assert verdicts(found) == {TO_IGW: True}
    assert (found.started, found.reused, found.gaps, found.stopped, found.left_behind) == (1, 0, (), None, ())
    assert analyzer.order == [
        *("sts.GetCallerIdentity", PATHS, CREATE, START, ANALYSES, ANALYSES),
        *(PATHS, *REMOVED),
    ]
    assert (analyzer.paths, analyzer.analyses) == ({}, {})
    assert {call.operation.replace(":", ".") for call in found.calls} == {*analyzer.order}


def test_sftp_through_the_acl_of_the_nat_gateway_s_subnet_is_localised_there(analyzer: FakeAnalyzer) -> None:
    analyzer.blocked = {TO_IGW, FROM_NAT}
    found = run(analyzer)
    assert verdicts(found) == {TO_IGW: False, TO_NAT: True, FROM_NAT: False}
    assert (found.started, found.gaps, found.left_behind) == (3, (), ())
    snapshot = with_analyses(sftp_world().snapshot(), found, Scope(ACCOUNT, REGION))
    stretches = {path.id: path.tag(PathTag.STRETCH) for path in snapshot.all(NetworkInsightsPath)}
    told = [
        (stretches[item.path_id], item.status, item.path_found, [(e.code, e.component_id) for e in item.explanations])
        for item in snapshot.all(NetworkInsightsAnalysis)
    ]
    acl = [("SUBNET_ACL_RESTRICTION", "acl-public")]
    assert told == [
        ("whole path", AnalysisStatus.SUCCEEDED, False, acl),
        ("to the NAT gateway", AnalysisStatus.SUCCEEDED, True, []),
        ("from the NAT gateway", AnalysisStatus.SUCCEEDED, False, acl),
    ]


def test_part_that_two_subnets_share_is_paid_for_once(analyzer: FakeAnalyzer) -> None:
    made = sftp_world().subnet("b").function("both", subnets=["a", "b"])
    plan = whole(view_of(hyperplane(made, "b", subnet="b", address="10.0.2.20")), asked(source="both"))
    from_b = ("eni-b", "igw-main")
    analyzer.blocked = {TO_IGW, from_b, FROM_NAT}
    found = run(analyzer, plan)
    assert verdicts(found) == {
        TO_IGW: False,
        from_b: False,
        TO_NAT: True,
        ("eni-b", "eni-nat-main"): True,
        FROM_NAT: False,
    }
    assert (found.started, found.gaps) == (5, ())


def test_two_words_for_one_destination_are_paid_for_once(analyzer: FakeAnalyzer) -> None:
    view = view_of(sftp_world())
    plans = (whole(view, asked()), whole(view, asked("198.51.100.22/32")))
    both = AnalysisPlan(about="twice", analyses=plans[0].analyses + plans[1].analyses, sources=plans[0].sources)
    analyzer.blocked = {TO_IGW, FROM_NAT}
    found = run(analyzer, both)
    assert (verdicts(found), found.started) == ({TO_IGW: False, TO_NAT: True, FROM_NAT: False}, 3)


def test_a_part_that_was_asked_as_a_whole_is_not_asked_again(analyzer: FakeAnalyzer) -> None:
    view = view_of(sftp_world())
    first, second = whole(view, asked()), whole(view, asked("eni-nat-main"))
    assert {part.question for part in first.analyses[0].parts} & {one.question for one in second.analyses}
    both = AnalysisPlan(about="both", analyses=first.analyses + second.analyses, sources=first.sources)
    analyzer.blocked = {TO_IGW}
    assert (run(analyzer, both).started, both.most) == (3, 3)


def test_a_value_that_aws_does_not_take_is_no_lack_of_permission(analyzer: FakeAnalyzer) -> None:
    analyzer.faults["ec2:CreateNetworkInsightsPath"] = always("ec2", 400, "InvalidParameterValue", "not supported")
    (gap,) = run(analyzer).gaps
    assert (gap.action, gap.reason) == (None, "InvalidParameterValue: not supported")


def test_request_and_tags_are_what_was_planned(analyzer: FakeAnalyzer) -> None:
    plan = planned()
    (path,) = run(analyzer, plan).paths
    assert path["FilterAtSource"] == plan.analyses[0].request["FilterAtSource"]
    told = {tag["Key"]: tag["Value"] for tag in path["Tags"]}
    assert len(told.pop(PathTag.RUN)) == 16
    assert told == {
        "runbook-kit": "analysis",
        "runbook-kit-function": ARN,
        "runbook-kit-subnet": "subnet-a",
        "runbook-kit-stretch": "whole path",
        "runbook-kit-fingerprint": plan.analyses[0].fingerprint,
    }


def test_failed_analysis_is_kept_as_failed_and_splits_nothing(analyzer: FakeAnalyzer) -> None:
    analyzer.failing = {TO_IGW}
    found = run(analyzer)
    (raw,) = found.analyses
    assert (raw["Status"], raw["StatusMessage"]) == ("failed", "The request failed due to insufficient permissions")
    assert (found.started, found.left_behind, "NetworkPathFound" in raw) == (1, (), False)


def test_analysis_that_does_not_end_is_a_gap_and_keeps_its_state(analyzer: FakeAnalyzer) -> None:
    analyzer.polls = 1000
    steps: list[Step] = []
    found = run(analyzer, wait_s=30, progress=steps.append)
    (raw,) = found.analyses
    why = f"{raw['NetworkInsightsAnalysisId']}: still running after 30 s"
    assert (raw["Status"], found.gaps) == ("running", (Gap(what=f"{KEY}/{WHOLE}", reason=why),))
    assert analyzer.order.count(ANALYSES) == 10 + 1
    assert steps[0] == Step("waiting for 1 of 1 analyses", 0, 1)
    assert found.left_behind == ()


@pytest.mark.parametrize(
    ("operation", "order"),
    [("CreateNetworkInsightsPath", []), ("StartNetworkInsightsAnalysis", ["DeleteNetworkInsightsPath"])],
)
def test_denied_names_the_action_asks_nothing_more_and_leaves_nothing(
    analyzer: FakeAnalyzer, operation: str, order: list[str]
) -> None:
    analyzer.faults[f"ec2:{operation}"] = lambda request, attempt: denied(f"ec2:{operation}")
    found = run(analyzer, planned(three_subnets()))
    assert analyzer.sent[f"ec2:{operation}"] == 1
    assert (found.analyses, found.started, found.left_behind, analyzer.paths) == ((), 0, (), {})
    reason = f"ec2:{operation} was denied (UnauthorizedOperation)"
    first_gap, *others = found.gaps
    assert (first_gap.action, first_gap.reason.split(":")[0]) == (f"ec2:{operation}", "UnauthorizedOperation")
    assert [gap.reason for gap in others] == [f"not analysed: {reason}"] * 2
    assert found.stopped == reason
    assert [name for name in analyzer.order if "Delete" in name] == [f"ec2.{name}" for name in order]


def test_answer_that_may_not_be_looked_at_is_a_gap(analyzer: FakeAnalyzer) -> None:
    operation = "ec2:DescribeNetworkInsightsAnalyses"
    analyzer.faults[operation] = lambda request, attempt: denied(operation) if attempt == 1 else None
    found = run(analyzer)
    (gap,) = found.gaps
    assert (gap.action, analyzer.sent[operation], found.left_behind) == (operation, 2, ())
    assert "UnauthorizedOperation" in gap.reason


def test_throttling_that_ends_is_waited_for(analyzer: FakeAnalyzer, slept: list[float]) -> None:
    analyzer.faults["ec2:StartNetworkInsightsAnalysis"] = first(2, "ec2", 503, "RequestLimitExceeded")
    found = run(analyzer)
    assert (verdicts(found), found.started, found.gaps) == ({TO_IGW: True}, 1, ())


def test_throttling_that_does_not_end_is_a_gap_and_the_next_is_tried(
    analyzer: FakeAnalyzer, slept: list[float]
) -> None:
    analyzer.faults["ec2:CreateNetworkInsightsPath"] = lambda request, attempt: (
        failure("ec2", 503, "RequestLimitExceeded") if b"Source=eni-b" in _body(request) else None
    )
    found = run(analyzer, planned(three_subnets()))
    (gap,) = found.gaps
    assert (gap.action, gap.reason) == ("ec2:CreateNetworkInsightsPath", "RequestLimitExceeded: no")
    assert "subnet-b" in gap.what
    assert {source for source, _ in verdicts(found)} == {"eni-a", "eni-c"}
    assert (found.stopped, found.left_behind) == (None, ())


def test_looks_that_are_throttled_do_not_end_the_wait(analyzer: FakeAnalyzer, slept: list[float]) -> None:
    analyzer.faults["ec2:DescribeNetworkInsightsAnalyses"] = first(5, "ec2", 503, "RequestLimitExceeded")
    assert verdicts(run(analyzer)) == {TO_IGW: True}


@pytest.mark.parametrize(("cap", "started"), [(0.10, 1), (0.29, 2), (0.30, 3), (5.0, 3)])
def test_no_more_is_started_than_the_spend_cap_pays_for(analyzer: FakeAnalyzer, cap: float, started: int) -> None:
    analyzer.blocked = {TO_IGW, FROM_NAT}
    found = run(analyzer, max_cost_usd=cap)
    assert (found.started, analyzer.sent["ec2:StartNetworkInsightsAnalysis"]) == (started, started)
    many = f"{started} analys{'i' if started == 1 else 'e'}s"
    assert [gap.reason for gap in found.gaps] == [f"not analysed: the spend cap of ${cap:.2f} pays for {many}"] * (
        3 - started
    )


def test_spend_cap_below_one_analysis_is_refused_before_anything() -> None:
    with pytest.raises(UsageError) as error:
        analysis_consent(ARN, Analyze(plan=planned(), max_cost_usd=0.09))
    assert str(error.value) == "the spend cap of $0.09 is below the price of one analysis, $0.10"
    with pytest.raises(UsageError, match=r"cap of \$0.099 is below the price of one analysis, \$0.10"):
        analysis_consent(ARN, Analyze(plan=planned(), max_cost_usd=0.099))
    for price, cap in ((-1.0, 1.0), (float("nan"), 1.0), (0.1, float("inf")), (0.1, float("nan")), (0.1, -1.0)):
        with pytest.raises(UsageError, match="US dollars are possible"):
            analysis_consent(ARN, Analyze(plan=planned(), price_usd=price, max_cost_usd=cap))
    assert analysis_consent(ARN, Analyze(plan=planned(), price_usd=0.0, max_cost_usd=0.0)).maximum == 3


def test_consent_says_what_and_at_which_price_and_binds_to_it(analyzer: FakeAnalyzer) -> None:
    request = Analyze(plan=planned())
    given = analysis_consent(ARN, request)
    assert given.text == (
        f"ec2:StartNetworkInsightsAnalysis on {ARN} in account {ACCOUNT}, {REGION} (from worker to 198.51.100.22, tcp "
        "port 22), at most 3 times; AWS charges about $0.3000."
    )
    assert given.to_json()["about"] == "from worker to 198.51.100.22, tcp port 22"
    with pytest.raises(ConsentError, match="To agree, set consent to"):
        run(analyzer, word="")
    with pytest.raises(UsageError, match="but this would be done"):
        run(analyzer, word="worker")
    other = replace(given, about="from worker to 192.0.2.1, tcp port 22")
    with pytest.raises(UsageError, match="consent is for analyses from worker to 192"):
        run_analyses(analyzer.connection, other, ARN, request)
    with pytest.raises(UsageError, match="consent is for 4 analyses, 3 are allowed"):
        run_analyses(analyzer.connection, replace(given, maximum=4), ARN, request)
    with pytest.raises(UsageError, match=r"this may cost \$2.00"):
        run_analyses(analyzer.connection, replace(given, cost_usd=2.0), ARN, request)
    assert not analyzer.sent


def test_without_an_interface_nothing_is_called_and_the_gap_says_what_to_do(analyzer: FakeAnalyzer) -> None:
    bare = world().vpc().subnet("a").group().internet_gateway().function()
    found = run(analyzer, planned(bare), word="")
    (gap,) = found.gaps
    assert gap.what == f"{KEY}/subnet-a"
    assert gap.reason.startswith("Lambda has no network interface in subnet-a with sg-fn yet")
    assert not analyzer.sent


def test_shared_interface_is_analysed_like_an_own_one(analyzer: FakeAnalyzer) -> None:
    made = world().vpc().subnet("a").group().internet_gateway().function()
    assert verdicts(run(analyzer, planned(hyperplane(made, of="another")))) == {TO_IGW: True}


@pytest.mark.parametrize(
    "moment", ["CreateNetworkInsightsPath", "StartNetworkInsightsAnalysis", "DescribeNetworkInsightsAnalyses"]
)
def test_interrupt_deletes_what_was_created(analyzer: FakeAnalyzer, moment: str) -> None:
    analyzer.faults[f"ec2:{moment}"] = _interrupt_once
    found = run(analyzer)
    assert (found.stopped, found.left_behind) == ("interrupted", ())
    assert (analyzer.paths, analyzer.analyses) == ({}, {})


def test_second_interrupt_while_removing_removes_all_the_same(analyzer: FakeAnalyzer) -> None:
    analyzer.faults["ec2:DeleteNetworkInsightsAnalysis"] = _interrupt_once
    found = run(analyzer)
    assert (found.stopped, found.left_behind, analyzer.paths) == (None, (), {})


def test_path_whose_answer_was_lost_is_found_by_its_tag_and_removed(analyzer: FakeAnalyzer, slept: list[float]) -> None:
    def lost(request: Any, attempt: int) -> None:
        analyzer._body("ec2", "CreateNetworkInsightsPath", request)
        raise ConnectionResetError("reset")

    analyzer.faults["ec2:CreateNetworkInsightsPath"] = lost
    found = run(analyzer)
    assert (found.analyses, found.left_behind, analyzer.paths) == ((), (), {})
    assert "ConnectionClosedError" in found.gaps[0].reason or "reset" in found.gaps[0].reason


def test_what_cannot_be_removed_is_told(analyzer: FakeAnalyzer) -> None:
    analyzer.faults["ec2:DeleteNetworkInsightsPath"] = lambda request, attempt: denied("ec2:DeleteNetworkInsightsPath")
    found = run(analyzer)
    (path_id,) = analyzer.paths
    (left,) = found.left_behind
    assert left.startswith(f"network insights path {path_id} is still there (UnauthorizedOperation: ")
    assert verdicts(found) == {TO_IGW: True}


def test_path_that_still_has_an_analysis_is_deleted_later(analyzer: FakeAnalyzer) -> None:
    analyzer.faults["ec2:DeleteNetworkInsightsPath"] = first(3, "ec2", 400, "AnalysisExistsForNetworkInsightsPath")
    assert (run(analyzer).left_behind, analyzer.paths) == ((), {})


@pytest.mark.parametrize("code", ["UnsupportedOperation", "InvalidAction"])
def test_region_without_the_service_is_a_usage_error(analyzer: FakeAnalyzer, code: str) -> None:
    analyzer.faults["ec2:CreateNetworkInsightsPath"] = always("ec2", 400, code, "not here")
    with pytest.raises(UsageError) as error:
        run(analyzer)
    assert str(error.value) == f"Reachability Analyzer is not available in {REGION} ({code}: not here)"
    assert not any("Delete" in name for name in analyzer.order)


def test_region_without_the_service_leaves_nothing_to_tell(analyzer: FakeAnalyzer, tmp_path: Path) -> None:
    """A run that has done nothing ends in one line, and one that made a path before does not."""
    path = tmp_path / JOURNAL
    analyzer.faults["ec2:CreateNetworkInsightsPath"] = always("ec2", 400, "InvalidAction", "not here")
    with pytest.raises(UsageError):
        run(analyzer, journal=Journal(path))
    assert read_journal(path)[1] == ()
    analyzer.faults["ec2:CreateNetworkInsightsPath"] = lambda request, attempt: (
        failure("ec2", 400, "InvalidParameterValue") if b"Source=eni-b" in _body(request) else None
    )
    other = tmp_path / f"other.{JOURNAL}"
    run(analyzer, planned(three_subnets()), journal=Journal(other))
    (doing,) = read_journal(other)[1]
    assert (doing.sent, len(doing.made)) == (2, 1)


def test_other_account_or_region_is_a_usage_error_before_anything_is_made(analyzer: FakeAnalyzer) -> None:
    analyzer.answers["sts:GetCallerIdentity"] = {"Account": "444455556666", "Arn": "arn:aws:iam::444455556666:user/x"}
    with pytest.raises(UsageError, match="the credentials are those of 444455556666"):
        run(analyzer)
    assert set(analyzer.sent) == {"sts:GetCallerIdentity"}


def test_credentials_that_expire_on_the_way_leave_no_silence(analyzer: FakeAnalyzer) -> None:
    def expire(request: Any, attempt: int) -> Any:
        return failure("ec2", 400, "RequestExpired") if analyzer.sent["ec2:StartNetworkInsightsAnalysis"] else None

    analyzer.faults["*"] = expire
    found = run(analyzer)
    assert "have expired" in str(found.stopped)
    assert "were not removed: credentials" in found.left_behind[0]


def test_kept_answer_is_reused_while_the_configuration_stays(analyzer: FakeAnalyzer) -> None:
    first_run = run(analyzer, keep=True)
    assert (first_run.started, len(analyzer.paths), len(analyzer.analyses)) == (1, 1, 1)
    analyzer.sent.clear()
    again = run(analyzer)
    assert (again.started, again.reused, verdicts(again)) == (0, 1, {TO_IGW: True})
    assert not [name for name in analyzer.sent if "Create" in name or "Start" in name or "Delete" in name]
    assert len(analyzer.paths) == 1


def _changed() -> World:
    return sftp_world().changed("NatGateways", "nat-main", lambda raw: raw.update(State="deleted"))


@pytest.mark.parametrize(
    ("made", "more"),
    [
        (_changed, {}),
        (lambda: sftp_world().truncated("SecurityGroups"), {}),
        (sftp_world, {"reuse_hours": 0.0}),
    ],
)
def test_answer_for_another_configuration_is_not_reused(
    analyzer: FakeAnalyzer, made: Callable[[], World], more: dict[str, Any]
) -> None:
    run(analyzer, keep=True)
    found = run(analyzer, planned(made()), **more)
    assert (found.started, found.reused) == (1, 0)


@pytest.mark.parametrize(("hours", "reused"), [(24, 1), (24.001, 0)])
def test_old_answer_is_not_reused(analyzer: FakeAnalyzer, hours: float, reused: int) -> None:
    run(analyzer, keep=True)
    then = (NOW - timedelta(hours=hours)).isoformat()
    for raw in analyzer.analyses.values():
        raw["StartDate"] = then
    for path in analyzer.paths.values():
        path["CreatedDate"] = then
    assert run(analyzer).reused == reused


@pytest.mark.parametrize(
    ("later", "reused"),
    [
        ({}, 1),
        ({"StartDate": (NOW + timedelta(minutes=10)).isoformat()}, 1),
        ({"StartDate": (NOW + timedelta(minutes=10, seconds=1)).isoformat()}, 0),
        ({"FilterInArns": ["arn:aws:ec2:x:1:network-interface/eni-1"]}, 0),
        ({"FilterOutArns": ["arn:aws:ec2:x:1:network-interface/eni-1"]}, 0),
    ],
)
def test_what_others_ask_about_a_kept_path_is_not_reused(
    analyzer: FakeAnalyzer, later: dict[str, Any], reused: int
) -> None:
    """The tag with the configuration holds for the analysis that was started with the path."""
    run(analyzer, keep=True)
    for raw in analyzer.analyses.values():
        raw.update(later)
    assert run(analyzer).reused == reused


def test_failed_analysis_is_neither_kept_nor_reused(analyzer: FakeAnalyzer) -> None:
    analyzer.failing = {TO_IGW}
    run(analyzer, keep=True)
    assert (analyzer.paths, analyzer.analyses) == ({}, {})


def test_where_earlier_ones_may_not_be_looked_at_new_ones_are_made_and_it_is_told(analyzer: FakeAnalyzer) -> None:
    operation = "ec2:DescribeNetworkInsightsPaths"
    analyzer.faults[operation] = lambda request, attempt: denied(operation) if attempt == 1 else None
    found = run(analyzer)
    (gap,) = found.gaps
    assert (gap.what, gap.action, found.started) == (f"{KEY}/earlier ones", operation, 1)
    assert gap.reason.startswith("not looked at, so nothing is reused (UnauthorizedOperation")


def test_many_subnets_are_analysed_some_at_a_time(analyzer: FakeAnalyzer) -> None:
    made = world().vpc().group().internet_gateway()
    for number in range(6):
        made.subnet(str(number), cidr=f"10.0.{number}.0/24")
    made.function()
    for number in range(6):
        hyperplane(made, str(number), subnet=str(number), address=f"10.0.{number}.20")
    found = run(analyzer, planned(made))
    assert (len(verdicts(found)), found.started, found.gaps) == (6, 6, ())
    under_way = [
        Counter(analyzer.order[:place])[START] for place, name in enumerate(analyzer.order) if name == ANALYSES
    ]
    assert (under_way[0], analyzer.paths) == (4, {})


def test_journal_is_told_before_anything_is_made_or_paid_for(analyzer: FakeAnalyzer, tmp_path: Path) -> None:
    path, seen = tmp_path / JOURNAL, list[tuple[int, int]]()

    def look(request: Any, attempt: int) -> None:
        (doing,) = read_journal(path)[1]
        seen.append((doing.sent, len(doing.made)))

    analyzer.faults["ec2:CreateNetworkInsightsPath"] = look
    analyzer.faults["ec2:StartNetworkInsightsAnalysis"] = look
    analyzer.blocked = {TO_IGW}
    run(analyzer, journal=Journal(path))
    assert seen == [(0, 1), (1, 1), (1, 1), (2, 1), (2, 1), (3, 1)]
    (doing,) = read_journal(path)[1]
    assert doing.purpose == "reachability analysis"
    assert doing.made[0].startswith("network insights paths with the tag runbook-kit-run ")


def test_where_nothing_can_be_noted_nothing_is_made(analyzer: FakeAnalyzer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be noted"):
        run(analyzer, journal=Journal(tmp_path / "file" / JOURNAL))
    assert set(analyzer.sent) == {"sts:GetCallerIdentity"}


def test_nothing_else_may_be_sent(analyzer: FakeAnalyzer) -> None:
    clients = analyzer.connection.clients()
    insights = Insights(clients, Ledger(clients, Scope(ACCOUNT, REGION)), "run", pause=print)
    insights.create(planned().analyses[0], {})
    (path_id,) = analyzer.paths
    insights.start(path_id, "1")
    analyzer.sent.clear()
    client, token = insights._client, "token"
    for change in (
        lambda: client.create_network_insights_path(Source="eni-1", Protocol="tcp", ClientToken=token),
        lambda: client.start_network_insights_analysis(NetworkInsightsPathId=path_id, ClientToken=token),
        lambda: client.start_network_insights_analysis(NetworkInsightsPathId="nip-other", ClientToken=token),
        lambda: client.delete_network_insights_path(NetworkInsightsPathId="nip-other"),
        lambda: client.delete_network_interface(NetworkInterfaceId="eni-fn"),
        lambda: client.create_tags(Resources=["eni-fn"], Tags=[]),
    ):
        with pytest.raises(ForbiddenOperation, match="nothing was sent"):
            change()
    assert not analyzer.sent


def _interrupt_once(request: Any, attempt: int) -> None:
    if attempt == 1:
        raise KeyboardInterrupt


def _body(request: Any) -> bytes:
    body: bytes = request.body if isinstance(request.body, bytes) else str(request.body).encode()
    return body
