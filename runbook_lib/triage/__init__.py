"""What somebody sees when a function fails, and which runbook to run next."""
