"""Changes to Compose files and to `docker run` commands: settings go to the container that owns the namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runbook_lib.keepalive.needs import Needs, client_title, sysctl_title
from runbook_lib.keepalive.settings import BOTOCORE_VARIABLE, canonical

__all__ = ["changed_commands", "service_patch"]


def service_patch(services: Mapping[str, Mapping[str, Any]], name: str, needs: Needs) -> tuple[str, dict[str, Any]]:
    """Title and patch, a second Compose file. Services of the namespace that say otherwise get the same values."""
    networks = {each: str(told.get("network_mode", "")) for each, told in services.items()}
    owner, sharers = _namespace(networks, name)
    patch: dict[str, dict[str, Any]] = {}
    words: list[str] = []
    for each in sharers:
        named = {canonical(key) for key in services[each].get("sysctls", {})}
        if networks.get(owner) == "host" and any(name.startswith("net.") for name in named):
            patch.setdefault(each, {})["sysctls"] = None
            words = ["without sysctls"]
        elif networks.get(owner) != "host" and needs.sysctls and (each == owner or named & set(needs.sysctls)):
            patch.setdefault(each, {})["sysctls"] = dict(needs.sysctls)
            words = [sysctl_title(needs)]
    if needs.so_keepalive:
        patch.setdefault(name, {})["environment"] = {BOTOCORE_VARIABLE: "true"}
        words.append(client_title(needs))
    return ", ".join(words), {"services": patch} if patch else {}


def changed_commands(commands: Mapping[str, Mapping[str, Any]], name: str, needs: Needs) -> dict[str, dict[str, Any]]:
    """The kept commands of a namespace with the change for one client. On the host's network no sysctl is left."""
    owner, _ = _namespace({each: str(told["network"]) for each, told in commands.items()}, name)
    is_host = commands.get(owner, {}).get("network") == "host"
    changed = {}
    for each, told in commands.items():
        new = dict(told)
        if is_host:
            new["sysctls"] = {k: v for k, v in told["sysctls"].items() if not canonical(k).startswith("net.")}
        else:
            kept = {key: value for key, value in told["sysctls"].items() if canonical(key) not in needs.sysctls}
            is_set = each == owner or len(kept) < len(told["sysctls"])
            new["sysctls"] = {**kept, **(needs.sysctls if is_set else {})}
        if each == name and needs.so_keepalive:
            new["variable"] = "true"
        changed[each] = new
    return changed


def _namespace(networks: Mapping[str, str], name: str) -> tuple[str, list[str]]:
    """The container whose network namespace one uses, and all that share it."""
    owners = {}
    for each in networks:
        owner = each
        for _ in networks:
            mode, _, other = networks.get(owner, "").partition(":")
            owner = other if mode in ("service", "container") else owner
        owners[each] = owner
    return owners[name], [each for each in networks if owners[each] == owners[name]]
