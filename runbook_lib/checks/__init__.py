"""Every check of the kit, in one explicit tuple. To add one: write its file, add it here."""

from __future__ import annotations

from runbook_lib.checks.base import Check
from runbook_lib.checks.endpoints import (
    end001_endpoint_exists,
    end002_state_available,
    end003_route_table_associated,
    end004_route_wins,
    end005_egress_covers_service,
    end006_acl_both_ways,
)

__all__ = ["CHECKS"]

CHECKS: tuple[Check, ...] = (
    end001_endpoint_exists,
    end002_state_available,
    end003_route_table_associated,
    end004_route_wins,
    end005_egress_covers_service,
    end006_acl_both_ways,
)
