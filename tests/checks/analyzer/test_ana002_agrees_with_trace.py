"""ANA002: a disagreement between AWS and the kit is a finding of its own, never hidden."""

from __future__ import annotations

from typing import Any

from runbook_lib.checks.analyzer import ana001_path_found
from runbook_lib.checks.analyzer import ana002_agrees_with_trace as check
from runbook_lib.checks.analyzer.ana002_agrees_with_trace import META
from runbook_lib.checks.path import pth010_reachable
from runbook_lib.model.analyzer import Analyzer
from runbook_lib.model.finding import Finding
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.analyzer.cases import ACL, ASKED, analysed, closed, opened, sftp
from tests.network.insights.worlds import OUTSIDE, sftp_world

WHERE = f"sg-fn>{OUTSIDE}:tcp/22"
FLOW = f"subnet-a to {OUTSIDE} (tcp 22)"


def only(made: World, **more: Any) -> Finding:
    (found,) = made.ask(check, **{**ASKED, **more})
    return found


def expected(made: World, said: str, code: str = "") -> Finding:
    cited = made.view().snapshot.all(NetworkInsightsAnalysis)[0].cite("NetworkPathFound")
    subnet = made.view().subnet("subnet-a")
    if code:
        return META.failed(subnet, f"{FLOW}: {said}.", cited, code=code, scope=WHERE)
    return META.passed(subnet, f"{FLOW}: {said}.", cited, scope=WHERE)


def test_both_find_the_same() -> None:
    made = sftp(closed)
    assert only(made) == expected(made, "AWS and the kit both find no path, for the same reason")
    https = analysed(sftp_world(), destinations=(OUTSIDE,), port=443)
    assert only(https, port=443).message == f"subnet-a to {OUTSIDE} (tcp 443): AWS and the kit both find a path."


def test_where_aws_gives_no_reason_it_is_not_called_the_same() -> None:
    made = sftp(lambda planned: {"NetworkPathFound": False, "Explanations": [{"ExplanationCode": "NO_PATH"}]})
    found = only(made)
    assert found.status is Status.PASS
    assert (
        "AWS and the kit both find no path (AWS names no component, so what stops it cannot be compared"
        in found.message
    )


def test_another_verdict_fails() -> None:
    made = sftp(opened)
    said = (
        "AWS and the kit disagree about the verdict: the kit says it is stopped (acl-public, the implicit deny: denies "
        f"tcp 22 to {OUTSIDE} at subnet-public), AWS finds a path"
    )
    assert only(made) == expected(made, said, "OTHER_VERDICT")


def test_another_blocker_fails() -> None:
    wrong = {**ACL, "Acl": {"Id": "acl-main"}}
    made = sftp(lambda planned: {"NetworkPathFound": False, "Explanations": [wrong]})
    found = only(made)
    assert (found.status, found.code) == (Status.FAIL, "OTHER_FIRST_BLOCKER")
    assert found.message.endswith("AWS says network ACL acl-main does not let this packet out of subnet-public.")


def test_another_way_fails() -> None:
    made = analysed(sftp_world(), destinations=(OUTSIDE,), port=443)
    way = [{"Component": {"Id": id_}} for id_ in ("eni-fn", "vgw-1", "igw-main")]
    made.changed("NetworkInsightsAnalyses", "nia-0", lambda raw: raw.update(ForwardPathComponents=way))
    found = only(made, port=443)
    assert (found.status, found.code) == (Status.FAIL, "OTHER_HOP")
    assert "hop 2 is nat-main for the kit and vgw-1 for AWS" in found.message


def test_a_part_of_the_return_ports_is_no_contradiction() -> None:
    made = sftp_world()
    hole = {"RuleNumber": 50, "Protocol": "6", "RuleAction": "deny", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    made.changed(
        "NetworkAcls",
        "acl-public",
        lambda raw: raw["Entries"].append({**hole, "PortRange": {"From": 2000, "To": 2999}}),
    )
    found = only(analysed(made, destinations=(OUTSIDE,), port=443), port=443)
    assert found.status is Status.PASS
    assert "the kit finds it blocked, and that is no contradiction (AWS looks for one source port" in found.message


def test_no_verdict_is_unknown_on_either_side() -> None:
    assert (only(sftp_world()).status, only(sftp_world()).code) == (Status.UNKNOWN, "NOT_AGREED")
    failed = only(sftp(lambda planned: {"Status": "failed", "StatusMessage": "no"}))
    assert (failed.status, failed.code) == (Status.UNKNOWN, "ANALYSIS_FAILED")
    blind = sftp(closed, started="2026-11-21T12:00:00Z").denied("NetworkAcls")
    found = only(blind)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_COMPARABLE")
    assert found.message.endswith("the kit says unknown and AWS blocked; allow ec2:DescribeNetworkAcls and run again.")


def test_the_way_to_a_gateway_is_asked_but_not_compared() -> None:
    """A packet is traced to an address, so what AWS finds about a gateway stands alone."""
    asked: dict[str, Any] = {"destinations": ("igw-main",), "port": 443, "analyzer": Analyzer()}
    made = analysed(sftp_world(), **asked)
    found = only(made, **asked)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_COMPARABLE")
    assert found.message == (
        "subnet-a to igw-main (tcp 443): the answers cannot be compared, the kit says unknown and AWS reachable "
        "(packets are traced to addresses: name the address, host or service that is meant)."
    )
    (aws,) = made.ask(ana001_path_found, **asked)
    (kit,) = made.ask(pth010_reachable, **asked)
    assert (aws.status, kit.status) == (Status.PASS, Status.UNKNOWN)
    closed_there = sftp_world()
    closed_there.changed("RouteTables", "rtb-main", lambda raw: raw.update(Routes=raw["Routes"][:1]))
    none = {"NetworkPathFound": False, "Explanations": [{"ExplanationCode": "NO_PATH"}]}
    (aws,) = analysed(closed_there, said=lambda planned: none, **asked).ask(ana001_path_found, **asked)
    assert (aws.status, aws.code) == (Status.FAIL, "NO_PATH")
