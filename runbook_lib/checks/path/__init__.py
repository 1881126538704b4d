"""Checks of the network path from where a function runs to what it has to reach."""
