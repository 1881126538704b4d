"""ANA003: is there an interface of the function that an analysis can start at?"""

from __future__ import annotations

from runbook_lib.checks.analyzer import ana003_interface_exists as check
from runbook_lib.checks.analyzer.ana003_interface_exists import META
from runbook_lib.model.status import Status
from tests.builders import world
from tests.checks.analyzer.cases import ASKED
from tests.network.insights.worlds import OUTSIDE, hyperplane, sftp_world

WHERE = f"sg-fn>{OUTSIDE}:tcp/22"


def test_its_own_interface_passes() -> None:
    made = sftp_world()
    said = (
        "eni-fn carries the traffic of worker in subnet-a, and of every other function with the same subnet and "
        "security groups."
    )
    cited = made.view().interface("eni-fn").cite("Description")
    assert made.ask(check, **ASKED) == (META.passed(made.view().subnet("subnet-a"), said, cited, scope=WHERE),)


def test_one_that_is_shared_passes_and_says_whose_name_it_bears() -> None:
    made = sftp_world().function("second", subnets=["a"])
    (found,) = made.ask(check, function="second", **ASKED)
    assert found.status is Status.PASS
    assert "its description names worker, the function that came first" in found.message


def test_none_fails_and_says_what_to_do() -> None:
    made = sftp_world().group("other").function("second", subnets=["a"], groups=["other"])
    (found,) = made.ask(check, function="second", **ASKED)
    said = (
        "Lambda has no network interface in subnet-a with sg-other yet: second was never invoked there, or idle so "
        "long that Lambda has removed it; invoke second once, wait until its State is Active, and read the facts again."
    )
    subnet = made.view().subnet("subnet-a")
    assert found == META.failed(
        subnet, said, subnet.cite("SubnetId"), code="NO_INTERFACE", scope=WHERE.replace("sg-fn", "sg-other")
    )


def test_one_of_two_subnets_without_it_fails_there() -> None:
    made = world().vpc().subnet("a").subnet("b").group().internet_gateway().function()
    made.route("main", "0.0.0.0/0", "igw-main")
    found = hyperplane(made).ask(check, **ASKED)
    assert [(item.resource.id, item.status) for item in found] == [("subnet-a", Status.PASS), ("subnet-b", Status.FAIL)]


def test_interfaces_that_were_not_read_are_unknown() -> None:
    (found,) = sftp_world().denied("NetworkInterfaces").ask(check, **ASKED)
    assert (found.status, found.code) == (Status.UNKNOWN, "NOT_READ")
    assert "allow ec2:DescribeNetworkInterfaces" in found.message


def test_without_a_function_or_groups_there_is_no_question() -> None:
    made = world().vpc().subnet("a").function(in_vpc=False)
    assert made.ask(check, **ASKED)[0].status is Status.NOT_APPLICABLE
