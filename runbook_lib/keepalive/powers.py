"""Whether a container of a pod may write below /proc/sys.

Only root in a privileged container can: for others /proc/sys is read-only, and another user has no capabilities, not
even in a privileged container.

Sources (read 2026-11-21)
    /proc/sys is read-only unless privileged, https://github.com/moby/moby/pull/5529
    What a container says of its user counts before what the pod says; the kubelet starts no root beside runAsNonRoot,
    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#security-context-1
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["power_of"]

_READ_ONLY = "is not privileged: /proc/sys is read-only in it"
_ROOT = "only root may write sysctls"


def power_of(container: Mapping[str, Any], spec: Mapping[str, Any]) -> tuple[bool | None, str]:
    """Whether it may, with the reason why not (False), or what would have to be so (None: put in elsewhere).

    The user of an image is taken to be root where neither the container nor its pod names one.
    """
    found = [*_powers(_context(container), _context(spec))]
    return next((one for one in found if one[0] is False), next((one for one in found if one[0] is None), (True, "")))


def _powers(own: Any, shared: Any) -> Iterator[tuple[bool | None, str]]:
    if not isinstance(own, Mapping):
        yield None, "is privileged"
        return
    privileged = own.get("privileged")
    if isinstance(privileged, str) or _is_printed(own) or (not privileged and own.get("procMount") == "Unmasked"):
        yield None, "is privileged"
    elif privileged is not True:
        yield False, _READ_ONLY
    told = {**shared, **own} if isinstance(shared, Mapping) else dict(own)
    user, is_not_root = told.get("runAsUser"), told.get("runAsNonRoot")
    is_known = (user is None or type(user) is int) and not isinstance(is_not_root, str)
    if user is None and is_not_root is not True:
        is_known = is_known and isinstance(shared, Mapping) and not _is_printed(shared)
    if not is_known:
        yield None, "runs as root"
    elif user:
        yield False, f"runs as user {user}: {_ROOT}"
    elif is_not_root:
        yield False, f"must not run as root (runAsNonRoot): {_ROOT}"


def _context(told: Mapping[str, Any]) -> Any:
    return told.get("securityContext", {})


def _is_printed(context: Mapping[str, Any]) -> bool:
    """True when a template prints more into a context."""
    return any("{{" in key for key in context)
