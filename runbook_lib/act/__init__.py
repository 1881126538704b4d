"""The only code that invokes a function or changes anything in AWS, and only what somebody has agreed to."""

from runbook_lib.act.asked import Burst, Invoke, Mode
from runbook_lib.act.consent import invocation_consent
from runbook_lib.act.invoke import run_burst, run_smoke
from runbook_lib.act.outcome import Outcome

__all__ = ["Burst", "Invoke", "Mode", "Outcome", "invocation_consent", "run_burst", "run_smoke"]
