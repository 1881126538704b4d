"""Paths in the notebook: what a destination means, what an open way leaves open, commands by hand, another goal."""

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.checks import CHECKS
from runbook_lib.checks.base import Settings
from runbook_lib.errors import UsageError
from runbook_lib.execute import STAGING_VARIABLE, VERDICT_MIME
from runbook_lib.facade.checking import Question
from runbook_lib.facade.commands import ADDRESSES, Asked, commands_for
from runbook_lib.facade.meaning import addresses_table
from runbook_lib.facade.pathing import hops_of, limits_note, traced
from runbook_lib.facade.sources import open_source
from runbook_lib.network import targets
from runbook_lib.render.snapshot_files import save_snapshot
from runbook_lib.runbook import open_run
from tests.builders import World
from tests.network.paths import nat_world, two_vpcs

HOST = "198.51.100.20"
EVERY = [ADDRESSES, *(check.META.id for check in CHECKS if check.META.family == "path")]


def placed() -> World:
    return nat_world().function(subnets=["a"])


def settings(made: World, *to: str, **more: Any) -> Settings:
    return made.settings(destinations=to, **more)


# what a destination means


def meant(made: World, *to: str) -> list[tuple[str, ...]]:
    """Destination, addresses and what tells them."""
    rows = addresses_table(made.view(), settings(made, *to)).rows
    return [(row[0].plain, row[2].plain, row[3].plain) for row in rows]


def test_addresses_are_what_they_are() -> None:
    assert meant(placed(), HOST, "10.0.0.0/24", "eni-nat-main") == [
        ("10.0.0.0/24", "10.0.0.0/24", "the address as given"),
        (HOST, HOST, "the address as given"),
        ("eni-nat-main", "10.0.1.5", "the interface itself"),
    ]


def test_a_service_means_its_prefix_list_or_the_endpoint_that_takes_its_name() -> None:
    made = placed().gateway_endpoint("s3", tables=["main"]).group("endpoint").interface_endpoint("secretsmanager")
    ((_, s3, told), (_, secrets, by)) = meant(made, "s3", "secretsmanager")
    assert (told, by) == ("the prefix list of the service", "private DNS of vpce-secretsmanager")
    assert re.match(r"3\.5\.", s3)
    assert secrets == "10.0.0.10"


def test_a_name_whose_addresses_are_not_known_says_so() -> None:
    ((_, addresses, told),) = meant(placed(), "sqs")
    assert addresses == "any public address"
    assert told.startswith("public DNS; the facts do not tell which")
    ((_, unknown, why),) = meant(placed(), "db.example.com")
    assert unknown == "? Not known"
    assert "db.example.com" in why


def test_what_nobody_knows_is_a_usage_error_and_nothing_asked_is_said() -> None:
    with pytest.raises(UsageError, match="unknown destination 's33'; nearest: s3"):
        meant(placed(), "s33")
    alone = placed().function("plain", in_vpc=False)
    nothing = replace(settings(alone, HOST), target=targets.of_function(alone.view(), "plain"))
    assert addresses_table(alone.view(), nothing).note.startswith("Nothing is asked for")


# what an open way leaves open


def test_an_open_way_through_a_nat_gateway_proves_no_free_port() -> None:
    made = placed()
    view = made.view()
    note = limits_note(view, traced(view, settings(made, HOST)))
    assert note.startswith("The way leads through nat-main with 1 public address. That it is open says nothing")
    assert "55,000 connections at a time" in note


def test_a_way_that_is_stopped_or_needs_no_nat_gateway_has_no_such_note() -> None:
    closed = placed().changed("SecurityGroups", "sg-fn", lambda group: group.update(IpPermissionsEgress=[]))
    private = placed().gateway_endpoint("s3", tables=["main"])
    for made, to in ((closed, HOST), (private, "s3")):
        view = made.view()
        assert limits_note(view, traced(view, settings(made, to))) == ""


# who sends


def test_functions_that_share_a_place_are_one_sender() -> None:
    made = placed().function("second", subnets=["a"])
    view = made.view()
    whole = replace(settings(made, HOST), target=targets.of_vpc(view, "vpc-main"))
    assert [(flow.kind, flow.sender) for flow in traced(view, whole)] == [("Functions", "2 functions")]
    by_hand = replace(settings(made, HOST), target=targets.of_placement(view, ["subnet-public"], ["sg-fn"]))
    assert [(flow.kind, flow.sender) for flow in traced(view, by_hand)] == [("Code", "code with these groups")]


# commands


def asked(made: World, *to: str, port: int = 443) -> Asked:
    view = made.view()
    flows = traced(view, settings(made, *to, port=port))
    return Asked(view=view, target=made.target(), services=to, hops=hops_of(flows))


def test_every_step_can_be_done_by_hand() -> None:
    about = asked(placed().gateway_endpoint("s3", tables=["main"]), "s3")
    for step in EVERY:
        assert commands_for([step], about), step


def test_commands_only_read_and_name_what_the_path_passes() -> None:
    peered = two_vpcs().peering("p", "main", "far").route("main", "10.1.0.0/16", "pcx-p")
    peered.route("far", "10.0.0.0/16", "pcx-p").vpc_id = "vpc-main"
    for about in (asked(placed(), HOST), asked(peered.function(subnets=["a"]), "10.1.0.20", port=5432)):
        lines = commands_for(EVERY, about)
        for line in lines:
            words = shlex.split(line.replace("\\\n", " "))
            assert words[0] == "aws"
            assert re.fullmatch(r"(describe|get|list|search)-[a-z-]+", words[2]), line
        for kind, id_ in about.hops:
            assert kind == "internet" or any(id_ in line for line in lines), id_


def test_the_acl_around_the_nat_gateway_is_among_them() -> None:
    (line,) = commands_for(["PTH005"], asked(placed(), HOST))
    assert "Values=subnet-a,subnet-public" in line


def test_what_was_not_read_is_left_out_of_commands() -> None:
    about = asked(placed().denied("RouteTables", "NatGateways"), HOST)
    assert all("rtb-" not in line and "nat-main" not in line for line in commands_for(EVERY, about))


# the question


def test_a_scenario_brings_its_destination_with_protocol_and_port() -> None:
    source = open_source("sandbox:sftp-nacl")
    told = Question().of(source)
    assert (told.destinations, told.protocol, told.port, told.traffic) == ((HOST,), "tcp", 22, "tcp 22")
    other = Question(destinations=("s3",)).of(source)
    assert (other.destinations, other.port) == (("s3",), 443)
    assert Question(port=2222).of(source).port == 2222
    assert Question(protocol="6").of(source).protocol == "tcp"
    assert Question(protocol="ICMP").of(source).traffic == "icmp"


@pytest.mark.parametrize(("more", "said"), [({"port": 65536}, "port must be"), ({"protocol": "tpc"}, "nearest: tcp")])
def test_a_question_that_makes_no_sense_cannot_be_made(more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Question(**more)


# the run behind the cells


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv(STAGING_VARIABLE, raising=False)
    save_snapshot(placed().function("stray", subnets=["public"]).snapshot(), tmp_path / "facts")
    return open_run("network_path", source=f"snapshot:{tmp_path / 'facts'}")


def test_every_step_of_the_notebook_shows_something(run: Any) -> None:
    run.pick(function_name="worker", destination=HOST, traffic=("tcp", 22))
    run.collect()
    assert "the address as given" in run.addresses().text
    assert "aws ec2 describe-network-interfaces" in run.addresses().text
    assert run.path_map().layout.title.text == f"The way of worker to {HOST} (tcp 22)"
    assert "arrives" in repr(run.directions())
    assert "aws ec2 describe-route-tables" in run.ask("PTH004").text
    assert run.verdict().data[VERDICT_MIME]["verdict"] == "PASS"


def test_another_destination_is_judged_on_the_same_facts(run: Any) -> None:
    picker = run.pick(function_name="worker", destination=HOST, traffic=("tcp", 22))
    assert "must reach 198.51.100.20 (tcp 22)" in picker.text
    run.collect()
    to, protocol, port = picker.box.children[2].children
    assert (to.value, protocol.value, port.value) == (HOST, "tcp", 22)
    to.value = "10.99.0.1"
    assert "must reach 10.99.0.1 (tcp 22)" in picker.box.children[3].value
    assert "out of date" in picker.box.children[3].value
    assert run.verdict().data[VERDICT_MIME]["verdict"] == "FAIL"
    to.value, protocol.value = HOST, "all"
    assert "(all)" in picker.box.children[3].value
    port.value = 443
    protocol.value = "tcp"
    assert run.verdict().data[VERDICT_MIME]["verdict"] == "PASS"


def test_a_destination_that_nobody_knows_is_a_sentence_under_the_fields(run: Any) -> None:
    picker = run.pick(function_name="worker", destination=HOST)
    run.collect()
    picker.box.children[2].children[0].value = "s33"
    assert "unknown destination &#39;s33&#39;; nearest: s3" in picker.box.children[3].value


def test_a_placement_stays_picked_when_the_destination_changes(run: Any) -> None:
    picker = run.pick(subnets="subnet-a", security_groups="sg-fn", destination=HOST)
    run.collect()
    assert "subnet-a with sg-fn" in picker.text
    picker.box.children[2].children[2].value = 8443
    assert "(tcp 8443)" in repr(run.directions())
