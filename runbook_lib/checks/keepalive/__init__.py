"""Checks of clients that keep TCP connections open."""
