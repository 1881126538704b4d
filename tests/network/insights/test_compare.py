"""The kit's trace beside AWS's analysis: what counts as a disagreement, and what only follows from how the two ask."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lib.model.fact import Scope
from runbook_lib.model.insights import NetworkInsightsAnalysis
from runbook_lib.network.insights.compare import (
    Agreement,
    Comparison,
    Difference,
    Disagreement,
    HopPair,
    compare,
    found_by_aws,
)
from runbook_lib.network.insights.same import Same, same_things
from tests.network.insights.worlds import sftp_world, view_of

SAME = Same(stations={"eni-nat": "nat-1"})
WAY = ("eni-fn", "subnet-a", "nat-1", "igw-1", "internet")
AWS_WAY = ("eni-fn", "sg-1", "acl-1", "rtb-1", "acl-2", "nat-1", "rtb-2", "igw-1")


def stop(component: str, direction: str = "egress", code: str = "SUBNET_ACL_RESTRICTION") -> dict[str, Any]:
    return {"code": code, "component": component, "rule": None, "direction": direction, "detail": f"{component} denies"}


def kit(
    *there: dict[str, Any],
    back: tuple[dict[str, Any], ...] = (),
    ports: tuple[tuple[int, int], ...] = (),
    hops: tuple[str, ...] = WAY,
    verdict: str = "",
) -> dict[str, Any]:
    """The kit's answer: what stops the request, what stops the answer, and the hops."""
    return {
        "verdict": verdict or ("blocked" if there or back else "reachable"),
        "forward": {"hops": [{"kind": "any", "id": id_} for id_ in hops], "blocked_by": list(there)},
        "return": {"hops": [], "blocked_by": list(back), "blocked_source_ports": [list(item) for item in ports]},
    }


def step(id_: str) -> dict[str, Any]:
    return {"Component": {"Id": id_}}


def aws(
    *explanations: dict[str, Any],
    forward: tuple[str, ...] = AWS_WAY,
    back: tuple[str, ...] = ("igw-1", "eni-fn"),
    status: str = "succeeded",
    steps: tuple[dict[str, Any], ...] = (),
) -> NetworkInsightsAnalysis:
    """AWS's analysis: found unless there are explanations."""
    raw = {
        "NetworkInsightsAnalysisId": "nia-1",
        "NetworkInsightsPathId": "nip-1",
        "Status": status,
        "NetworkPathFound": not explanations,
        "Explanations": list(explanations),
        "ForwardPathComponents": [*map(step, forward), *steps],
        "ReturnPathComponents": [step(id_) for id_ in back],
    }
    return NetworkInsightsAnalysis.read(raw, Scope(), "/NetworkInsightsAnalyses/0")


def why(code: str, direction: str = "egress", **named: str) -> dict[str, Any]:
    return {"ExplanationCode": code, "Direction": direction, **{key: {"Id": id_} for key, id_ in named.items()}}


ACL = why("SUBNET_ACL_RESTRICTION", Acl="acl-2")
GROUP = {**why("ENI_SG_RULES_MISMATCH"), "SecurityGroups": [{"Id": "sg-1"}]}
HOPS = (HopPair(kit="eni-fn", aws="eni-fn"), HopPair(kit="nat-1", aws="nat-1"), HopPair(kit="igw-1", aws="igw-1"))
OPEN = ("eni-fn", "nat-1")
ACL_ONLY = HopPair(kit="acl-2", aws=None)


def test_two_open_ways_over_the_same_stations_agree() -> None:
    assert compare(kit(), aws(), SAME) == Comparison(
        agreement=Agreement.AGREE, kit="reachable", aws="reachable", hops=HOPS
    )


def test_the_interface_of_a_nat_gateway_is_the_gateway() -> None:
    assert compare(kit(), aws(forward=("eni-fn", "eni-nat", "nat-1", "igw-1")), SAME).hops == HOPS
    assert compare(kit(), aws(forward=("eni-fn", "eni-nat", "igw-1")), SAME).agreement is Agreement.AGREE
    assert compare(kit(), aws(forward=("eni-fn", "eni-nat", "igw-1")), Same()).agreement is Agreement.DISAGREE


def test_stations_are_known_from_the_facts() -> None:
    assert same_things(view_of(sftp_world())) == Same(
        stations={"eni-nat-main": "nat-main"}, tables={"nat-main": "rtb-public"}
    )
    unread = same_things(view_of(sftp_world().denied("RouteTables")))
    assert unread == Same(stations={"eni-nat-main": "nat-main"})


def test_a_nat_gateway_is_blamed_for_its_route_table() -> None:
    loop = stop("nat-1", code="CANNOT_ROUTE")
    table = aws(why("NO_ROUTE_TO_DESTINATION", RouteTable="rtb-2"), forward=OPEN)
    tables = {"nat-1": "rtb-2", "nat-2": "rtb-3"}
    agreed = compare(kit(loop), table, Same(tables=tables))
    assert (agreed.agreement, agreed.stop) == (Agreement.AGREE, HopPair(kit="nat-1", aws="rtb-2"))
    assert compare(kit(loop), table, SAME).agreement is Agreement.DISAGREE
    assert compare(kit({**loop, "component": "nat-2"}), table, Same(tables=tables)).agreement is Agreement.DISAGREE


def test_another_way_is_told_at_the_first_hop_that_differs() -> None:
    found = compare(kit(), aws(forward=("eni-fn", "vpce-1")), SAME, lambda id_: f"<{id_}>")
    said = "hop 2 is <nat-1> for the kit and <vpce-1> for AWS"
    assert found.agreement is Agreement.DISAGREE
    assert found.differences == (Difference(about=Disagreement.HOP, text=said),)
    assert found.hops[1:] == (HopPair(kit="nat-1", aws="vpce-1"), HopPair(kit="igw-1", aws=None))
    (shorter,) = compare(kit(), aws(forward=("eni-fn", "nat-1")), SAME).differences
    assert shorter.text == "hop 3 is igw-1 for the kit and nothing more for AWS"


@pytest.mark.parametrize(
    ("answer", "analysis", "said"),
    [
        (kit(), aws(ACL), "the kit finds it open, AWS finds no path (network ACL acl-2 does not let this packet out"),
        (kit(stop("acl-2")), aws(), "the kit says it is stopped (acl-2 denies), AWS finds a path"),
        (kit(back=(stop("acl-2", "ingress"),), ports=((1024, 65535),)), aws(), "the kit says it is stopped"),
        (kit(back=(stop("rtb-2"),), ports=((1024, 2000),)), aws(), "the kit says it is stopped"),
    ],
)
def test_one_open_and_one_blocked_is_a_disagreement(
    answer: dict[str, Any], analysis: NetworkInsightsAnalysis, said: str
) -> None:
    found = compare(answer, analysis, SAME)
    assert (found.agreement, [item.about for item in found.differences]) == (
        Agreement.DISAGREE,
        [Disagreement.VERDICT],
    )
    assert found.differences[0].text.startswith(said)


@pytest.mark.parametrize(
    ("answer", "analysis", "note"),
    [
        (
            kit(back=(stop("acl-2", "ingress"),), ports=((1024, 65534),)),
            aws(),
            "AWS looks for one source port that works, the kit asks for all of them, and some are blocked.",
        ),
        (
            kit(back=(stop("acl-2", "ingress"),), ports=((1024, 65535),)),
            aws(back=()),
            "AWS did not look at the way back, which the kit finds blocked.",
        ),
    ],
)
def test_what_follows_from_how_the_two_ask_is_a_note(
    answer: dict[str, Any], analysis: NetworkInsightsAnalysis, note: str
) -> None:
    assert compare(answer, analysis, SAME) == Comparison(
        agreement=Agreement.AGREE, kit="blocked", aws="reachable", hops=HOPS, stop=ACL_ONLY, notes=(note,)
    )


def test_the_same_first_blocker_agrees_also_by_another_code() -> None:
    partial = aws(ACL, forward=OPEN, back=())
    assert compare(kit(stop("acl-2")), partial, SAME).agreement is Agreement.AGREE
    group = aws({**GROUP, "ExplanationCode": "SG_HAS_NO_RULES", "SecurityGroup": {"Id": "sg-1"}}, forward=())
    assert compare(kit(stop("sg-1", code="ENI_SG_RULES_MISMATCH")), group, SAME) == Comparison(
        agreement=Agreement.AGREE,
        kit="blocked",
        aws="blocked",
        hops=(*(HopPair(kit=id_, aws=None) for id_ in ("eni-fn", "nat-1", "igw-1")),),
        stop=HopPair(kit="sg-1", aws="sg-1"),
    )


@pytest.mark.parametrize(
    "answer", [kit(stop("acl-1")), kit(stop("acl-2", "ingress"))], ids=["another component", "another direction"]
)
def test_a_blocker_that_the_kit_does_not_name_is_a_disagreement(answer: dict[str, Any]) -> None:
    found = compare(answer, aws(ACL, forward=OPEN), SAME)
    assert found.agreement is Agreement.DISAGREE
    (difference,) = found.differences
    assert difference.about is Disagreement.FIRST_BLOCKER
    assert difference.text.endswith("AWS says network ACL acl-2 does not let this packet out of the subnet")


def test_more_blockers_of_the_kit_are_no_disagreement_unless_aws_passes_one() -> None:
    both = kit(stop("sg-1", code="ENI_SG_RULES_MISMATCH"), stop("acl-2"), back=(stop("acl-1", "ingress"),))
    unseen = compare(both, aws(ACL, forward=()), SAME)
    assert (unseen.agreement, unseen.notes) == (
        Agreement.AGREE,
        (
            "sg-1 stops it for the kit first (sg-1 denies); AWS names one blocker only.",
            "The kit names 1 more behind it; AWS names one blocker only.",
        ),
    )
    passed = {**step("sg-1"), "SecurityGroupRule": {"Direction": "egress", "Cidr": "0.0.0.0/0"}}
    seen = compare(both, aws(ACL, forward=OPEN, steps=(passed,)), SAME)
    text = "sg-1 stops it for the kit first (sg-1 denies), AWS passes it"
    assert seen.differences == (Difference(about=Disagreement.HOP, text=text),)
    other = {**passed, "SecurityGroupRule": {"Direction": "ingress"}}
    assert compare(both, aws(ACL, forward=OPEN, steps=(other,)), SAME).agreement is Agreement.AGREE


@pytest.mark.parametrize(
    ("key", "value", "first"),
    [
        ("SecurityGroups", [{"Id": "sg-1"}, {"Id": "sg-2"}], "sg-1"),
        ("SecurityGroup", {"Id": "sg-1"}, "sg-1"),
        ("Component", {"Id": "sg-1"}, "sg-1"),
        ("IngressRouteTable", {"Id": "sg-1"}, None),
        ("Subnet", {"Id": "sg-1"}, None),
    ],
)
def test_whatever_key_names_a_component_it_is_named(key: str, value: Any, first: str | None) -> None:
    (explanation,) = aws({**why("A_NEW_CODE"), key: value}).explanations
    assert explanation.component_id == first
    assert "sg-1" in explanation.named_ids
    found = compare(kit(stop("sg-1")), aws({**why("A_NEW_CODE"), key: value}, forward=()), SAME)
    assert (found.agreement, found.notes) == (Agreement.AGREE, ())


def test_where_a_component_is_does_not_count_as_what_stops_it() -> None:
    (explanation,) = aws({**why("A_NEW_CODE"), "Subnet": {"Id": "subnet-1"}, "Vpc": {"Id": "vpc-1"}}).explanations
    assert explanation.named_ids == frozenset()


def test_what_stops_it_stands_side_by_side() -> None:
    both = kit(stop("sg-1", code="ENI_SG_RULES_MISMATCH"), stop("acl-2"))
    assert compare(kit(), aws(), SAME).stop == HopPair(kit=None, aws=None)
    assert compare(both, aws(ACL, forward=OPEN), SAME).stop == HopPair(kit="acl-2", aws="acl-2")
    assert compare(kit(stop("acl-1")), aws(ACL, forward=OPEN), SAME).stop == HopPair(kit="acl-1", aws="acl-2")
    assert compare(kit(), aws(ACL, forward=OPEN), SAME).stop == HopPair(kit=None, aws="acl-2")


def test_an_explanation_without_component_is_not_compared() -> None:
    found = compare(kit(stop("acl-2")), aws({"ExplanationCode": "NO_PATH"}, forward=()), SAME)
    assert found.agreement is Agreement.AGREE
    assert found.notes[0].startswith("AWS names no component, so what stops it cannot be compared (there is no path")
    bare = compare(kit(stop("acl-2")), aws(why("SUBNET_ACL_RESTRICTION"), forward=()), SAME)
    assert bare.notes[0].startswith("AWS names no component")


@pytest.mark.parametrize(
    ("answer", "analysis"),
    [
        (kit(verdict="unknown"), aws(ACL)),
        (kit(), aws(status="failed")),
        (kit(), aws(status="running")),
        (kit(), aws(why("UNSUPPORTED_COMPONENT", Component="vpce-1"))),
    ],
)
def test_where_one_cannot_tell_nothing_is_compared(answer: dict[str, Any], analysis: NetworkInsightsAnalysis) -> None:
    found = compare(answer, analysis, SAME)
    assert (found.agreement, found.differences, found.notes) == (Agreement.UNDECIDED, (), ())
    assert len(found.hops) == 3


def test_a_path_to_any_address_says_little_about_one() -> None:
    note = "AWS was asked about any address, the kit about those of the destination."
    assert compare(kit(stop("acl-2")), aws(), SAME, any_address=True) == Comparison(
        agreement=Agreement.UNDECIDED, kit="blocked", aws="reachable", hops=HOPS, stop=ACL_ONLY, notes=(note,)
    )
    assert compare(kit(), aws(), SAME, any_address=True).agreement is Agreement.AGREE
    assert compare(kit(), aws(ACL), SAME, any_address=True).agreement is Agreement.DISAGREE


def test_only_limits_are_no_verdict_beside_a_blocker_they_are() -> None:
    limit = why("UNSUPPORTED_COMPONENT", Component="vpce-1")
    assert [found_by_aws(item) for item in (aws(), aws(ACL), aws(limit), aws(limit, ACL))] == [
        "reachable",
        "blocked",
        "unknown",
        "blocked",
    ]
