"""Checks of a function's source code: what in it costs time, fails late or should not be there."""
