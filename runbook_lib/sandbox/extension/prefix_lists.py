"""DescribePrefixLists tells the CIDRs; unknown prefix lists are errors; only AWS services are listed."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from runbook_lib.sandbox.extension.patching import replace, wrap

__all__ = ["apply"]


def apply() -> None:
    """Patch the three prefix-list calls."""
    replace(EC2Response, "describe_prefix_lists", describe_prefix_lists)
    wrap(EC2Response, "describe_managed_prefix_lists", _describe_managed)
    wrap(EC2Response, "get_managed_prefix_list_entries", _entries)


def describe_prefix_lists(response: Any) -> ActionResult:
    """The lists of AWS services with their CIDRs."""
    wanted = response._get_param("PrefixListIds", [])
    _known(response, wanted)
    return ActionResult(
        {
            "PrefixLists": [
                {
                    "PrefixListId": item.id,
                    "PrefixListName": item.prefix_list_name,
                    "Cidrs": [entry["Cidr"] for entry in list(item.entries.values())[-1]],
                }
                for item in response.ec2_backend.managed_prefix_lists.values()
                if item.owner_id == "AWS" and (not wanted or item.id in wanted)
            ]
        }
    )


def _describe_managed(original: Any, response: Any) -> Any:
    _known(response, response._get_param("PrefixListIds", []))
    return original(response)


def _entries(original: Any, response: Any) -> Any:
    _known(response, [response._get_param("PrefixListId")])
    return original(response)


def _known(response: Any, wanted: list[str]) -> None:
    for prefix_list in wanted:
        if prefix_list not in response.ec2_backend.managed_prefix_lists:
            raise EC2ClientError("InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list}' does not exist")
