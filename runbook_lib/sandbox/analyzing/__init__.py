"""Reachability Analyzer of the embedded AWS: a model of its own, that shares nothing with the kit's tracer."""
