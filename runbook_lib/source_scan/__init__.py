"""Source code of functions: what in it costs time, fails late or should not be there. It is parsed, never run."""

from runbook_lib.source_scan.scan import SUFFIXES, not_scanned, scan

__all__ = ["SUFFIXES", "not_scanned", "scan"]
