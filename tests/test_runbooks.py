"""Every runbook: the shape of its notebook, its parameter file, and that nothing in it does what the library should."""

import ast
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from runbook_lib.checks import CHECKS
from runbook_lib.facade.demo import SCENARIOS_SHOWN
from runbook_lib.parameters import parameters_of, resolve_parameters, runbook_files, runbooks
from runbook_lib.sandbox.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parent.parent
BOOKS = runbook_files()
LOOPS = (ast.For, ast.While, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
HEAD = ("Question", "When to run", "Inputs", "AWS permissions", "Cost", "Changes anything?", "Typical duration")

Cell = dict[str, Any]


def cells(path: Path) -> list[Cell]:
    found: list[Cell] = json.loads(path.read_text())["cells"]
    return found


def source(cell: Cell) -> str:
    return "".join(cell["source"])


def code(path: Path) -> list[Cell]:
    return [cell for cell in cells(path) if cell["cell_type"] == "code"]


def tags(cell: Cell) -> list[str]:
    return list(cell["metadata"].get("tags", ()))


def code_lines(cell: Cell) -> list[str]:
    return [line for line in source(cell).splitlines() if line.strip() and not line.strip().startswith("#")]


def breaches(text: str) -> list[str]:
    """What a code cell does that belongs into the library, in words."""
    tree = ast.parse(text)
    found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, LOOPS + DEFINITIONS)]
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found += [call for call in calls if call in ("sys.exit", "exit", "quit", "print", "open")]
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    found += [text for text in texts if text.startswith(("./", "../")) or text.endswith(("/", ".json", ".yaml"))]
    return found + re.findall(r"import boto3|boto3\.|%run|^\s*[%!]\S+", text, re.MULTILINE)


@pytest.fixture(params=sorted(BOOKS), ids=str)
def path(request: pytest.FixtureRequest) -> Path:
    return BOOKS[request.param]


def test_there_are_runbooks() -> None:
    assert "vpc_endpoints" in BOOKS


def test_cells_come_in_order(path: Path) -> None:
    kinds = [cell["cell_type"] for cell in cells(path)]
    assert (kinds[0], kinds[1], kinds[-1]) == ("markdown", "code", "markdown")
    first, setup, pick, collect, coverage, *story, verdict, report = code(path)
    assert tags(first) == ["parameters"]
    assert "from runbook_lib.runbook import open_run" in source(setup)
    assert source(setup).rstrip().endswith("\nrun")
    assert source(pick).startswith("run.pick(")
    assert source(collect).startswith("run.collect(")
    assert source(coverage).startswith("run.coverage(")
    assert len(story) >= 3
    assert source(verdict).startswith("run.verdict(")
    assert source(report).startswith("run.report(")
    assert [cell for cell in code(path) if "nbval-check-output" in tags(cell)] == [verdict]


def test_every_step_is_introduced(path: Path) -> None:
    listed = cells(path)
    for before, cell in pairwise(listed[1:]):
        if cell["cell_type"] == "code":
            assert before["cell_type"] == "markdown", cell["id"]


def test_story_says_what_good_looks_like(path: Path) -> None:
    listed = cells(path)
    steps = [cell["id"] for cell in code(path)[5:-3]]
    for before, cell in pairwise(listed):
        if cell["id"] in steps:
            assert "**What good looks like**" in source(before), cell["id"]


def test_the_first_cell_tells_what_a_reader_needs(path: Path) -> None:
    text = source(cells(path)[0])
    assert text.startswith("# ")
    assert re.findall(r"^\| \*\*(.+?)\*\* \|", text, re.MULTILINE) == list(HEAD)


def test_cells_are_short_and_end_in_one_displayed_object(path: Path) -> None:
    for cell in code(path)[1:]:
        assert len(code_lines(cell)) <= 8, cell["id"]
        last = ast.parse(source(cell)).body[-1]
        assert isinstance(last, ast.Expr), cell["id"]
    assert sum(len(code_lines(cell)) for cell in code(path)) <= 80


def test_at_least_as_much_prose_as_code(path: Path) -> None:
    prose = sum(len(source(cell).split()) for cell in cells(path) if cell["cell_type"] == "markdown")
    assert prose >= sum(len(source(cell).split()) for cell in code(path))


def test_work_is_left_to_the_library(path: Path) -> None:
    assert {cell["id"]: found for cell in code(path) if (found := breaches(source(cell)))} == {}


BREACHES = (
    "for x in y: pass;[x for x in y];def f(): pass;lambda: 1;import boto3;sys.exit(1);open('a');f('../x');f('a/')"
)


@pytest.mark.parametrize("text", BREACHES.split(";"))
def test_breach_is_found(text: str) -> None:
    assert breaches(text) != []


def test_prose_never_states_a_result(path: Path) -> None:
    prose = "\n".join(source(cell) for cell in cells(path) if cell["cell_type"] == "markdown")
    assert not re.search(r"\b(vpc|subnet|rtb|sg|nat|vpce|acl|igw|eni)-[0-9a-f]{4,}|\b\d{12}\b", prose)
    named = {scenario.function for scenario in SCENARIOS.values()}
    assert [name for name in named if name in prose] == []


def test_ids_are_stable_words(path: Path) -> None:
    ids = [cell["id"] for cell in cells(path)]
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z-]{2,30}", name)] == []


def test_checks_asked_about_exist(path: Path) -> None:
    asked = set(re.findall(r'"([A-Z]{3}\d{3})"', "".join(source(cell) for cell in code(path))))
    assert asked <= {check.META.id for check in CHECKS}


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("vpc_endpoints", "endpoints"),
        ("network_path", "path"),
        ("nat_gateway", "nat logs"),
        ("post_deploy", "deploy"),
        ("tcp_keepalive", "keepalive"),
        ("reachability_analyzer", "analyzer"),
        ("function_configuration", "function logs source"),
    ],
)
def test_a_runbook_asks_every_check_of_its_families_once(name: str, families: str) -> None:
    asked = re.findall(r'"([A-Z]{3}\d{3})"', "".join(source(cell) for cell in code(BOOKS[name])))
    assert sorted(asked) == sorted(check.META.id for check in CHECKS if check.META.family in families.split())


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_links_lead_to_runbooks_that_exist(name: str) -> None:
    prose = "\n".join(source(cell) for cell in cells(BOOKS[name]) if cell["cell_type"] == "markdown")
    assert [link for link in re.findall(r"\]\(([^)]+)\)", prose) if not (ROOT / "runbooks" / link).exists()] == []


# parameters


def test_every_parameter_is_explained_and_no_secret() -> None:
    for book in runbooks():
        assert book.question
        for parameter in book.parameters:
            assert parameter.help, parameter.name
            assert not re.search(r"secret|password|token", parameter.name)


def test_parameter_file_holds_exactly_the_cell(path: Path) -> None:
    name = next(name for name, file in BOOKS.items() if file == path)
    told = yaml.safe_load((ROOT / "parameters" / f"{name}.yaml").read_text())
    assert told == {parameter.name: parameter.default for parameter in parameters_of(name)}
    assert list(told) == [parameter.name for parameter in parameters_of(name)]


@pytest.mark.parametrize("file", sorted((ROOT / "parameters").glob("*.yaml")), ids=lambda file: file.name)
def test_every_parameter_file_is_accepted(file: Path) -> None:
    name = file.stem if file.stem in BOOKS else "vpc_endpoints"
    assert resolve_parameters(parameters_of(name), [file])["source"]
    assert file.name in (ROOT / "parameters" / "README.md").read_text()


def test_the_demo_knows_what_must_come_out_of_every_runbook() -> None:
    assert {name for shown in SCENARIOS_SHOWN.values() for name in shown} == set(BOOKS)
    for scenario, shown in SCENARIOS_SHOWN.items():
        assert set(SCENARIOS[scenario].verdicts) >= set(shown)
