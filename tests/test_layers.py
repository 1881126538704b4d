"""The table in docs/architecture.md is the rule for who may import whom; every import of the kit is held against it."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "runbook_lib"
NONE = "–"


@dataclass(frozen=True)
class Row:
    """One row of the table: the layers it is about, and what they may import."""

    layers: tuple[str, ...]
    kit: frozenset[str]
    third_party: frozenset[str]


def read_table(text: str) -> tuple[Row, ...]:
    """The rows under the heading about layers, in order; a cell that cannot be read is a ValueError."""
    section = text.split("## Layers: who may import whom")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    rows: list[Row] = []
    for line in lines:
        names, _, kit, third_party = (cell.strip() for cell in line.strip("|").split("|"))
        layers = tuple(re.split(r"[/.]", name)[0] for name in re.findall(r"`([^`]+)`", names))
        above = frozenset(layer for row in rows for layer in row.layers)
        rows.append(Row(layers, above if kit == "all above" else words(kit), words(third_party)))
    return tuple(rows)


def words(cell: str) -> frozenset[str]:
    """The names in a cell such as `model, network`; an en dash means none."""
    names = [] if cell == NONE else [name.strip() for name in cell.split(",")]
    if not all(re.fullmatch(r"[a-z_0-9]+", name) for name in names):
        raise ValueError(f"not a list of names: {cell!r}")
    return frozenset(names)


TABLE = read_table((ROOT / "docs" / "architecture.md").read_text())
ROWS = {layer: row for row in TABLE for layer in row.layers}


def imported(source: str, package: str = PACKAGE) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import in a source, at any depth; `package` resolves relative imports.

    A dynamic import whose name is computed yields the call itself, which no row allows.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            literal = bool(node.args) and isinstance(node.args[0], ast.Constant)
            yield node.lineno, ast.literal_eval(node.args[0]) if literal else ast.unparse(node)


def violations(layer: str, source: str, package: str = PACKAGE) -> list[str]:
    """What a source of a layer imports although its row does not allow it, as `line: name`."""
    row = ROWS.get(layer)
    if row is None:
        return [f"{layer} has no row in docs/architecture.md"]
    return [f"{line}: {name}" for line, name in imported(source, package) if not allowed(row, name)]


def allowed(row: Row, name: str) -> bool:
    """Whether a row may import a dotted name."""
    top, _, rest = name.partition(".")
    if top != PACKAGE:
        return top in sys.stdlib_module_names or top in row.third_party
    target = rest.partition(".")[0]
    if target in ("", "__version__"):
        return True
    partners = ROWS[target].layers if target in ROWS else (target,)
    return target in row.layers or not row.kit.isdisjoint(partners)


def modules() -> list[Path]:
    return sorted((ROOT / PACKAGE).rglob("*.py"))


def notebooks() -> list[Path]:
    return sorted((ROOT / "runbooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_only_what_its_layer_may(path: Path) -> None:
    inside = path.relative_to(ROOT / PACKAGE)
    package = ".".join([PACKAGE, *inside.parent.parts])
    if inside.as_posix() == "__init__.py":
        assert list(imported(path.read_text())) == []
    else:
        assert violations(inside.parts[0].removesuffix(".py"), path.read_text(), package) == []


def test_notebooks_import_only_the_facade() -> None:
    for path in notebooks():
        cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
        names = {name for cell in cells for _, name in imported("".join(cell["source"]))}
        assert {name for name in names if not name.startswith(f"{PACKAGE}.runbook.")} == set(), path.name


def test_rows_name_only_layers_above_them() -> None:
    seen: set[str] = set()
    for row in TABLE:
        assert row.kit <= seen, row.layers
        seen.update(row.layers)


def test_the_pure_core_cannot_be_loosened_by_editing_the_table() -> None:
    assert len(TABLE) == 23
    assert ROWS["model"] == ROWS["errors"] == Row(("model", "errors"), frozenset(), frozenset())
    assert (ROWS["network"].kit, ROWS["network"].third_party) == ({"model"}, frozenset())
    assert ROWS["checks"].third_party == ROWS["engine"].third_party == ROWS["runbook"].third_party == frozenset()
    talk_to_aws = {layer for layer, row in ROWS.items() if "boto3" in row.third_party}
    assert talk_to_aws == {"collect", "act", "sandbox", "natlab"}
    assert {layer for layer, row in ROWS.items() if "act" in row.kit} == {"runbook", "facade"}


@pytest.mark.parametrize(
    ("layer", "source", "found"),
    [
        ("network", "from runbook_lib.collect.aws import collect", ["1: runbook_lib.collect.aws.collect"]),
        ("network", "def f():\n    import boto3\n", ["2: boto3"]),
        ("checks", "from runbook_lib import collect", ["1: runbook_lib.collect"]),
        ("model", "from runbook_lib.network.view import View", ["1: runbook_lib.network.view.View"]),
        ("cli", "import runbook_lib.engine", ["1: runbook_lib.engine"]),
        ("cli", "def f():\n    import_module('runbook_lib.render.html')", ["2: runbook_lib.render.html"]),
        ("model", "import importlib\nimportlib.import_module('pandas')", ["2: pandas"]),
        ("model", "if TYPE_CHECKING:\n    import pandas as pd", ["2: pandas"]),
        ("cli", "import_module(f'runbook_lib.{verb}')", ["1: import_module(f'runbook_lib.{verb}')"]),
        ("surprise", "", ["surprise has no row in docs/architecture.md"]),
        ("network", "from runbook_lib.errors import FactMissing\nimport ipaddress", []),
        ("runbook", "from runbook_lib.collect.aws import collect\nfrom runbook_lib.model import status", []),
        ("collect", "from runbook_lib import __version__\nimport botocore.exceptions", []),
    ],
)
def test_violation_is_found(layer: str, source: str, found: list[str]) -> None:
    assert violations(layer, source) == found


def test_relative_imports_are_resolved() -> None:
    assert violations("network", "from ..collect import aws", "runbook_lib.network") == ["1: runbook_lib.collect.aws"]
    assert violations("network", "from . import view\nfrom .view import View", "runbook_lib.network") == []


def test_a_cell_that_is_not_a_list_of_names_is_refused() -> None:
    with pytest.raises(ValueError, match="not a list of names"):
        words("none beyond stdlib")
