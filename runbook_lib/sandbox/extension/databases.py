"""Parameter groups with `max_connections` as AWS sets it, default groups, and proxies that are not there.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBProxyTargets.html
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBProxyNotFoundFault
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse

from runbook_lib.sandbox.extension.patching import wrap

__all__ = ["apply"]

_DEFAULTS = {
    "postgres": "LEAST({DBInstanceClassMemory/9531392},5000)",
    "aurora-postgresql": "LEAST({DBInstanceClassMemory/9531392},5000)",
    "mysql": "{DBInstanceClassMemory/12582880}",
    "mariadb": "{DBInstanceClassMemory/12582880}",
}
_DEFAULT_GROUP = "default."


def apply() -> None:
    """Patch DescribeDBParameters and DescribeDBProxyTargets."""
    wrap(RDSResponse, "describe_db_parameters", _parameters)
    wrap(RDSBackend, "describe_db_proxy_targets", _proxy_targets)


def _parameters(original: Any, response: Any) -> Any:
    name = str(response.params.get("DBParameterGroupName"))
    group = response.backend.db_parameter_groups.get(name)
    if group is None and not name.startswith(_DEFAULT_GROUP):
        return original(response)
    family = group.family if group else name.removeprefix(_DEFAULT_GROUP)
    own = {item["ParameterName"]: item for item in group.parameters.values()} if group else {}
    shown = {**_system(family), **{key: {**item, "Source": "user"} for key, item in own.items()}}
    return ActionResult({"Parameters": [shown[key] for key in sorted(shown)]})


def _system(family: str) -> dict[str, dict[str, Any]]:
    """The parameters that AWS sets in a family such as `postgres16`; of the hundreds only two."""
    formula = _DEFAULTS.get(family.rstrip("0123456789."))
    found = [{"ParameterName": "application_name", "Source": "engine-default"}]
    if formula:
        found.append({"ParameterName": "max_connections", "ParameterValue": formula, "Source": "system"})
    return {item["ParameterName"]: item for item in found}


def _proxy_targets(original: Any, backend: Any, proxy_name: str) -> Any:
    if proxy_name not in backend.db_proxies:
        raise DBProxyNotFoundFault(proxy_name)
    return original(backend, proxy_name)
