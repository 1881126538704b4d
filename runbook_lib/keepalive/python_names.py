"""Names in one Python module: what each stands for where it is used, as far as the source alone decides it.

A name stands for something when its scope binds it once, by an import or a plain assignment. Parameters, loops,
several assignments, and anything that changes the object later, leave it undecided.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["Names", "Undecided", "text_of"]

_LONGEST = 60
_DEEPEST = 30
_CHANGING = frozenset({"update", "setdefault", "pop", "clear", "popitem", "__setitem__"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Module)


@dataclass(frozen=True, slots=True)
class Undecided:
    """What the source does not decide, and why, one clause."""

    why: str


@dataclass(slots=True)
class _Bindings:
    """Everything that binds names in one scope: an expression, the dotted path of an import, or None for the rest."""

    by_name: dict[str, list[ast.expr | str | None]] = field(default_factory=dict)
    outer: frozenset[str] = frozenset()

    def add(self, name: str, what: ast.expr | str | None) -> None:
        self.by_name.setdefault(name, []).append(what)


class Names:
    """The names of a module."""

    def __init__(self, tree: ast.Module) -> None:
        self._parents: dict[ast.AST, ast.AST] = {}
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self._parents[child] = node
        self._scopes: dict[ast.AST, _Bindings] = {tree: _Bindings()}
        self._stars: list[str] = []
        for node in ast.walk(tree):
            self._bind(node)

    def path_of(self, node: ast.expr) -> str | None:
        """The dotted path that an expression stands for, `boto3.client` for example, or None."""
        for _ in range(_DEEPEST):
            if isinstance(node, ast.Attribute):
                base = self.path_of(node.value)
                return f"{base}.{node.attr}" if base else None
            if not isinstance(node, ast.Name):
                return None
            bound = self._bound(node.id, node)
            if isinstance(bound, str):
                return bound
            if bound is None:
                return f"{self._stars[0]}.{node.id}" if self._is_starred(node) else None
            node = bound
        return None

    def followed(self, node: ast.expr) -> ast.expr:
        """The expression behind a name or `self.name`, as far as it is decided; itself otherwise."""
        for _ in range(_DEEPEST):
            bound = self._bound(_dotted(node), node)
            if not isinstance(bound, ast.expr):
                return node
            node = bound
        return node

    def value_of(self, node: ast.expr) -> object:
        """The constant that an expression stands for, or Undecided."""
        found = self.followed(node)
        if isinstance(found, ast.Constant):
            return found.value
        if isinstance(found, ast.UnaryOp) and isinstance(found.op, ast.Not):
            value = self.value_of(found.operand)
            return value if isinstance(value, Undecided) else not value
        return Undecided(f"{text_of(node)} is not decided by the source")

    def items_of(self, node: ast.expr) -> dict[str, ast.expr] | None:
        """The items of a dictionary with text keys, or None when the source does not decide them."""
        found = self.followed(node)
        if isinstance(found, ast.Call) and isinstance(found.func, ast.Name) and found.func.id == "dict":
            named = {item.arg: item.value for item in found.keywords if item.arg is not None}
            return named if len(named) == len(found.keywords) and not found.args else None
        if not isinstance(found, ast.Dict):
            return None
        items: dict[str, ast.expr] = {}
        for key, value in zip(found.keys, found.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                return None
            items[key.value] = value
        return items

    def imports_any(self, packages: frozenset[str]) -> bool:
        """True when the module imports one of these packages, or something out of it, anywhere."""
        bound = (item for scope in self._scopes.values() for items in scope.by_name.values() for item in items)
        paths = [*self._stars, *(item for item in bound if isinstance(item, str))]
        return any(path.partition(".")[0] in packages for path in paths)

    # -- binding -----------------------------------------------------------------------------------------------------

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._here(node).add(alias.asname or alias.name.partition(".")[0], _imported(alias))
        elif isinstance(node, ast.ImportFrom):
            self._bind_from(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            if node.value is not None:
                self._assign(node.target, node.value)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            here = self._here(node)
            here.outer = here.outer | frozenset(node.names)
        elif isinstance(node, _FUNCTIONS):
            self._bind_function(node)
        elif isinstance(node, ast.ClassDef):
            self._here(node).add(node.name, None)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
                self._spoil(node.func.value)
        else:
            for target in _other_targets(node):
                self._assign(target, None)

    def _bind_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self._stars.append(module)
            else:
                self._here(node).add(alias.asname or alias.name, f"{module}.{alias.name}")

    def _bind_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        if not isinstance(node, ast.Lambda):
            self._here(node).add(node.name, None)
        own = self._scopes.setdefault(node, _Bindings())
        given = node.args
        for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if argument is not None:
                own.add(argument.arg, None)

    def _assign(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
            values = value.elts if same and isinstance(value, ast.Tuple | ast.List) else [None] * len(target.elts)
            for one, its in zip(target.elts, values, strict=True):
                self._assign(one.value if isinstance(one, ast.Starred) else one, its)
        elif isinstance(target, ast.Name):
            self._here(target, target.id).add(target.id, value)
        elif isinstance(target, ast.Attribute) and _dotted(target):
            self._class_of(target).add(_dotted(target), value)
        elif isinstance(target, ast.Attribute | ast.Subscript):
            self._spoil(target.value)

    def _spoil(self, node: ast.expr) -> None:
        """Something may have changed the object behind a name."""
        if isinstance(node, ast.Name):
            self._here(node, node.id).add(node.id, None)
        elif _dotted(node):
            self._class_of(node).add(_dotted(node), None)

    # -- scopes ------------------------------------------------------------------------------------------------------

    def _around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The scopes a node stands in, innermost first; the defaults and decorators of a function stand outside it."""
        inner, outer = node, self._parents.get(node)
        while outer is not None:
            if isinstance(outer, _SCOPES) and (not isinstance(outer, _FUNCTIONS) or _is_inside(inner, outer)):
                yield outer
            inner, outer = outer, self._parents.get(outer)

    def _here(self, node: ast.AST, name: str = "") -> _Bindings:
        for scope in self._around(node):
            found = self._scopes.setdefault(scope, _Bindings())
            if name not in found.outer or isinstance(scope, ast.Module):
                return found
        return next(iter(self._scopes.values()))

    def _class_of(self, node: ast.AST) -> _Bindings:
        for scope in self._around(node):
            if isinstance(scope, ast.ClassDef):
                return self._scopes.setdefault(scope, _Bindings())
        return self._here(node)

    def _bound(self, name: str, node: ast.AST) -> ast.expr | str | None:
        """What binds a name where a node stands: an expression, an imported path, or None for undecided."""
        if not name:
            return None
        if "." in name:
            bound = self._class_of(node).by_name.get(name, [])
            return bound[0] if len(bound) == 1 else None
        for depth, scope in enumerate(self._around(node)):
            found = self._scopes.get(scope)
            hidden = isinstance(scope, ast.ClassDef) and depth > 0
            if found is not None and name in found.by_name and not hidden:
                bound = found.by_name[name]
                return bound[0] if len({_identity(item) for item in bound}) == 1 else None
        return None

    def _is_starred(self, node: ast.Name) -> bool:
        """True when the only thing that can have bound a name is the one star import of the module."""
        known = any(node.id in self._scopes.get(scope, _Bindings()).by_name for scope in self._around(node))
        return len(self._stars) == 1 and not known


def text_of(node: ast.expr) -> str:
    """An expression as a person wrote it, cut when it is long."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _dotted(node: ast.expr) -> str:
    """`name` or `self.name`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
        return f"self.{node.attr}"
    return ""


def _identity(item: ast.expr | str | None) -> object:
    """The same import twice is one binding; every other binding is its own."""
    return item if isinstance(item, str) else id(item) if item is not None else None


def _imported(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.partition(".")[0]


def _is_inside(node: ast.AST, function: ast.AST) -> bool:
    body = function.body if isinstance(function, _FUNCTIONS) else []
    return node in body if isinstance(body, list) else node is body


def _other_targets(node: ast.AST) -> Iterable[ast.expr]:
    """What a node binds in another way than by assigning one known expression."""
    if isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor | ast.comprehension):
        return (node.target,)
    if isinstance(node, ast.withitem):
        return (node.optional_vars,) if node.optional_vars is not None else ()
    if isinstance(node, ast.Delete):
        return node.targets
    return ()
