"""Calls in Python source that leave the machine, and whether they are given up at some time.

Defaults: requests waits without end (https://requests.readthedocs.io/en/latest/user/quickstart/#timeouts), so do
urllib and http.client unless a default is set for sockets (https://docs.python.org/3/library/socket.html), and urllib3
(https://urllib3.readthedocs.io/en/stable/user-guide.html); httpx gives up after 5 s, aiohttp after 300 s, botocore
after 60 s for connecting and 60 s for the answer, at every attempt
(https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html). All read 2026-11-21.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from runbook_lib.keepalive.python_clients import CONFIGS, keyword, makes_client
from runbook_lib.keepalive.python_names import Names
from runbook_lib.model.source import SourceRule
from runbook_lib.source_scan.found import Found
from runbook_lib.source_scan.python_words import short_name

__all__ = ["Timeouts"]

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})


@dataclass(frozen=True, slots=True)
class _Waiting:
    """How a call says when to give up: its keyword, or so many positional arguments; `by_socket` where sockets do."""

    positional: int | None = None
    by_socket: bool = False
    by_default: str = ""
    """What holds when nothing is said; empty: it waits without end."""


_ENDLESS = _Waiting()
_CALLS: Mapping[str, _Waiting] = {
    **{f"requests.{verb}": _ENDLESS for verb in _VERBS},
    "urllib.request.urlopen": _Waiting(positional=3, by_socket=True),
    "http.client.HTTPConnection": _Waiting(positional=3, by_socket=True),
    "http.client.HTTPSConnection": _Waiting(positional=3, by_socket=True),
    "socket.create_connection": _Waiting(positional=2, by_socket=True),
    "aiohttp.ClientSession": _Waiting(by_default="300 s in all"),
    **{f"httpx.{name}": _Waiting(by_default="5 s") for name in (*_VERBS, "stream", "Client", "AsyncClient")},
}
_OWNERS: Mapping[str, str] = {
    "requests.Session": "requests.Session",
    "requests.session": "requests.Session",
    "requests.sessions.Session": "requests.Session",
    "urllib3.PoolManager": "urllib3.PoolManager",
}
_SHORT_ENOUGH = frozenset({"5 s"})
_BOTOCORE = ("connect_timeout", "read_timeout")


class Timeouts:
    """The outbound calls of one module."""

    def __init__(self, tree: ast.Module, names: Names) -> None:
        self._names = names
        self._calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        paths = {names.path_of(call.func) for call in self._calls}
        self._sockets_give_up = "socket.setdefaulttimeout" in paths
        self._has_default_config = any(_tail(call) == "set_default_client_config" for call in self._calls)
        self._opened = {
            item.optional_vars.id: item.context_expr
            for node in ast.walk(tree)
            if isinstance(node, ast.With | ast.AsyncWith)
            for item in node.items
            if isinstance(item.optional_vars, ast.Name) and isinstance(item.context_expr, ast.Call)
        }

    def scan(self, found: Found) -> None:
        """Gather the calls that wait without end, or as long as their library does."""
        for call in self._calls:
            path = self._names.path_of(call.func)
            if path is not None and path in _CALLS:
                self._judge(call, path, _CALLS[path], found)
            elif makes_client(self._names, call):
                self._judge_client(call, found)
            elif isinstance(call.func, ast.Attribute) and call.func.attr in _VERBS:
                self._judge_method(call, call.func, found)

    def _judge(self, call: ast.Call, path: str, waiting: _Waiting, found: Found) -> None:
        said = self._said(call, "timeout")
        if said is _UNSAID and waiting.positional is not None and len(call.args) >= waiting.positional:
            said = call.args[waiting.positional - 1]
        if said is _UNSAID and waiting.by_socket and self._sockets_give_up:
            return
        if said is not _UNSAID and self._is_none(said):
            found.add(call.lineno, SourceRule.NO_TIMEOUT, f"{path} is told to wait without end")
        elif said is _UNSAID and not waiting.by_default:
            found.add(call.lineno, SourceRule.NO_TIMEOUT, f"{path} has no timeout")
        elif said is _UNSAID and waiting.by_default not in _SHORT_ENOUGH:
            found.add(call.lineno, SourceRule.DEFAULT_TIMEOUT, f"{path} is left at its {waiting.by_default}")

    def _judge_method(self, call: ast.Call, func: ast.Attribute, found: Found) -> None:
        owner = self._names.followed(func.value)
        if isinstance(owner, ast.Name):
            owner = self._opened.get(owner.id, owner)
        kind = _OWNERS.get(self._names.path_of(owner.func) or "") if isinstance(owner, ast.Call) else None
        if kind is None or not isinstance(owner, ast.Call):
            return
        said = self._said(call, "timeout")
        if said is _UNSAID and kind == "urllib3.PoolManager":
            said = self._said(owner, "timeout")
        if said is _UNSAID or self._is_none(said):
            found.add(call.lineno, SourceRule.NO_TIMEOUT, f"{func.attr} of a {kind} has no timeout")

    def _judge_client(self, call: ast.Call, found: Found) -> None:
        config = self._said(call, "config")
        if config is _UNSAID and self._has_default_config:
            return
        missing = list(_BOTOCORE)
        if config is not _UNSAID:
            made = self._names.followed(config)
            if not isinstance(made, ast.Call) or self._names.path_of(made.func) not in CONFIGS:
                return
            told = {name: self._said(made, name) for name in _BOTOCORE}
            endless = [name for name, value in told.items() if value is not _UNSAID and self._is_none(value)]
            if endless:
                detail = f"{short_name(call.func)} is told to wait without end ({' and '.join(endless)})"
                found.add(call.lineno, SourceRule.NO_TIMEOUT, detail)
            missing = [name for name, value in told.items() if value is _UNSAID]
        if missing:
            detail = f"{short_name(call.func)} is left at 60 s for {' and '.join(missing)}, at every attempt"
            found.add(call.lineno, SourceRule.DEFAULT_TIMEOUT, detail)

    def _said(self, call: ast.Call, name: str) -> ast.expr:
        """The expression given for a keyword, what is unpacked included; `_UNSAID` when surely none was."""
        said = keyword(call, name)
        for item in call.keywords:
            if item.arg is None:
                unpacked = self._names.items_of(item.value)
                if unpacked is None:
                    return said or item.value
                said = unpacked.get(name, said)
        return _UNSAID if said is None else said

    def _is_none(self, node: ast.expr) -> bool:
        return self._names.value_of(node) is None


_UNSAID = ast.expr()


def _tail(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
