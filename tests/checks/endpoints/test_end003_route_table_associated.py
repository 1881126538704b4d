"""END003: is the endpoint associated with the route table of every subnet?"""

from __future__ import annotations

from runbook_lib.checks.endpoints.end003_route_table_associated import META, check
from runbook_lib.model.finding import Finding
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.worlds import two_zones


def ask(made: World, *services: str) -> tuple[Finding, ...]:
    return tuple(check(made.view(), made.settings(*services)))


def base() -> World:
    return two_zones().table("b", subnets=["b"]).function(subnets=["a", "b"])


def test_mixed_subnets_are_judged_one_by_one() -> None:
    made = base().gateway_endpoint("s3", tables=["main"])
    view = made.view()
    endpoint, main, own = view.endpoint("vpce-s3"), view.route_table_of("subnet-a"), view.route_table_of("subnet-b")
    seen = endpoint.cite("RouteTableIds")
    assert ask(made) == (
        META.passed(
            view.subnet("subnet-a"),
            "subnet-a uses rtb-main as the main route table, and vpce-s3 for s3 is associated with it.",
            seen,
            main.cite("Associations"),
            scope="s3",
        ),
        META.failed(
            view.subnet("subnet-b"),
            "subnet-b uses rtb-b explicitly, but no gateway endpoint for s3 is associated with that table "
            "(seen: vpce-s3).",
            seen,
            own.cite("Associations"),
            code="ENDPOINT_NOT_ASSOCIATED",
            scope="s3",
        ),
    )


def test_the_main_table_alone_is_healthy() -> None:
    made = two_zones().function(subnets=["a", "b"]).gateway_endpoint("s3", tables=["main"])
    assert {f.status for f in ask(made)} == {Status.PASS}


def test_several_endpoints_share_the_work() -> None:
    made = base().gateway_endpoint("s3", tables=["main"]).gateway_endpoint("s3", name="second", tables=["b"])
    assert {f.status for f in ask(made)} == {Status.PASS}


def test_an_endpoint_of_another_service_does_not_help() -> None:
    made = base().gateway_endpoint("s3", tables=["main", "b"]).gateway_endpoint("dynamodb", tables=["main"])
    found = {(f.resource.id, f.scope): f.status for f in ask(made)}
    assert found["subnet-b", "dynamodb"] is Status.FAIL
    assert found["subnet-b", "s3"] is Status.PASS


def test_without_an_endpoint_it_points_to_end001() -> None:
    made = base()
    said = "vpc-main has no gateway endpoint for s3 to associate with subnet-a; see END001."
    assert ask(made)[0] == META.not_applicable(made.view().subnet("subnet-a"), said, scope="s3")


def test_services_without_gateway_endpoints_do_not_apply() -> None:
    made = base()
    (finding,) = ask(made, "secretsmanager")
    assert (finding.resource.id, finding.status) == ("worker", Status.NOT_APPLICABLE)


def test_unread_tables_leave_the_explicit_association_unknown_too() -> None:
    found = ask(base().gateway_endpoint("s3", tables=["main", "b"]).denied("RouteTables"))
    assert [(f.key, f.status) for f in found] == [
        ("END003:subnet-a:s3", Status.UNKNOWN),
        ("END003:subnet-b:s3", Status.UNKNOWN),
    ]
    assert "ec2:DescribeRouteTables" in found[0].message


def test_a_truncated_list_of_tables_still_proves_an_explicit_association() -> None:
    found = ask(base().gateway_endpoint("s3", tables=["main", "b"]).truncated("RouteTables"))
    assert [f.status for f in found] == [Status.UNKNOWN, Status.PASS]
