"""The view: indexes over one snapshot, built once, that refuse to guess.

A lookup by id raises FactMissing when the id is not in the snapshot; an enumeration raises FactMissing when the
listing it needs was not read or is incomplete. So no caller can mistake "could not look" for "there is none".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import TypeVar

from runbook_lib.errors import FactMissing, UsageError
from runbook_lib.model.fact import Address, Fact, Scope
from runbook_lib.model.filters import NetworkAcl, SecurityGroup
from runbook_lib.model.finding import ResourceRef
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.gateways import (
    BucketLocation,
    EgressOnlyInternetGateway,
    InternetGateway,
    NatGateway,
    VpcBlockPublicAccess,
    VpcBlockPublicAccessExclusion,
    VpcEndpoint,
    VpcPeeringConnection,
)
from runbook_lib.model.interfaces import Function, Instance, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.vpc import PrefixList, RouteTable, Subnet, Vpc, VpcAttributes

__all__ = ["View"]

F = TypeVar("F", bound=Fact)
A = TypeVar("A", RouteTable, NetworkAcl)  # what subnets are associated with

# A zone is its Region and a letter; a Local Zone (ap-southeast-1-bkk-1a) has more between the two.
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")

Indexes = dict[type[Fact], dict[str, Fact]]


class View:
    """Indexed questions over one snapshot. Every method documents what it raises; nothing here changes anything.

    `memo` is for indexes that other modules derive from the same snapshot and want to keep as long as the view.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._indexes: Indexes = {}
        self.memo: dict[Hashable, object] = {}

    # -- by id ---------------------------------------------------------------------------------------------------

    def find(self, fact: type[F], id_: str) -> F | None:
        """The fact with this id, the owner's view when several accounts describe it, or None if it is not there."""
        index = self._indexes.get(fact)
        if index is None:
            index = self._indexes[fact] = _index(self.snapshot.all(fact))
        return index.get(id_)  # type: ignore[return-value]

    def get(self, fact: type[F], id_: str) -> F:
        """The fact with this id. Raises FactMissing naming the IAM action when it is not in the snapshot."""
        found = self.find(fact, id_)
        if found is None:
            raise FactMissing(f"{_noun(fact)} {id_}", action_of(fact.KEY))
        return found

    def ref(self, fact: type[Fact], id_: str) -> ResourceRef:
        """A resource reference for an id, complete when the fact was read, else only type and id."""
        found = self.find(fact, id_)
        return found.ref if found else ResourceRef(type=fact.TYPE, id=id_)

    def vpc(self, vpc_id: str) -> Vpc:
        """The VPC. Raises FactMissing."""
        return self.get(Vpc, vpc_id)

    def vpc_attributes(self, vpc_id: str) -> VpcAttributes:
        """DNS attributes of a VPC. Raises FactMissing when they were not read."""
        return self.get(VpcAttributes, vpc_id)

    def subnet(self, subnet_id: str) -> Subnet:
        """The subnet. Raises FactMissing."""
        return self.get(Subnet, subnet_id)

    def group(self, group_id: str) -> SecurityGroup:
        """The security group. Raises FactMissing."""
        return self.get(SecurityGroup, group_id)

    def groups(self, group_ids: Iterable[str]) -> tuple[SecurityGroup, ...]:
        """The security groups in the order given. Raises FactMissing for the first that is absent."""
        return tuple(self.group(group_id) for group_id in group_ids)

    def interface(self, interface_id: str) -> NetworkInterface:
        """The network interface. Raises FactMissing."""
        return self.get(NetworkInterface, interface_id)

    def instance(self, instance_id: str) -> Instance:
        """The instance. Raises FactMissing."""
        return self.get(Instance, instance_id)

    def nat_gateway(self, nat_id: str) -> NatGateway:
        """The NAT gateway. Raises FactMissing."""
        return self.get(NatGateway, nat_id)

    def internet_gateway(self, gateway_id: str) -> InternetGateway:
        """The internet gateway. Raises FactMissing."""
        return self.get(InternetGateway, gateway_id)

    def egress_only_gateway(self, gateway_id: str) -> EgressOnlyInternetGateway:
        """The egress-only internet gateway. Raises FactMissing."""
        return self.get(EgressOnlyInternetGateway, gateway_id)

    def endpoint(self, endpoint_id: str) -> VpcEndpoint:
        """The VPC endpoint. Raises FactMissing."""
        return self.get(VpcEndpoint, endpoint_id)

    def peering(self, peering_id: str) -> VpcPeeringConnection:
        """The VPC peering connection. Raises FactMissing."""
        return self.get(VpcPeeringConnection, peering_id)

    def prefix_list(self, list_id: str) -> PrefixList:
        """The prefix list with its CIDRs read. Raises FactMissing when it or its entries were not read."""
        found = self.get(PrefixList, list_id)
        if found.cidrs is None:
            raise FactMissing(f"entries of prefix list {list_id}", "ec2:GetManagedPrefixListEntries")
        return found

    def function(self, name: str) -> Function:
        """The Lambda function. Raises FactMissing."""
        return self.get(Function, name)

    def function_called(self, word: str) -> Function | None:
        """The function with this name or ARN, or None. Raises UsageError when a name is used in several places."""
        named = self._functions.get(word, [])
        places = sorted({(item.ref.region or "", item.ref.account or "") for item in named})
        if len(places) > 1:
            accounts = {account for _, account in places}
            said = [" of account ".join(place) if len(accounts) > 1 else place[0] for place in places]
            raise UsageError(f"function {word!r} exists in {' and '.join(said)}: give --region or the ARN")
        return named[0] if named else None

    def function_configuration(self, name: str) -> FunctionConfiguration:
        """State and last update of a function, read only for selected functions. Raises FactMissing."""
        return self.get(FunctionConfiguration, name)

    def bucket(self, name: str) -> BucketLocation:
        """Where a bucket lives. Raises FactMissing."""
        return self.get(BucketLocation, name)

    # -- completeness --------------------------------------------------------------------------------------------

    def is_complete(self, fact: type[Fact], scope: Scope) -> bool:
        """True when this scope's listing of the kind was read whole."""
        listing = self.snapshot.listings.get((scope, fact.KEY))
        return listing is not None and listing.incomplete is None

    def need(self, fact: type[Fact], scope: Scope) -> None:
        """Raise FactMissing unless this scope's listing of the kind was read whole."""
        listing = self.snapshot.listings.get((scope, fact.KEY))
        if listing is None:
            raise FactMissing(f"the list of {_nouns(fact)}", action_of(fact.KEY))
        if listing.incomplete is not None:
            raise FactMissing(f"the whole list of {_nouns(fact)} ({listing.incomplete})", action_of(fact.KEY))

    def scope_of(self, vpc_id: str) -> Scope:
        """The scope whose listings describe this VPC: the VPC's own, else that of one of its subnets.

        Raises FactMissing when neither is in the snapshot.
        """
        vpc = self.find(Vpc, vpc_id)
        if vpc is not None:
            return vpc.scope
        for subnet in self.snapshot.all(Subnet):
            if subnet.vpc_id == vpc_id:
                return subnet.scope
        raise FactMissing(f"VPC {vpc_id}", action_of(Vpc.KEY))

    # -- enumerations --------------------------------------------------------------------------------------------

    def in_vpc(self, fact: type[F], vpc_id: str) -> tuple[F, ...]:
        """Every fact of the kind in a VPC, ordered by id. Raises FactMissing when the listing is not whole."""
        self.need(fact, self.scope_of(vpc_id))
        return self._by_vpc(fact).get(vpc_id, ())

    def subnets_in(self, vpc_id: str) -> tuple[Subnet, ...]:
        """Every subnet of a VPC, ordered by id. Raises FactMissing."""
        return self.in_vpc(Subnet, vpc_id)

    def endpoints_in(self, vpc_id: str) -> tuple[VpcEndpoint, ...]:
        """Every VPC endpoint of a VPC that is not deleted, ordered by id. Raises FactMissing."""
        return tuple(e for e in self.in_vpc(VpcEndpoint, vpc_id) if e.state not in ("deleted", "deleting"))

    def interfaces_in(self, subnet_id: str) -> tuple[NetworkInterface, ...]:
        """Every network interface of a subnet, ordered by id. Raises FactMissing."""
        self.need(NetworkInterface, self.subnet(subnet_id).scope)
        return self._interfaces_by_subnet.get(subnet_id, ())

    def interface_at(self, vpc_id: str, address: Address) -> NetworkInterface | None:
        """The interface that owns a private address in a VPC, or None. Raises FactMissing when not all were read."""
        found = self._interfaces_by_address.get((vpc_id, address))
        if found is None:
            self.need(NetworkInterface, self.scope_of(vpc_id))
        return found

    def interface_with_public(self, address: Address) -> NetworkInterface | None:
        """The interface that has this public IPv4 address associated, or None (a gap here is not noticed)."""
        return self._interfaces_by_public.get(address)

    def public_access_block(self, vpc_id: str) -> VpcBlockPublicAccess | None:
        """The Region's Block Public Access options, or None when they were not read."""
        scope = self.scope_of(vpc_id)
        return next((item for item in self.snapshot.all(VpcBlockPublicAccess) if item.scope == scope), None)

    def public_access_exclusion(self, vpc_id: str, subnet_id: str | None) -> bool:
        """True when the VPC or subnet is excluded from Block Public Access. Raises FactMissing when not read."""
        self.need(VpcBlockPublicAccessExclusion, self.scope_of(vpc_id))
        return any(
            item.is_active and item.resource_id in (vpc_id, subnet_id)
            for item in self.snapshot.all(VpcBlockPublicAccessExclusion)
        )

    # -- effective table, ACL, service names -----------------------------------------------------------------------

    def route_table_of(self, subnet_id: str) -> RouteTable:
        """The route table in effect: the explicit association, else the VPC's main table.

        Raises FactMissing, also when the facts name several: AWS has one.
        """
        explicit = self._only(self._tables_of_subnet.get(subnet_id, ()), f"the route table of {subnet_id}")
        if explicit is not None:
            return explicit
        subnet = self.subnet(subnet_id)
        self.need(RouteTable, subnet.scope)
        what = f"the main route table of {subnet.vpc_id}"
        main = self._only((t for t in self._by_vpc(RouteTable).get(subnet.vpc_id, ()) if t.is_main), what)
        if main is None:
            raise FactMissing(what, action_of(RouteTable.KEY))
        return main

    def acl_of(self, subnet_id: str) -> NetworkAcl:
        """The network ACL in effect: by association, else the VPC's default.

        Raises FactMissing, also when the facts name several: AWS has one.
        """
        known = self.find(Subnet, subnet_id)
        associated = (
            acl for acl in self._acls_of_subnet.get(subnet_id, ()) if known is None or acl.vpc_id == known.vpc_id
        )
        explicit = self._only(associated, f"the network ACL of {subnet_id}")
        if explicit is not None:
            return explicit
        subnet = self.subnet(subnet_id)
        self.need(NetworkAcl, subnet.scope)
        what = f"the default network ACL of {subnet.vpc_id}"
        default = self._only((a for a in self._by_vpc(NetworkAcl).get(subnet.vpc_id, ()) if a.is_default), what)
        if default is None:
            raise FactMissing(what, action_of(NetworkAcl.KEY))
        return default

    def _only(self, found: Iterable[F], what: str) -> F | None:
        """The one fact among views of it by several accounts, or None. Raises FactMissing for different ones."""
        facts = {fact.id: fact for fact in found}
        if len(facts) > 1:
            raise FactMissing(
                f"{what} ({' and '.join(sorted(facts))} both say so)", action_of(next(iter(facts.values())).KEY)
            )
        return next(iter(facts.values()), None)

    def region_of(self, vpc_id: str) -> str:
        """The Region of a VPC: its scope's, else read off an availability zone. Raises FactMissing."""
        scope = self.scope_of(vpc_id)
        if scope.region:
            return scope.region
        zones = (subnet.az for subnet in self.snapshot.all(Subnet) if subnet.vpc_id == vpc_id and subnet.az)
        zone = next(zones, None)
        standard = _REGION.match(zone) if zone else None
        region = standard[0] if standard else self.snapshot.origin.region
        if not region:
            raise FactMissing(f"the Region of {vpc_id}", action_of(Subnet.KEY))
        return region

    def service_prefix_list(self, vpc_id: str, service: str) -> PrefixList:
        """The AWS-managed prefix list of `s3` or `dynamodb` in the VPC's Region, CIDRs read. Raises FactMissing.

        Listings of several Regions may be present; the name carries the Region.
        """
        name = f"com.amazonaws.{self.region_of(vpc_id)}.{service}"
        found = next((item for item in self.snapshot.all(PrefixList) if item.list_name == name), None)
        if found is None:
            raise FactMissing(f"the prefix list {name}", action_of(PrefixList.KEY))
        listed = self.prefix_list(found.id)
        if not listed.cidrs:
            raise FactMissing(f"entries of prefix list {found.id} (an empty one was read)", action_of(PrefixList.KEY))
        return listed

    # -- indexes ---------------------------------------------------------------------------------------------------

    def _by_vpc(self, fact: type[F]) -> dict[str, tuple[F, ...]]:
        cached = self._vpc_indexes.get(fact)
        if cached is None:
            cached = _grouped(_distinct(self.snapshot.all(fact)), lambda item: getattr(item, "vpc_id", None))
            self._vpc_indexes[fact] = cached
        return cached  # type: ignore[return-value]

    @cached_property
    def _vpc_indexes(self) -> dict[type[Fact], dict[str, tuple[Fact, ...]]]:
        return {}

    @cached_property
    def _functions(self) -> dict[str, list[Function]]:
        found: dict[str, list[Function]] = defaultdict(list)
        for function in self.snapshot.all(Function):
            for word in {function.id, function.arn or function.id}:
                found[word].append(function)
        return found

    @cached_property
    def _tables_of_subnet(self) -> dict[str, list[RouteTable]]:
        return _of_subnets(_distinct(self.snapshot.all(RouteTable)))

    @cached_property
    def _acls_of_subnet(self) -> dict[str, list[NetworkAcl]]:
        return _of_subnets(_distinct(self.snapshot.all(NetworkAcl)))

    @cached_property
    def _interfaces_by_subnet(self) -> dict[str, tuple[NetworkInterface, ...]]:
        return _grouped(_distinct(self.snapshot.all(NetworkInterface)), lambda item: item.subnet_id)

    @cached_property
    def _interfaces_by_address(self) -> dict[tuple[str, Address], NetworkInterface]:
        return {
            (item.vpc_id, address): item
            for item in self.snapshot.all(NetworkInterface)
            if item.vpc_id
            for address in item.private_ips
        }

    @cached_property
    def _interfaces_by_public(self) -> dict[Address, NetworkInterface]:
        return {public: item for item in self.snapshot.all(NetworkInterface) for _, public in item.public_ips}


def _noun(fact: type[Fact]) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in fact.__name__).strip()
    return words.replace("vpc", "VPC").replace("nat ", "NAT ")


def _nouns(fact: type[Fact]) -> str:
    noun = _noun(fact)
    return f"{noun[:-1]}ies" if noun.endswith(("cy", "xy")) else f"{noun}s"


def _owner(fact: Fact) -> str | None:
    return fact.raw.get("OwnerId") or fact.raw.get("TransitGatewayOwnerId")


def _index(facts: Iterable[Fact]) -> dict[str, Fact]:
    index: dict[str, Fact] = {}
    for fact in facts:
        if fact.id not in index or (fact.scope.account is not None and fact.scope.account == _owner(fact)):
            index[fact.id] = fact
    return index


def _distinct(facts: Iterable[F]) -> tuple[F, ...]:
    return tuple(_index(facts).values())  # type: ignore[arg-type]


def _of_subnets(facts: Iterable[A]) -> dict[str, list[A]]:
    found: dict[str, list[A]] = defaultdict(list)
    for fact in facts:
        for subnet_id in fact.subnet_ids:
            found[subnet_id].append(fact)
    return found


def _grouped(facts: Iterable[F], key: Callable[[F], str | None]) -> dict[str, tuple[F, ...]]:
    groups: dict[str, list[F]] = defaultdict(list)
    for fact in facts:
        group = key(fact)
        if group:
            groups[group].append(fact)
    return {group: tuple(members) for group, members in groups.items()}
