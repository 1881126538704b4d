"""Requests that wait for each other, each with an open connection, on a real socket."""

import socket
from contextlib import closing
from threading import Barrier, Event

import pytest

from runbook_lib.act.asked import Invoke, prepared
from runbook_lib.act.burst import Plan, Salvo
from runbook_lib.act.outcome import Clock
from runbook_lib.act.overlap import intervals_of, overlap
from runbook_lib.act.sending import Flight, Sender, invoke_config
from runbook_lib.act.warming import wait_when_connected
from runbook_lib.collect.connection import Connection, Credentials
from runbook_lib.model.progress import silent
from tests.collect.fake_aws import REGION

from .fake_lambda import consent, held

KEYS = Credentials("AKIAFAKEFAKEFAKEFAKE", "fake-secret-access-key")


def sender_to(url: str, times: int) -> Sender:
    clients = Connection(REGION, endpoint_url=url, credentials=KEYS).clients()
    return Sender(clients, consent(times), prepared(Invoke()), invoke_config(5, times), Clock())


def plan(count: int) -> Plan:
    return Plan(count=count, concurrency=count, seconds=60, purpose="burst")


@pytest.mark.parametrize("count", [1, 10, 50, 200])
def test_requests_wait_for_each_other_with_open_connections(count: int) -> None:
    with held(count) as url:
        sender = sender_to(url, count)
        assert sender.waits_connected
        salvo = Salvo(sender, plan(count), silent, Event())
        items = [sender.item(flight) for flight in salvo.fire()]
    assert (len(items), salvo.why, overlap(intervals_of(items, Clock()()))) == (count, None, count)
    assert len({item["RequestId"] for item in items}) == count


def test_connection_that_is_already_open_does_not_hold_up_the_others() -> None:
    with held(1) as url:
        sender = sender_to(url, 4)
        sender.send(Flight(number="wake-001", purpose="wake"))
        items = [sender.item(flight) for flight in Salvo(sender, plan(3), silent, Event()).fire()]
    assert [item["StatusCode"] for item in items] == [200, 200, 200]


def test_nothing_leaves_once_closed_however_far_it_came() -> None:
    with held(1) as url:
        sender = sender_to(url, 1)
        sender.close()
        flight = Flight(number="burst-001", purpose="burst")
        sender.send(flight, Barrier(1))
    assert (flight.sent, flight.answer, flight.error) == (None, None, None)


def test_endpoint_that_cannot_be_reached_holds_nobody_up() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    sender = sender_to(f"http://127.0.0.1:{port}", 5)
    items = [sender.item(flight) for flight in Salvo(sender, plan(5), silent, Event()).fire()]
    assert [item["ErrorCode"] for item in items] == ["EndpointConnectionError"] * 5
    assert all(item["EndedAt"] for item in items)


def test_client_that_is_built_otherwise_is_left_as_it_is() -> None:
    assert wait_when_connected(object(), lambda: None) is False


def test_connection_is_kept_alive_sooner_than_gateways_forget_it() -> None:
    from runbook_lib.act.warming import _keep_alive

    with socket.socket() as sock:
        _keep_alive(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 350
