"""Tables of Reachability Analyzer: a plan with and without an interface, answers of every kind, both sides of a hop."""

from __future__ import annotations

from typing import Any

from runbook_lib.model.fact import Scope
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.network.insights.compare import Agreement, Comparison, Difference, Disagreement, HopPair
from runbook_lib.network.insights.plan import whole
from runbook_lib.render.analyzer_tables import Answered, Beside, answers_table, beside_table, plan_table
from runbook_lib.render.console import Link
from runbook_lib.render.sanitise import sanitise
from runbook_lib.render.tables import Table
from tests.network.insights.worlds import OUTSIDE, asked, sftp_world, view_of

HOP = HopPair(kit="nat-1", aws="nat-1")


def plain(shown: Table) -> list[list[str]]:
    return [[cell.plain for cell in row] for row in shown.rows]


def label(id_: str) -> str:
    return f"{id_} (named)" if id_.startswith("subnet-") else id_


def test_a_plan_tells_where_each_analysis_starts_and_ends_and_what_it_costs() -> None:
    made = sftp_world().subnet("b").function("other", subnets=["a", "b"])
    shown = plan_table([whole(view_of(made), asked(source="other"))], label, price_usd=0.1, most=3, cap_usd=0.5)
    first, second = plain(shown)
    split = "to the NAT gateway: eni-fn → eni-nat-main from the NAT gateway: eni-nat-main → igw-main"
    assert first == ["named (subnet-a)", "eni-fn (shared)", f"igw-main (for {OUTSIDE})", "tcp 22", split]
    assert second[0] == "named (subnet-b)"
    assert second[1].startswith("? no interface (Lambda has no network interface in subnet-b")
    assert second[2:] == ["–", "–", "–"]
    assert shown.note == (
        "1 analysis at $0.10 to begin with, so $0.10; 3 analyses and $0.30 at most, when no path is found anywhere. "
        "Nothing beyond the spend cap of $0.50 is asked. Reachability Analyzer analyses IPv4 only."
    )


def test_a_way_without_a_gateway_in_the_middle_cannot_be_split() -> None:
    made = sftp_world().interface("db", "10.0.0.30", subnet="a", groups=["fn"])
    (row,) = plain(plan_table([whole(view_of(made), asked("eni-db"))], str, price_usd=0.1, most=1, cap_usd=1.0))
    assert row[2:] == ["eni-db (for 10.0.0.30)", "tcp 22", "it cannot be split"]


def analysis(**told: Any) -> NetworkInsightsAnalysis:
    raw = {"NetworkInsightsAnalysisId": "nia-1", "NetworkInsightsPathId": "nip-1", "Status": "succeeded", **told}
    return NetworkInsightsAnalysis.read(raw, Scope(), "/NetworkInsightsAnalyses/0")


def test_answers_of_every_kind() -> None:
    (planned,) = whole(view_of(sftp_world()), asked()).analyses
    way = [{"Component": {"Id": id_}} for id_ in ("eni-fn", "igw-main")]
    stop = {"ExplanationCode": "SG_HAS_NO_RULES", "Direction": "egress", "SecurityGroup": {"Id": "sg-1"}}
    told = (
        analysis(NetworkPathFound=True, ForwardPathComponents=way),
        analysis(NetworkPathFound=True, ForwardPathComponents=way, ReturnPathComponents=way),
        analysis(NetworkPathFound=False, Explanations=[stop]),
        analysis(Status="failed", StatusMessage="It failed."),
    )
    rows = [Answered(planned=planned, analysis=item) for item in told]
    shown = answers_table(
        [*rows, Answered(planned=planned, analysis=None, missing="Nobody agreed.")], str, is_linked=True
    )
    look = "the rules of the security group; without outbound rules nothing leaves"
    why = "There is no outbound rule at all in security group sg-1, so nothing gets through. (SG_HAS_NO_RULES)"
    assert [row[2:] for row in plain(shown)] == [
        ["✓ path found (nia-1)", "the request arrives", "eni-fn igw-main", "–"],
        ["✓ path found (nia-1)", "the request and its answer arrive", "eni-fn igw-main", "–"],
        ["✕ no path (nia-1)", why, "sg-1", look],
        ["? no verdict (nia-1)", "It failed.", "–", "–"],
        ["? not asked", "Nobody agreed.", "–", "–"],
    ]
    assert answers_table([], str, is_linked=True).note == ""


def test_components_lead_to_the_console_where_aws_tells_their_arn_and_they_are_real() -> None:
    (planned,) = whole(view_of(sftp_world()), asked()).analyses
    arn = "arn:aws:ec2:eu-west-1:111122223333:network-acl/acl-1"
    stop = {"ExplanationCode": "SUBNET_ACL_RESTRICTION", "Direction": "egress", "Acl": {"Id": "acl-1", "Arn": arn}}
    stop |= {"Subnet": {"Id": "subnet-a"}, "Vpc": {"Id": "vpc-main"}}
    row = Answered(planned=planned, analysis=analysis(NetworkPathFound=False, Explanations=[stop]))
    link = Link("acl-1", f"https://console.aws.amazon.com/go/view?arn={arn}")
    lines = answers_table([row], str, is_linked=True).rows[0][4].lines
    assert [line for line in lines if isinstance(line, Link)] == [link]
    assert "acl-1" in answers_table([row], str, is_linked=False).rows[0][4].lines
    html = str(sanitise(answers_table([row], str, is_linked=True)._repr_html_()))
    assert f'<a href="{link.url}" rel="noopener noreferrer" target="_blank">acl-1</a>' in html


def beside(comparison: Comparison | None, missing: str = "") -> list[list[str]]:
    item = Beside(subnet_id="subnet-a", to=OUTSIDE, comparison=comparison, missing=missing)
    return [row[1:] for row in plain(beside_table([item], label))]


def compared(agreement: Agreement, kit: str, aws: str, *hops: HopPair, **more: Any) -> Comparison:
    return Comparison(agreement=agreement, kit=kit, aws=aws, hops=hops, **more)


def test_both_sides_of_every_hop() -> None:
    agreed = compared(Agreement.AGREE, "blocked", "blocked", HOP, HopPair(kit="igw-1", aws=None))
    assert beside(agreed) == [
        [f"verdict (to {OUTSIDE})", "✕ no path", "✕ no path", "✓ agree"],
        ["1", "nat-1", "nat-1", "✓ same"],
        ["2", "igw-1", "–", "– behind what AWS lists"],
    ]
    other = Difference(about=Disagreement.HOP, text="hop 1 is another")
    differs = compared(
        Agreement.DISAGREE, "reachable", "reachable", HopPair(kit="nat-1", aws="vgw-1"), differences=(other,)
    )
    assert beside(differs) == [
        [f"verdict (to {OUTSIDE})", "✓ path found", "✓ path found", "✕ disagree hop: hop 1 is another"],
        ["1", "nat-1", "vgw-1", "✕ differs"],
    ]


def test_what_stops_it_is_the_same_also_under_two_names() -> None:
    table = HopPair(kit="nat-1", aws="rtb-1")
    same = compared(Agreement.AGREE, "blocked", "blocked", stop=table)
    assert beside(same)[1] == ["stopped by", "nat-1", "rtb-1", "✓ same"]
    other = Difference(about=Disagreement.FIRST_BLOCKER, text="another")
    assert (
        beside(compared(Agreement.DISAGREE, "blocked", "blocked", stop=table, differences=(other,)))[1][3]
        == "✕ differs"
    )
    excused = compared(Agreement.AGREE, "blocked", "reachable", stop=HopPair(kit="acl-1", aws=None), notes=("Why.",))
    assert beside(excused)[1] == ["stopped by", "acl-1", "–", "– see the note"]


def test_nothing_to_compare_says_why() -> None:
    assert beside(None, "Nobody agreed.") == [[f"verdict (to {OUTSIDE})", "–", "–", "? not compared (Nobody agreed.)"]]
