"""GetResources of a REST API gives integrations only when they are asked for; moto always gives them.

https://docs.aws.amazon.com/apigateway/latest/api/API_GetResources.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.apigateway.responses import APIGatewayResponse

from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["apply"]


def apply() -> None:
    """Patch GetResources."""
    wrap(APIGatewayResponse, "get_resources", _resources)


def _resources(original: Any, response: Any) -> Any:
    found = json.loads(original(response))
    if "methods" not in response.querystring.get("embed", []):
        for resource in found["item"]:
            if "resourceMethods" in resource:
                resource["resourceMethods"] = {verb: {} for verb in resource["resourceMethods"]}
    return json.dumps(found)
