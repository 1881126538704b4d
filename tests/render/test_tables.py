"""Tables: whole values, text twins, the matrix."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runbook_lib.model.status import Status
from runbook_lib.render.sanitise import sanitise
from runbook_lib.render.tables import coverage_table, findings_table, subnet_matrix, table
from tests.render import samples


def rows(made: object) -> list[list[str]]:
    """The rows as text."""
    return [[cell.plain for cell in row] for row in made.rows]  # type: ignore[attr-defined]


def test_coverage_says_what_was_not_read_first() -> None:
    snapshot = samples.snapshot({"Vpcs": samples.RAW["Vpcs"], "VpcEndpoints": []}, unknown_keys=("Widgets",))
    at = (samples.SCOPE, "Vpcs")
    flawed = replace(snapshot, listings={**snapshot.listings, at: replace(snapshot.listings[at], incomplete="cut")})
    made = coverage_table(flawed)
    assert made.caption == f"What was read in {samples.ACCOUNT}, {samples.REGION}"
    assert rows(made) == [
        ["NetworkAcls", "? Not read", "UnauthorizedOperation: not authorized", "ec2:DescribeNetworkAcls"],
        ["Vpcs", "? Not whole", "cut", ""],
        ["VpcEndpoints", "✓ Read: there is none", "", ""],
    ]
    assert made.note == "Keys this kit does not know, left alone: Widgets."


def test_coverage_without_gaps_has_two_columns() -> None:
    made = coverage_table(samples.snapshot({"Vpcs": samples.RAW["Vpcs"]}, gaps=()))
    assert (made.columns, rows(made)) == (("Kind", "State"), [["Vpcs", "✓ 1 read"]])


def test_findings_are_worst_first() -> None:
    made = findings_table(reversed(samples.FINDINGS))
    assert [row[:3] for row in rows(made)] == [
        ["✕ Fail", "high", "END001"],
        ["✕ Fail", "medium", "END003"],
        ["? Unknown", "high", "END006"],
        ["? Unknown", "high", "END006"],
        ["✓ Pass", "high", "END003"],
        ["✓ Pass", "medium", "END008"],
        ["– Not applicable", "low", "END011"],
    ]


def test_matrix_has_a_row_per_check() -> None:
    made = subnet_matrix(samples.result(), samples.TITLES)
    assert made.columns == ("Check", "private-0", "private-1", "not tied to a subnet")
    assert made.column_notes == ("", *samples.SUBNETS, "")
    assert [[row[0].rpartition("(")[2], *row[1:]] for row in rows(made)] == [
        ["END001)", "", "", "✕ Fail"],
        ["END003)", "✓ Pass", "✕ Fail", ""],
        ["END006)", "? Unknown", "? Unknown", ""],
        ["END008)", "", "", "✓ Pass"],
        ["END011)", "", "", "– Not applicable"],
    ]


def test_matrix_cell_shows_the_worst_and_how_many() -> None:
    both = (
        samples.finding("END003", Status.PASS, samples.subnet_ref(0), "s3.", scope="s3"),
        samples.finding("END003", Status.UNKNOWN, samples.subnet_ref(0), "dynamodb.", scope="dynamodb"),
    )
    made = subnet_matrix(samples.result(findings=both))
    assert rows(made) == [["END003", "? Unknown (1 of 2)", ""]]


def test_matrix_without_an_answer_about_a_subnet_has_one_column() -> None:
    about = samples.result().findings[0].resource
    found = samples.finding("FUN001", Status.PASS, replace(about, id="worker", name=None), "ok.")
    made = subnet_matrix(samples.result(findings=(found,)))
    assert (made.caption, made.columns, rows(made)) == ("Every check", ("Check", "Answer"), [["FUN001", "✓ Pass"]])


def test_matrix_of_many_subnets_has_a_row_per_subnet() -> None:
    many = tuple(f"subnet-{number}" for number in range(9))
    placement = replace(samples.TARGET.placements[0], subnet_ids=many)
    ref = replace(samples.subnet_ref(0), id="subnet-3", name=None)
    passed = samples.finding("END003", Status.PASS, ref, "ok.")
    target = replace(samples.TARGET, placements=(placement,))
    made = subnet_matrix(samples.result(target=target, findings=(passed,)), samples.TITLES)
    assert made.columns == ("Subnet", "END003")
    assert rows(made) == [[name, "✓ Pass" if name == "subnet-3" else ""] for name in many]


def test_text_twin_and_frame() -> None:
    made = table("Things", ("Name", "State"), [["a\u202eb", Status.FAIL], [None, {"x": 1}]], "Note.")
    assert repr(made).splitlines() == [
        "Things",
        "Name        State",
        "----------  --------",
        "a⟨U+202E⟩b  ✕ Fail",
        '–           {"x": 1}',
        "Note.",
    ]
    assert made.frame().to_dict("list") == {"Name": ["a⟨U+202E⟩b", "–"], "State": ["✕ Fail", '{"x": 1}']}


def test_html_survives_our_own_sanitising() -> None:
    made = findings_table(samples.FINDINGS)
    assert sanitise(made._repr_html_()).count("<tr>") == len(samples.FINDINGS) + 1
    assert str(sanitise(str(made.html()))) == str(made.html())


def test_html_escapes_names() -> None:
    made = table("<i>", ("<b>",), [["<script>`{{x}}`"]])
    assert "<script>`" not in made.html()
    assert "&lt;script&gt;&#96;&#123;&#123;x&#125;&#125;&#96;" in made.html()


@pytest.mark.parametrize(("empty", "expected"), [(3, 3), (4, 1)])
def test_many_kinds_of_which_there_is_none_take_one_row(empty: int, expected: int) -> None:
    kinds = ("VpcEndpoints", "NatGateways", "InternetGateways", "RouteTables")[:empty]
    made = coverage_table(samples.snapshot({"Vpcs": samples.RAW["Vpcs"], **{key: [] for key in kinds}}, gaps=()))
    none = [row for row in made.rows if row[1].word == "Read: there is none"]
    assert len(none) == expected
    assert all(kind in repr(made) for kind in kinds)
    assert [row[0].text for row in made.rows if row not in none] == ["Vpcs"]
