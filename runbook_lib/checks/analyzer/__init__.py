"""Checks of what VPC Reachability Analyzer says about the flows of a target, and whether the kit says the same."""
