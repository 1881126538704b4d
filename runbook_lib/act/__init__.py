"""The only code that invokes a function or changes anything in AWS, and only what somebody has agreed to."""

from runbook_lib.act.analyzed import PRICE_USD, Analyze, Analyzed, analysis_consent
from runbook_lib.act.analyzer import run_analyses
from runbook_lib.act.asked import Burst, Invoke, Mode, prepared
from runbook_lib.act.consent import invocation_consent
from runbook_lib.act.invoke import run_burst, run_smoke
from runbook_lib.act.journal import JOURNAL, Doing, Journal, read_journal, state_folder
from runbook_lib.act.leftovers import Found, Leftover, leftovers, removal_consent, remove
from runbook_lib.act.outcome import Outcome
from runbook_lib.act.path_leftovers import LeftPaths
from runbook_lib.act.probe import Probe, probe_consent, run_probe

__all__ = [
    "JOURNAL",
    "PRICE_USD",
    "Analyze",
    "Analyzed",
    "Burst",
    "Doing",
    "Found",
    "Invoke",
    "Journal",
    "LeftPaths",
    "Leftover",
    "Mode",
    "Outcome",
    "Probe",
    "analysis_consent",
    "invocation_consent",
    "leftovers",
    "prepared",
    "probe_consent",
    "read_journal",
    "removal_consent",
    "remove",
    "run_analyses",
    "run_burst",
    "run_probe",
    "run_smoke",
    "state_folder",
]
