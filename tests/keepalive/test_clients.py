"""The precedence of botocore's keepalive settings, held against the botocore that is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from runbook_lib.keepalive.clients import VARIABLE, Botocore, botocore_keepalive, shows
from runbook_lib.keepalive.sdk_defaults import SDK_DEFAULTS
from runbook_lib.model.keepalive import Situation
from runbook_lib.model.sdk import PRESETS, Sdk

Case = tuple[bool | None, dict[str, str], dict[str, str]]

CASES: list[Case] = [
    (config, {VARIABLE: variable} if variable is not None else {}, {"tcp_keepalive": told} if told else {})
    for config in (None, True, False)
    for variable in (None, "true", "TRUE", "false", "1", "")
    for told in ("", "true", "True", "false", "yes")
]

ASK = """
import json, os, socket, sys, threading
import botocore.session
from botocore.config import Config

server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
answer = b"<R><GetCallerIdentityResult/></R>"
answer = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(answer), answer)

def serve():
    held = []
    while True:
        end, _ = server.accept()
        held.append(end)
        end.recv(65536)
        end.sendall(answer)

threading.Thread(target=serve, daemon=True).start()

loader = botocore.session.Session().get_component("data_loader")

def measure(config, environment, profile):
    os.environ.pop("BOTOCORE_TCP_KEEPALIVE", None)
    os.environ.update(environment)
    with open(os.environ["AWS_CONFIG_FILE"], "w") as file:
        file.write("[default]\\n" + "".join(f"{key} = {value}\\n" for key, value in profile.items()))
    session = botocore.session.Session()
    session.register_component("data_loader", loader)
    told = Config(retries={"total_max_attempts": 1}, **({} if config is None else {"tcp_keepalive": config}))
    client = session.create_client(
        "sts", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{port}", config=told,
        aws_access_key_id="testing", aws_secret_access_key="testing",
    )
    client.get_caller_identity()
    (pool,) = client._endpoint.http_session._manager.pools._container.values()
    held = pool.pool.get().sock
    options = (held.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0,
               held.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
               held.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL))
    held.close()
    return options

plain = socket.socket()
times = [plain.getsockopt(socket.IPPROTO_TCP, which) for which in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL)]
print(json.dumps({"times": times, "seen": [measure(*case) for case in json.load(sys.stdin)]}))
"""


@pytest.fixture(scope="module", name="seen")
def _seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("botocore")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "BOTOCORE_"))}
    clean |= {"AWS_CONFIG_FILE": str(folder / "config"), "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1"}
    script = folder / "ask.py"
    script.write_text(ASK)
    done = subprocess.run(
        [sys.executable, str(script)], input=json.dumps(CASES), env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_installed_botocore_agrees_in_every_case(seen: dict[str, Any]) -> None:
    expected = [botocore_keepalive(*case).so_keepalive for case in CASES]
    assert [options[0] for options in seen["seen"]] == expected
    assert {True, False} == set(expected)


def test_botocore_leaves_the_times_to_the_network_namespace(seen: dict[str, Any]) -> None:
    assert {tuple(options[1:]) for options in seen["seen"]} == {tuple(seen["times"])}


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ((None, {}, {}), Botocore(so_keepalive=False, origin="default of botocore")),
        (
            (False, {VARIABLE: "true"}, {"tcp_keepalive": "true"}),
            Botocore(so_keepalive=False, origin="Config(tcp_keepalive=False)"),
        ),
        (
            (None, {VARIABLE: "false"}, {"tcp_keepalive": "true"}),
            Botocore(so_keepalive=False, origin=f"environment variable {VARIABLE}=false"),
        ),
        (
            (None, {}, {"tcp_keepalive": "TRUE"}),
            Botocore(so_keepalive=True, origin="tcp_keepalive in the AWS config file=TRUE"),
        ),
    ],
)
def test_what_decides_is_named(case: Case, expected: Botocore) -> None:
    assert botocore_keepalive(*case) == expected


def test_retries_hide_the_reset_of_a_pooled_connection() -> None:
    said = "The next request is reset and a retry (of 3 attempts) succeeds, so only RetryAttempts above 0 tells."
    assert shows(PRESETS["boto3"], Situation.REUSE, 350) == said
    alone = "The next request fails with a connection reset; there is one attempt only."
    assert shows(Sdk(attempts=1), Situation.REUSE, 350) == alone


@pytest.mark.parametrize(("timeout_s", "hidden"), [(60, True), (350, True), (351, False), (900, False)])
def test_a_short_read_timeout_hides_a_lost_answer(timeout_s: float, hidden: bool) -> None:
    said = shows(Sdk(read_timeout_s=timeout_s, attempts=1), Situation.SLOW_ANSWER, 350)
    assert ("before the connection is forgotten" in said) is hidden
    assert f"read timeout of {timeout_s} s" in said


def test_a_lost_answer_is_asked_for_again() -> None:
    said = (
        "The client waits for its read timeout of 900 s, whatever the far side answered, then sends the request again"
    )
    assert shows(Sdk(read_timeout_s=900), Situation.SLOW_ANSWER, 350) == f"{said} up to 2 times."


def test_every_default_of_an_sdk_has_a_source() -> None:
    assert len({(item.sdk, item.client) for item in SDK_DEFAULTS}) == len(SDK_DEFAULTS)
    assert all(item.source.startswith("https://") and item.note for item in SDK_DEFAULTS)
    on = {(item.sdk, item.client, item.time_s) for item in SDK_DEFAULTS if item.so_keepalive}
    assert on == {
        ("JavaScript v3", "NodeHttpHandler", 1),
        ("Go v2", "BuildableClient", 30),
        (".NET", "AmazonLambdaClient", 300),
    }
    assert all(item.time_s is None for item in SDK_DEFAULTS if not item.so_keepalive)
    assert [item.depends_on_namespace for item in SDK_DEFAULTS if item.sdk in ("boto3", "Go v2")] == [True, False]
