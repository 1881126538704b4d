"""PTH001: does the function run in a VPC, and where?"""

from __future__ import annotations

from runbook_lib.checks.base import Settings
from runbook_lib.checks.path import pth001_in_vpc as check
from runbook_lib.checks.path.pth001_in_vpc import META
from runbook_lib.model.interfaces import Function
from runbook_lib.model.vpc import Vpc
from runbook_lib.network import targets
from tests.checks.path.flows import ask, bare, one_subnet, tagged, two_subnets


def test_no_function_is_named() -> None:
    made = two_subnets()
    view = made.view()
    target = targets.of_placement(view, ["subnet-a"], ["sg-fn"])
    said = "subnet-a + sg-fn names no function: its subnets are judged as they are."
    found = tuple(check.check(view, Settings(target=target)))
    assert found == (META.not_applicable(target.ref, said),)


def test_where_it_runs() -> None:
    made = tagged(one_subnet(), "Vpcs", "vpc-main", "prod")
    function = made.view().function("worker")
    said = "worker runs in vpc-main (prod) in 1 subnet with sg-fn."
    assert ask(made, check) == (META.passed(function, said, function.cite("VpcConfig")),)


def test_functions_that_share_a_place_are_told_once_and_others_apart() -> None:
    made = two_subnets().function("export", subnets=["a", "b"]).function("audit", subnets=["b"], groups=["audit"])
    view = made.view()
    found = tuple(check.check(view, Settings(target=targets.of_vpc(view, "vpc-main"))))
    audit, export = view.function("audit"), view.function("export")
    shared = "export runs in vpc-main in 2 subnets with sg-fn, as 1 function more."
    alone = "audit runs in vpc-main in 1 subnet with sg-audit."
    assert found == (
        META.passed(export, shared, export.cite("VpcConfig")),
        META.passed(audit, alone, audit.cite("VpcConfig")),
    )


def test_functions_were_not_read() -> None:
    made = bare().denied("Functions")
    said = "worker: function worker could not be read; allow lambda:ListFunctions and run again."
    assert ask(made, check) == (META.unknown(made.view().ref(Function, "worker"), said, code="NOT_READ"),)


def test_names_that_were_not_read_are_left_out() -> None:
    made = tagged(bare(), "Vpcs", "vpc-main", "prod").denied("Vpcs", "SecurityGroups")
    (found,) = ask(made, check)
    assert found.message == "worker runs in vpc-main in 1 subnet with sg-fn."
    assert made.view().find(Vpc, "vpc-main") is None
