"""The only code that invokes a function or changes anything in AWS, and only what somebody has agreed to."""

from runbook_lib.act.asked import Burst, Invoke, Mode, prepared
from runbook_lib.act.consent import invocation_consent
from runbook_lib.act.invoke import run_burst, run_smoke
from runbook_lib.act.journal import JOURNAL, Doing, Journal, read_journal, state_folder
from runbook_lib.act.leftovers import Found, Leftover, leftovers, removal_consent, remove
from runbook_lib.act.outcome import Outcome
from runbook_lib.act.probe import Probe, probe_consent, run_probe

__all__ = [
    "JOURNAL",
    "Burst",
    "Doing",
    "Found",
    "Invoke",
    "Journal",
    "Leftover",
    "Mode",
    "Outcome",
    "Probe",
    "invocation_consent",
    "leftovers",
    "prepared",
    "probe_consent",
    "read_journal",
    "removal_consent",
    "remove",
    "run_burst",
    "run_probe",
    "run_smoke",
    "state_folder",
]
