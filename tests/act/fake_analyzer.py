"""A Reachability Analyzer in memory: keeps paths and analyses, and answers as told for each source and destination."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from botocore.awsrequest import AWSResponse

from tests.collect.fake_aws import ACCOUNT, REGION, FakeAws, _xml, failure, response

__all__ = ["DENYING_ACL", "FakeAnalyzer"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DENYING_ACL = {
    "Direction": "egress",
    "ExplanationCode": "SUBNET_ACL_RESTRICTION",
    "Acl": {"Id": "acl-public", "Arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-acl/acl-public"},
    "Subnet": {"Id": "subnet-public", "Arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-public"},
}
_OURS = ("NetworkInsightsPath", "NetworkInsightsAnalysis", "NetworkInsightsPaths", "NetworkInsightsAnalyses")


class FakeAnalyzer(FakeAws):
    """`blocked` are pairs of source and destination without a path, `failing` those whose analysis fails.

    An analysis is still running the first `polls` times that it is looked at. `order` tells what was sent, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.blocked: set[tuple[str, str]] = set()
        self.failing: set[tuple[str, str]] = set()
        self.polls = 1
        self.paths: dict[str, dict[str, Any]] = {}
        self.analyses: dict[str, dict[str, Any]] = {}
        self.order: list[str] = []
        self._looks: dict[str, int] = {}
        self._number = 0

    def _answer(self, request: Any, event_name: str, **more: Any) -> AWSResponse:
        self.order.append(event_name.removeprefix("before-send."))
        return super()._answer(request, event_name, **more)

    def _body(self, service: str, name: str, request: Any) -> str:
        if service != "ec2" or not name.endswith(_OURS):
            return super()._body(service, name, request)
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        asked = dict(parse_qsl(body)) if isinstance(body, str) else {key: str(value) for key, value in body.items()}
        found = getattr(self, f"_{name}")(asked)
        shape = self.session._session.get_service_model("ec2").operation_model(name).output_shape
        return f"<R><requestId>req-{name}</requestId>{_xml(shape, found)}</R>"

    def _CreateNetworkInsightsPath(self, asked: Mapping[str, str]) -> dict[str, Any]:
        self._number += 1
        id_ = f"nip-{self._number:017x}"
        filters = _under(asked, "FilterAtSource")
        names = ("Source", "Destination", "Protocol")
        self.paths[id_] = {
            "NetworkInsightsPathId": id_,
            "NetworkInsightsPathArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-insights-path/{id_}",
            "CreatedDate": NOW.isoformat(),
            **{name: asked[name] for name in names if name in asked},
            "FilterAtSource": filters,
            "Tags": _tags(asked),
        }
        return {"NetworkInsightsPath": self.paths[id_]}

    def _StartNetworkInsightsAnalysis(self, asked: Mapping[str, str]) -> dict[str, Any]:
        self._number += 1
        id_ = f"nia-{self._number:017x}"
        self.analyses[id_] = {
            "NetworkInsightsAnalysisId": id_,
            "NetworkInsightsPathId": asked["NetworkInsightsPathId"],
            "StartDate": NOW.isoformat(),
            "Status": "running",
        }
        self._looks[id_] = 0
        return {"NetworkInsightsAnalysis": self.analyses[id_]}

    def _DescribeNetworkInsightsPaths(self, asked: Mapping[str, str]) -> dict[str, Any]:
        ids = _listed(asked, "NetworkInsightsPathId")
        tag, value = asked.get("Filter.1.Name", "").removeprefix("tag:"), asked.get("Filter.1.Value.1")
        found = [raw for id_, raw in self.paths.items() if not ids or id_ in ids]
        if tag:
            found = [raw for raw in found if {"Key": tag, "Value": value} in raw["Tags"]]
        return {"NetworkInsightsPaths": found}

    def _DescribeNetworkInsightsAnalyses(self, asked: Mapping[str, str]) -> dict[str, Any]:
        ids = _listed(asked, "NetworkInsightsAnalysisId")
        of = asked.get("NetworkInsightsPathId")
        found = [
            raw for id_, raw in self.analyses.items() if (id_ in ids if ids else raw["NetworkInsightsPathId"] == of)
        ]
        for raw in found:
            self._advance(raw)
        return {"NetworkInsightsAnalyses": found}

    def _advance(self, raw: dict[str, Any]) -> None:
        id_ = raw["NetworkInsightsAnalysisId"]
        self._looks[id_] += 1
        if raw["Status"] != "running" or self._looks[id_] <= self.polls:
            return
        path = self.paths[raw["NetworkInsightsPathId"]]
        pair = (path["Source"], path.get("Destination", ""))
        if pair in self.failing:
            raw |= {"Status": "failed", "StatusMessage": "The request failed due to insufficient permissions"}
            return
        raw |= {"Status": "succeeded", "NetworkPathFound": pair not in self.blocked}
        raw |= {"Explanations": [DENYING_ACL]} if pair in self.blocked else {}

    def _DeleteNetworkInsightsAnalysis(self, asked: Mapping[str, str]) -> dict[str, Any]:
        del self.analyses[asked["NetworkInsightsAnalysisId"]]
        return {"NetworkInsightsAnalysisId": asked["NetworkInsightsAnalysisId"]}

    def _DeleteNetworkInsightsPath(self, asked: Mapping[str, str]) -> dict[str, Any]:
        id_ = asked["NetworkInsightsPathId"]
        assert not any(raw["NetworkInsightsPathId"] == id_ for raw in self.analyses.values()), "it has analyses"
        del self.paths[id_]
        return {"NetworkInsightsPathId": id_}


def denied(operation: str) -> AWSResponse:
    """How EC2 denies an operation."""
    said = f"You are not authorized to perform this operation: {operation}"
    return failure("ec2", 403, "UnauthorizedOperation", said)


def empty(name: str) -> AWSResponse:
    """An answer without anything in it."""
    return response(200, f"<R><requestId>req-{name}</requestId></R>")


def _listed(asked: Mapping[str, str], name: str) -> list[str]:
    return [value for key, value in asked.items() if key.startswith(f"{name}.")]


def _under(asked: Mapping[str, str], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in asked.items():
        first, _, rest = key.partition(".")
        if first == name and "." not in rest:
            found[rest] = value
        elif first == name:
            found.setdefault(rest.partition(".")[0], {})[rest.partition(".")[2]] = value
    return found


def _tags(asked: Mapping[str, str]) -> list[dict[str, str]]:
    start = "TagSpecification.1.Tag."
    numbers = sorted({key.split(".")[3] for key in asked if key.startswith(start)}, key=int)
    return [{"Key": asked[f"{start}{n}.Key"], "Value": asked[f"{start}{n}.Value"]} for n in numbers]
