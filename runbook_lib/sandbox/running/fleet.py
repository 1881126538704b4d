"""The execution environments of all functions: one invocation each at a time, used again while they are warm."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from uuid import uuid4

from runbook_lib.sandbox.running.deployed import Deployed
from runbook_lib.sandbox.running.invocation import Environment
from runbook_lib.sandbox.running.processes import Nursery

__all__ = ["Fleet"]


class Fleet:
    """Hands out environments; the n-th that is made of a version lives in the n-th of its subnets, in a circle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nursery = Nursery()
        self._idle: dict[Deployed, list[Environment]] = defaultdict(list)
        self._made: dict[tuple[str, str], int] = defaultdict(int)
        self._is_closed = False

    def take(self, deployed: Deployed, package: bytes) -> Environment:
        """A warm environment of exactly this version and configuration, or a new one."""
        with self._lock:
            outdated = [key for key in self._idle if _same_version(key, deployed) and key != deployed]
            for key in outdated:
                for environment in self._idle.pop(key):
                    environment.end()
            if self._idle[deployed]:
                return self._idle[deployed].pop()
            made = self._made[deployed.region, deployed.name]
            self._made[deployed.region, deployed.name] += 1
        day = datetime.fromtimestamp(time.time(), UTC).strftime("%Y/%m/%d")
        stream = f"{day}/[{deployed.version}]{uuid4().hex}"
        number, sock = self._nursery.fork(self._nursery.unpack(package), deployed.order(stream))
        return Environment(self._nursery, number, sock, deployed.places[made % len(deployed.places)], stream)

    def give_back(self, deployed: Deployed, environment: Environment) -> None:
        """Keep an environment for the next invocation; one that comes back after the end of all is ended."""
        with self._lock:
            if not self._is_closed:
                self._idle[deployed].append(environment)
                return
        environment.end()

    def close(self) -> None:
        """End all of them; those that are at work end when they are given back."""
        with self._lock:
            self._is_closed = True
            idle = [environment for environments in self._idle.values() for environment in environments]
            self._idle.clear()
        self._nursery.close()
        for environment in idle:
            environment.end()


def _same_version(one: Deployed, other: Deployed) -> bool:
    return (one.region, one.name, one.version) == (other.region, other.name, other.version)
