"""From what a person writes (`eni-…`, a function name, `s3`, `10.0.0.0/16`) to senders and destination addresses."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import TypeVar

from runbook_lib.errors import FactMissing, UsageError, unknown_name
from runbook_lib.model.fact import Fact, Network
from runbook_lib.model.filters import SecurityGroup
from runbook_lib.model.interfaces import Function, Instance, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.vpc import Subnet
from runbook_lib.network import names
from runbook_lib.network.doors import is_private
from runbook_lib.network.flow import Addr, Place
from runbook_lib.network.intervals import AddressSet, span
from runbook_lib.network.tools import Tools, addr, text

__all__ = ["Destination", "Sender", "destination", "is_name", "senders"]

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Sender:
    """One place a flow may start from, and the addresses it may have there (several for a function not yet placed)."""

    place: Place
    addresses: AddressSet


@dataclass(frozen=True, slots=True)
class Destination:
    """The addresses a flow may go to.

    `is_guess` marks a public service whose addresses are not in the data: judged by the route that carries most of
    the public address space. `refuses` is set for a destination that accepts no connections at all.
    """

    addresses: AddressSet
    is_guess: bool = False
    refuses: str = ""


def senders(tools: Tools, word: str, groups: tuple[str, ...]) -> tuple[Sender, ...]:
    """Everywhere a flow from this word may start: one per subnet for a function.

    Raises UsageError for something unknown, FactMissing when it could not be read.
    """
    if word.startswith("eni-"):
        return (_from_interface(_known(tools, NetworkInterface, word, "network interface")),)
    if word.startswith("i-"):
        return (_from_interface(_primary(tools, word)),)
    if word.startswith("subnet-"):
        subnet = _known(tools, Subnet, word, "subnet")
        for group_id in groups:
            _known(tools, SecurityGroup, group_id, "security group")
        return (_placed(tools, subnet, tuple(sorted(groups))),)
    cidr = _cidr(word)
    if cidr is not None:
        if cidr.num_addresses != 1:
            raise UsageError(f"a flow starts at one address, not at {word}")
        return (_from_address(tools, span(cidr)[:2]),)
    function = _known(tools, Function, word, "source")
    if function.vpc_id is None:
        raise UsageError(f"function {function.id} is not in a VPC: no VPC rule applies to it")
    own = tuple(sorted(function.group_ids))
    return tuple(_placed(tools, tools.view.subnet(s), own) for s in sorted(set(function.subnet_ids)))


def destination(tools: Tools, word: str, sender: Sender) -> Destination:
    """The addresses behind a destination word as the sender sees them (names resolve differently per VPC).

    Raises UsageError for something unknown, FactMissing when it could not be read.
    """
    cidr = _cidr(word)
    if cidr is not None:
        return Destination(AddressSet.of([cidr]))
    if word.startswith("eni-"):
        return _of_interface(_known(tools, NetworkInterface, word, "network interface"), sender)
    if word.startswith("i-"):
        return _of_interface(_primary(tools, word), sender)
    if tools.view.find(Function, word) is not None:
        return Destination(AddressSet(), refuses=f"a Lambda function ({word}) accepts no connections")
    vpc_id = sender.place.vpc_id
    if vpc_id is None:
        raise UsageError(f"from the internet a flow goes to a public address or an interface, not to {word!r}")
    named = names.resolve(tools, vpc_id, word)
    if named is None:
        known = [f.id for f in tools.view.snapshot.all(Function)] + list(names.services(tools, vpc_id))
        raise unknown_name("destination", word, known)
    return Destination(named.addresses, named.is_guess)


def is_name(word: str) -> bool:
    """True for a destination that DNS has to resolve: a service or host name, not an address or a resource id."""
    return _cidr(word) is None and not word.startswith(("eni-", "i-", "subnet-"))


def _known(tools: Tools, fact: type[F], word: str, noun: str) -> F:
    found = tools.view.find(fact, word)
    if found is not None:
        return found
    scopes = tools.view.snapshot.scopes
    if not scopes or not any(tools.view.is_complete(fact, scope) for scope in scopes):
        raise FactMissing(f"{noun} {word}", action_of(fact.KEY))
    raise unknown_name(noun, word, [item.id for item in tools.view.snapshot.all(fact)])


def _primary(tools: Tools, instance_id: str) -> NetworkInterface:
    instance = _known(tools, Instance, instance_id, "instance")
    if not instance.interface_ids:
        raise FactMissing(f"the network interface of {instance_id}", action_of(NetworkInterface.KEY))
    return tools.view.interface(instance.interface_ids[0])


def _from_interface(interface: NetworkInterface, own: Addr | None = None) -> Sender:
    groups = interface.group_ids if interface.group_ids else None
    place = Place(interface.vpc_id, interface.subnet_id, groups, interface)
    return Sender(place, _single(own or addr(interface.private_ips[0])))


def _placed(tools: Tools, subnet: Subnet, groups: tuple[str, ...]) -> Sender:
    """Code in a subnet with groups: the addresses of the Lambda interfaces it shares, else any of the subnet."""
    shared = [
        addr(own)
        for item in tools.interfaces_of(subnet.id)
        if item.kind == "lambda" and tuple(sorted(item.group_ids)) == groups
        for own in item.private_ips
    ]
    addresses = AddressSet.union((v, a, a) for v, a in shared) if shared else AddressSet.of(subnet.cidrs)
    return Sender(Place(subnet.vpc_id, subnet.id, groups), addresses)


def _from_address(tools: Tools, address: Addr) -> Sender:
    owners = [owner for vpc_id in tools.vpc_ids if (owner := tools.owner_of(vpc_id, address)) is not None]
    if len(owners) > 1:
        ids = ", ".join(owner.id for owner in owners)
        raise UsageError(f"{text(address)} belongs to interfaces of several VPCs ({ids}): name the interface")
    if owners:
        return _from_interface(owners[0], address)
    if not is_private(address):
        return Sender(Place(None, None), _single(address))
    homes = [s for s in tools.view.snapshot.all(Subnet) if tools.holds(s, address)]
    if len(homes) != 1:
        raise FactMissing(f"who has the address {text(address)}", action_of(NetworkInterface.KEY))
    return Sender(Place(homes[0].vpc_id, homes[0].id, ()), _single(address))


def _of_interface(interface: NetworkInterface, sender: Sender) -> Destination:
    if sender.place.is_internet and interface.public_ips:
        return Destination(_single(addr(interface.public_ips[0][1])))
    return Destination(_single(addr(interface.private_ips[0])))


def _single(address: Addr) -> AddressSet:
    return AddressSet(((address[0], address[1], address[1]),))


def _cidr(word: str) -> Network | None:
    if not word or word[0] not in "0123456789abcdefABCDEF:":
        return None
    try:
        return ip_network(word, strict=False)
    except ValueError:
        return None
