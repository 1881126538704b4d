"""NAT013: does the NAT gateway carry what a gateway endpoint would?"""

from __future__ import annotations

from runbook_lib.checks.nat import nat013_endpoint_instead as check
from runbook_lib.checks.nat.nat013_endpoint_instead import META
from runbook_lib.model.status import Severity, Status
from tests.checks.nat.gateways import WINDOW, ask, nat_of, series
from tests.checks.path.flows import bare, one_subnet
from tests.checks.worlds import gateway, half_attached, name_taken, no_endpoint, shadowed

GB = 2**30
OUT, BACK = "BytesOutToDestination", "BytesInFromDestination"


def test_s3_leaves_through_it_and_costs() -> None:
    made = no_endpoint().metrics(**{OUT: 1.5 * GB - 59 * 2000, BACK: 0.5 * GB - 59 * 4000})
    view = made.view()
    said = (
        f"Traffic of subnet-a and subnet-b to s3 leaves through nat-main, not through a free gateway endpoint; it "
        f"carried 2.00 GB {WINDOW}, about 64.80 USD a month at most for processing (at 0.045 USD per GB, the price of "
        "us-east-1)."
    )
    routes = view.route_table_of("subnet-a").cite("Routes")
    seen = (routes, routes, series(made, OUT).cite("Values"), series(made, BACK).cite("Values"))
    failed = META.failed(nat_of(made), said, *seen, code="GATEWAY_ENDPOINT_NOT_USED", scope="s3")
    assert made.ask(check) == (failed,)
    assert META.severity is Severity.INFO


def test_an_endpoint_carries_it() -> None:
    made = gateway()
    nat = nat_of(made)
    said = "No traffic of worker to s3 leaves through nat-main."
    assert made.ask(check) == (META.passed(nat, said, nat.cite("NatGatewayId"), scope="s3"),)
    assert [f.status for f in name_taken().ask(check)] == [Status.PASS]


def test_a_forgotten_table_and_a_nearer_route() -> None:
    (forgotten,) = half_attached().ask(check)
    assert forgotten.message.startswith("Traffic of subnet-b to s3 leaves through nat-main, ")
    (nearer,) = shadowed().ask(check)
    assert nearer.status is Status.FAIL


def test_unmeasured_bytes_leave_the_cost_open() -> None:
    (found,) = no_endpoint().denied("MetricDataResults").ask(check)
    assert found.message.endswith("not through a free gateway endpoint; what it carries was not measured.")


def test_nothing_to_judge() -> None:
    assert [f.status for f in bare().ask(check)] == [Status.NOT_APPLICABLE]
    asked = one_subnet().ask(check, "secretsmanager")
    assert [(f.status, f.message) for f in asked] == [
        (Status.NOT_APPLICABLE, "Neither S3 nor DynamoDB is asked about behind nat-main.")
    ]


def test_s3_is_judged_beside_other_destinations() -> None:
    (found,) = ask(no_endpoint(), check)
    assert found.scope == "s3"


def test_the_prefix_list_was_not_read() -> None:
    (found,) = no_endpoint().denied("PrefixLists").ask(check)
    assert (found.status, "allow ec2:DescribePrefixLists" in found.message) == (Status.UNKNOWN, True)
