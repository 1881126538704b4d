"""Marks for what differs between flows that share a walk: interfaces and addresses at both ends, single ports."""

from __future__ import annotations

from runbook_lib.model.interfaces import NetworkInterface
from runbook_lib.network.flow import Addr
from runbook_lib.network.intervals import Ports

__all__ = ["FROM", "PORT", "RECEIVER", "SENDER", "TARGET", "TO", "Ends"]

SENDER, RECEIVER, FROM, TO, PORT, TARGET = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004", "\ue005"


class Ends:
    """The interfaces and addresses of a flow that stand for others like them; None where only they will do."""

    def __init__(
        self,
        sender: NetworkInterface | None = None,
        receiver: NetworkInterface | None = None,
        src: Addr | None = None,
        dst: Addr | None = None,
        ports: Ports | None = None,
    ) -> None:
        self.sender = sender
        self.receiver = receiver
        self.marks = {address: mark for address, mark in ((src, FROM), (dst, TO)) if address is not None}
        self.ports = ports
