"""Checks of the configuration of a function: what makes it fail or time out where no network is to blame."""
