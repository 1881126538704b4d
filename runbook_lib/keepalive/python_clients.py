"""Calls in Python source that make a client of AWS, and the Config that goes with one."""

from __future__ import annotations

import ast

from runbook_lib.keepalive.python_names import Names

__all__ = ["CONFIGS", "keyword", "makes_client"]

CONFIGS = frozenset(
    {
        "botocore.config.Config",
        "botocore.client.Config",
        "boto3.session.Config",
        "aiobotocore.config.AioConfig",
    }
)
"""The dotted paths of what makes a Config."""

_MAKING = frozenset({"client", "resource", "create_client"})
_PACKAGES = frozenset({"boto3", "botocore", "aioboto3", "aiobotocore"})
_SESSIONS = frozenset(
    {
        "boto3.Session",
        "boto3.session.Session",
        "aioboto3.Session",
        "aioboto3.session.Session",
        "botocore.session.Session",
        "botocore.session.get_session",
        "aiobotocore.session.AioSession",
        "aiobotocore.session.get_session",
    }
)


def makes_client(names: Names, call: ast.Call) -> bool:
    """Whether a call makes a client or a resource of AWS."""
    path = names.path_of(call.func)
    if path is not None and path.partition(".")[0] in _PACKAGES:
        return path.rpartition(".")[2] in _MAKING
    func = names.followed(call.func)
    if not isinstance(func, ast.Attribute) or func.attr not in _MAKING:
        return False
    owner = names.followed(func.value)
    owner = owner.value if isinstance(owner, ast.Await) else owner
    if isinstance(owner, ast.Call) and names.path_of(owner.func) in _SESSIONS:
        return True
    # A session that comes from elsewhere: only its name tells, so a module without any of the packages is left out.
    return names.imports_any(_PACKAGES) and "session" in ast.unparse(func.value).lower()


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, or None."""
    return next((item.value for item in call.keywords if item.arg == name), None)
