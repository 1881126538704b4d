"""How a client of AWS waits and retries, and what the SDKs do when nothing is configured.

Sources (read 2026-11-21)
    boto3: botocore 1.44, `config.py` and `retries/standard.py`; before 1.44 legacy was its default mode,
    https://docs.aws.amazon.com/boto3/latest/guide/retries.html. urllib3 tries every resolved address with the whole
    connect timeout, https://github.com/urllib3/urllib3/blob/main/src/urllib3/util/connection.py
    Go: https://docs.aws.amazon.com/sdk-for-go/v2/developer-guide/configure-retries-timeouts.html and
    https://github.com/aws/aws-sdk-go-v2/blob/main/aws/transport/http/client.go; the dialer shares its timeout among
    the addresses, https://pkg.go.dev/net#Dialer
    Java: https://docs.aws.amazon.com/java/api/latest/software/amazon/awssdk/retries/LegacyRetryStrategy.html and
    https://github.com/aws/aws-sdk-java-v2/blob/master/http-client-spi/src/main/java/software/amazon/awssdk/http/SdkHttpConfigurationOption.java;
    its Apache client tries every address with the whole timeout
    Node.js: https://www.npmjs.com/package/@smithy/util-retry and
    https://github.com/smithy-lang/smithy-typescript/blob/main/packages/types/src/http/httpHandlerInitialization.ts
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from runbook_lib.errors import UsageError

__all__ = ["PRESETS", "RetryMode", "Sdk"]

_MOST_ATTEMPTS = 100


class RetryMode(StrEnum):
    """The retry modes of the AWS SDKs."""

    LEGACY = "legacy"
    STANDARD = "standard"
    ADAPTIVE = "adaptive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """What decides how long a call can take that gets no answer; the defaults are those of boto3.

    A timeout of `math.inf` means that the client sets none. `attempts` counts the first one too. `addresses` is how
    many addresses the name resolves to; `each_address` is False where all of them share one connect timeout.
    """

    connect_timeout_s: float = 60
    read_timeout_s: float = 60
    mode: RetryMode = RetryMode.STANDARD
    attempts: int = 3
    addresses: int = 1
    each_address: bool = True

    def __post_init__(self) -> None:
        for name in ("connect_timeout_s", "read_timeout_s", "attempts", "addresses"):
            value = getattr(self, name)
            if not value > 0:
                raise UsageError(f"{name} must be greater than 0, not {value}")
        if self.attempts > _MOST_ATTEMPTS:
            raise UsageError(f"attempts must be at most {_MOST_ATTEMPTS}, not {self.attempts}")


PRESETS: Mapping[str, Sdk] = MappingProxyType(
    {
        "boto3": Sdk(),
        "boto3-legacy": Sdk(mode=RetryMode.LEGACY, attempts=5),
        "go": Sdk(connect_timeout_s=30, read_timeout_s=math.inf, each_address=False),
        "java": Sdk(connect_timeout_s=2, read_timeout_s=30, mode=RetryMode.LEGACY, attempts=4),
        "node": Sdk(connect_timeout_s=math.inf, read_timeout_s=math.inf, each_address=False),
    }
)
"""Defaults by SDK: boto3, boto3-legacy (its legacy mode), go (v2), java (2.x), node (JavaScript v3)."""
