"""A deployed version of a function, as far as running it needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from runbook_lib.sandbox import environment
from runbook_lib.sandbox.running.vpc import Place

__all__ = ["Deployed"]

_NOBODY = {
    "AWS_ACCESS_KEY_ID": environment.ACCESS_KEY_ID,
    "AWS_SECRET_ACCESS_KEY": environment.SECRET_ACCESS_KEY,
    "AWS_SESSION_TOKEN": environment.SESSION_TOKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """`arn` names the version or alias that was asked for, `places` are the subnets it may run in."""

    name: str
    region: str
    version: str
    arn: str
    handler: str
    runtime: str
    memory_mb: int
    timeout_s: int
    variables: tuple[tuple[str, str], ...]
    log_format: str
    system_level: str
    application_level: str
    log_group: str
    places: tuple[Place, ...]
    code_sha256: str

    @classmethod
    def of(cls, function: Any, arn: str) -> Self:
        """Read one from moto's function."""
        described = function.get_configuration()
        logging, vpc = described["LoggingConfig"], described.get("VpcConfig") or {}
        groups = tuple(vpc.get("SecurityGroupIds") or ())
        subnets = vpc.get("SubnetIds") or [""]
        return cls(
            name=function.function_name,
            region=function.region,
            version=version_of(function),
            arn=arn,
            handler=str(described["Handler"] or ""),
            runtime=str(described["Runtime"] or ""),
            memory_mb=int(described["MemorySize"]),
            timeout_s=int(described["Timeout"]),
            variables=tuple(sorted((described.get("Environment") or {}).get("Variables", {}).items())),
            log_format="JSON" if logging["LogFormat"] == "JSON" else "Text",
            system_level=logging.get("SystemLogLevel", "INFO"),
            application_level=logging.get("ApplicationLogLevel", "INFO"),
            log_group=logging["LogGroup"],
            places=tuple(Place(subnet_id=subnet, groups=groups) for subnet in subnets),
            code_sha256=str(function.code_sha_256),
        )

    def order(self, stream: str) -> Mapping[str, Any]:
        """What an environment must be told to run it.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        reserved = {
            "_HANDLER": self.handler,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": self.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_REGION": self.region,
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "LAMBDA_TASK_ROOT": "/var/task",
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
            "TZ": ":UTC",
            **_NOBODY,
        }
        return {
            "variables": dict(self.variables) | reserved,
            "handler": self.handler,
            "memory_mb": self.memory_mb,
            "log_format": self.log_format,
            "level": "WARNING" if self.log_format == "Text" else self.application_level,
        }


def version_of(function: Any) -> str:
    """The version of moto's function; what has none is the latest."""
    return str(function.version) if str(function.version).isdigit() and _is_published(function) else "$LATEST"


def _is_published(function: Any) -> bool:
    return str(function.function_arn).endswith(f":{function.version}")
