"""Worlds in which the function has network interfaces and AWS has been asked about its flows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runbook_lib.checks.analyzer.common import Asked, asked_about
from runbook_lib.checks.path.common import answer_of, flows
from runbook_lib.model.analysis_plan import PlannedAnalysis, Stretch
from runbook_lib.model.insights import PathTag
from tests.builders import World
from tests.network.insights.worlds import OUTSIDE, hyperplane, sftp_world

__all__ = ["ACL", "ASKED", "analysed", "closed", "opened", "sftp", "with_interfaces"]

CREATED = "2026-11-20T11:59:58Z"
ASKED: Mapping[str, Any] = {"destinations": (OUTSIDE,), "port": 22}
ACL = {
    "ExplanationCode": "SUBNET_ACL_RESTRICTION",
    "Direction": "egress",
    "Acl": {"Id": "acl-public"},
    "Subnet": {"Id": "subnet-public"},
}

Said = Callable[[PlannedAnalysis], Mapping[str, Any]]


def closed(planned: PlannedAnalysis) -> Mapping[str, Any]:
    """There is no path by the network ACL of the NAT gateway's subnet, so the stretch before it has one."""
    if planned.stretch is Stretch.TO_NAT:
        return {"NetworkPathFound": True}
    return {"NetworkPathFound": False, "Explanations": [ACL]}


def opened(planned: PlannedAnalysis) -> Mapping[str, Any]:
    """There is a path."""
    return {"NetworkPathFound": True}


def analysed(made: World, *services: str, said: Said = opened, started: str = "", **asked: Any) -> World:
    """The world after AWS was asked about every flow, whole and in parts; the components are those the kit passes.

    With `started`, the moment of the analyses, the paths do not say in a tag which configuration they are about.
    """
    view, settings = made.view(), made.settings(*services, **asked)
    found = [asked_about(answer_of(view, flow), settings) for flow in flows(settings)]
    for item in found:
        for planned in (item.planned, *item.planned.parts) if item.planned else ():
            _answered(made, planned, said(planned), _components(item, planned), started)
    return made


def _components(asked: Asked, planned: PlannedAnalysis) -> list[dict[str, Any]]:
    hops = asked.answer["forward"]["hops"] if planned.stretch is Stretch.WHOLE else ()
    ids = [hop["id"] for hop in hops if hop["kind"] not in ("subnet", "internet", "service")]
    return [{"SequenceNumber": number, "Component": {"Id": id_}} for number, id_ in enumerate(ids, 1)]


def _answered(
    made: World, planned: PlannedAnalysis, said: Mapping[str, Any], components: Iterable[Any], started: str
) -> None:
    number = len(made._items["NetworkInsightsPaths"])
    then = {PathTag.FINGERPRINT: planned.fingerprint or "", PathTag.SUBNET: planned.subnet_id}
    then = {} if started else then
    listed = [{"Key": str(tag), "Value": value} for tag, value in then.items() if value]
    made.item(
        "NetworkInsightsPaths",
        **planned.request,
        NetworkInsightsPathId=f"nip-{number}",
        Tags=listed,
        CreatedDate=CREATED,
    )
    answer: dict[str, Any] = {"Status": "succeeded", **said}
    if answer.get("NetworkPathFound"):
        answer["ForwardPathComponents"] = list(components)
        answer["ReturnPathComponents"] = [{"Component": {"Id": planned.source}}]
    made.item(
        "NetworkInsightsAnalyses",
        NetworkInsightsAnalysisId=f"nia-{number}",
        NetworkInsightsPathId=f"nip-{number}",
        StartDate=started or "2026-11-20T12:00:00Z",
        **answer,
    )


def with_interfaces(made: World) -> World:
    """The world in which Lambda has made an interface for every subnet of the functions in it."""
    placements = {
        (subnet_id, tuple(function["VpcConfig"]["SecurityGroupIds"]))
        for function in made._items["Functions"]
        if function.get("VpcConfig")
        for subnet_id in function["VpcConfig"]["SubnetIds"]
    }
    for number, (subnet_id, groups) in enumerate(sorted(placements)):
        cidr = next(item["CidrBlock"] for item in made._items["Subnets"] if item["SubnetId"] == subnet_id)
        address = f"{cidr.rsplit('.', 1)[0]}.{200 + number}"
        name = subnet_id.removeprefix("subnet-")
        hyperplane(made, f"fn-{name}", subnet=name, address=address, groups=[id_.removeprefix("sg-") for id_ in groups])
    return made


def sftp(said: Said = closed, **more: Any) -> World:
    """A function behind a NAT gateway whose subnet lets no SFTP out, and what AWS says to that."""
    return analysed(sftp_world(), said=said, **ASKED, **more)
