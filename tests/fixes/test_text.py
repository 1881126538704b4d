"""Values keep their meaning whatever they contain."""

from __future__ import annotations

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.fixes.text import cli, hcl, terraform, tf_name

NASTY = 'a"b\\c\n${file("/etc/passwd")}%{ if true }\'; rm -rf / #'


def unquoted(text: str) -> str:
    """What HCL reads from a quoted text that holds no template."""
    assert re.fullmatch(r'"(\\.|[^"\\\n])*"', text)
    plain = text[1:-1].replace("$${", "${").replace("%%{", "%{")
    return re.sub(r"\\(u[0-9a-f]{4}|.)", lambda m: _unescape(m[1]), plain)


def _unescape(what: str) -> str:
    return (
        chr(int(what[1:], 16))
        if what[0] == "u"
        else {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(what, what)
    )


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="$%")))
def test_hcl_texts_read_back_as_they_were(text: str) -> None:
    assert unquoted(hcl(text)) == text


def test_hcl_leaves_no_template_and_no_way_out() -> None:
    quoted = hcl(NASTY)
    assert unquoted(quoted) == NASTY
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", quoted)


def test_hcl_literals() -> None:
    assert [hcl(True), hcl(443), hcl(["a", 'b"'])] == ["true", "443", '["a", "b\\""]']


@pytest.mark.parametrize(
    ("text", "name"), [("rtb-0a1", "rtb_0a1"), ("3.5.0.0/16", "r_3_5_0_0_16"), ("ecr.api", "ecr_api"), ("\n", "r_")]
)
def test_resource_names(text: str, name: str) -> None:
    assert tf_name(text) == name


def test_no_value_leaves_its_place_in_a_command() -> None:
    values = {"endpoint_id": NASTY, "table_id": "rtb-1", "region": NASTY}
    words = shlex.split(cli("association", **values).replace("\\\n", " "))
    assert words[words.index("--region") + 1] == NASTY
    assert words[words.index("--vpc-endpoint-id") + 1] == NASTY
    assert words[-2:] == ["--add-route-table-ids", "rtb-1"]


def test_no_value_leaves_a_comment() -> None:
    values = {"vpc_id": 'vpc-1\nresource "evil" "evil" {}', "argument": "enable_dns_support"}
    assert [line for line in terraform("vpc_dns", **values).splitlines() if line.startswith("resource")] == [
        'resource "aws_vpc" "vpc_1_resource_evil_evil" {'
    ]


def test_arguments_are_aligned() -> None:
    made = terraform("association", endpoint_id="vpce-1", table_id="rtb-1")
    assert '  vpc_endpoint_id = "vpce-1"\n  route_table_id  = "rtb-1"\n' in made
