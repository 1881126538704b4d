"""Provisioned concurrency: set for a version or an alias, listed for a function.

https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.responses import LambdaResponse

from runbook_lib.errors import SandboxError
from runbook_lib.sandbox.extension.patching import MOTO_VERSION, add

__all__ = ["apply"]

_PATH = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$"


def apply() -> None:
    """Add PutProvisionedConcurrencyConfig and ListProvisionedConcurrencyConfigs."""
    if any("provisioned-concurrency" in path for path in urls.url_paths):
        raise SandboxError(f"moto {MOTO_VERSION}: provisioned concurrency exists now; drop the extension for it")
    urls.url_paths[_PATH] = LambdaResponse.dispatch
    add(LambdaResponse, "put_provisioned_concurrency_config", _put)
    add(LambdaResponse, "list_provisioned_concurrency_configs", _list)


def _put(response: Any) -> Any:
    name, qualifier = _name(response), response.querystring.get("Qualifier", [""])[0]
    if qualifier in ("", "$LATEST"):
        raise InvalidParameterValueException(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )
    function = response.backend.get_function(name, qualifier)
    wanted = int(json.loads(response.body)["ProvisionedConcurrentExecutions"])
    latest = response.backend.get_function(name)
    held = latest.__dict__.setdefault("provisioned", {})
    held[qualifier] = {
        "FunctionArn": f"{latest.function_arn.removesuffix(':$LATEST')}:{qualifier}",
        "RequestedProvisionedConcurrentExecutions": wanted,
        "AvailableProvisionedConcurrentExecutions": wanted,
        "AllocatedProvisionedConcurrentExecutions": wanted,
        "Status": "READY",
        "LastModified": function.last_modified,
    }
    return 202, {}, json.dumps({name: value for name, value in held[qualifier].items() if name != "FunctionArn"})


def _list(response: Any) -> Any:
    held = getattr(response.backend.get_function(_name(response)), "provisioned", {})
    return 200, {}, json.dumps({"ProvisionedConcurrencyConfigs": [held[key] for key in sorted(held)]})


def _name(response: Any) -> str:
    return unquote(response.path.split("/functions/", 1)[1].split("/", 1)[0])
