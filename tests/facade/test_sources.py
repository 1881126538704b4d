"""A source observes: the embedded AWS by the same calls as the real one, a saved snapshot not at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runbook_lib.collect.limits import Observed, Wanted
from runbook_lib.facade.sources import Source, open_source
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.observations import LogGroup, MetricSeries, Quota
from runbook_lib.model.progress import Step
from runbook_lib.model.snapshot import Listing, Snapshot
from runbook_lib.model.window import Window
from runbook_lib.render.snapshot_files import save_snapshot


@pytest.fixture(scope="module")
def incident() -> Iterator[tuple[Source, Snapshot]]:
    with open_source("sandbox:incident") as source:
        yield source, source.collect(Wanted(functions=(source.default_function,)))


def wanted(source: Source, snapshot: Snapshot) -> Observed:
    now = datetime.now(UTC)
    return Observed(
        window=Window(start=now - timedelta(hours=3), end=now - timedelta(minutes=3)),
        function=source.default_function,
        nat_gateway_ids=tuple(gateway.id for gateway in snapshot.all(NatGateway)),
    )


def listing(snapshot: Snapshot, key: str) -> Listing:
    return snapshot.listings[(snapshot.scopes[0], key)]


def test_the_embedded_aws_is_observed_whole(incident: tuple[Source, Snapshot]) -> None:
    source, before = incident
    steps: list[Step] = []
    found = source.observe(before, wanted(source, before), steps.append)
    assert found.gaps == before.gaps
    assert listing(found, "Events").incomplete is None
    group = f"/aws/lambda/{source.default_function}"
    assert {raw["logGroupName"] for raw in listing(found, "Events").raws} == {group}
    assert [fact.id for fact in found.all(LogGroup)] == [group]
    assert {fact.id for fact in found.all(Quota)} == {"L-9FEE3D26", "L-B99A9384", "L-DF5E4CA3"}
    nat = [series for series in found.all(MetricSeries) if series.namespace == "AWS/NATGateway"]
    assert {(series.is_complete, series.missing_periods) for series in nat} == {(True, 0)}
    assert max(max(series.values) for series in nat if series.metric == "ErrorPortAllocation") > 0
    assert steps[-1].done == steps[-1].total


def test_small_pages_hold_the_same_and_half_the_time_holds_less(incident: tuple[Source, Snapshot]) -> None:
    source, before = incident
    asked = wanted(source, before)
    whole = listing(source.observe(before, asked), "Events")
    assert source._sandbox is not None
    source._sandbox.limit_pages(7)
    try:
        assert listing(source.observe(before, asked), "Events") == whole
    finally:
        source._sandbox.limit_pages(1000)
    early = replace(asked, window=replace(asked.window, end=asked.window.start + timedelta(minutes=30)))
    assert len(listing(source.observe(before, early), "Events").raws) < len(whole.raws)


def test_a_saved_observation_is_not_observed_again(incident: tuple[Source, Snapshot], tmp_path: Path) -> None:
    source, before = incident
    found = source.observe(before, wanted(source, before))
    save_snapshot(found, tmp_path)
    with open_source(f"snapshot:{tmp_path}") as saved:
        loaded = saved.collect(Wanted())
        assert saved.observe(loaded, wanted(source, before)) is loaded
    assert loaded.listings == found.listings
