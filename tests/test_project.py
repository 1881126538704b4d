"""What holds for the project as a whole: the commands, the pinned versions, the documents, the public names."""

import ast
import importlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import runbook_lib

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "runbook_lib").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "runbooks").glob("*.ipynb"))
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def requirements(name: str) -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line]


# commands and versions


def test_make_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([\w-]+):", text, re.MULTILINE)
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    described = {line.split()[1]: line.split()[2:] for line in listed.stdout.splitlines()}
    assert list(described) == targets == re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split()
    assert {"demo", "test", "lint", "lab", "lock", "clean"} <= set(targets)
    assert all(described.values())


def test_every_requirement_is_pinned_within_its_bounds() -> None:
    pins = requirements("constraints.txt")
    for wanted in requirements("requirements.txt"):
        found = [pin for pin in pins if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
        assert found, wanted.name
        for pin in found:
            (version,) = pin.specifier
            assert version.operator == "==", pin
            assert wanted.specifier.contains(version.version), f"{pin} is not {wanted}"


def test_every_requirement_has_an_upper_bound() -> None:
    bounded = {"<", "<=", "=="}
    assert [r for r in requirements("requirements.txt") if not bounded & {s.operator for s in r.specifier}] == []


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt"])
def test_installs_depend_on_no_particular_index(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-|@", text.replace("# via -r requirements.txt", ""), re.MULTILINE)


# documents


def test_changelog_opens_with_what_is_not_released_or_this_version() -> None:
    first = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0]
    assert first == "Unreleased" or first.startswith(runbook_lib.__version__)


def test_decisions_are_numbered_without_gaps() -> None:
    assert [path.name[:5] for path in DECISIONS] == [f"{number:04}-" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=relative)
def test_decision_is_short_and_says_context_decision_consequences(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 60
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_every_requirement_is_justified() -> None:
    (page,) = [path for path in DECISIONS if "dependencies" in path.name]
    justified = re.findall(r"^\| `([^`]+)` \|", page.read_text(), re.MULTILINE)
    assert sorted(justified) == sorted(r.name for r in requirements("requirements.txt"))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


# the library


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def public_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, each alphabetically: the order that ruff keeps too."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name != "__main__.py"], ids=relative)
def test_public_names_are_declared_in_order_and_exist(path: Path) -> None:
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(dotted)
    defined = [node.name for node in tree(path).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    names = getattr(module, "__all__", None)
    if names is None:
        assert [name for name in defined if not name.startswith("_")] == [], "no __all__"
        return
    assert list(names) == sorted(set(names), key=public_order)
    assert [name for name in names if not hasattr(module, name)] == []


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name != "__main__.py"], ids=relative)
def test_importing_a_module_does_nothing(path: Path) -> None:
    acting = [
        node for node in tree(path).body if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    ]
    assert [ast.unparse(node) for node in acting] == []


def catch_alls(module: ast.Module) -> list[int]:
    """Lines of handlers that catch everything and do not raise it again."""
    handlers = [node for node in ast.walk(module) if isinstance(node, ast.ExceptHandler)]
    return [
        handler.lineno
        for handler in handlers
        if not (isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None)
        and any(name in ("Exception", "BaseException") for name in caught(handler))
    ]


def caught(handler: ast.ExceptHandler) -> list[str]:
    """Names of the exceptions a handler catches; a bare one catches BaseException."""
    if handler.type is None:
        return ["BaseException"]
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [ast.unparse(kind).removeprefix("builtins.") for kind in kinds]


def test_everything_is_caught_by_the_engine_and_the_simulated_runtime_only() -> None:
    found = {relative(path): len(lines) for path in SOURCES if (lines := catch_alls(tree(path)))}
    assert found == {"runbook_lib/engine.py": 1, "runbook_lib/sandbox/running/child/runtime.py": 1}


@pytest.mark.parametrize(
    ("handler", "catches_all"),
    [
        ("except Exception: pass", True),
        ("except: pass", True),
        ("except (KeyError, Exception) as error: print(error)", True),
        ("except BaseException: raise RuntimeError", True),
        ("except BaseException:\n    tidy()\n    raise", False),
        ("except KeyError: pass", False),
    ],
)
def test_catch_all_is_recognised(handler: str, catches_all: bool) -> None:
    assert bool(catch_alls(ast.parse(f"try: work()\n{handler}"))) is catches_all


# the notebooks


def blemishes(notebook: dict[str, Any]) -> list[str]:
    """What a committed notebook must not carry, in words; only the verdict cell keeps its output, for comparison."""
    cells = notebook["cells"]
    ids = [cell.get("id") for cell in cells]
    found = [f"cell id {name!r} is missing or used twice" for name in sorted({str(i) for i in ids if ids.count(i) > 1})]
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        kept = "nbval-check-output" in cell.get("metadata", {}).get("tags", [])
        if not kept and (cell["outputs"] or cell["execution_count"] is not None):
            found.append(f"cell {cell.get('id')} has output")
        if kept and bool(cell["outputs"]) != (cell["execution_count"] is not None):
            found.append(f"cell {cell.get('id')} has an output without a count, or a count without an output")
    found += [f"metadata.{key} left by a run" for key in ("papermill", "widgets") if key in notebook["metadata"]]
    if notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        found.append("kernelspec is not python3")
    return found


def test_notebooks_are_clean() -> None:
    assert {path.name: found for path in NOTEBOOKS if (found := blemishes(json.loads(path.read_text())))} == {}


def test_notebook_blemishes_are_found() -> None:
    def code(name: str, outputs: list[str], count: int | None, *tags: str) -> dict[str, Any]:
        metadata = {"tags": list(tags)}
        return {"cell_type": "code", "id": name, "outputs": outputs, "execution_count": count, "metadata": metadata}

    clean = {"kernelspec": {"name": "python3"}}
    cells = [code("a", [], None), code("b", ["PASS"], 1, "nbval-check-output"), {"cell_type": "markdown", "id": "c"}]
    assert blemishes({"cells": cells, "metadata": clean}) == []
    assert blemishes({"cells": [*cells, code("a", ["x"], 2)], "metadata": {"papermill": {}}}) == [
        "cell id 'a' is missing or used twice",
        "cell a has output",
        "metadata.papermill left by a run",
        "kernelspec is not python3",
    ]
    assert blemishes({"cells": [code("b", ["PASS"], None, "nbval-check-output")], "metadata": clean}) == [
        "cell b has an output without a count, or a count without an output"
    ]
