"""Short ways to let the embedded AWS analyse a path, and to read what it says."""

from typing import Any

from tests.sandbox.asking import one

__all__ = ["analysed", "codes", "interface_in", "names", "requested", "why"]


def requested(source: str, destination: str = "", port: int | None = 443, **more: Any) -> dict[str, Any]:
    """What CreateNetworkInsightsPath is sent; `destination` is an id or an address."""
    address = {"DestinationAddress": destination} if destination[:1].isdigit() else {}
    ports = {"DestinationPortRange": {"FromPort": port, "ToPort": port}} if port is not None else {}
    filters = {**address, **ports, **more.pop("FilterAtSource", {})}
    where = {"Destination": destination} if destination and not address else {}
    return {"Source": source, "Protocol": "tcp", **where, **({"FilterAtSource": filters} if filters else {}), **more}


def analysed(ec2: Any, source: str, destination: str = "", port: int | None = 443, **more: Any) -> dict[str, Any]:
    """The analysis of a path, once it has ended."""
    made = ec2.create_network_insights_path(**requested(source, destination, port, **more))
    path_id = made["NetworkInsightsPath"]["NetworkInsightsPathId"]
    begun = ec2.start_network_insights_analysis(NetworkInsightsPathId=path_id)["NetworkInsightsAnalysis"]
    for _ in range(2):
        listed = ec2.describe_network_insights_analyses(NetworkInsightsAnalysisIds=[begun["NetworkInsightsAnalysisId"]])
    return one(listed, "NetworkInsightsAnalyses")


def interface_in(ec2: Any, subnet: str, kind: str = "lambda") -> str:
    """The interface of a type in a subnet."""
    inside = [{"Name": "subnet-id", "Values": [subnet]}, {"Name": "interface-type", "Values": [kind]}]
    found = ec2.describe_network_interfaces(Filters=inside)["NetworkInterfaces"]
    return str(found[0]["NetworkInterfaceId"])


def codes(analysis: dict[str, Any]) -> list[str]:
    """`["reachable"]`, or the explanation codes of an analysis that found no path."""
    assert analysis["Status"] == "succeeded", analysis.get("StatusMessage")
    found = [item["ExplanationCode"] for item in analysis.get("Explanations", ())]
    assert bool(found) is not analysis["NetworkPathFound"]
    return found or ["reachable"]


def why(analysis: dict[str, Any]) -> dict[str, Any]:
    """The only explanation, with the names (else ids) of the components in it."""
    (found,) = analysis["Explanations"]
    return {key: _short(value) for key, value in found.items()}


def names(components: list[dict[str, Any]]) -> list[str]:
    """The kinds of the components and their Name tags, in the order of the path: `route-table n-private-a`.

    Interfaces that AWS made have no name.
    """
    assert [item["SequenceNumber"] for item in components] == list(range(1, len(components) + 1))
    return [_titled(item["Component"]) for item in components]


def _titled(component: dict[str, str]) -> str:
    kind = component["Arn"].rpartition(":")[2].partition("/")[0]
    return f"{kind} {component.get('Name', '')}".strip()


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(item) for item in value]
    return value.get("Name", value["Id"]) if isinstance(value, dict) and "Arn" in value else value
