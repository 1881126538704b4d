"""What every function of the sandbox is made of: a little code and a role."""

from __future__ import annotations

import functools
import io
import json
import zipfile

__all__ = ["CODE", "ROLE", "TRUST", "archive"]

ROLE = "lambda-in-vpc"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
"""The trust policy of the role."""


CODE = '''\
"""Renders an invoice and stores it; knows the standard library only."""

import http.client
import logging
import os
import socket
import time

logger = logging.getLogger()
logger.setLevel(logging.INFO)

ATTEMPTS = 3
TIMEOUT_S = 60


class ConnectTimeoutError(Exception):
    pass


class ReadTimeoutError(Exception):
    pass


class ClientError(Exception):
    pass


def handler(event, context):
    key = f"2026/11/{event.get('name', 'invoice')}-{context.aws_request_id[:8]}.pdf"
    if bucket := os.environ.get("BUCKET"):
        time.sleep(0.35)
        store(f"{bucket}.s3.{os.environ['AWS_REGION']}.amazonaws.com", key)
        return {"ok": True, "bucket": bucket, "key": key}
    if server := os.environ.get("SFTP_HOST"):
        with socket.create_connection((server, 22), timeout=TIMEOUT_S) as connection:
            return {"ok": True, "banner": connection.recv(64).decode().strip()}
    return {"ok": True}


def store(host, key):
    for attempt in range(1, ATTEMPTS + 1):
        try:
            status = put(host, key)
            break
        except (ConnectTimeoutError, ReadTimeoutError, ConnectionError):
            if attempt == ATTEMPTS:
                raise
            time.sleep(attempt * 0.5)
    if status == 503:
        raise ClientError("An error occurred (SlowDown) when calling the PutObject operation: Slow down.")
    if status == 403:
        raise ClientError("An error occurred (AccessDenied) when calling the PutObject operation: Access Denied")
    logger.info("Uploaded %s to %s", key, host)


def put(host, key):
    connection = http.client.HTTPSConnection(host, timeout=TIMEOUT_S)
    try:
        try:
            connection.connect()
        except TimeoutError:
            raise ConnectTimeoutError(f'Connect timeout on endpoint URL: "https://{host}/{key}"') from None
        try:
            connection.request("PUT", f"/{key}", body=b"%PDF-1.7")
            return connection.getresponse().status
        except TimeoutError:
            raise ReadTimeoutError(f'Read timeout on endpoint URL: "https://{host}/{key}"') from None
    finally:
        connection.close()
'''
"""What a function does unless a scenario gives it other code: an upload, if it knows a bucket."""


@functools.cache
def archive(code: str = CODE) -> bytes:
    """A deployment package with the code as `app.py`, the same bytes each time."""
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as package:
        package.writestr(zipfile.ZipInfo("app.py"), code)
    return folder.getvalue()
