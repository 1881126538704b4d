"""The decision table: what is seen → which runbook next, why, and what else to look at.

It holds what AWS documents where folklore says otherwise, and `note` tells the difference.
"""

from __future__ import annotations

from collections.abc import Mapping

from runbook_lib.triage.error_rows import ERRORS
from runbook_lib.triage.other_rows import OTHERS
from runbook_lib.triage.rows import BEGIN, Entry, Priority, Step
from runbook_lib.triage.symptoms import Symptom

__all__ = ["TABLE", "UNKNOWN"]

TABLE: Mapping[Symptom, Entry] = {**ERRORS, **OTHERS}

UNKNOWN = Entry(
    "nothing in it is known here",
    Priority.MEDIUM,
    (
        Step("start_here", "it looks at everything once", BEGIN),
        Step("network_path", "does the function reach what it calls, from every subnet?", BEGIN),
    ),
    (
        "the line that names the error: its class and message, with the traceback",
        "which host and port it tried, and how long it took to fail",
        "the log of the failing invocations: runbook triage --file LOG",
    ),
)
"""What is said of a text that holds nothing the table knows."""
