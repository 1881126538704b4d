"""How long failures take: the measured durations come out, and botocore still waits as it is said to."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace
from pathlib import Path

import pytest
from botocore import configprovider, endpoint, loaders
from botocore.config import Config
from botocore.retries import base, standard
from botocore.retryhandler import delay_exponential
from urllib3.util import connection

from runbook_lib.errors import UsageError
from runbook_lib.invocations.base import ErrorClass
from runbook_lib.invocations.timing import (
    Expectation,
    connect_budget,
    expected_failures,
    explain,
    read_budget,
)
from runbook_lib.model.sdk import PRESETS, RetryMode, Sdk

PAGE = Path(__file__).resolve().parents[2] / "docs" / "patterns.md"


def bounds(sdk: Sdk) -> tuple[float, float]:
    budget = connect_budget(sdk)
    return budget.shortest_s, budget.longest_s


def causes(duration_s: float, sdk: Sdk, timeout_s: float | None) -> list[str]:
    return [item.cause.value for item in explain(duration_s, expected_failures(sdk, timeout_s))]


@pytest.mark.parametrize(
    ("name", "addresses", "expected"),
    [
        ("boto3", 1, (180, 183)),
        ("boto3", 8, (1440, 1443)),
        ("boto3-legacy", 1, (300, 315)),
        ("boto3-legacy", 8, (2400, 2415)),
        ("go", 8, (90, 93)),
        ("java", 8, (64, 71)),
        ("node", 8, (381, 396)),
    ],
)
def test_time_to_give_up_connecting(name: str, addresses: int, expected: tuple[float, float]) -> None:
    assert bounds(replace(PRESETS[name], addresses=addresses)) == expected


def test_backoff_is_capped_in_the_standard_mode_only() -> None:
    """Seven pauses: 1 + 2 + 4 + 8 + 16 + 20 + 20 s, or up to 64 s without a cap."""
    eight = Sdk(connect_timeout_s=1, attempts=8)
    assert bounds(eight) == (8, 8 + 71)
    assert bounds(replace(eight, mode=RetryMode.ADAPTIVE)) == (8, 8 + 71)
    assert bounds(replace(eight, mode=RetryMode.LEGACY)) == (8, 8 + 127)
    assert bounds(replace(eight, attempts=1)) == (1, 1)


def test_the_kernel_gives_up_before_a_long_connect_timeout() -> None:
    once = Sdk(attempts=1)
    assert [bounds(replace(once, connect_timeout_s=limit)) for limit in (126, 127, 130, 131, 600)] == [
        (126, 126),
        (127, 127),
        (127, 130),
        (127, 131),
        (127, 131),
    ]


def test_expectations_are_cut_at_the_timeout_of_the_function() -> None:
    connect = Expectation(
        cause=ErrorClass.CONNECT_TIMEOUT,
        shortest_s=180,
        longest_s=183,
        text="3 attempt(s) × 1 address(es) × 60 s to connect and up to 3 s between attempts",
    )
    read = Expectation(
        cause=ErrorClass.READ_TIMEOUT,
        shortest_s=180,
        longest_s=183,
        text="3 attempt(s) × 60 s to read and up to 3 s between attempts",
    )

    def killed(timeout_s: float, text: str) -> Expectation:
        return Expectation(cause=ErrorClass.FUNCTION_TIMEOUT, shortest_s=timeout_s, longest_s=timeout_s, text=text)

    late = f"connect timeout ({connect.text}) or a read timeout ({read.text})"
    assert expected_failures(Sdk(), None) == (connect, read)
    assert expected_failures(Sdk(), 600) == (
        connect,
        read,
        killed(600, "the function's own Timeout of 600 s; the SDK would have given up before"),
    )
    assert expected_failures(Sdk(), 182) == (
        replace(connect, longest_s=182),
        replace(read, longest_s=182),
        killed(182, f"the function's own Timeout of 182 s, before the SDK need report a {late}"),
    )
    assert expected_failures(Sdk(), 180) == (
        killed(180, f"the function's own Timeout of 180 s, before the SDK need report a {late}"),
    )


def test_without_a_read_timeout_only_the_function_ends_it() -> None:
    assert read_budget(PRESETS["node"]).shortest_s == math.inf
    assert [item.cause for item in expected_failures(PRESETS["node"], 900)] == ["connect_timeout", "function_timeout"]
    assert [item.cause for item in expected_failures(PRESETS["node"], None)] == ["connect_timeout"]


def test_ten_minutes_are_the_functions_own_timeout() -> None:
    for sdk in (Sdk(), PRESETS["boto3-legacy"], Sdk(addresses=8)):
        assert causes(600.0, sdk, 600) == ["function_timeout"]
        assert causes(600.4, sdk, 600) == ["function_timeout"]
    assert causes(600.0, Sdk(), 900) == []
    assert causes(600.0, Sdk(), None) == []


@pytest.mark.parametrize(
    ("duration_s", "expected"),
    [
        (0.2, []),
        (60.0, []),
        (179.89, []),
        (179.9, ["connect_timeout", "read_timeout"]),
        (183.0, ["connect_timeout", "read_timeout"]),
        (188.0, ["connect_timeout", "read_timeout"]),
        (188.1, []),
        (299.8, []),
        (299.9, ["function_timeout"]),
        (301.0, ["function_timeout"]),
        (301.1, []),
    ],
)
def test_a_duration_fits_within_its_bounds(duration_s: float, expected: list[str]) -> None:
    assert causes(duration_s, Sdk(), 300) == expected


def test_at_the_timeout_the_sdk_is_not_named_although_it_fits() -> None:
    assert causes(181.0, Sdk(), 181) == ["function_timeout"]
    assert causes(180.5, Sdk(), 181) == ["connect_timeout", "read_timeout"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("attempts", 0), ("attempts", 101), ("addresses", 0), ("connect_timeout_s", 0), ("read_timeout_s", math.nan)],
)
def test_numbers_that_cannot_be_are_refused(field: str, value: float) -> None:
    with pytest.raises(UsageError, match=field):
        Sdk(**{field: value})  # type: ignore[arg-type]


def test_the_most_attempts_can_be_computed() -> None:
    assert bounds(Sdk(attempts=100, mode=RetryMode.LEGACY))[1] == 6000 + 2.0**99 - 1


def test_botocore_still_has_these_defaults() -> None:
    config, preset = Config(), PRESETS["boto3"]
    assert (config.connect_timeout, config.read_timeout) == (preset.connect_timeout_s, preset.read_timeout_s)
    assert preset.connect_timeout_s == endpoint.DEFAULT_TIMEOUT
    assert preset.attempts == standard.DEFAULT_MAX_ATTEMPTS
    assert configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES["retry_mode"][2] == preset.mode
    retries = loaders.create_loader().load_data("_retry")["retry"]["__default__"]
    assert retries["max_attempts"] == PRESETS["boto3-legacy"].attempts


@pytest.mark.parametrize("attempt", range(1, 12))
def test_botocore_still_pauses_within_the_bounds(attempt: int) -> None:
    """The difference that one more attempt makes is at least the longest pause botocore makes after this one."""

    def pause(mode: RetryMode) -> float:
        longest = [bounds(Sdk(connect_timeout_s=1, mode=mode, attempts=count))[1] for count in (attempt, attempt + 1)]
        return longest[1] - longest[0] - 1

    context = standard.RetryContext(attempt_number=attempt)
    longest = standard.ExponentialBackoff(random=lambda: 1.0)
    assert isinstance(longest, base.BaseRetryBackoff)
    assert longest.delay_amount(context) <= pause(RetryMode.STANDARD)
    assert delay_exponential(1.0, 2, attempt) == pause(RetryMode.LEGACY)


def test_urllib3_still_tries_every_address_with_the_whole_timeout() -> None:
    source = inspect.getsource(connection.create_connection)
    loop = source[source.index("for res in socket.getaddrinfo") :]
    assert loop.index("sock.settimeout(timeout)") < loop.index("sock.connect(sa)") < loop.index("except OSError")


def test_the_page_gives_the_presets() -> None:
    def seconds(value: float) -> str:
        return "none" if math.isinf(value) else f"{value:g} s"

    def giving_up(sdk: Sdk) -> str:
        shortest_s, longest_s = bounds(sdk)
        return f"{shortest_s:,.0f} to {longest_s:,.0f} s"

    text = PAGE.read_text(encoding="utf-8")
    for name, sdk in PRESETS.items():
        cells = [name, seconds(sdk.connect_timeout_s), seconds(sdk.read_timeout_s), str(sdk.attempts)]
        cells += [giving_up(sdk), giving_up(replace(sdk, addresses=8))]
        assert f"| {' | '.join(cells)} |" in text
