"""Checks of the NAT gateways that a target's traffic passes: what they are, and what they counted.

NAT006 is not used: whether a NAT gateway stands in the subnet's own availability zone is answered by PTH009.
"""
