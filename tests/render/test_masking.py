"""Account ids behind stable numbers."""

from __future__ import annotations

import pytest

from runbook_lib.model.fact import Scope
from runbook_lib.render.masking import Masker
from tests.render import samples

ONE, TWO = "111122223333", "999988887777"
MASKER = Masker.of({"a": f"arn:aws:iam::{ONE}:role/x", TWO: []})


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"arn:aws:lambda:eu-west-1:{ONE}:function:x", "arn:aws:lambda:eu-west-1:000000000001:function:x"),
        (f"bucket-{TWO}, {ONE}", "bucket-000000000002, 000000000001"),
        (f"logs{ONE}x", "logs000000000001x"),
        ("1111-2222-3333", "0000-0000-0001"),
        (f"9{ONE}", f"9{ONE}"),
        ("6f1ff8d1-4c61-4a40-9f7e-121212121212", "6f1ff8d1-4c61-4a40-9f7e-121212121212"),
        ("000000000001", "000000000001"),
    ],
)
def test_text(text: str, masked: str) -> None:
    assert MASKER.text(text) == masked


def test_request_id_is_no_account() -> None:
    assert Masker.of("6f1ff8d1-4c61-4a40-9f7e-121212121212").text("121212121212") == "121212121212"


def test_masking_twice_changes_nothing_more() -> None:
    once = MASKER.apply({"id": ONE})
    assert Masker.of(once).apply(once) == once == {"id": "000000000001"}


def test_values_of_every_kind() -> None:
    value = {ONE: [TWO, (ONE, 1.5, True, None)], "image/png": ONE, "number": int(ONE)}
    assert MASKER.apply(value) == {
        "000000000001": ["000000000002", ("000000000001", 1.5, True, None)],
        "image/png": ONE,
        "number": "000000000001",
    }


def test_snapshot_and_result_keep_their_sense() -> None:
    snapshot, result = samples.snapshot(), samples.result()
    masker = Masker.of(result, snapshot)
    masked = masker.apply(snapshot)
    scope = Scope("000000000001", samples.REGION)
    assert set(masked.listings) == {(scope, key) for key in samples.RAW}
    assert all(fact.scope == scope for listing in masked.listings.values() for fact in listing.facts)
    assert len(masked.listings[scope, "Subnets"].facts) == 2
    assert (
        masker.apply(result).findings[0].evidence[0].pointer == f"/accounts/000000000001/{samples.REGION}/VpcEndpoints"
    )
    assert masker.apply(result).verdict is result.verdict


def test_nothing_to_mask() -> None:
    assert Masker.of("no account here").apply({"a": "b"}) == {"a": "b"}
