"""Checks of what the log of a function shows."""
