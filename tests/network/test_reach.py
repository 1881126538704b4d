"""Representative flows and what a change opens and closes among them."""

from __future__ import annotations

from runbook_lib.network.question import Question, question_of
from runbook_lib.network.reach import Flow, ReachDiff, difference, probes, traffic_words
from runbook_lib.network.view import View
from runbook_lib.network.whatif import apply, edits_of
from tests.builders import World, rule, world

HOST = "203.0.113.10"


def small() -> World:
    made = world().vpc().subnet("a").subnet("b").group(egress=[rule(port=443)]).group("db", ingress=[rule(port=5432)])
    made.function(subnets=["a"]).function("reporter", subnets=["b"]).internet_gateway()
    for name, address in (("db", "10.0.1.20"), ("db-two", "10.0.1.21")):
        made.item(
            "NetworkInterfaces",
            NetworkInterfaceId=f"eni-{name}",
            VpcId="vpc-main",
            SubnetId="subnet-b",
            Groups=[{"GroupId": "sg-db"}],
            PrivateIpAddresses=[{"PrivateIpAddress": address}],
        )
    return made


def asked(to: str = HOST, **more: object) -> Question:
    return question_of({"from": "worker", "to": to, **more})


def changed(view: View, group: str, **fields: object) -> View:
    return View(apply(view.snapshot, edits_of(view.snapshot, {"SecurityGroups": [{"GroupId": group, **fields}]})))


def test_the_asked_flow_comes_first_and_its_neighbours_are_there() -> None:
    found = probes(small().view(), asked())
    assert found.questions[0] == asked()
    assert {q.to for q in found} >= {HOST, "203.0.113.9", "203.0.113.11", "198.51.100.7", "s3", "eni-db"}
    assert {q.traffic.ports[0] for q in found if q.traffic.protocol == 6} == {
        443, 442, 444, 22, 80, 3306, 5432, 6379,
    }  # fmt: skip
    assert ("subnet-b", ("sg-fn",)) in {(q.source, q.groups) for q in found}
    assert len(set(found.questions)) == len(found)


def test_one_interface_stands_for_others_of_its_kind_unless_it_is_the_one_asked_about() -> None:
    assert "eni-db-two" not in {q.to for q in probes(small().view(), asked())}
    assert {"eni-db", "eni-db-two"} <= {q.to for q in probes(small().view(), asked("eni-db"))}


def test_an_interface_that_asks_may_be_asked_back() -> None:
    found = probes(small().view(), question_of({"from": "eni-db", "to": HOST}))
    assert ("198.51.100.7", "eni-db") in {(q.source, q.to) for q in found}


def test_the_cap_is_said() -> None:
    view = small().view()
    found, whole = probes(view, asked(), cap=50), probes(view, asked())
    assert len(found) <= 50
    assert found.questions[0] == asked()
    assert found.left_out > 0
    assert found.text == f"{len(found)} representative flows compared; {found.left_out} more were left out"
    assert whole.text == f"{len(whole)} representative flows compared"


def test_neighbours_of_a_block_and_of_a_service_lie_just_outside() -> None:
    view = small().view()
    assert {"203.0.112.255", "203.0.114.0"} <= {q.to for q in probes(view, asked("203.0.113.0/24"))}
    assert {"3.5.145.255", "3.5.148.0", "52.219.44.0"} <= {q.to for q in probes(view, asked("s3"))}


def test_an_equal_network_has_no_difference() -> None:
    view = small().view()
    found = difference(view, View(view.snapshot), probes(view, asked()))
    assert not found
    assert found.lines() == ()


def test_what_a_rule_opens_is_a_set_of_source_destination_and_port() -> None:
    view = small().view()
    question = asked("eni-db", port=5432)
    wider = changed(view, "sg-fn", IpPermissionsEgress=[rule("10.0.1.20/32", 5432), rule(port=443)])
    found = difference(view, wider, probes(view, question))
    assert found == ReachDiff(
        opened=(
            Flow("subnet-b", "eni-db", "tcp/5432", ("sg-fn",)),
            Flow("worker", "eni-db", "tcp/5432"),
        )
    )
    assert found.lines()[0] == "opens subnet-b with sg-fn -> eni-db tcp/5432"


def test_what_was_reachable_and_is_not_any_more_closes() -> None:
    made = small().changed("SecurityGroups", "sg-fn", lambda g: g.update(IpPermissionsEgress=[rule(port=5432)]))
    view = made.view()
    question = asked("eni-db", port=5432)
    found = difference(view, changed(view, "sg-db", IpPermissions=[]), probes(view, question))
    assert Flow("worker", "eni-db", "tcp/5432") in found.closed
    assert found.opened == found.unknown == ()


def test_what_cannot_be_decided_any_more_is_unknown() -> None:
    made = small().changed("SecurityGroups", "sg-fn", lambda g: g.update(IpPermissionsEgress=[rule(port=5432)]))
    view, question = made.view(), asked("eni-db", port=5432)
    found = difference(view, made.denied("SecurityGroups").view(), [question])
    assert found == ReachDiff(unknown=(Flow("worker", "eni-db", "tcp/5432"),))
    assert found.lines() == ("makes unknown worker -> eni-db tcp/5432",)


def test_a_source_that_is_not_there_counts_as_blocked() -> None:
    made = small().changed("SecurityGroups", "sg-fn", lambda g: g.update(IpPermissionsEgress=[rule(port=5432)]))
    without = small().changed("SecurityGroups", "sg-fn", lambda g: g.update(IpPermissionsEgress=[]))
    question = question_of({"from": "newcomer", "to": "eni-db", "port": 5432})
    with_newcomer = made.function("newcomer", subnets=["a"]).view()
    assert difference(without.view(), with_newcomer, [question]).opened == (Flow("newcomer", "eni-db", "tcp/5432"),)


def test_traffic_in_words() -> None:
    words = [
        traffic_words(asked(protocol=protocol, **more).traffic)
        for protocol, more in (("tcp", {"port": 22}), ("udp", {"port": 53}), ("icmp", {}), ("all", {}), ("47", {}))
    ]
    assert words == ["tcp/22", "udp/53", "icmp", "all", "protocol 47"]
