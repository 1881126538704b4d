"""Saved snapshots read back as what they were."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from runbook_lib.collect import files
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import Listing, Snapshot
from runbook_lib.render.snapshot_files import save_snapshot
from tests.render import samples


def with_flaw(snapshot: Snapshot, key: str, reason: str) -> Snapshot:
    """The snapshot with one listing that is not whole."""
    at = (samples.SCOPE, key)
    return replace(snapshot, listings={**snapshot.listings, at: replace(snapshot.listings[at], incomplete=reason)})


def said(listings: dict[tuple[Scope, str], Listing]) -> dict[tuple[Scope, str], tuple[object, ...]]:
    """What a listing says, comparable."""
    return {at: (listing.raws, listing.facts, listing.incomplete) for at, listing in listings.items()}


@pytest.mark.parametrize(
    ("scope", "folder"),
    [
        (samples.SCOPE, f"accounts/{samples.ACCOUNT}/{samples.REGION}/"),
        (Scope(None, samples.REGION), f"{samples.REGION}/"),
    ],
)
def test_round_trip(tmp_path: Path, scope: Scope, folder: str) -> None:
    calls = tuple(replace(call, scope=scope) for call in samples.CALLS)
    saved = samples.snapshot(scope=scope, calls=calls, unknown_keys=("Widgets",))
    save_snapshot(saved, tmp_path)
    assert (tmp_path / folder / "Subnets.json").is_file()
    loaded = files.load(tmp_path)
    assert said(dict(loaded.listings)) == said(dict(saved.listings))
    assert (loaded.calls, loaded.gaps, loaded.collected_at) == (saved.calls, saved.gaps, saved.collected_at)
    assert loaded.unknown_keys == saved.unknown_keys
    assert loaded.origin == replace(saved.origin, kind="snapshot")


def test_what_is_not_whole_stays_so(tmp_path: Path) -> None:
    saved = with_flaw(samples.snapshot(), "RouteTables", "cut short at 2 pages")
    save_snapshot(saved, tmp_path)
    loaded = files.load(tmp_path)
    assert {at: listing.incomplete for at, listing in loaded.listings.items() if listing.incomplete} == {
        (samples.SCOPE, "RouteTables"): "cut short at 2 pages"
    }


def test_empty_listing_is_written_and_absent_one_is_not(tmp_path: Path) -> None:
    save_snapshot(samples.snapshot({"VpcEndpoints": [], "Vpcs": samples.RAW["Vpcs"]}), tmp_path)
    folder = tmp_path / "accounts" / samples.ACCOUNT / samples.REGION
    assert sorted(path.name for path in folder.iterdir()) == ["VpcEndpoints.json", "Vpcs.json"]
    assert json.loads((folder / "VpcEndpoints.json").read_text()) == {"VpcEndpoints": []}


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_snapshot(samples.snapshot(), tmp_path / name)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.json*")}
        for name in ("a", "b")
    )
    assert first == second
