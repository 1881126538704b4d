"""JavaScript and TypeScript as a syntax tree: parsing, walking, and what names of a module stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser

from runbook_lib.source_scan.found import Unparsed

__all__ = [
    "FUNCTIONS",
    "Bindings",
    "Bound",
    "arguments_of",
    "literal_of",
    "members_of",
    "parsed",
    "text_of",
    "walk",
]

FUNCTIONS = frozenset({"arrow_function", "function_expression", "function_declaration", "method_definition"})


def parsed(text: str, suffix: str) -> Node:
    """The root of a module. Raises Unparsed, with the first line that is wrong, for what the grammar does not allow."""
    root = Parser(_grammar(suffix)).parse(text.encode("utf-8", "replace")).root_node
    if root.has_error:
        wrong = next((node for node in walk(root) if node.is_error or node.is_missing), root)
        kind = "TypeScript" if "ts" in suffix else "JavaScript"
        raise Unparsed(f"line {wrong.start_point.row + 1}: not {kind} that can be read")
    return root


@lru_cache
def _grammar(suffix: str) -> Grammar:
    if suffix == ".tsx":
        return Grammar(tree_sitter_typescript.language_tsx())
    if "ts" in suffix:
        return Grammar(tree_sitter_typescript.language_typescript())
    return Grammar(tree_sitter_javascript.language())


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it, in the order of the source; no depth is too deep."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children))


def text_of(node: Node | None) -> str:
    """The source of a node; empty for None."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def literal_of(node: Node | None) -> str | None:
    """The text of a literal without its quotes, also of a template that nothing is put into; None for anything else."""
    if node is None or node.type not in ("string", "template_string"):
        return None
    if any(part.type == "template_substitution" for part in node.children):
        return None
    return "".join(text_of(part) for part in node.children if part.type in ("string_fragment", "escape_sequence"))


def arguments_of(call: Node) -> list[Node]:
    """The arguments of a call or of `new`, without comments; a template after a tag is none."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "arguments":
        return []
    return [node for node in given.named_children if node.type != "comment"]


def members_of(node: Node) -> tuple[dict[str, Node], bool]:
    """The members of an object literal by name, and whether these are all; not when it spreads or computes."""
    members: dict[str, Node] = {}
    is_whole = node.type == "object"
    for child in node.named_children if is_whole else ():
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        if child.type == "pair" and key is not None and value is not None and key.type != "computed_property_name":
            members[literal_of(key) or text_of(key)] = value
        elif child.type == "shorthand_property_identifier":
            members[text_of(child)] = child
        elif child.type == "method_definition":
            members[text_of(child.child_by_field_name("name"))] = child
        elif child.type != "comment":
            is_whole = False
    return members, is_whole


@dataclass(frozen=True, slots=True)
class Bound:
    """What a name of a module was imported as: `name` is empty for the module itself, its default or all of it."""

    module: str
    name: str = ""


class Bindings:
    """The names that a module imports, by `import` or `require`, and the lines where it does."""

    def __init__(self, root: Node) -> None:
        self.imported: list[tuple[int, str]] = []
        self._names: dict[str, Bound] = {}
        self._declared: dict[str, Node] = {}
        for node in walk(root):
            if node.type == "import_statement":
                self._import(node)
            elif node.type == "call_expression" and (module := _required(node)) is not None:
                self.imported.append((node.start_point.row + 1, module))
            elif node.type == "variable_declarator":
                self._declare(node)
            elif node.type == "function_declaration":
                self._declared.setdefault(text_of(node.child_by_field_name("name")), node)

    def of(self, node: Node | None) -> Bound | None:
        """What an expression stands for: a name that was imported, or a member of one."""
        if node is None:
            return None
        if node.type == "identifier":
            return self._names.get(text_of(node))
        if node.type == "member_expression":
            owner = self.of(node.child_by_field_name("object"))
            if owner is not None and owner.name in ("", "default"):
                return Bound(owner.module, text_of(node.child_by_field_name("property")))
        return None

    def is_free(self, name: str) -> bool:
        """Whether nothing in the module binds a name, so that it is a global one."""
        return name not in self._names and name not in self._declared

    def followed(self, node: Node) -> Node:
        """The function or expression that a name was declared as; itself otherwise."""
        is_name = node.type in ("identifier", "shorthand_property_identifier")
        return self._declared.get(text_of(node), node) if is_name else node

    def _import(self, node: Node) -> None:
        required = next((child for child in node.named_children if child.type == "import_require_clause"), node)
        module = literal_of(required.child_by_field_name("source"))
        if module is None or any(child.type == "type" for child in node.children):
            return  # what is imported as a type is gone before the code runs
        self.imported.append((node.start_point.row + 1, module))
        for clause in (child for child in node.named_children if child.type.startswith("import_")):
            for child in clause.named_children:
                if child.type == "identifier":
                    self._names[text_of(child)] = Bound(module)
                elif child.type == "namespace_import":
                    self._names[text_of(child.named_children[-1])] = Bound(module)
                elif child.type == "named_imports":
                    self._import_names(child, module)

    def _import_names(self, named: Node, module: str) -> None:
        for one in named.named_children:
            name, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
            if name is not None:
                self._names[text_of(alias or name)] = Bound(module, text_of(name))

    def _declare(self, node: Node) -> None:
        target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if target is None:
            return
        bound = self._bound(value)
        if target.type == "identifier":
            if bound is not None:
                self._names[text_of(target)] = bound
            elif value is not None:
                self._declared.setdefault(text_of(target), value)
        elif target.type == "object_pattern" and bound is not None and not bound.name:
            for one in target.named_children:
                key = one.child_by_field_name("key") if one.type == "pair_pattern" else one
                local = one.child_by_field_name("value") if one.type == "pair_pattern" else one
                self._names[text_of(local)] = Bound(bound.module, text_of(key))

    def _bound(self, value: Node | None) -> Bound | None:
        if value is None:
            return None
        if value.type == "await_expression" and value.named_children:
            value = value.named_children[0]
        if value.type == "member_expression":
            owner = value.child_by_field_name("object")
            module = _required(owner) if owner is not None else None
            return None if module is None else Bound(module, text_of(value.child_by_field_name("property")))
        module = _required(value)
        return None if module is None else Bound(module)


def _required(node: Node) -> str | None:
    """The module of `require("…")` or `import("…")`; None for another expression."""
    if node.type != "call_expression" or text_of(node.child_by_field_name("function")) not in ("require", "import"):
        return None
    given = arguments_of(node)
    return literal_of(given[0]) if given else None
