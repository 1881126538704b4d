"""The parts of the facade; everybody outside goes through `runbook_lib.runbook`."""
