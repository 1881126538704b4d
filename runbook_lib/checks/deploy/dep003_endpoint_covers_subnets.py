"""Gateway endpoint that the Terraform outputs name serves every subnet of the function.

What is verified
    The route table in effect of each subnet of the function is associated with each gateway endpoint that an output
    names, in the same VPC.
Why it matters
    The endpoint of a deployment may be available and still not serve the function: in a subnet whose route table was
    forgotten, packets take the way to the NAT gateway or none.
How it is decided
    Per subnet and endpoint, by the route table in effect (its own, else the main one of the VPC).
Unknown when
    An output was not read, or the endpoint, the subnet or the route tables could not be read.
Sources
    Gateway endpoints, https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html (read 2026-11-21)
    Subnet route tables, https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_lib.checks.base import Meta, Settings
from runbook_lib.checks.deploy.outputs import NAMED, endpoint_ids, of_outputs
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.gateways import VpcEndpoint
from runbook_lib.model.interfaces import Function
from runbook_lib.model.status import Severity
from runbook_lib.model.vpc import RouteTable, Subnet
from runbook_lib.network.view import View

__all__ = ["META", "check"]

META = Meta(
    id="DEP003",
    title="Gateway endpoint that the Terraform outputs name serves every subnet of the function",
    severity=Severity.HIGH,
    family="deploy",
    applies_to=Subnet.TYPE,
    needs=(*NAMED, VpcEndpoint.KEY, Subnet.KEY, RouteTable.KEY),
)


def check(view: View, settings: Settings) -> Iterator[Finding]:
    """One finding per subnet and endpoint."""
    return of_outputs(META, view, settings, lambda function, deploy: _judge(view, function, deploy))


def _judge(view: View, function: Function, deploy: Deploy) -> Iterator[Finding]:
    if "endpoint_id" not in deploy.outputs:
        yield META.not_applicable(function, f"No Terraform output names an endpoint that {function.id} would use.")
        return
    named, ids = endpoint_ids(view, function, deploy)
    function.need_place()
    subjects = [(subnet_id, id_) for subnet_id in sorted(function.subnet_ids) for id_ in ids]
    yield from META.each(
        subjects,
        lambda subject: view.ref(Subnet, subject[0]),
        lambda subject: [_of_subnet(view, function, *subject, named.cite("Value"))],
        lambda subject: subject[1],
    )


def _of_subnet(view: View, function: Function, subnet_id: str, scope: str, named: Evidence) -> Finding:
    subnet, endpoint = view.subnet(subnet_id), view.find(VpcEndpoint, scope)
    if endpoint is None:
        view.need(VpcEndpoint, function.scope)
        return META.not_applicable(
            subnet, f"{scope} does not exist, so {subnet.label} has no way to it; see DEP002.", scope
        )
    if endpoint.kind != "Gateway":
        said = f"{endpoint.label} is no gateway endpoint: no route table leads {subnet.label} to it; see PTH010."
        return META.not_applicable(subnet, said, scope=scope)
    if endpoint.vpc_id != subnet.vpc_id:
        said = f"{endpoint.label} serves {endpoint.vpc_id} only, but {subnet.label} lies in {subnet.vpc_id}."
        return META.failed(subnet, said, endpoint.cite("VpcId"), named, code="ENDPOINT_ELSEWHERE", scope=scope)
    table = view.route_table_of(subnet.id)
    seen = (endpoint.cite("RouteTableIds"), table.cite("Associations"), named)
    if table.id in endpoint.route_table_ids:
        said = f"{subnet.label} uses {table.label}, and {endpoint.label} is associated with it."
        return META.passed(subnet, said, *seen, scope=scope)
    said = f"{subnet.label} uses {table.label}, but {endpoint.label} is not associated with that table."
    return META.failed(subnet, said, *seen, code="ENDPOINT_NOT_ASSOCIATED", scope=scope)
