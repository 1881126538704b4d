"""The environment that ties the SDK, the AWS CLI and notebook kernels to the embedded AWS and to nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = [
    "ACCESS_KEY_ID",
    "ACCOUNT",
    "CALLER_ARN",
    "SECRET_ACCESS_KEY",
    "SESSION_TOKEN",
    "UNSET",
    "isolated",
    "variables",
]

ACCOUNT = "123456789012"
CALLER_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/OnCallReadOnly/engineer"
ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "canary-session-token"

# Nothing listens on port 9 of the loopback: whatever escapes the endpoint URL ends there.
_DEAD_PROXY = "http://127.0.0.1:9"
_LOOPBACK = "127.0.0.1,localhost"

UNSET = (
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


def variables(endpoint_url: str, region: str) -> dict[str, str]:
    """Variables to set: endpoint, Region, fake credentials, no shared AWS files, a proxy that goes nowhere."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": SESSION_TOKEN,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), _DEAD_PROXY),
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
    }


def isolated(environ: Mapping[str, str], endpoint_url: str, region: str) -> dict[str, str]:
    """A copy of `environ` bound to the embedded AWS; what could lead elsewhere (see `UNSET`) is removed."""
    kept = {
        name: value
        for name, value in environ.items()
        if name not in UNSET and not name.startswith(("AWS_ENDPOINT_URL", "AWS_CONTAINER_"))
    }
    return kept | variables(endpoint_url, region)
