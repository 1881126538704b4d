"""Python source of a function, by its syntax tree.

Handlers are told by their form: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html (read 2026-11-21).
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
import warnings
from collections.abc import Iterator

from runbook_lib.keepalive.python_clients import keyword, makes_client
from runbook_lib.keepalive.python_names import Names
from runbook_lib.model.source import SourceRule
from runbook_lib.source_scan.found import Found, Unparsed, words_of_comment
from runbook_lib.source_scan.python_timeouts import Timeouts
from runbook_lib.source_scan.python_words import short_name

__all__ = ["scan_python"]

_VERSION = f"Python {sys.version_info.major}.{sys.version_info.minor}"
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_CONTEXTS = frozenset({"context", "_context", "ctx", "_ctx", "lambda_context", "aws_context"})
# Decorators of Powertools that let an exception through.
_TRANSPARENT = frozenset({"inject_lambda_context", "capture_lambda_handler", "log_metrics", "event_source"})


def scan_python(text: str, found: Found) -> None:
    """Gather what is found in a module. Raises Unparsed for what is no Python."""
    tree = _parsed(text)
    names = Names(tree)
    _secrets(tree, text, found)
    for handler in _handlers(tree):
        found.handlers.append(handler.name)
        _clients(handler, names, found)
        _error_handling(handler, found)
    Timeouts(tree, names).scan(found)


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd in somebody's source is not for the reader of the answer
            return ast.parse(text)
    except SyntaxError as error:
        at = f"line {error.lineno}: " if error.lineno else ""
        raise Unparsed(f"{at}not {_VERSION} that can be read ({error.msg})") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unparsed(f"not {_VERSION} that can be read ({type(error).__name__})") from None


# secrets


def _secrets(tree: ast.Module, text: str, found: Found) -> None:
    labels: dict[int, str] = {}
    for node in ast.walk(tree):
        for label, value in _labelled(node):
            if isinstance(value, ast.Constant):
                labels[id(value)] = label
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            written = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            found.literal(node.lineno, labels.get(id(node), ""), written)
    for line, comment in _comments(text):
        for word in words_of_comment(comment):
            found.literal(line, "", word)


def _labelled(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """The values that a node gives a name."""
    if isinstance(node, ast.Assign):
        yield from ((_name_of(target), node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        yield _name_of(node.target), node.value
    elif isinstance(node, ast.keyword):
        yield node.arg or "", node.value
    elif isinstance(node, ast.Dict):
        yield from ((_text_of(key), value) for key, value in zip(node.keys, node.values, strict=True))
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        yield from ((one.arg, value) for one, value in zip(reversed(positional), reversed(node.defaults), strict=False))
        yield from ((one.arg, value) for one, value in zip(node.kwonlyargs, node.kw_defaults, strict=True))


def _name_of(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    return _text_of(target.slice) if isinstance(target, ast.Subscript) else ""


def _text_of(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _comments(text: str) -> Iterator[tuple[int, str]]:
    if "#" not in text:
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError):
        return  # the tree was read all the same: only comments from here on are left out


# handlers


def _handlers(tree: ast.Module) -> Iterator[_Function]:
    """The functions of a module that Lambda may call: two arguments, a context or the name of a handler."""
    for node in tree.body:
        if isinstance(node, _Function):
            given = [*node.args.posonlyargs, *node.args.args]
            required = len(given) - len(node.args.defaults)
            is_named = node.name == "handler" or node.name.endswith("_handler")
            is_public = not node.name.startswith("_") and len(given) >= 2 >= required
            if is_public and (given[1].arg in _CONTEXTS or (is_named and len(given) == 2)):
                yield node


def _clients(handler: _Function, names: Names, found: Found) -> None:
    """Clients made anew by every invocation; one that is kept outside, or has credentials of its own, is none."""
    kept = {name for node in ast.walk(handler) if isinstance(node, ast.Global) for name in node.names}
    outside: set[int] = set()
    for node in ast.walk(handler):
        if isinstance(node, ast.Assign | ast.NamedExpr | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(not isinstance(one, ast.Name) or one.id in kept for one in targets):
                outside.update(id(inner) for inner in ast.walk(node.value))
    for node in ast.walk(handler):
        if not isinstance(node, ast.Call) or id(node) in outside or not makes_client(names, node):
            continue
        if keyword(node, "aws_access_key_id") is None:
            detail = f"{short_name(node.func)} is called in {handler.name}, in every invocation"
            found.add(node.lineno, SourceRule.CLIENT_IN_HANDLER, detail)


def _error_handling(handler: _Function, found: Found) -> None:
    body = [inner for statement in handler.body for inner in ast.walk(statement)]
    is_caught = any(map(_catches, body)) or any(map(_may_catch, handler.decorator_list))
    if not is_caught and any(isinstance(node, ast.Call) for node in body):
        found.add(handler.lineno, SourceRule.NO_ERROR_HANDLING, f"{handler.name} catches no exception")


def _catches(node: ast.AST) -> bool:
    if isinstance(node, ast.With | ast.AsyncWith):
        return any(short_name(item.context_expr).removesuffix("(…)").endswith("suppress") for item in node.items)
    return isinstance(node, ast.Try | ast.TryStar) and bool(node.handlers)


def _may_catch(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called).rpartition(".")[2] not in _TRANSPARENT
