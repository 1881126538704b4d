"""Clients of AWS in Python source: where each is made, and whether its sockets get SO_KEEPALIVE.

The source is parsed, never run. A value is followed through names that are bound once; what is not decided that way is
not known. `tcp_keepalive=True` sets SO_KEEPALIVE and no times: those are of the network namespace, so the caller tells
them, or the kernel's defaults count.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping

from runbook_lib.errors import UsageError
from runbook_lib.keepalive.clients import VARIABLE, botocore_keepalive
from runbook_lib.keepalive.python_clients import CONFIGS, keyword, makes_client
from runbook_lib.keepalive.python_names import Names, Undecided, text_of
from runbook_lib.model.fact import Scope
from runbook_lib.model.keepalive import KERNEL_DEFAULTS, KeepaliveSubject, Platform

__all__ = ["scan_python"]

Said = bool | None | Undecided

_DEEPEST = 20
_NOTE = "tcp_keepalive=True sets SO_KEEPALIVE only: the times of the probes are those of the network namespace"
_LEFT = (
    "the code leaves it to the environment and the AWS config file, which are not known here; without them it is off"
)


def scan_python(
    source: str,
    name: str,
    *,
    times: tuple[int, int, int] | None = None,
    environment: Mapping[str, str] | None = None,
    profile: Mapping[str, str] | None = None,
) -> tuple[KeepaliveSubject, ...]:
    """One subject per construction of a client, in the order of the source; UsageError for text that is no Python.

    `times` are time, interval and probes of the namespace that the code runs in. `environment` and `profile` decide
    where the code does not; with neither, SO_KEEPALIVE of such a client is not known.
    """
    finder = _Finder(_parsed(source, name))
    seen: dict[str, int] = {}
    subjects = []
    for call in finder.constructions:
        label = f"{name}:{call.lineno} {finder.service_of(call)}"
        seen[label] = seen.get(label, 0) + 1
        told = _decided(finder, call, environment, profile)
        raw = {
            "Subject": label if seen[label] == 1 else f"{label} #{seen[label]}",
            "Platform": Platform.PYTHON.value,
            **_times(times),
            **told,
            "Origins": {**_origins(times), "so_keepalive": told["Origin"]},
            "Place": {"File": name, "Line": call.lineno},
        }
        subjects.append(KeepaliveSubject.read(raw, Scope(), ""))
    return tuple(subjects)


def _parsed(source: str, name: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd in somebody's source is not for the reader of the answer
            return ast.parse(source)
    except SyntaxError as error:
        at = f", line {error.lineno}" if error.lineno else ""
        raise UsageError(f"{name}{at}: not Python that can be read ({error.msg})") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{name}: not Python that can be read ({error or type(error).__name__})") from None


def _decided(
    finder: _Finder, call: ast.Call, environment: Mapping[str, str] | None, profile: Mapping[str, str] | None
) -> dict[str, object]:
    """SO_KEEPALIVE of one construction with its origin, notes and gaps, in keys of raw facts."""
    said, own = finder.keepalive_of(call), finder.environment
    if isinstance(own, Undecided):
        said, own = own if said is None else said, None
    if isinstance(said, Undecided):
        return {"SoKeepalive": None, "Origin": "not decided by the source", "Gaps": [said.why]}
    around = None if environment is None and own is None else {**(environment or {}), **(own or {})}
    if said is None and around is None and profile is None:
        return {"SoKeepalive": None, "Origin": "made without tcp_keepalive", "Gaps": [_LEFT]}
    found = botocore_keepalive(said, around, profile)
    return {"SoKeepalive": found.so_keepalive, "Origin": found.origin, "Notes": [_NOTE] if found.so_keepalive else []}


def _times(times: tuple[int, int, int] | None) -> dict[str, int]:
    return dict(zip(("TimeS", "IntervalS", "Probes"), times or KERNEL_DEFAULTS, strict=True))


def _origins(times: tuple[int, int, int] | None) -> dict[str, str]:
    origin = "told" if times else "default of a new network namespace"
    return dict.fromkeys(("time_s", "interval_s", "probes"), origin)


class _Finder:
    """Constructions of clients in one module, and what their Config says."""

    def __init__(self, tree: ast.Module) -> None:
        self._names = Names(tree)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self.constructions = sorted(
            (call for call in calls if makes_client(self._names, call)), key=lambda call: (call.lineno, call.col_offset)
        )
        self._defaults = [call.args[0] for call in calls if _is_called(call, "set_default_client_config") and call.args]
        self.environment = _environment_of(tree)

    def service_of(self, call: ast.Call) -> str:
        """The name of the service, `?` when the source does not decide it."""
        given = call.args[0] if call.args else keyword(call, "service_name")
        value = None if given is None else self._names.value_of(given)
        return value if isinstance(value, str) else "?"

    def keepalive_of(self, call: ast.Call) -> Said:
        """What the Config of a construction says about tcp_keepalive; None when it says nothing."""
        given = keyword(call, "config")
        for item in call.keywords:
            if item.arg is None:
                unpacked = self._names.items_of(item.value)
                if unpacked is None:
                    return _undecided("its arguments come from", item.value)
                given = unpacked.get("config", given)
        said = None if given is None else self._config(given, 0)
        if said is not None or not self._defaults:
            return said
        if len(self._defaults) == 1:
            return self._config(self._defaults[0], 0)
        return Undecided("the module sets several default client configs")

    def _config(self, given: ast.expr, depth: int) -> Said:
        """tcp_keepalive of a Config expression; of two that are merged, what the other one says wins."""
        node = self._names.followed(given)
        if isinstance(node, ast.Constant) and node.value is None:
            return None
        if depth < _DEEPEST and isinstance(node, ast.IfExp):
            one, other = self._config(node.body, depth + 1), self._config(node.orelse, depth + 1)
            return one if one == other else _undecided("its config is", node)
        if depth < _DEEPEST and isinstance(node, ast.Call):
            if self._names.path_of(node.func) in CONFIGS:
                return self._config_call(node)
            if _is_called(node, "merge") and node.args and isinstance(node.func, ast.Attribute):
                other = self._config(node.args[0], depth + 1)
                return self._config(node.func.value, depth + 1) if other is None else other
        return _undecided("its config is", given)

    def _config_call(self, call: ast.Call) -> Said:
        told = keyword(call, "tcp_keepalive")
        for item in call.keywords:
            if item.arg is None:
                unpacked = self._names.items_of(item.value)
                if unpacked is None:
                    return _undecided("its Config takes", item.value)
                told = unpacked.get("tcp_keepalive", told)
        if told is None:
            return None
        value = self._names.value_of(told)
        return value if value is None or isinstance(value, bool) else _undecided("tcp_keepalive is", told)


def _environment_of(tree: ast.Module) -> Mapping[str, str] | Undecided | None:
    """What the module itself puts into the environment for botocore; None when it does not touch it."""
    said = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == VARIABLE]
    if not said:
        return None
    values = [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.targets[0], ast.Subscript)
        and node.targets[0].slice in said
    ]
    if len(said) == 1 and len(values) == 1 and isinstance(values[0], str):
        return {VARIABLE: values[0]}
    return Undecided(f"the module does something with {VARIABLE} that the source does not decide")


def _undecided(what: str, node: ast.expr) -> Undecided:
    return Undecided(f"{what} {text_of(node)}, which the source does not decide")


def _is_called(call: ast.Call, method: str) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == method
