"""Which functions of a Node.js module look like a Lambda handler.

https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from runbook_lib.source_scan.node_tree import FUNCTIONS, Bindings, arguments_of, members_of, text_of, walk

__all__ = ["Handler", "handlers_of"]

_EVENTS = frozenset({"event", "_event", "evt", "_evt", "events"})


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler: the name it is exported as, its function, its parameters; wrapped when a call makes it of that."""

    name: str
    function: Node
    parameters: tuple[str, ...]
    is_wrapped: bool

    @property
    def line(self) -> int:
        """The line where its function begins."""
        return self.function.start_point.row + 1

    @property
    def is_async(self) -> bool:
        """Whether it gives a promise by its form."""
        return any(child.type == "async" for child in self.function.children)

    @property
    def body(self) -> Node:
        """Its body, a block or an expression."""
        return self.function.child_by_field_name("body") or self.function


def handlers_of(root: Node, bindings: Bindings) -> Iterator[Handler]:
    """The exported functions that have the name of a handler or take an event, in the order of the source."""
    seen: set[int] = set()
    for name, value in _exported(root):
        made = _handler(name, value, bindings)
        if made is not None and made.function.id not in seen:
            seen.add(made.function.id)
            yield made


def _handler(name: str, value: Node, bindings: Bindings) -> Handler | None:
    function, is_wrapped = bindings.followed(value), False
    for _ in range(5):
        if function.type in FUNCTIONS:
            break
        if function.type in ("as_expression", "satisfies_expression", "parenthesized_expression"):
            function = bindings.followed(function.named_children[0])
        elif function.type == "call_expression":
            given = [bindings.followed(one) for one in _wrapped(function)]
            inner = next((one for one in given if one.type in FUNCTIONS), None)
            if inner is None:
                return None
            function, is_wrapped = inner, True
        else:
            return None
    if function.type not in FUNCTIONS:
        return None
    parameters = tuple(_parameters(function))
    takes_event = bool(parameters) and parameters[0] in _EVENTS and len(parameters) <= 3
    if not (takes_event or name.lower().endswith("handler")):
        return None
    return Handler(name, function, parameters, is_wrapped)


def _wrapped(call: Node) -> Iterator[Node]:
    """What a call that makes a handler is given: `middy(handler)`, `middy().use(…).handler(handler)`."""
    for one in arguments_of(call):
        yield one
        if one.type == "call_expression":
            yield from _wrapped(one)
    owner = call.child_by_field_name("function")
    inner = owner.child_by_field_name("object") if owner is not None else None
    if inner is not None and inner.type == "call_expression":
        yield from _wrapped(inner)


def _parameters(function: Node) -> Iterator[str]:
    single = function.child_by_field_name("parameter")
    given = function.child_by_field_name("parameters")
    listed = [single] if single is not None else given.named_children if given is not None else []
    for one in listed:
        if one.type != "comment":
            yield text_of(one.child_by_field_name("pattern") or one.child_by_field_name("left") or one)


def _exported(root: Node) -> Iterator[tuple[str, Node]]:
    """Names and values that a module exports, in ES modules and in CommonJS."""
    for node in root.named_children:
        if node.type == "export_statement":
            yield from _exported_by_statement(node)
        elif node.type == "expression_statement":
            for inner in walk(node):
                if inner.type == "assignment_expression":
                    yield from _exported_by_assignment(inner)
                if inner.type in FUNCTIONS:
                    break


def _exported_by_statement(node: Node) -> Iterator[tuple[str, Node]]:
    declared, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
    if value is not None:
        yield "default", value
    if declared is not None and declared.type in FUNCTIONS:
        yield text_of(declared.child_by_field_name("name")) or "default", declared
    for one in walk(declared) if declared is not None and declared.type not in FUNCTIONS else ():
        if one.type == "variable_declarator" and one.parent == declared:
            name, given = one.child_by_field_name("name"), one.child_by_field_name("value")
            if given is not None:
                yield text_of(name), given
    for clause in (child for child in node.named_children if child.type == "export_clause"):
        for one in clause.named_children:
            own = one.child_by_field_name("name")
            if own is not None:
                yield text_of(one.child_by_field_name("alias") or own), own


def _exported_by_assignment(node: Node) -> Iterator[tuple[str, Node]]:
    target, value = text_of(node.child_by_field_name("left")), node.child_by_field_name("right")
    if value is None:
        return
    if target == "module.exports" and value.type == "object":
        yield from members_of(value)[0].items()
    elif target in ("module.exports", "exports"):
        yield "default", value
    elif target.startswith(("exports.", "module.exports.")):
        yield target.rpartition(".")[2], value
