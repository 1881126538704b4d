"""What AWS refuses of a request for a path: codes and words.

The codes are those that AWS's own CloudFormation handler of AWS::EC2::NetworkInsightsPath knows:
https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-ec2; the words about a missing destination:
https://github.com/hashicorp/terraform-provider-aws/issues/38132 (read 2026-11-21). Which resources can be analysed:
https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runbook_lib.sandbox.analyzing.shapes import KINDS, PROTOCOLS

__all__ = ["refusal_of", "resource_of"]

_ANALYSABLE = ("i-", "igw-", "eni-", "tgw-attach-", "tgw-", "vgw-", "vpce-svc-", "vpce-", "pcx-")
_ARN = re.compile(r"arn:[\w-]+:ec2:(?P<region>[\w-]*):(?P<account>\d{12}):(?P<kind>[\w-]+)/(?P<id>[\w-]+)")
_ID = re.compile(r"(?P<prefix>[a-z]+(?:-(?:attach|rtb|svc))?-)[0-9a-f]{8,17}")


def resource_of(word: str) -> str:
    """The id in an id or ARN of a resource that can be analysed; empty when it cannot be."""
    arn = _ARN.fullmatch(word)
    id_ = arn["id"] if arn else word
    match = _ID.fullmatch(id_)
    if match is None or match["prefix"] not in _ANALYSABLE:
        return ""
    return id_ if arn is None or arn["kind"] == KINDS[match["prefix"]] else ""


def refusal_of(asked: Mapping[str, Any], is_known: Callable[[str], bool]) -> tuple[str, str] | None:
    """The error code and message with which AWS refuses to create a path; None when it creates it.

    `is_known` tells whether this account and Region have a resource; ARNs of others are not looked up.
    """
    return next(_refusals(asked, is_known), None)


def _refusals(asked: Mapping[str, Any], is_known: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    at_source, at_destination = asked.get("FilterAtSource"), asked.get("FilterAtDestination")
    if not asked.get("Source"):
        yield "MissingParameter", "The request must contain the parameter Source"
    if asked.get("Protocol") not in PROTOCOLS:
        yield "InvalidParameterValue", f"Value ({asked.get('Protocol')}) for parameter protocol is invalid."
    if not asked.get("Destination") and not (at_source or {}).get("DestinationAddress"):
        words = "The request must include either the Destination parameter or the FilterAtSource.DestinationAddress"
        yield "MissingParameter", f"{words} parameter. Add the required parameter and retry the request."
    if at_source and (asked.get("SourceIp") or asked.get("DestinationPort") is not None):
        yield "InvalidParameterCombination", "FilterAtSource cannot be used with SourceIp or DestinationPort."
    if at_destination and asked.get("DestinationIp"):
        yield "InvalidParameterCombination", "FilterAtDestination cannot be used with DestinationIp."
    for end in ("Source", "Destination"):
        yield from _of_end(end, asked.get(end), is_known)
    for name, value in _values(asked):
        if not _is_valid(name, value):
            yield "InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid."


def _of_end(end: str, word: str | None, is_known: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    if not word:
        return
    found = resource_of(word)
    if not found:
        said = f"Value ({word}) for parameter {end.lower()} is invalid. The resource type is not supported."
        yield "InvalidParameterValue", said
    elif found == word and not is_known(found):
        yield f"NetworkInsights{end}.NotFound", f"The {end.lower()} '{word}' does not exist."


def _values(asked: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, asked[name]) for name in ("SourceIp", "DestinationIp", "DestinationPort") if name in asked)
    for name in ("FilterAtSource", "FilterAtDestination"):
        told = asked.get(name) or {}
        yield from ((f"{name}.{key}", value) for key, value in told.items())


def _is_valid(name: str, value: Any) -> bool:
    if name.endswith("PortRange"):
        first, last = (int(value.get(end, -1)) for end in ("FromPort", "ToPort"))
        return 0 <= first <= last <= 65535
    if name.endswith("Port"):
        return 0 <= int(value) <= 65535
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True
