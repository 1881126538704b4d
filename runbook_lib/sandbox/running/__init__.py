"""Invocations that really run: deployed handlers in child processes, on the network that the embedded AWS holds."""
