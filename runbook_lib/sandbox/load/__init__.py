"""Load on the sandbox's networks: what invocations do there, the log events they leave and the metrics they move."""
