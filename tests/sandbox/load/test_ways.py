import pytest

from runbook_lib.sandbox.load.ways import IDLE_LIMIT_S, PORTS_PER_ADDRESS, Answers, Dropped, Hole, Nat, Tenant

WHOLE_DAY = {"since_s": 0.0, "until_s": 86_400.0}


def _nat(ports: int, *, waiting: int = 0, addresses: int = 1) -> Nat:
    tenant = Tenant(name="tenant", ports=ports, waiting=waiting, **WHOLE_DAY)
    return Nat(nat_gateway_id="nat-1", addresses=addresses, tenants=(tenant,))


def _opened(nat: Nat, wanted: int) -> int:
    return sum(nat.opens(1.0, 1024) for _ in range(wanted))


def test_ten_ordinary_connections_are_no_burden() -> None:
    nat = _nat(0)
    assert _opened(nat, 10) == 10
    assert [metric for _, metric in nat.happened if metric == "ErrorPortAllocation"] == []


@pytest.mark.parametrize(("free", "opened"), [(6, 5), (5, 5), (4, 4), (0, 0)])
def test_last_free_port_is_given_and_no_more(free: int, opened: int) -> None:
    nat = _nat(PORTS_PER_ADDRESS - free)
    assert _opened(nat, 5) == opened
    assert sum(metric == "ErrorPortAllocation" for _, metric in nat.happened) == 5 - opened
    assert sum(metric == "ConnectionAttemptCount" for _, metric in nat.happened) == 5
    assert nat.taken(1.0) == PORTS_PER_ADDRESS - free + opened


def test_second_address_doubles_the_ports() -> None:
    assert _opened(_nat(PORTS_PER_ADDRESS, addresses=2), 5) == 5


def test_freed_port_goes_to_who_waits() -> None:
    greedy, content = _nat(PORTS_PER_ADDRESS - 1, waiting=1), _nat(PORTS_PER_ADDRESS - 1)
    for nat, again in ((greedy, False), (content, True)):
        assert nat.opens(1.0, 1024)
        nat.closed(2.0)
        assert nat.opens(3.0, 1024) is again


def test_tenants_come_and_go() -> None:
    tenant = Tenant(name="batch", ports=PORTS_PER_ADDRESS, since_s=10.0, until_s=20.0, waiting=9)
    nat = Nat(nat_gateway_id="nat-1", tenants=(tenant,))
    assert [nat.opens(moment, 1024) for moment in (9.9, 10.0, 19.9, 20.0)] == [True, False, False, True]


def test_silent_far_side_takes_no_port_and_is_no_error() -> None:
    nat = Nat(nat_gateway_id="nat-1", answers=False)
    assert not nat.opens(1.0, 1024)
    assert [metric for _, metric in nat.happened] == ["ConnectionAttemptCount"]


def test_idle_connection_is_counted_where_it_was_dropped() -> None:
    nat = _nat(0)
    assert nat.idle_limit_s() == IDLE_LIMIT_S == 350
    nat.opens(1.0, 1024)
    nat.reset(351.0)
    assert nat.happened[-1] == (351.0, "IdleTimeoutCount")
    assert nat.taken(352.0) == 0


def test_ways_without_a_gateway() -> None:
    hole = Hole(32_768, 60_999)
    assert [hole.opens(1.0, port) for port in (32_767, 32_768, 60_999, 61_000)] == [False, True, True, False]
    assert Answers().opens(1.0, 1024)
    assert not Dropped().opens(1.0, 1024)
    assert (Answers().idle_limit_s(), hole.idle_limit_s()) == (None, None)
