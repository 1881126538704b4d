"""From what a person writes (`eni-…`, a function name, `s3`, `10.0.0.0/16`) to senders and destination addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import TypeVar

from runbook_lib.errors import FactMissing, UsageError, unknown_name
from runbook_lib.model.fact import Fact, Network
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.interfaces import Function, Instance, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.vpc import Subnet
from runbook_lib.network import names, special
from runbook_lib.network.flow import Addr, Place
from runbook_lib.network.intervals import AddressSet, Piece, span
from runbook_lib.network.tools import Tools, addr, is_rfc1918, is_rfc6598, text

__all__ = ["Destination", "Sender", "destination", "is_name", "senders"]

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Sender:
    """One place a flow may start from, and the addresses it may have there (several for a function not yet placed)."""

    place: Place
    addresses: AddressSet
    is_function: bool = False

    @property
    def is_dual_stack(self) -> bool:
        """True when it sends from IPv4 and IPv6 addresses."""
        return len({version for version, _, _ in self.addresses.pieces}) == 2


@dataclass(frozen=True, slots=True)
class Destination:
    """The addresses a flow may go to.

    `guess` are addresses that only stand for those of a public service which the data does not tell: judged by the
    route that carries most of the public address space. `refuses` is set for a destination that accepts no
    connections at all.
    """

    addresses: AddressSet
    guess: AddressSet = field(default_factory=AddressSet)
    refuses: str = ""


def senders(tools: Tools, word: str, groups: tuple[str, ...], is_ipv4_only: bool = False) -> tuple[Sender, ...]:
    """Everywhere a flow from this word may start: one per subnet for a function; a subnet may be told `is_ipv4_only`.

    Raises UsageError for something unknown, FactMissing when it could not be read.
    """
    if word.startswith("eni-"):
        return (_from_interface(_known(tools, NetworkInterface, word, "network interface")),)
    if word.startswith("i-"):
        return (_from_interface(tools.primary_of(_known(tools, Instance, word, "instance"))),)
    if word.startswith("subnet-"):
        subnet = _known(tools, Subnet, word, "subnet")
        for group_id in groups:
            _known(tools, SecurityGroup, group_id, "security group")
        own = tuple(sorted(groups))
        return (Sender(_in(subnet, own), _usable(tools, subnet, own, is_ipv4_only)),)
    cidr = _cidr(word)
    if cidr is not None:
        if cidr.num_addresses != 1:
            raise UsageError(f"a flow starts at one address, not at {word}")
        return (_from_address(tools, span(cidr)[:2]),)
    function = tools.view.function_called(word) or _known(tools, Function, word, "source")
    if function.vpc_id is None:
        raise UsageError(f"function {function.id} is not in a VPC: no VPC rule applies to it")
    function.need_place()
    return tuple(_placed(tools, tools.view.subnet(id_), function) for id_ in sorted(set(function.subnet_ids)))


def destination(tools: Tools, word: str, sender: Sender) -> Destination:
    """The addresses behind a destination word as the sender sees them (names resolve differently per VPC).

    Raises UsageError for something unknown, FactMissing when it could not be read.
    """
    cidr = _cidr(word)
    if cidr is not None:
        return Destination(AddressSet.of([cidr]))
    if word.startswith("eni-"):
        return _of_interface(tools, _known(tools, NetworkInterface, word, "network interface"), sender)
    if word.startswith("i-"):
        return _of_interface(tools, tools.primary_of(_known(tools, Instance, word, "instance")), sender)
    if tools.view.find(Function, word) is not None:
        return Destination(AddressSet(), refuses=f"a Lambda function ({word}) accepts no connections")
    vpc_id = sender.place.vpc_id
    if vpc_id is None:
        raise UsageError(f"from the internet a flow goes to a public address or an interface, not to {word!r}")
    named = names.resolve(tools, vpc_id, word, sender.is_dual_stack)
    if named is None:
        known = [f.id for f in tools.view.snapshot.all(Function)] + list(names.services(tools, vpc_id))
        raise unknown_name("destination", word, known)
    if not named.addresses:
        raise FactMissing(f"the addresses of {word}: what was read lists none")
    return Destination(named.addresses, named.guess)


def is_name(word: str) -> bool:
    """True for a destination that DNS has to resolve: a service or host name, not an address or a resource id."""
    return _cidr(word) is None and not word.startswith(("eni-", "i-", "subnet-"))


def _known(tools: Tools, fact: type[F], word: str, noun: str) -> F:
    found = tools.view.find(fact, word)
    if found is not None:
        return found
    scopes = tools.view.snapshot.scopes
    if not scopes or not all(tools.view.is_complete(fact, scope) for scope in scopes):
        raise FactMissing(f"{noun} {word}", action_of(fact.KEY))
    raise unknown_name(noun, word, [item.id for item in tools.view.snapshot.all(fact)])


def _from_interface(interface: NetworkInterface, own: Addr | None = None) -> Sender:
    """An interface sends from its first address of each IP version."""
    groups = tuple(sorted(interface.group_ids)) if interface.group_ids else None
    place = Place(interface.vpc_id, interface.subnet_id, groups, interface)
    if own is not None:
        return Sender(place, _single(own))
    first: dict[int, Addr] = {}
    for address in map(addr, interface.private_ips):
        first.setdefault(address[0], address)
    return Sender(place, AddressSet.union((v, a, a) for v, a in first.values()))


def _in(subnet: Subnet, groups: tuple[str, ...]) -> Place:
    return Place(subnet.vpc_id, subnet.id, groups)


def _placed(tools: Tools, subnet: Subnet, function: Function) -> Sender:
    """A function in one of its subnets; it has IPv6 addresses only when it is allowed dual stack."""
    groups = tuple(sorted(function.group_ids))
    return Sender(_in(subnet, groups), _usable(tools, subnet, groups, not function.ipv6_dual_stack), is_function=True)


def _usable(tools: Tools, subnet: Subnet, groups: tuple[str, ...], is_ipv4_only: bool) -> AddressSet:
    """The addresses code in a subnet may have: those of the Lambda interfaces it shares, else any AWS gives out."""
    shared = [
        addr(own)
        for item in tools.interfaces_of(subnet.id)
        if item.kind == "lambda" and tuple(sorted(item.group_ids)) == groups
        for own in item.private_ips
    ]
    pieces = [(v, a, a) for v, a in shared] or [_assignable(span(cidr)) for cidr in subnet.cidrs]
    return AddressSet.union(piece for piece in pieces if piece[0] == 4 or not is_ipv4_only)


def _assignable(piece: Piece) -> Piece:
    """A subnet's addresses without the first four and the last, which AWS keeps. Source:
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    """
    version, first, last = piece
    return (version, first + 4, last - 1) if last - first > 5 else piece


def _from_address(tools: Tools, address: Addr) -> Sender:
    owners = tools.owners_of(address)
    if len(owners) > 1:
        ids = ", ".join(owner.id for owner in owners)
        raise UsageError(f"{text(address)} belongs to interfaces of several VPCs ({ids}): name the interface")
    if owners:
        return _from_interface(owners[0], address)
    if special.is_unforwarded(address):
        raise UsageError(f"{text(address)} is no address that a flow in a VPC starts from")
    homes = [s for s in tools.view.snapshot.all(Subnet) if tools.holds(s.id, address)]
    if not homes and not is_rfc1918(address) and not is_rfc6598(address):
        return Sender(Place(None, None), _single(address))
    if len(homes) != 1:
        raise FactMissing(f"who has the address {text(address)}", action_of(NetworkInterface.KEY))
    return Sender(Place(homes[0].vpc_id, homes[0].id, ()), _single(address))


def _of_interface(tools: Tools, interface: NetworkInterface, sender: Sender) -> Destination:
    if sender.place.is_internet and interface.public_ips:
        return Destination(_single(addr(interface.public_ips[0][1])))
    return Destination(_single(tools.first_address(interface)))


def _single(address: Addr) -> AddressSet:
    return AddressSet(((address[0], address[1], address[1]),))


def _cidr(word: str) -> Network | None:
    if not word or word[0] not in "0123456789abcdefABCDEF:":
        return None
    try:
        return ip_network(word, strict=False)
    except ValueError:
        return None
