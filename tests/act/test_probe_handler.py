"""What the probe sees of real servers on loopback, and what people may ask it to reach."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any

import pytest

from runbook_lib.act.destinations import payload_of
from runbook_lib.act.probe_handler import handler
from runbook_lib.errors import UsageError

OK = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


class Context:
    """So much time is left at each look."""

    def __init__(self, *left_ms: int) -> None:
        self._left = list(left_ms) or [60_000]

    def get_remaining_time_in_millis(self) -> int:
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


@contextmanager
def serving(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that speaks so with each that connects."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def run() -> None:
            while True:
                try:
                    there, _ = server.accept()
                except OSError:
                    return
                with there:
                    speak(there)

        Thread(target=run, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def answers(said: bytes) -> Callable[[socket.socket], None]:
    def speak(there: socket.socket) -> None:
        there.recv(4096)
        there.sendall(said)

    return speak


def reached(text: str, *left_ms: int, timeout_s: float = 5.0) -> list[dict[str, Any]]:
    event = json.loads(payload_of((text,))) | {"timeout_s": timeout_s}
    rows: list[dict[str, Any]] = handler(event, Context(*left_ms))["rows"]
    return rows


def test_every_step_is_timed() -> None:
    with serving(answers(OK)) as port:
        (row,) = reached(f"http://127.0.0.1:{port}")
    assert (row["destination"], row["address"], row["status"]) == (f"127.0.0.1:{port}", "127.0.0.1", 403)
    assert (list(row["stages"]), row["error"]) == (["dns", "tcp", "http"], None)
    assert all(took >= 0 for took in row["stages"].values())


def test_tcp_alone_asks_for_nothing_more() -> None:
    with serving(lambda there: None) as port:
        (row,) = reached(f"tcp://127.0.0.1:{port}")
    assert (list(row["stages"]), row["status"], row["error"]) == (["dns", "tcp"], None, None)


def test_refused_connection_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    (row,) = reached(f"127.0.0.1:{port}")
    assert (list(row["stages"]), row["error"].partition(":")[0]) == (["dns"], "connection_refused")


def test_name_that_does_not_resolve_has_no_address() -> None:
    (row,) = reached("no.such.name.invalid")
    assert (row["address"], row["stages"], row["error"].partition(":")[0]) == (None, {}, "dns")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "http: no HTTP status in the answer"),
        (b"HTTP/1.1\r\n", "http: no HTTP status in the answer"),
        (b"", "http: closed without an answer"),
    ],
)
def test_answer_that_is_not_http_is_told(said: bytes, error: str) -> None:
    with serving(answers(said)) as port:
        (row,) = reached(f"http://127.0.0.1:{port}")
    assert (list(row["stages"]), row["error"]) == (["dns", "tcp"], error)


def test_silence_is_a_read_timeout() -> None:
    with serving(lambda there: there.recv(4096) and there.recv(4096) and None) as port:
        (row,) = reached(f"http://127.0.0.1:{port}", timeout_s=0.2)
    assert row["error"].startswith("read_timeout: timed out after ")


def test_server_without_tls_fails_at_tls() -> None:
    with serving(answers(OK)) as port:
        (row,) = reached(f"https://127.0.0.1:{port}")
    assert (list(row["stages"]), row["error"].partition(":")[0]) == (["dns", "tcp"], "tls")


def test_certificate_that_is_not_trusted_fails_at_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    class Untrusting:
        def wrap_socket(self, sock: socket.socket, server_hostname: str) -> None:
            raise ssl.SSLCertVerificationError(1, f"certificate verify failed for {server_hostname}")

    monkeypatch.setattr(ssl, "create_default_context", Untrusting)
    with serving(answers(OK)) as port:
        (row,) = reached(f"tls://127.0.0.1:{port}")
    assert row["error"].startswith("tls: ")
    assert "certificate verify failed for 127.0.0.1" in row["error"]


def test_what_there_was_no_time_for_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", 1)) for n in (1, 2, 1)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: ends)
    first, second = reached("tcp://two.example:1", 60_000, 60_000, 19_999)
    assert (first["error"].partition(":")[0], second["error"]) == ("connection_refused", "not_tried: no time was left")
    (row,) = reached("tcp://two.example:1", 20_000)
    assert (row["address"], row["error"]) == (None, "not_tried: no time was left")


@pytest.mark.parametrize(
    ("text", "name", "port", "tls", "http"),
    [
        ("s3.amazonaws.com", "s3.amazonaws.com:443", 443, True, True),
        ("s3.amazonaws.com:80", "s3.amazonaws.com:80", 80, False, True),
        ("db.internal:5432", "db.internal:5432", 5432, False, False),
        ("https://a.example/", "a.example:443", 443, True, True),
        ("http://a.example", "a.example:80", 80, False, True),
        ("https://a.example:8443", "a.example:8443", 8443, True, True),
        ("tls://a.example", "a.example:443", 443, True, False),
        ("tcp://a.example:443", "a.example:443", 443, False, False),
        ("192.0.2.7:22", "192.0.2.7:22", 22, False, False),
        ("[2001:db8::1]:443", "[2001:db8::1]:443", 443, True, True),
    ],
)
def test_destination_is_read_as_people_write_it(text: str, name: str, port: int, tls: bool, http: bool) -> None:
    (read,) = json.loads(payload_of((text,)))["destinations"]
    assert (read["name"], read["port"], read["tls"], read["http"]) == (name, port, tls, http)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        "a.example:0",
        "a.example:99999",
        "a.example:ssh",
        "ftp://a.example",
        "tcp://a.example",
        "https://",
        "https://user:canary@a.example",
        "https://a.example/path",
        "https://a.example/?token=canary",
        "[::1",
    ],
)
def test_destination_that_cannot_be_probed_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"cannot probe") as caught:
        payload_of((text,))
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


def test_number_of_destinations_is_bounded() -> None:
    for count in (0, 11):
        with pytest.raises(UsageError, match=f"{count} destinations to probe; 1 to 10 are possible"):
            payload_of(("a.example",) * count)
    assert len(json.loads(payload_of(("a.example",) * 10))["destinations"]) == 10
