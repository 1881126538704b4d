"""How long the connection tracking of an EC2 instance remembers an idle TCP connection, by instance type.

Sources, read 2026-11-21
    350 s for Nitro v6 types except P6e-GB200, 432000 s for all others,
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ConnectionTrackingConfiguration.html
    The Nitro version of a family, https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html
A family that is neither listed here nor certainly older is not known.
"""

from __future__ import annotations

import re

__all__ = ["tracked_default_s"]

_NITRO_6_S = 350
_OTHERS_S = 432_000

# fmt: off
_NITRO_6 = frozenset({
    "c8a", "c8gb", "c8gn", "c8i", "c8i-flex", "c8id", "g7e", "hpc8a", "m8a", "m8azn", "m8gb", "m8gn", "m8i",
    "m8i-flex", "m8id", "p6-b200", "p6-b300", "r8a", "r8gb", "r8gn", "r8i", "r8i-flex", "r8id", "x8aedz", "x8i",
})
_NITRO_5 = frozenset({"c8g", "c8gd", "i8g", "m8g", "m8gd", "r8g", "r8gd", "x8g"})
_LAST_OLD = {
    "a": 1, "c": 7, "d": 3, "f": 2, "g": 6, "gr": 6, "h": 1, "hpc": 7, "i": 4, "im": 4, "inf": 2, "is": 4, "m": 7,
    "p": 5, "r": 7, "t": 4, "trn": 1, "vt": 1, "x": 2, "z": 1,
}
# fmt: on
"""The last generation of each family letter of which every type is older than Nitro v6."""

_FAMILY = re.compile(r"([a-z]+)(\d+)[a-z0-9-]*")


def tracked_default_s(instance_type: str) -> int | None:
    """The default idle timeout of established TCP connections of an instance type, or None for a type not known."""
    family = instance_type.partition(".")[0].lower()
    if family in _NITRO_6:
        return _NITRO_6_S
    if family in _NITRO_5 or family.startswith("p6e-gb200"):
        return _OTHERS_S
    match = _FAMILY.fullmatch(family)
    return _OTHERS_S if match and int(match[2]) <= _LAST_OLD.get(match[1], 0) else None
