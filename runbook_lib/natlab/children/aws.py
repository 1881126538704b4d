"""boto3 clients of the lab: bound to its S3, to no account and to no configuration of this machine."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.config

__all__ = ["SEEN_FROM", "make_bucket", "put", "s3_client", "session"]

SEEN_FROM = "x-seen-from"
"""Response header of the lab's S3: the address and port that the request came from."""

_BUCKET = "lab"


def session() -> Any:
    """One session for many clients: each session of its own would cost an eighth of a second."""
    return boto3.Session(aws_access_key_id="lab", aws_secret_access_key="lab", region_name="eu-west-1")


def s3_client(
    of: Any,
    endpoint_url: str,
    *,
    tcp_keepalive: bool = False,
    read_timeout_s: int = 60,
    connect_timeout_s: int = 20,
    attempts: int = 1,
) -> Any:
    """An S3 client with one connection; botocore's own settings apply except for these."""
    config = botocore.config.Config(
        tcp_keepalive=tcp_keepalive,
        read_timeout=read_timeout_s,
        connect_timeout=connect_timeout_s,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        max_pool_connections=1,
        s3={"addressing_style": "path"},
        proxies={},
    )
    return of.client("s3", endpoint_url=endpoint_url, config=config)


def make_bucket(endpoint_url: str) -> None:
    """Make the bucket that all clients write to."""
    client = s3_client(session(), endpoint_url)
    client.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client.close()


def put(client: Any, key: str) -> tuple[int, str]:
    """Write an object; how often that was tried again, and the address and port that S3 saw."""
    told = client.put_object(Bucket=_BUCKET, Key=key, Body=b"a row of a report\n")["ResponseMetadata"]
    return told["RetryAttempts"], told["HTTPHeaders"][SEEN_FROM]
