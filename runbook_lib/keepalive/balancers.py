"""Idle limits of load balancers, from their attributes as far as those were read.

Sources, read 2026-11-21
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html: 350 s, 60 to 6000 s for
    TCP listeners, TLS listeners always 350 s
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html: 60 s
    without data
    https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/config-idle-timeout.html: probes carry no data
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_lib.keepalive.device import Device
from runbook_lib.model.fact import Raw
from runbook_lib.model.snapshot import Snapshot

__all__ = ["balancer_of"]

_NETWORK = "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html"
_APPLICATION = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html"
_CLASSIC = "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/config-idle-timeout.html"

_TLS_S = 350
_LEAST_S = 60


def balancer_of(snapshot: Snapshot, name: str) -> Device:
    """The load balancer with this name: `net/<name>/<id>`, `app/<name>/<id>`, or that of a Classic Load Balancer."""
    if name.startswith("net/"):
        return _network(snapshot, name)
    if name.startswith("app/"):
        attribute, noun, source = "idle_timeout.timeout_seconds", "Application Load Balancer", _APPLICATION
        limit_s = _attribute(_attributes(snapshot, "LoadBalancerAttributes", name), attribute)
    else:
        attribute, noun, source = "idle timeout", "load balancer", _CLASSIC
        limit_s = None
    return Device(
        kind="load-balancer",
        id=name,
        noun=noun,
        idle_limit_s=limit_s,
        happens="closes a connection that carries no data, whether probes come or not",
        source=source,
        counts_probes=False,
        gap="" if limit_s else f"has an {attribute} that was not read",
    )


def _network(snapshot: Snapshot, name: str) -> Device:
    """The smallest limit of its listeners; a TLS listener's is fixed, a TCP listener's is an attribute of its own."""
    told = [_listener_s(listener) for listener in _listeners(snapshot, name)]
    told += [_attribute(_attributes(snapshot, "LoadBalancerAttributes", name), "tcp.idle_timeout.seconds")]
    known = [limit_s for limit_s in told if limit_s is not None]
    return Device(
        kind="load-balancer",
        id=name,
        noun="Network Load Balancer",
        idle_limit_s=min(known, default=None),
        at_least_s=_LEAST_S,
        happens="answers the next packet with RST",
        source=_NETWORK,
        gap="" if known else "has a listener whose tcp.idle_timeout.seconds was not read (350 s unless changed)",
    )


def _listener_s(listener: Raw) -> int | None:
    if listener.get("Protocol") == "TLS":
        return _TLS_S
    return _attribute(list(listener.get("Attributes") or ()), "tcp.idle_timeout.seconds")


def _attribute(attributes: list[Raw], key: str) -> int | None:
    return next((int(item["Value"]) for item in attributes if item.get("Key") == key), None)


def _attributes(snapshot: Snapshot, key: str, name: str) -> list[Raw]:
    return [item for raw in _raws(snapshot, key, name) for item in raw.get("Attributes") or ()]


def _listeners(snapshot: Snapshot, name: str) -> list[Raw]:
    return [item for raw in _raws(snapshot, "LoadBalancerListeners", name) for item in raw.get("Listeners") or [raw]]


def _raws(snapshot: Snapshot, key: str, name: str) -> Iterator[dict[str, Any]]:
    for (_, listed), listing in snapshot.listings.items():
        for raw in listing.raws if listed == key else ():
            if str(raw.get("LoadBalancerArn", "")).endswith(f"loadbalancer/{name}"):
                yield dict(raw)
