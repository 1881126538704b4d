"""ANA001: does AWS find a path, and what does it explain if not?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.checks.analyzer import ana001_path_found as check
from runbook_lib.checks.analyzer.ana001_path_found import META
from runbook_lib.checks.path import pth010_reachable
from runbook_lib.engine import evaluate
from runbook_lib.errors import UsageError
from runbook_lib.model.analyzer import Analyzer
from runbook_lib.model.finding import Finding
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.model.snapshot import Gap
from runbook_lib.model.status import Severity, Status
from runbook_lib.network.view import View
from tests.builders import World
from tests.checks.analyzer.cases import ACL, ASKED, analysed, closed, opened, sftp
from tests.network.insights.worlds import OUTSIDE, hyperplane, sftp_world

WHERE = f"sg-fn>{OUTSIDE}:tcp/22"
FLOW = f"subnet-a to {OUTSIDE} (tcp 22)"
WHOLE = f"whole path in subnet-a: eni-fn → igw-main for {OUTSIDE}, tcp port 22"


def ask(made: World, **more: Any) -> tuple[Finding, ...]:
    return made.ask(check, **{**ASKED, **more})


def only(made: World, **more: Any) -> Finding:
    (found,) = ask(made, **more)
    return found


def analysis_in(made: World) -> NetworkInsightsAnalysis:
    return made.view().snapshot.all(NetworkInsightsAnalysis)[0]


def test_a_path_that_aws_finds_passes() -> None:
    made = sftp(opened)
    said = f"{FLOW}: AWS finds a path from eni-fn (nia-0)."
    cited = analysis_in(made).cite("NetworkPathFound")
    assert ask(made) == (META.passed(made.view().subnet("subnet-a"), said, cited, scope=WHERE),)


def test_a_path_that_aws_does_not_find_is_explained_and_localised_and_blames_what_the_kit_blames() -> None:
    made = sftp(closed)
    said = (
        f"{FLOW}: AWS finds no path, to the NAT gateway it is open, from the NAT gateway it is closed: network ACL "
        "acl-public does not let this packet out of subnet-public."
    )
    cited = [analysis_in(made).cite(field) for field in ("NetworkPathFound", "Explanations")]
    blames = ("SUBNET_ACL_RESTRICTION acl-public",)
    failed = META.failed(
        made.view().subnet("subnet-a"), said, *cited, code="SUBNET_ACL_RESTRICTION", scope=WHERE, blames=blames
    )
    assert ask(made) == (failed,)
    (traced,) = made.ask(pth010_reachable, **ASKED)
    assert traced.blames == blames


def test_what_only_aws_blames_is_blamed_in_its_words() -> None:
    group = {**ACL, "ExplanationCode": "ENI_SG_RULES_MISMATCH", "Acl": None, "Component": {"Id": "sg-other"}}
    found = only(sftp(lambda planned: {"NetworkPathFound": False, "Explanations": [group]}))
    assert (found.status, found.blames) == (Status.FAIL, ("ENI_SG_RULES_MISMATCH sg-other",))


@pytest.mark.parametrize("is_found", [True, False])
def test_what_aws_adds_is_told(is_found: bool) -> None:
    more = {"WarningMessage": "Not all was seen.", "SuggestedAccounts": ["444455556666"]}
    found = only(sftp(lambda planned: {"NetworkPathFound": is_found, **more}))
    assert found.status is (Status.PASS if is_found else Status.FAIL)
    assert found.message.endswith("; AWS warns: Not all was seen; the way may lead through 444455556666.")


def test_no_reason_is_told_as_such() -> None:
    found = only(sftp(lambda planned: {"NetworkPathFound": False}))
    assert (found.status, found.code) == (Status.FAIL, "NO_REASON")
    assert found.message.endswith(": it names no reason.")


UNSUPPORTED = {"ExplanationCode": "UNSUPPORTED_COMPONENT", "Component": {"Id": "vpce-fw"}}


@pytest.mark.parametrize(
    ("said", "code", "why"),
    [
        (
            {"Status": "failed", "StatusMessage": "The network configuration is not supported."},
            "ANALYSIS_FAILED",
            "nia-0 failed, which says nothing about the network: The network configuration is not supported.",
        ),
        ({"Status": "failed"}, "ANALYSIS_FAILED", "nia-0 failed, which says nothing about the network: AWS gives no r"),
        ({"Status": "running"}, "STILL_RUNNING", "nia-0 was still running when it was last looked at."),
        (
            {"NetworkPathFound": False, "Explanations": [UNSUPPORTED]},
            "UNSUPPORTED_COMPONENT",
            "AWS cannot analyse it: VPC endpoint vpce-fw is of a kind that Reachability Analyzer does not support.",
        ),
    ],
)
def test_no_verdict_of_aws_is_unknown(said: Mapping[str, Any], code: str, why: str) -> None:
    found = only(sftp(lambda planned: said))
    assert (found.status, found.code) == (Status.UNKNOWN, code)
    assert found.message.startswith(f"{FLOW}: {why}")


def test_without_consent_it_says_how_to_agree() -> None:
    told = only(sftp_world(), analyzer=Analyzer(how_to_consent="type worker"))
    assert told == META.unknown(
        sftp_world().view().subnet("subnet-a"),
        f"{FLOW}: AWS was not asked; to agree, type worker.",
        code="NOT_AGREED",
        scope=WHERE,
    )
    bare = only(sftp_world())
    assert bare.message.endswith("run the runbook reachability_analyzer and give its parameter consent.")
    agreed = only(sftp_world(), analyzer=Analyzer(consented=True))
    assert agreed.code == "NOT_ANALYSED"


@pytest.mark.parametrize(
    ("gap", "why"),
    [
        (
            Gap(what=f"NetworkInsightsAnalyses/{WHOLE}", reason="UnauthorizedOperation: no", action="ec2:StartIt"),
            "AWS gave no answer (UnauthorizedOperation: no); allow ec2:StartIt and run again.",
        ),
        (Gap(what="NetworkInsightsAnalyses", reason="interrupted"), "AWS gave no answer (interrupted)."),
    ],
)
def test_what_came_between_is_told(gap: Gap, why: str) -> None:
    snapshot = sftp_world().snapshot()
    view = View(replace(snapshot, gaps=(*snapshot.gaps, gap)))
    (found,) = check.check(view, sftp_world().settings(**ASKED, analyzer=Analyzer(consented=True)))
    assert (found.status, found.code, found.message) == (Status.UNKNOWN, "NOT_ANALYSED", f"{FLOW}: {why}")


def test_without_an_interface_there_is_nothing_to_ask_from() -> None:
    made = sftp_world()
    made._items["NetworkInterfaces"] = [
        item for item in made._items["NetworkInterfaces"] if item["NetworkInterfaceId"] != "eni-fn"
    ]
    found = only(made)
    assert (found.status, found.code) == (Status.UNKNOWN, "NO_INTERFACE")
    assert "Lambda has no network interface in subnet-a with sg-fn yet" in found.message


def test_an_answer_about_another_configuration_does_not_count() -> None:
    made = sftp(closed)
    made.changed("NetworkAcls", "acl-public", lambda raw: raw["Entries"].pop())
    assert only(made).code == "NOT_AGREED"


@pytest.mark.parametrize(
    ("started", "code"),
    [("2026-11-21T11:55:00Z", "SUBNET_ACL_RESTRICTION"), ("2026-11-21T11:54:59Z", "NOT_AGREED")],
)
def test_an_answer_that_does_not_say_what_it_is_about_counts_only_since_the_facts_were_read(
    started: str, code: str
) -> None:
    """The facts are of noon; clocks may differ by five minutes."""
    assert only(sftp(closed, started=started)).code == code


def test_an_answer_to_another_question_does_not_count() -> None:
    assert only(sftp(opened), port=23).code == "NOT_AGREED"
    other = sftp(opened)
    for raw in other._items["NetworkInsightsPaths"]:
        raw["FilterAtDestination"] = {"DestinationAddress": "198.51.100.99"}
    assert only(other).code == "NOT_AGREED"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"StartDate": "2026-11-20T12:09:58Z"}, "OK"),
        ({"StartDate": "2026-11-20T12:09:59Z"}, "NOT_AGREED"),
        ({"StartDate": None}, "NOT_AGREED"),
        ({"FilterInArns": ["arn:aws:ec2:x:1:network-interface/eni-1"]}, "NOT_AGREED"),
        ({"FilterOutArns": ["arn:aws:ec2:x:1:network-interface/eni-1"]}, "NOT_AGREED"),
    ],
)
def test_what_others_ask_about_a_kept_path_does_not_count(more: dict[str, Any], code: str) -> None:
    """The path says in a tag which configuration it was made for; a later analysis of it may be about another."""
    made = sftp(opened)
    made.changed("NetworkInsightsAnalyses", "nia-0", lambda raw: raw.update(more))
    assert only(made).code == code


def test_the_newest_answer_counts_and_one_that_succeeded_before_one_that_failed() -> None:
    made = analysed(analysed(sftp_world(), said=opened, **ASKED), said=closed, **ASKED)
    made.changed("NetworkInsightsAnalyses", "nia-3", lambda raw: raw.update(StartDate="2026-11-21T13:00:00Z"))
    assert only(made).status is Status.FAIL
    made.changed("NetworkInsightsAnalyses", "nia-3", lambda raw: raw.update(Status="failed"))
    assert only(made).status is Status.PASS


def test_each_subnet_is_judged_for_itself() -> None:
    made = sftp_world().subnet("b").function("other", subnets=["a", "b"])
    hyperplane(made, "b", subnet="b", address="10.0.2.20")
    asked = {**ASKED, "function": "other"}
    analysed(made, said=lambda item: closed(item) if item.subnet_id == "subnet-a" else opened(item), **asked)
    assert [(item.resource.id, item.status) for item in ask(made, function="other")] == [
        ("subnet-a", Status.FAIL),
        ("subnet-b", Status.PASS),
    ]


def test_what_was_not_read_names_the_action() -> None:
    found = only(sftp(closed).denied("NetworkInterfaces"))
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
    assert "allow ec2:DescribeNetworkInterfaces and run again" in found.message


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"destinations": ("198.51.100.0/24",)}, "Reachability Analyzer analyses one address at a time, not 198"),
        ({"protocol": "icmp"}, "Reachability Analyzer analyses tcp and udp only"),
    ],
)
def test_what_cannot_be_asked_stops(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ask(sftp_world(), **asked)


def test_it_is_told_with_the_path_and_its_fix_proves_beside_it() -> None:
    made = sftp(closed)
    found = evaluate(
        made.snapshot(), made.settings(**ASKED), select=("PTH010", "analyzer"), fail_on=Severity.MEDIUM
    ).findings
    by_id = {item.check_id: item for item in found}
    assert {id_: item.status for id_, item in by_id.items()} == {
        "PTH010": Status.FAIL,
        "ANA001": Status.FAIL,
        "ANA002": Status.PASS,
        "ANA003": Status.PASS,
    }
    assert [fix.proven for fix in by_id["PTH010"].fixes] == [True]
    assert by_id["PTH010"].blames == by_id["ANA001"].blames
