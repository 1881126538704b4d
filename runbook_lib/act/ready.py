"""What must be so before the first invocation: not production, known settings, and a state in which it can run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config

from runbook_lib.act.asked import Invoke
from runbook_lib.act.consent import FunctionName
from runbook_lib.act.outcome import Ledger
from runbook_lib.act.permits import Permit, Permits
from runbook_lib.act.production import why_production
from runbook_lib.collect.connection import Clients, Connection
from runbook_lib.collect.failures import CALL_FAILURES, call_error
from runbook_lib.collect.limits import Limits
from runbook_lib.errors import UsageError
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.progress import Progress, Step

__all__ = ["Readiness", "State", "opened", "production_refusal", "require_version"]

_POLL_S = 2.0
_CONFIGURATION = "lambda:GetFunctionConfiguration"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the function's configuration says of its readiness.

    `is_inactive` is a function whose network interface AWS has reclaimed after 14 idle days: its next invocation
    fails and makes it Pending. https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """

    state: str
    update: str
    why: str
    timeout_s: float

    @property
    def is_ready(self) -> bool:
        """Active, and no update under way, during which the code before it would run."""
        return self.state == "Active" and self.update != "InProgress"

    @property
    def is_inactive(self) -> bool:
        """True when the function must be invoked once, in vain, before it can run."""
        return self.state == "Inactive"

    @property
    def is_hopeless(self) -> bool:
        """True when waiting does not help."""
        return not self.is_ready and self.state not in ("Pending", "Active", "Inactive")

    @property
    def text(self) -> str:
        """State, update and reason in a few words."""
        words = f"State {self.state}" + (f", LastUpdateStatus {self.update}" if self.update == "InProgress" else "")
        return f"{words} ({self.why})" if self.why else words


def opened(connection: Connection, function: FunctionName) -> tuple[Clients, Ledger]:
    """The clients of the connection and an empty record, but for the question who asks.

    Raises UsageError when the connection is to another Region or account than the function's.
    """
    clients = connection.clients()
    if clients.region != function.region:
        raise UsageError(f"{function.arn} is in {function.region}, the connection is to {clients.region}")
    ledger = Ledger(clients, Scope(function.account, function.region))
    identity, error = ledger.ask(clients.get("sts"), "sts:GetCallerIdentity", {})
    if error:
        raise clients.problem(error)
    if identity.get("Account") != function.account:
        raise UsageError(
            f"{function.arn} is in account {function.account}, the credentials are those of {identity.get('Account')}"
        )
    return clients, ledger


def production_refusal(clients: Clients, ledger: Ledger, function: FunctionName, request: Invoke) -> str | None:
    """Why the function may not be invoked because it is, or may be, a production one; None when it may."""
    if request.allow_production:
        return None
    why = why_production(function.name, request.qualifier, {})
    if why is None:
        permit = Permit(operation="lambda:ListTags", arguments={"Resource": function.arn}, most=1)
        reading = clients.under(Permits([permit]).guard, "lambda", Config())
        answer, error = ledger.ask(reading, "lambda:ListTags", {"Resource": function.arn})
        if error and error.code == "ResourceNotFoundException":
            raise UsageError(f"there is no function {function.arn}")
        if error:
            return (
                f"whether {function.name} is a production function could not be read ({error.code}; needs "
                "lambda:ListTags); set allow_production to invoke it all the same"
            )
        why = why_production(function.name, request.qualifier, answer.get("Tags") or {})
    return why and f"{function.name} looks like production: {why}; set allow_production to invoke it all the same"


def require_version(connection: Connection, function: str, qualifier: str) -> None:
    """Raises UsageError when AWS says that there is no such function, version or alias, and what `clients` raises.

    Any other answer is left to the run, which records it.
    """
    asking = connection.clients(Limits(attempts=1)).get("lambda")
    try:
        asking.get_function_configuration(FunctionName=function, Qualifier=qualifier)
    except CALL_FAILURES as error:
        if call_error(error).code == "ResourceNotFoundException":
            raise UsageError(f"there is no version or alias {qualifier!r} of {function}") from None


class Readiness:
    """Reads and awaits the state of one function, or of a version or alias of it."""

    def __init__(
        self,
        clients: Clients,
        ledger: Ledger,
        function: FunctionName,
        qualifier: str | None,
        *,
        pause: Callable[[float], Any],
    ) -> None:
        self._client = clients.get("lambda")
        self._ledger = ledger
        self._function = function
        self._asked = {"FunctionName": function.arn} | ({"Qualifier": qualifier} if qualifier else {})
        self._pause = pause
        self.seen: list[tuple[datetime, State]] = []

    def look(self) -> State | str:
        """The state now, or why it is not known. Raises UsageError when there is no such function, version or alias."""
        answer, error = self._ledger.ask(self._client, _CONFIGURATION, self._asked)
        if error and error.code == "ResourceNotFoundException":
            qualifier = self._asked.get("Qualifier")
            what = f"version or alias {qualifier!r} of {self._function.arn}" if qualifier else self._function.arn
            raise UsageError(f"there is no {'' if qualifier else 'function '}{what}")
        if error:
            return f"the state of {self._function.name} could not be read ({error.code}; needs {_CONFIGURATION})"
        found = _state(answer)
        if isinstance(found, State) and (not self.seen or self.seen[-1][1] != found):
            self.seen.append((datetime.now(UTC), found))
        return found

    @property
    def items(self) -> tuple[Raw, ...]:
        """The states it was seen in, each time it had changed, as the snapshot keeps them."""
        return tuple(
            {
                "SeenAt": seen.isoformat(),
                "FunctionName": self._function.name,
                "Qualifier": self._asked.get("Qualifier"),
                "State": state.state,
                "LastUpdateStatus": state.update,
                "StateReason": state.why,
            }
            for seen, state in self.seen
        )

    def wait(self, first: State, wait_s: float, progress: Progress) -> State | str:
        """The state once the function can run, or why it cannot; every look is a step of the progress."""
        state, looks = first, max(1, round(wait_s / _POLL_S))
        for look in range(looks):
            if state.is_ready:
                return state
            if state.is_hopeless:
                return f"{self._function.name} cannot be invoked: {state.text}"
            progress(Step(f"waiting for {self._function.name}: {state.text}", look, looks))
            self._pause(_POLL_S)
            found = self.look()
            if isinstance(found, str):
                return found
            state = found
        if state.is_ready:
            return state
        return f"{self._function.name} was still not ready after {wait_s:g} s: {state.text}"


def _state(answer: Raw) -> State | str:
    if "State" not in answer or "Timeout" not in answer:
        return "GetFunctionConfiguration did not tell State and Timeout"
    reason = answer.get("StateReason") or answer.get("StateReasonCode") or ""
    return State(
        state=str(answer["State"]),
        update=str(answer.get("LastUpdateStatus") or ""),
        why=str(reason).strip(),
        timeout_s=float(answer["Timeout"]),
    )
