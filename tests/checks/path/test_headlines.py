"""What a reader sees first when the path of a function is blocked: one cause, told once."""

from __future__ import annotations

import pytest

from runbook_lib.engine import evaluate
from runbook_lib.errors import UsageError
from runbook_lib.model.status import Verdict
from tests.builders import World, acl_entry
from tests.checks.path.flows import BANK, SSH, one_subnet, two_subnets


def headline(made: World, **more: object) -> str:
    found = evaluate(made.snapshot(), made.settings(**{**SSH, **more}), select=["path"], prove=False)  # type: ignore[arg-type]
    assert found.verdict is Verdict.FAIL
    return found.headline


WAY_OUT = (acl_entry(100, egress=True, ports=(443, 443)), acl_entry(110, cidr="10.0.0.0/16", egress=True))


def closed(made: World, *subnets: str) -> World:
    return made.acl("public", acl_entry(100), *WAY_OUT, subnets=subnets)


def test_one_subnet_one_cause() -> None:
    said = (
        f"subnet-a to {BANK} (tcp 22) is blocked: acl-public, the implicit deny: denies tcp 22 to {BANK} at subnet-a."
    )
    assert headline(closed(one_subnet(), "a")) == said


def test_several_subnets_one_cause() -> None:
    words = f"subnet-a to {BANK} (tcp 22) is blocked: acl-public, the implicit deny: denies tcp 22 to {BANK} at subnet-"
    assert headline(closed(two_subnets(), "public")) == f"2 of 2 subnets: {words}public."
    assert headline(closed(two_subnets(), "a")) == f"1 of 2 subnets: {words}a."


def test_another_cause_and_another_destination_are_counted() -> None:
    made = closed(two_subnets(), "a").changed("RouteTables", "rtb-b", lambda raw: raw["Routes"].pop())
    assert headline(made).endswith("denies tcp 22 to 198.51.100.7 at subnet-a (and 2 more).")
    made = closed(two_subnets(), "a")
    assert headline(made, destinations=(BANK, "198.51.100.8")).endswith("at subnet-a (and 1 more).")


def test_a_destination_nobody_knows_is_wrong_usage() -> None:
    made = one_subnet()
    with pytest.raises(UsageError, match="unknown destination"):
        evaluate(made.snapshot(), made.settings(destinations=("nonsense",)), select=["path"])
