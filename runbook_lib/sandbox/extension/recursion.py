"""Whether Lambda stops a function that runs itself: set and told per function, `Terminate` unless set.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html
https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html
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

_PATH = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/recursion-config/?$"
_SETTINGS = ("Allow", "Terminate")


def apply() -> None:
    """Add PutFunctionRecursionConfig and GetFunctionRecursionConfig."""
    if any("recursion-config" in path for path in urls.url_paths):
        raise SandboxError(f"moto {MOTO_VERSION}: recursion settings exist now; drop the extension for them")
    urls.url_paths[_PATH] = LambdaResponse.dispatch
    add(LambdaResponse, "put_function_recursion_config", _put)
    add(LambdaResponse, "get_function_recursion_config", _get)


def _put(response: Any) -> Any:
    setting = json.loads(response.body)["RecursiveLoop"]
    if setting not in _SETTINGS:
        raise InvalidParameterValueException(f"Value {setting!r} at 'recursiveLoop' must be one of {_SETTINGS}")
    _function(response).__dict__["recursive_loop"] = setting
    return 200, {}, json.dumps({"RecursiveLoop": setting})


def _get(response: Any) -> Any:
    return 200, {}, json.dumps({"RecursiveLoop": getattr(_function(response), "recursive_loop", "Terminate")})


def _function(response: Any) -> Any:
    return response.backend.get_function(unquote(response.path.split("/functions/", 1)[1].split("/", 1)[0]))
