"""The room of a NAT gateway for one destination, and what invocations take of it."""

from __future__ import annotations

import pytest

from runbook_lib.errors import UsageError
from runbook_lib.invocations.capacity import Capacity, demand


def test_ten_ordinary_functions_do_not_fill_it() -> None:
    capacity = Capacity(addresses=1)
    assert capacity.ports == 55_000
    assert demand(10, 1) == 10
    assert capacity.share(demand(10, 1)) == pytest.approx(0.00018, rel=0.02)
    assert capacity.concurrency_to_fill(1) == 55_000


def test_every_address_adds_room() -> None:
    assert [Capacity(addresses=count).ports for count in (1, 2, 8, 32)] == [55_000, 110_000, 440_000, 1_760_000]


def test_the_boundary_of_full() -> None:
    capacity = Capacity(addresses=2, ports_per_address=50)
    assert [capacity.share(count) for count in (0, 99, 100, 101)] == [0, 0.99, 1, 1.01]
    assert [capacity.concurrency_to_fill(each) for each in (0, 1, 3, 100, 101)] == [None, 100, 34, 1, 1]
    assert demand(33, 3) < capacity.ports <= demand(34, 3)


@pytest.mark.parametrize(("concurrency", "each"), [(-1, 1), (1, -1)])
def test_negative_numbers_are_refused(concurrency: int, each: int) -> None:
    with pytest.raises(UsageError, match="cannot be negative"):
        demand(concurrency, each)


def test_a_gateway_without_address_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1 address, not 0"):
        Capacity(addresses=0)
