"""Whose network interface an analysis starts at: the function's own, a shared one, one of several, none yet."""

from __future__ import annotations

import pytest

from runbook_lib.errors import FactMissing
from runbook_lib.model.analysis_plan import Sharing, SourceInterface
from runbook_lib.network.ends import senders
from runbook_lib.network.insights.interfaces import source_of
from runbook_lib.network.tools import Tools
from tests.builders import World, world

from .worlds import UUID, hyperplane, view_of


def place() -> World:
    return world().vpc().subnet("a").group().function()


def sources(made: World, word: str = "worker", groups: tuple[str, ...] = ()) -> list[SourceInterface]:
    tools = Tools(view_of(made))
    starts = senders(tools, word, groups, is_ipv4_only=True)
    function = tools.view.function_called(word) if starts[0].is_function else None
    return [source_of(tools, start, function) for start in starts]


def test_own_interface_is_the_one_whose_description_names_the_function() -> None:
    assert sources(hyperplane(place())) == [
        SourceInterface(
            subnet_id="subnet-a",
            sharing=Sharing.OWN,
            interface_id="eni-fn",
            text="eni-fn carries the traffic of worker in subnet-a, and of every other function with the same subnet "
            "and security groups.",
        )
    ]


@pytest.mark.parametrize("of", ["other", "worker-2", "work", f"worker-{UUID[:8]}"])
def test_interface_named_after_another_function_is_shared(of: str) -> None:
    (found,) = sources(hyperplane(place(), of=of))
    assert (found.sharing, found.interface_id) == (Sharing.SHARED, "eni-fn")
    assert found.text == (
        "eni-fn carries the traffic of worker in subnet-a: Lambda shares it between all functions with the same "
        f"subnet and security groups; its description names {of}, the function that came first."
    )


def test_of_several_the_function_s_own_comes_first_and_the_others_are_told() -> None:
    made = hyperplane(place(), "1", of="other", address="10.0.0.21")
    found = sources(hyperplane(hyperplane(made, "3", of="other", address="10.0.0.23"), "2", address="10.0.0.22"))[0]
    assert (found.sharing, found.interface_id, found.others) == (Sharing.OWN, "eni-2", ("eni-1", "eni-3"))
    assert found.text.endswith("; eni-1, eni-3 do the same and need no analysis.")


def test_interface_that_is_not_attached_comes_last() -> None:
    made = hyperplane(place(), "1", of="other", Attachment={"Status": "detaching"})
    assert sources(hyperplane(made, "2", of="other", address="10.0.0.22"))[0].interface_id == "eni-2"


def test_the_same_set_of_groups_in_another_order_is_the_same() -> None:
    made = world().vpc().subnet("a").group().group("db").function(groups=["fn", "db"])
    assert sources(hyperplane(made, groups=["db", "fn"]))[0].interface_id == "eni-fn"


@pytest.mark.parametrize(
    "more",
    [
        {"groups": ["fn", "db"]},
        {"subnet": "b", "address": "10.0.1.20"},
        {"Description": "mine", "InterfaceType": "interface"},
    ],
)
def test_interface_of_other_groups_or_another_subnet_or_of_something_else_is_not_it(more: dict[str, str]) -> None:
    made = world().vpc().subnet("a").subnet("b").group().group("db").function(subnets=["a"])
    assert sources(hyperplane(made, **more))[0].sharing is Sharing.NONE


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "worker was never invoked there, or idle so long that Lambda has removed it; invoke worker once, wait"),
        ({"State": "Inactive"}, "worker was idle so long that Lambda has removed it (State Inactive); invoke worker"),
        ({"State": "Pending"}, "Lambda is making it (State Pending); wait until worker is Active"),
        (
            {"State": "Failed", "StateReasonCode": "SubnetOutOfIPAddresses"},
            "Lambda could not make it (State Failed, SubnetOutOfIPAddresses); mend that first",
        ),
    ],
)
def test_without_an_interface_it_says_why_and_what_to_do(told: dict[str, str], said: str) -> None:
    made = place()
    if told:
        made.item("FunctionConfigurations", FunctionName="worker", **told)
    (found,) = sources(made)
    assert (found.sharing, found.interface_id) == (Sharing.NONE, None)
    assert found.text.startswith(f"Lambda has no network interface in subnet-a with sg-fn yet: {said}")


def test_where_not_all_interfaces_were_read_none_is_not_none() -> None:
    with pytest.raises(FactMissing, match="DescribeNetworkInterfaces"):
        sources(place().denied("NetworkInterfaces"))
    with pytest.raises(FactMissing, match="page cap"):
        sources(place().truncated("NetworkInterfaces"))
    assert sources(hyperplane(place()).truncated("NetworkInterfaces"))[0].interface_id == "eni-fn"


def test_subnet_with_groups_takes_the_interface_of_whatever_function_runs_there() -> None:
    (found,) = sources(hyperplane(place()), "subnet-a", ("sg-fn",))
    assert (found.sharing, found.interface_id) == (Sharing.SHARED, "eni-fn")
    (none,) = sources(place(), "subnet-a", ("sg-fn",))
    assert none.text.endswith("no function runs there; name a function that does, or an interface (eni-…).")


def test_interface_that_was_named_is_taken_as_it_is() -> None:
    (found,) = sources(place().interface("own", "10.0.0.9", groups=["fn"]), "eni-own")
    assert (found.sharing, found.interface_id, found.text) == (Sharing.NAMED, "eni-own", "eni-own was named.")
