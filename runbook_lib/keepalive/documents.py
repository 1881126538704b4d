"""YAML and JSON as plain values, with line numbers for what is broken.

Read defensively: files come from anywhere. Keys that stand twice are refused, since readers differ in which one they
take; aliases share one object and are never expanded; tags (`!Ref`, `!Sub`) become a text that is put in later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import yaml

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.templates import BRANCH, Opened

__all__ = ["Document", "read_documents"]

_MOST_MERGED = 10_000
_DECIDING = frozenset({"value", "hostNetwork", "privileged", "procMount", "restartPolicy", "runAsUser", "runAsNonRoot"})

_BRANCHED = ("securityContext", "sysctls", "initContainers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a file: its value, its number from 0, and the line of its key `kind`, or of its start."""

    value: Any
    index: int
    line: int


_PLAIN = (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$", "tTfFyYnNoO"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^<<$", "<"),
)
_KEPT: dict[str | None, Any] = {
    tag: made
    for tag, made in yaml.SafeLoader.yaml_constructors.items()
    if tag and tag.rpartition(":")[2] in ("null", "bool", "str", "seq", "map")
}


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """What an unquoted text is read as, by its first character."""
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for tag, pattern, first in _PLAIN:
        for character in first:
            found.setdefault(character, []).append((f"tag:yaml.org,2002:{tag}", re.compile(pattern)))
    return found


class _Loader(yaml.SafeLoader):
    """Maps, lists, texts, whole numbers, true and false; anything else stays the text it was written as."""

    template: Opened | None = None

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in () if self.template else node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"key {key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value) if isinstance(key, yaml.ScalarNode) else "")
        if self.template:
            again = [key for key in _BRANCHED if sum(one.value == key for one, _ in node.value) > 1]
            if again:
                # the branches differ, and the last one in the file would stand
                other = self._branch(node, self.template)
                node.value.append((other, other))
            node.value = [(key, self._settled(key, value, self.template)) for key, value in node.value]
        return node

    def _settled(self, key: Any, value: Any, template: Opened) -> Any:
        """The value of a key; one that decides and that stands in a branch is not known."""
        if not isinstance(value, yaml.ScalarNode) or value.start_mark.line not in template.unsure:
            return value
        if not isinstance(key, yaml.ScalarNode) or key.value not in _DECIDING:
            return value
        return self._branch(value, template)

    def _branch(self, node: Any, template: Opened) -> yaml.ScalarNode:
        return yaml.ScalarNode("tag:yaml.org,2002:str", template.token(BRANCH), node.start_mark, node.end_mark)

    def flatten_mapping(self, node: Any) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MOST_MERGED:
            raise yaml.constructor.ConstructorError(None, None, "merge keys grow without end", node.start_mark)

    def construct_scalar(self, node: Any) -> Any:
        text = super().construct_scalar(node)
        if self.template is None or not isinstance(text, str):
            return text
        expressions = self.template.expressions
        return re.sub(r"ztpl(\d+)z", lambda found: expressions[int(found[1])], text)

    def whole(self, node: Any) -> Any:
        text = self.construct_scalar(node)
        return int(text) if re.fullmatch(r"0|[-+]?[1-9][0-9]{0,18}", text) else text

    def put_in_later(self, node: Any) -> str:
        told = f" {self.construct_scalar(node)}" if isinstance(node, yaml.ScalarNode) else ""
        return f"${{{node.tag}{told}}}"

    yaml_implicit_resolvers = _resolvers()
    yaml_constructors: ClassVar[Any] = {
        **_KEPT,
        "tag:yaml.org,2002:int": whole,
        None: put_in_later,
    }  # None: any other tag


def read_documents(text: str, name: str, *, template: Opened | None = None) -> tuple[Document, ...]:
    """The documents of a text that are not empty, in order.

    `template` is what the text was opened from; with it a key may stand twice, since branches of a template do.
    UsageError names the line of what is broken.
    """
    if template is None and text.lstrip()[:1] in ("{", "["):
        try:
            return (Document(value=json.loads(text, object_pairs_hook=_once), index=0, line=1),)
        except (ValueError, RecursionError):
            pass  # read as YAML, of which JSON is nearly a part, it says the line
    loader = _open(text, name)
    loader.template = template
    try:
        return tuple(found for found in _documents(loader) if found.value is not None)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UsageError(f"{name}, line {mark.line + 1 if mark else 1}: broken YAML ({error.problem})") from None
    except RecursionError:
        raise UsageError(f"{name}: broken YAML (nested too deep, or inside itself)") from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{name}: broken YAML ({' '.join(str(error).split())})") from None
    finally:
        loader.dispose()


def _open(text: str, name: str) -> _Loader:
    try:
        return _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UsageError(f"{name}, line {line}: broken YAML (a character that is not allowed)") from None


def _documents(loader: _Loader) -> Iterator[Document]:
    index = 0
    while loader.check_node():
        node = loader.get_node()
        if node is None:
            return
        line = node.start_mark.line
        if isinstance(node, yaml.MappingNode):
            line = next((key.start_mark.line for key, _ in node.value if key.value == "kind"), line)
        yield Document(value=loader.construct_document(node), index=index, line=line + 1)
        index += 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
