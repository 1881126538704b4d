"""Quotas: the ones a Lambda function in a VPC runs into, Lambda's account settings, and no empty concurrency.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.awslambda import urls
from moto.awslambda.responses import LambdaResponse
from moto.core.exceptions import JsonRESTError
from moto.servicequotas.models import ServiceQuotasBackend

from runbook_lib.errors import SandboxError
from runbook_lib.sandbox.extension.patching import MOTO_VERSION, add, wrap

__all__ = ["apply"]

CONCURRENT_EXECUTIONS = 1000
_SETTINGS = r"{0}/(?P<api_version>[^/]+)/account-settings/?$"
_GIB = 1024**3
_LAMBDA = {
    "L-B99A9384": ("Concurrent executions", float(CONCURRENT_EXECUTIONS)),
    "L-9FEE3D26": ("Elastic network interfaces per VPC", 500.0),
}


def apply() -> None:
    """Patch GetServiceQuota and GetFunctionConcurrency, add GetAccountSettings."""
    wrap(ServiceQuotasBackend, "get_service_quota", _get_service_quota)
    wrap(LambdaResponse, "get_function_concurrency", _get_function_concurrency)
    if any("account-settings" in path for path in urls.url_paths):
        raise SandboxError(f"moto {MOTO_VERSION}: GetAccountSettings exists now; drop the extension for it")
    urls.url_paths[_SETTINGS] = LambdaResponse.dispatch
    add(LambdaResponse, "get_account_settings", _get_account_settings)


def _get_service_quota(original: Any, backend: Any, service_code: str, quota_code: str) -> dict[str, Any]:
    arn = f"arn:aws:servicequotas:{backend.region_name}:{backend.account_id}:{service_code}/{quota_code}"
    if service_code == "lambda":
        if quota_code not in _LAMBDA:
            raise JsonRESTError("NoSuchResourceException", "The specified quota code does not exist.")
        name, value = _LAMBDA[quota_code]
        return {
            "ServiceCode": "lambda",
            "ServiceName": "AWS Lambda",
            "QuotaArn": arn,
            "QuotaCode": quota_code,
            "QuotaName": name,
            "Value": value,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
    found: dict[str, Any] = original(backend, service_code, quota_code)
    return found | {"QuotaArn": arn}


def _get_function_concurrency(original: Any, response: Any) -> Any:
    """Nothing reserved is an empty answer."""
    status, headers, body = original(response)
    reserved = json.loads(body)["ReservedConcurrentExecutions"]
    return status, headers, body if reserved is not None else "{}"


def _get_account_settings(response: Any) -> Any:
    functions = [function for function in response.backend.list_functions() if function.version in ("$LATEST", None)]
    reserved = sum(int(function.reserved_concurrency or 0) for function in functions)
    size = sum(int(function.code_size) for function in functions)
    settings = {
        "AccountLimit": {
            "TotalCodeSize": 75 * _GIB,
            "CodeSizeUnzipped": 250 * 1024**2,
            "CodeSizeZipped": 50 * 1024**2,
            "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
            "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS - reserved,
        },
        "AccountUsage": {"TotalCodeSize": size, "FunctionCount": len(functions)},
    }
    return 200, {}, json.dumps(settings)
