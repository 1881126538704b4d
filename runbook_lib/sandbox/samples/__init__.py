"""Files that belong to the worlds of scenarios: manifests of the clients in them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["sample"]


def sample(name: str) -> Path:
    """Where a sample is, for example `scan-workers.yaml`."""
    return Path(__file__).with_name(name)
