"""Notebook widgets: they choose inputs, and every one has a static text twin."""
