"""DEP003: does the endpoint that was deployed serve the function?"""

from __future__ import annotations

from runbook_lib.checks.deploy import dep003_endpoint_covers_subnets as dep003
from runbook_lib.model.actions import TerraformOutput
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.deploy.cases import ask, deployed, told

ASKED = {"endpoint_id": "id"}


def cited(made: World, subnet: str) -> tuple[Evidence, ...]:
    (named,) = made.snapshot().all(TerraformOutput)
    table = made.view().route_table_of(subnet)
    return made.view().endpoint("vpce-s3").cite("RouteTableIds"), table.cite("Associations"), named.cite("Value")


def passed(made: World, subnet: str) -> Finding:
    said = f"{subnet} uses rtb-main, and vpce-s3 is associated with it."
    return dep003.META.passed(made.view().subnet(subnet), said, *cited(made, subnet), scope="vpce-s3")


def test_every_subnet_is_served() -> None:
    made = deployed().outputs(id="vpce-s3")
    assert ask(made, dep003, outputs=ASKED) == (passed(made, "subnet-a"), passed(made, "subnet-b"))


def test_one_table_was_forgotten() -> None:
    made = deployed().table("b", subnets=["b"]).outputs(id="vpce-s3")
    said = "subnet-b uses rtb-b, but vpce-s3 is not associated with that table."
    forgotten = dep003.META.failed(
        made.view().subnet("subnet-b"),
        said,
        *cited(made, "subnet-b"),
        code="ENDPOINT_NOT_ASSOCIATED",
        scope="vpce-s3",
    )
    assert ask(made, dep003, outputs=ASKED) == (passed(made, "subnet-a"), forgotten)


def test_each_endpoint_is_judged() -> None:
    made = deployed().gateway_endpoint("dynamodb").outputs(id=["vpce-s3", "vpce-dynamodb"])
    found = ask(made, dep003, outputs=ASKED)
    assert [(item.resource.id, item.scope, item.status) for item in found] == [
        ("subnet-a", "vpce-s3", Status.PASS),
        ("subnet-a", "vpce-dynamodb", Status.FAIL),
        ("subnet-b", "vpce-s3", Status.PASS),
        ("subnet-b", "vpce-dynamodb", Status.FAIL),
    ]


def test_an_endpoint_of_another_vpc() -> None:
    made = deployed().vpc("far", ["10.9.0.0/16"]).gateway_endpoint("s3", name="far", tables=["far"])
    found = ask(made.outputs(id="vpce-far"), dep003, outputs=ASKED)
    assert told(found) == [(Status.FAIL, "ENDPOINT_ELSEWHERE")] * 2
    assert found[0].message == "vpce-far serves vpc-far only, but subnet-a lies in vpc-main."


def test_an_interface_endpoint_has_no_route_tables() -> None:
    made = deployed().group("endpoint").interface_endpoint("sqs").outputs(id="vpce-sqs")
    assert told(ask(made, dep003, outputs=ASKED)) == [(Status.NOT_APPLICABLE, "NOT_APPLICABLE")] * 2


def test_what_was_not_read() -> None:
    for key, action in (("RouteTables", "ec2:DescribeRouteTables"), ("VpcEndpoints", "ec2:DescribeVpcEndpoints")):
        found = ask(deployed().outputs(id="vpce-s3").denied(key), dep003, outputs=ASKED)
        assert told(found) == [(Status.UNKNOWN, "NOT_READ")] * 2
        assert {item.message.split("; ")[1] for item in found} == {f"allow {action} and run again."}
    cut = deployed().outputs(id="vpce-old").truncated("VpcEndpoints")
    assert told(ask(cut, dep003, outputs=ASKED)) == [(Status.UNKNOWN, "NOT_READ")] * 2
    unread = ask(deployed().outputs(id="vpce-s3").denied("TerraformOutputs"), dep003, outputs=ASKED)
    assert told(unread) == [(Status.UNKNOWN, "NOT_READ")]


def test_an_endpoint_that_is_gone_is_told_once() -> None:
    made = deployed().outputs(id="vpce-old")
    assert ask(made, dep003, outputs=ASKED) == tuple(
        dep003.META.not_applicable(
            made.view().subnet(subnet),
            f"vpce-old does not exist, so {subnet} has no way to it; see DEP002.",
            "vpce-old",
        )
        for subnet in ("subnet-a", "subnet-b")
    )


def test_no_endpoint_is_asked_about() -> None:
    made = deployed()
    said = "No Terraform output names an endpoint that worker would use."
    assert ask(made, dep003) == (dep003.META.not_applicable(made.view().function("worker"), said),)
