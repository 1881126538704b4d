"""What a response must say, in JMESPath and in the words people write."""

import json
from typing import Any

import pytest

from runbook_lib.act.assertions import Judgement, compiled
from runbook_lib.errors import UsageError

BODY = {
    "statusCode": 200,
    "state": "done",
    "ok": True,
    "none": None,
    "items": [1, 2, 3],
    "empty": [],
    "zero": 0,
    "body": '{"ok": true}',
    "back`tick": 1,
    "mark": "a`b",
    "done": "other",
    "twin": "done",
}


def judged(text: str, body: Any = BODY) -> Judgement:
    assertion = compiled(text)
    assert assertion is not None
    return assertion.judge(json.dumps(body).encode())[0]


@pytest.mark.parametrize(
    "text",
    [
        "statusCode == 200",
        "statusCode==`200`",
        "statusCode == 200 && state == 'done'",
        'state == "done"',
        'statusCode == 200 && (state == "done" || ok == false)',
        "ok == true",
        "ok && none == null",
        "`200` == statusCode",
        "state == @.twin",
        "length(items) > 2",
        "length(items) >= 3 && items[0] == 1",
        "items[?@ > 2] | [0]",
        "state && state != 'failed'",
        "contains(body, 'ok')",
        "contains(items, `3`)",
        "zero",
        "zero == 0",
        "not_null(none, state)",
        'mark == "a`b"',
        '"back`tick" == 1',
        "body == '{\"ok\": true}'",
        "@.ok",
    ],
)
def test_response_passes(text: str) -> None:
    assert judged(text) is Judgement.PASSED


@pytest.mark.parametrize(
    "text",
    [
        "statusCode == 500",
        "statusCode == 2000",
        "state && state != 'done'",
        "none",
        "missing",
        "empty",
        "ok == false",
        'state == "done" && statusCode == 201',
        "length(items) > 3",
        "length(zero) > 1",
        "items[?@ > 3]",
        "missing == @.absent",
        "ok && missing.state == absent.state",
        "items[7] == items[8]",
        "items[?@.a == @.b]",
    ],
)
def test_response_fails(text: str) -> None:
    assert judged(text) is Judgement.FAILED


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "ok: the response is not JSON"),
        (b"<html>", "ok: the response is not JSON"),
        (b"\xff\xfe", "ok: the response is not JSON"),
        (b"[" * 100_000, "ok: the response is not JSON"),
        (b"null", "ok: is null"),
        (b'{"ok": false}', "ok: is false"),
        (b'{"ok": ""}', 'ok: is ""'),
        (b'{"ok": []}', "ok: is []"),
    ],
)
def test_failure_says_why(body: bytes, said: str) -> None:
    assertion = compiled("ok")
    assert assertion is not None
    assert assertion.judge(body) == (Judgement.FAILED, said)


def test_failure_does_not_quote_the_response() -> None:
    assertion = compiled("abs(token) == 1")
    assert assertion is not None
    said = "abs(token) == 1: a function in it does not take what the response holds there"
    assert assertion.judge(b'{"token": "canary"}') == (Judgement.FAILED, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a ==", "is not a JMESPath expression"),
        ("a == = b", "is not a JMESPath expression"),
        ("items[", "is not a JMESPath expression"),
        ("a b", "is not a JMESPath expression"),
        ("a == 'open", "is not a JMESPath expression"),
        ("lenght(items) > 2", "JMESPath has no function 'lenght'"),
        ("ok && nope()", "JMESPath has no function 'nope'"),
        ("length()", r"length\(\) takes 1 arguments, not 0"),
        ("contains(items)", r"contains\(\) takes 2 arguments, not 1"),
        ("not_null()", r"not_null\(\) takes at least 1 arguments, not 0"),
    ],
)
def test_expression_that_is_not_one_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        compiled(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_asserted_is_no_assertion(text: str) -> None:
    assert compiled(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'ok'", "assertion \"'ok'\" does not look at the response: name a field of it, such as ok == true"),
        ("`1`", "assertion '`1`' does not look at the response: name a field of it, such as ok == true"),
        (
            "stored == True",
            "assertion 'stored == True' compares with a field 'True'; for the value write true, for the field @.True",
        ),
        (
            "state == None",
            "assertion 'state == None' compares with a field 'None'; for the value write null, for the field @.None",
        ),
        (
            "state == done",
            "assertion 'state == done' compares with a field 'done'; for the value write 'done', for the field @.done",
        ),
        ("true == ok", "assertion 'true == ok': put the field first, as in ok == true"),
        ("[ok]", "assertion '[ok]' makes a list or an object, which always holds; compare a field instead"),
        ("{a: ok}", "assertion '{a: ok}' makes a list or an object, which always holds; compare a field instead"),
    ],
)
def test_an_expression_that_holds_whatever_the_response_says_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        compiled(text)
    assert str(refusal.value) == said


@pytest.mark.parametrize(
    "text",
    [
        *("@", "@ == @", "type(@)", "to_string(ok)", "to_array(ok)", "length(@) > 0", "keys(@)"),
        *("ok || `true`", "ok || 'x'", "[ok] | @", "not_null(ok, `1`)", "to_string(a) == to_string(b)"),
        *("!missing", "missing != `1`", "errors == null", "state != 'failed'", "errorMessage"),
    ],
)
def test_an_expression_that_holds_for_an_error_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        compiled(text)
    assert str(refusal.value) == (
        f'assertion {text!r} holds for the response {{"errorMessage": "something failed", "errorType": "Error"}} too, '
        "so it would prove nothing: say what only a right response holds, such as ok == true"
    )


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("statusCode", '{"statusCode": 599}'),
        ("statusCode >= 200", '{"statusCode": 599}'),
        ("!errorMessage && !statusCode", "{}"),
    ],
)
def test_an_expression_that_holds_for_a_failed_status_or_for_every_empty_response_is_refused(
    text: str, response: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        compiled(text)
    assert str(refusal.value) == (
        f"assertion {text!r} holds for the response {response} too, so it would prove nothing: "
        "say what only a right response holds, such as ok == true"
    )


@pytest.mark.parametrize(
    ("text", "body"),
    [("@ == null", None), ("@ == `{}`", {}), ("statusCode >= 400 && statusCode < 500", {"statusCode": 404})],
)
def test_a_response_that_is_empty_or_a_refusal_can_be_the_right_one(text: str, body: Any) -> None:
    assert judged(text, body) is Judgement.PASSED
    assert judged(text, {"ok": True}) is Judgement.FAILED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$.ok", "it starts at the response: leave out $ and what joins it, as in statusCode == 200"),
        ("$.ok == true", "it starts at the response: leave out $ and what joins it, as in statusCode == 200"),
        ("200 == statusCode", "put the field first, as in statusCode == 200"),
        ("ok = true", "compare with ==, as in ok == true"),
        ("ok =", "compare with ==, as in ok == true"),
        ("ok === true", "compare with ==, as in ok == true"),
        ("ok == true and stored", "write && for and, || for or, ! for not, == for is"),
        ("ok ==", "Incomplete expression"),
        ("a == 'open", "Unclosed ' delimiter"),
        ("a b", 'Unexpected token: b: Parse error at column 2, token "b" (UNQUOTED_IDENTIFIER)'),
    ],
)
def test_a_slip_is_told_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        compiled(text)
    assert str(refusal.value) == f"assertion {text!r} is not a JMESPath expression: {said}"
