"""What to look at: from options or notebook parameters to a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runbook_lib.errors import UsageError
from runbook_lib.model.actions import InvocationsAsked
from runbook_lib.model.functions import FunctionConfiguration
from runbook_lib.model.interfaces import Function
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.target import Target
from runbook_lib.model.vpc import Vpc
from runbook_lib.network import targets
from runbook_lib.network.view import View

if TYPE_CHECKING:
    from runbook_lib.collect.limits import Wanted

__all__ = ["Choice", "pick_default", "target_of", "wanted_for", "words_of"]

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A function, a VPC, subnets with security groups, or everything; nothing set means: find out."""

    function: str = ""
    vpc: str = ""
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    everything: bool = False

    def __post_init__(self) -> None:
        given = [bool(self.function), bool(self.vpc), bool(self.subnets or self.groups), self.everything]
        if sum(given) > 1:
            raise UsageError("give one of a function, a VPC, subnets with security groups, or all; not several")
        if self.groups and not self.subnets:
            raise UsageError("security groups need the subnets they are used in (--subnets)")

    @property
    def is_open(self) -> bool:
        """True when nothing was chosen."""
        return not (self.function or self.vpc or self.subnets or self.everything)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a comma-separated text, without empty ones. UsageError when only commas are there."""
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if text.strip() and not words:
        raise UsageError(f"{text!r} names nothing; give words with commas between them, or leave it empty")
    return words


def pick_default(snapshot: Snapshot, default_function: str) -> Choice:
    """The choice when nobody made one: the scenario's function, else the only one there is, or that was invoked.

    When the list of functions was refused everything is chosen, which then says what is missing. UsageError naming
    what could be chosen when there are several functions or none.
    """
    if default_function:
        return Choice(function=default_function)
    functions = [function.id for function in snapshot.all(Function)]
    invoked = {item.function for item in snapshot.all(InvocationsAsked)}.intersection(functions)
    if len(functions) == 1 or len(invoked) == 1:
        return Choice(function=[*invoked, *functions][0])
    if functions:
        more = f" and {len(functions) - _SHOWN} more" if len(functions) > _SHOWN else ""
        how = "give --function (of a runbook: -p function_name), --vpc or --all"
        raise UsageError(f"which function? {how}; there are {_few(functions)}{more}")
    if any(call.key == Function.KEY and call.error for call in snapshot.calls):
        return Choice(everything=True)
    vpcs = [vpc.id for vpc in snapshot.all(Vpc)]
    if vpcs:
        raise UsageError(f"no Lambda function was read; give --vpc ({_few(vpcs)}) or --subnets with --security-groups")
    raise UsageError("the account and Region read have no Lambda function and no VPC: nothing to check")


def wanted_for(choice: Choice, keys: frozenset[str], buckets: tuple[str, ...]) -> Wanted:
    """What to collect for a choice, so that the keys can be answered."""
    from runbook_lib.collect.limits import Wanted

    always = {Function.KEY, "Vpcs", "Subnets", "SecurityGroups"}
    return Wanted(
        functions=(choice.function,) if choice.function else (),
        vpc_ids=(choice.vpc,) if choice.vpc else (),
        subnet_ids=choice.subnets,
        buckets=buckets,
        all_functions=choice.everything,
        keys=tuple(sorted(keys | always)),
    )


def target_of(view: View, choice: Choice) -> Target:
    """The target of a choice that is not open. UsageError with the nearest names when it does not exist."""
    if choice.function:
        return targets.of_function(view, choice.function)
    if choice.vpc:
        return targets.of_vpc(view, choice.vpc)
    if choice.subnets:
        return targets.of_placement(view, choice.subnets, choice.groups)
    return targets.everything(view)


def needs_a_call_per_function(needs: tuple[str, ...]) -> bool:
    """True for a check that reads what AWS only tells function by function."""
    return FunctionConfiguration.KEY in needs


def _few(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN])
