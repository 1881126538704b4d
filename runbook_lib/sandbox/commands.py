"""Runs an AWS CLI command against a running embedded AWS, as a person would who follows a proposed fix."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config

from runbook_lib.errors import SandboxError
from runbook_lib.sandbox.server import RunningSandbox

__all__ = ["run_command"]


def run_command(sandbox: RunningSandbox, text: str) -> dict[str, Any]:
    """The answer to one command such as `aws ec2 create-vpc-endpoint --vpc-id …`; nothing but the sandbox is reached.

    The words after an option are its value, several of them where it takes a list. Raises SandboxError for anything
    that is not one plain command.
    """
    words = shlex.split(text.replace("\\\n", " "))
    if len(words) < 3 or words[0] != "aws":
        raise SandboxError(f"not an AWS CLI command: {text!r}")
    given = dict(_options(words[3:]))
    client = _client(sandbox, words[1], *given.pop("--region", [sandbox.region]))
    operation = words[2].replace("-", "_")
    name = client.meta.method_to_api_mapping.get(operation)
    if name is None:
        raise SandboxError(f"{words[1]} has no operation {words[2]!r}")
    shape = client.meta.service_model.operation_model(name).input_shape
    known = {f"--{xform_name(member, '-')}": (member, kind) for member, kind in shape.members.items()}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise SandboxError(f"{words[1]} {words[2]} has no option {unknown[0]}")
    request = {known[option][0]: _value(option, known[option][1].type_name, told) for option, told in given.items()}
    answer: dict[str, Any] = getattr(client, operation)(**request)
    return answer


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    option, values = "", list[str]()
    for word in [*words, "--"]:
        if not word.startswith("--"):
            values.append(word)
            continue
        if option:
            yield option, values
        elif values:
            raise SandboxError(f"{values[0]!r} belongs to no option")
        option, values = word, []


def _value(option: str, kind: str, told: list[str]) -> Any:
    if kind == "list":
        return told
    if kind == "string" and len(told) == 1:
        return told[0]
    raise SandboxError(f"{option} {shlex.join(told)}: only texts and lists of texts are understood")


def _client(sandbox: RunningSandbox, service: str, region: str) -> Any:
    key, secret, token = sandbox.credentials
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 1}),
    )
