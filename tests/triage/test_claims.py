"""Claims that do not hold: each with what holds, and a source of AWS or of the SDK itself."""

from __future__ import annotations

import re
from datetime import date

import pytest

from runbook_lib.triage.claims import CLAIMS, READ, Topic, claims_about

SOURCES = r"https://(docs\.aws\.amazon\.com|aws\.amazon\.com|botocore\.amazonaws\.com)/\S+"


def test_every_claim_says_what_holds_and_where_that_stands() -> None:
    for claim in CLAIMS:
        assert not claim.heard.endswith("."), claim.heard
        assert claim.holds.endswith("."), claim.heard
        assert claim.sources, claim.heard
        assert [source for source in claim.sources if not re.fullmatch(SOURCES, source)] == []
    assert date.fromisoformat(READ) <= date.today()


def test_no_claim_is_told_twice_and_each_topic_has_some_in_their_order() -> None:
    assert len({claim.heard for claim in CLAIMS}) == len(CLAIMS)
    assert list(dict.fromkeys(claim.topic for claim in CLAIMS)) == list(Topic)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("256 KB", "1 MB"),
        ("15 minutes", "5,400 s"),
        ("600 s", "60 s"),
        ("S3 buckets and EBS", "5 January 2023"),
        ("100 connections", "9,531,392"),
        ("55,000 connections", "each destination"),
        ("Reachability Analyzer", "network interface"),
        ("August 2025", "Init Duration"),
        ("ten seconds for its network interface", "14 idle days"),
        ("callbackWaitsForEmptyEventLoop", "async"),
        ("RDS Proxy", "max_connections"),
        ("seven dollars", "every zone"),
    ],
)
def test_what_is_outdated_is_told_with_what_holds_today(words: str, number: str) -> None:
    (claim,) = [claim for claim in CLAIMS if words in claim.heard]
    assert number in claim.holds


def test_claims_are_picked_by_topic() -> None:
    assert {claim.topic for claim in claims_about(["size", "access"])} == {Topic.SIZE, Topic.ACCESS}
    assert claims_about() == CLAIMS
    with pytest.raises(ValueError, match="weather"):
        claims_about(["weather"])
