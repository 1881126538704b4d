"""The role of the function allows everything on S3, yet its permissions boundary lets it only read."""

from __future__ import annotations

from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.invoke import burst, invoke, upload
from runbook_lib.sandbox.layout import BUCKET, FUNCTION, network, workloads
from runbook_lib.sandbox.load.jobs import Answer, FailureKind
from runbook_lib.sandbox.load.ways import Answers
from runbook_lib.sandbox.scenario import Expect, Scenario
from runbook_lib.sandbox.world import World

__all__ = ["SCENARIO"]

_ROLE = "documents-renderer"
_GRANTS = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
_LIMIT = (
    {"Sid": "ReadDocuments", "Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"},
    {"Sid": "RunInVpc", "Effect": "Allow", "Action": ["ec2:*", "logs:*"], "Resource": "*"},
)


def build(world: World) -> None:
    """The fixed network and a role with a permissions boundary; S3 names the boundary each time it refuses."""
    net = network(world)
    role = world.surroundings.role(_ROLE, [_GRANTS], boundary=_LIMIT)
    workloads(world, net, world.security_group("documents-lambda", net.vpc), role=role)
    world.gateway_endpoint("documents-prod-s3", net.vpc, "s3", net.private_tables)
    refused = Answer(after_s=0.06, failure=FailureKind.ACCESS_DENIED, code="AccessDenied")
    why = "because no permissions boundary allows the s3:PutObject action"
    uploads = upload(world, BUCKET, answers=(refused,), role=_ROLE, refused=why)
    invoke(world, FUNCTION, Answers(), uploads, burst(world))


SCENARIO = Scenario(
    name="role-lacks-permission",
    title="Permissions boundary lets the role only read",
    story=(
        "The policy of the role of render-invoice-pdf allows s3:* on everything, and still every upload is refused "
        "within a second: the platform team limited the role with a permissions boundary that lets it read S3 and not "
        "write. The network is fine, and adding to the policy of the role would change nothing."
    ),
    cause="The permissions boundary of the role does not include s3:PutObject.",
    true_cause="permissions",
    function=FUNCTION,
    build=build,
    parameters={"actions": "s3:PutObject"},
    expected=(
        Expect("FUN002", Status.UNKNOWN, FUNCTION),
        Expect("FUN012", Status.FAIL, FUNCTION),
        Expect("FUN016", Status.FAIL, FUNCTION),
        Expect("FUN017", Status.FAIL, f"{_ROLE}/work"),
    ),
    verdicts={
        "function_configuration": Verdict.FAIL,
        "nat_gateway": Verdict.FAIL,
        "network_path": Verdict.PASS,
        "vpc_endpoints": Verdict.PASS,
    },
)
