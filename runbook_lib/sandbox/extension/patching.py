"""How the extension layer changes moto: every change names what it replaces and fails when that is gone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from runbook_lib.errors import SandboxError

__all__ = ["MOTO_VERSION", "add", "replace", "replace_property", "require_version", "wrap"]

MOTO_VERSION = "5.2.5"


def require_version() -> None:
    """Raise SandboxError unless the installed moto is the one this layer was written for."""
    import moto

    if moto.__version__ != MOTO_VERSION:
        raise SandboxError(f"the embedded AWS needs moto {MOTO_VERSION}, found {moto.__version__}: reinstall it")


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    """Replace a function or method by `around(original, *args)`."""
    original = _existing(owner, name)

    @functools.wraps(original)
    def patched(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    setattr(owner, name, patched)


def replace(owner: Any, name: str, value: Any) -> None:
    """Replace an attribute that exists."""
    _existing(owner, name)
    setattr(owner, name, value)


def replace_property(owner: Any, name: str, getter: Callable[[Any], Any]) -> None:
    """Replace a property that exists by another getter."""
    if not isinstance(_existing(owner, name), property):
        raise SandboxError(f"moto {MOTO_VERSION}: {owner.__name__}.{name} is no property any more")
    setattr(owner, name, property(getter))


def add(owner: Any, name: str, value: Any) -> None:
    """Add an attribute that moto lacks; fails once moto has one of its own."""
    if hasattr(owner, name):
        raise SandboxError(f"moto {MOTO_VERSION}: {owner.__name__}.{name} exists now; drop the extension for it")
    setattr(owner, name, value)


def _existing(owner: Any, name: str) -> Any:
    try:
        return owner.__dict__[name] if name in vars(owner) else getattr(owner, name)
    except AttributeError:
        raise SandboxError(f"moto {MOTO_VERSION}: {owner.__name__}.{name} is gone") from None
