"""Programs that run in a network namespace of the lab, one process each; none of them outlives what started it."""
