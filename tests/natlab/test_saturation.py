"""More clients than ports, then the route of a gateway endpoint."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from runbook_lib.errors import LabError, UsageError
from runbook_lib.facade.lab import CrowdRow, crowd_rows, saturation_table
from runbook_lib.natlab import Answer, Condition, Crowd, Kind, run_crowd
from runbook_lib.natlab.saturation import ENDPOINT, GATEWAY, SWITCH
from tests.natlab.conftest import CLIENTS, PORTS


def errors(crowd: Crowd, step: str) -> list[str]:
    return [answer.error for answer in crowd.answers if answer.step == step]


def sources(crowd: Crowd, step: str) -> set[str]:
    return {str(answer.source).rpartition(":")[0] for answer in crowd.answers if answer.step == step and answer.source}


@pytest.mark.netlab
def test_first_clients_succeed_and_last_ones_time_out(crowd: Crowd) -> None:
    assert errors(crowd, GATEWAY) == [""] * PORTS + ["ConnectTimeoutError"] * (CLIENTS - PORTS)


@pytest.mark.netlab
def test_gateway_counts_each_refused_client(crowd: Crowd) -> None:
    assert crowd.counters["no_free_port"] >= CLIENTS - PORTS
    assert (crowd.counters["resets"], crowd.counters["dropped"]) == (0, 0)


@pytest.mark.netlab
def test_ports_are_those_of_the_range(crowd: Crowd) -> None:
    ends = {str(answer.source) for answer in crowd.answers if answer.step == GATEWAY and answer.source}
    assert ends == {f"10.77.2.1:{port}" for port in range(20_000, 20_000 + PORTS)}


@pytest.mark.netlab
def test_live_connections_are_reset_when_the_route_is_added(crowd: Crowd) -> None:
    assert errors(crowd, SWITCH) == ["ConnectionClosedError"] * PORTS


@pytest.mark.netlab
def test_everybody_succeeds_through_the_endpoint_with_a_private_address(crowd: Crowd) -> None:
    assert errors(crowd, ENDPOINT) == [""] * CLIENTS
    assert (sources(crowd, GATEWAY), sources(crowd, ENDPOINT)) == ({"10.77.2.1"}, {"10.78.0.2"})


@pytest.mark.netlab
def test_what_clients_log_is_theirs_alone(crowd: Crowd) -> None:
    failed = [answer for answer in crowd.answers if answer.error]
    assert all(f"{answer.step}/{answer.client:03}" in answer.log for answer in failed)
    assert not any(f"{GATEWAY}/001" in answer.log for answer in failed if answer.client > 1)


@pytest.mark.netlab
def test_tables_agree_around_the_number_of_ports(place: Condition) -> None:
    """One client too many, none too many, and connections that are forgotten after two seconds unless they are used."""
    sizes = {(3, 3): 5, (3, 4): 6, (4, 3): 5, (1, 2): 6, (128, 130): 6}
    with ThreadPoolExecutor(len(sizes)) as pool:
        tables = list(pool.map(lambda size: saturation_table(2, *size, place=place), sizes))
    found = [(table.agrees, table.exit_code, len(table.rows), table.not_shown) for table in tables]
    assert found == [(True, 0, rows, ()) for rows in sizes.values()]


def test_an_answer_on_a_new_connection_proves_no_loss_unless_one_was_kept() -> None:
    told = {"client": 1, "error": "", "said": "answered", "waited_s": 0.1}
    answers = tuple(
        Answer(step=step, source=source, **told)
        for step, source in ((GATEWAY, "10.77.2.1:1"), (SWITCH, "10.78.0.2:2"), (ENDPOINT, "10.78.0.2:2"))
    )
    crowds = [Crowd(answers=answers, live=live, counters={"no_free_port": 0}) for live in (1, 0)]
    assert [[row.agrees for row in crowd_rows(crowd, 1, 1)] for crowd in crowds] == [
        [True, True, True, True, True],
        [True, True, False, True, True],
    ]


@pytest.mark.parametrize(
    ("ports", "clients", "said"),
    [(0, 1, "ports must be 1 to 128, not 0"), (1, 0, "clients must be 1 to 500, not 0"), (1, 501, "clients must be")],
)
def test_numbers_that_make_no_sense_are_refused(ports: int, clients: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run_crowd(Condition(kind=Kind.NONE), 350, ports=ports, clients=clients)


def test_without_a_lab_the_reason_is_told() -> None:
    with pytest.raises(LabError, match="the lab cannot run: it needs Linux"):
        saturation_table(350, 20, 40, place=Condition(kind=Kind.NONE, reason="it needs Linux"))


def test_relay_shows_the_ports_and_names_what_it_cannot_show() -> None:
    found = saturation_table(350, 5, 8, place=Condition(kind=Kind.RELAY, reason="refused here"))
    assert found.rows == (
        CrowdRow(
            step=GATEWAY,
            clients=(1, 5),
            predicted="answered",
            seen=(("answered", 5),),
            sources=("127.0.0.1",),
            agrees=True,
        ),
        CrowdRow(
            step=GATEWAY,
            clients=(6, 8),
            predicted="ConnectTimeoutError",
            seen=(("ConnectTimeoutError", 3),),
            sources=(),
            agrees=True,
        ),
    )
    assert found.not_shown == ("refused packets counted", "switch: every client", "gateway-endpoint: every client")
    assert (found.agrees, found.exit_code) == (None, 3)
