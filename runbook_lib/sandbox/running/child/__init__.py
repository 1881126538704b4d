"""What runs inside the child processes: standard library only, and nothing of the network but what it is told."""
