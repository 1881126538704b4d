"""Reachability Analyzer: paths and their analyses, which moto does not have.

What an analysis says is worked out by `sandbox/analyzing`, from what moto holds when it starts.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartNetworkInsightsAnalysis.html (read 2026-11-21)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2 import utils
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response
from moto.ec2.utils import add_tag_specification
from moto.moto_api._internal import mock_random

from runbook_lib.errors import SandboxError
from runbook_lib.sandbox.analyzing.analysis import analyse
from runbook_lib.sandbox.analyzing.asking import refusal_of, resource_of
from runbook_lib.sandbox.analyzing.conduct import Conduct
from runbook_lib.sandbox.extension.patching import MOTO_VERSION, add

__all__ = ["apply", "conduct"]

_PATH, _ANALYSIS = "network-insights-path", "network-insights-analysis"
_PREFIXES = {_PATH: "nip", _ANALYSIS: "nia"}
_ASKED = ("Source", "Destination", "SourceIp", "DestinationIp", "DestinationPort", "Protocol")
_FILTERS = ("FilterAtSource", "FilterAtDestination")


def apply() -> None:
    """Add the six calls, and let paths and analyses have tags."""
    for kind, prefix in _PREFIXES.items():
        if kind in utils.EC2_RESOURCE_TO_PREFIX:
            raise SandboxError(f"moto {MOTO_VERSION} knows {kind} now; drop the extension for it")
        utils.EC2_RESOURCE_TO_PREFIX[kind] = prefix
        utils.EC2_PREFIX_TO_RESOURCE[prefix] = kind
    for call in (
        create_network_insights_path,
        describe_network_insights_paths,
        delete_network_insights_path,
        start_network_insights_analysis,
        describe_network_insights_analyses,
        delete_network_insights_analysis,
    ):
        add(EC2Response, call.__name__, call)


def conduct(backend: Any, wanted: Conduct) -> None:
    """Decide how analyses in a Region go on."""
    backend.network_insights_conduct = wanted


def _store(backend: Any, name: str) -> dict[str, Any]:
    """A dict that lives as long as what else the backend holds."""
    if not hasattr(backend, name):
        setattr(backend, name, {})
    found: dict[str, Any] = getattr(backend, name)
    return found


def _kept(backend: Any, kind: str) -> dict[str, dict[str, Any]]:
    """Mapping id → item, of paths or of analyses, in the order in which they were made."""
    return _store(backend, kind.replace("-", "_"))


# -- paths -----------------------------------------------------------------------------------------------------------


def create_network_insights_path(response: Any) -> ActionResult:
    """CreateNetworkInsightsPath."""
    backend = response.ec2_backend
    asked = _asked(response)
    if refused := refusal_of(asked, lambda id_: _exists(backend, id_)):
        raise EC2ClientError(*refused)
    response.error_on_dryrun()
    tags = _tags(response, _PATH)
    if again := _made_before(backend, _PATH, response, {**asked, "tags": tags}):
        return ActionResult({"NetworkInsightsPath": _tagged(backend, again)})
    path = {**_new(backend, _PATH), "CreatedDate": utcnow(), **asked}
    for end in ("Source", "Destination"):
        if str(asked.get(end, "")).startswith("arn:"):
            path |= {f"{end}Arn": asked[end], end: resource_of(asked[end])}
    _keep(backend, _PATH, path, response, {**asked, "tags": tags}, tags)
    return ActionResult({"NetworkInsightsPath": _tagged(backend, path)})


def _asked(response: Any) -> dict[str, Any]:
    given = {name: response._get_param(name) for name in (*_ASKED, *_FILTERS)}
    asked = {name: value for name, value in given.items() if value not in (None, "", {})}
    if "Protocol" in asked:
        asked["Protocol"] = str(asked["Protocol"]).lower()
    if "DestinationPort" in asked:
        asked["DestinationPort"] = int(asked["DestinationPort"])
    return asked


def _exists(backend: Any, id_: str) -> bool:
    if id_.startswith("i-"):
        return any(id_ == instance.id for instance in backend.all_instances())
    if id_.startswith("vpce-svc-"):
        return id_ in backend.configurations
    stores = {
        "igw-": backend.internet_gateways,
        "eni-": backend.enis,
        "tgw-attach-": backend.transit_gateway_attachments,
        "tgw-": backend.transit_gateways,
        "vgw-": backend.vpn_gateways,
        "vpce-": backend.vpc_end_points,
        "pcx-": backend.vpc_pcxs,
    }
    return next((id_ in store for prefix, store in stores.items() if id_.startswith(prefix)), False)


def describe_network_insights_paths(response: Any) -> ActionResult:
    """DescribeNetworkInsightsPaths; filters and pages are those of all listings."""
    response.error_on_dryrun()
    items = _chosen(response, _PATH, "NetworkInsightsPathIds")
    return ActionResult({"NetworkInsightsPaths": [_tagged(response.ec2_backend, item) for item in items]})


def delete_network_insights_path(response: Any) -> ActionResult:
    """DeleteNetworkInsightsPath; its analyses must be deleted first."""
    backend, path = response.ec2_backend, _one(response, _PATH, "NetworkInsightsPathId")
    path_id = path["NetworkInsightsPathId"]
    response.error_on_dryrun()
    if any(item["NetworkInsightsPathId"] == path_id for item in _kept(backend, _ANALYSIS).values()):
        raise EC2ClientError(
            "AnalysisExistsForNetworkInsightsPath",
            f"The network insights path '{path_id}' has analyses. Delete them before you delete the path.",
        )
    _forget(backend, _PATH, path_id)
    return ActionResult({"NetworkInsightsPathId": path_id})


# -- analyses --------------------------------------------------------------------------------------------------------


def start_network_insights_analysis(response: Any) -> ActionResult:
    """StartNetworkInsightsAnalysis; the answer is that of the moment at which it starts."""
    backend, path = response.ec2_backend, _one(response, _PATH, "NetworkInsightsPathId")
    response.error_on_dryrun()
    lists = {name: response._get_param(name, []) for name in ("AdditionalAccounts", "FilterInArns", "FilterOutArns")}
    asked = {"NetworkInsightsPathId": path["NetworkInsightsPathId"], **{k: v for k, v in lists.items() if v}}
    tags = _tags(response, _ANALYSIS)
    if again := _made_before(backend, _ANALYSIS, response, {**asked, "tags": tags}):
        return ActionResult({"NetworkInsightsAnalysis": _tagged(backend, _seen(again))})
    wanted: Conduct = getattr(backend, "network_insights_conduct", Conduct())
    analysis = {
        **_new(backend, _ANALYSIS),
        **asked,
        "StartDate": utcnow(),
        "polls": wanted.polls,
        "result": _result(backend, wanted, path, asked),
    }
    _keep(backend, _ANALYSIS, analysis, response, {**asked, "tags": tags}, tags)
    return ActionResult({"NetworkInsightsAnalysis": _tagged(backend, {**_seen(analysis), "Status": "running"})})


def _result(backend: Any, wanted: Conduct, path: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    if wanted.failure:
        return {"Status": "failed", "StatusMessage": wanted.failure}
    recorded = wanted.recorded.get(path.get("Destination", ""))
    if recorded is not None:
        return {"Status": "succeeded", **recorded}
    narrowed = [name for name in ("FilterInArns", "FilterOutArns") if asked.get(name)]
    if narrowed:
        return {"Status": "failed", "StatusMessage": f"The network configuration is not supported: {narrowed[0]}."}
    return analyse(backend, path).fields()


def _seen(analysis: Mapping[str, Any]) -> dict[str, Any]:
    """An analysis as it is described: the result shows once it has ended."""
    shown = {name: value for name, value in analysis.items() if name not in ("polls", "result")}
    return shown | ({"Status": "running"} if analysis["polls"] > 0 else analysis["result"])


def describe_network_insights_analyses(response: Any) -> ActionResult:
    """DescribeNetworkInsightsAnalyses; every description of one that runs brings it nearer to its end."""
    response.error_on_dryrun()
    path_id = response._get_param("NetworkInsightsPathId")
    begin, end = (response._get_param(name) for name in ("AnalysisStartTime", "AnalysisEndTime"))
    shown = []
    for analysis in _chosen(response, _ANALYSIS, "NetworkInsightsAnalysisIds"):
        started = analysis["StartDate"].replace(tzinfo=None)
        late = begin is not None and started < begin.replace(tzinfo=None)
        early = end is not None and started > end.replace(tzinfo=None)
        if late or early or (path_id and analysis["NetworkInsightsPathId"] != path_id):
            continue
        shown.append(_tagged(response.ec2_backend, _seen(analysis)))
        analysis["polls"] -= 1
    return ActionResult({"NetworkInsightsAnalyses": shown})


def delete_network_insights_analysis(response: Any) -> ActionResult:
    """DeleteNetworkInsightsAnalysis."""
    found = _one(response, _ANALYSIS, "NetworkInsightsAnalysisId")["NetworkInsightsAnalysisId"]
    response.error_on_dryrun()
    _forget(response.ec2_backend, _ANALYSIS, found)
    return ActionResult({"NetworkInsightsAnalysisId": found})


# -- both ------------------------------------------------------------------------------------------------------------


def _title(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("-"))


def _new(backend: Any, kind: str) -> dict[str, Any]:
    id_ = f"{_PREFIXES[kind]}-{mock_random.get_random_hex(17)}"
    arn = f"arn:{backend.partition}:ec2:{backend.region_name}:{backend.account_id}:{kind}/{id_}"
    return {f"{_title(kind)}Id": id_, f"{_title(kind)}Arn": arn}


def _tags(response: Any, kind: str) -> dict[str, str]:
    listed = response._get_param("TagSpecifications", [])
    for item in listed:
        if item.get("ResourceType") != kind:
            said = f"'{item.get('ResourceType')}' is not a valid taggable resource type for this operation."
            raise EC2ClientError("InvalidParameterValue", said)
    return dict(add_tag_specification(listed))


def _tagged(backend: Any, item: Mapping[str, Any]) -> dict[str, Any]:
    id_ = item.get("NetworkInsightsAnalysisId") or item["NetworkInsightsPathId"]
    return {**item, "Tags": [{"Key": key, "Value": value} for key, value in backend.tags.get(id_, {}).items()]}


def _made_before(backend: Any, kind: str, response: Any, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an earlier request with this client token made. Raises when that request asked for something else."""
    id_, before = _tokens(backend, kind).get(response._get_param("ClientToken"), ("", None))
    if id_ not in _kept(backend, kind):
        return None
    if before != asked:
        said = "The client token was used before in a request with other parameters."
        raise EC2ClientError("IdempotentParameterMismatch", said)
    return _kept(backend, kind)[id_]


def _tokens(backend: Any, kind: str) -> dict[str, tuple[str, Any]]:
    """Mapping client token → the id that it made and what was asked for."""
    return _store(backend, f"{kind}-tokens".replace("-", "_"))


def _keep(
    backend: Any, kind: str, item: dict[str, Any], response: Any, asked: Mapping[str, Any], tags: dict[str, str]
) -> None:
    id_ = item[f"{_title(kind)}Id"]
    _kept(backend, kind)[id_] = item
    backend.create_tags([id_], tags)
    if token := response._get_param("ClientToken"):
        _tokens(backend, kind)[token] = id_, dict(asked)


def _forget(backend: Any, kind: str, id_: str) -> None:
    del _kept(backend, kind)[id_]
    backend.tags.pop(id_, None)


def _one(response: Any, kind: str, parameter: str) -> dict[str, Any]:
    return next(_found(response.ec2_backend, kind, [response._get_param(parameter)]))


def _found(backend: Any, kind: str, wanted: list[str]) -> Iterator[dict[str, Any]]:
    name = f"Invalid{_title(kind)}Id"
    for id_ in wanted:
        if not re.fullmatch(rf"{_PREFIXES[kind]}-[0-9a-f]+", id_ or ""):
            raise EC2ClientError(f"{name}.Malformed", f"The ID '{id_}' is malformed")
        if id_ not in _kept(backend, kind):
            raise EC2ClientError(f"{name}.NotFound", f"The ID '{id_}' does not exist")
        yield _kept(backend, kind)[id_]


def _chosen(response: Any, kind: str, parameter: str) -> list[dict[str, Any]]:
    wanted = response._get_param(parameter, [])
    return list(_found(response.ec2_backend, kind, wanted) if wanted else _kept(response.ec2_backend, kind).values())
