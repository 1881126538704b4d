"""The parameter contract: what a runbook may be told, and how strictly.

Reads notebooks as JSON and their parameters cell as Python syntax; starts nothing and imports no notebook library.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from runbook_lib.errors import UsageError, unknown_name

__all__ = [
    "Parameter",
    "Runbook",
    "Value",
    "find_runbook",
    "parameters_of",
    "resolve_parameters",
    "runbook_files",
    "runbooks",
]

Value = str | int | float | bool

_FOLDER = Path(__file__).resolve().parent.parent / "runbooks"
_FILE = re.compile(r"\d\d_([a-z][a-z0-9_]*)\.ipynb")
_TYPES: Mapping[str, type[Value]] = {"str": str, "int": int, "float": float, "bool": bool}
_WORDS = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}
_HELP = re.compile(r"#\s*(?P<help>.*?)(?:\s*\((?P<unit>[^()]+)\))?\s*$")
_QUESTION = re.compile(r"\|\s*\**Question\**[^|]*\|\s*(?P<question>[^|]+?)\s*\|", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a runbook: `type` is str, int, float or bool; `unit` is empty when the help names none."""

    name: str
    type: str
    default: Value
    help: str
    unit: str = ""

    def to_json(self) -> dict[str, Any]:
        """Mapping name, type, default, help, unit."""
        return {"name": self.name, "type": self.type, "default": self.default, "help": self.help, "unit": self.unit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """One notebook: its name as `runbook run` takes it, its file, title, question and parameters."""

    name: str
    path: Path
    title: str
    question: str
    parameters: tuple[Parameter, ...]

    def to_json(self) -> dict[str, Any]:
        """Mapping name, file, title, question, parameters."""
        return {
            "name": self.name,
            "file": self.path.name,
            "title": self.title,
            "question": self.question,
            "parameters": [parameter.to_json() for parameter in self.parameters],
        }


class _Entry(NamedTuple):
    """One line of a parameter file: where, name, value as YAML understands it, and as it was written."""

    place: str
    name: str
    value: Any
    written: str


def runbook_files() -> dict[str, Path]:
    """Mapping name → notebook file, in the order of their numbers."""
    return {match[1]: path for path in sorted(_FOLDER.glob("*.ipynb")) if (match := _FILE.fullmatch(path.name))}


def runbooks() -> tuple[Runbook, ...]:
    """Every runbook, in the order of their numbers."""
    return tuple(_runbook(name, path) for name, path in runbook_files().items())


def parameters_of(name: str) -> tuple[Parameter, ...]:
    """The parameters of a runbook in the order of their cell. UsageError naming the nearest for an unknown runbook."""
    return _runbook(name, find_runbook(name)).parameters


def find_runbook(name: str) -> Path:
    """The notebook file of a runbook. UsageError naming the nearest when there is none."""
    files = runbook_files()
    if name not in files:
        raise unknown_name("runbook", name, files)
    return files[name]


def resolve_parameters(
    parameters: Iterable[Parameter],
    files: Iterable[str | Path] = (),
    overrides: Iterable[tuple[str, str]] = (),
) -> dict[str, Value]:
    """The value of every parameter: its default, then what files say in their order, then the overrides (all text).

    UsageError for a name that does not exist (with the nearest), a name given twice, and a value of another type.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Value] = {name: parameter.default for name, parameter in known.items()}
    for file in files:
        for entry in _file_entries(Path(file)):
            values[entry.name] = _checked(_find(known, entry.name, entry.place), entry)
    seen: set[str] = set()
    for name, text in overrides:
        parameter = _find(known, name, "")
        if name in seen:
            raise UsageError(f"parameter {name!r} is given twice on the command line")
        seen.add(name)
        values[name] = _from_text(parameter, text)
    return values


def _find(known: Mapping[str, Parameter], name: str, place: str) -> Parameter:
    if name not in known:
        error = unknown_name("parameter", name, known)
        raise UsageError(f"{place}: {error}" if place else str(error))
    return known[name]


def _from_text(parameter: Parameter, text: str) -> Value:
    """A value typed on the command line."""
    kind = parameter.type
    if kind == "str":
        return text
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == "int" and re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    if kind == "float" and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return float(text)
    raise UsageError(f"parameter {parameter.name!r} must be {_WORDS[kind]}, found {text!r}")


def _checked(parameter: Parameter, entry: _Entry) -> Value:
    """A value from a file; its YAML type must be the declared one, so that an id never changes on the way."""
    wanted = _TYPES[parameter.type]
    if type(entry.value) is wanted:
        return entry.value
    if wanted is float and type(entry.value) is int:
        return float(entry.value)
    found = f"{entry.written}" if entry.written else "nothing"
    hint = f'; write "{entry.written}" in quotes' if wanted is str else ""
    expected = _WORDS[parameter.type]
    raise UsageError(f"{entry.place}: parameter {parameter.name!r} must be {expected}, found {found}{hint}")


def _file_entries(path: Path) -> Iterator[_Entry]:
    """The entries of a YAML file. UsageError with file and line for anything but a flat map."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read parameter file {path}: {said}") from None
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return
        if not isinstance(root, yaml.MappingNode):
            raise UsageError(f"{path}, line 1: expected one `name: value` per line")
        yield from _entries(path, loader, root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(f"{path}, line {line}: broken YAML ({error.problem})") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: broken YAML ({' '.join(str(error).split())})") from None
    finally:
        loader.dispose()


def _entries(path: Path, loader: Any, root: Any) -> Iterator[_Entry]:
    import yaml

    seen: dict[str, int] = {}
    for key, node in root.value:
        line = key.start_mark.line + 1
        place = f"{path}, line {line}"
        if not isinstance(key, yaml.ScalarNode):
            raise UsageError(f"{place}: a parameter name is one word")
        if key.value in seen:
            raise UsageError(f"{place}: parameter {key.value!r} was given in line {seen[key.value]} already")
        seen[key.value] = line
        if not isinstance(node, yaml.ScalarNode):
            raise UsageError(f"{place}: parameter {key.value!r} takes one value, not a list or a map")
        yield _Entry(place, key.value, loader.construct_object(node), node.value)


def _runbook(name: str, path: Path) -> Runbook:
    cells = _cells(path)
    first = _source(cells[0]) if cells else ""
    title = next((line.lstrip("# ").strip() for line in first.splitlines() if line.startswith("# ")), name)
    asked = _QUESTION.search(first)
    cell = next((cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", ())), None)
    parameters = tuple(_declared(_source(cell), path)) if cell else ()
    return Runbook(
        name=name, path=path, title=title, question=asked["question"] if asked else title, parameters=parameters
    )


def _cells(path: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["cells"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path.name} is not a notebook: {error}") from None


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _declared(source: str, path: Path) -> Iterator[Parameter]:
    """The declarations of a parameters cell: one `name: type = literal  # help (unit)` per line, nothing else."""
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    for statement in ast.parse(source).body:
        place = f"{path.name}, parameters cell, line {statement.lineno}"
        if not (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(statement.annotation, ast.Name)
            and statement.annotation.id in _TYPES
            and statement.value is not None
        ):
            raise UsageError(f"{place}: expected `name: type = literal` with type {', '.join(_TYPES)}")
        kind = statement.annotation.id
        try:
            default = ast.literal_eval(statement.value)
        except ValueError:
            default = None
        if type(default) is not _TYPES[kind]:
            raise UsageError(f"{place}: the default of {statement.target.id} is not a literal of type {kind}")
        words = _HELP.match(comments.get(statement.lineno, ""))
        yield Parameter(
            name=statement.target.id,
            type=kind,
            default=default,
            help=words["help"] if words else "",
            unit=(words["unit"] or "") if words else "",
        )
