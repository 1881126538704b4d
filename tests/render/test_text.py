"""Text from AWS made harmless: hidden characters, entities, JSON in scripts, allowed HTML, Markdown."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from runbook_lib.render.html import Markup, breakable, escape, script_json
from runbook_lib.render.markdown import markdown_html
from runbook_lib.render.sanitise import sanitise
from runbook_lib.render.text import compact_json, plain, seconds, shorten, visible
from runbook_lib.render.widget_text import widget_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain äöü 漢字\n\ttext", "plain äöü 漢字\n\ttext"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\x1b[31mred", "⟨U+001B⟩[31mred"),
        ("one\r\ntwo\rthree", "one\ntwo⟨U+000D⟩three"),
        ("\ud800", "⟨U+D800⟩"),
    ],
)
def test_hidden_characters_become_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_shorten_keeps_both_ends() -> None:
    assert shorten("abcdefghij", 10) == "abcdefghij"
    assert shorten("abcdefghijk", 10) == "abcdef…ijk"
    assert [len(shorten("x" * 300, n)) for n in (1, 2, 5, 24)] == [1, 2, 5, 24]


def test_durations() -> None:
    assert [seconds(s) for s in (0.34, 4.24, 65, 600)] == ["340 ms", "4.2 s", "1 min 05 s", "10 min 00 s"]


def test_plain_values() -> None:
    assert plain(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00+00:00"
    assert plain(ip_network("10.0.0.0/8")) == "10.0.0.0/8"
    assert plain({"b", "a"}) == ["a", "b"]


def test_escape_is_for_text_and_attributes() -> None:
    assert escape("<script>\"'&`{}") == "&lt;script&gt;&#34;&#39;&amp;&#96;&#123;&#125;"
    assert escape(Markup("<b>made here</b>")) == "<b>made here</b>"
    assert escape(None) == "–"
    assert escape({"a": [1]}) == "&#123;&#34;a&#34;: [1]&#125;"


def test_breakable_is_escaped_first() -> None:
    assert breakable("arn:aws<b>/x") == "arn:<wbr>aws&lt;b&gt;/<wbr>x"
    assert breakable("a&amp;b") == "a&amp;amp;b"


def test_script_json_cannot_end_its_element() -> None:
    text = script_json({"name": "</script><!--&\u2028"})
    assert text == '{"name": "\\u003c/script\\u003e\\u003c!--\\u0026\\u2028"}'


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<table class="rb-table"><tr><th scope="col">a</th></tr></table>',) * 2,
        ("<p onclick=alert(1) style='x'>hi", "<p>hi</p>"),
        ("<script>alert(1)</script>after", "after"),
        ("<style>p{}</style><p>x</p>", "<p>x</p>"),
        ("<img src=http://x onerror=alert(1)>text", "text"),
        ('<a href="javascript:alert(1)">link</a>', "link"),
        ("<svg><p>in</p></svg>out", "out"),
        ("<scr<script>ipt>x</script>y", "ipt&gt;xy"),
        ("<b><i>cross</b>ed</i>", "<b><i>cross</i></b>ed"),
        ('<td class="evil">x</td>', "<td>x</td>"),
        ('<td title="&quot;><script>">x</td>', '<td title="&#34;&gt;&lt;script&gt;">x</td>'),
        ("a<br/>b &lt;script&gt;", "a<br>b &lt;script&gt;"),
        ("<iframe src=x>never closed", ""),
    ],
)
def test_sanitise_rebuilds_only_what_is_allowed(html: str, kept: str) -> None:
    assert sanitise(html) == kept


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# Title", "<h3>Title</h3>\n"),
        ("a <script>alert(1)</script> b", "<p>a &lt;script&gt;alert(1)&lt;/script&gt; b</p>\n"),
        ("<div onclick=x>\nraw\n</div>", "<p>&lt;div onclick=x&gt;\nraw\n&lt;/div&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>x</p>\n"),
        ("[x](02_nat_gateway.ipynb)", "<p>x</p>\n"),
        (
            '[x](https://a.b/?"><script>)',
            '<p><a href="https://a.b/?%22%3E%3Cscript%3E" rel="noopener noreferrer">x</a></p>\n',
        ),
        ("![alt](https://tracker/x.png)", "<p><em>alt</em></p>\n"),
        ("`{{code}}`", "<p><code>&#123;&#123;code&#125;&#125;</code></p>\n"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>\n"),
        ("**bold** \u202e", "<p><strong>bold</strong> ⟨U+202E⟩</p>\n"),
    ],
)
def test_markdown_keeps_raw_html_as_text(source: str, html: str) -> None:
    assert markdown_html(source) == html


def test_widgets_become_text() -> None:
    models = {
        "box": {"model_name": "VBoxModel", "state": {"children": ["IPY_MODEL_a", "IPY_MODEL_b", "IPY_MODEL_c"]}},
        "a": {
            "model_name": "DropdownModel",
            "state": {"description": "Function:", "_options_labels": ["one", "two"], "index": 1},
        },
        "b": {"model_name": "HTMLModel", "state": {"value": "<b>2</b> subnets <script>x</script>"}},
        "c": {"model_name": "PasswordModel", "state": {"description": "Token", "value": "hunter2"}},
        "d": {"model_name": "CheckboxModel", "state": {"description": "Deep", "value": False}},
        "e": {"model_name": "IntProgressModel", "state": {"value": 3, "max": 4}},
        "loop": {"model_name": "VBoxModel", "state": {"children": ["IPY_MODEL_loop"]}},
    }
    assert {name: widget_text(name, models) for name in (*models, "gone")} == {
        "box": "Function: two\n2 subnets",
        "a": "Function: two",
        "b": "2 subnets",
        "c": "",
        "d": "Deep: no",
        "e": "3 of 4",
        "loop": "",
        "gone": "",
    }


def test_a_long_row_of_numbers_is_told_in_short() -> None:
    assert compact_json([0.0] * 20) == "[" + ", ".join(["0.0"] * 20) + "]"
    assert compact_json([0.0] * 18 + [30.0, 30.5, 0.0]) == (
        "21 values from 0 to 30.5, 2 above zero; all in the snapshot"
    )
    assert compact_json(["0"] * 21).startswith('["0", "0"')
