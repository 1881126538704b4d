"""JavaScript and TypeScript source of a function, by its syntax tree.

How Lambda runs handlers with a callback, until Node.js 22: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
and https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from runbook_lib.model.source import SourceRule
from runbook_lib.source_scan.found import Found, words_of_comment
from runbook_lib.source_scan.node_handlers import Handler, handlers_of
from runbook_lib.source_scan.node_timeouts import CLIENT_PACKAGES, NodeTimeouts
from runbook_lib.source_scan.node_tree import Bindings, arguments_of, literal_of, members_of, parsed, text_of, walk

__all__ = ["scan_node"]

_WAITS = "callbackWaitsForEmptyEventLoop"
_NO_CLIENTS = ("Command", "Exception", "Credentials", "Config", "Error")


def scan_node(text: str, suffix: str, found: Found) -> None:
    """Gather what is found in a module. Raises Unparsed for what its suffix does not promise."""
    root = parsed(text, suffix)
    bindings = Bindings(root)
    _secrets(root, found)
    _sdk(bindings, found)
    for handler in handlers_of(root, bindings):
        found.handlers.append(handler.name)
        _event_loop(handler, found)
        _clients(handler, bindings, found)
        _error_handling(handler, found)
    NodeTimeouts(root, bindings).scan(found)


def _line(node: Node) -> int:
    return node.start_point.row + 1


# secrets


def _secrets(root: Node, found: Found) -> None:
    for parent, node in _with_parents(root):
        if node.type == "comment":
            for number, line in enumerate(text_of(node).splitlines()):
                for word in words_of_comment(line):
                    found.literal(_line(node) + number, "", word)
        elif node.type == "string":
            found.literal(_line(node), _label(node, parent), literal_of(node) or "")
        elif node.type == "template_string":
            pieces = (text_of(part) if part.type == "string_fragment" else " " for part in node.named_children)
            found.literal(_line(node), _label(node, parent), "".join(pieces))


def _with_parents(root: Node) -> Iterator[tuple[Node | None, Node]]:
    """Every node after its parent, in the order of the source; a node itself finds its parent from the root down."""
    waiting: list[tuple[Node | None, Node]] = [(None, root)]
    while waiting:
        parent, one = waiting.pop()
        yield parent, one
        waiting.extend((one, child) for child in reversed(one.children))


def _label(node: Node, parent: Node | None) -> str:
    """The name that a literal is given: of a variable, a member, a property, a parameter."""
    if parent is None or parent.type == "binary_expression":
        return ""
    for field in _VALUES:
        given = parent.child_by_field_name(field)
        if given is not None and given != node and parent.child_by_field_name(_VALUES[field]) == node:
            named = given.child_by_field_name("property") or given
            return literal_of(named) or text_of(named)
    return ""


_VALUES = {"name": "value", "key": "value", "property": "value", "left": "right", "pattern": "value"}


# the SDK


def _sdk(bindings: Bindings, found: Found) -> None:
    for line, module in bindings.imported:
        if module in ("aws-sdk", "aws-sdk/clients/all", "aws-sdk/index"):
            found.add(line, SourceRule.SDK_V2, f"{module} is the whole AWS SDK for JavaScript v2")
        elif module.startswith("aws-sdk/"):
            found.add(line, SourceRule.SDK_V2, f"{module} belongs to the AWS SDK for JavaScript v2")


# handlers


def _event_loop(handler: Handler, found: Found) -> None:
    if handler.is_async or len(handler.parameters) < 3:
        return
    body, callback = list(walk(handler.body)), handler.parameters[2]
    if not any(node.type == "identifier" and text_of(node) == callback for node in body):
        return
    is_told = any(
        node.type == "assignment_expression"
        and text_of(node.child_by_field_name("left")).endswith(f".{_WAITS}")
        and text_of(node.child_by_field_name("right")) == "false"
        for node in body
    )
    if not is_told:
        detail = f"{handler.name} answers by {callback} and leaves {_WAITS} at true"
        found.add(handler.line, SourceRule.EVENT_LOOP, detail)


def _clients(handler: Handler, bindings: Bindings, found: Found) -> None:
    """Clients made anew by every invocation; one that is kept outside, or has credentials of its own, is none."""
    own = {
        text_of(node.child_by_field_name("name")) for node in walk(handler.body) if node.type == "variable_declarator"
    }
    for node in walk(handler.body):
        if node.type != "new_expression" or not _makes_client(node, bindings):
            continue
        if not _is_kept(node, own, handler.body) and not _has_credentials(node):
            made = text_of(node.child_by_field_name("constructor"))
            detail = f"new {made} is in {handler.name}, in every invocation"
            found.add(_line(node), SourceRule.CLIENT_IN_HANDLER, detail)


def _makes_client(node: Node, bindings: Bindings) -> bool:
    bound = bindings.of(node.child_by_field_name("constructor"))
    if bound is None or not bound.name[:1].isupper() or bound.name.endswith(_NO_CLIENTS):
        return False
    return bound.module.startswith(CLIENT_PACKAGES)


def _is_kept(node: Node, own: set[str], body: Node) -> bool:
    """Whether what is made is assigned to something that outlives the invocation."""
    parent = node.parent
    while parent is not None and parent != body:
        if parent.type in ("assignment_expression", "augmented_assignment_expression"):
            target = parent.child_by_field_name("left")
            return target is not None and (target.type != "identifier" or text_of(target) not in own)
        parent = parent.parent
    return False


def _has_credentials(node: Node) -> bool:
    return any(not is_whole or "credentials" in members for members, is_whole in map(members_of, arguments_of(node)))


def _error_handling(handler: Handler, found: Found) -> None:
    body = list(walk(handler.body))
    if handler.is_wrapped or not any(node.type in ("call_expression", "await_expression") for node in body):
        return
    if not any(map(_deals_with_errors, body)):
        found.add(handler.line, SourceRule.NO_ERROR_HANDLING, f"{handler.name} catches no error")


def _deals_with_errors(node: Node) -> bool:
    """A `try`, a `.catch(…)`, or a question whether a callback was given an error."""
    if node.type == "try_statement":
        return any(child.type == "catch_clause" for child in node.named_children)
    if node.type == "if_statement":
        asked = node.child_by_field_name("condition")
        return asked is not None and any(text_of(one) in ("err", "error") for one in walk(asked))
    called = node.child_by_field_name("function") if node.type == "call_expression" else None
    return called is not None and text_of(called.child_by_field_name("property")) == "catch"
