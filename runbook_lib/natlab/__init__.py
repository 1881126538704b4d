"""A real NAT gateway on one machine, in Linux network namespaces: private, unprivileged, gone when it ends."""

from runbook_lib.natlab.cases import Case, Client, Forgotten, Seen, Timers, table
from runbook_lib.natlab.condition import Condition, Kind, condition
from runbook_lib.natlab.lab import Answer, Crowd, IdleRun, run_crowd, run_idle

__all__ = [
    "Answer",
    "Case",
    "Client",
    "Condition",
    "Crowd",
    "Forgotten",
    "IdleRun",
    "Kind",
    "Seen",
    "Timers",
    "condition",
    "run_crowd",
    "run_idle",
    "table",
]
