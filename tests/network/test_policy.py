"""The evaluator of endpoint policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.network.policy import Match, Request, Verdict, _compare, read_policy, rule_on

GET = Request("s3:GetObject", "arn:aws:s3:::reports/*")
ALLOWED, DENIED, DEPENDS = Verdict.ALLOWED, Verdict.DENIED, Verdict.DEPENDS


def ruling(*statements: dict[str, Any], request: Request = GET) -> Any:
    base = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    parsed = read_policy(json.dumps({"Statement": [_filled(base, statement) for statement in statements]}))
    assert parsed is not None
    return rule_on(parsed, request)


def _filled(base: dict[str, Any], statement: dict[str, Any]) -> dict[str, Any]:
    made = {**base, **statement}
    for name in ("Action", "Resource"):
        if f"Not{name}" in statement:
            del made[name]
    return made


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({}, ALLOWED),
        ({"Action": "s3:getobject"}, ALLOWED),
        ({"Action": ["sqs:*", "s3:Get*"]}, ALLOWED),
        ({"Action": "s3:Get?bject"}, ALLOWED),
        ({"Action": "s3:PutObject"}, DENIED),
        ({"NotAction": "s3:Delete*"}, ALLOWED),
        ({"NotAction": "s3:Get*"}, DENIED),
        ({"Resource": "arn:aws:s3:::reports/*"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::*"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::reports"}, DENIED),
        ({"Resource": "arn:aws:s3:::Reports/*"}, DENIED),
        ({"Resource": "arn:aws:s3:::reports/in/*"}, DEPENDS),
        ({"Resource": "arn:aws:s3:::reports/?"}, DEPENDS),
        ({"Resource": "arn:aws:s3:::reports/${aws:username}/*"}, DEPENDS),
        ({"NotResource": "arn:aws:s3:::secret/*"}, ALLOWED),
        ({"NotResource": "arn:aws:s3:::*"}, DENIED),
        ({"NotResource": "arn:aws:s3:::reports/out/*"}, DEPENDS),
        ({"Principal": {"AWS": "*"}}, ALLOWED),
        ({"Principal": {"AWS": ["arn:aws:iam::111122223333:root"]}}, DEPENDS),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, DEPENDS),
        ({"Condition": {}}, ALLOWED),
        ({"Effect": "Deny"}, DENIED),
    ],
)
def test_one_statement(statement: dict[str, Any], verdict: Verdict) -> None:
    assert ruling(statement).verdict is verdict


@pytest.mark.parametrize(
    ("statements", "verdict", "label"),
    [
        ([{}, {"Effect": "Deny", "Sid": "No"}], DENIED, "No"),
        ([{"Effect": "Deny", "Sid": "No"}, {}], DENIED, "No"),
        ([{}, {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}], DEPENDS, "number 2"),
        ([{"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}], DENIED, None),
        ([{"Effect": "Deny", "Action": "s3:PutObject"}, {"Sid": "Yes"}], ALLOWED, "Yes"),
        ([{"Resource": "arn:aws:s3:::reports/a/*"}, {"Sid": "Yes", "Resource": "*"}], ALLOWED, "Yes"),
        ([], DENIED, None),
    ],
)
def test_a_deny_wins_and_the_statement_is_named(statements: list[Any], verdict: Verdict, label: str | None) -> None:
    made = ruling(*statements)
    assert (made.verdict, made.statement and made.statement.label) == (verdict, label)


def test_what_would_decide_is_named() -> None:
    made = ruling({"Resource": "arn:aws:s3:::reports/a/*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}})
    assert made.deciding == ("resource", "aws:SourceVpc")


def test_full_access_is_recognised() -> None:
    assert ruling({}).statement.is_full_access
    assert not ruling({"Action": "s3:*"}).statement.is_full_access


NO_POLICIES = (
    *(
        "",
        "{",
        "[]",
        "null",
        "3",
        "{}",
        '{"Statement": 3}',
        '{"Statement": [1]}',
        '{"Statement": [{"Effect": "Allow"}]}',
    ),
    '{"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}',
    '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "condition": {}}]}',
    "[" * 100_000,
)


@pytest.mark.parametrize("text", NO_POLICIES)
def test_what_is_no_policy(text: str) -> None:
    assert read_policy(text) is None


texts = st.text(alphabet="ab*?", max_size=5)
plain = st.text(alphabet="ab", max_size=6)


def matches(pattern: str, text: str) -> bool:
    """By the textbook, one character at a time."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return matches(pattern[1:], text) or (bool(text) and matches(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and matches(pattern[1:], text[1:])


@given(texts, plain)
def test_a_pattern_against_a_text_is_the_textbook_answer(pattern: str, text: str) -> None:
    assert (_compare(pattern, text) is Match.YES) == matches(pattern, text)
    assert _compare(pattern, text) is not Match.MAYBE


@given(texts, texts, plain)
def test_a_pattern_against_a_pattern_never_promises_too_much(pattern: str, asked: str, text: str) -> None:
    said = _compare(pattern, asked)
    if matches(asked, text):
        if said is Match.YES:
            assert matches(pattern, text)
        if said is Match.NO:
            assert not matches(pattern, text)
