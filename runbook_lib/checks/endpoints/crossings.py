"""Every passage of a connection through a network ACL on the way to a service and back."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_lib.checks.endpoints.common import HTTPS, Destination, cidr_words, ip4_of, port_words
from runbook_lib.model.fact import Network
from runbook_lib.model.filters import NetworkAcl
from runbook_lib.model.finding import Evidence
from runbook_lib.model.vpc import Subnet
from runbook_lib.network.filtering import EPHEMERAL, AclPart, Traffic, blocked_parts
from runbook_lib.network.view import View

__all__ = ["DEFAULT_RULE", "Crossing", "of"]

ANSWERS = Traffic(6, EPHEMERAL)
DEFAULT_RULE = 32767
"""AWS lists the implicit deny as an entry of this number (IPv6: the next one); no number from here on can be chosen."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One direction of the connection through one network ACL, and the parts that it denies."""

    acl: NetworkAcl
    egress: bool
    cidrs: tuple[Network, ...]
    traffic: Traffic
    blocked: tuple[AclPart, ...]

    @property
    def share(self) -> float:
        """The denied share of all combinations of address and port, 0 to 1."""
        low, high = self.traffic.ports
        asked = _addresses(self.cidrs) * (high - low + 1)
        denied = sum(
            _addresses(part.cidrs) * (part.ports[1] - part.ports[0] + 1) for part in self.blocked if part.ports
        )
        return denied / asked

    @property
    def words(self) -> str:
        """What is denied, for a sentence."""
        way = "to" if self.egress else "from"
        if self.traffic is HTTPS:
            named = sorted({cidr for part in self.blocked for cidr in part.cidrs}, key=lambda c: (c.version, c))
            return f"{self.acl.label} denies TCP 443 {way} {cidr_words(named)}{self._by}"
        ports = port_words(part.ports for part in self.blocked if part.ports)
        if self.share == 1:
            return (
                f"{self.acl.label} denies every answer {way} it (TCP {ports}){self._by}: expect every call to time out"
            )
        percent = min(99, max(1, round(100 * self.share)))
        return (
            f"{self.acl.label} denies {percent}% of the return ports {way} it (TCP {ports}){self._by}: "
            "expect intermittent timeouts"
        )

    @property
    def _by(self) -> str:
        rules = [
            f"rule {part.entry.number}" if part.entry and part.entry.number < DEFAULT_RULE else "the implicit deny"
            for part in self.blocked
        ]
        return f" by {' and '.join(dict.fromkeys(rules))}"

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The entries that deny, or all entries when it is the implicit deny or nothing."""
        entries = [part.entry for part in self.blocked]
        if entries and None not in entries:
            return tuple(self.acl.cite("Entries", i) for i in dict.fromkeys(e.index for e in entries if e))
        return (self.acl.cite("Entries"),)


def of(view: View, subnet: Subnet, to: Destination) -> tuple[Crossing, ...]:
    """Every network ACL passage between a subnet and a service; none inside one subnet. Raises FactMissing."""
    near = view.acl_of(subnet.id)
    if not to.interfaces:
        return (_crossing(near, True, to.cidrs, HTTPS), _crossing(near, False, to.cidrs, ANSWERS))
    met: list[Crossing] = []
    home = tuple(cidr for cidr in subnet.cidrs if cidr.version == 4)
    for interface in to.interfaces:
        if interface.subnet_id != subnet.id:
            there, far = ip4_of(interface), view.acl_of(interface.subnet_id or "")
            met += [_crossing(near, True, there, HTTPS), _crossing(near, False, there, ANSWERS)]
            met += [_crossing(far, False, home, HTTPS), _crossing(far, True, home, ANSWERS)]
    return tuple(met)


def _crossing(acl: NetworkAcl, egress: bool, cidrs: tuple[Network, ...], traffic: Traffic) -> Crossing:
    return Crossing(acl, egress, cidrs, traffic, blocked_parts(acl, egress, cidrs, traffic))


def _addresses(cidrs: tuple[Network, ...]) -> int:
    return sum(cidr.num_addresses for cidr in cidrs)
